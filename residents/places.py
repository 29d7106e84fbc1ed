"""How full the services are: counted from the needs and handed down to the catalogue, which only shows it."""

from datetime import datetime, time, timedelta
from statistics import median

from django.db.models import Count, Q
from django.utils import timezone

from residents.models import Case, RequestItem
from services.models import BasisLoad, ProgrammeService

Status, Period = RequestItem.Status, ProgrammeService.CapacityPeriod
# A typical wait is told from the last decisions of a year, and not from a handful, which would tell of people.
LAST_DECISIONS, FEWEST = 50, 5
YEAR = timedelta(days=365)


def count_places(basis_ids, *, now: datetime) -> None:
    """Count places taken, people who wait and the typical wait of these bases, and keep it for the catalogue."""
    bases = ProgrammeService.objects.filter(pk__in=[pk for pk in basis_ids if pk])
    loads = [_load(basis, now) for basis in bases]
    BasisLoad.objects.bulk_create(
        loads,
        update_conflicts=True,
        unique_fields=["basis"],
        update_fields=["taken", "waiting", "typical_wait", "counted_at"],
    )


def count_all_places(*, now: datetime) -> None:
    """Count every basis under which somebody asked: a new month or year frees its places without any decision."""
    asked = RequestItem.objects.exclude(programme_service=None).values_list("programme_service", flat=True).distinct()
    count_places(asked.order_by(), now=now)


def _load(basis, now):
    items = RequestItem.objects.filter(programme_service=basis)
    living = Q(request__resident__died_on=None)
    counted = items.aggregate(
        taken=Count("pk", filter=Q(status=Status.QUALIFIED) & living & _still_taken(basis, now)),
        waiting=Count("pk", filter=Q(status=Status.WAITLISTED)),
    )
    return BasisLoad(basis=basis, typical_wait=_typical_wait(items, now), counted_at=now, **counted)


def _still_taken(basis, now):
    """Return which qualified needs hold a place: those of this month or year, or those whose case is still open."""
    today = timezone.localdate(now)
    match basis.capacity_period:
        case Period.MONTH:
            return Q(decided_at__gte=_midnight(today.replace(day=1)))
        case Period.YEAR:
            return Q(decided_at__gte=_midnight(today.replace(month=1, day=1)))
        case Period.EDITION:
            return Q()
        case _:
            return Q(request__case=None) | Q(request__case__status=Case.Status.OPEN)


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def _typical_wait(items, now):
    """Return the median of the last waits in days, from receipt to a place, or None where there were too few."""
    decided = items.filter(status=Status.QUALIFIED, decided_at__gte=now - YEAR).order_by("-decided_at", "-pk")
    waits = [
        (timezone.localdate(decided_at) - received_on).days
        for received_on, decided_at in decided.values_list("request__received_on", "decided_at")[:LAST_DECISIONS]
    ]
    return round(median(waits)) if len(waits) >= FEWEST else None
