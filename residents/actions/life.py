"""What changes everything at once: a death, a move away, a coming of age."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateField, Q, Value
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from residents.actions.people import RESIDENCE
from residents.actions.requests import withdraw_item, withdraw_request
from residents.models import Case, Consent, Representation, RequestItem, RequestParty, Resident, ServiceRequest
from residents.models.person import ADULT, years_before
from residents.places import count_places
from residents.workflow import ITEM

DAY = timedelta(days=1)


@transaction.atomic
def record_death(resident: Resident, *, died_on: date, source: str, by: User, now: datetime) -> Resident:
    """Record a death, by its source. From this moment no mail about the person goes out, and no reminder.

    Open needs and places on waiting lists are given free; coordinators of open cases are told, and close them with
    their reason. The household is told by people. Whom the person represented needs somebody at once.
    """
    require(by, "residents.change_resident", resident)
    today = timezone.localdate(now)
    if died_on > today:
        raise ValidationError({"died_on": _("This day has not come yet.")})
    if not source.strip():
        raise ValidationError({"source": _("Write how the death is known.")})
    if resident.died_on:
        raise ValidationError(_("The death is on record already."))
    resident.died_on, resident.death_source = died_on, source
    resident.save(update_fields=["died_on", "death_source"])
    record("resident.death", resident, by=by)
    _give_needs_free(resident, by=by, now=now)
    _end_on_death(resident, died_on)
    _tell_coordinators([resident], about="death", key=f"death:{resident.pk}")
    _leave_represented(resident, died_on)
    return resident


@transaction.atomic
def undo_death(resident: Resident, *, reason: str, by: User, now: datetime) -> Resident:
    """Take back a death recorded by mistake. Needs that were withdrawn by it are filed anew by the desk."""
    require(by, "residents.change_resident", resident)
    if not resident.died_on:
        raise ValidationError(_("No death is on record."))
    if not reason.strip():
        raise ValidationError({"reason": _("Write how the mistake is known.")})
    resident.died_on, resident.death_source = None, ""
    resident.save(update_fields=["died_on", "death_source"])
    record("resident.undo_death", resident, by=by, reason=reason)
    return resident


@transaction.atomic
def record_move_out(resident: Resident, *, moved_on: date, moved_to: str = "", by: User, now: datetime) -> Resident:
    """Record that the person has left the municipality. Each service has its own rule: people check which one ends."""
    require(by, "residents.change_resident", resident)
    resident.moved_out_on, resident.moved_to = moved_on, moved_to
    resident.save(update_fields=["moved_out_on", "moved_to"])
    lived = resident.addresses.in_force(moved_on).filter(kind__in=RESIDENCE)
    lived.filter(Q(valid_from=None) | Q(valid_from__lt=moved_on)).update(valid_to=moved_on - DAY)
    record("resident.move_out", resident, by=by)
    _tell_coordinators([resident], about="move", key=f"move:{resident.pk}:{moved_on}")
    return resident


@transaction.atomic
def end_minority(*, on: date) -> int:
    """End on the eighteenth birthday what parents and guardians may do for a child; return how many that were.

    Safe to run twice or late: what is ended keeps the day before the birthday as its last one.
    """
    born_by = years_before(on, ADULT)
    rows = (
        Representation.objects.of_minors()
        .filter(resident__birth_date__lte=born_by)
        .filter(end_reason="")
        .select_related("resident")
    )
    grown = {}
    for row in rows:
        last = row.resident.of_age_on - DAY
        Representation.objects.filter(pk=row.pk).update(valid_to=last, end_reason=_("came of age"))
        grown[row.resident_id] = row.resident
    for resident in grown.values():
        _end_parents_consents(resident)
    _tell_coordinators(list(grown.values()), about="of_age", key="of-age")
    return len(grown)


def _end_parents_consents(resident):
    """Consent that a parent gave ends with the parent's right to give it."""
    last = resident.of_age_on - DAY
    given = Consent.objects.filter(
        request__resident=resident,
        request__parties__role=RequestParty.Role.APPLICANT,
        request__parties__basis=RequestParty.Basis.STATUTORY,
        given_on__lte=last,
    )
    Consent.objects.filter(pk__in=given.values("pk")).update(
        valid_until=Least("valid_until", Value(last), output_field=DateField())
    )


def _give_needs_free(resident, *, by, now):
    """Withdraw each open request of the person, and what waits for a place in those that are settled."""
    reason = _("the person died")
    # What is in a file closed to this worker stays open there: its people see the death and withdraw it themselves.
    requests = ServiceRequest.objects.visible_to(by).filter(resident=resident)
    for request in requests.open().order_by("pk"):
        withdraw_request(request, by=by, now=now, reason=reason)
    waiting = RequestItem.objects.filter(request__in=requests, status__in=ITEM["withdraw"].sources)
    for item in waiting.order_by("pk"):
        withdraw_item(item, by=by, now=now, reason=reason)
    held = RequestItem.objects.filter(request__resident=resident).values_list("programme_service", flat=True)
    count_places(held, now=now)


def _end_on_death(resident, died_on):
    for rows in (resident.representations, resident.memberships):
        open_ones = rows.filter(Q(valid_to=None) | Q(valid_to__gt=died_on))
        open_ones.filter(Q(valid_from=None) | Q(valid_from__lte=died_on)).update(
            valid_to=died_on, end_reason=_("the person died")
        )


def _leave_represented(resident, died_on):
    """Mark those whom the person represented or cared for as urgent: they live, and nobody speaks for them."""
    ended = resident.represents.in_force(died_on)
    left = list(Resident.objects.standing().filter(pk__in=ended.values("resident"), died_on=None))
    ended.update(valid_to=died_on, end_reason=_("the representative died"))
    ServiceRequest.objects.open().filter(resident__in=left).update(is_urgent=True)
    _tell_coordinators(left, about="left_alone", key=f"left-alone:{resident.pk}")


def _tell_coordinators(people, *, about, key):
    for case in Case.objects.open().filter(resident__in=people).select_related("coordinator").order_by("pk"):
        notify(
            case.coordinator,
            "case_news",
            dedupe_key=f"{key}:{case.pk}",
            about=case,
            only_while=[Case.Status.OPEN],
            number=case.case_sign,
            what=about,
            path=case.get_absolute_url(),
        )
