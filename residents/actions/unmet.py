"""Keeping the register of unmet needs: each answer to a need opens its line, changes it or closes it.

What nobody was found for while a case was worked on comes here too, by the words of whoever tried to refer.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateField, F, Q, Sum
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.workflow import TransitionNotAllowed
from residents.models import (
    Case,
    GivenPlace,
    RefusalDecision,
    RequestItem,
    RequestParty,
    Resident,
    ServiceRequest,
    UnmetNeed,
)
from residents.places import period_of
from services.models import ProgrammeService, ServiceArea

Reason, Outcome = UnmetNeed.Reason, UnmetNeed.Outcome
Status, Ground = RequestItem.Status, RefusalDecision.Ground
# A refusal by any other ground leaves no need of this municipality unmet.
REFUSED = {
    Ground.GROUP: Reason.NOT_ELIGIBLE,
    Ground.CONDITION: Reason.NOT_ELIGIBLE,
    Ground.OTHER: Reason.NO_PROGRAMME,
}


@transaction.atomic
def keep_unmet(item: RequestItem, *, lacking: str = "", now: datetime) -> None:
    """Bring the register to what the need has come to. Safe to call again: a need has one line."""
    reason = lacking or reason_of(item, now=now)
    if reason:
        _open(item, reason, now=now)
    elif item.status == Status.QUALIFIED:
        _close(_same_need(item), Outcome.MET, now=now)
    else:
        ends = {Status.WITHDRAWN: Outcome.WITHDRAWN, Status.DISCONTINUED: Outcome.GONE}
        outcome = Outcome.CHANGED if _was_pointless(item) else ends.get(item.status, Outcome.CHANGED)
        _close(UnmetNeed.objects.filter(item=item), outcome, now=now)


def _was_pointless(item):
    """Tell whether a signed decision discontinued the need for another reason than a move away."""
    signed = RefusalDecision.objects.filter(item=item, signed_at__isnull=False)
    return item.status == Status.DISCONTINUED and signed.filter(ground=Ground.POINTLESS).exists()


def reason_of(item: RequestItem, *, now: datetime) -> str:
    """Return why the need as it stands is not met, or nothing."""
    match item.status:
        case Status.WAITLISTED | Status.OFFERED:
            return Reason.NO_PLACE if _is_full(item, now) else Reason.WAITING
        case Status.FORWARDED:
            return Reason.FORWARDED
        case Status.REFUSED:
            ground = RefusalDecision.objects.filter(item=item).values_list("ground", flat=True).first()
            return REFUSED.get(ground, "")
        case _:
            return ""


def _is_full(item, now):
    basis = ProgrammeService.objects.filter(pk=item.programme_service_id).exclude(capacity=None).first()
    if basis is None:
        return False
    held = GivenPlace.objects.held(basis, period_of(basis, timezone.localdate(now)))
    return held.aggregate(units=Sum("units", default=0))["units"] >= basis.capacity


def _open(item, reason, *, area=None, now):
    line = UnmetNeed.objects.filter(item=item).first()
    if line is None:
        others = _same_need(item).open().counted().exclude(item=item)
        line = UnmetNeed(
            item=item,
            opened_on=timezone.localdate(now),
            is_repeat=others.exists(),
            locality_id=_place_of(item.request_id),
        )
    line.reason, line.closed_on, line.outcome = reason, None, ""
    if line.service_id != item.service_id or line.pk is None:
        line.service_id, line.area = item.service_id, _area_of(item.service_id)
    line.area = line.area or area
    line.save()


def _area_of(service_id):
    return ServiceArea.objects.filter(services=service_id).order_by("number").first() if service_id else None


def _close(lines, outcome, *, now):
    on = timezone.localdate(now)
    lines.open().update(closed_on=Greatest(F("opened_on"), on, output_field=DateField()), outcome=outcome)


def _same_need(item):
    """Return the lines of this need, and of the same person's same service in other requests and in his cases."""
    return UnmetNeed.objects.filter(Q(item=item) | _of_the_person(item.request.resident_id, item.service_id))


def _of_the_person(resident_id, service_id):
    if not (resident_id and service_id):
        return Q(pk__in=())
    return _of_needs_and_cases({"request__resident": resident_id}, {"resident": resident_id}) & Q(service=service_id)


def _of_needs_and_cases(needs, cases):
    """Return the lines of these by number: the register of many years is not read through for a few of them."""
    items = RequestItem.objects.filter(**needs).values_list("pk", flat=True)
    return Q(item__in=list(items)) | Q(case__in=list(Case.objects.filter(**cases).values_list("pk", flat=True)))


def _place_of(request_id):
    """Return the place written on the request, of the person the help is for."""
    parties = {party.role: party.locality_id for party in RequestParty.objects.filter(request=request_id)}
    person = RequestParty.Role.PERSON
    return parties[person] if person in parties else parties.get(RequestParty.Role.APPLICANT)


# -- what a case needs ---------------------------------------------------------------------------
@transaction.atomic
def need_not_met(case: Case, reason: str, *, service=None, area=None, now: datetime) -> None:
    """Write down that nobody meets what a case needs: on its need where it was asked for, else on the case.

    What waits here for its turn stays as it is.
    """
    item = _asked_for(case, service, area)
    line = UnmetNeed.objects.filter(_of_the_case(case, item, service, area)).first()
    if line and line.closed_on is None and line.reason in UnmetNeed.WAITS:
        return
    if item:
        _open(item, reason, area=area, now=now)
        return
    if line is None:
        others = UnmetNeed.objects.open().counted().filter(_of_the_person(case.resident_id, service and service.pk))
        line = UnmetNeed(
            case=case,
            service=service,
            area=area or (_area_of(service.pk) if service else None),
            locality_id=_place_of_case(case),
            opened_on=timezone.localdate(now),
            is_repeat=others.exists(),
        )
    line.reason, line.closed_on, line.outcome = reason, None, ""
    line.save()


@transaction.atomic
def need_met(case: Case, *, service=None, area=None, now: datetime) -> None:
    """Close what is open for this need, of the case and of the same person elsewhere: it was met after all."""
    mine = _of_the_case(case, _asked_for(case, service, area), service, area)
    same = mine | _of_the_person(case.resident_id, service and service.pk)
    _close(UnmetNeed.objects.filter(same), Outcome.MET, now=now)


@transaction.atomic
def need_looked_at_again(case: Case, *, service=None, area=None, now: datetime) -> None:
    """Take back that nobody meets it: somebody may after all. What its own answer says of the need stands again."""
    item = _asked_for(case, service, area)
    if item and (reason := reason_of(item, now=now)):
        _open(item, reason, now=now)
    else:
        lines = UnmetNeed.objects.filter(_of_the_case(case, item, service, area), reason__in=UnmetNeed.GAPS)
        _close(lines, Outcome.CHANGED, now=now)


# -- what others asked the centre for --------------------------------------------------------------
def need_of_request_not_met(request: ServiceRequest, reason: str, *, area=None, now: datetime) -> None:
    """Write down that its only need is not met here. What is answered otherwise, or waits, stays as it is."""
    item = _only_need(request)
    if item and item.status in (Status.SUBMITTED, Status.QUALIFIED):
        _open(item, reason, area=area, now=now)


def need_of_request_looked_at_again(request: ServiceRequest, *, now: datetime) -> None:
    if item := _only_need(request):
        keep_unmet(item, now=now)


def need_of_somebody_not_met(line: UnmetNeed | None, reason: str, *, area=None, now: datetime) -> UnmetNeed:
    """Write down, in the line of the same asking if there is one, what was asked for somebody who has no request."""
    line = line or UnmetNeed(opened_on=timezone.localdate(now))
    line.reason, line.area, line.closed_on, line.outcome = reason, area or line.area, None, ""
    line.save()
    return line


def need_of_somebody_looked_at_again(line: UnmetNeed, *, now: datetime) -> None:
    _close(UnmetNeed.objects.filter(pk=line.pk), Outcome.CHANGED, now=now)
    line.refresh_from_db()


def _only_need(request):
    items = RequestItem.objects.filter(request=request).exclude(status=Status.WITHDRAWN).select_related("request")[:2]
    return items[0] if len(items) == 1 else None


def needs_gone(resident: Resident, *, now: datetime) -> None:
    """Close what was unmet of somebody who died or lives here no longer."""
    lines = _of_needs_and_cases({"request__resident": resident.pk}, {"resident": resident.pk})
    _close(UnmetNeed.objects.filter(lines), Outcome.GONE, now=now)


def needs_end_with_case(case: Case, *, now: datetime) -> None:
    """Close the lines of a closed case when its end says that nobody needs this here; else the need is still unmet."""
    ends = {Case.CloseReason.RESIGNED: Outcome.WITHDRAWN}
    ends |= dict.fromkeys((Case.CloseReason.DIED, Case.CloseReason.MOVED), Outcome.GONE)
    if outcome := ends.get(case.close_reason):
        lines = _of_needs_and_cases({"request__case": case.pk}, {"pk": case.pk})
        _close(UnmetNeed.objects.filter(lines), outcome, now=now)


def _asked_for(case, service, area):
    """Return the newest need of the case that names the service; without one, its only need in own words.

    Of what a need in own words is, its line may say already: then it is not meant by another area.
    """
    items = RequestItem.objects.filter(request__in=ServiceRequest.objects.behind(case)).select_related("request")
    found = list(items.exclude(status=Status.WITHDRAWN).filter(service=service).order_by("-pk")[:2])
    if service or len(found) != 1:
        return found[0] if service and found else None
    is_another = area and UnmetNeed.objects.filter(item=found[0]).exclude(area=None).exclude(area=area).exists()
    return None if is_another else found[0]


def _of_the_case(case, item, service, area):
    if item:
        return Q(item=item)
    same = Q(case__in=case.with_earlier(), service=service)
    return same if service or area is None else same & Q(area=area)


def _place_of_case(case):
    request = ServiceRequest.objects.behind(case).order_by("-received_on", "-pk").first()
    return (request and _place_of(request.pk)) or case.resident.locality_id


# -- of which kind it is -------------------------------------------------------------------------
@transaction.atomic
def say_kind(line: UnmetNeed, *, area: ServiceArea, by, now: datetime) -> UnmetNeed:
    """Say of which area a need in own words is: the register keeps the kind and none of the words."""
    require(by, "residents.classify_unmetneed", line)
    of_case = UnmetNeed.objects.filter(case=line.case_id, service=line.service_id, area=area).exclude(pk=line.pk)
    if line.case_id and of_case.exists():
        raise ValidationError({"area": _("A need of this kind of the same case is in the register already.")})
    line.area = area
    line.save(update_fields=["area"])
    record("unmetneed.kind", line, by=by)
    return line


# -- closed by hand --------------------------------------------------------------------------------
@transaction.atomic
def close_unmet(line: UnmetNeed, *, outcome: str, by, now: datetime) -> UnmetNeed:
    """Close the line by whoever made help possible, with all of the same person's same need; a mistake closes alone.

    Nothing is deleted, and the next answer that leaves the need unmet opens the line again.
    """
    require(by, "residents.close_unmetneed", line)
    held = UnmetNeed.objects.select_for_update(of=("self",), no_key=True).get(pk=line.pk)
    if not held.may_be_closed:
        raise TransitionNotAllowed(_("This line is closed already, or waits in the queue, which closes it by itself."))
    same = _same_person_and_need(held).open()
    if outcome == Outcome.MISTAKE:
        _close(UnmetNeed.objects.filter(pk=held.pk), outcome, now=now)
        _count_the_next(same.exclude(pk=held.pk), instead_of=held)
    else:
        _close(same.exclude(reason__in=UnmetNeed.WAITS), outcome, now=now)
    record("unmetneed.close", line, by=by, reason=Outcome(outcome).label)
    line.refresh_from_db()
    return line


def _same_person_and_need(line):
    resident = line.case.resident_id if line.case_id else line.item_id and line.item.request.resident_id
    return UnmetNeed.objects.filter(Q(pk=line.pk) | _of_the_person(resident, line.service_id))


def _count_the_next(others, *, instead_of):
    """Let the oldest repeat count, now that the line which counted for the person never should have."""
    if not instead_of.is_repeat and (oldest := others.order_by("opened_on", "pk").first()):
        UnmetNeed.objects.filter(pk=oldest.pk).update(is_repeat=False)
