// Send a form as one types to where its draft is kept, and say so; without a signal it goes on trying.
const form = document.querySelector("[data-autosave]");
if (form) {
  const state = form.querySelector("[data-failed]");
  let timer;
  const save = async () => {
    clearTimeout(timer);
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), redirect: "manual" }).catch(() => null);
    if (answer && answer.ok) state.textContent = await answer.text();
    else { state.textContent = state.dataset.failed; timer = setTimeout(save, 10000); }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 1500); });
}
