"""Rows in any state for the tests of lists, figures and reminders: made directly, since no path leads to them all."""

from datetime import timedelta
from itertools import count

from coordination.models import Plan, Referral
from cus_portal.workdays import deadline
from residents.actions import keep_unmet, note_plan, waitlist_item
from residents.models import Case, Consent, Resident
from tests import personas
from tests.coordination_world import make_incoming
from tests.factories import NOW, PERSON, TODAY, make_area, make_locality, make_request, make_service

_numbers = count(1)


def resident(**fields):
    return Resident.objects.create(**{"first_name": "Krystyna", "last_name": "Wilga"} | fields)


def case(coordinator, *, opened_on=TODAY - timedelta(days=10), **fields):
    number = next(_numbers)
    due = deadline(opened_on, days=30)
    return Case.objects.create(
        **{
            "case_sign": f"CUS.5.{number}.2026",
            "resident": fields.pop("resident", None) or resident(),
            "coordinator": coordinator,
            "opened_on": opened_on,
            "plan_due_on": due.raw,
            "plan_due_moved_on": due.moved,
        }
        | fields
    )


def plan(of, *, status=Plan.Status.DRAFT, starts_on=TODAY, ends_on=TODAY + timedelta(days=180), **fields):
    facts = {}
    if status != Plan.Status.DRAFT:
        facts |= {"agreed_on": starts_on, "agreement": "signed"}
    if status in {Plan.Status.APPROVED, Plan.Status.COMPLETED, Plan.Status.ENDED_EARLY}:
        facts |= {"approved_by": personas.person("danuta"), "approved_at": NOW}
        facts |= {"in_force_from": starts_on, "in_force_until": ends_on}
    if status in {Plan.Status.COMPLETED, Plan.Status.ENDED_EARLY}:
        facts |= {"closing_talk_on": ends_on, "results": "Osiągnięto cel.", "ended_on": TODAY}
    if status == Plan.Status.ENDED_EARLY:
        facts |= {"end_reason": "moved"}
    if "approved_at" in facts:
        note_plan(of, on=TODAY)
    return Plan.objects.create(
        **{
            "case": of,
            "author": of.coordinator,
            "status": status,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "needs": "Samotność.",
            "goals": "Wyjście z domu.",
        }
        | facts
        | fields
    )


def referral(of, receiver, *, status=Referral.Status.SENT, due=TODAY + timedelta(days=5), **fields):
    number = next(_numbers)
    request = of.requests.first() or make_request()
    if request.case_id is None:
        type(request).objects.filter(pk=request.pk).update(case=of)
    facts = {"sent_at": NOW - timedelta(days=8), "respond_by": due}
    if status in {Referral.Status.DRAFT, Referral.Status.ENTERED_IN_ERROR}:
        facts = {}
    if status == Referral.Status.INFO_REQUESTED:
        facts["days_left"] = 3
    if status in {Referral.Status.ACCEPTED, Referral.Status.IN_PROGRESS, Referral.Status.ON_HOLD}:
        facts["decided_at"] = NOW - timedelta(days=4)
    if status == Referral.Status.IN_PROGRESS:
        facts["first_contact_on"] = TODAY - timedelta(days=1)
    if status in {*Referral.WAIT_FOR_ACKNOWLEDGEMENT, Referral.Status.REDIRECTED, Referral.Status.WITHDRAWN}:
        facts |= {"decided_at": NOW - timedelta(days=4), "ended_at": NOW - timedelta(days=2)}
    if status == Referral.Status.COMPLETED:
        facts |= {"outcome": "met", "outcome_on": TODAY - timedelta(days=2)}
    if status == Referral.Status.NOT_FULFILLED:
        facts["fail_reason"] = "no_show"
    if status == Referral.Status.REJECTED:
        facts["reject_reason"] = "no_place"
    consent = Consent.objects.create(
        request=request,
        receiver=receiver,
        data_scope="imię i nazwisko",
        purpose="help",
        form="written",
        given_on=TODAY - timedelta(days=20),
    )
    return Referral.objects.create(
        **{
            "number": f"S/2026/T{number:04d}",
            "status": status,
            "case": of,
            "sender": personas.institution(personas.CENTRE),
            "receiver": receiver,
            "area": make_area(number % 3 + 1),
            "need": "Rehabilitacja po udarze.",
            "consent": consent,
            "created_by": of.coordinator,
        }
        | facts
        | fields
    )


def acknowledged(of, receiver, **fields):
    return referral(
        of, receiver, status=Referral.Status.COMPLETED, acknowledged_at=NOW, acknowledgement="Jest lepiej.",
        person_told=True, **fields,
    )  # fmt: skip


def every_state(coordinator, receivers):
    """Make one referral in each state, in time and late, half acknowledged where that is possible."""
    made = []
    for position, status in enumerate(Referral.Status):
        for late in (False, True):
            due = TODAY - timedelta(days=position + 1) if late else TODAY + timedelta(days=position)
            receiver = receivers[position % len(receivers)]
            made.append(referral(case(coordinator), receiver, status=status, due=due))
    made.append(acknowledged(case(coordinator), receivers[0]))
    return made


def unmet_needs():
    """Make lines of needs that nobody meets: of two areas and of no kind yet, in two villages and in none."""
    for place, number in (("Wronów", 1), ("Wronów", 1), ("Wronów", None), ("Matczyn", 1), ("Matczyn", 2), (None, None)):
        service = number and make_service(f"Pomoc {number}")
        if service:
            service.areas.set([make_area(number)])
        applicant = PERSON | {"locality": place and make_locality(place)}
        request = make_request(needs=[(service, "" if service else "ktoś do rozmowy")], applicant=applicant)
        keep_unmet(request.items.get(), lacking="no_service", now=NOW)


def queues(by):
    """Let needs wait in the queues of two rows, and one in own words in none."""
    for name, times in (("Dowóz posiłków", 2), ("Asystent", 1), (None, 1)):
        service = name and make_service(name)
        for _time in range(times):
            item = make_request(needs=[(service, "" if service else "towarzystwo")]).items.get()
            waitlist_item(item, by=by, now=NOW)


def came(clinic, pcpr):
    """Let referrals come in: two that nobody has opened, one of them late; one under way, one of a protected class."""
    return [
        make_incoming(clinic, priority="urgent"),
        make_incoming(pcpr, now=NOW - timedelta(days=40)),
        make_incoming(clinic, status="in_progress", kind="information_request"),
        make_incoming(pcpr, confidentiality="protected"),
    ]
