"""What the dashboard shows, counted: tiles, what is late, institutions by state. Constant in queries."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, CharField, Count, Value, When
from django.urls import reverse

from coordination import worklists
from coordination.actions.plans import APPROVERS
from coordination.columns import TABLES
from coordination.figures import answer_times
from coordination.filters import LIVE_STATES, start_of
from coordination.models import Referral
from coordination.worklists import PARTITION, WORKLISTS
from cus_portal.accounts.models import Membership

OVERDUE_ROWS = 6
INSTITUTIONS_SHOWN = 20
YEAR = timedelta(days=365)
CHART_KINDS = {
    "overdue": "late",
    "our-move": "mine",
    "their-move": "theirs",
    "on-hold": "hold",
    "to-acknowledge": "done",
}


@dataclass(frozen=True)
class Tile:
    count: int
    label: str
    url: str
    kind: str


@dataclass(frozen=True)
class InstitutionRow:
    """One institution's live referrals by list and by state, and how fast it answered in the last year."""

    name: str
    url: str
    total: int
    by_list: list
    by_state: list
    median: float | None
    p90: float | None
    accepted: int | None


def list_url(name):
    return reverse("coordination:worklist", args=[name])


def tiles(user, filters, on):
    """Return (heading, tiles) of the lists the user may open; a tile's number is that of the list behind it."""
    groups = {group: [] for group in worklists.GROUPS}
    opened = worklists.open_to(user)
    for subject, narrowed in filters.items():
        lists = [worklist for worklist in opened if worklist.subject == subject]
        counted = worklists.counts(narrowed.qs, lists, on) if lists else {}
        for one in lists:
            tile = Tile(counted[one.name], one.label, narrowed.link(list_url(one.name)), one.kind)
            groups[one.group(user)].append(tile)
    return [(worklists.GROUPS[group], found) for group, found in groups.items() if found]


def standing_in(user, on):
    """Return for whoever approves plans who else may today, in which role and until when."""
    if not user.has_perm("coordination.approve_plan"):
        return []
    roles = Membership.objects.in_force(on).filter(role__in=APPROVERS, user__is_active=True)
    return roles.select_related("user").order_by("role", "user__last_name", "pk")


def overdue_rows(narrowed, on):
    table = TABLES["referral"]
    rows = table.joined(narrowed.qs.filter(WORKLISTS["overdue"].holds(on)))[:OVERDUE_ROWS]
    return [table.labelled(row, on) for row in rows]


def institutions(user, narrowed, on):
    """Return the institutions with the most live referrals, by whose move it is, by state, and how fast they answer."""
    whose_list = Case(
        *[When(worklist.holds(on), then=Value(worklist.name)) for worklist in PARTITION], output_field=CharField()
    )
    counted = (
        narrowed.qs.order_by()
        .annotate(list_name=whose_list)
        .values_list("receiver", "receiver__short_name", "list_name", "status")
        .annotate(n=Count("pk"))
    )
    by_list, by_state, names = Counter(), Counter(), {}
    for receiver, name, list_name, status, count in counted:
        names[receiver] = name
        by_list[receiver, list_name] += count
        by_state[receiver, status] += count
    answers = answer_times(
        narrowed.apply(Referral.objects.visible_to(user)).filter(decided_at__gte=start_of(on - YEAR))
    )
    rows = []
    for receiver, name in names.items():
        here = narrowed.link(list_url("live"), institution=receiver)
        lists = [by_list[receiver, worklist.name] for worklist in PARTITION]
        states = [
            (by_state[receiver, state], narrowed.link(list_url("live"), institution=receiver, state=state.value))
            for state in LIVE_STATES
        ]
        rows.append(InstitutionRow(name, here, sum(lists), lists, states, **_speed(answers.get(receiver))))
    return sorted(rows, key=lambda row: (-row.total, row.name))[:INSTITUTIONS_SHOWN]


def _speed(answer):
    if answer is None:
        return {"median": None, "p90": None, "accepted": None}
    return {
        "median": round(answer["median"]),
        "p90": round(answer["p90"]),
        "accepted": round(100 * answer["accepted"] / answer["decided"]),
    }


def chart(rows):
    """Return rows and series of the chart: institutions by whose move it is."""
    series = [(CHART_KINDS[worklist.name], worklist.label) for worklist in PARTITION]
    return {"rows": [(row.name, row.by_list, row.url) for row in rows], "series": series}
