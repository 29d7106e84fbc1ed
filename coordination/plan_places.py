"""What of a programme's limit stands behind the items of a plan: a place given, one waited for, or none.

The limit itself is held with the needs, by the database. A plan promises nothing beyond it: who writes and who approves
one sees beside each service whether the person has a place.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from residents.models import RequestItem
from services.models import ProgrammeService
from services.units import in_units, limit_of_one

S = RequestItem.Status
FIRST = [S.QUALIFIED, S.OFFERED, S.WAITLISTED]  # what the person has, the best first


@dataclass(frozen=True)
class Held:
    """What the person has of the limit of one service, in words, with the colour of its tag."""

    kind: str
    words: str


def places_of(case, items, *, on: date) -> dict[int, Held]:
    """Return {item of the plan: what is held of the limit}; a service without a limit and an action have none."""
    services = {item.service_id for item in items if item.service_id}
    if not services:
        return {}
    held = {service: _held(need) for service, need in needs_of(case, services).items()}
    limited = ProgrammeService.objects.in_force(on).filter(service__in=services - held.keys(), capacity__isnull=False)
    missing = set(limited.values_list("service", flat=True))
    held |= {service: Held("late", _("no place of the programme's limit is given")) for service in missing}
    found = {item.pk: held.get(item.service_id) for item in items}
    return {pk: one for pk, one in found.items() if one}


def needs_of(case, services):
    """Return {service: the need of the case in which most is held}."""
    rows = RequestItem.objects.filter(request__case=case, service__in=services, status__in=FIRST)
    rows = rows.select_related("programme_service__programme", "given_place").order_by("pk")
    ordered = sorted(rows, key=lambda need: FIRST.index(need.status), reverse=True)
    return {need.service_id: need for need in ordered}


def granted_outside(case, items):
    """Return (need, what is held for it) of what was granted in the case and has no item among these."""
    planned = [item.service_id for item in items if item.service_id]
    rows = RequestItem.objects.filter(request__case=case, status=S.QUALIFIED, service__isnull=False)
    rows = rows.exclude(service__in=planned).order_by("pk")
    needs = rows.select_related("service", "programme_service__programme", "given_place")
    return [(need, _held(need)) for need in {need.service_id: need for need in needs}.values()]


def _held(need):
    basis = need.programme_service
    if basis is None or basis.capacity is None:
        return None
    if need.status != S.QUALIFIED:
        return Held("wait", _("a place is offered") if need.status == S.OFFERED else _("waits for a place"))
    place = getattr(need, "given_place", None)
    if place is None:
        return Held("late", _("no place of the programme's limit is given"))
    if basis.capacity_unit == ProgrammeService.CapacityUnit.PERSON:
        each = limit_of_one(basis.person_units, basis.person_unit, basis.person_period)
        return Held("ok", _("has a place, %(limit)s") % {"limit": each} if each else _("has a place"))
    much = in_units(place.units, basis.capacity_unit)
    return Held("ok", _("given: %(much)s %(period)s") % {"much": much, "period": basis.get_capacity_period_display()})
