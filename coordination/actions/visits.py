"""Visits: planned, marked once by who was there, called off, taken back, objected to by the person.

Whoever writes a visit first holds the person's service. A form that is sent twice has one effect: its key is known.
"""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Contract, Provision, ServiceRecord, Suspension
from coordination.workflow import PROVISION, RECORD
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.notifications.outbox import notify
from residents.models import Case
from residents.places import period_word
from services.models import ProgrammeService

Status, Fault, Confirmation = ServiceRecord.Status, ServiceRecord.Fault, ServiceRecord.Confirmation
UNMARKED = {
    "fault": "",
    "paid_units": 0,
    "surplus_units": 0,
    "surplus_reason": "",
    "confirmation": "",
    "confirmed_by": "",
    "marked_at": None,
    "marked_by": None,
}
DAY = timedelta(days=1)
LONGEST_PLAN = timedelta(days=92)
HALVES_OF_AN_HOUR = timedelta(minutes=30)
REFUSED = {
    "nobody_gets_more_than_was_given": gettext_lazy(
        "The person's limit for this time does not hold that much. Call the centre: they write down what was beyond it."
    ),
    "nobody_gets_more_than_a_programme_gives_one": gettext_lazy(
        "The programme gives one person no more than that in this time. Call the centre: they write down what was "
        "beyond it."
    ),
    "no_contract_gives_more_than_it_has": gettext_lazy(
        "The contract of the provider does not hold that much any more. Call the centre."
    ),
    "no_hour_of_a_person_is_paid_twice": gettext_lazy(
        "Another service of this person is written down for the same time. One hour is paid once."
    ),
    "a_settled_month_stays": gettext_lazy("This month is settled. What was wrong is corrected in its settlement."),
}


@contextmanager
def said_in_words():
    """Say in words what the database refuses."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(error.__cause__.diag, "constraint_name", "") or ""
        if name not in REFUSED:
            raise
        raise ValidationError(REFUSED[name]) from error


def hold(provision_id: int) -> Provision:
    """Hold the service of a person until the end of the transaction, as everybody does who writes its visits."""
    rows = Provision.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("case__resident", "contract__basis").get(pk=provision_id)


def moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


def span(day: date, begins: time, ends: time) -> tuple[datetime, datetime]:
    """Return from when to when, on the clock in Poland; what ends before it begins ends on the next day."""
    return moment(day, begins), moment(day if ends > begins else day + DAY, ends)


def units_between(unit: str, starts_at: datetime, ends_at: datetime) -> Decimal:
    """Return how much a visit counts for: hours as they passed, in the night of the clock change too."""
    if unit != Contract.Unit.HOUR:
        return Decimal(1)
    halves, rest = divmod(ends_at.astimezone(UTC) - starts_at.astimezone(UTC), HALVES_OF_AN_HOUR)
    if rest or halves <= 0:
        raise ValidationError(_("Whole or half hours are counted: write from when to when, like 8:00 and 9:30."))
    return Decimal(halves) / 2


def check_day(provision: Provision, contract: Contract, day: date) -> None:
    """Refuse a visit on a day on which the service is not given, or nobody has agreed to pay for it."""
    if words := why_not(provision, contract, Known.of(provision, contract), day):
        raise ValidationError(words)


@dataclass(frozen=True)
class Known:
    """What is asked once, however many days are looked at: the days away, and the rows by which the service goes on."""

    away: list[Suspension]
    rows: list[ProgrammeService]

    @classmethod
    def of(cls, provision: Provision, contract: Contract) -> "Known":
        return cls(list(provision.suspensions.all()), list(contract.basis.in_turn()))


def why_not(provision: Provision, contract: Contract, known: Known, day: date) -> str:
    """Return why no visit can be on the day, or nothing."""
    died_on = provision.case.resident.died_on
    if day < provision.starts_on or (provision.ends_on and day > provision.ends_on) or (died_on and day > died_on):
        return _("The service is not given on this day.")
    if not contract.runs_on(day):
        return _("The contract of the provider is not in force on this day. Another provider has to go on.")
    if not any(row.covers(day) for row in known.rows):
        return _("The programme is not in force on this day. A contract of the next one has to go on.")
    if any(one.first_day <= day and (one.last_day is None or day <= one.last_day) for one in known.away):
        return _("The service is suspended on this day, or the person is away.")
    return ""


# -- planning -------------------------------------------------------------------------------------
class Planned(list[ServiceRecord]):
    """The visits planned, and how many of the days asked for were left out, by the reason."""

    left_out: Counter[str]


@transaction.atomic
def plan_visits(
    provision: Provision,
    *,
    weekdays: list[int],
    first_day: date,
    last_day: date,
    begins: time,
    ends: time,
    by: User,
    now: datetime,
) -> Planned:
    """Plan visits on these days of the week (0 is Monday) on which one can be; those already planned stay."""
    if last_day < first_day or last_day - first_day > LONGEST_PLAN:
        raise ValidationError({"last_day": _("Plan for three months at most.")})
    PROVISION.move(provision, "plan_visits", by=by)
    held = hold(provision.pk)
    known = set(held.records.exclude(status=Status.CALLED_OFF).values_list("starts_at", flat=True))
    terms = Known.of(held, held.contract)
    days = [first_day + DAY * number for number in range((last_day - first_day).days + 1)]
    asked = {day: why_not(held, held.contract, terms, day) for day in days if day.weekday() in weekdays}
    spans = [span(day, begins, ends) for day, reason in asked.items() if not reason]
    spans = [found for found in spans if found[0] not in known]
    left_out = Counter(reason for reason in asked.values() if reason)
    if not spans:
        raise ValidationError([_("There is no day to plan here."), *left_out])
    made = Planned(ServiceRecord.objects.create(**new_visit(held, *found)) for found in spans)
    made.left_out = left_out
    _check_plan(held, {one.period for one in made})
    return made


def new_visit(provision: Provision, starts_at: datetime, ends_at: datetime) -> dict:
    """Return the columns of a planned visit."""
    unit = provision.contract.unit
    return {
        "provision": provision,
        "contract": provision.contract,
        "resident": provision.case.resident,
        "worker_id": provision.worker_id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "period": period_word(provision.period, timezone.localdate(starts_at)),
        "unit": unit,
        "units": units_between(unit, starts_at, ends_at),
    }


def _check_plan(provision, periods):
    """Refuse to plan more than was given: what is planned and done together."""
    rows = provision.records.filter(period__in=periods, status__in=(Status.PLANNED, Status.DONE))
    sums = rows.order_by().values("period").annotate(sum=Sum("units"))
    most = max(row["sum"] for row in sums)
    if most > provision.units:
        text = _("That would be %(planned)s together with what is planned already; %(given)s was given.")
        raise ValidationError(text % {"planned": floatformat(most, -1), "given": floatformat(provision.units, -1)})


def call_off_after(records, last_day: date, *, by: User) -> None:
    call_off(records.filter(starts_at__gte=moment(last_day + DAY, time.min)), by=by)


def call_off(records, *, by: User) -> None:
    """Call planned visits off. The caller holds their services."""
    for one in records.planned().order_by("pk"):
        RECORD.move(one, "call_off", by=by)


# -- marking --------------------------------------------------------------------------------------
@transaction.atomic
def mark_done(
    record: ServiceRecord,
    *,
    key: UUID,
    begins: time | None = None,
    ends: time | None = None,
    confirmation: str = "",
    confirmed_by: str = "",
    by: User,
    now: datetime,
) -> ServiceRecord:
    """Write down that the visit took place, as planned or from when to when it did, and who confirms it."""
    provision = hold(record.provision_id)
    if _is_known(record, key):
        return record
    day = timezone.localdate(record.starts_at)
    starts_at, ends_at = span(day, begins, ends) if begins and ends else (record.starts_at, record.ends_at)
    check_may_mark(record, by=by, now=now)
    if starts_at > now:
        raise ValidationError(_("This visit has not begun yet."))
    if ends_at != record.ends_at:
        check_is_over(ends_at, now)
    contract = Contract.objects.select_related("basis").get(pk=record.contract_id)
    check_day(provision, contract, day)
    if contract.status == Contract.Status.SUSPENDED:
        raise ValidationError(_("The contract of the provider is suspended. Call the centre."))
    check_confirmation(confirmation, confirmed_by)
    units = units_between(record.unit, starts_at, ends_at)
    with said_in_words():
        RECORD.move(
            record,
            "done",
            by=by,
            starts_at=starts_at,
            ends_at=ends_at,
            units=units,
            paid_units=units,
            confirmation=confirmation,
            confirmed_by=confirmed_by,
            key=key,
            marked_at=now,
            marked_by=by,
        )
    return record


def check_is_over(ends_at: datetime, now: datetime) -> None:
    """Refuse times that nobody had planned as long as they are not over: they say how long the visit was."""
    if ends_at > now:
        raise ValidationError({"ends": _("This hour is still to come. Write the visit down when it is over.")})


def check_confirmation(confirmation: str, confirmed_by: str) -> None:
    """Ask for a name where somebody confirms for the person, and only there."""
    if confirmation == Confirmation.OTHER and not confirmed_by:
        raise ValidationError({"confirmed_by": _("Write who confirms for the person.")})
    if confirmed_by and confirmation != Confirmation.OTHER:
        raise ValidationError({"confirmation": _("You wrote a name: choose that somebody else confirms.")})


@transaction.atomic
def mark_not_done(
    record: ServiceRecord, *, key: UUID, fault: str, reason: str = "", by: User, now: datetime
) -> ServiceRecord:
    """Write down that the visit did not take place, and by whose fault. Nobody pays, unless the contract says so."""
    hold(record.provision_id)
    if _is_known(record, key):
        return record
    check_may_mark(record, by=by, now=now)
    is_paid = fault == Fault.PERSON and record.contract.pays_no_show
    with said_in_words():
        RECORD.move(
            record,
            "not_done",
            by=by,
            fault=fault,
            paid_units=record.units if is_paid else 0,
            key=key,
            marked_at=now,
            marked_by=by,
        )
    _say(record, reason)
    return record


def _say(record, reason):
    """Keep what happened with the visit, and out of the log: the move has a reason of its own."""
    record.reason = reason[:300]
    record.save(update_fields=["reason"])


@transaction.atomic
def write_visit(
    provision: Provision,
    *,
    day: date,
    begins: time,
    ends: time,
    key: UUID,
    confirmation: str = "",
    confirmed_by: str = "",
    by: User,
    now: datetime,
) -> ServiceRecord:
    """Write down a visit that nobody had planned: from a card on paper, or by the worker who was there."""
    held = hold(provision.pk)
    if (known := ServiceRecord.objects.filter(key=key, provision=held).first()) is not None:
        return known
    check_day(held, held.contract, day)
    starts_at, ends_at = span(day, begins, ends)
    check_is_over(ends_at, now)
    PROVISION.move(provision, "write_visit", by=by)
    with said_in_words():
        record = ServiceRecord.objects.create(**new_visit(held, starts_at, ends_at))
        return mark_done(record, key=key, confirmation=confirmation, confirmed_by=confirmed_by, by=by, now=now)


@transaction.atomic
def take_back_mark(record: ServiceRecord, *, reason: str, by: User, now: datetime) -> ServiceRecord:
    """Make a visit that was marked wrongly a planned one again, as long as its month is not settled."""
    hold(record.provision_id)
    check_may_mark(record, by=by, now=now)
    with said_in_words():
        RECORD.move(record, "take_back", by=by, reason=reason, **UNMARKED)
    _say(record, "")
    return record


@transaction.atomic
def record_surplus(
    record: ServiceRecord, *, units: Decimal, surplus_reason: str, by: User, now: datetime
) -> ServiceRecord:
    """Write down what a visit took beyond what is counted: nobody pays it, and no limit or contract holds it."""
    hold(record.provision_id)
    if units * 2 % 1:
        raise ValidationError({"units": _("Units are counted in halves.")})
    if not units and surplus_reason:
        raise ValidationError({"units": _("Without an amount there is no reason to write. Leave it empty.")})
    if units and not surplus_reason:
        raise ValidationError({"surplus_reason": _("Write why it was more.")})
    with said_in_words():
        RECORD.move(record, "surplus", by=by, surplus_units=units, surplus_reason=surplus_reason)
    return record


def check_may_mark(record: ServiceRecord, *, by: User, now: datetime) -> None:
    """Refuse a provider's worker who comes later than the next day: after it the office writes what was."""
    require(by, "coordination.mark_visit", record)
    day, today = timezone.localdate(record.starts_at), timezone.localdate(now)
    if day > today:
        raise ValidationError(_("This visit has not begun yet."))
    if day < today - DAY and not by.has_perm("coordination.arrange_service", record):
        raise ValidationError(_("This visit is older than a day. Call the centre: they write it down."))


def _is_known(record, key):
    """Tell whether this very form has had its effect already."""
    return ServiceRecord.objects.filter(pk=record.pk, key=key).exclude(status=Status.PLANNED).exists()


# -- what the person says -----------------------------------------------------------------------------
@transaction.atomic
def object_to_visit(record: ServiceRecord, *, text: str, by, now: datetime) -> ServiceRecord:
    """Write down that the person says it was otherwise; the month is not settled before somebody answers.

    The coordinator learns of it; of what is said after the case is closed the organisers, too.
    """
    require(by, "coordination.object_record", record)
    if record.objected_at:
        raise ValidationError(_("We know already that you say it was otherwise. We will answer."))
    RECORD.move(record, "object", by=by, objection=text[:600], objected_at=now)
    provision, on = record.provision, timezone.localdate(now)
    case = Case.objects.select_related("coordinator").get(pk=provision.case_id)
    organisers = User.objects.holding(Role.ORGANISER, on=on) if case.status == Case.Status.CLOSED else []
    for person in {case.coordinator, *organisers}:
        key, path = f"visit_objection:{record.pk}:{person.pk}", provision.get_absolute_url()
        notify(person, "visit_objection", dedupe_key=key, about=provision, number=case.case_sign, path=path)
    return record


@transaction.atomic
def answer_objection(record: ServiceRecord, *, answer: str, by: User, now: datetime) -> ServiceRecord:
    """Answer what the person says. Where he is right, the mark is taken back and written anew."""
    if not record.objected_at or record.objection_answered_at:
        raise ValidationError(_("There is no objection to answer."))
    RECORD.move(record, "answer", by=by, objection_answer=answer[:600], objection_answered_at=now)
    return record
