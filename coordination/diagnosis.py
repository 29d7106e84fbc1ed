"""The diagnosis of needs: what was not met or not found in a year, by place, area of social services and quarter.

The numbers are whole and stay in the house; what may leave it of needs with no partner is in the quarterly packs.
"""

from collections import defaultdict

from django.db.models import Case, Count, F, Sum, Value, When
from django.db.models.functions import ExtractQuarter
from django.utils.translation import gettext as _

from coordination.figures import with_total
from coordination.packs import ROMAN
from coordination.unmet import NO_NEED
from residents.models import UnmetNeed
from residents.models.unmet import RESTRICTED
from services.models import Locality, ServiceArea, UnmetSearchMonth

REASONS = UnmetNeed.Reason.values
PLACE, AREA, QUARTER = range(3)


def tables(year) -> list[dict]:
    """Return the year as tables: by quarter, by place, by area, and each place, area and quarter in which anything was.

    Two queries count everything; `year` is a period.
    """
    counted = _counted(year)
    places = {place.pk: place.name for place in Locality.objects.all()} | {None: _("not given")}
    areas = {area.pk: f"{area.number}. {area.name}" for area in ServiceArea.objects.all()} | {None: _("not said yet")}
    quarters = dict(enumerate(ROMAN, start=1))
    numbers = [_("unmet needs"), *map(str, UnmetNeed.Reason.labels), _("searches that found nothing")]
    overlap = _("A service of several areas counts in the first of them.")
    asked = _("A search has a place and an area where somebody chose them beside the words.")

    def table(name, title, note, named):
        sums = defaultdict(lambda: [0] * len(numbers))
        for key, found in counted.items():
            chosen = tuple(key[part] for _label, part, _names in named)
            sums[chosen] = [before + more for before, more in zip(sums[chosen], found, strict=True)]
        order = [{key: place for place, key in enumerate(names)} for _label, _part, names in named]
        keys = sorted(sums, key=lambda key: [order[n][one] for n, one in enumerate(key)])
        rows = [[*(named[n][2][one] for n, one in enumerate(key)), *sums[key]] for key in keys]
        head = [*(label for label, _part, _names in named), *numbers]
        whole = with_total(rows) if len(named) == 1 else rows
        return {"name": name, "title": title, "note": note, "head": head, "rows": whole, "words": len(named) - 1}

    of_quarter, of_place = (_("Quarter"), QUARTER, quarters), (_("Place"), PLACE, places)
    of_area = (_("Area"), AREA, areas)
    return [
        table("by-quarter", _("By quarter"), _("A need counts once, in the quarter in which it arose."), [of_quarter]),
        table("by-place", _("By town and village"), asked, [of_place]),
        table("by-area", _("By area of social services"), overlap, [of_area]),
        table("by-all", _("By place, area and quarter"), "", [of_place, of_area, of_quarter]),
    ]


def _counted(year) -> dict:
    """Return {(place, area, quarter): [needs, needs of each reason, searches]}; restricted files tell no place."""
    told = {
        name: Case(When(RESTRICTED, then=Value(None)), default=F(column))
        for name, column in (("place", "locality"), ("kind", "area"))
    }
    needs = UnmetNeed.objects.arisen(*year.days).order_by()
    needs = needs.annotate(**told, quarter=ExtractQuarter("opened_on"))
    found = defaultdict(lambda: [0] * (len(REASONS) + 2))
    for *key, reason, number in needs.values_list("place", "kind", "quarter", "reason").annotate(n=Count("pk")):
        row = found[tuple(key)]
        row[0] += number
        row[1 + REASONS.index(reason)] += number
    asked = UnmetSearchMonth.objects.filter(month__range=year.days).exclude(search__decision__in=NO_NEED).order_by()
    asked = asked.annotate(quarter=ExtractQuarter("month")).values_list("locality", "area", "quarter")
    for *key, number in asked.annotate(n=Sum("number")):
        found[tuple(key)][-1] += number
    return dict(found)
