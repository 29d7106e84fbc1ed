"""What changes everything at once: a death, a move away, a coming of age."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Greatest, Least
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.actors import SystemActor
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.outbox import notify
from residents.actions.people import RESIDENCE
from residents.actions.requests import discontinue_request, new_access_code
from residents.actions.restriction import use_restricted
from residents.actions.unmet import needs_gone
from residents.models import (
    Case,
    Consent,
    ProcessingRestriction,
    Representation,
    RequestItem,
    RequestParty,
    Resident,
    ServiceRequest,
)
from residents.models.person import ADULT, years_before
from residents.places import count_places_of
from residents.workflow import ITEM

DAY = timedelta(days=1)
CAUGHT_UP = timedelta(days=90)  # how late the job may be


@transaction.atomic
def record_death(resident: Resident, *, died_on: date, source: str, by: User, now: datetime) -> Resident:
    """Record a death, by its source. From this moment no mail about the person goes out, and no reminder.

    Open needs and places on waiting lists are given free; coordinators of open cases are told, and close them with
    their reason. The household is told by people. Whom the person represented needs somebody at once.
    Restricted data (RODO art. 18) do not stand in its way: it is of public interest, and its source says why.
    """
    if resident.restrictions.in_force().exists():
        use_restricted(resident, ground=ProcessingRestriction.Use.PUBLIC, reason=source, by=by, now=now)
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
    needs_gone(resident, now=now)
    _end_on_death(resident, died_on)
    _tell_coordinators([resident], about="death", key=f"death:{resident.pk}")
    _leave_represented(resident, died_on)
    return resident


@transaction.atomic
def undo_death(resident: Resident, *, reason: str, by: User, now: datetime) -> Resident:
    """Take back a death recorded by mistake. Needs that ended with it are filed anew by the desk."""
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
    needs_gone(resident, now=now)
    _tell_coordinators([resident], about="move", key=f"move:{resident.pk}:{moved_on}")
    return resident


@transaction.atomic
def end_minority(*, on: date) -> int:
    """End on the eighteenth birthday what parents and guardians may do for a child; return how many came of age.

    What they could do for the child ends the day before, their consents too. Whoever filed for the child has no more
    mail and no code: the desk gives the new one to the person. Safe to run twice, or late.
    """
    people = _come_of_age(on)
    by = SystemActor()
    for resident in people:
        last = resident.of_age_on - DAY
        held = resident.representations.of_minors().filter(Q(valid_to=None) | Q(valid_to__gte=last))
        # One that was recorded to begin after the birthday never held: it ends on the day it began.
        held.update(
            valid_to=Greatest(Value(last), F("valid_from"), output_field=DateField()), end_reason=_("came of age")
        )
        filed = ServiceRequest.objects.filter(
            resident=resident,
            parties__role=RequestParty.Role.APPLICANT,
            parties__basis=RequestParty.Basis.STATUTORY,
            received_on__lte=last,
        )
        _end_consents(filed, last)
        for request in filed.order_by("pk"):
            _give_code_to_person(request, by=by)
        record("resident.of_age", resident, by=by)
    _tell_coordinators(people, about="of_age", key="of-age")
    return len(people)


@transaction.atomic
def end_powers(*, on: date) -> int:
    """End on the day after its last what a power of attorney let its proxy do; return of how many requests.

    The proxy's code opens nothing more and no mail goes to him: the desk gives the new code to the person. Safe to run
    twice, or late.
    """
    ended = RequestParty.objects.filter(
        role=RequestParty.Role.APPLICANT, basis=RequestParty.Basis.PROXY, acts_until__lt=on
    )
    filed = list(ServiceRequest.objects.filter(Exists(ended.filter(request=OuterRef("pk"))), code_is_the_persons=False))
    for request in filed:
        _give_code_to_person(request, by=SystemActor())
    return len(filed)


def _give_code_to_person(request, *, by):
    """Make the code anew, and the person's own; no mail tells of it to whoever filed."""
    code = {"access_code": new_access_code(), "code_is_the_persons": True, "safe_contact": True}
    ServiceRequest.objects.filter(pk=request.pk).update(**code)
    record("servicerequest.new_code", request, by=by)


def _come_of_age(on):
    """Return who has come of age and is not done: in the last months, or with a parent who still stands for them."""
    done = AuditEvent.objects.filter(object_type=Resident._meta.label_lower, action="resident.of_age")
    latest = years_before(on, ADULT)
    grown = Resident.objects.standing().filter(birth_date__lte=latest, died_on=None)
    stood_for = Representation.objects.of_minors().in_force(on).values("resident")
    lately = Q(birth_date__gt=latest - CAUGHT_UP)
    return list(grown.filter(lately | Q(pk__in=stood_for)).exclude(pk__in=done.values("object_id")).order_by("pk"))


def _end_consents(filed, last):
    """Consent that a parent gave ends with the parent's right to give it."""
    given = Consent.objects.filter(request__in=filed.values("pk"), given_on__lte=last)
    given.update(valid_until=Least("valid_until", Value(last), output_field=DateField()))


def _give_needs_free(resident, *, by, now):
    """Discontinue what is open of each request of the person, and what waits for a place in those that are settled."""
    reason = _("the person died")
    # What is in a file closed to this worker stays open there: its people see the death and end it themselves.
    requests = ServiceRequest.objects.visible_to(by).filter(resident=resident)
    waiting = RequestItem.objects.filter(status__in=ITEM["discontinue"].sources)
    ended = requests.filter(Q(status__in=ServiceRequest.OPEN) | Q(pk__in=waiting.values("request")))
    for request in ended.order_by("pk"):
        discontinue_request(request, by=by, now=now, reason=reason)
    count_places_of(RequestItem.objects.filter(request__resident=resident), now=now)


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
