"""What follows a signed refusal: the right to appeal waived or used, and what the board decides."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.notifications.outbox import notify
from cus_portal.workdays import deadline
from residents.actions.queue import return_to_queue
from residents.actions.requests import settle_if_decided
from residents.actions.unmet import keep_unmet
from residents.delivery import check_between
from residents.models import RefusalAppeal, RefusalDecision, RequestItem
from residents.workflow import ITEM

PASSED_ON_WITHIN = 7
Result = RefusalAppeal.Result


@transaction.atomic
def waive_appeal(item: RequestItem, *, waived_on: date, by: User, now: datetime) -> RequestItem:
    """Record that the person waives the right to appeal: from that day the decision is final (KPA art. 127a)."""
    refusal = _delivered(item)
    check_between("waived_on", waived_on, refusal.delivered_on, min(timezone.localdate(now), refusal.appeal_on))
    if refusal.waived_on or hasattr(refusal, "appeal"):
        raise ValidationError(_("The right to appeal was waived or used already."))
    ITEM.move(item, "waive", by=by)
    _write(refusal, waived_on=waived_on)
    return item


@transaction.atomic
def record_appeal(item: RequestItem, *, filed_on: date, by: User, now: datetime) -> RequestItem:
    """Record an appeal, a late one too: only the board may say that it came late (KPA art. 134)."""
    refusal = _delivered(item)
    check_between("filed_on", filed_on, refusal.delivered_on, timezone.localdate(now))
    if refusal.waived_on or hasattr(refusal, "appeal"):
        raise ValidationError(_("The right to appeal was waived or used already."))
    ITEM.move(item, "appeal", by=by)
    refusal.appeal = RefusalAppeal.objects.create(
        decision=refusal,
        filed_on=filed_on,
        forward_by=deadline(filed_on, days=PASSED_ON_WITHIN).moved,
        recorded_by=by,
    )
    return item


@transaction.atomic
def pass_appeal_on(item: RequestItem, *, forwarded_on: date, by: User, now: datetime) -> RequestItem:
    """Record that the appeal went to the board with the files (KPA art. 133)."""
    appeal = _open_appeal(item)
    check_between("forwarded_on", forwarded_on, appeal.filed_on, timezone.localdate(now))
    ITEM.move(item, "pass_on", by=by)
    appeal.forwarded_on = forwarded_on
    appeal.save(update_fields=["forwarded_on"])
    return item


@transaction.atomic
def record_appeal_result(
    item: RequestItem, *, result: str, decided_on: date, board_number: str = "", by: User, now: datetime
) -> RequestItem:
    """Record what came of the appeal, and let the need go on.

    Where the person qualifies the need returns to its old place in the queue, which is that of its filing; set aside,
    it is decided anew. The decision is then no longer the answer to the need.
    """
    appeal = _open_appeal(item)
    check_between("decided_on", decided_on, appeal.filed_on, timezone.localdate(now))
    if result in (Result.UPHELD, Result.CHANGED, Result.RETURNED, Result.INADMISSIBLE) and not appeal.forwarded_on:
        raise ValidationError({"result": _("Record first when the appeal was passed on to the board.")})
    appeal.result, appeal.decided_on, appeal.board_number = result, decided_on, board_number
    appeal.save(update_fields=["result", "decided_on", "board_number"])
    if result in RefusalAppeal.SUCCEEDED:
        _set_aside(item)
        return return_to_queue(item, reason=board_number or str(Result(result).label), by=by, now=now)
    if result == Result.RETURNED:
        _set_aside(item)
        ITEM.move(item, "reconsider", by=by, decided_at=None, decided_by=None)
        keep_unmet(item, now=now)
        settle_if_decided(item.request, by=by, now=now)  # a request still open goes on with it
        return _tell(item)
    ITEM.move(item, "stand", by=by)
    return _tell(item)


def _delivered(item):
    refusal = RefusalDecision.objects.select_related("appeal").filter(item=item).first()
    if refusal is None or refusal.delivered_on is None:
        raise ValidationError(_("Record first the delivery of the decision: the term to appeal runs from it."))
    return refusal


def _open_appeal(item):
    appeal = RefusalAppeal.objects.select_related("decision").filter(decision__item=item, result="").first()
    if appeal is None:
        raise ValidationError(_("No appeal waits for a result."))
    return appeal


def _set_aside(item):
    RefusalDecision.objects.filter(item=item).update(item=None, former_item=item)
    item.refresh_from_db(fields=["status"])


def _write(refusal, **fields):
    for name, value in fields.items():
        setattr(refusal, name, value)
    refusal.save(update_fields=list(fields))


def _tell(item):
    request = item.request
    notify(request, "request_news", dedupe_key=f"request-news:{item.pk}:{item.version}", number=request.reference)
    return item
