"""The clocks of what comes in, as the contract of referrals has them, with the desk as the receiver.

Who has it in hand is reminded first; what is protected or restricted is told to those who may open it alone. A sender
that nobody could sign in for is rung up: then the desk is reminded in its place.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.clocks import Clock, with_days
from coordination.models import IncomingReferral, Referral
from coordination.reminded import told_of
from coordination.reminder_people import Reminder
from cus_portal.accounts.models import User
from cus_portal.workdays import add_workdays, workdays_before

STALE = timedelta(days=60)  # what nobody moved for so long after its day is in the desk's lists, not in the mail
URGENT_DAYS = 20  # working days on which an urgent one that nobody opened is told of anew
S = IncomingReferral.Status


# -- who ----------------------------------------------------------------------------------------
def in_hand(incoming, people):
    """Return who deals with it; while nobody does, the clerks, or of a closed one those who may open it."""
    if incoming.assigned_to_id:
        return [incoming.assigned_to]
    return leaders(incoming, people) if incoming.is_protected else people.clerks


def leaders(incoming, people):
    if not (incoming.is_protected or incoming.request and incoming.request.restricted_file_id):
        return people.organisers
    known = dict.fromkeys([*people.organisers, *people.directors])
    return [user for user in known if user.has_perm("coordination.view_incomingreferral", incoming)]


def both(incoming, people):
    return list(dict.fromkeys([*in_hand(incoming, people), *leaders(incoming, people)]))


def sender(incoming, people):
    workers = [one for one in people.at(incoming.sender) if isinstance(one, User)]
    return workers or in_hand(incoming, people)


def sender_and_desk(incoming, people):
    return list(dict.fromkeys([*sender(incoming, people), *in_hand(incoming, people)]))


# -- when ---------------------------------------------------------------------------------------
def workdays_after_coming(incoming):
    return [add_workdays(incoming.received_on, incoming.clock_days)]


def workdays_after_coming_or_again_and_again(incoming):
    """An urgent one comes back, usually on each working day."""
    if incoming.priority != Referral.Priority.URGENT:
        return workdays_after_coming(incoming)
    days = range(incoming.clock_days, max(incoming.clock_days, URGENT_DAYS) + 1, incoming.again_days)
    return [add_workdays(incoming.received_on, count) for count in days]


def day_after(incoming):
    return [incoming.respond_by + timedelta(days=1)]


def day_after_and_once_more(incoming):
    return [*day_after(incoming), add_workdays(incoming.respond_by, incoming.again_days)]


def half_way_and_after(incoming):
    """The sender is reminded when half of its time has gone, when it is over, and once more."""
    again = [add_workdays(incoming.late_since, incoming.again_days)] if incoming.late_since else []
    return [workdays_before(incoming.respond_by, incoming.clock_days // 2), *day_after(incoming), *again]


def when_to_acknowledge(incoming):
    return [timezone.localdate(incoming.ended_at) + timedelta(days=incoming.clock_days)]


# -- what ---------------------------------------------------------------------------------------
def live(**conditions):
    found = IncomingReferral.objects.live().filter(**conditions)
    living = found.filter(Q(request=None) | Q(request__resident=None) | Q(request__resident__died_on=None))
    return living.select_related("assigned_to", "sender", "request")


def rows(**conditions):
    return lambda on: live(respond_by__gte=on - STALE, **conditions)


def asked(on):
    """What ends by itself is told of however late it is: without its reminders it would never end."""
    return live(status=S.INFO_REQUESTED)


def timed(candidates, **clocks):
    """Give each, by their names, its days of these clocks."""
    return lambda on: with_days(candidates(on), on=on, **clocks)


def late(status, **conditions):
    return lambda on: rows(status=status, **conditions)(on).filter(respond_by__lt=on)


OF_WHAT_COMES_IN = (
    Reminder(
        "incoming_unopened",
        _("nobody has taken up the referral that came to us"),
        timed(
            rows(status=S.SENT, opened_at=None),
            clock_days=(Clock.UNOPENED, Clock.UNOPENED_URGENT),
            again_days=Clock.AGAIN_URGENT,
        ),
        workdays_after_coming_or_again_and_again,
        in_hand,
    ),
    Reminder(
        "incoming_unopened_still",
        _("the centre has not taken up your referral yet: call if it cannot wait"),
        timed(rows(status=S.SENT, opened_at=None), clock_days=(Clock.UNOPENED_STILL, Clock.UNOPENED_STILL_URGENT)),
        workdays_after_coming,
        sender,
    ),
    Reminder(
        "incoming_unopened_escalated",
        _("nobody has taken up the referral that came to us, and its time is over; an urgent one for three days"),
        timed(rows(status=S.SENT, opened_at=None), clock_days=(Clock.ANSWER, Clock.PASSED_UP_URGENT)),
        workdays_after_coming,
        leaders,
    ),
    Reminder(
        "incoming_unanswered",
        _("our answer to the referral that came to us is late"),
        timed(late(S.SENT, opened_at__isnull=False), again_days=Clock.AGAIN),
        day_after_and_once_more,
        both,
    ),
    Reminder(
        "incoming_question",
        _("the question about the referral sent to the centre is not answered; without an answer it expires"),
        told_of(timed(asked, clock_days=Clock.COMPLETE, again_days=Clock.AGAIN), "incoming_question"),
        half_way_and_after,
        sender,
    ),
    Reminder(
        "incoming_no_contact",
        _("the referral that came to us is accepted, but nobody has met the person"),
        late(S.ACCEPTED),
        day_after,
        both,
    ),
    Reminder(
        "incoming_no_news",
        _("the sender has had no news of the referral that came to us"),
        late(S.IN_PROGRESS),
        day_after,
        in_hand,
    ),
    Reminder(
        "incoming_on_hold",
        _("the day to look again at what is on hold has passed"),
        late(S.ON_HOLD),
        day_after,
        in_hand,
    ),
    Reminder(
        "incoming_not_taken_up",
        _("nobody has taken up what we passed on: call there, and write down what they say"),
        timed(late(S.REDIRECTED), again_days=Clock.AGAIN),
        day_after_and_once_more,
        both,
    ),
    Reminder(
        "incoming_to_acknowledge",
        _("the sender has not acknowledged what came of the referral to the centre"),
        timed(
            rows(status__in=IncomingReferral.WAIT_FOR_ACKNOWLEDGEMENT, ended_at__isnull=False),
            clock_days=Clock.ACKNOWLEDGE,
        ),
        when_to_acknowledge,
        sender_and_desk,
    ),
)
