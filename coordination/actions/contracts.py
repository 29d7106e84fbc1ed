"""What may be done with a provider's contract: agreed, enlarged, suspended, ended. What it gave stays on record."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.actions.visits import call_off_after
from coordination.models import Contract, Provision, ServiceRecord
from coordination.workflow import CONTRACT
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from services.models import Agreement

# A last day further ahead than a year is a slip of the finger.
END_IS_SEEN_AHEAD = timedelta(days=366)


@transaction.atomic
def agree_contract(contract: Contract, *, by: User) -> Contract:
    """Put a line of an agreement on record. Volunteers have none: what they do is no service that anybody pays."""
    require(by, "coordination.add_contract")
    check_agreement(contract.agreement, contract.valid_from, contract.valid_to)
    contract.full_clean()
    check_unit(contract)
    contract.save()
    record("contract.add", contract, by=by)
    return contract


def check_unit(contract: Contract) -> None:
    """Count by the contract what the programme counts of one person: else nobody could hold that limit."""
    counted = contract.basis.person_unit
    if counted and contract.unit != counted:
        words = {"unit": contract.basis.get_person_unit_display()}
        raise ValidationError({"unit": _("The programme has a limit for one person: count in “%(unit)s”.") % words})


def check_agreement(agreement: Agreement, valid_from: date, valid_to: date | None) -> None:
    if agreement.kind == Agreement.Kind.VOLUNTEERS:
        raise ValidationError(
            {"agreement": _("Volunteers work without a contract of services: write a supporting action.")}
        )
    last = agreement.valid_to
    if valid_from < agreement.valid_from or (last and (valid_to is None or valid_to > last)):
        raise ValidationError({"valid_to": _("The days lie within the days of the agreement.")})


@transaction.atomic
def enlarge_contract(contract: Contract, *, units: Decimal, reason: str, by: User, now: datetime) -> Contract:
    """Add units by an annex; a contract never gets smaller than what was agreed."""
    if units <= 0:
        raise ValidationError({"units": _("Write how many units are added.")})
    CONTRACT.move(contract, "enlarge", by=by, reason=reason, units=contract.units + units)
    return contract


@transaction.atomic
def suspend_contract(contract: Contract, *, reason: str, by: User, now: datetime) -> Contract:
    """Stop what is given by it for a time: no visit is marked as done meanwhile."""
    CONTRACT.move(contract, "suspend", by=by, reason=reason)
    tell_coordinators(contract, by=by)
    return contract


def services_of(contract: Contract):
    """Return what is given by it, also what another contract takes over on a later day."""
    planned = ServiceRecord.objects.planned().filter(contract=contract).values("provision")
    return Provision.objects.filter(Q(contract=contract) | Q(pk__in=planned))


def tell_coordinators(contract: Contract, *, by: User) -> None:
    """Write to who coordinates the cases whose services it gave: somebody else has to come, and the person to know."""
    given = services_of(contract).active().order_by().values("case__coordinator")
    path = f"{reverse('admin:coordination_provision_changelist')}?contract=over"
    facts = {"number": contract.agreement.number, "institution": contract.agreement.institution.name, "path": path}
    for person in User.objects.filter(pk__in=given, is_active=True).exclude(pk=by.pk).order_by("pk"):
        key = f"contract_stops:{contract.pk}:{contract.version}:{person.pk}"
        notify(person, "contract_stops", dedupe_key=key, about=contract, **facts)


@transaction.atomic
def resume_contract(contract: Contract, *, by: User, now: datetime) -> Contract:
    CONTRACT.move(contract, "resume", by=by)
    return contract


@transaction.atomic
def end_contract(contract: Contract, *, last_day: date, reason: str, by: User, now: datetime) -> Contract:
    """End it on a day. Visits planned after it are called off; the services that it gave wait for another provider."""
    if last_day < contract.valid_from:
        raise ValidationError({"last_day": _("The last day must not be earlier than the first day.")})
    ends = (contract.valid_to, contract.agreement.valid_to, timezone.localdate(now) + END_IS_SEEN_AHEAD)
    latest = min(day for day in ends if day)
    if last_day > latest:
        words = {"day": date_format(latest, "j E Y")}
        raise ValidationError({"last_day": _("The last day is %(day)s at the latest.") % words})
    services = list(services_of(contract).select_for_update(of=("self",), no_key=True).order_by("pk"))
    CONTRACT.move(contract, "end", by=by, reason=reason, valid_to=last_day)
    tell_coordinators(contract, by=by)
    call_off_after(ServiceRecord.objects.filter(contract=contract, provision__in=services), last_day, by=by)
    return contract


def check_runs(contract: Contract, day: date) -> None:
    """Refuse to give something by a contract that is suspended or not in force on the day."""
    if contract.status != Contract.Status.ACTIVE or not contract.runs_on(day):
        raise ValidationError({"contract": _("This contract is not in force on %(day)s.") % {"day": f"{day:%d.%m.%Y}"}})


def check_lasts(contract: Contract, ends_on: date | None) -> None:
    """Refuse a last day on which the contract does not run any more: another one goes on from there."""
    if ends_on and not contract.runs_on(ends_on):
        words = {"day": f"{ends_on:%d.%m.%Y}"}
        raise ValidationError({"ends_on": _("This contract is not in force on %(day)s.") % words})
