"""How long each may take with a referral, in Polish working days or in calendar days."""

from datetime import date

from coordination.models import Referral
from cus_portal.workdays import add_workdays, deadline

# Working days of the receiver to answer, of the sender to complete, of the receiver to meet the person.
ANSWER_WITHIN = {Referral.Priority.ROUTINE: 10, Referral.Priority.URGENT: 1}
COMPLETE_WITHIN = 14
FIRST_CONTACT_WITHIN = 10
# Calendar days, moved off days off.
STILL_INTERESTED_EVERY = 30
NEWS_EVERY = 60
ACKNOWLEDGE_WITHIN = 14


def after(day: date, days: int) -> date:
    return deadline(day, days=days).moved


def time_goes_on(referral, *, on: date) -> dict:
    """Return what is written when a stopped receiver's time goes on: the days it stood, in calendar days.

    A question waits for the sender or the person; on hold, time stands for the person's sake only.
    """
    if referral.stopped_on is None:
        return {"hold_cause": ""}
    counter = "asked_days" if referral.status == Referral.Status.INFO_REQUESTED else "held_days"
    stood = getattr(referral, counter) + (on - referral.stopped_on).days
    return {"stopped_on": None, "hold_cause": "", counter: stood}


def answer_due(referral, on) -> date:
    """Return the day by which the receiver of what is sent today answers."""
    return add_workdays(on, ANSWER_WITHIN[referral.priority])
