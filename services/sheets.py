"""One service on paper: a tagged PDF with a code that leads back to its page."""

import html
import io

import segno
from django.conf import settings
from django.utils.html import strip_tags
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cus_portal.documents import render_pdf
from cus_portal.templatetags.portal import centre_words

ON_PAPER = ("name", "place", "short_name", "address", "phone")
NORMAL, LARGE = 1.0, 1.6


def sheet_of(record, *, address, large=False):
    """Return the bytes of the sheet; `address` is the page that the code leads to."""
    page, hours = record.page, plain(centre_words(settings.CENTRE["office_hours"]))
    return render_pdf(
        "service",
        {
            "title": plain(record.name),
            "eyebrow": plain(page["name"]) if page["name"] != page["plain_name"] else "",
            "lang": get_language(),
            "scale": LARGE if large else NORMAL,
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "summary": plain(record.summary),
            "description": [line for line in plain(record.description).split("\n") if line.strip()],
            "facts_header": [_("What"), _("Value")],
            "facts": [[str(term), words_of(value)] for term, value in rows_of(record) if words_of(value)],
            "documents_title": _("What to bring"),
            "documents": [document_words(row) for row in record.documents()],
            "steps_title": _("How it goes"),
            "steps": [" – ".join(filter(None, [plain(row["title"]), plain(row["text"])])) for row in record.steps()],
            "call_title": _("Call us"),
            "call": f"{page.get('phone') or settings.CENTRE['phone']} ({hours})",
            "code": code_of(address),
            "code_words": _("Code that leads to this page: %(address)s") % {"address": address},
            "address": address,
        },
    )


def rows_of(record):
    """Return the facts of the page, and the places that anybody may know."""
    places = [", ".join(filter(None, [plain(place.name), plain(place.address)])) for place in record.places]
    return [*record.facts(), (_("Where"), places)]


def document_words(row):
    name = plain(row["name"])
    return _("%(document)s, if you have it") % {"document": name} if row["optional"] else name


def words_of(value):
    """Return a fact as plain words; several stand one under the other."""
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, map(plain, value)))
    return plain(value or "")


def plain(words):
    """Return words without the marks that a page needs for its languages."""
    return html.unescape(strip_tags(str(words)))


def code_of(address):
    """Return the QR code of an address as SVG."""
    drawing = io.BytesIO()
    segno.make(address, error="m").save(drawing, kind="svg", scale=4, border=2)
    return drawing.getvalue().decode()
