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


def answer_due(referral, on) -> date:
    """Return the day by which the receiver of what is sent today answers."""
    return add_workdays(on, ANSWER_WITHIN[referral.priority])
