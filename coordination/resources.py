"""What the organiser looks at each morning: places and queues, contracts, who did how much, what is lacking where.

A number leads to the list that it counts; what a list of the office cannot show has none.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from coordination.alarms import alarm_of
from coordination.filters import NO_PLACE
from coordination.models import Contract, ServiceRecord
from coordination.reports import Period
from coordination.worklists import unmet_needs
from cus_portal.templatetags.portal import zloty
from residents.models import RequestItem
from residents.queues import rows_in_use
from services.units import in_units

PLACES_SHOWN = 10
Need = RequestItem.Status


@dataclass(frozen=True)
class Use:
    """How far a contract is used: in units and in money, with what must be known of it."""

    contract: Contract
    used: str
    left: str
    spent: str
    percent: int
    alarm: str


def needs_waiting(user):
    """Return (label, number, address) of the needs that wait for a place, and of those to whom one is offered."""
    rows = RequestItem.objects.visible_to(user).filter(status__in=(Need.WAITLISTED, Need.OFFERED)).order_by()
    found = dict(rows.values_list("status").annotate(n=Count("pk")))
    address = reverse("admin:residents_requestitem_changelist")
    return [
        (words, found.get(state, 0), f"{address}?{urlencode({'state': state})}")
        for state, words in ((Need.WAITLISTED, _("needs wait for a place")), (Need.OFFERED, _("places are offered")))
    ]


def places(on: date):
    """Return the rows of programmes in which most people wait."""
    return rows_in_use(on)[:PLACES_SHOWN]


def contracts_in_use(user, on: date) -> list[Use]:
    """Return the open contracts by how far they are used, the fullest first."""
    rows = Contract.objects.visible_to(user).open().with_use()
    uses = [_use(one, on) for one in rows.select_related("agreement__institution", "basis__service")]
    return sorted(uses, key=lambda use: (-use.percent, use.contract.pk))


def _use(contract, on):
    return Use(
        contract,
        used=in_units(contract.used, contract.unit),
        left=in_units(max(contract.left, 0), contract.unit),
        spent=f"{zloty(contract.used * contract.unit_price)} / {zloty(contract.units * contract.unit_price)}",
        percent=int(contract.used * 100 / contract.units),
        alarm=alarm_of(contract, on),
    )


def done_by_provider(on: date):
    """Return (name of the month, rows) of this month and the one before: what each provider has done."""
    found = []
    for month in (Period.of(on), Period.of(on).previous):
        rows = ServiceRecord.objects.filter(month.moments("starts_at")).by_provider()
        found.append((str(month), [row | {"beyond": _beyond(row)} for row in rows]))
    return found


def _beyond(row):
    """Return what was given beyond what is counted, each unit on its own: hours and rides have no sum."""
    return ", ".join(in_units(row[f"surplus_{unit}s"], unit) for unit in Contract.Unit if row[f"surplus_{unit}s"])


def lacking_by_place(user):
    """Return (place, number, address) of the open unmet needs, the most first."""
    rows = unmet_needs(user).order_by().values_list("locality", "locality__name").annotate(n=Count("pk"))
    address = reverse("coordination:worklist", args=["unmet"])
    found = [
        (name or _("not given"), n, f"{address}?{urlencode({'place': place or NO_PLACE})}") for place, name, n in rows
    ]
    return sorted(found, key=lambda row: (-row[1], row[0]))
