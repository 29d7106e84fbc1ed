"""The course of what came in and was taken on, until its sender has closed the loop. The table is life_cycle.py."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.grounds import (
    check_first_day,
    check_review_day,
    is_taken_back_in_time,
)
from coordination.actions.incoming import check_past_day, checked_end, end, say
from coordination.actions.unmet import take_back_unmet_incoming
from coordination.clocks import Clock, answer_due, due, time_goes_on
from coordination.incoming_mail import tell_desk, tell_sender, tell_sender_and_person
from coordination.models import IncomingReferral, Referral, ReferralNote
from coordination.workflow import INCOMING
from cus_portal.accounts.actors import LinkHolder, SystemActor
from cus_portal.accounts.models import User
from cus_portal.workflow import TransitionNotAllowed
from residents.actions.acting import check_filer

Status = IncomingReferral.Status


# -- under way --------------------------------------------------------------------------------------
@transaction.atomic
def start_incoming(incoming: IncomingReferral, *, first_contact_on: date, by: User, now: datetime):
    """Record the first contact with the person."""
    on = timezone.localdate(now)
    check_past_day(incoming, "first_contact_on", first_contact_on, on)
    news_by = due(incoming, Clock.NEWS, on=on)
    INCOMING.move(incoming, "start", by=by, first_contact_on=first_contact_on, respond_by=news_by)
    tell_sender_and_person(incoming, on=on)
    return incoming


@transaction.atomic
def report_incoming(incoming: IncomingReferral, *, text: str, by: User, now: datetime):
    """Tell the sender how it goes; the next news are due from today. News are no first contact."""
    on = timezone.localdate(now)
    is_met = incoming.status != Status.ACCEPTED
    respond_by = due(incoming, Clock.NEWS, on=on) if is_met else incoming.respond_by
    INCOMING.move(incoming, "report", by=by, respond_by=respond_by)
    say(incoming, ReferralNote.Kind.NEWS, text, by=by, now=now)
    tell_sender(incoming, on=on)
    return incoming


@transaction.atomic
def hold_incoming(incoming: IncomingReferral, *, cause: str, reason: str, review_on: date, by: User, now: datetime):
    """Stop for a time, with the day on which it is looked at again; past that day it is late.

    The sender reads because of whom; the reason in words stays with the centre.
    """
    on = timezone.localdate(now)
    check_review_day(review_on, on=on)
    stopped_on = on if cause == IncomingReferral.HoldCause.PERSON else None
    INCOMING.move(incoming, "hold", by=by, reason=reason, respond_by=review_on, hold_cause=cause, stopped_on=stopped_on)
    tell_sender_and_person(incoming, on=on)
    return incoming


@transaction.atomic
def resume_incoming(incoming: IncomingReferral, *, by: User, now: datetime):
    """Go on with somebody who was met before the pause."""
    INCOMING.check(incoming, "resume", by=by)
    if incoming.first_contact_on is None:
        raise ValidationError(_("Nobody has met the person yet. Plan the beginning anew."))
    on = timezone.localdate(now)
    news_by = due(incoming, Clock.NEWS, on=on)
    INCOMING.move(incoming, "resume", by=by, respond_by=news_by, **time_goes_on(incoming, on=on))
    tell_sender_and_person(incoming, on=on)
    return incoming


@transaction.atomic
def plan_incoming_anew(incoming: IncomingReferral, *, planned_start_on: date, by: User, now: datetime):
    """End a pause that came before the first contact, with a new day for the beginning."""
    on = timezone.localdate(now)
    check_first_day(planned_start_on, on=on)
    contact_by = max(due(incoming, Clock.FIRST_CONTACT, on=on), planned_start_on)
    INCOMING.move(incoming, "plan_anew", by=by, respond_by=contact_by, **time_goes_on(incoming, on=on))
    tell_sender_and_person(incoming, on=on)
    return incoming


# -- its end ----------------------------------------------------------------------------------------
@transaction.atomic
def complete_incoming(
    incoming: IncomingReferral, *, outcome: str, outcome_on: date, text: str, by: User, now: datetime
):
    """Tell the sender how far the need was met, when, and what was given."""
    check_past_day(incoming, "outcome_on", outcome_on, timezone.localdate(now))
    end(incoming, "complete", by=by, now=now, outcome=outcome, outcome_on=outcome_on, answer=text)
    return incoming


@transaction.atomic
def fail_incoming(
    incoming: IncomingReferral,
    *,
    end_reason: str,
    by: User,
    now: datetime,
    declined_on: date | None = None,
    understands: bool | None = None,
    is_safe: bool | None = None,
    safety_note: str = "",
    text: str = "",
):
    """Record that the help could not be given, and why. The sender may say so too, by the coded reason."""
    said = checked_end(
        end_reason, now=now, declined_on=declined_on, understands=understands, is_safe=is_safe, safety_note=safety_note
    )
    end(incoming, "fail", by=by, now=now, answer=text, **said)
    return incoming


@transaction.atomic
def reopen_incoming(incoming: IncomingReferral, *, by: User, now: datetime):
    """Take a refusal back, once and within thirty days, while the sender has not closed the loop."""
    INCOMING.check(incoming, "reopen", by=by)
    if incoming.sender_id is None:
        raise ValidationError(_("Nobody knows the sender. Write it down anew when the sender is known."))
    if not is_taken_back_in_time(incoming, now=now):
        raise ValidationError(_("A refusal is taken back once, and within 30 days. Ask the sender for a new one."))
    if incoming.acknowledged_at:
        raise ValidationError(_("The sender has already arranged something else. Call before you do more."))
    on = timezone.localdate(now)
    take_back_unmet_incoming(incoming, now=now)
    refusal = f"{incoming.get_reject_reason_display()}: {incoming.answer}"
    INCOMING.move(
        incoming,
        "reopen",
        by=by,
        reopened_at=now,
        ended_at=None,
        decided_at=None,
        reject_reason="",
        answer="",
        respond_by=answer_due(incoming, on=on),
    )
    say(incoming, ReferralNote.Kind.REFUSAL, refusal, by=by, now=now)
    tell_sender_and_person(incoming, on=on)
    return incoming


@transaction.atomic
def expire_incoming(incoming: IncomingReferral, *, by: SystemActor, now: datetime):
    """End what waits for the sender's reply in vain, after its reminders."""
    end(incoming, "expire", by=by, now=now)
    return incoming


# -- the loop ---------------------------------------------------------------------------------------
@transaction.atomic
def acknowledge_incoming(incoming: IncomingReferral, *, by: User, now: datetime, **said):
    """Close the loop at the sender's: what changes there, and whether the person knows, or why not."""
    _acknowledge(incoming, "acknowledge", by=by, now=now, **said)
    tell_desk(incoming, by=by, on=timezone.localdate(now))
    return incoming


@transaction.atomic
def take_acknowledgement(incoming: IncomingReferral, *, by: User, now: datetime, **said):
    """Write down what a sender without an account said of the outcome."""
    return _acknowledge(incoming, "take_acknowledgement", by=by, now=now, **said)


def _acknowledge(incoming, move, *, by, now, acknowledgement, person_told, person_not_told_reason=""):
    if incoming.acknowledged_at:
        raise TransitionNotAllowed(_("The loop of this referral is already closed."))
    if not person_told and not person_not_told_reason:
        raise ValidationError({"person_not_told_reason": _("Write why the person was not told.")})
    INCOMING.move(
        incoming,
        move,
        by=by,
        acknowledged_at=now,
        acknowledgement=acknowledgement,
        person_told=person_told,
        person_not_told_reason="" if person_told else person_not_told_reason,
    )
    return incoming


@transaction.atomic
def confirm_answer(incoming: IncomingReferral, *, by: LinkHolder, now: datetime):
    """Note that the help was given as the centre told the sender."""
    _check_first_word(incoming, by=by, now=now)
    INCOMING.move(incoming, "confirm", by=by, person_said=Referral.Said.CONFIRMED, person_said_at=now)
    return incoming


@transaction.atomic
def dispute_answer(incoming: IncomingReferral, *, text: str, by: LinkHolder, now: datetime):
    """Note that it was otherwise. The loop is open again, and both sides learn that the person objects."""
    _check_first_word(incoming, by=by, now=now)
    on = timezone.localdate(now)
    INCOMING.move(
        incoming,
        "dispute",
        by=by,
        acknowledged_at=None,
        respond_by=due(incoming, Clock.ACKNOWLEDGE, on=on),
        person_said=Referral.Said.DISPUTED,
        person_said_at=now,
        person_words=text,
    )
    tell_sender(incoming, on=on)
    tell_desk(incoming, by=by, on=on)
    return incoming


def _check_first_word(incoming, *, by, now):
    INCOMING.check(incoming, "confirm", by=by)
    check_filer(incoming.request, by=by, now=now, decides=True)  # the code may still be with the institution
    if incoming.person_said:
        raise TransitionNotAllowed(_("You have told us already."))
