"""What others sent to the centre in the demonstration: one in each state that the desk sees, and one protected."""

from datetime import timedelta

from django.utils import timezone

from coordination.actions import handovers
from coordination.actions import incoming as actions
from coordination.actions import incoming_course as course
from cus_portal.accounts.models import Institution
from cus_portal.audit.log import told_as_of

DAYS_APART = 2


def send_to_the_centre(world, end):
    """The clinic, the counselling centre and the county office write; a foundation nobody knows does too."""
    texts, desk = world.texts["incoming"], world.people["ola"]
    steps = (
        ("bartek", lambda one, now: None),
        ("celina", lambda one, now: actions.ask_partner(one, text=texts["question"], by=desk, now=now)),
        ("bartek", lambda one, now: actions.accept_incoming(one, by=desk, now=now)),
        (
            "pawel",
            lambda one, now: actions.end_incoming(
                one,
                end_reason="declined",
                declined_on=timezone.localdate(now),
                understands=True,
                is_safe=True,
                safety_note=texts["seen"],
                by=desk,
                now=now,
            ),
        ),
        ("celina", lambda one, now: _begin(one, texts, desk, now)),
        ("bartek", lambda one, now: _let_wait(world, one, now)),
        ("pawel", lambda one, now: _pass_on(one, texts, desk, now)),
        ("celina", lambda one, now: _finish(one, texts, desk, now)),
        ("bartek", lambda one, now: _hold(one, texts, desk, now)),
    )
    for place, (name, step) in enumerate(steps):
        now = end - timedelta(days=DAYS_APART * (place + 1))
        with told_as_of(now):
            worker = world.people[name]
            sender = Institution.objects.get(memberships__user=worker)
            step(actions.file_incoming(by=worker, now=now, sender=sender, **_facts(world, texts["needs"][place])), now)
    _send_protected(world, texts, end - timedelta(days=1))
    with told_as_of(end):
        actions.take_down_incoming(
            by=desk,
            now=end,
            how="email",
            received_on=timezone.localdate(end),
            sender_name=texts["unknown"],
            said_by=texts["unknown_worker"],
            **_facts(world, texts["needs"][-1]),
        )


def _send_protected(world, texts, now):
    """One that the organiser and the director alone know of, until they give it to somebody."""
    worker = world.people["celina"]
    sender = Institution.objects.get(memberships__user=worker)
    facts = _facts(world, texts["protected"]) | {
        "kind": "cooperation_request",
        "priority": "urgent",
        "confidentiality": "protected",
        "consent_for": "",
        "statute": texts["protected_by"],
    }
    with told_as_of(now):
        actions.file_incoming(by=worker, now=now, sender=sender, **facts)


def _hold(one, texts, desk, now):
    actions.accept_incoming(one, by=desk, now=now)
    review_on = timezone.localdate(now) + timedelta(days=30)
    course.hold_incoming(one, cause="person", reason=texts["held"], review_on=review_on, by=desk, now=now)


def _let_wait(world, one, now):
    service = world.services(timezone.localdate(now))[0]
    actions.waitlist_incoming(one, service=service, by=world.people["ola"], now=now)


def _begin(one, texts, desk, now):
    actions.accept_incoming(one, by=desk, now=now)
    course.start_incoming(one, first_contact_on=timezone.localdate(now), by=desk, now=now)
    course.report_incoming(one, text=texts["news"], by=desk, now=now)


def _pass_on(one, texts, desk, now):
    to = Institution.objects.partners().exclude(pk=one.sender_id).order_by("pk").first()
    on = timezone.localdate(now)
    handovers.redirect_incoming(one, receiver=to, agreed_on=on, text=texts["elsewhere"], by=desk, now=now)


def _finish(one, texts, desk, now):
    """The need is met, and the sender has not closed the loop yet."""
    on = timezone.localdate(now)
    actions.accept_incoming(one, by=desk, now=now)
    course.start_incoming(one, first_contact_on=on, by=desk, now=now)
    course.complete_incoming(one, outcome="met", outcome_on=on, text=texts["done"], by=desk, now=now)


def _facts(world, need):
    person = world.somebody()
    known = {name: person[name] for name in ("first_name", "last_name", "phone", "address")}
    return {"kind": "service_referral", "priority": "routine", "need": need, "consent_for": "help", **known}
