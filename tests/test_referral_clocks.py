"""The clocks of referrals, set per institution, kind and way: the closest row holds, else the usual days."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.actions import incoming, incoming_course, referrals
from coordination.clocks import Clock, days_of, with_answer_days, with_days
from coordination.expiry import asked_again_on, expire_questions, expire_unanswered, shut_ended
from coordination.incoming_reminders import OF_WHAT_COMES_IN
from coordination.models import IncomingReferral, Referral, ReferralClock, ReminderSent
from coordination.referral_reminders import OF_REFERRALS
from coordination.reminders import due_reminders, send_due_reminders
from cus_portal.workdays import add_workdays, deadline, workdays_before
from tests.coordination_world import make_case, make_clock, make_incoming, make_referral
from tests.factories import NOW, TODAY, at

pytestmark = pytest.mark.django_db
HANDOVER, SERVICE = Referral.Kind.HANDOVER, Referral.Kind.SERVICE_REFERRAL
DAY = timedelta(days=1)


def reminded(on):
    return {
        (due.reminder.name, due.day) for due in due_reminders(on) if due.obj.__class__ in (Referral, IncomingReferral)
    }


def test_of_all_rows_that_fit_the_closest_holds(case, pcpr, clinic, tomek):
    """Every subset order is proved at once: rows of each shape, and for each referral a slow search for the closest."""
    days = 10
    for place, kind, way in product((None, pcpr), ("", HANDOVER), ("", "outgoing", "incoming")):
        days += 1
        if (place, kind, way) != (None, "", ""):
            make_clock(institution=place, kind=kind, direction=way, days=days)
    make_clock(days=99, valid_from=TODAY + DAY)
    make_clock(days=98, valid_to=TODAY - DAY)
    made = [
        make(place, kind=kind)
        for make, place, kind in product(
            (lambda place, kind: make_referral(make_case(tomek), place, kind=kind), make_incoming),
            (pcpr, clinic),
            (SERVICE, HANDOVER),
        )
    ]
    rows = list(ReferralClock.objects.filter(days__lt=98))
    for one in made:
        way = "incoming" if isinstance(one, IncomingReferral) else "outgoing"
        partner = one.sender_id if way == "incoming" else one.receiver_id
        fitting = [
            (row.institution_id is not None, row.kind != "", row.direction != "", row.days)
            for row in rows
            if row.institution_id in (None, partner) and row.kind in ("", one.kind) and row.direction in ("", way)
        ]
        wanted = max(fitting)[3]
        assert days_of(one, Clock.ANSWER, on=TODAY) == wanted
        assert days_of(one, Clock.NEWS, on=TODAY) == 60
        same = type(one).objects.filter(pk=one.pk)
        assert with_days(same, clock_days=Clock.ANSWER, on=TODAY).get().clock_days == wanted
        assert with_answer_days(same, on=TODAY).get().answer_days == wanted
        assert one.respond_by == add_workdays(TODAY, wanted)


def test_two_rows_for_the_same_never_hold_on_one_day(pcpr):
    make_clock(institution=pcpr, valid_to=TODAY)
    make_clock(institution=pcpr, valid_from=TODAY + DAY)
    make_clock(valid_from=TODAY)
    for again in ({"institution": pcpr}, {}):
        with pytest.raises(IntegrityError, match="one_referral_clock"), transaction.atomic():
            make_clock(valid_from=TODAY, **again)


@pytest.fixture
def own_clocks(pcpr):
    """Days for PCPR unlike the usual of each clock."""
    days = {clock: 2 + place * 3 for place, clock in enumerate(Clock)}
    for clock, count in days.items():
        make_clock(clock=clock, days=count, institution=pcpr)
    return days


def moved(days):
    return deadline(TODAY, days=days).moved


def test_what_goes_out_takes_its_days_from_the_table(own_clocks, case, pcpr, tomek, ewa, beata):
    referral = make_referral(case, pcpr)
    assert referral.respond_by == add_workdays(TODAY, own_clocks[Clock.ANSWER])
    assert ("referral_unopened", add_workdays(TODAY, own_clocks[Clock.UNOPENED])) in reminded(add_workdays(TODAY, 2))
    referrals.ask_sender(referral, by=ewa, now=NOW, text="Czy jest orzeczenie?")
    passed_up = referral.respond_by + (own_clocks[Clock.PASSED_UP] + 1) * DAY
    assert ("referral_question_passed_up", passed_up) in reminded(passed_up)
    assert referral.respond_by == add_workdays(TODAY, own_clocks[Clock.COMPLETE])
    half = workdays_before(referral.respond_by, own_clocks[Clock.COMPLETE] // 2)
    assert ("referral_question", half) in reminded(half)
    referrals.reply_to_receiver(referral, by=tomek, now=NOW, text="Tak.")
    referrals.waitlist(referral, by=ewa, now=NOW)
    assert referral.respond_by == moved(own_clocks[Clock.WAITING])
    again = asked_again_on(referral.respond_by, own_clocks[Clock.WAITING])
    send_due_reminders(on=referral.respond_by + DAY, now=at(referral.respond_by + DAY))
    assert ("referral_still_wanted", again) in reminded(again)
    referrals.accept_referral(referral, by=ewa, now=NOW, planned_start_on=TODAY)
    assert referral.respond_by == add_workdays(TODAY, own_clocks[Clock.FIRST_CONTACT])
    referrals.start_referral(referral, by=ewa, now=NOW, first_contact_on=TODAY)
    assert referral.respond_by == moved(own_clocks[Clock.NEWS])
    referrals.complete_referral(referral, by=ewa, now=NOW, outcome="met", outcome_on=TODAY, closing_note="Jest.")
    assert referral.respond_by == moved(own_clocks[Clock.ACKNOWLEDGE])
    day = TODAY + own_clocks[Clock.ACKNOWLEDGE] * DAY
    assert ("referral_to_acknowledge", day) in reminded(day)
    passed_up = day + own_clocks[Clock.PASSED_UP] * DAY
    assert ("referral_to_acknowledge_passed_up", passed_up) in reminded(passed_up)
    seen = NOW + own_clocks[Clock.SEEN_AFTER_END] * DAY
    assert [shut_ended(now=seen - DAY), shut_ended(now=seen)] == [0, 1]
    urgent = make_referral(make_case(tomek), pcpr, priority="urgent")
    assert urgent.respond_by == add_workdays(TODAY, own_clocks[Clock.ANSWER_URGENT])
    for name, clock in (
        ("referral_unopened", Clock.UNOPENED_URGENT),
        ("referral_unopened_still", Clock.UNOPENED_STILL_URGENT),
    ):
        day = add_workdays(TODAY, own_clocks[clock])
        assert (name, day) in reminded(day)
        assert (name, day) not in reminded(day - DAY)


def test_what_is_late_is_asked_for_again_and_expires_by_the_table(case, pcpr, clinic, tomek):
    for clock, days in (("again", 4), ("expiry", 6), ("again_urgent", 3), ("waiting", 5), ("still_wanted", 3)):
        make_clock(clock=clock, days=days, institution=pcpr)
    theirs = make_referral(case, pcpr)
    urgent = make_referral(make_case(tomek), pcpr, priority="urgent")
    usual = make_referral(make_case(tomek), clinic)
    waits = make_referral(make_case(tomek), pcpr, status="waitlisted")
    asked = make_incoming(pcpr)
    Referral.objects.update(respond_by=TODAY, opened_at=NOW)
    IncomingReferral.objects.update(respond_by=TODAY, status="info_requested")
    ended = {}
    for number in range(1, 23):
        on = add_workdays(TODAY, number)
        send_due_reminders(on=on, now=at(on, 6), of=[*OF_REFERRALS, *OF_WHAT_COMES_IN])
        expire_unanswered(now=at(on, 7))
        expire_questions(now=at(on, 7))
        for row in (theirs, urgent, usual, asked, waits):
            row.refresh_from_db()
            if row.status == "expired":
                ended.setdefault(row, number)
    assert ended == {theirs: 7, urgent: 7, usual: 21, asked: 7, waits: 7}

    def days_of_mail(name, row):
        days = ReminderSent.objects.filter(key__startswith=f"{name}:{row.pk}:").values_list("sent_on", flat=True)
        return sorted({next(n for n in range(1, 23) if add_workdays(TODAY, n) == day) for day in days})

    assert days_of_mail("referral_unanswered", urgent) == [1, 4]
    for row, again in ((theirs, 4), (usual, 10)):
        assert days_of_mail("referral_unanswered", row) == [1]
        assert days_of_mail("referral_unanswered_again", row) == [again]
    assert days_of_mail("incoming_question", asked) == [1, 4]


def test_what_comes_in_takes_its_days_from_the_same_table(own_clocks, pcpr, bartek, beata, ola):
    urgent = make_incoming(pcpr, priority="urgent")
    for name, clock in (
        ("incoming_unopened", Clock.UNOPENED_URGENT),
        ("incoming_unopened_still", Clock.UNOPENED_STILL_URGENT),
        ("incoming_unopened_escalated", Clock.PASSED_UP_URGENT),
    ):
        day = add_workdays(TODAY, own_clocks[clock])
        assert (name, day) in reminded(day)
        assert (name, day) not in reminded(day - DAY)
    IncomingReferral.objects.filter(pk=urgent.pk).update(opened_at=NOW)
    row = make_incoming(pcpr)
    assert row.respond_by == add_workdays(TODAY, own_clocks[Clock.ANSWER])
    assert reminded(row.respond_by) == {
        (name, add_workdays(TODAY, own_clocks[clock]))
        for name, clock in (
            ("incoming_unopened", Clock.UNOPENED),
            ("incoming_unopened_still", Clock.UNOPENED_STILL),
            ("incoming_unopened_escalated", Clock.ANSWER),
        )
    }
    incoming.ask_partner(row, text="Gdzie mieszka?", by=ola, now=NOW)
    assert row.respond_by == add_workdays(TODAY, own_clocks[Clock.COMPLETE])
    half = workdays_before(row.respond_by, own_clocks[Clock.COMPLETE] // 2)
    assert reminded(half) == {("incoming_question", half)}
    incoming.take_reply(row, text="W Lipowie.", said_by="Ewa Gil", answered_on=TODAY, by=ola, now=NOW)
    incoming.accept_incoming(row, by=ola, now=NOW)
    assert row.respond_by == add_workdays(TODAY, own_clocks[Clock.FIRST_CONTACT])
    incoming_course.start_incoming(row, first_contact_on=TODAY, by=ola, now=NOW)
    assert row.respond_by == moved(own_clocks[Clock.NEWS])
    incoming_course.complete_incoming(row, outcome="met", outcome_on=TODAY, text="Jest.", by=ola, now=NOW)
    assert row.respond_by == moved(own_clocks[Clock.ACKNOWLEDGE])


def test_who_sends_reads_how_many_days_the_answer_takes(sign_in, case, pcpr, tomek, ewa, beata):
    client = sign_in(beata)
    told = {"clock": "answer", "days": 7, "institution": pcpr.pk, "kind": "", "direction": "outgoing"}
    client.post(
        reverse("admin:coordination_referralclock_add"),
        told | {"valid_from": "01.11.2026"},
    )
    assert ReferralClock.objects.get().days == 7
    late = told | {"clock": "again", "days": 36, "valid_from": "01.11.2026"}
    response = client.post(reverse("admin:coordination_referralclock_add"), late)
    assert "najpóźniej 35 dni roboczych" in response.content.decode()
    back = told | {"valid_from": "01.11.2026", "valid_to": "31.10.2026"}
    response = client.post(reverse("admin:coordination_referralclock_add"), back)
    assert response.context["adminform"].form.errors == {"valid_to": ["Ostatni dzień jest przed pierwszym."]}
    assert ReferralClock.objects.count() == 1
    client = sign_in(tomek)
    draft = make_referral(case, pcpr, status="draft")
    for page in (draft.get_absolute_url(), reverse("coordination:referral_drafts", args=[case.pk])):
        assert "w ciągu 7 dni roboczych" in client.get(page).content.decode()
    form = client.get(reverse("coordination:referral_new", args=[case.pk])).content.decode()
    assert "zwykłe 10, pilne 1" in form
    assert f"{pcpr.short_name} 7." in form
    client = sign_in(ewa)
    assert (
        "Centrum odpowiada w ciągu 10 dni roboczych"
        in client.get(reverse("coordination:sent_to_centre_new")).content.decode()
    )
