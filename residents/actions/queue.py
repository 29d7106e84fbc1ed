"""The queue of a programme row: joining, being offered a place in order, answering, waiting on, coming back.

Whoever gives a place holds the programme row until the end of the transaction: of two people who give the last one,
the second waits, and then finds none. The limit itself is held by the database (GivenPlace).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from cus_portal.accounts.actors import SystemActor
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from residents.actions.acting import check_filer
from residents.actions.unmet import keep_unmet
from residents.models import GivenPlace, QueueEvent, QueuePlace, RequestItem
from residents.models.queue import ASKED_EVERY
from residents.places import count_places, period_for
from residents.workflow import ITEM
from services.models import ProgrammeService
from services.units import limit_of_one

What = QueueEvent.What
STANDING = ("basis_id", "is_preferred", "moved_at", "received_on", "complete_at")


# -- what the decisions on a need call ------------------------------------------------------------
def standing_of(item: RequestItem, *, on: date) -> QueuePlace | None:
    """Return where the need stands or would stand; None for a need that hangs on no programme row."""
    if place := QueuePlace.objects.filter(item=item).select_related("basis").first():
        return place
    if item.programme_service_id is None:
        return None
    answered = item.pauses.aggregate(last=Max("question__answered_at"))["last"]
    place = _by_filing(item, item.programme_service, answered)
    place.asked_on = on
    return place


def ahead_of(place: QueuePlace) -> list[QueuePlace]:
    """Return whom a place given here would pass over, in order: who waits, and who has no answer yet."""
    waiting = QueuePlace.objects.waiting().ready().before(place).exclude(item=place.item_id).select_related("item")
    undecided = [one for one in _undecided(place.basis) if one.item_id != place.item_id and one.key < place.key]
    return sorted([*waiting, *undecided], key=lambda one: one.key)


def _undecided(basis):
    """Return where the complete needs without an answer would stand. Where nothing runs out, they lose nothing."""
    if basis.capacity is None or basis.capacity_period == ProgrammeService.CapacityPeriod.START:
        return []
    here = Q(queue_place__basis=basis) | Q(queue_place=None, programme_service=basis)  # a queue may have been carried
    items = RequestItem.objects.undecided().ready().filter(here)
    items = items.select_related("request", "queue_place").annotate(answered=Max("pauses__question__answered_at"))
    return [getattr(item, "queue_place", None) or _by_filing(item, basis, item.answered) for item in items]


def _by_filing(item, basis, answered):
    """Return the place that the request gives the need; it is complete with the last answer to a question about it."""
    request = item.request
    complete = max(filter(None, [request.created_at, answered]))
    return QueuePlace(item=item, basis=basis, received_on=request.received_on, complete_at=complete)


def join_queue(item: RequestItem, *, is_preferred: bool, by, now: datetime) -> None:
    """Let the need wait in its row, at the place that its request gives it."""
    place = standing_of(item, on=timezone.localdate(now))
    if place is None:
        return
    if is_preferred and not place.basis.preference:
        raise ValidationError({"is_preferred": _("This programme prefers nobody: the order of requests decides.")})
    place.is_preferred = is_preferred
    place.save()
    _log(place, What.JOINED, waits=True, by=by, now=now, reason=place.basis.preference if is_preferred else "")


def take_place(
    item: RequestItem, *, units: Decimal, skip_reason: str, what: str, by, now: datetime
) -> QueuePlace | None:
    """Hold a place of the row for this need, if it is the first in order and one is free.

    Whoever is passed over stands in the log, with the reason.
    """
    on = timezone.localdate(now)
    place = standing_of(item, on=on)
    if place is None:
        return None
    basis = ProgrammeService.objects.select_for_update(no_key=True).get(pk=place.basis_id)
    if not ProgrammeService.objects.in_force(on).filter(pk=basis.pk).exists():
        raise ValidationError(
            _("The programme row is not in force on this day. The need keeps its place until the next edition.")
        )
    ahead = ahead_of(place)
    if ahead and not skip_reason.strip():
        text = _("Others stand before this need (%(count)s). Give the first of them the place, or write why not.")
        raise ValidationError({"skip_reason": text % {"count": len(ahead)}})
    _hold(item, basis, units=units, on=on, now=now)
    for passed in ahead:
        waits = passed.item.status == RequestItem.Status.WAITLISTED
        _log(passed, What.SKIPPED, waits=waits, by=by, now=now, reason=skip_reason[:300], instead=item)
    _log(place, what, waits=False, by=by, now=now, reason=skip_reason[:300] if ahead else "")
    return place


def _hold(item, basis, *, units, on, now):
    if basis.person_unit == basis.capacity_unit and item.request.resident_id is None:
        raise ValidationError(_("Say first who the person is: this programme has a limit for one person."))
    held = {"basis": basis, "period": period_for(item, basis, on), "units": units, "given_at": now}
    try:
        with transaction.atomic():
            GivenPlace.objects.update_or_create(item=item, defaults=held)
    except IntegrityError as error:
        name = getattr(error.__cause__.diag, "constraint_name", "")
        if name == "one_person_stays_in_the_limit":
            most = limit_of_one(basis.person_units, basis.person_unit, basis.person_period)
            words = _("The programme gives one person %(most)s, what is given already included.") % {"most": most}
            raise ValidationError({"units": words}) from error
        if name != "places_stay_in_limit":
            raise
        raise ValidationError(_("No place is free here. Let the need wait: its order is kept.")) from error


def change_queue(item: RequestItem, *, reason: str, by, now: datetime) -> None:
    """Let a need whose service was changed stand in the row of the new one, by the day of its own request.

    A preference, and the end of a queue, are of the row that was left.
    """
    place = QueuePlace.objects.filter(item=item).first()
    waits = item.status == RequestItem.Status.WAITLISTED
    if place is not None:
        left = place.basis_id
        if waits:
            _log(place, What.LEFT, waits=False, by=by, now=now, reason=reason[:300])
        place.delete()
        count_places([left], now=now)
    if waits:
        join_queue(item, is_preferred=False, by=by, now=now)


def leave_queue(item: RequestItem, *, by, now: datetime, reason: str = "") -> None:
    """Write down that a need which waited, or had an offer, no longer does."""
    if place := QueuePlace.objects.filter(item=item).first():
        QueuePlace.objects.filter(pk=place.pk).update(offered_until=None)
        _log(place, What.LEFT, waits=False, by=by, now=now, reason=reason[:300])


def free_place(item: RequestItem, *, by, now: datetime, reason: str) -> None:
    """Let go of the place that a granted need holds, for the next in order; the log says why."""
    place = standing_of(item, on=timezone.localdate(now))
    if place is None:
        return
    GivenPlace.objects.filter(item=item).delete()
    _log(place, What.LEFT, waits=False, by=by, now=now, reason=reason[:300])
    count_places([place.basis_id], now=now)


def _log(place, what, *, waits, by, now, reason="", instead=None):
    QueueEvent.objects.create(
        item_id=place.item_id,
        **{column: getattr(place, column) for column in STANDING},
        at=now,
        what=what,
        waits=waits,
        instead=instead,
        reason=reason,
        actor_id=by.pk,
    )


def take_earlier_place(item: RequestItem, *, twin: RequestItem, reason: str, by, now: datetime) -> None:
    """Let a need stand where the same need, filed once more by another way, stood or would have stood, if earlier."""
    on = timezone.localdate(now)
    place, other = standing_of(item, on=on), standing_of(twin, on=on)
    if place is None or other is None:
        return
    if other.pk is None or other.basis_id != place.basis_id:  # it never waited in this queue: only its filing counts
        other.moved_at, other.is_preferred = place.moved_at, place.is_preferred
    if other.key[:-1] >= place.key[:-1]:
        return
    for column in ("is_preferred", "moved_at", "received_on", "complete_at"):
        setattr(place, column, getattr(other, column))
    place.save()
    if item.status in (RequestItem.Status.WAITLISTED, RequestItem.Status.OFFERED):
        waits = item.status == RequestItem.Status.WAITLISTED
        _log(place, What.EARLIER, waits=waits, by=by, now=now, reason=reason[:300])


# -- an offer -------------------------------------------------------------------------------------
@transaction.atomic
def offer_place(
    item: RequestItem, *, units: Decimal = Decimal(1), skip_reason: str = "", by, now: datetime
) -> RequestItem:
    """Offer the first in order a place; it is held until the answer, or until the day by which none came."""
    require(by, "residents.triage_item", item)
    if item.is_granted_by_decision:
        raise ValidationError(_("This help is granted by a decision: qualify the person with its number and day."))
    place = take_place(item, units=units, skip_reason=skip_reason, what=What.OFFERED, by=by, now=now)
    if place is None:
        raise ValidationError(_("This need hangs on no programme row, so there is no place to offer."))
    ITEM.move(item, "offer", by=by, reason=skip_reason, answer="")  # it said that there is no place
    until = timezone.localdate(now) + timedelta(days=place.basis.offer_days)
    QueuePlace.objects.filter(pk=place.pk).update(offered_until=until)
    count_places([place.basis_id], now=now)
    with override(item.request.language):
        _tell(item, "place_offered", day=date_format(until, "j E Y"))
    return item


@transaction.atomic
def accept_offer(item: RequestItem, *, by, now: datetime) -> RequestItem:
    """Take the place that was offered."""
    check_filer(item.request, by=by, now=now, decides=not item.for_applicant)
    ITEM.move(item, "accept_offer", by=by, decided_at=now, decided_by_id=by.pk)
    _end_offer(item, What.ACCEPTED, waits=False, by=by, now=now)
    keep_unmet(item, now=now)
    return item


@transaction.atomic
def pass_offer(item: RequestItem, *, by, now: datetime) -> RequestItem:
    """Say not now: the place goes to the next, and the need waits on where the programme says."""
    check_filer(item.request, by=by, now=now, decides=not item.for_applicant)
    ITEM.move(item, "pass_offer", by=by)
    _end_offer(item, What.PASSED, waits=True, by=by, now=now)
    return item


@transaction.atomic
def lapse_offers(*, now: datetime) -> int:
    """End the offers that nobody answered by their day; return how many. Safe to run twice, or late."""
    late = QueuePlace.objects.filter(offered_until__lt=timezone.localdate(now), item__status=RequestItem.Status.OFFERED)
    # The need is held first, as by whoever answers: he who answers just now is passed over, and nobody waits in a ring.
    late = late.select_related("item").select_for_update(of=("item",), no_key=True, skip_locked=True)
    by, found = SystemActor(), list(late.order_by("pk"))
    for place in found:
        item = RequestItem.objects.get(pk=place.item_id)
        ITEM.move(item, "lapse", by=by)
        _end_offer(item, What.LAPSED, waits=True, by=by, now=now)
        _tell(item, "request_news")
    return len(found)


def _end_offer(item, what, *, waits, by, now):
    place = QueuePlace.objects.select_related("basis").get(item=item)
    place.offered_until = None
    if waits and place.basis.unanswered == ProgrammeService.Unanswered.END:
        place.moved_at = now
    place.save(update_fields=["offered_until", "moved_at"])
    _log(place, what, waits=waits, by=by, now=now)
    count_places([place.basis_id], now=now)


def _tell(item, template, **context):
    request = item.request
    notify(request, template, dedupe_key=f"{template}:{item.pk}:{item.version}", number=request.reference, **context)


# -- waiting --------------------------------------------------------------------------------------
@transaction.atomic
def ask_still_interested(*, now: datetime) -> int:
    """Ask those who have waited for thirty days, or thirty since the last time, whether they still want to.

    In a break between two editions nobody is asked: there is nothing to want yet.
    """
    on = timezone.localdate(now)
    in_force = ProgrammeService.objects.in_force(on)
    due = QueuePlace.objects.waiting().ready().filter(asked_on__lte=on - ASKED_EVERY, basis__in=in_force)
    found = list(due.select_for_update(of=("self",), skip_locked=True).select_related("item__request").order_by("pk"))
    for place in found:
        request = place.item.request
        notify(request, "still_interested", dedupe_key=f"still:{place.item_id}:{on}", number=request.reference)
    QueuePlace.objects.filter(pk__in=[place.pk for place in found]).update(asked_on=on)
    return len(found)


@transaction.atomic
def confirm_interest(item: RequestItem, *, by, now: datetime) -> RequestItem:
    """Write down that the person still wants the place."""
    check_filer(item.request, by=by, now=now, decides=not item.for_applicant)
    ITEM.move(item, "confirm", by=by)
    QueuePlace.objects.filter(item=item).update(confirmed_on=timezone.localdate(now))
    return item


@transaction.atomic
def return_to_queue(item: RequestItem, *, reason: str, by, now: datetime) -> RequestItem:
    """Put a need whose refusal did not hold back to the place it had by its request, before those who came later."""
    if not reason.strip():
        raise ValidationError({"reason": _("Write by which decision the refusal does not hold.")})
    ITEM.move(item, "return_to_queue", by=by, reason=reason, decided_at=now, decided_by_id=by.pk)
    stand_again(item, reason=reason, by=by, now=now)
    keep_unmet(item, now=now)
    _tell(item, "request_news")
    return item


def stand_again(item: RequestItem, *, reason: str, by, now: datetime) -> None:
    """Let a need that waits again stand where it stood, or where its request puts it."""
    place = standing_of(item, on=timezone.localdate(now))
    if place is not None:
        place.save()
        _log(place, What.RETURNED, waits=True, by=by, now=now, reason=reason[:300])
        count_places([place.basis_id], now=now)


def left_queue_at(item: RequestItem, moment: datetime) -> bool:
    return QueueEvent.objects.filter(item=item, what=What.LEFT, at=moment).exists()


@transaction.atomic
def carry_queue(basis: ProgrammeService, *, into: ProgrammeService, reason: str, by, now: datetime) -> int:
    """Let those who wait in a row that has ended wait on in the service's new row, in their order; return how many.

    Each of them is told.
    """
    require(by, "residents.carry_queue", basis)
    if into.pk == basis.pk or into.service_id != basis.service_id:
        raise ValidationError(_("Choose another row of the same service."))
    if not reason.strip():
        raise ValidationError({"reason": _("Write by what the queue goes on: the resolution, the new edition.")})
    places = list(
        QueuePlace.objects.waiting().of_row(basis).select_for_update(of=("self",)).select_related("item__request")
    )
    for place in places:
        place.basis = into
        _log(place, What.CARRIED, waits=True, by=by, now=now, reason=reason[:300])
        record("requestitem.carry", place.item, by=by, reason=reason)
        request, key = place.item.request, f"carried:{place.item_id}:{into.pk}"
        notify(request, "request_news", dedupe_key=key, number=request.reference)
    QueuePlace.objects.bulk_update(places, ["basis"])
    record("programmeservice.carry_queue", into, by=by, reason=reason, needs=len(places))
    count_places([basis.pk, into.pk], now=now)
    return len(places)
