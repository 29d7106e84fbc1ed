// Send a form as one types to where its draft is kept, and say so. One sending at a time, so that an older text never
// comes after a newer one; without a signal it goes on trying, and nobody leaves unsaved words without being asked.
const form = document.querySelector("[data-autosave]");
if (form) {
  const state = form.querySelector("[data-failed]");
  let timer, sending, unsaved = false, leaving = false;
  const say = (words, isLost) => { state.textContent = words; state.classList.toggle("not-kept", isLost); };
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };
  const save = async () => {
    if (sending || leaving) return;
    sending = new AbortController();
    unsaved = false;
    const sent = { method: "POST", body: new FormData(form), redirect: "manual", signal: sending.signal };
    const answer = await fetch(form.dataset.autosave, sent).catch(() => null);
    sending = null;
    if (leaving) return;
    const kept = answer && (answer.ok || answer.status === 409); // 409: kept, but somebody has written a version meanwhile
    const tooFar = answer && !kept && answer.status < 500;
    say(kept ? await answer.text() : tooFar ? state.dataset.refused : state.dataset.failed, !kept);
    if (!kept) unsaved = true;
    if (unsaved) later(kept ? 1500 : 10000);
  };
  form.addEventListener("input", () => { unsaved = true; later(1500); });
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) { // the browser would put its own page of an error in place of what was typed
      event.preventDefault();
      unsaved = true;
      say(state.dataset.failed, true);
      return;
    }
    leaving = true;
    clearTimeout(timer);
    sending?.abort();
  });
  addEventListener("online", () => { if (unsaved) later(0); });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => { if (unsaved && !leaving) event.preventDefault(); });
}
