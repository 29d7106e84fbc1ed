// A visit marked without a signal: the press stays on the phone and goes when the signal is back, also from a page opened
// later. Sent twice, it is written once: its key tells. What is kept names nobody: the words of what happened are written
// on a page of their own, with a signal.
const state = document.querySelector("[data-marks]");
if (state) {
  const name = `marks-${state.dataset.marks}`; // each worker's own, where two share a phone
  const read = () => JSON.parse(localStorage.getItem(name) || "{}");
  const write = (marks) => localStorage.setItem(name, JSON.stringify(marks));
  const forms = [...document.querySelectorAll("form[data-mark]")];
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  const say = (address, words, kept) => {
    const form = forms.find((one) => one.getAttribute("action") === address);
    const visit = form?.closest(".visit");
    (visit?.querySelector("[role=status]") || state).textContent = form && kept ? `${form.dataset.mark}. ${words}` : words;
    for (const button of visit?.querySelectorAll("[type=submit]") || []) button.disabled = kept;
  };
  let sending = false, timer;
  const send = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    let taken = 0, refused = 0;
    for (const [address, fields] of Object.entries(read())) {
      const body = new URLSearchParams(fields);
      if (token) body.set("csrfmiddlewaretoken", token.value); // the one that was kept ends with its session
      const sent = { method: "POST", body, redirect: "manual", headers: { "X-Kept": "1" } };
      const answer = await fetch(address, sent).catch(() => null);
      if (!answer || answer.status === 0 || answer.status >= 500) break; // no signal, signed out, or the centre is down
      const { [address]: _gone, ...left } = read();
      write(left);
      if (answer.status === 204) taken += 1;
      else { refused += 1; say(address, state.dataset.refused, false); }
    }
    sending = false;
    if (Object.keys(read()).length) timer = setTimeout(send, 15000);
    else if (taken && !refused) location.reload();
  };
  for (const form of forms) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const address = form.getAttribute("action");
      write({ ...read(), [address]: [...new FormData(form)] });
      say(address, state.dataset.kept, true);
      send();
    });
  }
  for (const address of Object.keys(read())) say(address, state.dataset.kept, true);
  addEventListener("online", send);
  send();
}
