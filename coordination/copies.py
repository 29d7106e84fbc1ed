"""A copy of one's own data, as JSON and as a tagged PDF, with what belongs to others left out.

Names, addresses and phones of other people and names of workers never come in. What was written in free words may
tell of others all the same: each such passage is a piece that the data protection officer keeps or leaves out; what
somebody else wrote is left out unless he keeps it. Nothing of a restricted file is in a copy: he decides on it by hand.
"""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.documents import ON_PAPER
from coordination.models import IncomingReferral, Plan, Provision, Referral, ServiceRecord
from cus_portal.audit.subjects import concerning
from cus_portal.documents import render_pdf
from residents.lookers import looks
from residents.models import (
    Attachment,
    Case,
    Consent,
    NeedReport,
    RequestItem,
    RequestMessage,
    RequestQuestion,
    ResidentAccount,
    ResidentContact,
    ServiceRequest,
)
from residents.thread import needs_touched


@dataclass(frozen=True)
class Piece:
    """A passage in free words. `by_other`: somebody else than the person wrote it."""

    key: str
    where: str
    term: str
    text: str
    by_other: bool = False


def pieces_of(resident) -> list[Piece]:
    """Return every passage in free words, in the order of the copy."""
    return [piece for section in _sections(resident) for piece in section[1] if isinstance(piece, Piece) and piece.text]


def copy_of(resident, *, left_out, on: date) -> dict:
    """Return the copy: sections of (term, value) rows, the same for both forms."""
    hidden = set(left_out)
    sections = []
    for title, rows in _sections(resident):
        kept = [_row(row) for row in rows if not (isinstance(row, Piece) and row.key in hidden)]
        sections.append({"title": title, "rows": [row for row in kept if row[1]]})
    return {
        "controller": f"{settings.CENTRE['name']} {settings.CENTRE['place']}",
        "made_on": on.isoformat(),
        "sections": [section for section in sections if section["rows"]],
    }


def copy_document(copy) -> bytes:
    return render_pdf(
        "copy",
        {
            "title": _("Copy of your personal data"),
            "eyebrow": _day(date.fromisoformat(copy["made_on"])),
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "facts_header": [_("What"), _("Value")],
            "sections": copy["sections"],
        },
    )


def _row(row):
    term, value = (row.term, row.text) if isinstance(row, Piece) else row
    return [str(term), _day(value) if isinstance(value, date) else str(value or "")]


def _day(day):
    return date_format(day, "j E Y")


def _sections(resident):
    requests = ServiceRequest.objects.filter(resident=resident, restricted_file=None).order_by("pk")
    cases = Case.objects.filter(resident=resident, restricted_file=None).order_by("pk")
    yield _("The person"), _person(resident)
    yield _("What is on record with its days"), list(_dated_facts(resident))
    for account in ResidentAccount.objects.of_person(resident):
        yield _("The account on the portal"), list(_account(account, requests))
    for request in requests.prefetch_related("parties"):
        yield _("Request %(number)s") % {"number": request.reference}, list(_request(request))
    came = IncomingReferral.objects.without_secrets().filter(request__in=requests).order_by("pk")
    for incoming in came.exclude(status=IncomingReferral.Status.ENTERED_IN_ERROR).select_related("sender"):
        yield _("Referral that came to us %(number)s") % {"number": incoming.number}, list(_came(incoming))
    for case in cases:
        yield _("Case %(sign)s") % {"sign": case.case_sign}, list(_case(case))
    reports = NeedReport.objects.filter(request__resident=resident, request__restricted_file=None)
    for report in reports.order_by("pk"):
        yield _("Report of a need %(number)s") % {"number": report.reference}, list(_report(report))
    told = looks(concerning(resident.pk, told=True))
    yield _("Who looked at the data"), [(_day(look.day), f"{look.who} ({look.times})") for look in told]


def _person(resident):
    names = ["first_name", "last_name", "pesel", "birth_date"]
    if not _has_hidden_address(resident):
        names += ["address", "postal_code", "locality", "phone", "email"]
    return [(resident._meta.get_field(name).verbose_name, getattr(resident, name)) for name in names]


def _has_hidden_address(resident):
    """Tell whether somebody who may ask in the person's name must not learn where the person is."""
    return resident.representations.filter(address_is_hidden=True).exists()


def _dated_facts(resident):
    """Of others in the household, of who speaks for the person and of phones that are somebody else's, nothing."""
    hidden = _has_hidden_address(resident)

    def piece(one, words):
        key = f"{one._meta.model_name}-{one.pk}"
        return Piece(key, _("What is on record with its days"), one.get_kind_display(), _since(words, one), hidden)

    for one in resident.identifiers.all():
        yield one.get_kind_display(), _since(f"{one.number} {one.country}".strip(), one)
    for one in resident.titles.all():
        yield _("title of residence"), _since(one, one)
    for one in resident.certificates.all():
        yield _("disability certificate"), _since(one.get_kind_display(), one)
    for one in resident.addresses.select_related("locality"):
        yield piece(one, one)
    for one in resident.contacts.exclude(whose=ResidentContact.Whose.OTHERS):
        yield piece(one, one.value)
    for one in resident.memberships.all():
        yield _("member of a household"), _since(one.role or _("yes"), one)
    for one in resident.representations.all():
        words = ", ".join(part for part in (one.get_basis_display(), one.scope, one.limits, one.court_sign) if part)
        yield _("somebody speaks for the person"), _since(words, one)
    for one in resident.flags.order_by("pk"):
        words = f"{one}: {one.reason} ({_day(one.valid_from)} – {_day(one.valid_to)})"
        yield Piece(f"flag-{one.pk}", _("What is on record with its days"), str(_("warning")), words, by_other=True)
    for one in resident.represents.all():
        yield _("the person speaks for somebody"), _since(one.get_basis_display(), one)


def _account(account, requests):
    """Of the account that is the person's own; the requests of others that it opens stay out."""
    yield _("e-mail"), account.email
    yield _("name"), account.name
    yield _("PESEL"), account.pesel
    yield _("identity confirmed"), _moment(account.verified_at)
    yield _("made"), _moment(account.created_at)
    yield _("last entered"), _moment(account.entered_at)
    yield _("language"), account.language
    yield _("no mail about"), ", ".join(str(ResidentAccount.Event(one).label) for one in account.unwanted)
    joined = account.joined.standing().filter(request__in=requests).select_related("request").order_by("pk")
    for row in joined:
        yield _("request joined to an account"), f"{row.request.reference}, {_day(timezone.localdate(row.joined_at))}"


def _moment(at):
    return timezone.localdate(at) if at else ""


def _since(words, fact):
    return " ".join(part for part in (str(words), f"({fact.period})" if fact.period else "") if part)


def _report(report):
    """Who reported stays out; what was seen may tell it all the same, so the officer decides on the words."""
    key = report.reference
    yield _("received on"), report.received_on
    yield _("kind"), report.get_kind_display()
    yield Piece(f"{key}:concerns", key, str(_("whom it concerns")), report.concerns, by_other=True)
    yield Piece(f"{key}:seen", key, str(_("what was seen")), report.what_seen, by_other=True)
    yield _("state"), report.get_status_display()


def _request(request):
    filed_by_other = request.for_whom == ServiceRequest.ForWhom.OTHER
    key = request.reference

    def piece(name, term, text, by_other=filed_by_other):
        return Piece(f"{key}:{name}", key, str(term), text, by_other)

    yield _("received on"), request.received_on
    yield _("channel"), request.get_channel_display()
    yield _("state"), request.get_status_display()
    yield piece("situation", _("situation in own words"), request.situation)
    for item in RequestItem.objects.filter(request=request, for_applicant=False).select_related("service"):
        if item.service:
            yield _("need"), item.service.plain_name
        yield piece(f"need-{item.position}", _("need in own words"), item.own_words)
        yield _("state of the need"), item.get_status_display()
        yield piece(f"answer-{item.position}", _("what we answered"), item.answer, by_other=False)
    touched = needs_touched(RequestItem.objects.filter(request=request, for_applicant=False))
    for number, question in enumerate(RequestQuestion.objects.filter(request=request), start=1):
        yield piece(f"question-{number}", _("our question"), question.text, by_other=False)
        yield piece(f"question-{number}-about", _("It is about"), "; ".join(touched.get(question.pk, [])))
        yield piece(f"reply-{number}", _("the reply"), question.answer)
    for number, message in enumerate(
        RequestMessage.objects.filter(request=request).order_by("written_at", "pk"), start=1
    ):
        ours = message.status == RequestMessage.Status.SENT
        term = _("our message") if ours else _("message to us")
        yield piece(f"message-{number}", term, message.text, by_other=filed_by_other and not ours)
    for consent in Consent.objects.told_to_the_person().filter(request=request).select_related("receiver"):
        yield (
            _("consent"),
            f"{consent.receiver.name}: {consent.data_scope}; {consent.what_for}; {_day(consent.given_on)}",
        )
        for given_on in consent.renewals.values_list("given_on", flat=True):
            yield _("consent given anew on"), given_on
        if consent.withdrawn_at:
            yield _("consent withdrawn on"), timezone.localdate(consent.withdrawn_at)
    for number, name in enumerate(Attachment.objects.filter(request=request).values_list("name", flat=True), start=1):
        yield piece(f"file-{number}", _("document"), name)


def _came(incoming):
    """What an institution wrote about the person. Who there wrote it stays out."""
    key = incoming.number

    def piece(name, term, text, by_other=True):
        return Piece(f"{key}:{name}", key, str(term), text, by_other)

    yield _("from"), incoming.sender_shown
    yield _("received on"), incoming.received_on
    yield _("state"), incoming.get_status_display()
    yield piece("need", _("what is needed"), incoming.need)
    for number, note in enumerate(incoming.notes.order_by("pk"), start=1):
        yield piece(f"note-{number}", note.get_kind_display(), note.text)
    for number, name in enumerate(incoming.papers.order_by("pk").values_list("name", flat=True), start=1):
        yield piece(f"file-{number}", _("document"), name)
    yield piece("safety", _("understanding and safety, as seen"), incoming.safety_note)
    for link in incoming.handovers.select_related("receiver").order_by("pk"):
        yield _("passed on to"), f"{link.receiver}, {_day(link.handed_over_on)}"
    yield _("outcome"), incoming.get_outcome_display()
    yield piece("answer", _("answer to the sender"), incoming.answer, by_other=False)
    yield piece("acknowledgement", _("what changes at the sender's"), incoming.acknowledgement)
    yield _("what the person says of it"), incoming.get_person_said_display()
    yield piece("said", _("in the person's words"), incoming.person_words, by_other=False)


def _case(case):
    key = case.case_sign

    def piece(name, term, text, by_other=False):
        return Piece(f"{key}:{name}", key, str(term), text, by_other)

    yield _("opened on"), case.opened_on
    yield _("closed on"), case.closed_on
    if case.follows_id:
        yield _("why reopened"), case.get_reopen_reason_display()
        yield piece("reopening", _("about the reopening"), case.reopen_note)
    yield piece("closing", _("course and results"), case.closing_summary)
    for one in case.team.order_by("pk"):
        until = f" – {_day(one.valid_to)}" if one.valid_to else ""
        yield _("works on the case"), f"{one.get_role_display()}, {_day(one.valid_from)}{until}"
    for number, note in enumerate(case.notes.select_related("author").order_by("pk"), start=1):
        if note.sight == note.Sight.PRIVATE:  # the officer does not read it; that it exists is told
            yield _("note of a worker, kept by its author alone"), timezone.localdate(note.written_at)
        else:
            yield Piece(f"{key}:note-{number}", key, str(_("note of a worker")), note.text, by_other=True)
    for one in case.assessments.order_by("number"):
        yield _("needs talked over on"), one.held_on
        for name in ("situation", "needs", "wishes", "resources", "obstacles"):
            term = one._meta.get_field(name).verbose_name
            yield piece(f"assessment-{one.number}-{name}", term, getattr(one, name))
    for number, plan in enumerate(Plan.objects.filter(case=case).order_by("pk"), start=1):
        yield _("plan from"), plan.starts_on
        yield _("plan to"), plan.ends_on
        yield piece(f"plan-{number}-needs", _("recognised needs"), plan.needs)
        yield piece(f"plan-{number}-goals", _("goals"), plan.goals)
        yield piece(f"plan-{number}-person", _("what the person does"), plan.person_duties)
        yield piece(f"plan-{number}-centre", _("what the centre does"), plan.centre_duties)
        yield piece(f"plan-{number}-checks", _("how and when we check how it goes"), plan.monitoring)
        yield piece(f"plan-{number}-results", _("course and results"), plan.results)
        for place, note in enumerate(plan.notes.order_by("pk"), start=1):
            yield piece(f"plan-{number}-note-{place}", _("how it goes"), note.text)
    for given in Provision.objects.filter(case=case).select_related("contract__basis__service").order_by("pk"):
        yield from _given(given, key)
    sent = Referral.objects.without_secrets().filter(case=case, sent_at__isnull=False)
    sent = sent.exclude(status=Referral.Status.ENTERED_IN_ERROR)
    for referral in sent.select_related("receiver").prefetch_related("notes").order_by("pk"):
        yield _("referral"), f"{referral.number}: {referral.receiver.name}, {referral.get_status_display()}"
        yield piece(f"{referral.number}-need", _("what is needed"), referral.need)
        if referral.status == Referral.Status.ON_HOLD:
            yield _("because of whom it is on hold"), referral.get_hold_cause_display()
        for number, note in enumerate(referral.notes.all(), start=1):
            term = note.get_kind_display()
            yield piece(f"{referral.number}-note-{number}", term, note.text, by_other=note.kind != note.Kind.ANSWER)
        if referral.person_said:
            yield _("what the person says of it"), referral.get_person_said_display()
            yield piece(f"{referral.number}-said", _("in the person's words"), referral.person_words)


def _given(given, key):
    """A service given: its visits as days and hours; what people wrote of them are pieces of their own."""

    def piece(name, term, text, by_other=False):
        return Piece(f"{key}:service-{given.pk}-{name}", key, str(term), text, by_other)

    yield _("service given"), given.contract.basis.service.plain_name
    yield _("service from"), given.starts_on
    yield _("service to"), given.ends_on
    yield piece("task", _("what is to be done"), given.task)
    yield piece("crisis", _("why before the decision"), given.crisis_reason)
    for one in given.suspensions.all():
        yield one.get_kind_display(), f"{_day(one.first_day)} – {_day(one.last_day) if one.last_day else ''}"
        yield piece(f"away-{one.pk}", _("note"), one.note)
    for one in given.fee_assessments.all():
        yield _("fee from"), one.valid_from
        yield _("income"), one.income
        yield _("rate"), one.rate
        yield piece(f"relief-{one.pk}", _("why the relief"), one.relief_reason)
    for visit in given.records.exclude(status=ServiceRecord.Status.CALLED_OFF):
        yield _("visit"), f"{timezone.localtime(visit.starts_at):%d.%m.%Y %H:%M}, {visit.get_status_display()}"
        if visit.surplus_units:
            yield _("surplus, not paid for"), floatformat(visit.surplus_units, -1)
        yield piece(f"visit-{visit.pk}-surplus", _("why the surplus"), visit.surplus_reason, by_other=True)
        yield _("confirmed"), visit.get_confirmation_display()
        yield piece(f"visit-{visit.pk}-confirmed", _("who confirmed for the person"), visit.confirmed_by, by_other=True)
        yield piece(f"visit-{visit.pk}-reason", _("what happened"), visit.reason, by_other=True)
        yield piece(f"visit-{visit.pk}-objection", _("what the person says"), visit.objection)
        yield piece(f"visit-{visit.pk}-answer", _("our answer"), visit.objection_answer)
    for line in given.lines.select_related("settlement"):
        yield _("settled"), f"{line.settlement.month:%m.%Y}: {floatformat(line.units, -1)}, {line.fee} PLN"
        yield piece(f"line-{line.pk}", _("why corrected"), line.reason)
