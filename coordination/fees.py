"""What a person pays for a month of a service, by the rule that is in force on each day.

Each day or visit is counted by its own rule, income line and relief, added up without rounding, and the month's sum is
rounded once, to the grosz, half a grosz up. What was not done costs nothing. Where the fee is for a month, it is due
for the days on which the service is given: not before it begins, after it ends, or while it is suspended.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone

from coordination.models import Contract, FeeAssessment, Provision, ServiceRecord
from services.models import ProgrammeService

Fee, Per = ProgrammeService.Fee, ProgrammeService.FeeUnit
BY_PERSON = (Fee.INCOME_TABLE, Fee.PARTLY)
DAY = timedelta(days=1)
HOUR = 3600


class FeeUnknown(Exception):  # noqa: N818
    """The rule asks for a person's income or rate that nobody has written down for the day."""


@dataclass(frozen=True)
class Tariff:
    """All that decides on the fee of one service of one person."""

    rules: list[ProgrammeService]
    assessments: list[FeeAssessment]
    days_off: list[tuple[date, date | None]]

    @classmethod
    def of(cls, provision: Provision, *, rules: list[ProgrammeService]) -> "Tariff":
        """Read what is the person's own; the rules are read once for all of a programme."""
        return cls(
            rules=rules,
            assessments=list(provision.fee_assessments.all()),
            days_off=[(one.first_day, one.last_day) for one in provision.suspensions.all()],
        )

    def rule(self, day: date) -> ProgrammeService | None:
        return next((one for one in self.rules if holds(one.valid_from, one.valid_to, day)), None)

    def assessment(self, day: date) -> FeeAssessment | None:
        return next((one for one in self.assessments if holds(one.valid_from, one.valid_to, day)), None)

    def is_off(self, day: date) -> bool:
        return any(holds(first, last, day) for first, last in self.days_off)


def rules_of(basis: ProgrammeService) -> list[ProgrammeService]:
    """Return the rows, one after the other in time, by which the programme gives the service."""
    return list(basis.in_turn().prefetch_related("fee_bands"))


def holds(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)


def to_grosz(sum_of: Fraction) -> Decimal:
    """Round to the grosz, half a grosz up."""
    return Decimal(int(sum_of * 100 + Fraction(1, 2))) / 100


def fee_of_month(
    provision: Provision,
    contract: Contract,
    month: date,
    records: Iterable[ServiceRecord],
    tariff: Tariff,
    *,
    charged_once: bool = False,
    is_current: bool = True,
) -> Decimal:
    """Return the fee of the month that begins on that day, for the visits done in it by the contract.

    `charged_once`: a fee that is taken once was taken before. `is_current`: what is due by the month is due here.
    """
    done = sorted(records, key=lambda record: record.starts_at)
    total, seen = Fraction(0), set()
    for record in done:
        day = timezone.localdate(record.starts_at)
        rule = tariff.rule(day)
        if rule is None or rule.fee_unit == Per.MONTH:
            continue
        first_of_day = day not in seen
        seen.add(day)
        if rule.fee_unit == Per.ONCE:
            times = Fraction(0) if charged_once else Fraction(1)
            charged_once = True
        elif rule.fee_unit == Per.DAY:
            times = Fraction(int(first_of_day))
        else:
            times = _times(record, rule)
        total += times * rate_of(rule, tariff.assessment(day), contract) if times else 0
    if is_current:
        total += _by_the_month(provision, contract, month, tariff)
    return to_grosz(total)


def _times(record, rule) -> Fraction:
    """Return how many times a visit costs the rate."""
    if rule.fee_unit == Per.HOUR and record.unit != Contract.Unit.HOUR:
        length = record.ends_at.astimezone(UTC) - record.starts_at.astimezone(UTC)
        return Fraction(int(length.total_seconds()), HOUR)
    if rule.fee_unit in (Per.HOUR, "") or rule.fee_unit == record.unit:
        return Fraction(record.units)
    return Fraction(1)


def _by_the_month(provision, contract, month, tariff) -> Fraction:
    length = monthrange(month.year, month.month)[1]
    total = Fraction(0)
    for day in (month + DAY * number for number in range(length)):
        rule = tariff.rule(day)
        if rule is None or rule.fee_unit != Per.MONTH:
            continue
        if holds(provision.starts_on, provision.ends_on, day) and not tariff.is_off(day):
            total += rate_of(rule, tariff.assessment(day), contract) / length
    return total


def rate_of(rule: ProgrammeService, assessment: FeeAssessment | None, contract: Contract) -> Fraction:
    """Return what one unit costs this person on the day, relief taken off."""
    relief = Fraction(100 - (assessment.relief_percent if assessment else 0), 100)
    if rule.fee_kind == Fee.FLAT:
        return Fraction(rule.fee_amount) * relief
    if rule.fee_kind not in BY_PERSON or not relief:
        return Fraction(0)
    if assessment is None or (assessment.rate is None and assessment.income is None):
        raise FeeUnknown
    if assessment.rate is not None:
        return Fraction(assessment.rate) * relief
    bands = sorted(rule.fee_bands.all(), key=lambda band: band.position)
    band = next((one for one in bands if one.income_to is None or assessment.income <= one.income_to), None)
    if band is None:
        raise FeeUnknown
    if band.amount is not None:
        return Fraction(band.amount) * relief
    return Fraction(contract.unit_price) * band.percent / 100 * relief
