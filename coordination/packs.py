"""The pack of a quarter for the steering team: the months as they were frozen, of the same shape each time.

It adds nothing up: a sum beside its months would give back what is hidden in one of them.
"""

from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext as _

from coordination.models import ReportSnapshot
from coordination.outside import tables_for
from coordination.reports import REPORTS, month_name

ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Quarter:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def months(self) -> list[date]:
        first = date(self.year, 3 * self.number - 2, 1)
        return [first + relativedelta(months=n) for n in range(3)]

    def __str__(self):
        return _("quarter %(number)s of %(year)s") % {"number": ROMAN[self.number - 1], "year": self.year}


def quarters_for(user) -> list[Quarter]:
    """Return the quarters of which something is frozen, the newest first."""
    months = ReportSnapshot.objects.visible_to(user).order_by("-period").values_list("period", flat=True).distinct()
    return list(dict.fromkeys(Quarter.of(month) for month in months))


def snapshots_of(quarter: Quarter, user) -> list[ReportSnapshot]:
    """Return the last edition of each month that is frozen."""
    rows = ReportSnapshot.objects.visible_to(user).filter(period__in=quarter.months)
    return list(rows.order_by("period", "-edition").distinct("period"))


def tables_of(snapshots: list[ReportSnapshot], user) -> list[dict]:
    """Return each table of the reports with the month beside the name of the row, as the user may see it."""
    seen = {one.period: {table["name"]: table for table in tables_for(one, user)} for one in snapshots}
    return [
        {
            "name": report.name,
            "title": str(report.title),
            "note": str(report.note),
            "words": 2,
            "columns": [
                [str(report.columns[0][0]), ""],
                [_("Month"), ""],
                *([str(a), b] for a, b in report.columns[1:]),
            ],
            "rows": [
                [row[0], month_name(month), *row[1:]]
                for month, tables in seen.items()
                if report.name in tables
                for row in tables[report.name]["rows"]
            ],
        }
        for report in REPORTS.values()
    ]
