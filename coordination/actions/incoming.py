"""What comes to the centre from others: taken down or filed, taken up, made a request, answered."""

import hashlib
import uuid
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.actions.grounds import LOOK_AGAIN, PURPOSE
from coordination.actions.unmet import take_back_unmet_incoming, write_unmet_incoming
from coordination.clocks import Clock, answer_due, due, time_goes_on
from coordination.incoming_mail import tell_desk, tell_sender, tell_sender_and_person
from coordination.models import IncomingReferral, Referral, ReferralNote
from coordination.waiting import service_keeps_list
from coordination.workflow import INCOMING
from cus_portal.accounts.models import Institution, User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.workdays import add_workdays, workdays_until
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import Filing, restrict_file, submit_request
from residents.actions.handing import check_is_here
from residents.actions.restricted import admit_worker
from residents.models import RequestParty, RestrictedFile, ServiceRequest
from services.models import Service, ServiceArea

How = IncomingReferral.How
# What the desk files for: what came in the portal is a report by others, as anything that somebody else tells.
CHANNELS = {
    How.PAPER: ServiceRequest.Channel.PAPER,
    How.E_DELIVERY: ServiceRequest.Channel.PAPER,
    How.EMAIL: ServiceRequest.Channel.EMAIL,
    How.PHONE: ServiceRequest.Channel.PHONE,
}


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


def filed_once(action):
    """Return the act that files once what the same form says and encloses, however often it is sent."""

    def act(*, submit_token, by, now, files=(), **facts) -> IncomingReferral:
        token = uuid.uuid5(submit_token, repr((by.pk, sorted(facts.items()), [_content_of(file) for file in files])))
        known = IncomingReferral.objects.filter(submit_token=token)
        if row := known.first():
            return row
        try:
            return action(submit_token=token, by=by, now=now, files=files, **facts)
        except IntegrityError:
            return known.get()

    return act


def _content_of(accepted) -> tuple[str, str]:
    accepted.file.seek(0)
    content = hashlib.file_digest(accepted.file, "sha256").hexdigest()
    accepted.file.seek(0)
    return accepted.name, content


def _record(*, by, now, received_on, sender, **facts):
    if sender is not None and sender.is_centre:
        raise ValidationError({"sender": _("The centre does not refer to itself: open a request at the desk.")})
    state = IncomingReferral.Status.SENT if sender else IncomingReferral.Status.HELD
    incoming = IncomingReferral(filed_by=by, sender=sender, received_on=received_on, status=state, **facts)
    check_ground(incoming)
    incoming.respond_by = answer_due(incoming, on=received_on)
    year = timezone.localdate(now).year
    incoming.number = f"P/{year}/{next_number('incoming', year):04d}"
    incoming.save()
    record("incomingreferral.add", incoming, by=by, to_state=incoming.status)
    if incoming.is_protected:
        tell_desk(incoming, by=by, on=timezone.localdate(now))
    return incoming


def check_ground(incoming: IncomingReferral) -> None:
    """A statute asks for it, or the person agreed to this very purpose."""
    if incoming.statute:
        return
    if incoming.kind == Referral.Kind.STATUTORY_NOTICE:
        raise ValidationError({"statute": _("A statutory notice names the act and article that ask for it.")})
    if not incoming.consent_for:
        raise ValidationError(
            {"statute": _("Say that the person has agreed, or write the act and article that ask for it.")}
        )
    if incoming.consent_for != PURPOSE[Referral.Kind(incoming.kind)]:
        words = _("The person agreed to something else than this is about (%(purpose)s). Ask the person once more.")
        raise ValidationError({"consent_for": words % {"purpose": incoming.get_consent_for_display()}})


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
def hand_over_incoming(incoming: IncomingReferral, *, to: User, by: User, now: datetime) -> IncomingReferral:
    """Give it to a colleague who answers what comes in; with a protected one he is let in by this."""
    if not to.granted("coordination.answer_incoming"):
        raise ValidationError({"to": _("Choose a colleague of the desk.")})
    on = timezone.localdate(now)
    if to.pk != by.pk:
        check_is_here(to, on, field="to")
    INCOMING.move(incoming, "hand_over", by=by, assigned_to=to, opened_at=incoming.opened_at or now)
    if incoming.request is not None:
        admit_worker(incoming.request, to, by=by, now=now)
    tell_desk(incoming, by=by, on=on)
    return incoming


@transaction.atomic
def give_back_incoming(incoming: IncomingReferral, *, by: User, now: datetime) -> IncomingReferral:
    if incoming.assigned_to_id is None:
        raise TransitionNotAllowed(_("Nobody has it in hand."))
    INCOMING.move(incoming, "give_back", by=by, assigned_to=None)
    return incoming


@transaction.atomic
def classify_incoming(incoming: IncomingReferral, *, confidentiality: str, by: User, now: datetime):
    """Correct how confidential it is, before it is accepted; afterwards its request is restricted by itself."""
    INCOMING.move(incoming, "classify", by=by, confidentiality=confidentiality)
    if incoming.is_protected:
        tell_desk(incoming, by=by, on=timezone.localdate(now))
    return incoming


@transaction.atomic
def ask_partner(incoming: IncomingReferral, *, text: str, by: User, now: datetime) -> IncomingReferral:
    """Ask for what is missing; our clock stops, the sender's runs."""
    on = timezone.localdate(now)
    left = workdays_until(on, incoming.respond_by)
    reply_by = due(incoming, Clock.COMPLETE, on=on)
    INCOMING.move(incoming, "ask", by=by, days_left=left, respond_by=reply_by, stopped_on=on)
    say(incoming, ReferralNote.Kind.QUESTION, text, by=by, now=now)
    tell_sender_and_person(incoming, on=on)
    return incoming


@transaction.atomic
def take_reply(
    incoming: IncomingReferral, *, text: str, said_by: str, answered_on: date, by: User, now: datetime
) -> IncomingReferral:
    """Write down what the sender answered by phone or on paper, who there said so and when."""
    check_past_day(incoming, "answered_on", answered_on, timezone.localdate(now))
    said = f"{said_by}, {date_format(answered_on, 'j E Y')}: {text}"
    return _replied(incoming, "take_reply", ReferralNote.Kind.TAKEN_DOWN, text=said, by=by, now=now)


def check_past_day(incoming, field, day, on) -> None:
    if day > on:
        raise ValidationError({field: LOOK_AGAIN})
    if day < incoming.received_on:
        raise ValidationError({field: _("This day lies before the referral came.")})


@transaction.atomic
def reply_to_centre(incoming: IncomingReferral, *, text: str, by: User, now: datetime) -> IncomingReferral:
    return _replied(incoming, "reply", ReferralNote.Kind.ANSWER, text=text, by=by, now=now)


def say(incoming, kind, text, *, by: User, now: datetime) -> None:
    """Add to the conversation with the sender."""
    incoming.notes.create(kind=kind, text=text, author=by, created_at=now)


def _replied(incoming, move, kind, *, text, by, now):
    on = timezone.localdate(now)
    answer_by = add_workdays(on, max(incoming.days_left or 0, 1))
    INCOMING.move(incoming, move, by=by, days_left=None, respond_by=answer_by, **time_goes_on(incoming, on=on))
    say(incoming, kind, text, by=by, now=now)
    tell_desk(incoming, by=by, on=on)
    return incoming


@transaction.atomic
def accept_incoming(
    incoming: IncomingReferral,
    *,
    by: User,
    now: datetime,
    joins: ServiceRequest | None = None,
    service: Service | None = None,
    restricted_as: str = "",
) -> IncomingReferral:
    """Take the person on: file a request for her, or join the one that runs already."""
    contact_by = due(incoming, Clock.FIRST_CONTACT, on=timezone.localdate(now))
    facts = {"joins": joins, "service": service, "restricted_as": restricted_as}
    return _take_on(incoming, "accept", by=by, now=now, respond_by=contact_by, decided_at=now, **facts)


@transaction.atomic
def waitlist_incoming(
    incoming: IncomingReferral,
    *,
    by: User,
    now: datetime,
    service: Service | None = None,
    joins: ServiceRequest | None = None,
    restricted_as: str = "",
) -> IncomingReferral:
    """Promise a place later, where the service keeps a list.

    The request is opened at once: the waiting list is that of requests, in their order. One that was opened before, as
    of a refusal that was taken back, names its service itself.
    """
    INCOMING.check(incoming, "waitlist", by=by)
    on = timezone.localdate(now)
    if service is not None and not service_keeps_list(service.pk, on=on):
        raise ValidationError(
            {"service": _("This service keeps no waiting list. Accept it, or say whom to ask instead.")}
        )
    ask_again_on = due(incoming, Clock.WAITING, on=on)
    facts = {"joins": joins, "service": service, "restricted_as": restricted_as}
    return _take_on(incoming, "waitlist", by=by, now=now, respond_by=ask_again_on, **facts)


def _take_on(incoming, move, *, by, now, joins, service, restricted_as, **fields):
    INCOMING.check(incoming, move, by=by)
    _check_at_use(incoming)
    is_new = incoming.request_id is None
    request = incoming.request or joins
    if request is None:
        request = submit_request(_filing(incoming, service), by=by, now=now)
    elif is_new:
        require(by, "residents.view_servicerequest", request)
    if incoming.is_protected and is_new:
        _restrict(request, restricted_as or RestrictedFile.Kind.VIOLENCE, by=by, now=now)
    on = timezone.localdate(now)
    opened: dict[str, Any] = {"assigned_to": incoming.assigned_to or by, "opened_at": incoming.opened_at or now}
    INCOMING.move(incoming, move, by=by, request=request, days_left=None, **opened, **fields)
    if is_new:
        record("servicerequest.incoming", request, by=by, reason=incoming.number)
    tell_sender_and_person(incoming, on=on)
    return incoming


def _check_at_use(incoming):
    """Ask again when the data are put to use; here no field of the sender's can be corrected any more."""
    try:
        check_ground(incoming)
    except ValidationError as error:
        raise ValidationError(error.messages) from None


def _restrict(request, kind, *, by, now):
    request.refresh_from_db(fields=["restricted_file"])
    if request.restricted_file_id is None:
        restrict_file(request, kind=kind, by=by, now=now)


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
def reject_incoming(
    incoming: IncomingReferral,
    *,
    reject_reason: str,
    text: str,
    by: User,
    now: datetime,
    area: ServiceArea | None = None,
) -> IncomingReferral:
    """Do not take it on, with a coded reason and words that say whom to ask instead; a question is given its time.

    What the centre lacks goes into the register of unmet needs, under the area where somebody says it.
    """
    on = timezone.localdate(now)
    if incoming.status == IncomingReferral.Status.INFO_REQUESTED and on <= incoming.respond_by:
        raise ValidationError(
            _("Your question may be answered until %(day)s. After that day you may decline.")
            % {"day": date_format(incoming.respond_by, "j E Y")}
        )
    end(incoming, "reject", by=by, now=now, area=area, decided_at=now, reject_reason=reject_reason, answer=text)
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
    said = checked_end(
        end_reason, now=now, declined_on=declined_on, understands=understands, is_safe=is_safe, safety_note=safety_note
    )
    end(incoming, "end", by=by, now=now, answer=text, **said)
    return incoming


def checked_end(end_reason, *, now, declined_on, understands, is_safe, safety_note) -> dict[str, Any]:
    """Return what is kept of the reason; help is declined with its day, and with understanding and safety looked at."""
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
    return {"end_reason": end_reason, "declined_on": declined_on, "safety_note": safety_note}


def end(incoming, move, *, by, now, area=None, **fields) -> None:
    """End it; the sender has to acknowledge it. A stopped clock ends with it."""
    on = timezone.localdate(now)
    acknowledge_by = due(incoming, Clock.ACKNOWLEDGE, on=on)
    stopped_no_more = {"days_left": None, **time_goes_on(incoming, on=on)}
    INCOMING.move(incoming, move, by=by, ended_at=now, respond_by=acknowledge_by, **stopped_no_more, **fields)
    write_unmet_incoming(incoming, area=area, now=now)
    tell_sender_and_person(incoming, on=on)
    tell_desk(incoming, by=by, on=on)


@transaction.atomic
def discard_incoming(incoming: IncomingReferral, *, reason: str, by: User, now: datetime) -> IncomingReferral:
    """Take it out of lists and figures; it stays in the audit. The sender learns that it ended so."""
    take_back_unmet_incoming(incoming, now=now)
    INCOMING.move(incoming, "discard", by=by, reason=reason, ended_at=now)
    if incoming.sender_id is not None:
        tell_sender(incoming, on=timezone.localdate(now))
    return incoming


@transaction.atomic
def withdraw_incoming(incoming: IncomingReferral, *, reason: str, by: User, now: datetime) -> IncomingReferral:
    """Take it back. A request that was opened meanwhile is the person's own and goes on."""
    on = timezone.localdate(now)
    stopped_no_more = {"days_left": None, **time_goes_on(incoming, on=on)}
    INCOMING.move(incoming, "withdraw", by=by, reason=reason, ended_at=now, **stopped_no_more)
    tell_desk(incoming, by=by, on=on)
    return incoming
