"""What the director looks at each morning: what waits for her name, and what will go wrong if nobody acts.

Each number is that of the list behind it, and costs the same however long the lists are.
"""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from coordination import worklists
from coordination.board import Tile, list_url
from coordination.columns import table_of
from coordination.resources import contracts_in_use
from residents.models import Complaint

ROWS_SHOWN = 5
AT_RISK = (
    *("requests-overdue", "plans-due", "plans-ending", "plans-without-note", "appeals-to-pass-on"),
    *("overdue", "consents-withdrawn", "consents-ending", "cases-at-rest"),
)


@dataclass(frozen=True)
class ToSign:
    """One list of what waits for a name: how much there is, and the first rows of it."""

    label: str
    url: str
    count: int
    when_empty: str
    header: tuple
    rows: list


def lists_of(user):
    """Return the lists that this user signs, and those that tell of what is at risk."""
    opened = worklists.open_to(user)
    signed = [one for one in opened if one.signed_with and user.has_perm(one.signed_with)]
    return signed, sorted((one for one in opened if one.name in AT_RISK), key=lambda one: AT_RISK.index(one.name))


def waiting_and_at_risk(user, on: date) -> tuple[list[ToSign], list[Tile]]:
    """Return what waits for the user's name, and the tiles of what is at risk, counted in one query."""
    signed, at_risk = lists_of(user)
    rows = {one.subject: worklists.SUBJECTS[one.subject](user) for one in (*signed, *at_risk)}
    counted = worklists.counts(rows, [*signed, *at_risk], on)
    return (
        [_to_sign(one, rows[one.subject], counted[one.name], on) for one in signed],
        [Tile(counted[one.name], str(one.label), list_url(one.name), one.kind) for one in at_risk],
    )


def _to_sign(one, rows, count, on):
    table = table_of(one)
    shown = table.joined(one.of(rows, on))[:ROWS_SHOWN]
    cells = [table.labelled(row, on) for row in shown]
    return ToSign(str(one.label), list_url(one.name), count, str(one.when_empty), table.header, cells)


def complaints(user, on: date) -> list[Tile]:
    """Return the complaints that are open, and of them those whose month is over."""
    if not user.has_perm("residents.view_complaint"):
        return []
    address = reverse("admin:residents_complaint_changelist")
    rows = Complaint.objects.visible_to(user)
    return [
        Tile(rows.open().count(), _("complaints and suggestions to answer"), address, "mine"),
        Tile(
            rows.late(on).count(),
            _("complaints whose month is over"),
            f"{address}?{urlencode({'state': 'late'})}",
            "late",
        ),
    ]


def contracts_to_watch(user, on: date):
    """Return how far the contracts are used of which something must be known."""
    return [use for use in contracts_in_use(user, on) if use.alarm]
