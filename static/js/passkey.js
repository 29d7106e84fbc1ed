// Sign in, confirm or add by a passkey: the browser makes the credential, the form carries it. Without this script the
// page says that a passkey needs one, and the other ways stay open.
for (const form of document.querySelectorAll("[data-passkey]")) {
  const options = JSON.parse(document.getElementById("js_data").textContent);
  const button = form.querySelector("[data-passkey-button]");
  const trouble = form.querySelector("[data-passkey-trouble]");
  form.querySelector("[data-passkey-needs-script]").hidden = true;
  button.hidden = false;
  button.addEventListener("click", async () => {
    trouble.hidden = true;
    try {
      const credential = form.dataset.passkey === "create"
        ? await window.webauthnJSON.create(options.creation_options)
        : await window.webauthnJSON.get(options.request_options);
      form.querySelector("[name=credential]").value = JSON.stringify(credential);
      form.submit();
    } catch {
      trouble.hidden = false;
      button.focus();
    }
  });
}
