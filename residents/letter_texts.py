"""What letters begin with, in Polish: the language of the office. Three dots mark what a worker writes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from residents.delivery import LEAST_DAYS_TO_COMPLETE
from residents.models import Complaint, Consent, Letter, RefusalDecision, RequestItem, RequestParty, ServiceRequest

Kind = Letter.Kind
DOTS = "…"


@dataclass(frozen=True)
class Text:
    subject: str
    body: str
    term_days: int | None = None


def text_of(kind: str, request: ServiceRequest) -> Text:
    """Return what a letter of the kind begins with. What the open question asks for stands in the call."""
    with translation.override(settings.LANGUAGE_CODE):
        facts = {"number": request.reference, "day": date_format(request.received_on, "j E Y")}
        opening = _("On %(day)s we received your request no. %(number)s.") % facts
        if kind == Kind.CALL:
            return _call(request, opening, facts)
        subject = {
            Kind.NOTICE: _("Notice about request no. %(number)s"),
            Kind.ANSWER: _("Answer about request no. %(number)s"),
        }.get(kind, _("About request no. %(number)s"))
        ending = _("You can ask about it by phone: %(phone)s.") % {"phone": settings.CENTRE["phone"]}
        return Text(subject % facts, "\n\n".join([opening, DOTS, ending]))


def _call(request, opening, facts):
    question = request.questions.open().first()
    term = {"days": LEAST_DAYS_TO_COMPLETE}
    within = _(
        "Please send or bring it within %(days)s days of the day on which you receive this letter."
        " Otherwise we leave the request unexamined (KPA art. 64 § 2)."
    )
    asks = [_("To go on we still need:"), question.text if question else DOTS]
    if question and request.status != ServiceRequest.Status.WAITING:
        within = _(
            "Please send or bring it within %(days)s days of the day on which you receive this letter."
            " Otherwise we leave this part of the request unexamined (KPA art. 64 § 2). With the rest we go on."
        )
        named = question.pauses.select_related("item__service").order_by("item__position")
        needs = "\n".join(f"– {pause.item}" for pause in named)
        asks = [_("This letter is about this part of it:"), needs, *asks]
    parts = [opening, *asks, within % term]
    return Text(_("Call to complete request no. %(number)s") % facts, "\n\n".join(parts), LEAST_DAYS_TO_COMPLETE)


# What may be told of the person when a need is passed on, chosen with the consent.
HANDED_OVER = {
    "name": gettext_lazy("First name and surname"),
    "birth_date": gettext_lazy("Date of birth"),
    "address": gettext_lazy("Address"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "situation": gettext_lazy("Situation in the person's own words"),
}


def text_of_handover(
    request: ServiceRequest,
    items: Iterable[RequestItem],
    consent: Consent,
    data: Collection[str],
    person: RequestParty | None,
) -> Text:
    """Return what tells another body which needs it gets, of whom, and by which consent; nothing else of the file."""
    with translation.override(settings.LANGUAGE_CODE):
        facts = {"number": request.reference, "day": date_format(request.received_on, "j E Y")}
        consent_day = {"day": date_format(consent.given_on, "j E Y"), "purpose": consent.purpose_note}
        needs = "\n".join(f"– {item}" for item in items)
        told = _told_of_person(request, person) if person else {}
        rows = [f"{label}: {told[name]}" for name, label in HANDED_OVER.items() if name in data and told.get(name)]
        if request.safe_contact:
            rows.append(_("Contact must be discreet: leave no message and tell nobody else who calls."))
        parts = [
            _("On %(day)s we received request no. %(number)s. We pass on to you this part of it:") % facts,
            needs,
            _("The person agreed to it on %(day)s. What for: %(purpose)s.") % consent_day,
            "\n".join(rows),
            _("Please contact the person, and tell us what came of it: %(phone)s.")
            % {"phone": settings.CENTRE["phone"]},
        ]
        return Text(_("Request no. %(number)s passed on") % facts, "\n\n".join(filter(None, parts)))


def _told_of_person(request, person):
    place = " ".join(filter(None, [person.postal_code, str(person.locality or "")]))
    return {
        "name": person.get_full_name(),
        "birth_date": date_format(person.birth_date, "j E Y") if person.birth_date else "",
        "address": ", ".join(filter(None, [person.address, place])),
        "phone": person.phone,
        "email": person.email,
        "situation": request.situation,
    }


def text_of_refusal(item: RequestItem, refusal: RefusalDecision) -> Text:
    """Return the decision with all that KPA art. 107 asks for."""
    with translation.override(settings.LANGUAGE_CODE):
        facts = {
            "number": refusal.number,
            "request": item.request.reference,
            "day": date_format(item.request.received_on, "j E Y"),
            "need": str(item),
        }
        ruling = _("After examining request no. %(request)s of %(day)s I refuse to qualify for: %(need)s.")
        if refusal.discontinues:
            ruling = _(
                "I discontinue the proceeding begun by request no. %(request)s of %(day)s, as far as it is about:"
                " %(need)s."
            )
        parts = [
            _("Legal basis: %(grounds)s") % {"grounds": refusal.legal_grounds},
            ruling % facts,
            _("Reasons"),
            refusal.factual_grounds,
            _("Instruction"),
            refusal.appeal_instruction,
        ]
        return Text(_("Decision no. %(number)s") % facts, "\n\n".join(parts))


def text_of_complaint(complaint: Complaint) -> Text:
    """Return what KPA art. 36, 231 and 238 ask to be told: body, way of settling, grounds, and who signs by name."""
    facts = {"number": complaint.reference, "day": date_format(complaint.received_on, "j E Y")}
    opening = _("On %(day)s we received what you wrote, no. %(number)s.") % facts
    signer = complaint.answered_by
    parts = [opening, *_told_of(complaint), str(signer) if signer else ""]
    return Text(_("Answer in matter no. %(number)s") % facts, "\n\n".join(part for part in parts if part))


def _told_of(complaint):
    Status = Complaint.Status
    match complaint.status:
        case Status.PASSED_ON:
            return [
                _("It belongs to %(body)s, where we have passed it on (KPA art. 231).") % {"body": complaint.passed_to}
            ]
        case Status.LEFT:
            return [_("We leave it without examination: %(why)s.") % {"why": complaint.get_left_because_display()}]
        case Status.ANSWERED:
            result = complaint.get_result_display()
            parts = [
                _("Result of the examination: %(result)s.") % {"result": result} if result else "",
                complaint.answer,
            ]
            return [*parts, complaint.grounds, *_repeated(complaint)]
        case _ if complaint.extension_reason:
            new_day = {"day": date_format(complaint.due_on, "j E Y")}
            return [
                _("The answer will come later, by %(day)s (KPA art. 36), because:") % new_day,
                complaint.extension_reason,
                _(
                    "You may send a reminder (ponaglenie) to the centre, with your reasons, if the matter is not"
                    " settled in time or takes longer than needed (KPA art. 37)."
                ),
            ]
        case _:
            return [_("You get our answer by %(day)s.") % {"day": date_format(complaint.due_on, "j E Y")}]


def _repeated(complaint):
    """Return the instruction that goes with a complaint found baseless."""
    if complaint.result != Complaint.Result.UNFOUNDED:
        return []
    return [
        _(
            "If you complain again without pointing to new circumstances, we may stand by this answer and note so in"
            " the files, without telling you (KPA art. 239 § 1)."
        )
    ]
