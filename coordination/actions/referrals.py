"""What may be done with a referral, from draft to closed loop. The contract is the table in workflow.py."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.actions.consents import consent_to_hand_over
from coordination.actions.grounds import (
    LOOK_AGAIN,
    check_consent_is_shown,
    check_fields,
    check_first_day,
    check_legal_basis,
    check_receiver,
    check_review_day,
    is_taken_back_in_time,
    one_open_referral,
    receiver_of_the_day,
    still_covering,
)
from coordination.actions.papers import keys_of_papers
from coordination.actions.plan_items import begin_by
from coordination.actions.plans import require_open
from coordination.actions.telling import add_note, tell_coordinator, tell_person, tell_receiver
from coordination.actions.unmet import take_back_unmet, write_unmet
from coordination.actors import InTheNameOf
from coordination.clocks import Clock, answer_due, due, time_goes_on
from coordination.disclosure import DOCUMENTS, disclosed_by, usual_confidentiality
from coordination.links import answerers
from coordination.models import Referral, ReferralNote
from coordination.waiting import is_full, keeps_list, waits_before
from coordination.workflow import REFERRAL
from cus_portal.accounts.actors import LinkHolder
from cus_portal.accounts.models import Institution
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.workdays import add_workdays, workdays_until
from cus_portal.workflow import TransitionNotAllowed


# -- the sender's side ------------------------------------------------------------------------------
@transaction.atomic
def draft_referral(
    case,
    *,
    by,
    now,
    receiver,
    need,
    kind=Referral.Kind.SERVICE_REFERRAL,
    priority=Referral.Priority.ROUTINE,
    plan_item=None,
    service=None,
    area=None,
    wanted_outcome="",
    disclosed_fields=(),
    attachments=(),
    consent=None,
    statute="",
    confidentiality="",
) -> Referral:
    """Write a referral down, with its number; nothing leaves the centre yet."""
    require(by, "coordination.send_referral", case)
    require_open(case)
    if plan_item is not None and plan_item.plan.case_id != case.pk:
        raise ValidationError(_("This item belongs to the plan of another case."))
    check_fields(disclosed_fields)
    confidentiality = confidentiality or usual_confidentiality(case, service, area)
    check_consent_is_shown(consent, confidentiality)
    referral = Referral(
        case=case,
        kind=kind,
        priority=priority,
        plan_item=plan_item,
        sender=Institution.objects.get(is_centre=True),
        receiver=receiver,
        service=service,
        area=area,
        need=need,
        wanted_outcome=wanted_outcome,
        disclosed_fields=list(disclosed_fields),
        consent=consent,
        statute=statute,
        confidentiality=confidentiality,
        created_by=by,
    )
    with one_open_referral(case, service, receiver), transaction.atomic():
        referral.number = new_number(now)
        referral.save()
    enclose(referral, attachments)
    record("referral.draft", referral, by=by, to_state=referral.status)
    return referral


def enclose(referral, attachments) -> None:
    """Let these documents of the case go along, and no others."""
    referral.attachments.set(keys_of_papers(referral, attachments))


def new_number(now) -> str:
    """Return the next number of the year, without a gap."""
    year = timezone.localdate(now).year
    prefix = settings.CENTRE.get("referral_prefix", "S")
    return f"{prefix}/{year}/{next_number('referral', year):04d}"


@transaction.atomic
def change_referral(
    referral,
    *,
    by,
    now,
    receiver,
    need,
    kind,
    priority,
    service=None,
    area=None,
    wanted_outcome="",
    disclosed_fields=(),
    attachments=(),
    consent=None,
    statute="",
    confidentiality="",
) -> Referral:
    """Write the draft anew, from the version that its writer saw."""
    check_fields(disclosed_fields)
    confidentiality = confidentiality or referral.confidentiality
    check_consent_is_shown(consent, confidentiality, but=referral.pk)
    with one_open_referral(referral.case, service, receiver), transaction.atomic():
        REFERRAL.move(
            referral,
            "change",
            by=by,
            receiver=receiver,
            need=need,
            kind=kind,
            priority=priority,
            service=service,
            area=area,
            wanted_outcome=wanted_outcome,
            disclosed_fields=list(disclosed_fields),
            consent=consent,
            statute=statute,
            confidentiality=confidentiality,
        )
        enclose(referral, attachments)
    return referral


@transaction.atomic
def send_referral(referral, *, by, now) -> Referral:
    """Send, when the receiver is live and the legal basis stands today; freeze what is told."""
    require(by, "coordination.send_referral", referral)
    on = timezone.localdate(now)
    check_receiver(referral)
    check_legal_basis(referral, on=on)
    disclosed = disclosed_by(referral)
    REFERRAL.move(
        referral,
        "send",
        by=by,
        disclosed=disclosed,
        **receiver_of_the_day(referral, on=on),
        sent_at=now,
        respond_by=answer_due(referral, on=on),
    )
    tell_receiver(referral, "referral_sent", on=on, only_while=[Referral.Status.SENT])
    return referral


@transaction.atomic
def discard_referral(referral, *, by, now, reason) -> Referral:
    """Take it out of lists and figures; it stays in the audit. A receiver who had it is asked to destroy its copies."""
    was_sent = referral.sent_at is not None
    take_back_unmet(referral, now=now)
    REFERRAL.move(referral, "discard", by=by, reason=reason, ended_at=now)
    if was_sent:
        tell_receiver(referral, "referral_withdrawn", on=timezone.localdate(now))
    return referral


@transaction.atomic
def reply_to_receiver(referral, *, by, now, text, attachments=(), consent_form="", consent_given_on=None) -> Referral:
    """Answer the receiver's question, with more documents of the case where it asked for them.

    Where the consent of the referral names no documents, it rests from now on on one given as this says, to the same
    data and documents. Its clock goes on with the days it had left, one at least.
    """
    require(by, "coordination.send_referral", referral)
    on = timezone.localdate(now)
    if consent_form:
        given = {"receiver": referral.receiver, "form": consent_form, "given_on": consent_given_on}
        told = [*referral.disclosed_fields, DOCUMENTS]
        referral.consent = consent_to_hand_over(referral, told, by=by, now=now, **given)
    check_legal_basis(referral, on=on, more=[DOCUMENTS] if attachments else [])
    respond_by = add_workdays(on, max(referral.days_left or 0, 1))
    stands = {"consent": referral.consent, "respond_by": respond_by, "days_left": None}
    REFERRAL.move(referral, "reply", by=by, **stands, **time_goes_on(referral, on=on))
    add_note(referral, ReferralNote.Kind.ANSWER, text, by=by)
    if attachments:
        referral.attachments.add(*keys_of_papers(referral, attachments))
        record("referral.enclose", referral, by=by, files=len(attachments))
    tell_receiver(referral, "referral_replied", on=on, only_while=[Referral.Status.SENT], to=answerers)
    tell_person(referral)
    return referral


@transaction.atomic
def withdraw_referral(referral, *, by, now, reason) -> Referral:
    """Take the referral back; the receiver's access ends, and it is told to destroy its copies."""
    REFERRAL.move(referral, "withdraw", by=by, reason=reason, ended_at=now)
    tell_receiver(referral, "referral_withdrawn", on=timezone.localdate(now))
    if not isinstance(by, LinkHolder):  # the person who gave it up knows
        tell_person(referral)
    return referral


@transaction.atomic
def still_wanted(referral, *, by, now) -> Referral:
    """Say that the person still waits for the place; asked again when that clock has run."""
    ask_again_on = due(referral, Clock.WAITING, on=timezone.localdate(now))
    REFERRAL.move(referral, "still_wanted", by=by, respond_by=ask_again_on)
    return referral


@transaction.atomic
def acknowledge_outcome(referral, *, by, now, acknowledgement, person_told, person_not_told_reason="") -> Referral:
    """Close the loop: what changed in the case, and whether the person knows, or why not."""
    if referral.acknowledged_at:
        raise TransitionNotAllowed(_("The loop of this referral is already closed."))
    if not person_told and not person_not_told_reason:
        raise ValidationError({"person_not_told_reason": _("Write why the person was not told.")})
    REFERRAL.move(
        referral,
        "acknowledge",
        by=by,
        acknowledged_at=now,
        acknowledgement=acknowledgement,
        person_told=person_told,
        person_not_told_reason="" if person_told else person_not_told_reason,
    )
    return referral


# -- the receiver's side ----------------------------------------------------------------------------
def check_consent_lasts(referral, *, by, now) -> None:
    """Keep closed what nobody has opened yet once its consent has ended, and tell the coordinator of it, once.

    Of a refusal the message stays: call it outside of any transaction.
    """
    if referral.opened_at or referral.statute or referral.consent is None:
        return
    consent = still_covering(referral, on=timezone.localdate(now))
    if consent is None:
        tell_coordinator(referral, "referral_consent_ended", by=by, only_while=Referral.OPEN)
        words = _("The person's consent has ended, so the data stay closed. The coordinator has been told: %(who)s.")
        raise ValidationError(words % {"who": referral.case.coordinator})
    referral.consent = consent


def mark_opened(referral, *, by, now) -> Referral:
    """Record who saw the referral first and when, and on which consent. A second opening changes nothing."""
    require(by, "coordination.answer_referral", referral)
    check_consent_lasts(referral, by=by, now=now)
    return _opened(referral, by=by, now=now)


@transaction.atomic
def _opened(referral, *, by, now) -> Referral:
    closed = Referral.objects.filter(pk=referral.pk, opened_at=None)
    if closed.update(opened_at=now, opened_by_id=by.pk, consent=referral.consent):
        referral.opened_at, referral.opened_by_id = now, by.pk
        record("referral.open", referral, by=by)
    return referral


@transaction.atomic
def ask_sender(referral, *, by, now, text) -> Referral:
    """Ask for what is missing: the receiver's clock stops, the sender's starts."""
    on = timezone.localdate(now)
    REFERRAL.move(
        referral,
        "ask",
        by=by,
        days_left=workdays_until(on, referral.respond_by) if referral.respond_by else 0,
        respond_by=due(referral, Clock.COMPLETE, on=on),
        stopped_on=on,
    )
    add_note(referral, ReferralNote.Kind.QUESTION, text, by=by)
    tell_coordinator(referral, "referral_question", by=by, only_while=[Referral.Status.INFO_REQUESTED])
    tell_person(referral)
    return referral


@transaction.atomic
def accept_referral(
    referral,
    *,
    by,
    now,
    planned_start_on,
    accept_reason=Referral.AcceptReason.AS_ASKED,
    accept_words="",
    out_of_order_reason="",
    over_limit_reason="",
) -> Referral:
    """Take the person on; out of the order of sending, or where no place is left, with a written reason only.

    What is accepted otherwise than asked says so in words, which stay in the conversation.
    """
    REFERRAL.check(referral, "accept", by=by)
    on = timezone.localdate(now)
    check_first_day(planned_start_on, on=on)
    passed_over = _pass_over(referral, by=by, reason=out_of_order_reason)
    if accept_reason not in Referral.AcceptReason:
        raise ValidationError({"accept_reason": _("Choose one of the list.")})
    is_as_asked = accept_reason == Referral.AcceptReason.AS_ASKED
    if not is_as_asked and not accept_words:
        raise ValidationError({"accept_words": _("Write what you accept, and on what conditions.")})
    is_over_limit = is_full(referral, on=on)
    if is_over_limit and not over_limit_reason:
        raise ValidationError(
            {"over_limit_reason": _("No place is left here. Write why you take the person on all the same.")}
        )
    reasons = [
        "" if is_as_asked else str(Referral.AcceptReason(accept_reason).label),
        out_of_order_reason if passed_over else "",
        over_limit_reason if is_over_limit else "",
    ]
    REFERRAL.move(
        referral,
        "accept",
        by=by,
        reason="; ".join(filter(None, reasons)),
        accept_reason=accept_reason,
        passed_over=passed_over,
        is_over_limit=is_over_limit,
        decided_at=now,
        planned_start_on=planned_start_on,
        respond_by=max(due(referral, Clock.FIRST_CONTACT, on=on), planned_start_on),
    )
    if not is_as_asked:
        add_note(referral, ReferralNote.Kind.ACCEPTANCE, accept_words, by=by)
    tell_coordinator(referral, "referral_answered", by=by)
    tell_person(referral)
    return referral


def _pass_over(referral, *, by, reason) -> int:
    """Return how many wait longer, as far as everybody may know; goes before them, also if it never waited itself.

    Of what is secret only those who know it learn: its own history says why another was accepted before it.
    """
    ahead = waits_before(referral)
    known = ahead.known_to(by.user) if isinstance(by, InTheNameOf) else ahead
    if not reason and known.exists():
        raise ValidationError(
            {"out_of_order_reason": _("Somebody has waited longer for this. Write why this person goes first.")}
        )
    shown = ahead.without_secrets()
    for secret in ahead.exclude(pk__in=shown.values("pk")):
        record("referral.passed_over", secret, by=by, reason=reason)
    return shown.count()


@transaction.atomic
def waitlist(referral, *, by, now) -> Referral:
    """Promise a place later, where the service keeps a list; its order is the order of sending."""
    REFERRAL.check(referral, "waitlist", by=by)
    on = timezone.localdate(now)
    if not keeps_list(referral, on=on):
        raise ValidationError(
            _("This service keeps no waiting list. Accept the referral, or decline and say whom to ask instead.")
        )
    REFERRAL.move(referral, "waitlist", by=by, respond_by=due(referral, Clock.WAITING, on=on))
    tell_coordinator(referral, "referral_answered", by=by)
    tell_person(referral)
    return referral


@transaction.atomic
def start_referral(referral, *, by, now, first_contact_on) -> Referral:
    """Record the first contact with the person."""
    on = timezone.localdate(now)
    check_past_day(referral, "first_contact_on", first_contact_on, on)
    news_by = due(referral, Clock.NEWS, on=on)
    REFERRAL.move(referral, "start", by=by, first_contact_on=first_contact_on, respond_by=news_by)
    begin_by(referral, on=first_contact_on)
    tell_person(referral)
    return referral


@transaction.atomic
def report_progress(referral, *, by, now, text) -> Referral:
    """Tell the sender how it goes; the next news are due from today."""
    respond_by = due(referral, Clock.NEWS, on=timezone.localdate(now))
    if referral.status == Referral.Status.ACCEPTED:
        respond_by = referral.respond_by  # news are no first contact
    REFERRAL.move(referral, "report", by=by, respond_by=respond_by)
    add_note(referral, ReferralNote.Kind.NEWS, text, by=by)
    return referral


@transaction.atomic
def complete_referral(referral, *, by, now, outcome, outcome_on, closing_note) -> Referral:
    """Record how far the need was met, when, and what was given."""
    on = timezone.localdate(now)
    check_past_day(referral, "outcome_on", outcome_on, on)
    _end(referral, "complete", by=by, now=now, outcome=outcome, outcome_on=outcome_on, closing_note=closing_note)
    return referral


@transaction.atomic
def fail_referral(referral, *, by, now, fail_reason, closing_note="") -> Referral:
    """Record that the help could not be given, and why. Either side learns what the other recorded."""
    _end(referral, "fail", by=by, now=now, fail_reason=fail_reason, closing_note=closing_note)
    if not by.has_perm("coordination.answer_referral", referral):
        tell_receiver(referral, "referral_ended", on=timezone.localdate(now))
    return referral


@transaction.atomic
def hold_referral(referral, *, by, now, reason, review_on, cause=Referral.HoldCause.OTHER) -> Referral:
    """Stop for a time, with the day on which it is looked at again; past that day it is late.

    Time that stands still because of the person is not the institution's.
    """
    on = timezone.localdate(now)
    check_review_day(review_on, on=on)
    stopped_on = on if cause == Referral.HoldCause.PERSON else None
    REFERRAL.move(referral, "hold", by=by, reason=reason, respond_by=review_on, hold_cause=cause, stopped_on=stopped_on)
    tell_coordinator(referral, "referral_answered", by=by)
    tell_person(referral)
    return referral


@transaction.atomic
def resume_referral(referral, *, by, now) -> Referral:
    """Go on with somebody who was met before the pause; the next news are due from today."""
    REFERRAL.check(referral, "resume", by=by)
    if referral.first_contact_on is None:
        raise ValidationError(_("Nobody has met the person yet. Plan the beginning anew."))
    on = timezone.localdate(now)
    news_by = due(referral, Clock.NEWS, on=on)
    REFERRAL.move(referral, "resume", by=by, respond_by=news_by, **time_goes_on(referral, on=on))
    tell_person(referral)
    return referral


@transaction.atomic
def plan_beginning_anew(referral, *, by, now, planned_start_on) -> Referral:
    """End a pause that came before the first contact, with a new day for the beginning."""
    on = timezone.localdate(now)
    check_first_day(planned_start_on, on=on)
    contact_by = max(due(referral, Clock.FIRST_CONTACT, on=on), planned_start_on)
    dates = {"planned_start_on": planned_start_on, "respond_by": contact_by}
    REFERRAL.move(referral, "plan_anew", by=by, **dates, **time_goes_on(referral, on=on))
    tell_coordinator(referral, "referral_answered", by=by)
    tell_person(referral)
    return referral


@transaction.atomic
def reopen_referral(referral, *, by, now) -> Referral:
    """Take a refusal back, once and within thirty days, while the sender has not closed the loop.

    What the refusal said stays in the conversation.
    """
    REFERRAL.check(referral, "reopen", by=by)
    if not is_taken_back_in_time(referral, now=now):
        raise ValidationError(_("A refusal is taken back once, and within 30 days. Ask the coordinator for a new one."))
    if referral.acknowledged_at:
        raise ValidationError(_("The coordinator has already arranged something else. Call before you do more."))
    said = f"{referral.get_reject_reason_display()}: {referral.closing_note}"
    on = timezone.localdate(now)
    take_back_unmet(referral, now=now)  # while its refusal stands in it
    with one_open_referral(referral.case, referral.service, referral.receiver), transaction.atomic():
        REFERRAL.move(
            referral,
            "reopen",
            by=by,
            reopened_at=now,
            ended_at=None,
            decided_at=None,
            reject_reason="",
            closing_note="",
            ask_instead="",
            respond_by=answer_due(referral, on=on),
        )
    add_note(referral, ReferralNote.Kind.REFUSAL, said, by=by)
    tell_coordinator(referral, "referral_answered", by=by)
    tell_person(referral)
    return referral


def waits_for_reply(referral, *, on) -> bool:
    """Tell whether a question to the sender still has its time."""
    return referral.status == Referral.Status.INFO_REQUESTED and on <= referral.respond_by


@transaction.atomic
def reject_referral(referral, *, by, now, reject_reason, closing_note, ask_instead="") -> Referral:
    """Decline with a coded reason, words, and whom to ask instead; a question is given its time first."""
    if waits_for_reply(referral, on=timezone.localdate(now)):
        raise ValidationError(
            _("Your question may be answered until %(day)s. After that day you may decline.")
            % {"day": date_format(referral.respond_by, "j E Y")}
        )
    _end(
        referral,
        "reject",
        by=by,
        now=now,
        decided_at=now,
        reject_reason=reject_reason,
        closing_note=closing_note,
        ask_instead=ask_instead,
    )
    return referral


def check_past_day(referral, field, day, on) -> None:
    if day > on:
        raise ValidationError({field: LOOK_AGAIN})
    if referral.sent_at and day < timezone.localdate(referral.sent_at):
        raise ValidationError({field: _("This day lies before the referral was sent.")})


def _end(referral, move, *, by, now, **fields) -> None:
    """End the referral; the sender has to acknowledge it. A stopped clock ends with it."""
    on = timezone.localdate(now)
    fields |= {"ended_at": now, "respond_by": due(referral, Clock.ACKNOWLEDGE, on=on), "days_left": None}
    REFERRAL.move(referral, move, by=by, **fields, **time_goes_on(referral, on=on))
    write_unmet(referral, now=now)
    tell_coordinator(referral, "referral_answered", by=by)
    tell_person(referral)


# -- the clock's side -------------------------------------------------------------------------------
@transaction.atomic
def expire_referral(referral, *, by, now) -> Referral:
    """End what nobody answered after its reminders, and tell both sides."""
    on = timezone.localdate(now)
    respond_by = due(referral, Clock.ACKNOWLEDGE, on=on)
    REFERRAL.move(referral, "expire", by=by, ended_at=now, respond_by=respond_by, **time_goes_on(referral, on=on))
    write_unmet(referral, now=now)
    tell_coordinator(referral, "referral_expired", by=by)
    tell_receiver(referral, "referral_expired", on=on)
    tell_person(referral)
    return referral
