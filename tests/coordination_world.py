"""Cases, plans and referrals of the tests, brought into each state by the acts that lead there."""

from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from coordination.actions import handovers, incoming, plans, referrals
from coordination.actions import incoming_course as course
from coordination.actions.chains import redirect_referral
from coordination.actions.grounds import PURPOSE
from coordination.disclosure import DISCLOSABLE
from coordination.models import Plan, PlanTemplate, Referral, ReferralClock
from cus_portal.accounts.actors import SystemActor
from cus_portal.workdays import deadline
from residents.models import Case, Consent, RequestItem, Resident
from tests import personas
from tests.factories import NOW, TODAY, make_request, make_service

_numbers = count(1001)  # past those that the portal gives in a test
S = Referral.Status
PERSON = {
    "first_name": "Krystyna",
    "last_name": "Wilga",
    "birth_date": date(1948, 3, 5),
    "address": "Lipowa 7",
    "postal_code": "24-200",
    "phone": "600 100 200",
    "email": "krystyna@demo.example",
    "pesel": "48030500029",
}


def make_case(coordinator, *, opened_on=TODAY - timedelta(days=10), safe_contact=False):
    """Return an open case of a resident with one request."""
    resident = Resident.objects.create(**PERSON)
    due = deadline(opened_on, days=30)
    case = Case.objects.create(
        case_sign=f"CUS.4010.{next(_numbers)}.2026",
        resident=resident,
        coordinator=coordinator,
        opened_on=opened_on,
        plan_due_on=due.raw,
        plan_due_moved_on=due.moved,
    )
    request = make_request()
    type(request).objects.filter(pk=request.pk).update(
        case=case, resident=resident, situation="Mieszkam sama.", safe_contact=safe_contact, contact_by="phone"
    )
    return case


def end_needs(case):
    """Answer each need of the case, so that the case may close."""
    answered = {"status": RequestItem.Status.INFORMED, "decided_at": NOW, "decided_by": case.coordinator}
    RequestItem.objects.filter(request__case=case).update(**answered)


def make_plan(case, *, status=Plan.Status.DRAFT, items=1, by=None, now=NOW):
    """Return a plan of the case, written by its coordinator, with its items, in the state asked for."""
    by = by or case.coordinator
    plan = plans.draft_plan(
        case,
        by=by,
        now=now,
        starts_on=TODAY,
        ends_on=TODAY + timedelta(days=180),
        needs="Nie robi zakupów sama.",
        goals="Zostaje we własnym domu.",
    )
    for number in range(items):
        plans.add_plan_item(
            plan,
            by=by,
            now=now,
            goal=f"Cel {number + 1}",
            service=make_service(),
            provider=personas.institution(personas.PCPR),
            starts_on=plan.starts_on,
            ends_on=plan.ends_on,
        )
    P = Plan.Status
    if status == P.DRAFT:
        return plan
    plans.agree_plan(plan, by=by, now=now, agreed_on=timezone.localdate(now), agreement=Plan.Agreement.SIGNED)
    if status == P.AGREED:
        return plan
    plans.submit_plan(plan, by=by, now=now)
    if status == P.SUBMITTED:
        return plan
    plans.approve_plan(plan, by=personas.person("danuta"), now=now)
    if status == P.COMPLETED:
        said = {"closing_talk_on": timezone.localdate(now), "results": "Cel osiągnięty.", "items": all_done(plan)}
        plans.complete_plan(plan, by=by, now=now, **said)
    elif status == P.ENDED_EARLY:
        plans.end_plan_early(plan, by=by, now=now, end_reason="moved", results="Przeprowadzka.")
    return plan


def all_done(plan):
    return dict.fromkeys(plan.items.values_list("pk", flat=True), "done")


def make_consent(case, receiver, *, given_on=TODAY - timedelta(days=30), valid_until=None, kind="service_referral"):
    """Return a consent to every kind of data, for what a referral of this kind asks for."""
    return Consent.objects.create(
        request=case.requests.first(),
        receiver=receiver,
        data_scope="imię i nazwisko",
        data_fields=list(DISCLOSABLE),
        purpose=PURPOSE.get(kind, "help"),
        purpose_note="pomoc",
        form=Consent.Form.WRITTEN,
        given_on=given_on,
        valid_until=valid_until,
        taken_by=case.coordinator,
    )


def make_draft(case, receiver, *, service=None, now=NOW, **fields):
    if "consent" not in fields:
        fields["consent"] = make_consent(case, receiver, kind=fields.get("kind", "service_referral"))
    return referrals.draft_referral(
        case,
        by=case.coordinator,
        now=now,
        receiver=receiver,
        service=service or with_list(make_service(public=False)),
        **{
            "need": "Balkonik i poręcze w łazience.",
            "disclosed_fields": ["name", "phone"],
        }
        | fields,
    )


def with_list(service):
    """Return the service, once its basis keeps a waiting list."""
    service.programme_services.update(keeps_waiting_list=True)
    return service


def make_incoming(sender, *, status="sent", now=NOW, **facts):
    """Return a referral that a worker of the institution has filed to the centre, brought to the state asked for."""
    said = {"kind": "service_referral", "priority": "routine", "first_name": "Leon", "last_name": "Żuk"}
    agreed = PURPOSE.get(facts.get("kind", said["kind"]), "")
    need = {"need": "Nie radzi sobie z zakupami.", "consent_for": agreed}
    worker, desk, on = worker_of(sender), {"by": personas.person("beata"), "now": now}, timezone.localdate(now)
    if status == "held":
        unknown = {"sender_name": "Fundacja Nieznana", "how": "paper", "received_on": on, "said_by": "Anna Listek"}
        return incoming.take_down_incoming(**unknown, **said | need | facts, **desk)
    row = incoming.file_incoming(by=worker, now=now, sender=sender, **said | need | facts)
    done = {"outcome": "met", "outcome_on": on, "text": "Ma opiekunkę."}
    there = {"receiver": personas.institution(personas.ROPS), "agreed_on": on, "text": "Proszę pytać ROPS."}
    steps = {
        "info_requested": lambda: incoming.ask_partner(row, text="Czy córka wie?", **desk),
        "waitlisted": lambda: incoming.waitlist_incoming(row, service=with_list(make_service(public=False)), **desk),
        "rejected": lambda: incoming.reject_incoming(row, reject_reason="no_service", text="Proszę do PCPR.", **desk),
        "redirected": lambda: handovers.redirect_incoming(row, **there, **desk),
        "withdrawn": lambda: incoming.withdraw_incoming(row, reason="pomyłka", by=worker, now=now),
        "entered_in_error": lambda: incoming.discard_incoming(row, reason="pomyłka", **desk),
        "accepted": lambda: incoming.accept_incoming(row, **desk),
        "in_progress": lambda: course.start_incoming(row, first_contact_on=on, **desk),
        "on_hold": lambda: course.hold_incoming(
            row, cause="person", reason="szpital", review_on=on + timedelta(days=9), **desk
        ),
        "completed": lambda: course.complete_incoming(row, **done, **desk),
        "not_fulfilled": lambda: course.fail_incoming(row, end_reason="moved", **desk),
        "expired": lambda: course.expire_incoming(row, by=SystemActor(), now=now),
    }
    before = {
        "expired": ["info_requested"],
        "in_progress": ["accepted"],
        "on_hold": ["accepted", "in_progress"],
        "completed": ["accepted"],
        "not_fulfilled": ["accepted"],
    }
    for step in [*before.get(status, []), *([status] if status != "sent" else [])]:
        steps[step]()
    return row


def worker_of(receiver):
    return next(
        personas.person(name)
        for name, (_first, _last, role, facts) in personas.PEOPLE.items()
        if role == "institution_worker" and facts["code"] == receiver.code
    )


def make_referral(case, receiver, *, status=S.SENT, now=NOW, opened=False, **fields):
    """Return a referral in the state asked for, brought there by its two sides."""
    referral = make_draft(case, receiver, now=now, **fields)
    sender, system = case.coordinator, SystemActor()
    if status == S.DRAFT:
        return referral
    if status == S.ENTERED_IN_ERROR:
        return referrals.discard_referral(referral, by=sender, now=now, reason="pomyłka")
    referrals.send_referral(referral, by=sender, now=now)
    worker = worker_of(receiver)
    if opened:
        referrals.mark_opened(referral, by=worker, now=now)
    there = {"by": worker, "now": now}
    steps = {
        S.INFO_REQUESTED: lambda: referrals.ask_sender(referral, text="Czy jest orzeczenie?", **there),
        S.WAITLISTED: lambda: with_list(referral.service) and referrals.waitlist(referral, **there),
        S.REJECTED: lambda: referrals.reject_referral(
            referral, reject_reason="no_place", closing_note="Brak miejsc.", **there
        ),
        S.WITHDRAWN: lambda: referrals.withdraw_referral(referral, by=sender, now=now, reason="zmiana planu"),
        S.EXPIRED: lambda: referrals.expire_referral(referral, by=system, now=now),
    }
    if status in steps:
        return steps[status]()
    if status == S.SENT:
        return referral
    if status == S.REDIRECTED:
        other = personas.institution(personas.COUNSELLING)
        make_consent(case, other, kind=referral.kind)
        redirect_referral(referral, receiver=other, reason="to zadanie poradni", **there)
        return referral
    referrals.accept_referral(referral, planned_start_on=TODAY, **there)
    if status == S.NOT_FULFILLED:
        return referrals.fail_referral(referral, fail_reason="no_show", **there)
    if status in (S.IN_PROGRESS, S.ON_HOLD, S.COMPLETED):
        referrals.start_referral(referral, first_contact_on=TODAY, **there)
    if status == S.ON_HOLD:
        referrals.hold_referral(referral, reason="pobyt w szpitalu", review_on=TODAY + timedelta(days=30), **there)
    if status == S.COMPLETED:
        referrals.complete_referral(
            referral, outcome="met", outcome_on=TODAY, closing_note="Dostała balkonik.", **there
        )
    return referral


def make_template(*, valid_from=TODAY - timedelta(days=30), **fields):
    """Return a template of a plan with a service and a supporting action."""
    said = {"code": "senior", "name": "Starsza osoba", "needs": "Pomoc w domu.", "goals": "Mieszkać u siebie."}
    template = PlanTemplate.objects.create(valid_from=valid_from, **said | fields)
    template.items.create(position=1, goal="Pomoc", service=make_service("Pomoc domowa"), scope="2 godziny")
    template.items.create(position=2, goal="Ludzie", action="Wolontariusz")
    return template


def make_clock(*, clock="answer", days=7, valid_from=TODAY - timedelta(days=30), **for_whom):
    return ReferralClock.objects.create(clock=clock, days=days, valid_from=valid_from, **for_whom)
