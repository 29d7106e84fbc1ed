"""Documents to print: the plan as it was approved, and before that as a draft to be signed by the person."""

from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coordination.actions.plan_versions import plan_content
from coordination.disclosure import rows_of
from coordination.models import Plan, PlanVersion, Referral, SurveyAnswer
from coordination.plan_amounts import told_amount, told_fee, told_number
from cus_portal.accounts.roles import Role
from cus_portal.documents import render_pdf

LARGE = 1.6
ON_PAPER = ("name", "place", "short_name", "address", "phone")


def draft_of(plan) -> PlanVersion:
    """Return the plan as it stands now, to be printed as a draft; it is not stored."""
    return PlanVersion(plan=plan, content=plan_content(plan))


def plan_document(version) -> bytes:
    """Return an approved version, or a draft, as a tagged PDF with lines for the signatures."""
    content = version.content
    return render_pdf(
        "plan",
        frame(version, _("Individual plan of social services"))
        | {
            "facts_header": [_("What"), _("Value")],
            "person": person_rows(content, version),
            "texts": said(
                (_("Recognised needs"), content["needs"]),
                (_("Goals"), content["goals"]),
            ),
            "items_title": _("Services and supporting actions"),
            "columns": [_("What"), _("Goal"), _("Carried out by"), _("Amount and fee"), _("When")],
            "items": [item_row(item) for item in content["items"]],
            "agreed": said(
                (_("What the person does"), content.get("person_duties")),
                (_("What the centre does"), content.get("centre_duties")),
                (_("How and when we check how it goes"), content.get("monitoring")),
            ),
            "signatures_title": _("Signatures"),
            "signatures": [
                _("the person or the representative"),
                _("coordinator: %(name)s") % {"name": content["author"]},
                approval(content),
            ],
            "date_and_signature": _("date and signature"),
        },
    )


def approval(content):
    """Say who approved, and for whom: the director, or who was authorised by the director, since when."""
    name, office = content["approved_by"], content.get("approved_as") or {}
    if not name:
        return _("the director, or who is authorised by the director")
    if office.get("role") == Role.PLAN_APPROVER:
        days = {"name": name, "start": words(office["from"]), "end": words(office["until"])}
        if office["until"]:
            return _("approved by authority of the director (from %(start)s to %(end)s): %(name)s") % days
        return _("approved by authority of the director (since %(start)s): %(name)s") % days
    if content.get("approved_alone"):
        return _("approved by the director, who also wrote it, for nobody else may: %(name)s") % {"name": name}
    if office:
        return _("approved by the director: %(name)s") % {"name": name}
    return _("approved by: %(name)s") % {"name": name}


def plan_for_the_person(version) -> bytes:
    """Return what the version, or the draft, means for the person, in plain words and large print."""
    content = version.content
    days = {"start": words(content["starts_on"]), "end": words(content["ends_on"])}
    until = _("The plan lasts from %(start)s to %(end)s.") % days
    return render_pdf(
        "plan_for_the_person",
        frame(version, _("Your plan"))
        | {
            "scale": LARGE,
            "first": [
                content["person"],
                until % {"start": words(content["starts_on"]), "end": words(content["ends_on"])},
            ],
            "texts": said((_("What we want to reach"), content["goals"])),
            "items_title": _("Who helps you"),
            "items": [plain_item(item) for item in content["items"]],
            "agreed": said(
                (_("What you do"), content.get("person_duties")),
                (_("What we do"), content.get("centre_duties")),
                (_("When we talk about how it goes"), content.get("monitoring")),
            ),
            "rights_title": _("It is your plan"),
            "rights": [
                _("You may ask for a change at any time. Nothing changes without your consent."),
                _("You may give it up. Tell us, no reason is needed."),
            ],
            "call_title": _("Questions?"),
            "call": _("Call %(name)s: %(phone)s.") % {"name": content["author"], "phone": settings.CENTRE["phone"]},
        },
    )


def survey_paper(invitation, *, address) -> bytes:
    """Return the questions at the end of a service in large print, with their code and nobody's name."""
    return render_pdf(
        "survey",
        {
            "title": _("How was the help?"),
            "scale": LARGE,
            "lang": get_language(),
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "first": [
                invitation.service.plain_name,
                _("Do not sign it. Put it into an envelope and give it to the desk, or answer on the portal."),
            ],
            "questions": [str(words) for words in SurveyAnswer.QUESTIONS.values()],
            "answers": [str(label) for label in SurveyAnswer.Scale.labels],
            "words": _("What should be better?"),
            "code_line": f"{address}  {invitation.code}",
        },
    )


def sheet_of_referral(referral) -> bytes:
    """Return the referral as it was sent, and nothing that the receiver's page does not show."""
    return render_pdf(
        "copy",
        {
            "title": _("Referral"),
            "eyebrow": referral.number,
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "facts_header": [_("What"), _("Value")],
            "sections": [
                {"title": _("The request"), "rows": asked_rows(referral)},
                {"title": _("About the person"), "rows": [list(row) for row in rows_of(referral.disclosed)]},
            ],
        },
    )


def asked_rows(referral):
    consent = referral.consent
    by_consent = ""
    if consent:
        facts = consent._meta.verbose_name, consent.get_purpose_display(), date_format(consent.given_on, "j E Y")
        by_consent = ", ".join(map(str, facts))
    answer_by = date_format(referral.respond_by, "j E Y") if referral.status == Referral.Status.SENT else ""
    rows = [
        (_("From"), f"{referral.sender.name}, {referral.sender.phone}".strip(", ")),
        (_("To"), referral.receiver_name or referral.receiver.name),
        (_("Kind"), referral.get_kind_display()),
        (_("Priority"), referral.get_priority_display()),
        (_("Confidentiality"), referral.get_confidentiality_display()),
        (_("Service"), referral.service.plain_name if referral.service else ""),
        (_("Sent"), date_format(timezone.localdate(referral.sent_at), "j E Y")),
        (_("Please answer by"), answer_by),
        (_("What is needed"), referral.need),
        (_("Wanted outcome"), referral.wanted_outcome),
        (_("Legal basis"), referral.statute or by_consent),
    ]
    return [[str(term), str(value)] for term, value in rows if value]


def frame(version, title):
    """A version without a number is a draft, and says so."""
    numbered, draft = _("Case %(sign)s, version %(number)s"), _("Case %(sign)s, DRAFT, not approved yet")
    words = draft if version.number is None else numbered
    return {
        "title": title,
        "eyebrow": words % {"sign": version.content["case_sign"], "number": version.number},
        "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
        "brand": settings.CENTRE.get("brand", "#0a5a61"),
    }


def said(*texts):
    """Return (title, words) of what was written at all."""
    return [[title, text] for title, text in texts if text]


def plain_item(item):
    """Return the lines about one item: what it is, then who, how much, when, for how much."""
    days = _("from %(start)s to %(end)s") % {"start": words(item["starts_on"]), "end": words(item["ends_on"])}
    told = (item["provider"], told_number(item), item["scope"], days, told_fee(item))
    return [item["service"] or item["action"], *filter(None, told)]


def person_rows(content, version):
    agreement = Plan.Agreement(content["agreement"]).label if content["agreement"] else ""
    rows = [
        (_("For"), content["person"]),
        (_("Date of birth"), words(content["birth_date"])),
        (_("From"), words(content["starts_on"])),
        (_("To"), words(content["ends_on"])),
        (_("Agreed with the person"), ", ".join(filter(None, (words(content["agreed_on"]), str(agreement))))),
        (_("Approved"), version.approved_at and date_format(timezone.localtime(version.approved_at), "j E Y")),
    ]
    return [[str(term), str(value)] for term, value in rows if value]


def item_row(item):
    return [
        item["service"] or item["action"],
        item["goal"],
        item["provider"],
        ", ".join(filter(None, (told_amount(item), told_fee(item)))) or "–",
        f"{words(item['starts_on'])} – {words(item['ends_on'])}",
    ]


def words(day):
    return date_format(date.fromisoformat(day), "j E Y") if day else ""


def destruction_document(made) -> bytes:
    """Return the destruction list as a tagged PDF: what the State Archive is sent and the director signs."""
    lines = made.lines.select_related("rule")
    return render_pdf(
        "destruction",
        {
            "title": _("List of records to be destroyed"),
            "eyebrow": _("No. %(number)s, drawn up on %(day)s")
            % {"number": made.number, "day": date_format(made.drawn_up_on, "j E Y")},
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "facts_header": [_("What"), _("Value")],
            "facts": destruction_facts(made),
            "columns": [_("No."), _("Number"), _("What"), _("Category"), _("Ended on"), _("Kept until")],
            "rows": [line_row(place, line) for place, line in enumerate(lines.standing(), start=1)],
            "off_title": _("Taken off the list"),
            "off_columns": [_("Number"), _("Why it stays")],
            "off": [[line.number, line.taken_off_reason] for line in lines.exclude(taken_off_at=None)],
            "sources_title": _("By what law"),
            "sources": sorted({f"{line.rule}: {line.rule.legal_source}" for line in lines}),
            "signatures_title": _("Signatures"),
            "signatures": [_("data protection officer"), _("director")],
            "date_and_signature": _("date and signature"),
        },
    )


def destruction_facts(made):
    consent = f"{made.archive_sign}, {words(made.archive_consent_on.isoformat())}" if made.archive_consent_on else ""
    signed = f"{made.signed_by}, {date_format(timezone.localtime(made.signed_at), 'j E Y')}" if made.signed_at else ""
    rows = [
        (_("State"), made.get_status_display()),
        (_("Consent of the State Archive"), consent),
        (_("Signed in the portal by"), signed),
        (_("Carried out"), date_format(timezone.localtime(made.done_at), "j E Y") if made.done_at else ""),
    ]
    return [[str(term), str(value)] for term, value in rows if value]


def line_row(place, line):
    category = f"{line.rule.category}{line.rule.years}"
    days = [date_format(day, "d.m.Y") for day in (line.ended_on, line.kept_until)]
    return [str(place), line.number, str(line.get_kind_display()), category, *days]
