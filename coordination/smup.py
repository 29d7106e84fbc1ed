"""Indicators beside those of the public services monitoring system (SMUP): ours from frozen reports, others' by file.

The statistical office takes nothing from the centre and gives no interface: what others have is written from its pages
into smup.csv of CATALOGUE_DIR, each figure with the page and the day it was read. Of the centre nothing is shown that
has not left the house with a report already.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import ReportSnapshot
from coordination.outside import tables_for
from coordination.reckoning import QUARTER_PERSONS
from coordination.suppression import HIDDEN

FILE = "smup.csv"
COLUMNS = ["indicator", "teryt", "municipality", "year", "value", "source"]
POPULATION, OURS = "population", "own"  # the residents of the centre's municipality stand in the file under "own"


@dataclass(frozen=True)
class Indicator:
    """People of one row of the yearly figures, for each thousand residents."""

    code: str
    title: str | Promise
    row: int


FORMULA = gettext_lazy("people of the year ÷ residents × 1000")
INDICATORS = (
    Indicator("filed_per_1000", gettext_lazy("people who asked for help, for 1000 residents"), 0),
    Indicator("served_per_1000", gettext_lazy("people with an open case, for 1000 residents"), 1),
    Indicator("planned_per_1000", gettext_lazy("people with a plan in force, for 1000 residents"), 4),
)


@dataclass(frozen=True)
class Reference:
    """One value of one municipality and year, as the file has it, and where it was read."""

    indicator: str
    teryt: str
    municipality: str
    year: int
    value: Decimal
    source: str


def references(path: Path | None = None) -> list[Reference]:
    """Read the file; a line that cannot be read is named by its number."""
    path = path or settings.CATALOGUE_DIR / FILE
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(_read(csv.DictReader(file, delimiter=";"), path.name))


def _read(rows: csv.DictReader, name: str) -> Iterable[Reference]:
    if rows.fieldnames != COLUMNS:
        raise ValueError(f"{name}: the columns are {';'.join(COLUMNS)}")
    known = {POPULATION, *(one.code for one in INDICATORS)}
    for row in rows:
        try:
            if row["indicator"] not in known:
                raise ValueError(row["indicator"])
            value = Decimal(row["value"].replace(",", "."))
            if not value.is_finite() or value < 0:
                raise ValueError(row["value"])
            if not row["source"].strip():
                raise ValueError(_("it does not say where the figure was read"))
            source = row["source"].strip()
            yield Reference(row["indicator"], row["teryt"], row["municipality"], int(row["year"]), value, source)
        except (ValueError, InvalidOperation, AttributeError, TypeError) as error:
            raise ValueError(f"{name}, line {rows.line_num}: {error}") from None


def table(year: int, user, others: list[Reference]) -> dict:
    """Return the indicators of a year side by side: formula, source, the centre, each municipality of the file."""
    of_year = [one for one in others if one.year == year]
    names = sorted({one.municipality for one in of_year if one.teryt != OURS})
    found = {(one.indicator, one.municipality): one.value for one in of_year if one.teryt != OURS}
    residents = next((one for one in of_year if (one.indicator, one.teryt) == (POPULATION, OURS)), None)
    persons = _persons(year, user)
    source = _("report of December, people since January")
    if residents:
        source += "; " + _("residents: %(source)s") % {"source": residents.source}
    note = _("The centre from its report of December, the others as written from the pages of SMUP.")
    read = dict.fromkeys(f"{one.municipality}: {one.source}." for one in of_year if one.municipality in names)
    return {
        "name": "smup",
        "words": 2,
        "title": _("Indicators of %(year)s") % {"year": year},
        "note": " ".join([note, *read]),
        "head": [_("Indicator"), _("Formula"), _("Source"), _("people, the centre"), _("the centre"), *names],
        "rows": [
            [
                str(one.title),
                str(FORMULA),
                source,
                persons[one.row] if persons else None,
                _rate(persons[one.row], residents and residents.value) if persons else None,
                *(found.get((one.code, name)) for name in names),
            ]
            for one in INDICATORS
        ],
    }


def _persons(year, user) -> list:
    """Return the people of the year, row by row, as the user may see them."""
    rows = ReportSnapshot.objects.visible_to(user).filter(period=date(year, 12, 1)).order_by("-edition")
    for snapshot in rows[:1]:
        for one in tables_for(snapshot, user):
            if one["name"] == QUARTER_PERSONS:
                return [row[2] for row in one["rows"]]
    return []


def _rate(people, residents):
    if people == HIDDEN:
        return HIDDEN
    return round(Decimal(1000 * people) / residents, 1) if residents else None
