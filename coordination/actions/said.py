"""What the person says and does about a referral: it was so, it was otherwise, it is not wanted any more."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions import referrals
from coordination.actions.plans import is_held_open
from coordination.actions.telling import tell_coordinator, write_to
from coordination.clocks import Clock, due
from coordination.models import Referral, ReferralClosing
from coordination.workflow import REFERRAL
from cus_portal.accounts.actors import LinkHolder
from cus_portal.accounts.models import User
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import history
from cus_portal.workflow import TransitionNotAllowed


@transaction.atomic
def confirm_outcome(referral: Referral, *, by: LinkHolder, now: datetime) -> Referral:
    """Note that the help was given as the institution says."""
    _check_first_word(referral)
    REFERRAL.move(referral, "confirm", by=by, person_said=Referral.Said.CONFIRMED, person_said_at=now)
    return referral


@transaction.atomic
def dispute_outcome(referral: Referral, *, by: LinkHolder, now: datetime, text: str) -> Referral:
    """Note that it was otherwise. The loop is open again: the coordinator finds out and closes it anew.

    In a closed case nothing opens again of itself: the coordinator and the organisers learn of it, and decide.
    """
    _check_first_word(referral)
    on = timezone.localdate(now)
    goes_on = is_held_open(referral.case)
    if goes_on and referral.acknowledged_at:
        _keep_closing(referral)
    REFERRAL.move(
        referral,
        "dispute",
        by=by,
        acknowledged_at=None if goes_on else referral.acknowledged_at,
        respond_by=due(referral, Clock.ACKNOWLEDGE, on=on) if goes_on else referral.respond_by,
        person_said=Referral.Said.DISPUTED,
        person_said_at=now,
        person_words=text,
    )
    tell_coordinator(referral, "referral_person", by=by)
    if not goes_on:
        for person in User.objects.holding(Role.ORGANISER, on=on).exclude(pk=referral.case.coordinator_id):
            write_to(person, "referral_person", referral, path=referral.get_absolute_url())
    return referral


@transaction.atomic
def give_up_referral(referral: Referral, *, by: LinkHolder, now: datetime) -> Referral:
    """End it at the person's wish; the institution destroys its copies, the coordinator learns of it."""
    referrals.withdraw_referral(referral, by=by, now=now, reason="")
    tell_coordinator(referral, "referral_person", by=by)
    return referral


@transaction.atomic
def keep_waiting(referral: Referral, *, by: LinkHolder, now: datetime) -> Referral:
    """Note that the person still wants the place; the coordinator need not ask."""
    return referrals.still_wanted(referral, by=by, now=now)


def _keep_closing(referral):
    """Keep who closed the loop, when and with which words, before it is closed anew."""
    closed = history(referral).filter(action="referral.acknowledge").first()
    ReferralClosing.objects.create(
        referral=referral,
        closed_at=referral.acknowledged_at,
        closed_by=closed and closed.actor,
        acknowledgement=referral.acknowledgement,
        person_told=referral.person_told,
        person_not_told_reason=referral.person_not_told_reason,
    )


def _check_first_word(referral):
    if referral.person_said:
        raise TransitionNotAllowed(_("You have told us already."))
