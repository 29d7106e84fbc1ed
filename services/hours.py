"""Opening hours: as people write them ("pon-pt 7:30-15:30", "ost. czw 10:00-14:00"), and what they mean at a moment."""

import re
from datetime import datetime, time, timedelta
from itertools import groupby

from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _

from cus_portal.workdays import days_off

DAYS = ["pon", "wt", "śr", "czw", "pt", "sob", "niedz"]
OTHER_SPELLINGS = {"sr": "śr", "nd": "niedz", "nie": "niedz", "so": "sob", "pn": "pon"}
LAST = -1
DAYS_AHEAD = 120  # how far the next opening is looked for: past a summer break and a rule of once a month
LINE = re.compile(
    r"(?:(?P<week>[1-4]|ost)\.?\s+)?"
    r"(?P<days>[^\d:]+?)\s+"
    r"(?P<opens>\d{1,2}[:.]\d{2})\s*[-–—]\s*(?P<closes>\d{1,2}[:.]\d{2})"
)


class BadHours(ValueError):
    """Hours that cannot be read; the text says how to write them."""


def read_hours(text):
    """Return the rules that a text means, as {weekday, week_of_month, opens_at, closes_at}; several go after a comma.

    Raises BadHours.
    """
    rules = []
    for part in filter(None, (part.strip().lower() for part in re.split(r"[;,](?=\s*(?:[1-4o]|\D*\d))", text))):
        match = LINE.fullmatch(part)
        if match is None:
            raise BadHours(_("Hours are written like “pon-pt 7:30-15:30”, not “%(text)s”.") % {"text": part[:60]})
        week = match["week"]
        rules += [
            {
                "weekday": day,
                "week_of_month": None if week is None else LAST if week == "ost" else int(week),
                "opens_at": _clock(match["opens"]),
                "closes_at": _clock(match["closes"]),
            }
            for day in _days(match["days"])
        ]
    return rules


def write_hours(rules):
    """Return the text that read_hours() reads back into the same rules."""
    texts = []
    weekly = sorted(
        ((rule["week_of_month"] or 0, rule["opens_at"], rule["closes_at"], rule["weekday"]) for rule in rules),
        key=lambda rule: (rule[0] == LAST, *rule),
    )
    for (week, opens, closes), same_hours in groupby(weekly, key=lambda rule: rule[:3]):
        which = "" if not week else "ost. " if week == LAST else f"{week}. "
        for first, last in _runs([rule[3] for rule in same_hours]):
            days = DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}"
            texts.append(f"{which}{days} {_short(opens)}-{_short(closes)}")
    return ", ".join(texts)


def _days(text):
    """Return the numbers of the days that "pon-pt" or "wt i czw" names."""
    found = []
    for piece in re.split(r"\s+i\s+|\s*[,/]\s*|\s+", text.strip()):
        ends = [_day(word) for word in re.split(r"[-–—]", piece)]
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise BadHours(_("These days are not in order: “%(days)s”.") % {"days": piece})
        found += range(ends[0], ends[-1] + 1)
    return found


def _day(word):
    word = word.strip(" .")
    word = OTHER_SPELLINGS.get(word, word)
    for number, day in enumerate(DAYS):
        if word == day:
            return number
    raise BadHours(_("“%(word)s” is no day of the week. Write: %(days)s.") % {"word": word, "days": ", ".join(DAYS)})


def _clock(text):
    hour, minute = re.split(r"[:.]", text)
    if int(hour) > 23 or int(minute) > 59:
        raise BadHours(_("“%(text)s” is no time of the day.") % {"text": text})
    return f"{int(hour):02}:{minute}"


def _short(clock):
    return f"{clock:%H:%M}" if hasattr(clock, "strftime") else str(clock)[:5]


def _runs(days):
    """Return (first, last) of each run of days that follow one another."""
    runs = []
    for day in sorted(set(days)):
        if runs and runs[-1][1] == day - 1:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    return runs


# -- when it is open: pure functions of rules and exceptions in the words of a published page ---------
def intervals(rules, exceptions, day):
    """Return the times of the day at which it is open, as (from, to) in order, none touching another.

    An exception sets the rules aside; of several on a day the one that closes wins. On Polish days off it is closed,
    unless a rule says that it holds on them too.
    """
    today = day.isoformat()
    instead = [one for one in exceptions if one["from"] <= today <= one["to"]]
    if instead:
        closed = any("opens" not in one for one in instead)
        return [] if closed else _joined((one["opens"], one["closes"]) for one in instead)
    is_off = day in days_off(day.year)
    return _joined(
        (rule["opens_at"], rule["closes_at"])
        for rule in rules
        if _falls_on(rule, day)
        and rule.get("valid_from", today) <= today <= rule.get("valid_to", today)
        and (not is_off or rule.get("on_days_off"))
    )


def is_open(rules, exceptions, now):
    return closes_at(rules, exceptions, now) is not None


def closes_at(rules, exceptions, now):
    """Return the moment at which it closes, or None when it is closed now."""
    here = localtime(now)
    clock = f"{here:%H:%M}"
    for opens, closes in intervals(rules, exceptions, here.date()):
        if opens <= clock < closes:
            return _moment(here.date(), closes)
    return None


def next_opening(rules, exceptions, now):
    """Return the moment at which it opens next after now, or None when nobody knows of one soon."""
    here = localtime(now)
    for ahead in range(DAYS_AHEAD):
        day = here.date() + timedelta(ahead)
        for opens, _closes in intervals(rules, exceptions, day):
            if ahead or opens > f"{here:%H:%M}":
                return _moment(day, opens)
    return None


def _falls_on(rule, day):
    week = rule.get("week_of_month")
    if day.weekday() != rule["weekday"]:
        return False
    if week == LAST:
        return (day + timedelta(7)).month != day.month
    return not week or (day.day - 1) // 7 + 1 == week


def _joined(pairs):
    found = []
    for opens, closes in sorted(pairs):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(closes, found[-1][1]))
        else:
            found.append((opens, closes))
    return found


def _moment(day, clock):
    return make_aware(datetime.combine(day, time.fromisoformat(clock)))


def lines_of(rules, on):
    """Return (week of the month, first and last weekday, from, to, since) of each line that still holds on the day."""
    lines = {}
    for rule in rules:
        if rule.get("valid_to", on.isoformat()) < on.isoformat():
            continue
        same = (rule.get("week_of_month") or 0, rule["opens_at"], rule["closes_at"], rule.get("valid_from", ""))
        lines.setdefault(same, []).append(rule["weekday"])
    found = []
    for (week, opens, closes, since), weekdays in lines.items():
        later = since if since > on.isoformat() else ""
        found += [(week, first, last, opens, closes, later) for first, last in _runs(weekdays)]
    return sorted(found, key=lambda line: (line[5], line[0] == LAST, line[0], line[1], line[3]))
