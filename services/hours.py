"""Opening hours as people write them: "pon-pt 7:30-15:30", "1. sob 9:00-12:00", "ost. czw 10:00-14:00"."""

import re
from itertools import groupby

from django.utils.translation import gettext as _

DAYS = ["pon", "wt", "śr", "czw", "pt", "sob", "niedz"]
OTHER_SPELLINGS = {"sr": "śr", "nd": "niedz", "nie": "niedz", "so": "sob", "pn": "pon"}
LAST = -1
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
