"""What the dashboard shows, counted: tiles, what is late, live referrals by institution, area and worker.

The number of queries does not depend on what is counted: one reads all live referrals, one counts the other lists.
"""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Case as Chosen
from django.db.models import CharField, Q, Value, When
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from coordination import refusals, worklists
from coordination.actions.plans import APPROVERS
from coordination.columns import REFERRAL_COLUMNS, TABLES
from coordination.filters import LIVE_STATES, NO_AREA, NO_ROW, ReferralFilter, filters_for
from coordination.models import AnswerSpeed, Referral
from coordination.worklists import PARTITION, SETS
from cus_portal.accounts.models import Institution, Membership, User
from residents.models import Case, TeamMember

OVERDUE_ROWS = 6
INSTITUTIONS_SHOWN = 20
# What narrows lists that open from here, and is offered there only.
ELSEWHERE = ("place", "sender")
QUEUES_SHOWN = 10
VIEW_RESOURCES = "coordination.view_resources"
BESIDE = (
    (_lazy("To approve and sign"), "coordination:signing", "coordination.approve_plan"),
    (_lazy("Resources and needs"), "coordination:resources", VIEW_RESOURCES),
    (_lazy("Needs with no partner"), "coordination:gaps", "residents.view_unmetneed"),
)
OVERDUE_COLUMNS = {*REFERRAL_COLUMNS, "receiver_id", "case__coordinator_id"} - {
    *("receiver__short_name", "case__coordinator__first_name", "case__coordinator__last_name")
}
SPEED = ("decided", "accepted", "median", "median_net", "p90", "usual_reason")
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
    median_net: int
    p90: int
    accepted: int
    usual_reason: str


@dataclass(frozen=True)
class Load:
    """What one worker has in hand, or all together: (number, address of its list) of each; None where none is meant."""

    name: str
    cases: tuple[int, str]
    teams: tuple[int, str] | None
    live: tuple[int, str]
    late: tuple[int, str]


def list_url(name):
    return reverse("coordination:worklist", args=[name])


def live_and_filters(user, data, on):
    """Return the live referrals as live() does, and the filters.

    Where the address narrows no referrals, the live ones also say which institutions to offer.
    """
    without = {name for name in ELSEWHERE if not data.get(name)}
    if any(data.get(name) for name in ReferralFilter.base_filters):
        filters = filters_for(user, data, *worklists.SUBJECTS, without=without)
        return live(filters["referral"].qs, on), filters
    rows = live(worklists.referrals(user), on)
    receivers = {row["receiver"] for row in rows}
    return rows, filters_for(user, data, *worklists.SUBJECTS, receivers=receivers, without=without)


def live(rows, on):
    """Return of each live referral what the page is counted from, in one query that reads indexes only.

    A case closes when none of its referrals is live: said here so that the index of open cases is taken.
    """
    in_lists = {
        name: Chosen(*[When(one.holds(on), then=Value(one.name)) for one in lists], output_field=CharField())
        for name, lists in SETS.items()
    }
    columns = ["pk", "receiver", "area", "case__coordinator", "status", "priority", "respond_by", "reject_reason"]
    return list(rows.order_by().filter(case__status=Case.Status.OPEN).annotate(**in_lists).values(*columns, *in_lists))


def counts(opened, rows, filters, institutions, on):
    """Return how many rows each list has, under "answers" how these institutions answered in the last year.

    Under "refusals" stands why any institution did not accept.

    The live referrals have been read; one query counts the other lists.
    """
    counted = Counter(row[name] for row in rows for name in SETS) | Counter(live=len(rows))
    others = [one for one in opened if one.subject != "referral"]
    said = JSONObject(institution="institution_id", **{name: name for name in SPEED})
    answers = JSONBAgg(said, filter=Q(institution__pk__among=institutions))
    refused = JSONBAgg(JSONObject(institution="institution_id", reasons="reasons"), order_by="institution")
    speeds = AnswerSpeed.objects.filter(decided__gt=0).values(subject=Value("answers"))
    speeds = speeds.annotate(numbers=JSONObject(answers=answers, refusals=refused))
    found = worklists.counts({subject: one.qs for subject, one in filters.items()}, others, on, speeds)
    return {one.name: counted[one.name] for one in opened} | found


def tiles(user, filters, opened, counted):
    """Return [(heading, tiles)] and the parts of the overdue list by age; each number is that of the list behind it."""
    groups, parts = {group: [] for group in worklists.GROUPS}, []
    for one in opened:
        tile = Tile(counted[one.name], one.label, filters[one.subject].link(list_url(one.name)), one.kind)
        (parts if one.part_of else groups[one.group(user)]).append(tile)
    return [(worklists.GROUPS[group], found) for group, found in groups.items() if found], parts


def rooms(user, opened):
    """Return (label, address) of the pages and lists beside the dashboard that this user may open."""
    pages = [(label, reverse(name)) for label, name, permission in BESIDE if user.has_perm(permission)]
    return pages + [(capfirst(one.label), list_url(one.name)) for one in opened if one.beside]


def queues(user, narrowed, counted):
    """Return (queue, its address, how many wait, the list of these) by programme row, the longest first."""
    if not user.has_perm("residents.view_queueplace"):
        return []
    rows = sorted(narrowed.offered["row"], key=lambda row: -row.number)
    shown = [
        (
            row.label,
            reverse("admin:residents_requestitem_queue", args=[row.key]),
            row.number,
            narrowed.link(list_url("queues"), row=row.key),
        )
        for row in rows[:QUEUES_SHOWN]
    ]
    loose = counted - sum(row.number for row in rows)
    words = _("without a programme")
    return [*shown, *([(words, "", loose, narrowed.link(list_url("queues"), row=NO_ROW))] if loose > 0 else [])]


def standing_in(user, on):
    """Return for whoever approves plans who else may today, in which role and until when."""
    if not user.has_perm("coordination.approve_plan"):
        return []
    roles = Membership.objects.in_force(on).filter(role__in=APPROVERS, user__is_active=True)
    return roles.select_related("user").order_by("role", "user__last_name", "pk")


def overdue_rows(rows, narrowed, on):
    """Return the first rows of the list of what is overdue, out of the live referrals.

    The filter has the names of institutions and coordinators: with fewer tables to join, PostgreSQL plans for less.
    """
    late = (row for row in rows if row["list_name"] == "overdue")
    first = [row["pk"] for row in nsmallest(OVERDUE_ROWS, late, key=place)]
    shown = Referral.objects.select_related("case__resident", "service", "area").only(*OVERDUE_COLUMNS)
    found = {row.pk: row for row in shown.filter(pk__among=first)}
    names = {of: {choice.key: choice.label for choice in choices} for of, choices in narrowed.offered.items()}
    for referral in found.values():
        case, leader, receiver = referral.case, referral.case.coordinator_id, referral.receiver_id
        referral.receiver = Institution(pk=receiver, short_name=names["institution"].get(receiver, ""))
        case.coordinator = User(pk=leader, first_name=names["coordinator"].get(leader, ""))
    return [TABLES["referral"].labelled(found[pk], on) for pk in first if pk in found]


def place(row):
    """Return where a live referral with a day stands in its list: TABLES says the same to PostgreSQL."""
    return row["priority"] != Referral.Priority.URGENT, row["respond_by"], row["pk"]


def rows_by(column, parameter, live_rows, narrowed, *, shown=None):
    """Return a Row for each value of a column of the referrals, the most first; `parameter` filters by it.

    A number has its link unless it is nought. The page has room for so many rows as are shown.
    """
    names = {choice.key: choice.label for choice in narrowed.offered[parameter]} | {None: _("no area")}
    by_list = Counter((row[column], row["list_name"]) for row in live_rows)
    by_state = Counter((row[column], row["status"]) for row in live_rows)
    totals = Counter(row[column] for row in live_rows)
    live_url, rows = list_url("live"), []
    for key in sorted(totals, key=lambda key: (-totals[key], names[key]))[:shown]:
        link = partial(narrowed.link, live_url, **{parameter: NO_AREA if key is None else key})
        lists = [by_list[key, worklist.name] for worklist in PARTITION]
        numbers = [(by_state[key, state], state.value) for state in LIVE_STATES]
        states = [(number, link(state=state) if number else "") for number, state in numbers]
        rows.append(Row(key, names[key], link(), totals[key], lists, states))
    return rows


def matrix(rows):
    """Return rows by state as a table, without the states in which nothing is."""
    kept = [place for place, _state in enumerate(LIVE_STATES) if any(row.by_state[place][0] for row in rows)]
    return {
        "states": [LIVE_STATES[place].label for place in kept],
        "rows": [(row.name, [row.by_state[place] for place in kept]) for row in rows],
    }


def reasons(live_rows, institutions, narrowed):
    """Return institutions by why they did not accept, of the live referrals, as a table like matrix()."""
    refused = Counter((row["receiver"], row["reject_reason"]) for row in live_rows)
    kept = [one for one in Referral.RejectReason if any(refused[row.key, one.value] for row in institutions)]
    live_url, rows = list_url("live"), []
    for row in institutions:
        link = partial(narrowed.link, live_url, institution=row.key)
        cells = [(refused[row.key, one.value], link(refusal=one.value)) for one in kept]
        if any(count for count, _url in cells):
            rows.append((row.name, cells))
    return {"states": [one.label for one in kept], "rows": rows}


def reasons_of_year(counted, institutions):
    """Return the tables of why nobody was accepted in the last year; each is made from all that answered."""
    found = {row["institution"]: row["reasons"] for row in counted.get("refusals") or []}
    return refusals.tables(found, [(row.key, row.name) for row in institutions])


def speeds(counted):
    """Return {institution: Speed} of those that have answered in the last year, out of what was counted."""
    return {
        row["institution"]: Speed(
            round(row["median"]),
            round(row["median_net"]),
            round(row["p90"]),
            round(100 * row["accepted"] / row["decided"]),
            REASONS.get(row["usual_reason"], ""),
        )
        for row in counted.get("answers") or []
    }


def loads(live_rows, filters, counted):
    """Return what each worker has in hand, and all together, for whoever sees the work of several."""
    narrowed = filters["referral"]
    leaders, members = ({one.key: one for one in narrowed.offered[of]} for of in ("coordinator", "member"))
    chosen = narrowed.data.get("coordinator") or ""
    workers = sorted((members | leaders).values(), key=lambda one: one.key not in leaders)
    if len(workers) < 2:
        return []
    cases_url, live_url, late_url = (list_url(name) for name in ("cases", "live", "overdue"))
    in_hand = Counter(row["case__coordinator"] for row in live_rows)
    late = Counter(row["case__coordinator"] for row in live_rows if row["list_name"] == "overdue")

    def held(by, of, key):
        return (by[key].number if key in by else 0, f"{cases_url}?{of}={key}")

    rows = [
        Load(
            one.label,
            held(leaders, "coordinator", one.key),
            held(members, "member", one.key),
            (in_hand[one.key], narrowed.link(live_url, coordinator=one.key)),
            (late[one.key], narrowed.link(late_url, coordinator=one.key)),
        )
        for one in workers
        if chosen in {"", str(one.key)}
    ]
    if chosen:
        return rows
    cases = (counted.get("cases", 0), filters["case"].link(cases_url))
    whole = [(counted.get(name, 0), narrowed.link(url)) for name, url in (("live", live_url), ("overdue", late_url))]
    return [*rows, Load(_("together"), cases, None, *whole)]


def care_teams(narrowed):
    """Return (role, no address, number of open cases, address of their list) of the roles in care teams, most first."""
    roles = sorted(narrowed.offered["role"], key=lambda role: (-role.number, role.label))
    names = dict(TeamMember.Role.choices)
    return [(names[role.label], "", role.number, f"{list_url('cases')}?team_role={role.label}") for role in roles]


def sums(rows, counted, refused):
    """Return what stands beside the heading of a part while it is folded; `refused` is the matrix of reasons."""
    numbers = {
        "queues": (_("Waiting"), counted.get("queues", 0)),
        "overdue": (_("referrals"), counted.get("overdue", 0)),
        "live": (_("live referrals"), len(rows)),
        "refused": (_("referrals"), sum(count for _name, cells in refused["rows"] for count, _url in cells)),
        "cases": (_("open cases"), counted.get("cases", 0)),
    }
    return {name: f"{label}: {number}" for name, (label, number) in numbers.items()}


def chart(rows):
    """Return rows and series of the chart: institutions by whose move it is."""
    series = [(CHART_KINDS[worklist.name], worklist.label) for worklist in PARTITION]
    return {"rows": [(row.name, row.by_list, row.url) for row in rows], "series": series}
