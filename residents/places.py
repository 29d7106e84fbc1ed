"""How full the services are: counted from the needs and handed down to the catalogue, which only shows it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from residents.models import GivenPlace, QueuePlace, RequestItem
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


def count_places_of(items: Iterable[RequestItem], *, now: datetime) -> None:
    """Count the rows of these needs: what was asked for, and where each waits or has its place since it was carried."""
    found = RequestItem.objects.filter(pk__in=[item.pk for item in items])
    rows = found.values_list("programme_service", "queue_place__basis", "given_place__basis")
    count_places({pk for row in rows for pk in row}, now=now)


def count_all_places(*, now: datetime) -> None:
    """Count every basis under which somebody asked: a new month or year frees its places without any decision."""
    asked = RequestItem.objects.exclude(programme_service=None).order_by().values_list("programme_service")
    count_places({pk for (pk,) in asked.union(QueuePlace.objects.order_by().values_list("basis"))}, now=now)


def _load(basis, now):
    items = RequestItem.objects.filter(programme_service=basis)
    held = GivenPlace.objects.held(basis, period_of(basis, timezone.localdate(now)))
    if basis.capacity_period == Period.START:
        held = held.none()  # what one person has taken leaves the limit of another as it is
    return BasisLoad(
        basis=basis,
        taken=ceil(held.aggregate(units=Sum("units", default=0))["units"]),
        waiting=QueuePlace.objects.waiting().filter(basis=basis).count(),
        typical_wait=_typical_wait(items, now),
        counted_at=now,
    )


def full_services(on) -> dict[int, ProgrammeService]:
    """Return {service: its basis of the day, with its load} of those where nobody new gets a place at once."""
    rows = ProgrammeService.objects.in_force(on)
    gone = Q(load__taken__gte=F("capacity")) & ~Q(capacity_period=Period.START)
    full = rows.filter(gone | Q(load__waiting__gt=0))
    current = rows.filter(service__in=full.values("service")).order_by("service_id", "-valid_from", "pk")
    gone_from = set(full.values_list("pk", flat=True))
    bases = current.distinct("service_id").select_related("load")
    return {basis.service_id: basis for basis in bases if basis.pk in gone_from}


def period_for(item, basis, on) -> str:
    """Return in which time a place given to this need counts: of the row, or of the person's own year."""
    if basis.capacity_period != Period.START:
        return period_of(basis, on)
    person = item.request.resident_id
    if person is None:
        raise ValidationError(_("Say first who the person is: the limit runs from the person's own start."))
    since = (on - relativedelta(years=1)).isoformat()
    mine = GivenPlace.objects.holding().filter(basis=basis, item__request__resident=person)
    running = mine.filter(period__gt=since, period__lte=on.isoformat()).exclude(item=item)
    return running.order_by("period").values_list("period", flat=True).first() or on.isoformat()


def period_of(basis, on) -> str:
    """Return the word of the month, year or edition in which a place given on the day counts."""
    return period_word(basis.capacity_period, on)


def period_word(period, on) -> str:
    match period:
        case Period.MONTH:
            return f"{on:%Y-%m}"
        case Period.YEAR:
            return f"{on:%Y}"
        case Period.EDITION:
            return "edition"
        case _:
            return ""


def _typical_wait(items, now):
    """Return the median of the last waits in days, from receipt to a place, or None where there were too few."""
    decided = items.filter(status=Status.QUALIFIED, decided_at__gte=now - YEAR).order_by("-decided_at", "-pk")
    waits = [
        (timezone.localdate(decided_at) - received_on).days
        for received_on, decided_at in decided.values_list("request__received_on", "decided_at")[:LAST_DECISIONS]
    ]
    return round(median(waits)) if len(waits) >= FEWEST else None
