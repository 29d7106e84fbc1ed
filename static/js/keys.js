// Single keys as shortcuts for whoever turns them on, on this device only: until then no key is listened to.
// None counts while text is typed, beside Ctrl, Alt or Meta, or under the list of keys.
const about = document.querySelector("[data-keys-list]");
const opener = document.querySelector("[data-keys]");
if (about && opener) {
  const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .select2-container";
  const wanted = about.querySelector("input");
  const kept = {
    get on() { try { return localStorage.getItem("keys") === "on"; } catch { return false; } },
    set on(yes) { try { localStorage.setItem("keys", yes ? "on" : "off"); } catch { /* the device keeps nothing */ } },
  };
  const open = () => { wanted.checked = kept.on; about.showModal(); };
  const go = (step) => {
    const links = [...document.querySelectorAll("#result_list tbody tr, table.board tbody tr")]
      .map((row) => row.querySelector("a[href]")).filter((link) => link?.getClientRects().length);
    const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    links[here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step]?.focus();
  };
  const row = (part) => document.activeElement.closest("tbody tr")?.querySelector(part);
  const search = () => {
    const filters = document.querySelector("details.filters");
    const field = document.querySelector("#searchbar, main input[type=search]") || filters?.querySelector("input:not([type=hidden]), select");
    if (field && filters?.contains(field)) filters.open = true;
    field?.focus();
  };
  const keys = {
    "?": open,
    "/": search,
    j: () => go(1),
    k: () => go(-1),
    o: () => row("a[href]")?.click(),
    x: () => row("input[type=checkbox]")?.click(),
    h: () => document.querySelector(".staffbar li a")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (!kept.on || about.open || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const does = Object.hasOwn(keys, event.key) && keys[event.key];
    if (!does || event.target.closest?.(TYPING)) return;
    event.preventDefault();
    does();
  });
  wanted.addEventListener("change", () => { kept.on = wanted.checked; });
  opener.addEventListener("click", open);
  opener.hidden = false;
}
