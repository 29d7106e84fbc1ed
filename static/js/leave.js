// Leave without a trace in the tab's history: the page left behind is replaced, so "back" does not return to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-leave]");
  if (link) {
    event.preventDefault();
    window.location.replace(link.href);
  }
});
