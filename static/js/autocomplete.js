// Django's choice with completion is made of parts that nothing names: they get the label of the choice they stand for.
new MutationObserver(() => {
  for (const part of document.querySelectorAll(".select2-search__field, .select2-selection__rendered[role=textbox]")) {
    const id = part.getAttribute("aria-controls")?.replace(/^select2-(.*)-results$/, "$1");
    const choice = id ? document.getElementById(id) : part.closest(".select2-container").previousElementSibling;
    if (choice?.labels?.length) {
      const label = choice.labels[0].textContent.trim().replace(/:$/, "");
      part.setAttribute("aria-label", part.title ? `${label}: ${part.title}` : label);
    }
  }
}).observe(document, { childList: true, subtree: true, attributeFilter: ["aria-controls"] });
