"""Pages that were answered, looked over in a browser that asks no server: what axe finds, sideways scroll, the console.

Hundreds of pages are made of the same pieces. The browser opens as many as have every piece between them; the bones of
each page (its language, title, one h1, no id twice, a name for every field) are read from its text.
"""

import mimetypes
import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import RequestFactory
from django.views.i18n import JavaScriptCatalog

from cus_portal.brand import brand_css
from tests.pages import SIZES, scrolls_sideways, violations

HOST = "http://localhost"
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
DRAWN = {"path", "circle", "rect", "line", "polyline", "polygon", "g", "option"}  # thousands, and all alike
FIELDS = {"input", "select", "textarea"}
NAMELESS = {"hidden", "submit", "button"}
# Whether an element has these tells it from another; what they say does not.
TELLING = {"aria-label", "aria-labelledby", "aria-hidden", "alt", "title", "scope", "for", "disabled", "tabindex"}
OF_THE_ADMIN = re.compile(r"(field-|column-|model-|app-|row\d)")  # classes that name what is shown, and draw nothing


class Page(HTMLParser):
    """The pieces of a page: each element with the two it stands in, and the order of its headings."""

    def __init__(self, text):
        super().__init__()
        self.pieces, self.within, self.headings = set(), [], []
        self.ids, self.fields, self.labelled = Counter(), [], set()
        self.lang, self.title = "", ""
        self.feed(text)
        steps = [tag for at, tag in enumerate(self.headings) if self.headings[at - 1 : at] != [tag]]
        self.pieces.add(("headings", *steps))

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        classes = " ".join(one for one in said.get("class", "").split() if not OF_THE_ADMIN.match(one))
        here = (tag, classes, said.get("role", ""), said.get("type", ""))
        if tag not in DRAWN:
            self.pieces.add((here, *sorted(TELLING & said.keys()), *self.within[-2:]))
        if tag not in EMPTY:
            self.within.append(here)
        if tag == "html":
            self.lang = said.get("lang")
        elif re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        elif tag == "label":
            self.labelled.add(said.get("for"))
        elif tag in FIELDS and said.get("type") not in NAMELESS:
            inside = any(outer[0] == "label" for outer in self.within)
            named = inside or {"aria-label", "aria-labelledby", "title"} & said.keys()
            self.fields += [] if named else [(said.get("id"), said.get("name"))]
        if said.get("id"):
            self.ids[said["id"]] += 1

    def handle_endtag(self, tag):
        while tag in [outer[0] for outer in self.within]:
            if self.within.pop()[0] == tag:
                break

    def handle_data(self, data):
        if [outer[0] for outer in self.within[-2:]] == ["head", "title"]:
            self.title += data

    @property
    def wrong(self):
        """Say what is wrong with the bones of the page."""
        return [
            *([f"lang is {self.lang!r}"] if self.lang != "pl" else []),
            *(["no title"] if not self.title.strip() else []),
            *([f"{self.headings.count('h1')} h1"] if self.headings.count("h1") != 1 else []),
            *(f"id {name} {times} times" for name, times in self.ids.items() if times > 1),
            *(f"no label for {name}" for pk, name in self.fields if pk not in self.labelled),
        ]


def is_page(response):
    return not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")


def wrong_with(browser, shown):
    """Return {name: what is wrong} of the answered pages, which are given as {name: response}."""
    read = {name: Page(response.content.decode()) for name, response in shown.items() if response.content}
    found = {name: page.wrong for name, page in read.items()}
    context = browser.new_context(base_url=HOST, viewport=SIZES["desktop"], locale="pl-PL")
    page, said = context.new_page(), []
    page.on("console", lambda line: line.type == "error" and said.append(line.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for name in enough({name: one.pieces for name, one in read.items()}):
        _open(page, shown[name])
        found[name] += [*violations(page), *(line for line in said if "the server responded with" not in line)]
        for size in SIZES:
            page.set_viewport_size(SIZES[size])
            found[name] += [f"{size}: scrolls sideways"] if scrolls_sideways(page) else []
        page.set_viewport_size(SIZES["desktop"])
        said.clear()
    context.close()
    return {name: wrong for name, wrong in found.items() if wrong}


def enough(pieces):
    """Return few names that have every piece between them, the one with most that is new first."""
    left, chosen = dict(zip(map(frozenset, pieces.values()), pieces, strict=True)), []
    while left:
        best = max(left, key=len)
        chosen.append(left[best])
        left = {rest: name for one, name in left.items() if (rest := one - best)}
    return chosen


def _open(page, response):
    """Show the answer at its own address; style sheets and scripts come from the disk, and nothing else comes."""
    address = HOST + response.request["PATH_INFO"]

    def answer(route):
        path = urlsplit(route.request.url).path
        if route.request.url == address:
            route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)
        elif path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/"))
            route.fulfill(path=file, content_type=mimetypes.guess_type(file)[0])
        elif path == "/brand.css":
            route.fulfill(content_type="text/css", body=brand_css(settings.CENTRE))
        elif path.endswith("/jsi18n/"):
            route.fulfill(
                content_type="text/javascript", body=JavaScriptCatalog.as_view()(RequestFactory().get("/")).content
            )
        else:
            route.fulfill(status=204)

    page.unroute_all()
    page.route("**/*", answer)
    page.goto(address)
