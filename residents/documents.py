"""Documents to print: the receipt of a request, and letters."""

from datetime import date

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cus_portal.documents import render_pdf
from cus_portal.templatetags.portal import centre_words
from residents.letter_texts import text_of_complaint
from residents.models import Complaint, Letter, RequestParty, ServiceRequest
from residents.tracking import name_of
from services.sheets import ON_PAPER, code_of, plain


def receipt_document(request: ServiceRequest, *, address: str) -> bytes:
    """Return the receipt as a tagged PDF; `address` is the page where number and code are asked for.

    What was asked for is left out where contact must be discreet, or where another is asked for: it is a paper that
    lies about at home.
    """
    return render_pdf(
        "receipt",
        {
            "title": _("Receipt no. %(number)s") % {"number": request.reference},
            "eyebrow": "",
            "lang": get_language(),
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "lead": _("We have received what you sent. Keep this paper: it holds your number and your code."),
            "number_label": _("Number"),
            "number": request.reference,
            "code_label": _("Code"),
            "code": request.access_code,
            "secret": _("The code is like a key. Nobody from the centre will ask you for it."),
            "facts_header": [_("What"), _("Value")],
            "facts": [[str(term), str(value)] for term, value in _facts(request) if value],
            "needs_title": _("What you asked for"),
            "needs": _needs(request),
            "notice": request.privacy_notice.short if request.privacy_notice else "",
            "where": _("See where it is:"),
            "address": address,
            "qr": code_of(address),
            "qr_words": _("Code that leads to this page: %(address)s") % {"address": address},
        },
    )


def _facts(request):
    hours = plain(centre_words(settings.CENTRE["office_hours"]))
    return [
        (_("Received on"), date_format(request.received_on, "j E Y")),
        (_("Answer due"), date_format(request.due_on, "j E Y")),
        (_("Our answer"), request.get_contact_by_display()),
        (_("Papers taken in"), request.papers_taken if _may_lie_about(request) else ""),
        (_("Call us"), f"{settings.CENTRE['phone']} ({hours})"),
    ]


def _needs(request):
    if not _may_lie_about(request):
        return []
    return [plain(name_of(item)) for item in request.items.with_public_words().order_by("position")]


def _may_lie_about(request):
    """Tell whether the paper may say what was asked for: nobody else's matter, and nobody must be kept from it."""
    filer = request.parties.filter(role=RequestParty.Role.APPLICANT).first()
    return not (request.safe_contact or (filer and filer.basis != RequestParty.Basis.SELF))


def letter_document(letter: Letter, *, on: date) -> bytes:
    """Return a letter as a tagged PDF, in the language of the office; a draft bears the day of printing."""
    with translation.override(settings.LANGUAGE_CODE):
        number = letter.number or letter.request.reference
        to = (letter.recipient, letter.address)
        return _letter(number, to, letter.subject, letter.body, on=letter.sent_on or on)


def complaint_letter(complaint: Complaint, *, on: date) -> bytes:
    """Return what whoever complained is told, as a letter to sign: the answer, the delay, or where it went."""
    with translation.override(settings.LANGUAGE_CODE):
        text = text_of_complaint(complaint)
        to = (complaint.name, complaint.address)
        return _letter(complaint.reference, to, text.subject, text.body, on=complaint.ended_on or on)


def _letter(number, to, subject, body, *, on):
    recipient, address = to
    return render_pdf(
        "letter",
        {
            "title": subject,
            "eyebrow": date_format(on, "j E Y"),
            "lang": get_language(),
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "number_line": _("Number: %(number)s") % {"number": number},
            "recipient": recipient,
            "address": [part.strip() for part in address.split(",") if part.strip()],
            "paragraphs": [part.strip() for part in body.split("\n") if part.strip()],
            "signature": _("signature"),
        },
    )
