"""Needs with no partner: what nobody here gives, by area and by town or village, each number with its list."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, F
from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.filters import NO_AREA, NO_PLACE
from coordination.worklists import WORKLISTS

LIST = "gaps"


@dataclass(frozen=True)
class Cell:
    count: int
    url: str


@dataclass(frozen=True)
class Table:
    """Areas side by side, towns and villages below each other, the most needs first; `sums` stands below them."""

    areas: list[str]
    rows: list[tuple[str, list[Cell]]]
    sums: list[Cell]
    total: Cell


def address(narrowed, **chosen):
    return narrowed.link(reverse("coordination:worklist", args=[LIST]), **chosen)


def table(narrowed, on) -> Table:
    """Count the lines of the list in one query; the last cell of a row is the sum of the place."""
    lines = narrowed.qs.filter(WORKLISTS[LIST].holds(on)).order_by()
    found = lines.values("area", "locality", area_name=F("area__short_name"), place_name=F("locality__name"))
    areas, places, cells = {}, {}, Counter()
    for line in found.annotate(n=Count("pk")):
        area, place = line["area"] or NO_AREA, line["locality"] or NO_PLACE
        areas[area] = line["area_name"] or _("not said yet")
        places[place] = line["place_name"] or _("not given")
        for key in ((area, place), (area, None), (None, place), (None, None)):
            cells[key] += line["n"]

    def cell(area, place):
        chosen = {name: key for name, key in (("area", area), ("place", place)) if key is not None}
        return Cell(cells[area, place], address(narrowed, **chosen))

    columns = sorted(areas, key=lambda area: (-cells[area, None], areas[area]))
    rows = sorted(places, key=lambda place: (-cells[None, place], places[place]))
    return Table(
        [areas[area] for area in columns],
        [(places[place], [*(cell(area, place) for area in columns), cell(None, place)]) for place in rows],
        [cell(area, None) for area in columns],
        cell(None, None),
    )


def chart(one: Table) -> dict:
    """Return rows and series of the chart: areas by how many needs."""
    rows = [(name, [total.count], total.url) for name, total in zip(one.areas, one.sums, strict=True)]
    return {"rows": rows, "series": [("late", WORKLISTS[LIST].label)]}
