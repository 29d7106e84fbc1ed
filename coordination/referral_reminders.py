"""Who is reminded of a referral that waits: the rows of the table of reminders that read its clocks."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.actions.telling import TOLD
from coordination.clocks import Clock, with_days
from coordination.expiry import asked_again_on
from coordination.models import Referral
from coordination.reminded import told_of
from coordination.reminder_people import Reminder, coordinator
from cus_portal.workdays import add_workdays, workdays_before

STALE = timedelta(days=60)  # what nobody moved for so long after its day is on the dashboard, not in the mail
S = Referral.Status


# -- who ----------------------------------------------------------------------------------------
def receiver(referral, people):
    """Return who has it in hand at the institution today; where nobody has, each of its people."""
    in_charge = people.colleagues(referral.receiver).in_charge(referral) if referral.assigned_to_id else None
    return [in_charge] if in_charge else people.at(referral.receiver)


def both_sides(referral, people):
    return [*receiver(referral, people), *coordinator(referral, people)]


def everybody(referral, people):
    """Before it expires each of the institution's people is told, whoever has it in hand."""
    return [*people.at(referral.receiver), *coordinator(referral, people)]


def person(referral, people):
    """Return the request by whose number and code the person answers."""
    return [referral.consent.request]


def organisers(referral, people):
    return people.organisers


# -- when ---------------------------------------------------------------------------------------
def workdays_after_sending(referral):
    return [add_workdays(timezone.localdate(referral.sent_at), referral.clock_days)]


def day_after_respond_by(referral):
    return [referral.respond_by + timedelta(days=1)]


def day_after_respond_by_or_again_and_again(referral):
    """An urgent one comes back, usually on each working day, until it is answered, or expires."""
    if referral.priority != Referral.Priority.URGENT:
        return day_after_respond_by(referral)
    days = range(1, referral.expiry_days + 1, referral.clock_days)
    return [add_workdays(referral.respond_by, number) for number in days]


def halfway_and_day_after_respond_by(referral):
    """Half of the time to answer a question has gone, and then all of it."""
    return [workdays_before(referral.respond_by, referral.clock_days // 2), *day_after_respond_by(referral)]


def passed_up_after_respond_by(referral):
    """What the coordinator leaves lying goes to the organiser."""
    return [day + timedelta(days=referral.passed_up_days) for day in day_after_respond_by(referral)]


def workdays_after_the_first_time(referral):
    return [add_workdays(referral.late_since, referral.clock_days)] if referral.late_since else []


def day_after_respond_by_and_once_more(referral):
    again = [asked_again_on(referral.late_since, referral.clock_days)] if referral.late_since else []
    return [*day_after_respond_by(referral), *again]


def when_to_acknowledge(referral):
    """Since the person objected the loop is open anew."""
    objected = referral.person_said == Referral.Said.DISPUTED
    since = referral.person_said_at if objected else referral.ended_at
    return [timezone.localdate(since) + timedelta(days=referral.clock_days)]


def passed_up_after_that(referral):
    return [day + timedelta(days=referral.passed_up_days) for day in when_to_acknowledge(referral)]


# -- what ---------------------------------------------------------------------------------------
def live(**conditions):
    rows = Referral.objects.live().filter(case__resident__died_on=None, **conditions)
    return rows.select_related("receiver", "case__coordinator")


def referrals(**conditions):
    return lambda on: live(**conditions).filter(Q(respond_by=None) | Q(respond_by__gte=on - STALE))


def unanswered(*statuses, **conditions):
    return lambda on: referrals(status__in=statuses, **conditions)(on).filter(respond_by__lt=on)


def until_it_expires(status, **conditions):
    """What ends by itself is told of however late it is: without its reminders it would never end."""
    return lambda on: live(status=status, respond_by__lt=on, **conditions)


def timed(candidates, clock, **more):
    """Give each its days of this clock, and by their names those of others."""
    return lambda on: with_days(candidates(on), on=on, clock_days=clock, **more)


def told_to_the_office(candidates):
    """Leave out what only the people of its case may know of: it stays with them."""
    return lambda on: candidates(on).without_secrets()


def waiting_persons(on):
    """Return what waits for a place and is told to the person, with the request by which it is."""
    rows = until_it_expires(S.WAITLISTED, statute="", kind__in=TOLD)(on).without_secrets()
    return rows.filter(consent__isnull=False).select_related("case", "consent__request")


TO_ACKNOWLEDGE = {"status__in": Referral.WAIT_FOR_ACKNOWLEDGEMENT, "acknowledged_at": None, "ended_at__isnull": False}

OF_REFERRALS = (
    Reminder(
        "referral_unopened",
        _("the referral has not been opened"),
        timed(referrals(status=S.SENT, opened_at=None), (Clock.UNOPENED, Clock.UNOPENED_URGENT)),
        workdays_after_sending,
        receiver,
    ),
    Reminder(
        "referral_unopened_still",
        _("the institution has not opened the referral"),
        timed(referrals(status=S.SENT, opened_at=None), (Clock.UNOPENED_STILL, Clock.UNOPENED_STILL_URGENT)),
        workdays_after_sending,
        coordinator,
    ),
    Reminder(
        "referral_unanswered",
        _("the answer to the referral is late"),
        timed(until_it_expires(S.SENT), Clock.AGAIN_URGENT, expiry_days=Clock.EXPIRY),
        day_after_respond_by_or_again_and_again,
        both_sides,
    ),
    Reminder(
        "referral_question",
        _("the institution's question is not answered"),
        timed(lambda on: live(status=S.INFO_REQUESTED), Clock.COMPLETE),
        halfway_and_day_after_respond_by,
        coordinator,
    ),
    Reminder(
        "referral_question_passed_up",
        _("the coordinator has not answered the institution's question"),
        timed(told_to_the_office(unanswered(S.INFO_REQUESTED)), Clock.COMPLETE, passed_up_days=Clock.PASSED_UP),
        passed_up_after_respond_by,
        organisers,
    ),
    Reminder(
        "referral_unanswered_again",
        _("still no answer to the referral: without one it will expire"),
        told_of(timed(until_it_expires(S.SENT), Clock.AGAIN), "referral_unanswered"),
        workdays_after_the_first_time,
        everybody,
    ),
    Reminder(
        "referral_question_again",
        _("the institution still waits for our answer: without one the referral will expire"),
        told_of(timed(until_it_expires(S.INFO_REQUESTED), Clock.AGAIN), "referral_question"),
        workdays_after_the_first_time,
        coordinator,
    ),
    Reminder(
        "referral_still_wanted",
        _("ask the person who waits for a place: is it still wanted?"),
        told_of(timed(until_it_expires(S.WAITLISTED), Clock.WAITING), "referral_still_wanted"),
        day_after_respond_by_and_once_more,
        coordinator,
    ),
    Reminder(
        "referral_person_waits",
        _("do you still wait for a place?"),
        told_of(timed(waiting_persons, Clock.WAITING), "referral_person_waits"),
        day_after_respond_by_and_once_more,
        person,
        template="still_waiting",
    ),
    Reminder(
        "referral_on_hold",
        _("the day to look again at what is on hold has passed"),
        unanswered(S.ON_HOLD),
        day_after_respond_by,
        both_sides,
    ),
    Reminder(
        "referral_no_contact",
        _("accepted, but nobody has met the person"),
        unanswered(S.ACCEPTED, first_contact_on=None),
        day_after_respond_by,
        both_sides,
    ),
    Reminder(
        "referral_no_news",
        _("no news of the referral under way"),
        unanswered(S.IN_PROGRESS),
        day_after_respond_by,
        receiver,
    ),
    Reminder(
        "referral_to_acknowledge",
        _("the outcome has not been acknowledged"),
        timed(referrals(**TO_ACKNOWLEDGE), Clock.ACKNOWLEDGE),
        when_to_acknowledge,
        coordinator,
    ),
    Reminder(
        "referral_to_acknowledge_passed_up",
        _("the coordinator has not acknowledged the outcome"),
        timed(told_to_the_office(referrals(**TO_ACKNOWLEDGE)), Clock.ACKNOWLEDGE, passed_up_days=Clock.PASSED_UP),
        passed_up_after_that,
        organisers,
    ),
)
