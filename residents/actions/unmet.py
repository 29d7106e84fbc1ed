"""Keeping the register of unmet needs: each answer to a need opens its line, changes it or closes it."""

from datetime import datetime

from django.db import transaction
from django.db.models import DateField, F, Q, Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.models import GivenPlace, RefusalDecision, RequestItem, RequestParty, UnmetNeed
from residents.places import period_of
from services.models import ProgrammeService, ServiceArea

Reason, Outcome = UnmetNeed.Reason, UnmetNeed.Outcome
Status, Ground = RequestItem.Status, RefusalDecision.Ground
# A refusal by any other ground leaves no need of this municipality unmet.
NOT_COVERED = (Ground.GROUP, Ground.CONDITION, Ground.OTHER)


@transaction.atomic
def keep_unmet(item: RequestItem, *, lacking: str = "", now: datetime) -> None:
    """Bring the register to what the need has come to. Safe to call again: a need has one line."""
    reason = lacking or reason_of(item, now=now)
    if reason:
        _open(item, reason, now=now)
    elif item.status == Status.QUALIFIED:
        _close(_same_need(item), Outcome.MET, now=now)
    else:
        outcome = Outcome.WITHDRAWN if item.status == Status.WITHDRAWN else Outcome.CHANGED
        _close(UnmetNeed.objects.filter(item=item), outcome, now=now)


def reason_of(item: RequestItem, *, now: datetime) -> str:
    """Return why the need as it stands is not met, or nothing."""
    match item.status:
        case Status.WAITLISTED | Status.OFFERED:
            return Reason.NO_PLACE if _is_full(item, now) else Reason.WAITING
        case Status.FORWARDED:
            return Reason.FORWARDED
        case Status.REFUSED:
            ground = RefusalDecision.objects.filter(item=item).values_list("ground", flat=True).first()
            return Reason.NO_PROGRAMME if ground in NOT_COVERED else ""
        case _:
            return ""


def _is_full(item, now):
    basis = ProgrammeService.objects.filter(pk=item.programme_service_id).exclude(capacity=None).first()
    if basis is None:
        return False
    held = GivenPlace.objects.held(basis, period_of(basis, timezone.localdate(now)))
    return held.aggregate(units=Sum("units", default=0))["units"] >= basis.capacity


def _open(item, reason, *, now):
    on = timezone.localdate(now)
    line = UnmetNeed.objects.filter(item=item).first()
    if line is None:
        others = _same_need(item).open().counted().exclude(item=item)
        line = UnmetNeed(item=item, opened_on=on, is_repeat=others.exists(), locality_id=_place_of(item))
    line.reason, line.closed_on, line.outcome = reason, None, ""
    if line.service_id != item.service_id or line.pk is None:
        areas = ServiceArea.objects.filter(services=item.service_id).order_by("number") if item.service_id else ()
        line.service_id, line.area = item.service_id, next(iter(areas), None)
    line.save()


def _close(lines, outcome, *, now):
    on = timezone.localdate(now)
    lines.open().update(closed_on=Greatest(F("opened_on"), on, output_field=DateField()), outcome=outcome)


def _same_need(item):
    """Return the lines of this need, and of the same person's same service in other requests."""
    same = Q(item=item)
    if item.service_id and item.request.resident_id:
        same |= Q(item__request__resident=item.request.resident_id, service=item.service_id)
    return UnmetNeed.objects.filter(same)


def _place_of(item):
    """Return the place written on the request, of the person the help is for."""
    parties = {party.role: party.locality_id for party in RequestParty.objects.filter(request=item.request_id)}
    person = RequestParty.Role.PERSON
    return parties[person] if person in parties else parties.get(RequestParty.Role.APPLICANT)


@transaction.atomic
def say_kind(line: UnmetNeed, *, area: ServiceArea, by, now: datetime) -> UnmetNeed:
    """Say of which area a need in own words is: the register keeps the kind and none of the words."""
    require(by, "residents.classify_unmetneed", line)
    line.area = area
    line.save(update_fields=["area"])
    record("unmetneed.kind", line, by=by)
    return line
