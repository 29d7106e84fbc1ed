"""What a service that is given has from an item of the plan, and in what it differs from it."""

from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

from coordination.fees import BY_PERSON
from coordination.models import Contract, PlanItem, Provision
from coordination.plan_amounts import facts_of, told_fee, told_number
from services.models import ProgrammeService
from services.units import in_units

Fee, Period = PlanItem.Fee, PlanItem.Period
WEEKS_OF_A_MONTH = (4, 5)  # whole ones at the least, begun ones at the most


def beginning_by(item: PlanItem) -> dict[str, Any]:
    """Return what a service begins with that carries an item out; of weeks the amount of a month is written anew."""
    said: dict[str, Any] = {"plan_item": item.pk, "starts_on": item.starts_on, "ends_on": item.ends_on}
    if item.units is not None and item.period != Period.WEEK:
        said |= {"units": item.units, "period": item.period}
    return said


def fee_by_plan(item: PlanItem, contract: Contract) -> dict[str, Any]:
    """Return the fee of the person that the plan sets and the programme leaves to the centre; nothing for any other."""
    if item.fee_kind == Fee.EXEMPT and contract.basis.fee_kind in ProgrammeService.PAID:
        return {"relief_percent": 100, "relief_reason": item.fee}
    if item.fee_kind == Fee.FIXED and contract.basis.fee_kind in BY_PERSON and item.fee_unit == _fee_unit(contract):
        return {"rate": item.fee_amount}
    return {}


def _fee_unit(contract):
    return contract.basis.fee_unit or contract.unit


def differences_of(provision: Provision) -> list[tuple[str, str]]:
    """Return as (what the plan says, what is given) in what a service differs from its item of the plan."""
    item = provision.plan_item
    if item is None:
        return []
    facts, found = facts_of(item, []), []
    if item.units is not None and not _is_as_much(item, provision):
        given = f"{in_units(provision.units, provision.contract.unit)} {provision.get_period_display()}"
        found.append((told_number(facts), given))
    if item.fee_kind in (Fee.EXEMPT, Fee.FIXED, Fee.FREE) and not _costs_as_much(item, provision):
        found.append((told_fee(facts), _fee_words(provision)))
    return found


def _is_as_much(item, provision):
    if item.unit != provision.contract.unit:
        return False
    if item.period == provision.period:
        return item.units == provision.units
    if (item.period, provision.period) == (Period.WEEK, Provision.Period.MONTH):
        least, most = (item.units * weeks for weeks in WEEKS_OF_A_MONTH)
        return least <= provision.units <= most
    return False


def _held(provision):
    return max(provision.fee_assessments.all(), key=lambda one: one.valid_from, default=None)


def _costs_as_much(item, provision):
    basis, held = provision.contract.basis, _held(provision)
    if basis.fee_kind not in ProgrammeService.PAID or (held and held.relief_percent == 100):
        return item.fee_kind != Fee.FIXED
    if item.fee_kind != Fee.FIXED or item.fee_unit != _fee_unit(provision.contract):
        return False
    rate = basis.fee_amount if basis.fee_kind == ProgrammeService.Fee.FLAT else held and held.rate
    return rate is not None and rate * (100 - (held.relief_percent if held else 0)) == 100 * item.fee_amount


def _fee_words(provision):
    held, kind = _held(provision), provision.contract.basis.fee_kind
    if held is None or kind not in ProgrammeService.PAID:
        return str(ProgrammeService.Fee(kind).label)
    if held.relief_percent == 100:
        return _("relief of the whole fee")
    if held.rate is not None:
        return _("%(rate)s PLN") % {"rate": floatformat(held.rate, 2)}
    return _("by income") if held.income is not None else str(ProgrammeService.Fee(kind).label)
