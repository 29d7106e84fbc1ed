"""What the dashboard shows, counted: tiles, what is late, live referrals by institution, area and worker.

The number of queries does not depend on what is counted: one for all lists, one for all live referrals in groups.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Case, CharField, Count, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from coordination import worklists
from coordination.actions.plans import APPROVERS
from coordination.columns import TABLES
from coordination.filters import LIVE_STATES, NO_AREA
from coordination.models import Referral
from coordination.worklists import PARTITION, WORKLISTS
from cus_portal.accounts.models import Membership

OVERDUE_ROWS = 6
INSTITUTIONS_SHOWN = 20
# Who settles with providers sees what places and contracts there are.
VIEW_RESOURCES = "coordination.view_settlement"
BESIDE = (
    (_lazy("To approve and sign"), "coordination:signing", "coordination.approve_plan"),
    (_lazy("Resources and needs"), "coordination:resources", VIEW_RESOURCES),
    (_lazy("Needs with no partner"), "coordination:gaps", "residents.view_unmetneed"),
)
SPEED = ("decided", "accepted", "median", "p90", "usual_reason")
REASONS = dict(Referral.RejectReason.choices)
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
class Row:
    """The live referrals of one institution, area or worker: by list and by state, each with its link."""

    key: int | None
    name: str
    url: str
    total: int
    by_list: list
    by_state: list


@dataclass(frozen=True)
class Speed:
    """How an institution answered in the last year: days to an answer, the share it accepted, why not."""

    median: int
    p90: int
    accepted: int
    usual_reason: str


@dataclass(frozen=True)
class Load:
    """What one worker has in hand."""

    name: str
    cases: int
    cases_url: str
    live: int
    live_url: str
    late: int
    late_url: str


def list_url(name):
    return reverse("coordination:worklist", args=[name])


def tiles(user, filters, on):
    """Return [(heading, tiles)] and the parts of the overdue list by age; each number is that of the list behind it."""
    opened = worklists.open_to(user)
    counted = worklists.counts({subject: narrowed.qs for subject, narrowed in filters.items()}, opened, on)
    groups, parts = {group: [] for group in worklists.GROUPS}, []
    for one in opened:
        tile = Tile(counted[one.name], one.label, filters[one.subject].link(list_url(one.name)), one.kind)
        (parts if one.part_of else groups[one.group(user)]).append(tile)
    return [(worklists.GROUPS[group], found) for group, found in groups.items() if found], parts


def rooms(user):
    """Return (label, address) of the pages beside the dashboard that this user may open."""
    return [(label, reverse(name)) for label, name, permission in BESIDE if user.has_perm(permission)]


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


def live_groups(narrowed, on):
    """Count the live referrals by all that the tables of the dashboard are made of, in one query."""
    whose_list = Case(
        *[When(worklist.holds(on), then=Value(worklist.name)) for worklist in PARTITION], output_field=CharField()
    )
    grouped = narrowed.qs.order_by().annotate(list_name=whose_list)
    answers = [f"receiver__answers__{name}" for name in SPEED]
    columns = ["receiver", "area", "case__coordinator", "list_name", "status", *answers]
    return list(grouped.values(*columns).annotate(count=Count("pk")))


def rows_by(column, parameter, groups, narrowed):
    """Return a Row for each value of a column of the groups, the most referrals first; `parameter` filters by it."""
    names = {choice.key: choice.label for choice in narrowed.offered[parameter]} | {None: _("no area")}
    by_list, by_state = Counter(), Counter()
    for group in groups:
        by_list[group[column], group["list_name"]] += group["count"]
        by_state[group[column], group["status"]] += group["count"]
    rows = []
    for key in {group[column] for group in groups}:
        chosen = {parameter: NO_AREA if key is None else key}
        lists = [by_list[key, worklist.name] for worklist in PARTITION]
        states = [
            (by_state[key, state], narrowed.link(list_url("live"), **chosen, state=state.value))
            for state in LIVE_STATES
        ]
        rows.append(Row(key, names[key], narrowed.link(list_url("live"), **chosen), sum(lists), lists, states))
    return sorted(rows, key=lambda row: (-row.total, row.name))


def matrix(rows):
    """Return rows by state as a table, without the states in which nothing is."""
    kept = [place for place, _state in enumerate(LIVE_STATES) if any(row.by_state[place][0] for row in rows)]
    return {
        "states": [LIVE_STATES[place].label for place in kept],
        "rows": [(row.name, [row.by_state[place] for place in kept]) for row in rows],
    }


def speeds(groups):
    """Return {institution: Speed} where it has answered in the last year, out of the groups."""
    found = {}
    for group in groups:
        answers = {name: group[f"receiver__answers__{name}"] for name in SPEED}
        if answers["decided"]:
            found[group["receiver"]] = Speed(
                round(answers["median"]),
                round(answers["p90"]),
                round(100 * answers["accepted"] / answers["decided"]),
                REASONS.get(answers["usual_reason"], ""),
            )
    return found


def loads(groups, narrowed):
    """Return what each worker has in hand, for whoever sees the work of several."""
    workers = narrowed.offered["coordinator"]
    chosen = narrowed.data.get("coordinator") or ""
    if len(workers) < 2:
        return []
    live, late = Counter(), Counter()
    for group in groups:
        live[group["case__coordinator"]] += group["count"]
        late[group["case__coordinator"]] += group["count"] if group["list_name"] == "overdue" else 0
    return [
        Load(
            worker.label,
            worker.number,
            f"{list_url('cases')}?coordinator={worker.key}",
            live[worker.key],
            narrowed.link(list_url("live"), coordinator=worker.key),
            late[worker.key],
            narrowed.link(list_url("overdue"), coordinator=worker.key),
        )
        for worker in workers
        if chosen in {"", str(worker.key)}
    ]


def chart(rows):
    """Return rows and series of the chart: institutions by whose move it is."""
    series = [(CHART_KINDS[worklist.name], worklist.label) for worklist in PARTITION]
    return {"rows": [(row.name, row.by_list, row.url) for row in rows], "series": series}
