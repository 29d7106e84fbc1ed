"""Reminders: on their day, once, in one letter, and never about what is done."""

import threading
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.urls import reverse

from coordination.models import Plan, Referral, ReminderSent
from coordination.reminders import REMINDERS, due_reminders, send_due_reminders
from cus_portal.accounts.models import Absence
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from residents.actions import ask_resident, take_up
from residents.models import TeamMember
from tests import board_world as world
from tests import personas
from tests.delivery_world import make_agreement, make_contract
from tests.factories import NOW, TODAY, at, make_request

DAY = timedelta(days=1)


def names(on=TODAY):
    """Return what is due on a day as (reminder, recipient)."""
    return sorted((row.reminder.name, str(row.recipient)) for row in due_reminders(on))


def run(on, of=REMINDERS):
    return send_due_reminders(on=on, now=at(on, 6, 10), of=of)


def days_of(name, first, last):
    """Return the days on which a daily run sends this reminder."""
    sent, of = [], [one for one in REMINDERS if one.name == name]
    for number in range((last - first).days + 1):
        on = first + number * DAY
        before = ReminderSent.objects.filter(key__startswith=f"{name}:").count()
        run(on, of)
        if ReminderSent.objects.filter(key__startswith=f"{name}:").count() > before:
            sent.append(on)
    return sent


@pytest.fixture
def case(tomek):
    return world.case(tomek, opened_on=TODAY)


# -- each on its day ------------------------------------------------------------------------------
def test_an_unopened_referral_is_reminded_of_after_three_working_days(case, pcpr, ewa):
    friday = date(2026, 11, 6)
    world.referral(case, pcpr, sent_at=at(friday), due=date(2026, 11, 30))
    # Saturday, Sunday and 11 November are no working days.
    assert days_of("referral_unopened", friday, date(2026, 11, 20)) == [date(2026, 11, 12)]
    assert Message.objects.filter(recipient_type="accounts.user", recipient_id=ewa.pk).count() == 1


def test_the_coordinator_hears_of_it_after_five(case, pcpr, tomek):
    world.referral(case, pcpr, sent_at=at(date(2026, 11, 16)), due=date(2026, 11, 30))
    assert names(date(2026, 11, 22)) == [("referral_unopened", "Powiatowe Centrum Pomocy Rodzinie")]
    assert ("referral_unopened_still", str(tomek)) in names(date(2026, 11, 23))


def test_while_the_coordinator_is_away_the_deputy_of_the_case_hears_of_it_too(case, pcpr, tomek, kasia):
    world.referral(case, pcpr, sent_at=at(date(2026, 11, 16)), due=date(2026, 11, 30))
    TeamMember.objects.create(case=case, user=kasia, role="deputy", valid_from=TODAY, added_by=tomek, added_at=NOW)
    day = date(2026, 11, 23)
    assert ("referral_unopened_still", str(kasia)) not in names(day)
    Absence.objects.create(user=tomek, first_day=day, last_day=day)
    assert {("referral_unopened_still", str(kasia)), ("referral_unopened_still", str(tomek))} <= set(names(day))
    Absence.objects.create(user=kasia, first_day=day, last_day=day)
    assert ("referral_unopened_still", str(kasia)) not in names(day)


def test_an_urgent_one_is_reminded_of_the_next_working_day(case, pcpr):
    world.referral(case, pcpr, priority="urgent", sent_at=at(date(2026, 11, 12)), due=date(2026, 11, 30))
    assert names(date(2026, 11, 12)) == []
    assert names(date(2026, 11, 13)) == [("referral_unopened", str(pcpr))]


def test_an_urgent_one_comes_back_each_working_day_until_it_is_answered(case, pcpr, ewa):
    thursday, friday = date(2026, 11, 12), date(2026, 11, 13)
    sent = world.referral(case, pcpr, priority="urgent", sent_at=at(thursday), due=friday, opened_at=at(thursday))
    monday = date(2026, 11, 16)
    week = [monday + number * DAY for number in range(5)]
    assert days_of("referral_unanswered", thursday, date(2026, 11, 24)) == [
        *week,
        date(2026, 11, 23),
        date(2026, 11, 24),
    ]
    Referral.objects.filter(pk=sent.pk).update(status="accepted", decided_at=NOW, respond_by=date(2026, 12, 20))
    assert days_of("referral_unanswered", date(2026, 11, 25), date(2026, 12, 2)) == []


def test_a_question_is_reminded_of_halfway_then_when_it_is_late_and_then_passed_up(case, pcpr, ewa, beata, tomek):
    asked, due = date(2026, 11, 12), date(2026, 12, 2)  # fourteen working days
    world.referral(case, pcpr, status="info_requested", due=due)
    assert days_of("referral_question", asked, due + 5 * DAY) == [date(2026, 11, 23), due + DAY]
    assert days_of("referral_question_passed_up", due, due + 20 * DAY) == [due + 8 * DAY]
    assert ("referral_question_passed_up", str(beata)) in names(due + 8 * DAY)


def test_an_outcome_that_the_coordinator_leaves_lying_goes_to_the_organiser_a_week_later(case, pcpr, beata):
    world.referral(case, pcpr, status="completed", ended_at=at(date(2026, 11, 2)), due=date(2026, 11, 16))
    name, first, last = "referral_to_acknowledge_passed_up", date(2026, 11, 2), date(2026, 12, 10)
    assert days_of(name, first, last) == [date(2026, 11, 23)]
    assert (name, str(beata)) in names(date(2026, 11, 23))


def test_a_loop_that_the_person_opened_anew_is_reminded_of_anew(case, pcpr):
    said = {"person_said": "disputed", "person_said_at": at(date(2026, 11, 20)), "person_words": "Nikt nie przyszedł."}
    world.referral(case, pcpr, status="completed", ended_at=at(date(2026, 11, 2)), due=date(2026, 12, 4), **said)
    assert days_of("referral_to_acknowledge", date(2026, 11, 20), date(2026, 12, 10)) == [date(2026, 12, 4)]


def test_what_is_protected_stays_with_the_people_of_its_case_however_late(case, pcpr, beata, tomek):
    for status in ("info_requested", "completed"):
        world.referral(case, pcpr, status=status, due=TODAY - 10 * DAY, confidentiality="protected")
    later = TODAY + 20 * DAY
    assert {who for name, who in names(later) if name.startswith("referral_")} == {str(tomek)}


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        ("sent", {"opened_at": NOW}, [("referral_unanswered", "Ewa Gil"), ("referral_unanswered", "Tomek Lis")]),
        ("accepted", {}, [("referral_no_contact", "Ewa Gil"), ("referral_no_contact", "Tomek Lis")]),
        ("in_progress", {}, [("referral_no_news", "Ewa Gil")]),
        ("on_hold", {}, [("referral_on_hold", "Ewa Gil"), ("referral_on_hold", "Tomek Lis")]),
        ("withdrawn", {}, []),
        ("draft", {}, []),
    ],
)
def test_the_day_after_an_answer_was_due(case, pcpr, ewa, status, fields, expected):
    world.referral(case, pcpr, status=status, due=TODAY, **fields)
    assert names(TODAY) == []
    assert names(TODAY + DAY) == expected


@pytest.mark.parametrize("status", Referral.WAIT_FOR_ACKNOWLEDGEMENT)
def test_an_outcome_nobody_acknowledged_is_reminded_of_after_a_fortnight(case, pcpr, status):
    world.referral(case, pcpr, status=status, ended_at=at(date(2026, 11, 2)), due=date(2026, 11, 30))
    assert days_of("referral_to_acknowledge", date(2026, 11, 2), date(2026, 11, 25)) == [date(2026, 11, 16)]


def test_a_closed_loop_is_left_alone(case, pcpr):
    world.acknowledged(case, pcpr, due=TODAY - DAY)
    assert names(TODAY + 30 * DAY) == [row for row in names(TODAY + 30 * DAY) if not row[0].startswith("referral")]


def test_the_plan_is_reminded_of_a_week_before_three_days_before_on_the_day_and_once_late(tomek):
    case = world.case(tomek, opened_on=date(2026, 11, 2))
    due = case.plan_due_moved_on
    assert due == date(2026, 12, 2)
    expected = [due - 7 * DAY, due - 3 * DAY, due, due + DAY]
    assert days_of("plan_due", date(2026, 11, 2), due + 20 * DAY) == expected


def test_an_approved_plan_ends_the_reminders(tomek):
    case = world.case(tomek, opened_on=TODAY - 29 * DAY)
    assert ("plan_due", "Tomek Lis") in names()
    world.plan(case, status=Plan.Status.APPROVED)
    assert names() == []


def test_the_director_is_reminded_of_a_plan_that_waits_three_days(tomek, danuta):
    plan = world.plan(world.case(tomek, opened_on=TODAY), status=Plan.Status.SUBMITTED)
    event = AuditEvent.objects.create(
        action="plan.submit", object_type="coordination.plan", object_id=plan.pk, actor_label="Tomek Lis"
    )
    submitted = event.at.date()
    assert ("plan_to_approve", "Danuta Orzeł") not in names(submitted + 2 * DAY)
    assert ("plan_to_approve", "Danuta Orzeł") in names(submitted + 4 * DAY)


def test_the_desk_is_reminded_of_a_request_on_its_day_and_once_late(ola, tomek):
    request = make_request(on=date(2026, 11, 2))
    due = request.due_on
    assert names(due - DAY) == []
    assert names(due) == [("request_due", "Ola Wrona")]
    take_up(request, by=tomek, now=NOW)
    assert names(due) == [("request_due", "Tomek Lis")]
    assert days_of("request_due", due - DAY, due + 5 * DAY) == [due, due + DAY]


def test_while_the_resident_moves_the_desk_is_not_reminded_but_the_resident_is(ola):
    request = make_request(on=date(2026, 11, 2), applicant={"last_name": "Wilga", "email": "krystyna@example.pl"})
    ask_resident(request, text="Prosimy o orzeczenie.", by=ola, now=at(date(2026, 11, 5)))
    assert names(request.due_on + DAY) == [("question_waiting", request.reference)]
    assert days_of("question_waiting", date(2026, 11, 5), date(2026, 11, 30)) == [date(2026, 11, 12)]


def test_nobody_writes_to_a_resident_who_must_be_contacted_discreetly(ola, mailoutbox):
    request = make_request(
        on=date(2026, 11, 2), applicant={"last_name": "Wilga", "email": "x@example.pl"}, safe_contact=True
    )
    ask_resident(request, text="Prosimy o orzeczenie.", by=ola, now=at(date(2026, 11, 5)))
    run(TODAY)
    deliver_due()
    assert [letter.to for letter in mailoutbox if "x@example.pl" in letter.to] == []


# -- once, together, and only while true ------------------------------------------------------------
def test_run_twice_it_sends_once(case, pcpr, ewa):
    world.referral(case, pcpr, due=TODAY - DAY)
    assert run(TODAY) == 4
    assert run(TODAY) == 0
    assert run(TODAY + DAY) == 0
    assert Message.objects.filter(template="digest").count() == 2


def test_case_74_after_a_week_without_a_run_one_letter_goes_out_and_not_seven(tomek, pcpr, ewa, mailoutbox):
    for number in range(7):
        world.referral(world.case(tomek, opened_on=TODAY), pcpr, opened_at=NOW, due=TODAY - number * DAY)
    assert run(TODAY + DAY) == 14
    deliver_due()
    assert sorted(letter.to for letter in mailoutbox) == [["ewa@demo.example"], ["tomek@demo.example"]]
    for letter in mailoutbox:
        assert letter.body.count("/praca/skierowania/") == 7
        assert "Wilga" not in letter.body
        assert "Krystyna" not in letter.body
    assert "7" in mailoutbox[0].subject


def test_of_reminders_that_overtook_each_other_only_the_last_goes_out(tomek):
    world.case(tomek, opened_on=TODAY - 40 * DAY)
    assert run(TODAY) == 1
    [message] = Message.objects.filter(template="digest")
    assert len(message.context["items"]) == 1


def test_a_reminder_whose_reason_has_gone_is_dropped_at_sending(case, pcpr, ewa, mailoutbox):
    referral = world.referral(case, pcpr, status="in_progress", due=TODAY - DAY)
    run(TODAY)
    Referral.objects.filter(pk=referral.pk).update(status="withdrawn")
    deliver_due()
    assert not mailoutbox
    assert Message.objects.get().dropped_at


def test_what_nobody_touched_for_months_is_not_mailed_about_any_more_unless_it_expires(case, tomek, pcpr):
    world.referral(case, pcpr, status="in_progress", due=TODAY - 90 * DAY)
    assert names() == []
    world.referral(world.case(tomek), pcpr, due=TODAY - 90 * DAY)
    assert {name for name, _who in names()} == {"referral_unanswered"}


def test_a_failure_in_the_middle_leaves_no_half(case, pcpr, ewa, monkeypatch):
    world.referral(case, pcpr, due=TODAY - DAY)
    monkeypatch.setattr(ReminderSent.objects, "bulk_create", None)
    with pytest.raises(TypeError):
        run(TODAY)
    assert not Message.objects.exists()
    assert not ReminderSent.objects.exists()


def test_case_75_hosts_whose_clocks_differ_send_what_one_would_and_nothing_twice(case, pcpr):
    """One host is a day ahead, one behind: each run asks what is due on its own day, the key says what went out."""
    world.referral(case, pcpr, opened_at=NOW, due=TODAY + 2 * DAY)
    days = [TODAY + number * DAY for number in (3, 4, 17)]

    def sent(*apart):
        point = transaction.savepoint()
        for day in days:
            for number in apart:
                run(day + number * DAY)
        keys = sorted(ReminderSent.objects.values_list("key", flat=True))
        transaction.savepoint_rollback(point)
        return keys

    one = sent(0)
    assert len(one) >= 4
    assert sent(1, -1, 0) == one


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_case_75_two_runs_at_once_give_one_set_of_reminders():
    tomek, pcpr = personas.person("tomek"), personas.institution(personas.PCPR)
    for _number in range(4):
        world.referral(world.case(tomek, opened_on=TODAY), pcpr, opened_at=NOW, due=TODAY - DAY)
    start = threading.Barrier(2)
    results = []

    def send():
        start.wait()
        results.append(run(TODAY))
        connection.close()

    threads = [threading.Thread(target=send) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 8]
    assert Message.objects.filter(template="digest").count() == 2
    assert ReminderSent.objects.count() == 8


@pytest.mark.parametrize("rows", [1, 12])
def test_a_run_reads_a_constant_number_of_times(tomek, pcpr, ola, rows, django_assert_max_num_queries):
    for _number in range(rows):
        world.referral(world.case(tomek), pcpr, due=TODAY - DAY)
        make_request(on=TODAY - 40 * DAY)
    with django_assert_max_num_queries(len(REMINDERS) + 4):
        list(due_reminders(TODAY))


def test_every_reminder_has_its_own_name_and_letter():
    assert len({reminder.name for reminder in REMINDERS}) == len(REMINDERS)
    assert {reminder.template for reminder in REMINDERS} == {"digest", "reminder_question", "still_waiting"}


# -- the accessibility statement --------------------------------------------------------------------
def test_the_accessibility_statement_is_reminded_of_once_a_month_before_its_review(beata, db, settings, mailoutbox):
    root = personas.person("root")
    centre = settings.CENTRE
    settings.CENTRE = centre | {"accessibility": {"reviewed_on": date(2026, 11, 23)}}
    assert days_of("statement_to_review", date(2027, 2, 26), date(2027, 3, 4)) == [date(2027, 3, 1)]
    assert {row.recipient_id for row in Message.objects.all()} == {beata.pk, root.pk}
    run(date(2027, 4, 20))
    deliver_due()
    assert len(mailoutbox) == 2
    assert "Deklaracja dostępności" in mailoutbox[0].subject
    assert "/dostepnosc/" in mailoutbox[0].body
    settings.CENTRE = centre | {"accessibility": {"reviewed_on": date(2027, 3, 20)}}
    assert [name for name, _who in names(date(2027, 12, 31)) if name == "statement_to_review"] == []
    assert days_of("statement_to_review", date(2028, 2, 28), date(2028, 3, 3)) == [date(2028, 3, 1)]


# -- agreements and contracts near their end ----------------------------------------------------------
def test_an_agreement_is_reminded_of_before_its_end_to_who_keeps_it_and_who_sends_under_it(
    beata, tomek, ola, pcpr, mailoutbox
):
    ends = TODAY + 70 * DAY
    agreement = make_agreement(
        kind="agreement", provider=personas.PCPR, number="P.3.2025", subject="dla pani Wilgi", valid_to=ends
    )
    make_agreement(valid_to=None)
    world.referral(world.case(tomek), pcpr, agreement=agreement, due=ends + 30 * DAY)
    world.referral(world.case(ola), pcpr, due=ends + 30 * DAY)
    assert days_of("agreement_ends", TODAY, ends + 2 * DAY) == [ends - 60 * DAY, ends - 14 * DAY]
    written = ReminderSent.objects.filter(key__startswith="agreement_ends:")
    assert {row.key.rpartition(":")[2] for row in written} == {f"user-{beata.pk}", f"user-{tomek.pk}"}
    deliver_due()
    told = [mail.body for mail in mailoutbox if "P.3.2025" in mail.body]
    assert len(told) == 4
    assert all(f"/services/agreement/{agreement.pk}/" in body and "Wilgi" not in body for body in told)


def test_a_contract_is_reminded_of_sixty_and_fourteen_days_before_its_end_and_stands_among_what_is_to_do(
    beata, sign_in
):
    ends = TODAY + 70 * DAY
    contract = make_contract(agreement=make_agreement(valid_to=ends), valid_to=ends)
    assert days_of("contract_ends", TODAY, ends + DAY) == [ends - 60 * DAY, ends - 14 * DAY, ends]
    assert {row.recipient for row in due_reminders(ends) if row.obj == contract} == {beata}
    with time_machine.travel(at(ends - 30 * DAY), tick=False):
        room = sign_in(beata).get(reverse("admin:index")).content.decode()
        soon = reverse("admin:coordination_contract_changelist") + "?ending=soon"
        assert soon in room
        assert contract.basis.service.plain_name in sign_in(beata).get(soon).content.decode()
