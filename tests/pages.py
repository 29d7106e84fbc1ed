"""People at a browser: they open, type, press; every page they come to is looked over on the way.

Looked over means: one h1, a title, Polish and nothing but Polish, no sideways scroll at the width of the device and
for residents at 320 px too, and, where the browser runs scripts, what axe finds (on a resident's phone at 320 px; where
a page has pieces that nobody has looked over in this run at this width). What the console says (a script or style
stopped by the CSP) counts as well. `visitor.wrong` gathers it all.
"""

import html
import re
import time

from axe_playwright_python.base import AXE_SCRIPT
from django.utils.html import strip_tags
from playwright.sync_api import TimeoutError as NotFound

from tests.pieces import LOOKED_OVER, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Of these rules none asks for the style sheets, which axe would fetch and read again at each page.
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"], "preload": {"assets": ["media"]}}
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
NARROW = {"width": 320, "height": 720}
RUN = """options => axe.run(options).then(found => found.violations.map(
    rule => [rule.id, rule.nodes.slice(0, 3).map(node => node.html.slice(0, 120))]))"""  # without what it leaves alone
PATIENCE = 20_000  # milliseconds: the machine of a CI may be busy
ENGLISH = re.compile(
    r"\b(the|and|of|is|are|was|this|that|with|your|you|please|select|change|delete|save|search|none|true|false)\b",
    re.IGNORECASE,
)
# Names and fixed words that may stand on a Polish page.
NOT_ENGLISH = re.compile(r"search\.gov|PDF|XLSX", re.IGNORECASE)


# -- one page -------------------------------------------------------------------------------------
def violations(page):
    """Return what axe finds; its script is put into a page once."""
    if page.evaluate("typeof axe == 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    return [tuple(rule) for rule in page.evaluate(RUN, OPTIONS)]


def has_new_pieces(page):
    """Tell whether axe has not seen every piece of this page at this width in this run; say that it does now."""
    width = page.viewport_size["width"]
    return bool(LOOKED_OVER.take({(width, piece) for piece in Page(page.content()).pieces}))


def resize(page, size):
    """Give the page that size; a size it has costs a layout, too."""
    if page.viewport_size != size:
        page.set_viewport_size(size)


def scrolls_sideways(page):
    """Tell whether the page is too wide for its window; its typeface is narrower than what stands in until it comes."""
    facts = "[document.documentElement.scrollWidth > document.documentElement.clientWidth + 1, document.fonts.status]"
    deadline = time.monotonic() + PATIENCE / 1000
    while (found := page.evaluate(facts)) == [True, "loading"] and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    return found[0]


def small_targets(page):
    """Return controls under 44 px high that stand alone; a link within a sentence is excepted (WCAG 2.5.8)."""
    return page.evaluate(
        """() => [...document.querySelectorAll(
              "button, .btn, select, summary, nav a, footer a, .count, input.form-control, .choice")]
            .filter(element => { const box = element.getBoundingClientRect(); return box.width && box.height < 43.5; })
            .map(element => element.outerHTML.slice(0, 100))"""
    )


def english_words(page):
    """Return the English words a person would read here, outside what is marked as another language."""
    text = page.evaluate(
        """() => { const copy = document.body.cloneNode(true);
            copy.querySelectorAll("[lang]:not([lang=pl]), script, style, pre").forEach(other => other.remove());
            return copy.textContent + " " + document.title; }"""
    )
    text = " ".join(NOT_ENGLISH.sub(" ", text).split())
    return sorted({text[max(0, found.start() - 30) : found.end() + 30] for found in ENGLISH.finditer(text)})


def skeleton(page, language="pl"):
    """Return what is wrong with the bones of the page."""
    facts = page.evaluate(
        "() => ({lang: document.documentElement.lang, title: document.title.trim(),"
        " headings: document.querySelectorAll('h1').length})"
    )
    found = []
    if facts["lang"] != language:
        found.append(f"lang is {facts['lang']!r}")
    if not facts["title"]:
        found.append("no title")
    if facts["headings"] != 1:
        found.append(f"{facts['headings']} h1")
    return found


# -- a person at a browser --------------------------------------------------------------------------
class Visitor:
    """Somebody with a device of that size. Each act that leads to another page looks that page over.

    Of size "both" is a phone whose pages are looked over at a desk's width as well.
    """

    def __init__(self, browser, address, *, size="desktop", javascript=True, resident=False):
        self.javascript, self.resident, self.wide_too = javascript, resident, size == "both"
        self.context = browser.new_context(
            base_url=address,
            viewport=SIZES["phone" if size == "both" else size],
            java_script_enabled=javascript,
            locale="pl-PL",
            timezone_id="Europe/Warsaw",
            accept_downloads=True,
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.seen, self.wrong, self.presses_made = [], [], 0
        self.page.on("console", lambda said: said.type in {"error", "warning"} and self.complain(said.text))
        self.page.on("pageerror", lambda error: self.complain(str(error)))

    def complain(self, *complaints):
        self.wrong += [f"{self.page.url}: {complaint}" for complaint in complaints]

    # -- going from page to page --------------------------------------------------------------------
    def opens(self, address):
        response = self.page.goto(address)
        if not response.ok:
            self.complain(f"answered {response.status}")
        self.look()

    def presses(self, name, *, within=None):
        self._leads_on((within or self.page).get_by_role("button", name=name, exact=True))

    def follows(self, name, *, within=None, exact=True):
        self._leads_on((within or self.page).get_by_role("link", name=name, exact=exact))

    def reloads(self):
        self.page.reload()
        self.look()

    def opens_the_list_of_each_number(self):
        """Open the list behind each number of this page: it is as long as the number says. Return the numbers."""
        tiles = [(tile.inner_text(), tile.get_attribute("href")) for tile in self.page.locator("a.count").all()]
        found = {words: int(re.search(r"\d+", words)[0]) for words, _address in tiles}
        for words, address in tiles:
            if found[words]:
                self.opens(address)
                assert self.page.locator("tbody tr").count() == found[words], words
            else:
                page = self.context.request.get(address).text()
                assert "<h1" in page
                assert "<tr" not in page.partition("<tbody")[2], words
        return found

    def _leads_on(self, control):
        self.presses_made += 1
        with self.page.expect_navigation():
            control.first.click()
        self.look()

    def look(self):
        page = self.page
        page.wait_for_load_state("load")
        self.seen.append((page.url, self.heading))
        self.complain(*skeleton(page), *(f"English: {word}" for word in english_words(page)))
        size = page.viewport_size
        others = [*([NARROW] if self.resident else []), *([SIZES["desktop"]] if self.wide_too else [])]
        for width in [size, *others]:
            resize(page, width)
            if scrolls_sideways(page):
                self.complain(f"scrolls sideways at {width['width']}")
            if self.resident:
                self.complain(*(f"{width['width']}: small {target}" for target in small_targets(page)))
            is_twin = self.resident and width == (size if size == SIZES["phone"] else NARROW)
            if self.javascript and not is_twin and has_new_pieces(page):
                self.complain(*(f"{width['width']}: {violation}" for violation in violations(page)))
        resize(page, size)

    # -- what is on the page --------------------------------------------------------------------------
    @property
    def heading(self):
        return self.page.locator("h1").first.inner_text()

    def sees(self, text, *, exact=False):
        self.page.locator("main, #container").get_by_text(text, exact=exact).locator("visible=true").first.wait_for()
        return True

    def section(self, heading):
        """Return the panel under that heading."""
        return self.page.locator(".panel", has=self.page.get_by_role("heading", name=heading)).last

    # -- filling a form -------------------------------------------------------------------------------
    def field(self, label):
        return self.page.locator("main, #container").get_by_label(re.compile(rf"^{re.escape(label)}(?!\w)")).first

    def types(self, label, text):
        self.field(label).fill(str(text))

    def ticks(self, label):
        self.field(label).check(force=True)  # the label covers its box, so that the whole line can be tapped

    def chooses(self, label, option):
        """Choose by the option's words; a number of what is found may stand after them: "bezpłatnie (31)"."""
        choice = self.field(label).locator("option", has_text=re.compile(rf"^\s*{re.escape(option)}( \(\d+\))?\s*$"))
        self.field(label).select_option(choice.get_attribute("value"))

    def attaches(self, label, *files):
        self.field(label).set_input_files(list(files))

    def downloads(self, name):
        """Fetch the file that a link gives, as this person; return its type and content."""
        address = self.page.get_by_role("link", name=name).first.get_attribute("href")
        response = self.context.request.get(address)
        assert response.ok, f"{address} answered {response.status}"
        return response.headers["content-type"], response.body()

    # -- with the keyboard alone ------------------------------------------------------------------------
    def tabs_to(self, label):
        """Press Tab until that field, link or button has the focus."""
        for _press in range(120):
            if re.match(rf"{re.escape(label)}(?!\w)", self._focused()):
                return
            self.page.keyboard.press("Tab")
        raise NotFound(f"no Tab leads to {label!r} on {self.page.url}")

    def _focused(self):
        return self.page.evaluate(
            """() => { const at = document.activeElement;
                return [...(at.labels || [])].map(label => label.innerText).join(" ") || at.innerText || ""; }"""
        )

    def hits(self, key):
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.look()


def names_on(cards):
    """Return the names on the cards of a list, which are HTML, as people read them."""
    return [html.unescape(strip_tags(re.search(r"<strong>(.*?)</strong>", card)[1])) for card in cards]
