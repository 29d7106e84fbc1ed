"""Official letters: written, sent, delivered or come back; and the terms that run from the delivery."""

from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.db import next_number
from residents.actions.acting import sight_of
from residents.actions.cases import person_of
from residents.actions.requests import keep_files
from residents.delivery import (
    EPUAP_ENDED,
    LEAST_DAYS_TO_COMPLETE,
    appeal_until,
    check_between,
    deemed_delivered,
    term_from_delivery,
)
from residents.letter_texts import DOTS, text_of, text_of_refusal
from residents.models import Consent, Letter, RefusalDecision, RequestItem, RequestParty, ServiceRequest
from residents.workflow import LETTER

Channel, How, Kind = Letter.Channel, Letter.How, Letter.Kind
Sight = RequestParty.Sight


@transaction.atomic
def draft_letter(request: ServiceRequest, *, kind: str, by: User, now: datetime) -> Letter:
    """Begin a letter from the text of its kind, to whoever filed."""
    require(by, "residents.write_letter", request)
    text = text_of(kind, request)
    recipient, address = addressee_of(request, kind=kind, on=timezone.localdate(now))
    letter = Letter.objects.create(
        request=request,
        kind=kind,
        recipient=recipient,
        address=address,
        subject=text.subject,
        body=text.body,
        term_days=text.term_days,
        question=request.questions.open().first() if kind == Kind.CALL else None,
        drafted_by=by,
    )
    record("letter.draft", letter, by=by, kind=kind)
    return letter


def letter_of_refusal(item: RequestItem, refusal: RefusalDecision, *, by: User, now: datetime) -> Letter:
    """Write the signed decision as a letter under its own number; it waits at the desk to be sent."""
    text = text_of_refusal(item, refusal)
    recipient, address = addressee_of(item.request, kind=Kind.DECISION, on=timezone.localdate(now))
    letter = Letter.objects.create(
        request=item.request,
        number=refusal.number,
        kind=Kind.DECISION,
        recipient=recipient,
        address=address,
        subject=text.subject,
        body=text.body,
        drafted_by=refusal.proposed_by,
    )
    record("letter.draft", letter, by=by, kind=Kind.DECISION)
    return letter


def addressee_of(request: ServiceRequest, *, kind: str, on: date) -> tuple[str, str]:
    """Return name and address of who gets the letter.

    Who filed and speaks for the person (KPA art. 40 § 2); else the person. A call to complete the request goes to
    whoever filed it, unless his right has ended.
    """
    sight = sight_of(request, on)
    to_filer = sight == Sight.ALL or (sight == Sight.FILING and kind == Kind.CALL)
    filer = request.parties.filter(role=RequestParty.Role.APPLICANT).select_related("locality").first()
    party = filer if to_filer and not request.code_is_the_persons else person_of(request)
    if party is None:
        return "", ""
    place = " ".join(filter(None, [party.postal_code, str(party.locality or "")]))
    return party.get_full_name(), ", ".join(filter(None, [party.address, place]))


@transaction.atomic
def change_letter(
    letter: Letter,
    *,
    recipient: str,
    address: str,
    subject: str,
    body: str,
    term_days: int | None = None,
    by: User,
    now: datetime,
) -> Letter:
    """Write a letter that has not been sent."""
    if letter.kind == Kind.CALL and (term_days or 0) < LEAST_DAYS_TO_COMPLETE:
        raise ValidationError({"term_days": _("The law gives at least seven days for this (KPA art. 64).")})
    if letter.kind == Kind.DECISION and (subject, body) != (letter.subject, letter.body):
        raise ValidationError(_("A signed decision is not changed: only to whom and where it goes."))
    LETTER.move(
        letter,
        "change",
        by=by,
        recipient=recipient,
        address=address,
        subject=subject,
        body=body,
        term_days=term_days,
    )
    return letter


@transaction.atomic
def send_letter(
    letter: Letter, *, channel: str, sent_on: date, address_is_safe: bool = False, by: User, now: datetime
) -> Letter:
    """Record how and when the letter left; it gets its number and can no longer be changed."""
    if sent_on > timezone.localdate(now):
        raise ValidationError({"sent_on": _("This day is still to come.")})
    signed_at = RefusalDecision.objects.filter(letter=letter).values_list("signed_at", flat=True).first()
    if signed_at:  # a decision does not leave before there is one
        check_between("sent_on", sent_on, timezone.localdate(signed_at), timezone.localdate(now))
    if channel == Channel.EPUAP and sent_on >= EPUAP_ENDED:
        raise ValidationError(
            {"channel": _("Since 1 January 2026 a letter by ePUAP is not delivered. Choose e-Doręczenia or post.")}
        )
    if not letter.recipient.strip():
        raise ValidationError(_("Write first to whom the letter goes."))
    _check_consent(letter, on=timezone.localdate(now))
    if DOTS in letter.body.splitlines():
        raise ValidationError(_("The text still has a gap, marked by three dots. Change the letter and fill it in."))
    if channel == Channel.POST:
        _check_address(letter, is_safe=address_is_safe)
    LETTER.move(letter, "send", by=by, channel=channel, sent_on=sent_on, number=letter.number or _number(now))
    if channel == Channel.IN_PERSON:
        deliver_letter(letter, delivered_on=sent_on, how=How.RECEIVED, by=by, now=now)
    return letter


def _check_consent(letter, *, on):
    """A handover leaves while its consent holds; the row is held, so a withdrawal comes wholly before or after."""
    if letter.consent_id is None:
        return
    consent = Consent.objects.select_for_update().get(pk=letter.consent_id)
    if not consent.is_in_force(on) or consent.purpose != Consent.Purpose.FORWARDING:
        raise ValidationError(
            _("The consent to hand these data over has ended or was withdrawn. Discard this letter, or ask anew.")
        )


def _check_address(letter, *, is_safe):
    if not letter.address.strip():
        text = _("No address is known: write it into the letter, or hand the letter over in person.")
        raise ValidationError({"channel": text})
    if letter.request.safe_contact and not is_safe and letter.kind != Kind.HANDOVER:
        raise ValidationError(
            {
                "address_is_safe": _(
                    "Contact must be discreet. Hand the letter over in person, or ask whether a letter home is safe."
                )
            }
        )


def _number(now):
    prefix, year = settings.CENTRE["reference_prefix"], timezone.localdate(now).year
    return f"{prefix}-P-{year}-{next_number(f'letter:{prefix}', year):04d}"


@transaction.atomic
def record_notice(letter: Letter, *, waits_since: date, by: User, now: datetime) -> Letter:
    """Record from which day the letter waits: its first notice, or its arrival at the address for e-delivery."""
    check_between("waits_since", waits_since, letter.sent_on, timezone.localdate(now))
    deemed = deemed_delivered(letter.channel, waits_since)
    if deemed is None:
        raise ValidationError(_("On this way a letter counts as delivered with its receipt only."))
    LETTER.move(letter, "notice", by=by, waits_since=waits_since, deemed_on=deemed.moved)
    return letter


@transaction.atomic
def deliver_letter(
    letter: Letter,
    *,
    delivered_on: date,
    how: str = How.RECEIVED,
    proof_number: str = "",
    files=(),
    by: User,
    now: datetime,
) -> Letter:
    """Record the day of delivery with its proof; the term of the letter begins to run."""
    check_between("delivered_on", delivered_on, letter.sent_on, timezone.localdate(now))
    if letter.deemed_on and delivered_on > letter.deemed_on:
        raise ValidationError(
            {"delivered_on": _("By law the letter was delivered before: choose “Counts as delivered”.")}
        )
    return _delivered(letter, "deliver", delivered_on, how, proof_number=proof_number, files=files, by=by)


@transaction.atomic
def presume_delivered(letter: Letter, *, proof_number: str = "", files=(), by: User, now: datetime) -> Letter:
    """Record that nobody collected the letter and that by law it is delivered: on the day the portal counts."""
    if letter.deemed_on is None:
        raise ValidationError(_("Record first from which day the letter waits."))
    if timezone.localdate(now) <= letter.deemed_on:
        raise ValidationError(_("The time to collect the letter is not over yet."))
    return _delivered(letter, "presume", letter.deemed_on, How.PRESUMED, proof_number=proof_number, files=files, by=by)


def _delivered(letter, move, day, how, *, proof_number, files, by):
    term = term_from_delivery(day, letter.term_days)
    LETTER.move(
        letter,
        move,
        by=by,
        delivered_on=day,
        delivered_how=how,
        proof_number=proof_number,
        term_raw_on=term.raw if term else None,
        term_on=term.moved if term else None,
    )
    if letter.kind == Kind.DECISION:
        appeal = appeal_until(day)
        RefusalDecision.objects.filter(letter=letter).update(
            delivered_on=day, appeal_raw_on=appeal.raw, appeal_on=appeal.moved
        )
    if files:
        keep_files(letter.request, files, letter=letter, held=letter.request.attachments.count())
    return letter


@transaction.atomic
def return_letter(letter: Letter, *, reason: str, by: User, now: datetime) -> Letter:
    """Record that the letter came back and was not delivered: a wrong address, nobody of that name."""
    LETTER.move(letter, "return", by=by, reason=reason, waits_since=None, deemed_on=None)
    return letter


@transaction.atomic
def write_again(letter: Letter, *, by: User, now: datetime) -> Letter:
    """Take a letter that came back as a draft once more; it keeps its number."""
    LETTER.move(letter, "again", by=by, sent_on=None, channel="")
    return letter


@transaction.atomic
def discard_letter(letter: Letter, *, by: User, now: datetime) -> Letter:
    """Put aside a letter that will not be sent. A signed decision has to be."""
    if letter.kind == Kind.DECISION:
        raise ValidationError(_("A signed decision has to be delivered."))
    LETTER.move(letter, "discard", by=by)
    return letter
