"""A service given to a person: begun by a contract, changed, handed to another provider, suspended, ended."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.actions.contracts import check_lasts, check_runs
from coordination.actions.plan_items import goes_on
from coordination.actions.plans import require_open
from coordination.actions.visits import call_off, call_off_after, hold, moment
from coordination.areas import check_new_payer, check_payer, check_payer_stops, check_place
from coordination.certificates import check_certificate
from coordination.models import Contract, FeeAssessment, PlanItem, Provision, Suspension
from coordination.plan_delivery import fee_by_plan
from coordination.workflow import PROVISION, RECORD
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from residents.models import Case, ConflictOfInterest, GivenPlace, RequestItem
from services.models import Agreement, Locality, ProgrammeService
from services.units import limit_of_one

DAY = timedelta(days=1)
# A year from the start is one edition of the person's own: so much in all.
PERIOD_OF_A_PLACE: dict[str | None, Provision.Period] = {
    ProgrammeService.CapacityPeriod.MONTH: Provision.Period.MONTH,
    ProgrammeService.CapacityPeriod.YEAR: Provision.Period.YEAR,
    ProgrammeService.CapacityPeriod.EDITION: Provision.Period.EDITION,
    ProgrammeService.CapacityPeriod.START: Provision.Period.EDITION,
}

# the shorter before the longer
LENGTHS: list[str] = [Provision.Period.MONTH, Provision.Period.YEAR, Provision.Period.EDITION]


@transaction.atomic
def give_service(
    case: Case,
    *,
    contract: Contract,
    units: Decimal,
    period: str,
    starts_on: date,
    address: str,
    task: str,
    item: RequestItem | None = None,
    plan_item: PlanItem | None = None,
    crisis_reason: str = "",
    ends_on: date | None = None,
    worker: User | None = None,
    locality: Locality | None = None,
    payer: Agreement | None = None,
    by: User,
    now: datetime,
) -> Provision:
    """Begin a service for a need that has a place; in a crisis from a day before the decision, with the reason.

    One that an item of the plan speaks of takes its fee over, where the programme lets the centre set one.
    """
    require(by, "coordination.arrange_service", case)
    require_open(case)
    check_runs(contract, starts_on)
    check_lasts(contract, ends_on)
    check_row(contract.basis, starts_on, ends_on)
    check_limit_of_one(contract.basis, units=units, period=period)
    check_worker(worker, contract, case, on=starts_on)
    check_place(contract.basis, locality)
    check_payer(case.resident, payer, contract, starts_on=starts_on, ends_on=ends_on)
    if item is None and not crisis_reason.strip():
        raise ValidationError({"crisis_reason": _("Choose the need, or write why nobody can wait for the decision.")})
    if item is not None:
        check_need(item, case, contract, on=starts_on)
        crisis_reason = check_decided(item, crisis_reason, on=starts_on)
        check_amount(item, contract, units=units, period=period)
    if plan_item is not None:
        check_plan_item(plan_item, case, contract)
    provision = Provision(
        case=case,
        item=item,
        plan_item=plan_item,
        crisis_reason=crisis_reason,
        contract=contract,
        worker=worker,
        units=units,
        period=period,
        starts_on=starts_on,
        ends_on=ends_on,
        address=address,
        locality=locality,
        payer=payer,
        task=task,
    )
    provision.full_clean(exclude={"item", "plan_item", "worker"})
    provision.save()
    record("provision.give", provision, by=by, to_state=provision.status)
    if plan_item is not None and (fee := fee_by_plan(plan_item, contract)):
        set_fee(provision, valid_from=starts_on, **fee, by=by, now=now)
    return provision


def check_plan_item(plan_item: PlanItem, case: Case, contract: Contract) -> None:
    """Refuse an item of another plan or service, and one that is done or given up."""
    if plan_item.plan.case_id != case.pk or not goes_on(plan_item.plan) or plan_item.status not in PlanItem.OPEN:
        raise ValidationError({"plan_item": _("Choose an item of this case's plan in force that has not ended.")})
    if plan_item.service_id != contract.basis.service_id:
        raise ValidationError({"plan_item": _("The item of the plan is about another service than the contract.")})


def check_row(row: ProgrammeService, starts_on: date, ends_on: date | None) -> None:
    """Refuse to give by a row of a programme on days on which it is not in force: nobody has agreed to pay for them."""
    in_force = ProgrammeService.objects.filter(pk=row.pk)
    if not in_force.in_force(starts_on).exists():
        day = {"day": f"{starts_on:%d.%m.%Y}"}
        raise ValidationError({"starts_on": _("The programme is not in force on %(day)s.") % day})
    if ends_on and not in_force.in_force(ends_on).exists():
        raise ValidationError(
            {"ends_on": _("The programme is not in force on %(day)s.") % {"day": f"{ends_on:%d.%m.%Y}"}}
        )


def check_same_row(row: ProgrammeService, contract: Contract, *, on: date) -> None:
    """Keep to the programme in which the place was given; where that one has ended, the next edition goes on."""
    if contract.basis_id != row.pk and ProgrammeService.objects.in_force(on).filter(pk=row.pk).exists():
        words = _("The place is in another programme: %(name)s. Choose a contract of that one.")
        raise ValidationError({"contract": words % {"name": row.programme}})


def check_need(item: RequestItem, case: Case, contract: Contract, *, on: date) -> None:
    """Refuse what the decision on the need does not give: another service, or by another programme."""
    if item.request.case_id != case.pk or item.status != RequestItem.Status.QUALIFIED:
        raise ValidationError({"item": _("A service is given for a need of this case that has a place.")})
    if Provision.objects.filter(item=item).exists():
        raise ValidationError({"item": _("A service is given for this need already.")})
    basis = item.programme_service
    if basis is None or basis.service_id != contract.basis.service_id:
        raise ValidationError({"contract": _("This contract is about another service than the need.")})
    check_same_row(basis, contract, on=on)


def check_decided(item: RequestItem, crisis_reason: str, *, on: date) -> str:
    """Return the reason of what begins before the decision on the need, and ask for one; later none is kept."""
    decided_on = item.decided_at and timezone.localdate(item.decided_at)
    if decided_on is None or on >= decided_on:
        return ""
    if not crisis_reason.strip():
        words = _("The need was decided on %(day)s. Begin on that day, or write why nobody could wait.")
        raise ValidationError({"crisis_reason": words % {"day": date_format(decided_on, "j E Y")}})
    return crisis_reason


def check_amount(item: RequestItem, contract: Contract, *, units: Decimal, period: str) -> None:
    """Refuse more than the place holds, and a shorter time than it was given for: 20 hours a year are not a month's."""
    basis = item.programme_service
    place = GivenPlace.objects.filter(item=item).first()
    if not place or basis is None or basis.capacity_unit != contract.unit:
        return
    if units > place.units:
        raise ValidationError(
            {"units": _("The decision on the need gives %(units)s.") % {"units": floatformat(place.units, -1)}}
        )
    given_for = PERIOD_OF_A_PLACE.get(basis.capacity_period)
    if given_for and period != given_for:
        words = {"period": given_for.label}
        raise ValidationError({"period": _("The place was given for another time: choose “%(period)s”.") % words})


def check_limit_of_one(row: ProgrammeService, *, units: Decimal, period: str) -> None:
    """Refuse more than the programme gives one person. What is given for a longer time is held visit by visit."""
    within = PERIOD_OF_A_PLACE.get(row.person_period)
    if row.person_units is None or within is None or LENGTHS.index(period) > LENGTHS.index(within):
        return
    if units > row.person_units:
        most = limit_of_one(row.person_units, row.person_unit, row.person_period)
        raise ValidationError({"units": _("The programme gives one person %(most)s.") % {"most": most}})


def check_worker(worker: User | None, contract: Contract, case: Case, *, on: date) -> None:
    """Refuse somebody who does not work for the provider, or who is close to the person (AOON bars family)."""
    if worker is None:
        return
    people = User.objects.holding(Role.VISITING_WORKER, on=on, institution=contract.agreement.institution_id)
    if not people.filter(pk=worker.pk).exists():
        raise ValidationError({"worker": _("This person does not work for the provider on that day.")})
    if ConflictOfInterest.objects.of(worker).filter(resident=case.resident_id).exists():
        raise ValidationError({"worker": _("This worker is close to the person. Choose another one.")})


@transaction.atomic
def change_service(
    provision: Provision,
    *,
    address: str,
    task: str,
    ends_on: date | None,
    locality: Locality | None = None,
    payer: Agreement | None = None,
    payer_from: date | None = None,
    payer_until: date | None = None,
    by: User,
    now: datetime,
) -> Provision:
    """Write down another place, task or last day; that another municipality begins to pay for who moved, or stops."""
    hold(provision.pk)
    check_ends_on(provision, ends_on)
    if ends_on and ends_on != provision.ends_on:
        check_lasts(provision.contract, ends_on)
        check_row(provision.contract.basis, max(provision.starts_on, timezone.localdate(now)), ends_on)
    check_place(provision.contract.basis, locality)
    if provision.payer and not (payer_until or provision.payer_until):
        resident, first = provision.case.resident, provision.payer_from or provision.starts_on
        check_payer(resident, provision.payer, provision.contract, starts_on=first, ends_on=ends_on)
    paid: dict[str, Any] = {}
    if payer:
        check_new_payer(provision, payer, from_day=payer_from, ends_on=ends_on)
        paid = {"payer": payer, "payer_from": payer_from}
    if payer_until:
        check_payer_stops(provision, until=payer_until)
        paid = {"payer_until": payer_until}
    PROVISION.move(provision, "change", by=by, address=address, locality=locality, task=task, ends_on=ends_on, **paid)
    if ends_on:
        call_off_after(provision.records, ends_on, by=by)
    return provision


def check_ends_on(provision: Provision, ends_on: date | None) -> None:
    if ends_on is None:
        return
    if ends_on < provision.starts_on:
        raise ValidationError({"ends_on": _("The last day must not be earlier than the first day.")})
    if provision.records.done().filter(starts_at__gte=moment(ends_on + DAY, datetime.min.time())).exists():
        raise ValidationError({"ends_on": _("A later visit is marked as done.")})


@transaction.atomic
def hand_over_service(
    provision: Provision, *, contract: Contract, worker: User | None, from_day: date, by: User, now: datetime
) -> Provision:
    """Let another provider or worker go on. What was given stays with whom it was; the limit goes on counting."""
    held = hold(provision.pk)
    if contract.basis.service_id != held.contract.basis.service_id or contract.unit != held.contract.unit:
        raise ValidationError({"contract": _("Choose a contract of the same service, counted alike.")})
    check_same_row(held.contract.basis, contract, on=from_day)
    check_runs(contract, from_day)
    check_row(contract.basis, from_day, None)
    check_worker(worker, contract, provision.case, on=from_day)
    PROVISION.move(provision, "hand_over", by=by, contract=contract, worker=worker)
    later = provision.records.planned().filter(starts_at__gte=moment(from_day, datetime.min.time()))
    for visit in later.order_by("pk"):
        RECORD.move(visit, "hand_over", by=by, contract=contract, worker=worker)
    return provision


# -- days without the service ---------------------------------------------------------------------------
@transaction.atomic
def suspend_service(
    provision: Provision, *, kind: str, first_day: date, last_day: date | None, note: str = "", by: User, now: datetime
) -> Suspension:
    """Record that the person is away, or suspend the service. Its visits are called off, and no fee runs."""
    hold(provision.pk)
    suspension = Suspension(
        provision=provision,
        kind=kind,
        first_day=first_day,
        last_day=last_day,
        note=note,
        recorded_by=by,
        recorded_at=now,
    )
    suspension.full_clean()
    PROVISION.move(provision, "suspend", by=by)
    visits = _visits_of(provision, first_day, last_day)
    if visits.done().exists():
        raise ValidationError({"first_day": _("A visit in this time is marked as done. Take that mark back first.")})
    suspension.save()
    call_off(visits, by=by)
    return suspension


@transaction.atomic
def end_suspension(provision: Provision, *, last_day: date, by: User, now: datetime) -> Suspension:
    """Write down the last day of an absence whose end was open or is another one."""
    hold(provision.pk)
    suspension = provision.suspensions.order_by("-first_day", "-pk").first()
    if suspension is None or last_day < suspension.first_day:
        raise ValidationError({"last_day": _("There is no absence that began before this day.")})
    PROVISION.move(provision, "end_suspension", by=by)
    if _visits_of(provision, suspension.first_day, last_day).done().exists():
        raise ValidationError({"last_day": _("A visit in this time is marked as done. Take that mark back first.")})
    suspension.last_day = last_day
    suspension.save(update_fields=["last_day"])
    call_off(_visits_of(provision, suspension.first_day, last_day), by=by)
    return suspension


def _visits_of(provision, first_day, last_day):
    rows = provision.records.filter(starts_at__gte=moment(first_day, datetime.min.time()))
    return rows.filter(starts_at__lt=moment(last_day + DAY, datetime.min.time())) if last_day else rows


@transaction.atomic
def end_service(provision: Provision, *, reason: str, last_day: date, by: User, now: datetime) -> Provision:
    """End it with its reason, such as a resignation, and call off what is planned after the last day."""
    hold(provision.pk)
    check_ends_on(provision, last_day)
    check_certificate(provision.case.resident_id, reason, last_day=last_day)
    words = str(Provision.EndReason(reason).label)
    PROVISION.move(provision, "end", by=by, reason=words, ends_on=last_day, end_reason=reason)
    call_off_after(provision.records, last_day, by=by)
    return provision


# -- what the person pays ---------------------------------------------------------------------------------
def fee_words(fee: FeeAssessment) -> str:
    """Return from which day a fee held and by what it was counted; the income itself stays out of the log."""
    by_what = _("by income") if fee.income is not None else _("by the programme")
    if fee.rate is not None:
        by_what = _("%(rate)s PLN") % {"rate": floatformat(fee.rate, 2)}
    words = _("from %(day)s %(by_what)s") % {"day": date_format(fee.valid_from, "j E Y"), "by_what": by_what}
    return _("%(words)s, relief %(percent)s%%") % {"words": words, "percent": fee.relief_percent}


@transaction.atomic
def set_fee(
    provision: Provision,
    *,
    valid_from: date,
    income: Decimal | None = None,
    rate: Decimal | None = None,
    relief_percent: int = 0,
    relief_reason: str = "",
    by: User,
    now: datetime,
) -> FeeAssessment:
    """Write down from which day the person pays by what. What held before ends the day before; settled months stay.

    What was set for that day or later goes; the log keeps what it was.
    """
    hold(provision.pk)
    settled = provision.lines.order_by("-settlement__month").values_list("settlement__month", flat=True).first()
    if settled and valid_from <= (settled + timedelta(days=31)).replace(day=1) - DAY:
        raise ValidationError(
            {"valid_from": _("This month is settled already: begin with a later one, and correct it.")}
        )
    replaced = provision.fee_assessments.filter(valid_from__gte=valid_from).order_by("valid_from")
    said = "; ".join(fee_words(one) for one in replaced)
    PROVISION.move(provision, "set_fee", by=by, reason=_("Instead of: %(fees)s") % {"fees": said} if said else "")
    replaced.delete()
    held = provision.fee_assessments.filter(Q(valid_to=None) | Q(valid_to__gte=valid_from))
    held.update(valid_to=valid_from - DAY)
    fee = FeeAssessment(
        provision=provision,
        valid_from=valid_from,
        income=income,
        rate=rate,
        relief_percent=relief_percent,
        relief_reason=relief_reason,
        recorded_by=by,
        recorded_at=now,
    )
    fee.full_clean()
    fee.save()
    return fee
