"""Waiting for a place at another institution: is there a list, who stands before whom, is a place left."""

from datetime import date

from django.db.models import Q, Sum

from coordination.filters import start_of
from coordination.models import Referral
from residents.models import GivenPlace
from residents.places import period_of
from services.models import ProgrammeService

S, Period = Referral.Status, ProgrammeService.CapacityPeriod
HELPED = (S.ACCEPTED, S.IN_PROGRESS, S.ON_HOLD)


def basis_of(referral: Referral, *, on: date) -> ProgrammeService | None:
    """Return the basis in force of the service that is asked for; without one the institution's own rules count."""
    return ProgrammeService.objects.current(referral.service_id, on) if referral.service_id else None


def keeps_list(referral: Referral, *, on: date) -> bool:
    return referral.service_id is None or service_keeps_list(referral.service_id, on=on)


def service_keeps_list(service_id: int, *, on: date) -> bool:
    basis = ProgrammeService.objects.current(service_id, on)
    return basis is None or basis.keeps_waiting_list


def waits_before(referral: Referral):
    """Return the referrals to the same receiver for the same service that were sent earlier and still wait."""
    return Referral.objects.filter(
        receiver=referral.receiver_id,
        service=referral.service_id,
        status=S.WAITLISTED,
        sent_at__lt=referral.sent_at,
    )


def position_of(referral: Referral, *, of_all: bool) -> int | None:
    """Return which one it is in the order of sending, or None where it does not wait: with_position()."""
    if referral.status != S.WAITLISTED:
        return None
    row = Referral.objects.filter(pk=referral.pk).with_position(of_all=of_all)
    return row.values_list("position", flat=True).get()


def is_full(referral: Referral, *, on: date) -> bool:
    """Tell whether the basis has no place left for this person; its row is held until the end of the transaction.

    A person whom the centre has given a place already takes no second one.
    """
    basis = basis_of(referral, on=on)
    if basis is None or basis.capacity is None or basis.capacity_period == Period.START:
        return False
    ProgrammeService.objects.select_for_update(no_key=True).get(pk=basis.pk)
    given = GivenPlace.objects.held(basis, period_of(basis, on))
    if given.filter(item__request__case=referral.case_id).exists():
        return False
    taken = given.aggregate(units=Sum("units", default=0))["units"]
    if basis.capacity_unit == ProgrammeService.CapacityUnit.PERSON:
        holders = given.exclude(item__request__case=None).values("item__request__case")
        helped = Referral.objects.filter(_helped_in(basis, on), service=referral.service_id)
        taken += helped.exclude(case__in=holders).exclude(case=referral.case_id).values("case").distinct().count()
    return taken >= basis.capacity


def _helped_in(basis, on) -> Q:
    """Return which accepted referrals take a place: of who is helped now, or began in this month, year, edition."""
    begins = {
        Period.MONTH: on.replace(day=1),
        Period.YEAR: on.replace(month=1, day=1),
        Period.EDITION: basis.valid_from,
    }.get(basis.capacity_period)
    if begins is None:
        return Q(status__in=HELPED)
    return Q(status__in=(*HELPED, S.COMPLETED), decided_at__gte=start_of(begins))
