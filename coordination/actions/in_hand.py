"""Who of the receiving institution deals with a referral, and on which days its people are away."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.telling import write_to
from coordination.colleagues import Colleagues
from coordination.models import Referral
from coordination.workflow import REFERRAL
from cus_portal.accounts.models import Absence, User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.workflow import TransitionNotAllowed
from residents.actions.handing import check_is_here


@transaction.atomic
def claim_referral(referral: Referral, *, by: User, now: datetime) -> Referral:
    """Take in hand what nobody has. Of two who press at once one gets it, the other is told who."""
    REFERRAL.check(referral, "claim", by=by)
    holder = Colleagues([referral.receiver_id], on=timezone.localdate(now)).holder(referral)
    if holder:
        raise TransitionNotAllowed(_("%(who)s has it in hand already.") % {"who": holder})
    REFERRAL.move(referral, "claim", by=by, assigned_to=by)
    return referral


@transaction.atomic
def hand_over_referral(referral: Referral, *, to: User, reason: str = "", by: User, now: datetime) -> Referral:
    """Give it to a colleague of the same institution, or take it from one; each of them is told, save who did it."""
    REFERRAL.check(referral, "hand_over", by=by)
    on = timezone.localdate(now)
    if to.pk not in Colleagues([referral.receiver_id], on=on).people:
        raise ValidationError({"to": _("Choose a colleague of your institution.")})
    if to.pk == referral.assigned_to_id:
        raise ValidationError({"to": _("%(who)s has it in hand already.") % {"who": to}})
    if to.pk != by.pk:
        check_is_here(to, on, field="to")
    former = referral.assigned_to
    REFERRAL.move(referral, "hand_over", by=by, reason=reason, assigned_to=to)
    _tell(referral, former, to, by=by)
    return referral


@transaction.atomic
def give_back_referral(referral: Referral, *, by: User, now: datetime) -> Referral:
    """Leave it to whoever takes it next."""
    REFERRAL.check(referral, "give_back", by=by)
    if referral.assigned_to_id is None:
        raise TransitionNotAllowed(_("Nobody has it in hand."))
    former = referral.assigned_to
    REFERRAL.move(referral, "give_back", by=by, assigned_to=None)
    _tell(referral, former, by=by)
    return referral


def _tell(referral, *people, by):
    """Number and path only: what was said to the colleague stands in the history of the referral."""
    for person in people:
        if person and person.pk != by.pk:
            write_to(person, "referral_in_hand", referral, Referral.OPEN, path=referral.get_absolute_url())


# -- absence ----------------------------------------------------------------------------------------
@transaction.atomic
def write_absence(
    *, first_day: date, last_day: date, stands_in: User | None = None, by: User, now: datetime
) -> Absence:
    """Write down one's own days away, and which colleague of the same institution stands in."""
    if not by.has_perm("accounts.add_absence"):
        raise PermissionDenied("accounts.add_absence")
    on = timezone.localdate(now)
    if last_day < on:
        raise ValidationError({"last_day": _("This day has passed.")})
    here = by.institutions_granting("coordination.claim_referral")
    if stands_in and stands_in.pk not in Colleagues(here, on=on).people:
        raise ValidationError({"stands_in": _("Choose a colleague of your institution.")})
    absence = Absence(user=by, first_day=first_day, last_day=last_day, stands_in=stands_in)
    absence.full_clean()
    absence.save()
    record("absence.add", absence, by=by)
    return absence


@transaction.atomic
def end_absence(absence: Absence, *, by: User, now: datetime) -> None:
    """Be back from today on; what has not begun is taken back wholly."""
    require(by, "accounts.change_absence", absence)
    on = timezone.localdate(now)
    record("absence.end", absence, by=by)
    if absence.first_day >= on:
        absence.delete()
    else:
        absence.last_day = min(absence.last_day, on - date.resolution)
        absence.save(update_fields=["last_day"])
