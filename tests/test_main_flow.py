"""One resident from request to report, through actions: the portal's main job, read as a story."""

from datetime import date, timedelta

import pytest
from django.core import mail

from coordination.actions.consents import record_consent
from coordination.actions.plans import (
    add_plan_item,
    agree_plan,
    approve_plan,
    complete_plan,
    draft_plan,
    finish_case,
    submit_plan,
)
from coordination.actions.referrals import (
    accept_referral,
    acknowledge_outcome,
    ask_sender,
    complete_referral,
    draft_referral,
    mark_opened,
    reply_to_receiver,
    send_referral,
    start_referral,
)
from coordination.models import Plan, Referral
from coordination.reminders import send_due_reminders
from coordination.reports import Period, make_monthly_report
from cus_portal.audit.log import history
from cus_portal.notifications.outbox import deliver_due
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    answer_question,
    ask_resident,
    identify_person,
    open_case,
    qualify_item,
    take_up,
)
from residents.models import Case, RequestItem, ServiceRequest
from residents.tracking import public_steps
from tests.factories import at, holder_of, make_request, make_service

FILED = date(2026, 9, 1)


def letters_to(address):
    """Send what is due and return the subjects that went to the address since the last look."""
    mail.outbox.clear()
    deliver_due()
    return [letter.subject for letter in mail.outbox if letter.to == [address]]


def test_one_request_goes_its_whole_way(db, ola, tomek, danuta, ewa, pcpr, centre):
    therapy, respite = make_service("Terapia SI"), make_service("Opieka wytchnieniowa")

    # A father files for his daughter and for himself, late in the evening, without an account.
    request = make_request(
        needs=[(therapy, ""), (respite, "")],
        applicant={"first_name": "Marek", "last_name": "Wilk", "phone": "600 200 300", "email": "marek@demo.example"},
        person={"first_name": "Zosia", "last_name": "Wilk", "birth_date": date(2017, 5, 4)},
        now=at(FILED, 22, 30),
    )
    assert (request.reference, request.status) == ("CUS-2026-0001", ServiceRequest.Status.SUBMITTED)
    assert request.due_on == date(2026, 9, 15)
    assert letters_to("marek@demo.example") == ["Potwierdzenie nr CUS-2026-0001"]
    marek = holder_of(request)

    # The desk takes it up and asks for one thing; the clock stands for nine days.
    take_up(request, by=ola, now=at(FILED + timedelta(days=1)))
    ask_resident(request, text="Prosimy o skan orzeczenia.", by=ola, now=at(FILED + timedelta(days=1)))
    shown = public_steps(request, on=FILED + timedelta(days=2))
    assert shown.question.text == "Prosimy o skan orzeczenia."
    assert len(letters_to("marek@demo.example")) == 1
    answer_question(request, answer="Przyniosłem do okienka.", by=marek, now=at(FILED + timedelta(days=10)))
    assert request.due_on == date(2026, 9, 24)

    # Both needs are recognised; the request is settled with the last one.
    for item in request.items.all():
        qualify_item(item, by=tomek, now=at(FILED + timedelta(days=12)))
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.SETTLED
    assert set(request.items.values_list("status", flat=True)) == {RequestItem.Status.QUALIFIED}

    # A case begins. The plan is due thirty days from the request.
    identify_person(request, resident=None, by=tomek, now=at(FILED + timedelta(days=12)))
    case = open_case(request, coordinator=tomek, by=tomek, now=at(FILED + timedelta(days=12)))
    assert (case.case_sign, case.plan_due_on) == ("CUS.4010.1.2026", date(2026, 10, 1))
    assert case.resident.get_full_name() == "Zosia Wilk"

    # The plan: agreed with the person, approved by the director, never by its author.
    plan = draft_plan(
        case,
        by=tomek,
        now=at(date(2026, 9, 20)),
        starts_on=date(2026, 10, 1),
        ends_on=date(2027, 6, 30),
        needs="Zaburzenia integracji sensorycznej; zmęczenie opiekuna.",
        goals="Zosia znosi hałas w szkole; ojciec odpoczywa.",
    )
    item = add_plan_item(
        plan,
        by=tomek,
        now=at(date(2026, 9, 20)),
        goal="Zosia znosi hałas w szkole",
        service=therapy,
        provider=pcpr,
        starts_on=date(2026, 10, 1),
        ends_on=date(2027, 1, 31),
        scope="20 godzin",
    )
    agree_plan(plan, by=tomek, now=at(date(2026, 9, 22)), agreed_on=date(2026, 9, 22), agreement=Plan.Agreement.SIGNED)
    submit_plan(plan, by=tomek, now=at(date(2026, 9, 22)))
    assert len(letters_to("danuta@demo.example")) == 1
    approve_plan(plan, by=danuta, now=at(date(2026, 9, 24)))
    assert plan.status == Plan.Status.APPROVED
    assert plan.versions.get().content
    request.refresh_from_db()
    assert public_steps(request, on=date(2026, 9, 24)).heading == "Twój plan jest gotowy, pomoc trwa"

    # Part of it is another's task. Only the chosen data travel, and only with consent.
    consent = record_consent(
        case,
        by=tomek,
        now=at(date(2026, 9, 25)),
        receiver=pcpr,
        form="written",
        given_on=date(2026, 9, 25),
        data_fields=["name", "applicant"],
        purpose="help",
        purpose_note="terapia",
    )
    referral = draft_referral(
        case,
        by=tomek,
        now=at(date(2026, 9, 25)),
        plan_item=item,
        receiver=pcpr,
        service=therapy,
        need="Terapia integracji sensorycznej, 20 godzin.",
        consent=consent,
        disclosed_fields=["name", "applicant"],
    )
    send_referral(referral, by=tomek, now=at(date(2026, 9, 25)))
    assert referral.number == "S/2026/0001"
    assert set(referral.disclosed) == {"name", "applicant"}
    assert letters_to("ewa@demo.example")

    # The institution opens it, asks, gets the answer and accepts.
    mark_opened(referral, by=ewa, now=at(date(2026, 9, 28)))
    ask_sender(referral, by=ewa, now=at(date(2026, 9, 28)), text="Czy jest opinia poradni?")
    reply_to_receiver(referral, by=tomek, now=at(date(2026, 9, 30)), text="Tak, w załączeniu.")
    accept_referral(referral, by=ewa, now=at(date(2026, 10, 1)), planned_start_on=date(2026, 10, 5))

    # Then nothing happens. The portal reminds, once, however often the job runs.
    late = at(date(2026, 10, 26), 6, 10)
    first = send_due_reminders(on=late.date(), now=late)
    again = send_due_reminders(on=late.date(), now=late)
    assert (first > 0, again) == (True, 0)

    # Help was given; the sender reads the outcome, tells the person, closes the loop.
    start_referral(referral, by=ewa, now=at(date(2026, 10, 27)), first_contact_on=date(2026, 10, 27))
    with pytest.raises(TransitionNotAllowed):
        finish_case(case, by=tomek, now=at(date(2026, 10, 28)), reason=Case.CloseReason.GOAL_REACHED, summary="Koniec.")
    complete_referral(
        referral,
        by=ewa,
        now=at(date(2026, 10, 29)),
        outcome=Referral.Outcome.MET,
        outcome_on=date(2026, 10, 29),
        closing_note="20 godzin terapii.",
    )
    acknowledge_outcome(
        referral, by=tomek, now=at(date(2026, 10, 30)), acknowledgement="Cel w planie osiągnięty.", person_told=True
    )
    assert referral.acknowledged_at

    # The plan is summed up with the person, the case closed.
    complete_plan(
        plan,
        by=tomek,
        now=at(date(2026, 10, 30)),
        closing_talk_on=date(2026, 10, 30),
        results="Zosia chodzi do szkoły bez słuchawek.",
        items={item.pk: "done"},
    )
    finish_case(
        case, by=tomek, now=at(date(2026, 10, 30)), reason=Case.CloseReason.GOAL_REACHED, summary="Cel osiągnięty."
    )
    assert case.status == Case.Status.CLOSED

    # The month's figures are frozen, and the way of the request can be told from the audit alone.
    report = make_monthly_report(Period(date(2026, 9, 1)), by=danuta, now=at(date(2026, 10, 1)))
    assert report.tables
    assert [event.action for event in reversed(history(request))] == [
        "servicerequest.submit",
        "servicerequest.take_up",
        "servicerequest.ask",
        "servicerequest.answer",
        "servicerequest.settle",
        "servicerequest.identify",
        "servicerequest.open_case",
    ]
