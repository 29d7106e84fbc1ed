"""What a page is made of, read from its text: thousands of pages are made of the same pieces."""

import fcntl
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
DRAWN = {"path", "circle", "rect", "line", "polyline", "polygon", "g", "option"}  # thousands, and all alike
FIELDS = {"input", "select", "textarea"}
NAMELESS = {"hidden", "submit", "button"}
# Whether an element has these tells it from another; what they say does not.
TELLING = {"aria-label", "aria-labelledby", "aria-hidden", "alt", "title", "scope", "for", "disabled", "tabindex"}
OF_THE_ADMIN = re.compile(r"(field-|column-|model-|app-|row\d)")  # classes that name what is shown, and draw nothing


class Page(HTMLParser):
    """The pieces of a page: each element with the two it stands in, unseen or not, and the order of its headings."""

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
        folded = "hidden" in said or (tag == "details" and "open" not in said)
        here = (tag, classes, said.get("role", ""), said.get("type", ""), folded)
        if tag not in DRAWN:
            unseen = any(outer[-1] for outer in [*self.within, here])
            self.pieces.add((here, *sorted(TELLING & said.keys()), *self.within[-2:], unseen))
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


class LookedOver:
    """What has been looked over in this run, whichever process did it: the marks of pieces, in one file."""

    def __init__(self):
        self.file, self._known, self._read = None, set(), 0

    def take(self, pieces):
        """Return those that nobody has looked over, or is about to: whoever takes them looks them over."""
        marks = {hashlib.sha256(repr(piece).encode()).hexdigest(): piece for piece in pieces}
        if marks.keys() <= self._known:
            return set()
        with self.file.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(self._read)
            self._known.update(file.read().decode().split())
            new = marks.keys() - self._known
            file.write("".join(f"{mark}\n" for mark in new).encode())
            self._known |= new
            self._read = file.tell()
        return {marks[mark] for mark in new}


LOOKED_OVER = LookedOver()
