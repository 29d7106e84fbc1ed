"""What becomes of each need: qualified, waiting, passed on, informed, or refused by a decision of two people."""

from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.db import next_number
from cus_portal.notifications.outbox import notify
from residents.actions.accounts import tell_accounts
from residents.actions.clock import lock_items
from residents.actions.letters import letter_of_refusal
from residents.actions.queue import change_queue, join_queue, leave_queue, left_queue_at, stand_again, take_place
from residents.actions.requests import settle_if_decided
from residents.actions.unmet import keep_unmet
from residents.models import Letter, QueueEvent, RefusalDecision, RequestItem, ResidentAccount
from residents.places import count_places_of
from residents.workflow import ITEM
from services.models import PublicBasis, Service


@transaction.atomic
def qualify_item(
    item: RequestItem,
    *,
    answer: str = "",
    units: Decimal = Decimal(1),
    skip_reason: str = "",
    decision_number: str = "",
    decision_on: date | None = None,
    by: User,
    now: datetime,
) -> RequestItem:
    """Qualify for the service. The order of requests and the limit of the programme are kept.

    A programme needs no decision for that. A row that grants by decision does: its number and day stay with the need.
    """
    require(by, "residents.triage_item", item)
    decision = _decision(item, decision_number.strip(), decision_on, on=timezone.localdate(now))
    take_place(item, units=units, skip_reason=skip_reason, what=QueueEvent.What.QUALIFIED, by=by, now=now)
    return decide_and_tell(item, "qualify", by=by, now=now, answer=answer, **decision)


def _decision(item, number, day, *, on):
    """Return the decision that grants, where the row asks for one."""
    if not item.is_granted_by_decision:
        return {}
    if not number:
        raise ValidationError({"decision_number": _("This help is granted by a decision. Write its number.")})
    if day is None or day > on:
        raise ValidationError({"decision_on": _("Write the day of the decision, today or earlier.")})
    return {"decision_number": number, "decision_on": day}


@transaction.atomic
def change_service(item: RequestItem, *, service: Service, reason: str, by: User, now: datetime) -> RequestItem:
    """Move a need to the service that was meant. The resident's words stay, and neither term nor place begins anew."""
    if service.pk == item.service_id:
        raise ValidationError({"service": _("This is the service the need has now.")})
    basis = dict(PublicBasis.objects.of_services([service], on=item.request.received_on))
    words = item.own_words or (item.service.plain_name if item.service else "")
    ITEM.move(
        item,
        "change_service",
        by=by,
        reason=reason,
        service=service,
        programme_service_id=basis.get(service.pk),
        own_words=words,
    )
    change_queue(item, reason=reason, by=by, now=now)
    if item.status == RequestItem.Status.WAITLISTED:  # the person was told of a place in the queue left
        keep_unmet(item, now=now)
        count_places_of([item], now=now)
        tell_and_settle(item, by=by, now=now)
    return item


@transaction.atomic
def waitlist_item(
    item: RequestItem, *, answer: str = "", is_preferred: bool = False, by: User, now: datetime
) -> RequestItem:
    """Put on the waiting list of the service; no refusal, and the place in the order is the filing's."""
    require(by, "residents.triage_item", item)
    join_queue(item, is_preferred=is_preferred, by=by, now=now)
    return decide_and_tell(item, "waitlist", by=by, now=now, answer=answer)


@transaction.atomic
def inform_item(item: RequestItem, *, answer: str, lacking: str = "", by: User, now: datetime) -> RequestItem:
    """Answer a need that no programme serves; `lacking` puts it into the register of unmet needs."""
    if not answer.strip():
        raise ValidationError({"answer": _("Write what the resident is to be told.")})
    return decide_and_tell(item, "inform", by=by, now=now, answer=answer, lacking=lacking)


@transaction.atomic
def leave_unexamined(letter: Letter, *, by: User, now: datetime) -> Letter:
    """Leave unexamined what nobody decided of the needs the call is about.

    The call was delivered, its term is over and no answer came (KPA art. 64 § 2).
    """
    require(by, "residents.triage_item", letter)
    if not Letter.objects.unanswered(timezone.localdate(now)).filter(pk=letter.pk).exists():
        raise ValidationError(_("The term of the call is not over yet, or an answer has come."))
    named = [item for item in lock_items(letter.request_id) if letter.is_about(item)]
    left = [item for item in named if item.status in ITEM["leave_unexamined"].sources]
    for item in left:
        decide(item, "leave_unexamined", by=by, now=now)
    tell_and_settle(left[-1], by=by, now=now)
    return letter


@transaction.atomic
def propose_refusal(
    item: RequestItem,
    *,
    factual_grounds: str,
    legal_grounds: str,
    appeal_instruction: str,
    ground: str = RefusalDecision.Ground.OTHER,
    by: User,
    now: datetime,
) -> RequestItem:
    """Write a refusal for the director to sign. A proposal that came back is written anew, by whoever does so now.

    Of a need that waits, too, when its conditions fall away: what was said of discontinuing holds for its place.
    What is given without formalities, or by a partner's rules, the centre does not refuse by a decision.
    """
    if ground in RefusalDecision.DISCONTINUES:
        raise ValidationError({"ground": _("By this ground the need is discontinued, not refused.")})
    words = {"factual_grounds": factual_grounds, "legal_grounds": legal_grounds}
    _check_decision(item, **words, appeal_instruction=appeal_instruction)
    _propose(item, "propose_refusal", leaves=_("a refusal was proposed"), by=by, now=now)
    return _write_decision(item, **words, appeal_instruction=appeal_instruction, ground=ground, by=by, now=now)


@transaction.atomic
def propose_discontinuing(
    item: RequestItem,
    *,
    factual_grounds: str,
    legal_grounds: str,
    appeal_instruction: str,
    ground: str = RefusalDecision.Ground.MOVED,
    by: User,
    now: datetime,
) -> RequestItem:
    """Write a decision that discontinues what has become pointless, as after a move away (KPA art. 105 § 1).

    Nobody withdrew it: the director signs, the person is told and may appeal. Until then nobody gets its place.
    """
    if ground not in RefusalDecision.DISCONTINUES:
        raise ValidationError({"ground": _("By this ground the need is refused, not discontinued.")})
    words = {"factual_grounds": factual_grounds, "legal_grounds": legal_grounds}
    _check_decision(item, **words, appeal_instruction=appeal_instruction)
    _propose(item, "propose_discontinuing", leaves=_("to be discontinued (KPA art. 105)"), by=by, now=now)
    return _write_decision(item, **words, appeal_instruction=appeal_instruction, ground=ground, by=by, now=now)


def _propose(item, move, *, leaves, by, now):
    """Make the move; a need that waits steps out of its queue, and nobody gets its place unsaid."""
    waited = item.status == RequestItem.Status.WAITLISTED
    ITEM.move(item, move, by=by, decided_at=None, decided_by=None)
    if waited:
        leave_queue(item, by=by, now=now, reason=leaves)
        count_places_of([item], now=now)


def _check_decision(item, **words):
    if item.has_no_decision:
        raise ValidationError(
            _("This help is given without a decision of the centre. Inform the person, or pass the need on.")
        )
    if not all(text.strip() for text in words.values()):
        raise ValidationError(_("A decision needs factual and legal grounds and an instruction on appeal."))


def _write_decision(item, *, by, now, **words):
    written = {**words, "proposed_by": by, "proposed_at": now}
    item.refusal, _created = RefusalDecision.objects.update_or_create(item=item, defaults=written)
    return item


@transaction.atomic
def sign_refusal(item: RequestItem, *, by: User, now: datetime) -> RequestItem:
    """Sign the refusal, never one's own proposal, and give it the next number of the year in Poland."""
    return _sign(item, "sign_refusal", discontinues=False, by=by, now=now)


@transaction.atomic
def sign_discontinuing(item: RequestItem, *, by: User, now: datetime) -> RequestItem:
    """Sign the decision that discontinues the need, as a refusal is signed: four eyes, a number, a letter."""
    return _sign(item, "sign_discontinuing", discontinues=True, by=by, now=now)


def _sign(item, move, *, discontinues, by, now):
    ITEM.move(item, move, by=by, decided_at=now, decided_by=by, answer="")  # the decision is the answer
    refusal = RefusalDecision.objects.get(item=item)
    if refusal.discontinues != discontinues:
        raise ValidationError(_("Another decision was proposed for this need. Read it first."))
    refusal.signed_by, refusal.signed_at, refusal.number = by, now, _decision_number(now)
    refusal.letter = letter_of_refusal(item, refusal, by=by, now=now)
    refusal.save(update_fields=["signed_by", "signed_at", "number", "letter"])
    item.refusal = refusal
    keep_unmet(item, now=now)
    return tell_and_settle(item, by=by, now=now)


@transaction.atomic
def return_refusal(item: RequestItem, *, reason: str, by: User, now: datetime) -> RequestItem:
    """Send a proposed decision back: the need is open again, or waits again where it stood."""
    if not reason.strip():
        raise ValidationError({"reason": _("Write why the decision goes back.")})
    proposed = RefusalDecision.objects.filter(item=item).first()
    if proposed is None or not left_queue_at(item, proposed.proposed_at):
        ITEM.move(item, "return_refusal", by=by, reason=reason)
        return item
    ITEM.move(item, "return_to_wait", by=by, reason=reason, decided_at=now, decided_by=by)
    stand_again(item, reason=reason, by=by, now=now)
    return item


def appeal_instruction() -> str:
    """Return the instruction on appeal that a refusal carries (KPA art. 127 and 129)."""
    return _(
        "You may appeal against this decision to %(board)s, through the director of %(centre)s,"
        " within 14 days of the day on which you received it."
        " During this time you may also waive your right to appeal; the decision is then final."
    ) % {
        "board": settings.CENTRE["appeals_board"],
        "centre": f"{settings.CENTRE['name']} {settings.CENTRE['place']}",
    }


# -- what every answer does ---------------------------------------------------------------------
def decide(item: RequestItem, move: str, *, by: User, now: datetime, answer: str = "", lacking: str = "", **fields):
    """Write the answer down; whoever calls it tells the person."""
    ITEM.move(item, move, by=by, decided_at=now, decided_by=by, answer=answer, **fields)
    keep_unmet(item, lacking=lacking, now=now)
    count_places_of([item], now=now)


def decide_and_tell(item: RequestItem, move: str, *, by: User, now: datetime, **fields) -> RequestItem:
    decide(item, move, by=by, now=now, **fields)
    return tell_and_settle(item, by=by, now=now)


def tell_and_settle(item: RequestItem, *, by: User, now: datetime) -> RequestItem:
    """Settle the request with its last need, which tells the resident; else tell him of this one."""
    was_open = item.request.is_open
    request = settle_if_decided(item.request, by=by, now=now)
    if request.is_open or not was_open:
        notify(request, "request_news", dedupe_key=f"request-news:{item.pk}:{item.version}", number=request.reference)
        tell_accounts(request, ResidentAccount.Event.NEWS, dedupe_key=f"account-news:{item.pk}:{item.version}")
    return item


def _decision_number(now):
    series = f"{settings.CENTRE['case_sign_unit']}.{settings.CENTRE['decision_filing_class']}"
    year = timezone.localdate(now).year
    return f"{series}.{next_number(series, year)}.{year}"
