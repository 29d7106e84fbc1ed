"""What comes to the centre from others: taken down or filed, taken up, made a request, answered."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.clocks import ANSWER_WITHIN, COMPLETE_WITHIN, after
from coordination.models import IncomingReferral
from coordination.workflow import INCOMING
from cus_portal.accounts.models import Institution, User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.notifications.outbox import notify
from cus_portal.workdays import add_workdays, workdays_until
from residents.actions import Filing, submit_request
from residents.models import RequestParty, ServiceRequest
from services.models import Service

How = IncomingReferral.How
# What the desk files for: what came in the portal is a report by others, as anything that somebody else tells.
CHANNELS = {
    How.PAPER: ServiceRequest.Channel.PAPER,
    How.E_DELIVERY: ServiceRequest.Channel.PAPER,
    How.EMAIL: ServiceRequest.Channel.EMAIL,
    How.PHONE: ServiceRequest.Channel.PHONE,
}
ANSWER_AFTER_ACCEPTING = 30  # days, as for any request


# -- it comes ---------------------------------------------------------------------------------------
@transaction.atomic
def take_down_incoming(*, by: User, now: datetime, how: str, received_on: date, sender=None, **facts):
    """Write down at the desk what came on paper, by mail or by phone. A sender nobody knows waits for the organiser."""
    if not by.has_perm("coordination.add_incomingreferral"):
        raise PermissionDenied("coordination.add_incomingreferral")
    if received_on > timezone.localdate(now):
        raise ValidationError({"received_on": _("This day is still to come.")})
    return _record(by=by, now=now, how=how, received_on=received_on, sender=sender, **facts)


@transaction.atomic
def file_incoming(*, by: User, now: datetime, sender: Institution, **facts) -> IncomingReferral:
    """File to the centre from an institution's own room; the sender is where the worker works."""
    if sender.pk not in by.institutions_granting("coordination.file_incoming"):
        raise PermissionDenied("coordination.file_incoming")
    on = timezone.localdate(now)
    said = {"said_by": by.get_full_name(), "sender_contact": by.email}
    return _record(by=by, now=now, how=How.PORTAL, received_on=on, sender=sender, **said, **facts)


def _record(*, by, now, received_on, sender, **facts):
    if sender is not None and sender.is_centre:
        raise ValidationError({"sender": _("The centre does not refer to itself: open a request at the desk.")})
    state = IncomingReferral.Status.SENT if sender else IncomingReferral.Status.HELD
    incoming = IncomingReferral(filed_by=by, sender=sender, received_on=received_on, status=state, **facts)
    if not (incoming.consent_told or incoming.statute):
        raise ValidationError(
            {"statute": _("Say that the person has agreed, or write the act and article that ask for it.")}
        )
    incoming.respond_by = add_workdays(received_on, ANSWER_WITHIN[incoming.priority])
    year = timezone.localdate(now).year
    incoming.number = f"P/{year}/{next_number('incoming', year):04d}"
    incoming.save()
    record("incomingreferral.add", incoming, by=by, to_state=incoming.status)
    return incoming


@transaction.atomic
def admit_sender(incoming: IncomingReferral, *, sender: Institution, by: User, now: datetime) -> IncomingReferral:
    """Say which institution of the directory the sender is, after it was called back."""
    if sender.is_centre or not sender.is_active:
        raise ValidationError({"sender": _("Choose another institution that is active.")})
    INCOMING.move(incoming, "admit", by=by, sender=sender)
    return incoming


@transaction.atomic
def turn_away(incoming: IncomingReferral, *, by: User, now: datetime) -> IncomingReferral:
    reason = IncomingReferral.RejectReason.UNKNOWN_SENDER
    INCOMING.move(incoming, "turn_away", by=by, reject_reason=reason, ended_at=now)
    return incoming


# -- the desk ---------------------------------------------------------------------------------------
@transaction.atomic
def claim_incoming(incoming: IncomingReferral, *, by: User, now: datetime) -> IncomingReferral:
    """Take it up, or take it over; the first time it counts as opened."""
    INCOMING.move(incoming, "claim", by=by, assigned_to=by, opened_at=incoming.opened_at or now)
    return incoming


@transaction.atomic
def ask_partner(incoming: IncomingReferral, *, text: str, by: User, now: datetime) -> IncomingReferral:
    """Ask for what is missing; our clock stops, the sender's runs."""
    on = timezone.localdate(now)
    left = workdays_until(on, incoming.respond_by)
    due = add_workdays(on, COMPLETE_WITHIN)
    INCOMING.move(incoming, "ask", by=by, question=text, reply="", days_left=left, respond_by=due)
    _tell_sender(incoming, on=on)
    return incoming


@transaction.atomic
def take_reply(incoming: IncomingReferral, *, text: str, by: User, now: datetime) -> IncomingReferral:
    """Write down what the sender answered by phone or on paper."""
    return _replied(incoming, "take_reply", text=text, by=by, now=now)


@transaction.atomic
def reply_to_centre(incoming: IncomingReferral, *, text: str, by: User, now: datetime) -> IncomingReferral:
    return _replied(incoming, "reply", text=text, by=by, now=now)


def _replied(incoming, move, *, text, by, now):
    due = add_workdays(timezone.localdate(now), max(incoming.days_left or 0, 1))
    INCOMING.move(incoming, move, by=by, reply=text, days_left=None, respond_by=due)
    return incoming


@transaction.atomic
def accept_incoming(
    incoming: IncomingReferral,
    *,
    by: User,
    now: datetime,
    joins: ServiceRequest | None = None,
    service: Service | None = None,
) -> IncomingReferral:
    """Take the person on: file a request for her, or join the one that runs already."""
    INCOMING.check(incoming, "accept", by=by)
    if joins is None:
        request = submit_request(_filing(incoming, service), by=by, now=now)
    else:
        require(by, "residents.view_servicerequest", joins)
        request = joins
    on = timezone.localdate(now)
    due = after(on, ANSWER_AFTER_ACCEPTING)
    opened: dict[str, Any] = {"assigned_to": incoming.assigned_to or by, "opened_at": incoming.opened_at or now}
    INCOMING.move(incoming, "accept", by=by, request=request, respond_by=due, days_left=None, **opened)
    record("servicerequest.incoming", request, by=by, reason=incoming.number)
    _tell_sender(incoming, on=on)
    return incoming


def _filing(incoming, service):
    statutory = bool(incoming.statute)
    person = {"first_name": incoming.first_name, "last_name": incoming.last_name, "birth_date": incoming.birth_date}
    basis = RequestParty.Basis.LAW if statutory else RequestParty.Basis.INSTITUTION
    filer = {"institution": incoming.sender.name[:160], "basis": basis, "relation": incoming.sender.short_name[:80]}
    return Filing(
        channel=CHANNELS.get(incoming.how, ServiceRequest.Channel.REPORT),
        received_on=incoming.received_on,
        needs=[(service, "" if service else incoming.need[:500])],
        applicant={"last_name": incoming.said_by[:80], **filer},
        person=person | {"phone": incoming.phone, "address": incoming.address[:120]},
        situation=incoming.need,
        is_urgent=incoming.priority == "urgent",
    )


@transaction.atomic
def answer_partner(incoming: IncomingReferral, *, text: str, by: User, now: datetime) -> IncomingReferral:
    """Tell the sender what has come of it; with that our side is done."""
    INCOMING.move(incoming, "answer", by=by, answer=text, ended_at=now)
    _tell_sender(incoming, on=timezone.localdate(now))
    return incoming


@transaction.atomic
def reject_incoming(
    incoming: IncomingReferral, *, reject_reason: str, text: str, by: User, now: datetime
) -> IncomingReferral:
    """Do not take it on, with a coded reason and words that say whom to ask instead."""
    INCOMING.move(incoming, "reject", by=by, reject_reason=reject_reason, answer=text, ended_at=now)
    _tell_sender(incoming, on=timezone.localdate(now))
    return incoming


@transaction.atomic
def end_incoming(
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
) -> IncomingReferral:
    """End it for a reason on the person's side, which is no refusal of the centre.

    Help may be declined by somebody who understands what he declines, and where nobody is in danger. In doubt it goes
    on: the centre then acts by the law, not by the wish.
    """
    if end_reason == IncomingReferral.EndReason.DECLINED:
        if declined_on is None or declined_on > timezone.localdate(now):
            raise ValidationError({"declined_on": _("Write the day on which the person said so.")})
        if not safety_note:
            raise ValidationError({"safety_note": _("Write whom you talked to and what you saw.")})
        if not (understands and is_safe):
            raise ValidationError(
                _(
                    "This may not end here: accept it and act by the law. Doubts about understanding go to the social"
                    " worker and, if need be, to the court; danger goes to the police or the domestic violence team."
                )
            )
    else:
        declined_on, safety_note = None, ""
    said: dict[str, Any] = {
        "end_reason": end_reason,
        "declined_on": declined_on,
        "safety_note": safety_note,
        "answer": text,
    }
    INCOMING.move(incoming, "end", by=by, ended_at=now, days_left=None, **said)
    _tell_sender(incoming, on=timezone.localdate(now))
    return incoming


@transaction.atomic
def discard_incoming(incoming: IncomingReferral, *, by: User, now: datetime) -> IncomingReferral:
    INCOMING.move(incoming, "discard", by=by, ended_at=now)
    return incoming


@transaction.atomic
def withdraw_incoming(incoming: IncomingReferral, *, by: User, now: datetime) -> IncomingReferral:
    """Take it back before it was accepted."""
    INCOMING.move(incoming, "withdraw", by=by, ended_at=now, days_left=None)
    return incoming


def _tell_sender(incoming, *, on) -> None:
    """Number and path only; who has no account is told by whoever answers, as the page says."""
    for recipient in incoming.sender.addressees(Role.INSTITUTION_WORKER, on=on):
        notify(
            recipient,
            "incoming_news",
            dedupe_key=f"incoming:{incoming.pk}:{incoming.version}:{recipient._meta.model_name}:{recipient.pk}",
            about=incoming,
            number=incoming.number,
            path=reverse("coordination:sent_to_centre_one", args=[incoming.pk]),
        )
