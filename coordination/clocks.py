"""How long each may take with a referral: by the table of the centre's clocks, else as usual.

The institution of a clock is the one at the other end: the receiver of what goes out, the sender of what comes in.
"""

from datetime import date

from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from coordination.models import IncomingReferral, Referral, ReferralClock
from cus_portal.workdays import add_workdays, deadline

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
}
# Calendar days, moved off days off; all others count working days.
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


def with_days(rows: QuerySet, clock: Clock, *, on: date) -> QuerySet:
    """Add `clock_days` to referrals of either way: the days of this clock, in the same query."""
    return rows.annotate(clock_days=_days_of_rows(rows, clock, on=on))


def with_answer_days(rows: QuerySet, *, on: date) -> QuerySet:
    """Add `answer_days` to referrals of either way, by the priority of each."""
    urgent = When(priority=Referral.Priority.URGENT, then=_days_of_rows(rows, Clock.ANSWER_URGENT, on=on))
    return rows.annotate(answer_days=Case(urgent, default=_days_of_rows(rows, Clock.ANSWER, on=on)))


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


def time_goes_on(referral, *, on: date) -> dict:
    """Return what is written when a stopped receiver's time goes on: the days it stood, in calendar days.

    A question waits for the sender or the person; on hold, time stands for the person's sake only.
    """
    if referral.stopped_on is None:
        return {"hold_cause": ""}
    counter = "asked_days" if referral.status == Referral.Status.INFO_REQUESTED else "held_days"
    stood = getattr(referral, counter) + (on - referral.stopped_on).days
    return {"stopped_on": None, "hold_cause": "", counter: stood}
