"""Pages that were answered, looked over in a browser that asks no server: what axe finds, sideways scroll, the console.

Thousands of pages are made of the same pieces. The browsers of a run open as many as have every piece between them; the
bones of each page (its language, title, one h1, no id twice, a name for every field) are read from its text.
"""

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import RequestFactory
from django.views.i18n import JavaScriptCatalog

from cus_portal.brand import brand_css
from tests.pages import SIZES, resize, scrolls_sideways, violations
from tests.pieces import LOOKED_OVER, Page

HOST = "http://localhost"
UNREAD = re.compile(rb' (?:value|href|action|src|content|nonce|datetime)="[^"]*"')  # no piece or bone is made of these
PAGES = {}  # digest of what is read of a page -> Page


def is_page(response):
    return not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")


@dataclass(frozen=True)
class Answer:
    """What is needed of a response, which itself holds on to everything its templates were given."""

    path: str
    status: int
    headers: dict
    content: bytes

    @classmethod
    def of(cls, response):
        return cls(response.request["PATH_INFO"], response.status_code, dict(response.headers), response.content)


def wrong_with(browser, shown):
    """Return {name: what is wrong} of the answered pages, which are given as {name: Answer}."""
    read = {name: _read(answer.content) for name, answer in shown.items() if answer.content}
    found = {name: page.wrong for name, page in read.items()}
    context = browser.new_context(base_url=HOST, viewport=SIZES["desktop"], locale="pl-PL")
    page, said = context.new_page(), []
    page.on("console", lambda line: line.type == "error" and said.append(line.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for name in enough(new_to_all({name: one.pieces for name, one in read.items()})):
        _open(page, shown[name])
        found[name] += [*violations(page), *(line for line in said if "the server responded with" not in line)]
        for size in reversed(SIZES):
            resize(page, SIZES[size])
            found[name] += [f"{size}: scrolls sideways"] if scrolls_sideways(page) else []
        resize(page, SIZES["desktop"])
        said.clear()
    context.close()
    return {name: wrong for name, wrong in found.items() if wrong}


def _read(content):
    """Return the page of this text; many are the same but for a token or an address."""
    text = UNREAD.sub(b"", content)
    key = hashlib.sha256(text).digest()
    if key not in PAGES:
        PAGES[key] = Page(text.decode())
    return PAGES[key]


def new_to_all(pieces):
    """Return {name: pieces} without those that others look over here; who walks on a desktop need not do it again."""
    of_all = set().union(*pieces.values())
    LOOKED_OVER.take({(SIZES["desktop"]["width"], piece) for piece in of_all})
    new = LOOKED_OVER.take({("each width", piece) for piece in of_all})
    left = {name: {piece for piece in of_one if ("each width", piece) in new} for name, of_one in pieces.items()}
    return {name: of_one for name, of_one in left.items() if of_one}


def enough(pieces):
    """Return few names that have every piece between them, the one with most that is new first."""
    left, chosen = dict(zip(map(frozenset, pieces.values()), pieces, strict=True)), []
    while left:
        best = max(left, key=len)
        chosen.append(left[best])
        left = {rest: name for one, name in left.items() if (rest := one - best)}
    return chosen


def _open(page, shown):
    """Show the answer at its own address; style sheets and scripts come from the disk, and nothing else comes."""
    address = HOST + shown.path

    def answer(route):
        path = urlsplit(route.request.url).path
        if route.request.url == address:
            route.fulfill(status=shown.status, headers=shown.headers, body=shown.content)
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
