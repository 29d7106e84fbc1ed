"""The clocks of what comes to the centre: who is reminded on which day, and what alone expires by itself."""

from datetime import timedelta

import pytest

from coordination.actions import incoming as actions
from coordination.expiry import expire_questions
from coordination.incoming_reminders import OF_WHAT_COMES_IN
from coordination.models import IncomingReferral
from coordination.reminders import due_reminders, send_due_reminders
from cus_portal.accounts.models import Membership, User
from cus_portal.accounts.roles import Role
from cus_portal.notifications.models import Message
from cus_portal.workdays import add_workdays, workdays_before
from tests import personas
from tests.coordination_world import make_incoming
from tests.factories import NOW, TODAY, at

pytestmark = pytest.mark.django_db
S = IncomingReferral.Status
NAMES = {reminder.name for reminder in OF_WHAT_COMES_IN}
DAY = timedelta(days=1)


def told(on):
    """Return who is reminded of what on a day, as (reminder, first name)."""
    return {(due.reminder.name, due.recipient.first_name) for due in due_reminders(on) if due.reminder.name in NAMES}


def after(count):
    return add_workdays(TODAY, count)


def test_what_nobody_takes_up_is_told_to_the_desk_then_to_the_sender_then_to_the_organiser(ola, beata, bartek, clinic):
    make_incoming(clinic)
    assert told(after(3) - DAY) == set()
    assert told(after(3)) == {("incoming_unopened", "Ola")}
    assert told(after(5)) == told(after(3)) | {("incoming_unopened_still", "Bartek")}
    assert told(after(10)) == told(after(5)) | {("incoming_unopened_escalated", "Beata")}


def test_an_urgent_one_is_told_on_the_next_working_day_and_on_each_that_follows(ola, beata, clinic):
    make_incoming(clinic, priority="urgent")
    days = [{due.day for due in due_reminders(after(n)) if due.reminder.name == "incoming_unopened"} for n in (1, 2, 9)]
    assert days == [{after(1)}, {after(2)}, {after(9)}]
    assert ("incoming_unopened_escalated", "Beata") in told(after(3))


def test_who_has_it_in_hand_is_reminded_in_place_of_the_desk(kasia, ola, beata, clinic):
    row = make_incoming(clinic)
    actions.claim_incoming(row, by=kasia, now=NOW)
    assert told(row.respond_by) == set()
    assert told(row.respond_by + DAY) == {("incoming_unanswered", "Kasia"), ("incoming_unanswered", "Beata")}


@pytest.mark.parametrize(
    ("status", "name"),
    [("accepted", "incoming_no_contact"), ("in_progress", "incoming_no_news"), ("on_hold", "incoming_on_hold")],
)
def test_what_is_under_way_has_its_day(status, name, clinic, beata):
    row = make_incoming(clinic, status=status)
    assert told(row.respond_by) == set()
    assert told(row.respond_by + DAY) == {(name, "Beata")}


def test_who_waits_for_a_place_is_asked_by_the_queue_alone(clinic):
    row = make_incoming(clinic, status="waitlisted")
    assert told(row.respond_by + 5 * DAY) == set()


def test_an_outcome_nobody_acknowledges_is_told_to_both_after_a_fortnight(clinic, bartek, beata):
    make_incoming(clinic, status="completed")
    assert told(TODAY + 13 * DAY) == set()
    assert told(TODAY + 14 * DAY) == {("incoming_to_acknowledge", "Bartek"), ("incoming_to_acknowledge", "Beata")}


def test_only_an_unanswered_question_expires_and_only_after_two_reminders(clinic, bartek, beata):
    row = make_incoming(clinic, status="info_requested")
    for status in ("sent", "waitlisted", "accepted"):
        make_incoming(clinic, status=status)
    due = row.respond_by
    assert told(workdays_before(due, 7)) >= {("incoming_question", "Bartek")}
    end = add_workdays(due, 20)
    assert expire_questions(now=at(end + 10 * DAY)) == 0  # nobody was reminded
    for day in (due + DAY, add_workdays(due, 10)):
        send_due_reminders(on=day, now=at(day))
    assert expire_questions(now=at(end)) == 0
    assert expire_questions(now=at(end + DAY)) == 1
    assert expire_questions(now=at(end + DAY)) == 0
    row.refresh_from_db()
    assert row.status == S.EXPIRED
    assert IncomingReferral.objects.filter(status=S.EXPIRED).count() == 1
    news = Message.objects.filter(about_id=row.pk, template="incoming_news", recipient_id=bartek.pk)
    assert news.count() == 2  # the question, and that it expired


def test_a_sender_without_an_account_is_rung_up_by_the_desk(ola, clinic):
    make_incoming(clinic)
    User.objects.filter(pk=personas.person("bartek").pk).update(is_active=False)
    assert ("incoming_unopened_still", "Ola") in told(after(5))


def test_of_a_protected_one_the_reminder_says_no_number_and_goes_to_those_who_open_it(ola, beata, danuta, clinic):
    row = make_incoming(clinic, confidentiality="protected")
    on = after(3)
    assert told(on) == {("incoming_unopened", "Beata"), ("incoming_unopened", "Danuta")}
    send_due_reminders(on=on, now=at(on))
    letters = Message.objects.filter(template="digest", recipient_id__in=[beata.pk, danuta.pk])
    assert letters.count() == 2
    assert all(row.number not in str(letter.context) for letter in letters)


def test_of_a_protected_one_that_is_accepted_those_are_reminded_who_may_open_it(beata, danuta, clinic):
    Membership.objects.create(
        user=personas.person("iwona"), institution=personas.institution(personas.CENTRE), role=Role.PROTECTION,
        valid_from=TODAY,
    )  # fmt: skip
    other = personas.person("kasia")  # an organiser who is not let into the file
    Membership.objects.filter(user=other).update(role=Role.ORGANISER)
    row = make_incoming(clinic, confidentiality="protected", status="accepted")
    actions.give_back_incoming(row, by=beata, now=NOW)
    assert told(row.respond_by + DAY) == {("incoming_no_contact", "Beata"), ("incoming_no_contact", "Danuta")}
    before = set(Message.objects.values_list("pk", flat=True))
    actions.withdraw_incoming(row, reason="pomyłka", by=personas.person("bartek"), now=NOW)
    letters = Message.objects.exclude(pk__in=before)
    assert {letter.recipient_id for letter in letters} == {beata.pk, danuta.pk}
    told_of_it = Message.objects.filter(
        recipient_type="accounts.user", recipient_id__in=[other.pk, personas.person("iwona").pk]
    )
    assert not any(row.number in str(letter.context) for letter in told_of_it)


def test_each_side_is_led_to_its_own_page(ola, bartek, clinic):
    row = make_incoming(clinic)
    send_due_reminders(on=after(5), now=at(after(5)))
    paths = {
        letter.recipient_id: letter.context["items"][0]["path"] for letter in Message.objects.filter(template="digest")
    }
    assert paths[ola.pk] == row.get_absolute_url()
    assert paths[bartek.pk] == f"/praca/skierowania/do-centrum/{row.pk}/"


def test_after_an_outage_the_sender_is_still_reminded_twice_before_the_question_expires(clinic):
    row = make_incoming(clinic, status="info_requested")
    back = add_workdays(row.respond_by, 70)
    end = add_workdays(back - DAY, 20)
    for days in range((end - back).days + 2):
        send_due_reminders(on=back + days * DAY, now=at(back + days * DAY))
        expire_questions(now=at(back + days * DAY))
        row.refresh_from_db()
        assert (row.status == S.EXPIRED) is (back + days * DAY > end)
