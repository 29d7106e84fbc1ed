"""How long each may take with a referral: by the table of the centre's clocks, else as usual.

The institution of a clock is the one at the other end: the receiver of what goes out, the sender of what comes in.
"""

from datetime import date

from django.db.models import Case, Min, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from coordination.models import IncomingReferral, Referral, ReferralClock
from cus_portal.workdays import add_workdays, deadline, workdays_before

Clock, Direction = ReferralClock.Clock, ReferralClock.Direction

USUAL = {
    Clock.UNOPENED: 3,
    Clock.UNOPENED_STILL: 5,
    Clock.ANSWER: 10,
    Clock.ANSWER_URGENT: 1,
    Clock.COMPLETE: 14,
    Clock.WAITING: 30,
    Clock.FIRST_CONTACT: 10,
    Clock.NEWS: 60,
    Clock.ACKNOWLEDGE: 14,
    Clock.UNOPENED_URGENT: 1,
    Clock.UNOPENED_STILL_URGENT: 2,
    Clock.AGAIN: 10,
    Clock.EXPIRY: 20,
    Clock.AGAIN_URGENT: 1,
    Clock.PASSED_UP_URGENT: 3,
    Clock.PASSED_UP: 7,
    Clock.STILL_WANTED: 14,
    Clock.SEEN_AFTER_END: 30,
}
# Calendar days, moved off days off; what is due by another of the clocks is so in working days.
BY_THE_CALENDAR = (Clock.WAITING, Clock.NEWS, Clock.ACKNOWLEDGE)


def days_of(referral: Referral | IncomingReferral, clock: Clock, *, on: date) -> int:
    if isinstance(referral, IncomingReferral):
        direction, institution = Direction.INCOMING, referral.sender_id
    else:
        direction, institution = Direction.OUTGOING, referral.receiver_id
    return days_agreed(clock, direction=direction, institution=institution, kind=referral.kind, on=on)


def days_agreed(clock: Clock, *, direction: Direction, on: date, institution: int | None = None, kind="") -> int:
    """Return the days that hold with this institution for this kind; without either, those that hold for all."""
    rows = ReferralClock.objects.days(clock, direction=direction, institution=institution, kind=kind, on=on)
    found = rows.first()
    return found["days"] if found else USUAL[clock]


def overdue_before(clock: Clock, *, on: date) -> date:
    """Return the day before which a clock of working days must have started, whoever it is for, to be over."""
    return workdays_before(on, shortest(clock, on=on))


def shortest(clock: Clock, *, on: date) -> int:
    """Return the fewest days that this clock has for anybody."""
    agreed = ReferralClock.objects.in_force(on).filter(clock=clock).aggregate(days=Min("days"))["days"]
    return min(agreed or USUAL[clock], USUAL[clock])


def with_days(rows: QuerySet, *, on: date, **clocks: Clock | tuple[Clock, Clock]) -> QuerySet:
    """Add to referrals of either way the days of these clocks, in the same query.

    Of two clocks the first is for what is routine, the second for what is urgent.
    """
    return rows.annotate(**{name: _days_by_priority(rows, clock, on=on) for name, clock in clocks.items()})


def with_answer_days(rows: QuerySet, *, on: date) -> QuerySet:
    return with_days(rows, on=on, answer_days=(Clock.ANSWER, Clock.ANSWER_URGENT))


def _days_by_priority(rows, clock, *, on):
    if isinstance(clock, Clock):
        return _days_of_rows(rows, clock, on=on)
    routine, urgent = (_days_of_rows(rows, one, on=on) for one in clock)
    return Case(When(priority=Referral.Priority.URGENT, then=urgent), default=routine)


def _days_of_rows(rows, clock, *, on):
    if rows.model is IncomingReferral:
        direction, partner = Direction.INCOMING, OuterRef("sender")
    else:
        direction, partner = Direction.OUTGOING, OuterRef("receiver")
    agreed = ReferralClock.objects.days(clock, direction=direction, institution=partner, kind=OuterRef("kind"), on=on)
    return Coalesce(Subquery(agreed[:1]), Value(USUAL[clock]))


def after(day: date, days: int) -> date:
    return deadline(day, days=days).moved


def due(referral: Referral | IncomingReferral, clock: Clock, *, on: date) -> date:
    """Return the day on which this clock, started on the day given, runs out."""
    days = days_of(referral, clock, on=on)
    return after(on, days) if clock in BY_THE_CALENDAR else add_workdays(on, days)


def answer_due(referral: Referral | IncomingReferral, *, on: date) -> date:
    """Return the day by which the receiver of what is sent on the day given answers."""
    return due(referral, answer_clock(referral.priority), on=on)


def answer_clock(priority: str) -> Clock:
    return Clock.ANSWER_URGENT if priority == Referral.Priority.URGENT else Clock.ANSWER


def time_goes_on(referral: Referral | IncomingReferral, *, on: date) -> dict:
    """Return what is written when a stopped receiver's time goes on: the days it stood, in calendar days.

    A question waits for the sender or the person; on hold, time stands for the person's sake only.
    """
    if referral.stopped_on is None:
        return {"hold_cause": ""}
    counter = "asked_days" if referral.status == Referral.Status.INFO_REQUESTED else "held_days"
    stood = getattr(referral, counter) + (on - referral.stopped_on).days
    return {"stopped_on": None, "hold_cause": "", counter: stood}
