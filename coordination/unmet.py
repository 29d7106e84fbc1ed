"""The register of unmet needs in figures: by reason, place and kind, of a month or a year.

A need counts once in the period in which it arose, however often its reason changed or the same person asked again.
"""

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from coordination.figures import with_total
from residents.models import UnmetNeed
from services.models import Locality, ServiceArea, UnmetSearch, UnmetSearchMonth

# What was searched for and has another name here, or meant nothing, is no unmet need.
NO_NEED = (UnmetSearch.Decision.SYNONYM, UnmetSearch.Decision.IGNORED)


def by_reason(period, on):
    """What arose in the period, what of it or of before was met, and what waited at its end."""
    arisen = UnmetNeed.objects.arisen(*period.days).by("reason")
    met = UnmetNeed.objects.met(*period.days).by("reason")
    waiting = UnmetNeed.objects.waiting_on(min(period.last, on)).by("reason")
    return with_total(
        [reason.label, *(found.get(reason, 0) for found in (arisen, met, waiting))] for reason in UnmetNeed.Reason
    )


def by_end(period, on):
    """What became of that which arose in the period: still open, met, seen to by the centre, ended otherwise."""
    helped = [outcome for outcome in UnmetNeed.BY_HAND if outcome != UnmetNeed.Outcome.MISTAKE]
    ends = {
        "open": Q(outcome=""),
        "met": Q(outcome=UnmetNeed.Outcome.MET),
        **{outcome.value: Q(outcome=outcome) for outcome in helped},
        "otherwise": ~Q(outcome__in=["", UnmetNeed.Outcome.MET, *helped]),
    }
    counts = {name: Count("pk", filter=condition) for name, condition in ends.items()}
    arisen = UnmetNeed.objects.arisen(*period.days).order_by().values("reason").annotate(all=Count("pk"), **counts)
    found = {row["reason"]: row for row in arisen}
    names = ("all", *ends)
    rows = ([reason, *(found.get(reason, {}).get(name, 0) for name in names)] for reason in UnmetNeed.Reason)
    return with_total([UnmetNeed.Reason(reason).label, *numbers] for reason, *numbers in rows)


def searches(period, on):
    """How often people searched for what the catalogue does not have; nobody stands behind a search."""
    asked = UnmetSearchMonth.objects.filter(month__range=period.days).exclude(search__decision__in=NO_NEED)
    return [[_("searches that found nothing"), asked.aggregate(n=Sum("number", default=0))["n"]]]


def by_locality(period, on):
    found = UnmetNeed.objects.arisen(*period.days).by("locality")
    places = Locality.objects.filter(pk__in=[key for key in found if key])
    return with_total([*([place.name, found[place.pk]] for place in places), [_("not given"), found.get(None, 0)]])


def by_area(period, on):
    found = UnmetNeed.objects.arisen(*period.days).by("area")
    rows = [[f"{area.number}. {area.name}", found.get(area.pk, 0)] for area in ServiceArea.objects.all()]
    return with_total([*rows, [_("in own words, kind not said yet"), found.get(None, 0)]])
