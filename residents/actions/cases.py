"""From a request to a case: who the person is, the case with its sign and 30 days, its coordinator, its end."""

from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.notifications.outbox import notify
from cus_portal.workdays import deadline
from cus_portal.workflow import TransitionNotAllowed
from residents.actions.handing import check_is_here
from residents.actions.people import born_by, create_resident, tidy_name
from residents.actions.restricted import admit_worker, check_no_conflict, keep_restricted
from residents.actions.team import end_team, keep_team_at_handing_over
from residents.actions.unmet import needs_end_with_case
from residents.models import Case, RequestItem, RequestParty, Resident, ServiceRequest
from residents.models.person import pesel_fields
from residents.places import count_places_of
from residents.terms import plan_terms
from residents.workflow import CASE, ITEM, REQUEST

COPIED = (
    *("first_name", "last_name", "birth_date", "address", "postal_code", "locality_id", "phone", "email"),
    *("communication", "communication_note"),
)


def person_of(request: ServiceRequest) -> RequestParty | None:
    """Return whom the request is for: the other person where there is one, else who filed."""
    parties = {party.role: party for party in request.parties.all()}
    return parties.get(RequestParty.Role.PERSON) or parties.get(RequestParty.Role.APPLICANT)


@transaction.atomic
def identify_person(request: ServiceRequest, *, resident: Resident | None, by: User, now: datetime) -> ServiceRequest:
    """Say who the person is: somebody known, or with None somebody new, recorded from the request. Never a merge."""
    require(by, "residents.identify_person", request)
    if request.case_id:
        raise ValidationError(_("A case has been opened for this request, so the person stays as recorded."))
    person = _record_resident(request, by=by, now=now) if resident is None else resident.merged_into or resident
    _keep_communication(person, person_of(request))
    REQUEST.move(request, "identify", by=by, resident=person)
    if resident is None:
        keep_restricted(request, person)
    else:
        keep_restricted(person, request)
    return request


@transaction.atomic
def open_case(request: ServiceRequest, *, coordinator: User, join: Case | None = None, by: User, now: datetime) -> Case:
    """Open the case of a request, or join it to an open case of the same person and coordinator.

    The plan is due 30 days after the request was received, on the day as counted and on the working day after it.
    """
    require(by, "residents.open_case", request)
    on = timezone.localdate(now)
    if request.case_id:
        raise ValidationError(_("This request has a case already."))
    if request.resident_id is None:
        raise ValidationError(_("Say first who the person is."))
    if not request.items.filter(status=RequestItem.Status.QUALIFIED).exists():
        raise ValidationError(_("Qualify at least one need first."))
    _check_coordinator(coordinator, on)
    check_no_conflict(coordinator, request.resident_id)
    if join is None:
        case = _new_case(request.resident, coordinator, on, since=request.received_on, needs=request.items)
    else:
        case = _join_case(request, coordinator, join)
    REQUEST.move(request, "open_case", by=by, case=case)
    keep_restricted(request, case)
    admit_worker(case, coordinator, by=by, now=now)
    record("case.open" if join is None else "case.join", case, by=by, to_state=case.status)
    return case


@transaction.atomic
def close_case(case: Case, *, reason: str, summary: str, by: User, now: datetime) -> Case:
    """Close the case with its reason and a written summary. What its plans and referrals ask is checked above."""
    if reason not in Case.CloseReason.values:
        raise ValidationError({"reason": _("Choose why the case is closed.")})
    if not summary.strip():
        raise ValidationError({"summary": _("Write the course and the results: the law asks for it in writing.")})
    on = timezone.localdate(now)
    _check_needs_ended(case, on)
    end_team(case, on=on)
    CASE.move(case, "close", by=by, closed_on=on, close_reason=reason, closing_summary=summary)
    needs_end_with_case(case, now=now)
    count_places_of(RequestItem.objects.filter(request__case=case), now=now)
    return case


@transaction.atomic
def reopen_case(case: Case, *, reason: str, note: str = "", coordinator: User, by: User, now: datetime) -> Case:
    """Go on in a new case linked to the closed one, which stays as it is. The 30 days for a plan begin today.

    Places that the end of the case gave free are not taken back: a new request asks for them.
    """
    require(by, "residents.reopen_case", case)
    on = timezone.localdate(now)
    if reason not in Case.ReopenReason.values:
        raise ValidationError({"reason": _("Choose why the case is reopened.")})
    _check_coordinator(coordinator, on)
    check_no_conflict(coordinator, case.resident_id)
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    follower = Case.objects.filter(follows=case).first()
    if follower is not None:
        raise ValidationError(_("This case already goes on as %(sign)s.") % {"sign": follower.case_sign})
    needs = RequestItem.objects.filter(request__case__in=case.with_earlier())
    why = {"follows": case, "reopen_reason": reason, "reopen_note": note}
    opened = _new_case(case.resident, coordinator, on, since=on, needs=needs, **why)
    keep_restricted(case, opened)
    admit_worker(opened, coordinator, by=by, now=now)
    why = str(Case.ReopenReason(reason).label)
    record("case.reopen", case, by=by, reason=why, opened=opened.pk)
    record("case.go_on", opened, by=by, reason=why, to_state=opened.status)
    return opened


def note_plan(case: Case, *, on: date) -> None:
    """Keep the day the case got its first approved plan, of which the person is told."""
    Case.objects.filter(pk=case.pk, plan_approved_on=None).update(plan_approved_on=on)


@transaction.atomic
def assign_case(case: Case, *, coordinator: User, stays_until: date | None = None, by: User, now: datetime) -> Case:
    """Hand an open case over to another coordinator who is here, and tell that one.

    Who led it sees it no more, unless he stays as a deputy until a day.
    """
    on, former = timezone.localdate(now), case.coordinator
    _check_coordinator(coordinator, on)
    check_no_conflict(coordinator, case.resident_id)
    check_is_here(coordinator, on, field="coordinator")
    CASE.move(case, "assign", by=by, reason=str(coordinator), coordinator=coordinator)
    admit_worker(case, coordinator, by=by, now=now)
    keep_team_at_handing_over(case, former=former, stays_until=stays_until, by=by, now=now)
    if coordinator.pk != by.pk:
        notify(
            coordinator,
            "case_handed_over",
            dedupe_key=f"case-handed-over:{case.pk}:{case.version}",
            about=case,
            only_while=[Case.Status.OPEN],
            number=case.case_sign,
            path=case.get_absolute_url(),
        )
    return case


def _record_resident(request, *, by, now):
    person = person_of(request)
    if person is None or not person.get_full_name():
        raise ValidationError(_("The request names nobody. Ask for the name first."))
    facts = {field: getattr(person, field) for field in COPIED}
    facts["birth_date"] = facts["birth_date"] or born_by(person.pesel)
    facts |= {name: tidy_name(facts[name]) for name in ("first_name", "last_name")}
    return create_resident(by=by, now=now, **facts, **pesel_fields(person.pesel))


def _keep_communication(resident, party):
    """Add to the person what the request tells of talking and meeting, so that it is not forgotten next time."""
    if party is None or not (party.communication or party.communication_note):
        return
    needs = list(dict.fromkeys([*resident.communication, *party.communication]))
    note = resident.communication_note or party.communication_note
    if (needs, note) != (resident.communication, resident.communication_note):
        resident.communication, resident.communication_note = needs, note
        resident.save(update_fields=["communication", "communication_note"])


def _new_case(resident, coordinator, on, *, since, needs, **fields):
    series = f"{settings.CENTRE['case_sign_unit']}.{_filing_class(needs)}"
    due = deadline(since, days=plan_terms(since).within_days)
    return Case.objects.create(
        case_sign=f"{series}.{next_number(series, on.year)}.{on.year}",
        resident=resident,
        coordinator=coordinator,
        opened_on=on,
        plan_due_on=due.raw,
        plan_due_moved_on=due.moved,
        **fields,
    )


def _filing_class(needs):
    """Return the class of the first granted need whose programme row names one, else the centre's."""
    named = needs.filter(status=RequestItem.Status.QUALIFIED, programme_service__filing_class__gt="")
    found = named.order_by("request__received_on", "request", "position", "pk")
    rows = found.values_list("programme_service__filing_class", flat=True)
    return rows.first() or settings.CENTRE["case_filing_class"]


def _join_case(request, coordinator, join):
    case = Case.objects.select_for_update(no_key=True).get(pk=join.pk)
    fits = case.status == Case.Status.OPEN and case.resident_id == request.resident_id
    if case.restricted_file_id != request.restricted_file_id:
        raise ValidationError(_("This request does not belong into that case. Open a case of its own."))
    if not fits or case.coordinator_id != coordinator.pk:
        raise ValidationError(_("A request joins an open case of the same person and coordinator only."))
    return case


def _check_needs_ended(case, on):
    """A case ends with the last of its needs: none undecided, none that waits, no appeal that may still come."""
    items = RequestItem.objects.filter(request__case=case).select_related("request", "refusal__appeal")
    unfinished = [item for item in items.order_by("pk") if not _has_ended(item, on)]
    if unfinished:
        names = ", ".join(f"{item.request.reference} ({item.get_status_display()})" for item in unfinished)
        raise TransitionNotAllowed(
            _("These needs have not ended: %(names)s. Decide or withdraw them first.") % {"names": names}
        )


def _has_ended(item, on):
    if item.status in ITEM["withdraw"].sources:
        return False
    refusal = getattr(item, "refusal", None)
    return refusal is None or (refusal.final_on is not None and refusal.final_on <= on)


def _check_coordinator(user, on):
    if not User.objects.holding(Role.COORDINATOR, on=on).filter(pk=user.pk).exists():
        raise ValidationError({"coordinator": _("Choose a coordinator of the centre.")})
