"""What the community organiser and the desk do: plans of a year, sign-ups, hours of volunteers."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import CommunityEvent, CommunityPlan, SignUp, SupportingAction, Volunteer, VolunteerHours
from coordination.workflow import COMMUNITY_PLAN
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record

KEPT_AFTER = timedelta(days=30)
HALF = Decimal("0.5")


@transaction.atomic
def adopt_community_plan(plan: CommunityPlan, *, by, now: datetime) -> CommunityPlan:
    """Adopt the plan of a year; one without an action plans nothing."""
    if not plan.actions.exists():
        raise ValidationError(_("Write down at least one supporting action first."))
    COMMUNITY_PLAN.move(plan, "adopt", by=by, adopted_on=timezone.localdate(now))
    return plan


@transaction.atomic
def sum_up_community_plan(plan: CommunityPlan, *, summary: str, by, now: datetime) -> CommunityPlan:
    """Write down at the end of the year what came of it, beside the figures."""
    COMMUNITY_PLAN.move(plan, "sum_up", by=by, summary=summary)
    return plan


@transaction.atomic
def sign_up(event: CommunityEvent, *, name: str, phone: str = "", by, now: datetime) -> SignUp:
    """Put somebody on the list of an event while a place is free: of two at once, the second waits and finds none."""
    require(by, "coordination.sign_up", event)
    if event.on < timezone.localdate(now):
        raise ValidationError(_("This event is over."))
    event = CommunityEvent.objects.select_for_update().get(pk=event.pk)
    if event.places is not None and event.sign_ups.count() >= event.places:
        raise ValidationError(_("No place is free at this event."))
    row = SignUp.objects.create(event=event, name=name, phone=phone, taken_by=by)
    record("communityevent.sign_up", event, by=by)
    return row


@transaction.atomic
def take_off_sign_up(event: CommunityEvent, *, who: SignUp, by, now: datetime) -> CommunityEvent:
    """Take somebody off the list: the place is free again."""
    require(by, "coordination.sign_up", event)
    event.sign_ups.filter(pk=who.pk).delete()
    record("communityevent.take_off", event, by=by)
    return event


@transaction.atomic
def count_who_came(event: CommunityEvent, *, came: int, by, now: datetime) -> CommunityEvent:
    """Write down how many came: a number, no names."""
    require(by, "coordination.change_communityevent", event)
    if event.on > timezone.localdate(now):
        raise ValidationError(_("This event has not been yet."))
    event.came = came
    event.save(update_fields=["came"])
    record("communityevent.came", event, by=by)
    return event


@transaction.atomic
def record_hours(
    action: SupportingAction, *, volunteer: Volunteer, on: date, hours: Decimal, by, now: datetime
) -> VolunteerHours:
    """Record what a volunteer did; nobody helps without agreement, insurance and, with children, without the check."""
    require(by, "coordination.change_supportingaction", action)
    if on > timezone.localdate(now):
        raise ValidationError({"on": _("This day is still to come.")})
    if hours % HALF:
        raise ValidationError({"hours": _("Whole hours and halves.")})
    if not Volunteer.objects.ready(on, with_minors=action.with_minors).filter(pk=volunteer.pk).exists():
        raise ValidationError(
            {"volunteer": _("On that day agreement, insurance or check of this volunteer were not in force.")}
        )
    try:
        with transaction.atomic():
            row = VolunteerHours.objects.create(volunteer=volunteer, action=action, on=on, hours=hours)
    except IntegrityError as error:
        raise ValidationError(_("Hours of this day are written down already.")) from error
    record("supportingaction.hours", action, by=by)
    return row


def forget_sign_ups(*, on: date) -> int:
    """Forget who signed up, a month after the event; how many came stays."""
    count, _kinds = SignUp.objects.filter(event__on__lt=on - KEPT_AFTER).delete()
    return count
