// Say two minutes ahead that the session is about to end. Any page of the portal in this browser puts the end off, so
// ask the server only when somebody says that he is still there.
const warning = document.querySelector("[data-idle]");
if (warning) {
  const [soon, over] = warning.querySelectorAll("p");
  let timers = [];
  const begin = () => {
    timers.forEach(clearTimeout);
    warning.hidden = true;
    const end = Number(warning.dataset.idle) * 60000;
    timers = [
      setTimeout(() => { soon.hidden = false; over.hidden = true; warning.hidden = false; }, Math.max(end - 120000, end / 2)),
      setTimeout(() => { soon.hidden = true; over.hidden = false; }, end),
    ];
  };
  warning.querySelector("button").addEventListener("click", async () => {
    const answer = await fetch(warning.dataset.stay, { redirect: "manual" }).catch(() => null);
    if (answer && answer.status === 204) begin();
    else { soon.hidden = true; over.hidden = false; }
  });
  begin();
}
