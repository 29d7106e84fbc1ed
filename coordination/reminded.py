"""What was reminded of already, read from the keys of the reminders that went out."""

from collections.abc import Callable
from datetime import date, timedelta

from coordination.models import ReminderSent

A_DAY = timedelta(days=1)


def reminded_again_on(row, first: str, again: str = "") -> date | None:
    """Return on which day since it is late it was told for the second time that the row will end, or None.

    That is a reminder of its own, or the first one for a later day: whoever takes the row over is told of the first
    day too, and an urgent one's first comes back by the day.
    """
    sent = ReminderSent.objects.filter(key__startswith=f"{again or first}:{row.pk}:", sent_on__gt=row.respond_by)
    days = sent.order_by("sent_on", "pk").values_list("key", "sent_on")
    first_day = str(row.respond_by + A_DAY)
    return next((day for key, day in days if again or key.split(":")[2] > first_day), None)


def told_of(candidates: Callable, name: str) -> Callable:
    """Give each candidate, as `late_since`, the day after which the second reminder counts its days, or None.

    It is the day of the answer, or the day before the first reminder of this name, where that went out later.
    """

    def rows(on):
        found = list(candidates(on))
        if not found:
            return found
        since = min(row.respond_by for row in found)
        sent = ReminderSent.objects.filter(key__startswith=f"{name}:", sent_on__gt=since).order_by("sent_on")
        days: dict[int, list[date]] = {}
        for key, day in sent.values_list("key", "sent_on"):
            days.setdefault(int(key.split(":")[1]), []).append(day)
        for row in found:
            first = next((day for day in days.get(row.pk, []) if day > row.respond_by), None)
            row.late_since = max(row.respond_by, first - A_DAY) if first else None
        return found

    return rows
