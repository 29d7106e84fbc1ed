"""Opening hours as recurring events of iCalendar, with the days off of the coming year written out."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from cus_portal.workdays import days_off
from services.api.ids import id_of
from services.api.records import filled, joined
from services.hours import write_hours

BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
A_YEAR = timedelta(days=365)


def schedules(owner, place, on):
    """Return the weekly and monthly rules of a page's place or service, then its exceptions still to come."""
    rules = sorted(place.get("hours", []), key=_same_event)
    found = [_event(owner, list(rows), on) for _key, rows in groupby(rules, key=_same_event)]
    found += [_exception(owner, row, on) for row in place.get("exceptions", []) if date.fromisoformat(row["to"]) >= on]
    return found


def _same_event(rule):
    texts = (rule.get(word) or "" for word in ("valid_from", "valid_to", "opens_at", "closes_at", "note"))
    week = (rule.get("week_of_month") or 0) % 9  # each week first, the last of the month at the end
    return (week, rule.get("on_days_off", False), *texts)


def _event(owner, rules, on):
    """Return one event for the days of the week that have the same hours."""
    first, days = rules[0], sorted({rule["weekday"] for rule in rules})
    week = first.get("week_of_month")
    notes = "" if first.get("on_days_off") else _closed_on(tuple(days), on)
    return filled(
        id=id_of("schedule", owner, *_same_event(first)),
        valid_from=first.get("valid_from"),
        valid_to=first.get("valid_to"),
        wkst="MO",
        freq="MONTHLY" if week else "WEEKLY",
        interval=1,
        byday=",".join(f"{week or ''}{BYDAY[day]}" for day in days),
        description=write_hours([{"week_of_month": None, **rule} for rule in rules]),
        opens_at=clock(first["opens_at"], on),
        closes_at=clock(first["closes_at"], on),
        notes=joined(first.get("note"), notes),
    )


def _exception(owner, row, on):
    """Return the days on which the rules do not hold. Without hours it is closed, as the description says."""
    closed = not row.get("opens")
    return filled(
        id=id_of("schedule", owner, row["from"], row["to"], row.get("opens")),
        valid_from=row["from"],
        valid_to=row["to"],
        description=_("Closed in these days.") if closed else _("Other hours in these days."),
        opens_at=None if closed else clock(row["opens"], on),
        closes_at=None if closed else clock(row["closes"], on),
        notes=row.get("note"),
    )


def clock(text, on):
    """Return "08:00" with the offset from UTC that holds here on the day: 08:00+01:00."""
    moment = datetime.combine(on, time.fromisoformat(text), ZoneInfo(settings.TIME_ZONE))
    return text[:5] + moment.isoformat()[-6:]


@lru_cache(maxsize=512)
def _closed_on(days, on):
    coming = [
        day
        for year in (on.year, on.year + 1)
        for day in sorted(days_off(year))
        if on <= day < on + A_YEAR and day.weekday() in days
    ]
    if not coming:
        return _("Closed on public holidays.")
    return _("Closed on public holidays: %(days)s.") % {"days": ", ".join(day.isoformat() for day in coming)}
