"""What a page is made of, read from its text: thousands of pages are made of the same pieces."""

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
