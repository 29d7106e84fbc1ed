"""The frozen reports as they may leave the house."""

from itertools import groupby
from operator import attrgetter

from coordination.models import ReportSnapshot
from coordination.reckoning import reckoned
from coordination.suppression import suppress


def tables_for(snapshot, user) -> list[dict]:
    """Return the tables as this user may see them: the centre's people whole, everyone else without small cells.

    Nor does anybody outside learn from two editions of a month how little has changed between them.
    """
    if user.works_at_centre():
        return snapshot.tables
    ends_quarter = snapshot.period.month % 3 == 0
    first = snapshot.period.replace(month=1) if ends_quarter else snapshot.period
    editions = ReportSnapshot.objects.filter(period__range=(first, snapshot.period)).order_by("period", "edition")
    editions = editions.exclude(period=snapshot.period, edition__gt=snapshot.edition)
    months = [(period, list(group)) for period, group in groupby(editions, key=attrgetter("period"))]
    seen = [(period, _outside(group[-1], group[:-1])) for period, group in months]
    return reckoned(seen) if ends_quarter else seen[0][1]


def _outside(snapshot, earlier):
    """Return the tables of an edition as they may leave the house beside the earlier ones of its month."""
    known = [table for one in earlier for table in one.tables]
    return [suppress(table, [one for one in known if one["name"] == table["name"]]) for table in snapshot.tables]
