"""What a quarter tells beyond its months: distinct persons, and where which help is lacking.

Both are counted and frozen with the last month of the quarter; the other months have no row of them.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import Case as Chosen
from django.db.models import Count, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext as _

from coordination.models import Plan
from residents.models import Case, Resident, ServiceRequest, UnmetNeed
from residents.models.unmet import RESTRICTED
from services.models import Locality

AREAS = tuple(range(1, 15))  # as the Act numbers them


@dataclass(frozen=True)
class Span:
    """Days from the first to the last."""

    first: date
    last: date

    @property
    def days(self):
        return (self.first, self.last)


def quarter_ending(period) -> Span | None:
    """Return the quarter whose last month this is."""
    return None if period.first.month % 3 else Span(period.first - relativedelta(months=2), period.last)


# -- persons ------------------------------------------------------------------------------------
def persons_in(span) -> list[int]:
    """Count each person once: request received, case open, case opened, case closed, plan in force in these days."""
    filed = ServiceRequest.objects.filter(received_on__range=span.days, resident=OuterRef("pk"))
    cases = Case.objects.filter(resident=OuterRef("pk"))
    during = cases.filter(Q(closed_on=None) | Q(closed_on__gte=span.first), opened_on__lte=span.last)
    plans = Plan.objects.filter(
        case__resident=OuterRef("pk"), in_force_from__lte=span.last, in_force_until__gte=span.first
    )
    conditions = {
        "filed": Exists(filed),
        "served": Exists(during),
        "began": Exists(cases.filter(opened_on__range=span.days)),
        "ended": Exists(cases.filter(closed_on__range=span.days)),
        "planned": Exists(plans),
    }
    counted = Resident.objects.order_by().aggregate(
        **{name: Count("pk", filter=Q(condition)) for name, condition in conditions.items()}
    )
    return [counted[name] for name in conditions]


def persons(period, on):
    words = (
        _("people whose request was received"),
        _("people with an open case"),
        _("of them: case opened in the month"),
        _("of them: case closed in the month"),
        _("people with a plan in force"),
    )
    return [list(row) for row in zip(words, persons_in(period), strict=True)]


def persons_of_quarter(period, on):
    quarter = quarter_ending(period)
    if quarter is None:
        return []
    words = (
        _("people whose request was received"),
        _("people with an open case"),
        _("of them: case opened in this time"),
        _("of them: case closed in this time"),
        _("people with a plan in force"),
    )
    year = Span(date(period.first.year, 1, 1), period.last)
    return [list(row) for row in zip(words, persons_in(quarter), persons_in(year), strict=True)]


# -- where which help is lacking ----------------------------------------------------------------
def gaps_of_quarter(period, on):
    """What arose in the quarter and nobody meets on the day of counting: places below each other, areas beside."""
    quarter = quarter_ending(period)
    if quarter is None:
        return []
    lines = UnmetNeed.objects.arisen(*quarter.days).filter(reason__in=UnmetNeed.GAPS, closed_on=None).order_by()
    told = {
        name: Chosen(When(RESTRICTED, then=Value(None)), default=F(column))
        for name, column in (("place", "locality"), ("kind", "area__number"))
    }
    found: Counter = Counter()
    for row in lines.annotate(**told).values("place", "kind").annotate(n=Count("pk")):
        found[row["place"], row["kind"] if row["kind"] in AREAS else None] += row["n"]
    places = [(place.name, place.pk) for place in Locality.objects.order_by("name", "pk")]
    return [[name, *(found[key, area] for area in (*AREAS, None))] for name, key in (*places, (_("not given"), None))]
