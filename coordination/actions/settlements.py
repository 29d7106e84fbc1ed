"""A month of a contract: counted from its visits, closed by a person, corrected only by lines of their own."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.visits import moment
from coordination.fees import FeeUnknown, Tariff, fee_of_month, rules_of, to_grosz
from coordination.models import Contract, Provision, ServiceRecord, Settlement, SettlementLine
from coordination.workflow import CONTRACT
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record

Status = ServiceRecord.Status


@dataclass(frozen=True)
class Counted:
    """What one person's month comes to. `fee` is None where his income or rate is not on record."""

    provision: Provision
    units: Decimal
    amount: Decimal
    fee: Decimal | None


def month_of(day: date) -> tuple[datetime, datetime]:
    """Return when the month that begins on the day begins and ends, on the clock in Poland."""
    return moment(day, time.min), moment(day + relativedelta(months=1), time.min)


def months_to_settle(contract: Contract, on: date) -> list[date]:
    """Return the months that are over and not settled, the oldest first, since the contract gave anything."""
    begun = contract.provisions.order_by("starts_on").values_list("starts_on", flat=True).first()
    first = contract.records.order_by("starts_at").values_list("starts_at", flat=True).first()
    days = [day for day in (begun, first and timezone.localdate(first)) if day]
    if not days:
        return []
    month, settled = min(days).replace(day=1), set(contract.settlements.values_list("month", flat=True))
    last = min(on.replace(day=1), (contract.valid_to or on) + relativedelta(days=1))
    found = []
    while month < last:
        if month not in settled:
            found.append(month)
        month += relativedelta(months=1)
    return found


def count_month(contract: Contract, month: date) -> list[Counted]:
    """Count a month from its visits: what is due to the provider, and from each person."""
    begins, ends = month_of(month)
    last = timezone.localdate(ends) - relativedelta(days=1)
    visits = defaultdict(list)
    for one in contract.records.between(begins, ends).filter(status__in=(Status.DONE, Status.NOT_DONE)):
        visits[one.provision_id].append(one)
    running = Q(contract=contract, starts_on__lte=last) & (Q(ends_on=None) | Q(ends_on__gte=month))
    rows = Provision.objects.filter(Q(pk__in=visits) | running)
    rows = rows.select_related("contract__basis", "case__resident").prefetch_related("fee_assessments", "suspensions")
    charged = set(
        ServiceRecord.objects.done()
        .filter(provision__in=rows, starts_at__lt=begins)
        .order_by()
        .values_list("provision", flat=True)
    )
    rules = rules_of(contract.basis)
    return [
        _count(one, contract, month, visits[one.pk], rules, charged_once=one.pk in charged)
        for one in rows.order_by("pk")
    ]


def _count(provision, contract, month, visits, rules, *, charged_once):
    tariff = Tariff.of(provision, rules=rules)
    paid = sum((one.paid_units for one in visits), Decimal(0))
    try:
        fee = fee_of_month(
            provision,
            contract,
            month,
            [one for one in visits if one.status == Status.DONE],
            tariff,
            charged_once=charged_once,
            is_current=provision.contract_id == contract.pk,
        )
    except FeeUnknown:
        fee = None
    return Counted(provision, paid, to_grosz(Fraction(paid * contract.unit_price)), fee)


def confirmed_of(contract: Contract, month: date) -> dict[str, int]:
    """Return how many visits of the month were done, and how many of them the person confirmed."""
    done = contract.records.between(*month_of(month)).done()
    return {"done": done.count(), "confirmed": done.confirmed().count()}


def surplus_of(contract: Contract, month: date) -> Decimal:
    """Return what was given in the month beyond what is counted, for which nobody pays."""
    return sum(surplus_by_person(contract, month).values(), Decimal(0))


def surplus_by_person(contract: Contract, month: date) -> dict[int, Decimal]:
    """Return the same for each service given to a person, by its number."""
    beyond = contract.records.between(*month_of(month)).filter(surplus_units__gt=0).order_by()
    return dict(beyond.values_list("provision").annotate(sum=Sum("surplus_units")))


@transaction.atomic
def close_month(contract: Contract, *, month: date, by: User, now: datetime) -> Settlement:
    """Close a month that is over and in which each visit is marked. From then on nothing of it changes."""
    require(by, "coordination.close_settlement", contract)
    CONTRACT.move(contract, "settle", by=by)  # whoever writes a visit of this contract waits from here
    begins, ends = month_of(month)
    if month.day != 1 or ends > now:
        raise ValidationError({"month": _("This month is not over yet.")})
    if contract.settlements.filter(month=month).exists():
        raise ValidationError({"month": _("This month is settled already.")})
    visits = contract.records.between(begins, ends)
    if number := visits.planned().count():
        text = _("Visits that nobody has marked: %(number)s. Write down what was of them, or call them off.")
        raise ValidationError(text % {"number": number})
    if number := visits.objected().count():
        raise ValidationError(_("Objections that nobody has answered: %(number)s.") % {"number": number})
    counted = count_month(contract, month)
    if unknown := [one for one in counted if one.fee is None]:
        text = _("Of %(number)s persons the income or the rate is not on record, so the fee cannot be told.")
        raise ValidationError(text % {"number": len(unknown)})
    settlement = Settlement.objects.create(contract=contract, month=month, closed_by=by, closed_at=now)
    SettlementLine.objects.bulk_create(
        SettlementLine(
            settlement=settlement,
            provision=one.provision,
            units=one.units,
            amount=one.amount,
            fee=one.fee or 0,
            written_by=by,
            written_at=now,
        )
        for one in counted
        if one.units or one.fee
    )
    record("settlement.close", settlement, by=by)
    return settlement


@transaction.atomic
def correct_line(
    settlement: Settlement,
    *,
    line: SettlementLine,
    units: Decimal,
    amount: Decimal,
    fee: Decimal,
    reason: str,
    by: User,
    now: datetime,
) -> SettlementLine:
    """Add a line with the difference to what is right; what was closed stays as it was."""
    require(by, "coordination.close_settlement", settlement)
    Contract.objects.select_for_update(no_key=True).get(pk=settlement.contract_id)
    if line.settlement_id != settlement.pk or line.corrects_id:
        raise ValidationError({"line": _("Choose a line of this settlement.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Write why the line is corrected.")})
    if min(units, amount, fee) < 0:
        raise ValidationError(_("What is right is not below zero."))
    stands = sums_of(line)
    difference = {"units": units - stands["units"], "amount": amount - stands["amount"], "fee": fee - stands["fee"]}
    if not any(difference.values()):
        raise ValidationError(_("That is what stands there already."))
    correction = SettlementLine.objects.create(
        settlement=settlement,
        provision_id=line.provision_id,
        corrects=line,
        reason=reason,
        written_by=by,
        written_at=now,
        **difference,
    )
    record("settlement.correct", settlement, by=by)
    return correction


def sums_of(line: SettlementLine) -> dict[str, Decimal]:
    """Return what a line comes to with its corrections."""
    rows = SettlementLine.objects.filter(Q(pk=line.pk) | Q(corrects=line))
    return rows.aggregate(units=Sum("units"), amount=Sum("amount"), fee=Sum("fee"))
