// Bring what stands in [data-refresh] up to date: the scrolled place, what is open and the focus stay as they are.
// It waits while the page is hidden, text is marked or a row is ticked in it, ends with the session, and keeps nobody signed in.
const board = document.querySelector("[data-refresh]");
if (board) {
  let shown = board.innerHTML;
  const same = (one, other) => one.tagName === other.tagName && one.getAttribute("href") === other.getAttribute("href")
    && (one.href || one.textContent === other.textContent);
  const nth = (all, one) => all.filter((other) => same(one, other)).indexOf(one);
  const put = (fresh) => {
    const places = "a[href], summary, button, [tabindex]", scrolled = ".table-scroll", words = (one) => one.firstChild.textContent; // without the sum, which changes
    const focused = board.contains(document.activeElement) ? document.activeElement : null;
    const turn = focused ? nth([...board.querySelectorAll(places)], focused) : 0;
    const open = [...board.querySelectorAll("details[open] > summary")].map(words);
    const aside = [...board.querySelectorAll(scrolled)].map((one) => one.scrollLeft);
    const [left, top] = [scrollX, scrollY];
    board.innerHTML = shown = fresh;
    board.querySelectorAll("details > summary").forEach((one) => { one.parentElement.open ||= open.includes(words(one)); });
    board.querySelectorAll(scrolled).forEach((one, n) => { one.scrollLeft = aside[n] || 0; });
    const again = focused && [...board.querySelectorAll(places)].filter((one) => same(one, focused));
    if (again) (again[turn] || again[0])?.focus({ preventScroll: true });
    scrollTo({ left, top, behavior: "instant" });
  };
  const refresh = async () => {
    if (document.hidden || !getSelection().isCollapsed || board.querySelector("input:checked")) return;
    const answer = await fetch(location.href, { headers: { "X-Refresh": "1" }, redirect: "manual" }).catch(() => null);
    if (!answer) return; // no signal: the next one may come through
    if (!answer.ok) { clearInterval(timer); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-refresh]")?.innerHTML;
    if (fresh && fresh !== shown) put(fresh);
  };
  const timer = setInterval(refresh, Number(board.dataset.refresh) * 1000);
}
