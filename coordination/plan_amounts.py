"""How much an item of a plan gives and what it costs: in words, and held against the row of the programme.

The words are made of plain facts, the same that a version keeps, so a version from before a fact was kept is read too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from coordination.models import PlanItem
from coordination.plan_places import needs_of
from cus_portal.templatetags.portal import zloty
from residents.models import Case
from services.models import ProgrammeService
from services.presentation import UNITS
from services.units import in_units, limit_of_one

Fee, Period = PlanItem.Fee, PlanItem.Period
Within, Rule = ProgrammeService.PersonPeriod, ProgrammeService.Fee
SET_BY_HAND = (Fee.FIXED, Fee.FREE)
LENGTHS: dict[str, int] = {Period.WEEK: 7, Period.MONTH: 31}  # days, the longest
LONGER: dict[str, tuple[str, ...]] = {
    Period.WEEK: (Within.MONTH, Within.YEAR, Within.EDITION, Within.START),
    Period.MONTH: (Within.YEAR, Within.EDITION, Within.START),
}
ALIKE: dict[str, tuple[str, ...]] = {
    Period.MONTH: (Within.MONTH,),
    Period.YEAR: (Within.YEAR, Within.EDITION, Within.START),
    Period.EDITION: (Within.EDITION, Within.START),
}


# -- the row of the programme ---------------------------------------------------------------------
def rows_of(case: Case, services: Iterable[int | None], *, on: date) -> dict[int, list[ProgrammeService]]:
    """Return {service: the rows that give it on the day}: the one of the person's need, else all in force."""
    asked = {service for service in services if service}
    found: dict[int, list[ProgrammeService]] = defaultdict(list)
    if not asked:
        return found
    for service, need in needs_of(case, asked).items():
        if need.programme_service and need.programme_service.is_in_force(on):
            found[service] = [need.programme_service]
    rows = ProgrammeService.objects.in_force(on).filter(service__in=asked - found.keys())
    for row in rows.order_by("-valid_from", "pk"):
        found[row.service_id].append(row)
    return found


def rule_of(rows: list[ProgrammeService]) -> dict[str, str]:
    """Return by what the row in force takes a fee, as plain facts."""
    if not rows:
        return {}
    row = rows[0]
    amount = str(row.fee_amount) if row.fee_amount is not None else ""
    return {"kind": row.fee_kind, "amount": amount, "unit": row.fee_unit, "note": row.fee_note}


def check_limit(item: PlanItem) -> None:
    """Refuse what is for certain more than the programme gives one person in a month, a year, or in all."""
    rows = rows_of(item.plan.case, [item.service_id], on=item.starts_on).get(item.service_id or 0, [])
    if item.units is None or not rows or any(row.person_unit != item.unit for row in rows):
        return
    row = max(rows, key=lambda row: row.person_units or 0)
    beside = item.plan.items.filter(service=item.service_id, unit=item.unit).exclude(pk=item.pk)
    beside = beside.filter(starts_on__lte=item.ends_on, ends_on__gte=item.starts_on)
    total = sum(least_of(one, row.person_period) for one in (item, *beside))
    if total > (row.person_units or 0):
        most = limit_of_one(row.person_units, row.person_unit, row.person_period)
        raise ValidationError({"units": _("The programme gives one person %(most)s.") % {"most": most}})


def least_of(item: PlanItem, within: str) -> Decimal:
    """Return what the item gives at the least in the fullest such time; nothing where that cannot be told."""
    units = item.units or Decimal(0)
    if within in ALIKE.get(item.period, ()):
        return units
    if within not in LONGER.get(item.period, ()):
        return Decimal(0)
    days = (item.starts_on + timedelta(number) for number in range((item.ends_on - item.starts_on).days + 1))
    keys = {Within.MONTH: lambda day: (day.year, day.month), Within.YEAR: lambda day: day.year}
    fullest = max(Counter(map(keys.get(Within(within), lambda day: 0), days)).values())
    return units * max(1, fullest // LENGTHS[item.period])


# -- in words -------------------------------------------------------------------------------------
def facts_of(item: PlanItem, rows: list[ProgrammeService]) -> dict:
    """Return the amount and the fee as plain facts; of a fee by the rule also what the rule says now."""
    return {
        "units": str(item.units) if item.units is not None else "",
        "unit": item.unit,
        "period": item.period,
        "scope": item.scope,
        "fee_kind": item.fee_kind,
        "fee_amount": str(item.fee_amount) if item.fee_amount is not None else "",
        "fee_unit": item.fee_unit,
        "fee": item.fee,
        "fee_rule": rule_of(rows) if item.fee_kind == Fee.RULE else {},
    }


def facts_of_items(plan, items: Iterable[PlanItem]) -> dict[int, dict]:
    """Return {item: its facts}; the rules are asked for only where a fee goes by one."""
    items = list(items)
    rows = _rows_behind(plan, items, {Fee.RULE})
    return {item.pk: facts_of(item, rows.get(item.service_id or 0, [])) for item in items}


def told_of_items(plan, items: Iterable[PlanItem]) -> dict[int, tuple[str, str, str]]:
    """Return {item: how much, for what fee, and what the programme takes where the fee is another}."""
    items = list(items)
    behind, told = _rows_behind(plan, items, {Fee.RULE, *SET_BY_HAND}), {}
    for item in items:
        rows = behind.get(item.service_id or 0, [])
        facts = facts_of(item, rows)
        told[item.pk] = (told_amount(facts), told_fee(facts), fee_of_rule_instead(item, rows))
    return told


def _rows_behind(plan, items, kinds):
    return rows_of(plan.case, {item.service_id for item in items if item.fee_kind in kinds}, on=plan.starts_on)


def fee_of_rule_instead(item: PlanItem, rows: list[ProgrammeService]) -> str:
    """Return in words what the programme takes where the item sets another fee without an exemption, or nothing.

    What depends on the person, by income or in part, may be any amount.
    """
    if not rows or item.fee_kind not in SET_BY_HAND:
        return ""
    rule = rows[0]
    if item.fee_kind == Fee.FREE:
        differs = rule.fee_kind in ProgrammeService.PAID
    elif rule.fee_kind == Rule.FLAT:
        differs = item.fee_amount != rule.fee_amount or item.fee_unit != (rule.fee_unit or item.fee_unit)
    else:
        differs = rule.fee_kind == Rule.FREE
    return _by_rule({"fee_rule": rule_of(rows)}) if differs else ""


def told_number(facts: dict) -> str:
    """Return "20 hours a month", or nothing where no number is said."""
    if not facts.get("units"):
        return ""
    return f"{in_units(Decimal(facts['units']), facts['unit'])} {Period(facts['period']).label}"


def told_amount(facts: dict) -> str:
    return ", ".join(filter(None, [told_number(facts), facts["scope"]]))


def told_fee(facts: dict) -> str:
    """Return what the person pays: by the amount, with what that comes to, else by the words of the rule."""
    kind, note = facts.get("fee_kind", ""), facts.get("fee", "")
    if kind == Fee.EXEMPT:
        return _("exempt from the fee: %(why)s") % {"why": note}
    said = {
        Fee.RULE: lambda: _by_rule(facts),
        Fee.FIXED: lambda: _priced(facts, facts["fee_amount"], facts["fee_unit"]),
        Fee.FREE: lambda: str(Rule.FREE.label),
    }
    return ", ".join(filter(None, [said[kind]() if kind in said else "", note]))


def _by_rule(facts):
    rule = facts.get("fee_rule") or {}
    if rule.get("amount"):
        words = _priced(facts, rule["amount"], rule["unit"])
    elif rule.get("kind") in (Rule.INCOME_TABLE, Rule.PARTLY, Rule.FREE):
        words = str(Rule(rule["kind"]).label)
    else:
        words = _("fee by the rule of the programme")
    return ", ".join(filter(None, [words, _as_part(rule.get("note", ""))]))


def _as_part(sentence):
    """Return a note of the programme as a part of a sentence; what is written in capitals stays."""
    opens_a_word = sentence[1:2].islower()
    return (sentence[:1].lower() + sentence[1:] if opens_a_word else sentence).rstrip(".")


def _priced(facts, amount, unit):
    """Return "12.50 PLN an hour, at most 250.00 PLN a month" where the number of hours is said."""
    price = f"{zloty(Decimal(amount))} {UNITS.get(unit, '')}".strip()
    if not facts.get("units") or unit != facts["unit"]:
        return price
    total = {"sum": zloty(Decimal(amount) * Decimal(facts["units"])), "period": Period(facts["period"]).label}
    return f"{price}, " + _("at most %(sum)s %(period)s") % total
