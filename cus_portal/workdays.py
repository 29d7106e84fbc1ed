"""Polish working days and deadlines: the only calendar of the portal.

Days off by the Act of 18 January 1951, with 24 December since 2025 (Dz.U. 2025 poz. 296).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays
from dateutil.relativedelta import relativedelta

SATURDAY = 5


@cache
def days_off(year: int) -> frozenset[date]:
    """Return the statutory days off of a year."""
    return frozenset(holidays.country_holidays("PL", years=year))


def is_workday(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in days_off(day.year)


def next_workday(day: date) -> date:
    """Return the day itself when it is a working day, else the next one."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def add_workdays(day: date, count: int) -> date:
    """Return the count-th working day after the day; the day itself is not counted (KPA art. 57 § 1)."""
    for _ in range(count):
        day = next_workday(day + timedelta(days=1))
    return day


def workdays_before(day: date, count: int) -> date:
    """Return the count-th working day before the day; the day itself is not counted."""
    for _ in range(count):
        day -= timedelta(days=1)
        while not is_workday(day):
            day -= timedelta(days=1)
    return day


def workdays_until(day: date, last: date) -> int:
    """Return how many working days are left after the day, the last one counted; none when it has passed."""
    return sum(is_workday(day + timedelta(days=ahead)) for ahead in range(1, (last - day).days + 1))


@dataclass(frozen=True)
class Deadline:
    """The last day of a term: `raw` as counted, `moved` off Saturdays and days off (KPA art. 57 § 4)."""

    raw: date
    moved: date


def deadline(start: date, *, days: int) -> Deadline:
    """Return the end of a term of calendar days; the day of the event is not counted (KPA art. 57 § 1)."""
    raw = start + timedelta(days=days)
    return Deadline(raw=raw, moved=next_workday(raw))


def deadline_in_months(start: date, *, months: int) -> Deadline:
    """Return the end of a term of months: the same date, else the last day of that month (KPA art. 57 § 3)."""
    raw = start + relativedelta(months=months)
    return Deadline(raw=raw, moved=next_workday(raw))
