"""Asking the resident for what is missing, about all needs of a request or some of them, and the answer."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.notifications.outbox import notify
from cus_portal.workflow import TransitionNotAllowed
from residents.actions.accounts import tell_accounts
from residents.actions.acting import check_filer
from residents.actions.clock import first_due, lock_items, run_on
from residents.actions.requests import keep_files
from residents.models import ClockPause, RequestItem, RequestQuestion, ResidentAccount, ServiceRequest
from residents.workflow import REQUEST

Status = ServiceRequest.Status


@transaction.atomic
def ask_resident(
    request: ServiceRequest, *, text: str, needs: Collection[RequestItem] = (), by, now: datetime
) -> ServiceRequest:
    """Ask for what is missing, of the needs named or of all; their clocks stand until the answer, the others run on."""
    REQUEST.check(request, "ask", by=by)
    items = [item for item in lock_items(request.pk) if item.status in RequestItem.ASKED_ABOUT]
    if request.questions.open().exists():
        raise TransitionNotAllowed(_("A question about this request still waits for its answer."))
    named = {need.pk for need in needs} or {item.pk for item in items}
    asked = [item for item in items if item.pk in named]
    if len(asked) < len(named):
        raise ValidationError({"needs": _("Ask about needs of this request that are still open.")})
    question = RequestQuestion.objects.create(request=request, text=text, asked_at=now, asked_by=by)
    today = timezone.localdate(now)
    ClockPause.objects.bulk_create(ClockPause(question=question, item=item, began_on=today) for item in asked)
    runs_on = any(item.status in RequestItem.UNDECIDED for item in items if item.pk not in named)
    move, while_in = ("ask_some", [Status.IN_REVIEW, Status.WAITING]) if runs_on else ("ask", [Status.WAITING])
    REQUEST.move(request, move, by=by, assigned_to=request.assigned_to or by, team="", **first_due(request))
    notify(
        request,
        "question_asked",
        dedupe_key=f"question-asked:{question.pk}",
        about=request,
        only_while=while_in,
        number=request.reference,
        some=runs_on,
    )
    tell_accounts(request, ResidentAccount.Event.QUESTION, dedupe_key=f"account-question:{question.pk}")
    return request


@transaction.atomic
def answer_question(request: ServiceRequest, *, answer: str = "", files=(), by, now: datetime) -> ServiceRequest:
    """Answer what was asked, in words or with files; the clocks run on, each later by the days it stood."""
    if not answer and not files:
        raise ValueError("An answer has words or a file.")
    check_filer(request, by=by, now=now)
    REQUEST.check(request, "answer", by=by)
    lock_items(request.pk)
    question = request.questions.open().first()
    if question is None:
        raise TransitionNotAllowed(_("No question waits for an answer now."))
    run_on(question, received_on=request.received_on, on=timezone.localdate(now))
    RequestQuestion.objects.filter(pk=question.pk).update(answer=answer, answered_at=now)
    REQUEST.move(request, "answer", by=by, **first_due(request))
    if files:
        keep_files(request, files, question=question, held=request.attachments.count())
    worker = request.assigned_to or question.asked_by
    notify(
        worker,
        "request_answered",
        dedupe_key=f"request-answered:{question.pk}",
        number=request.reference,
        request_id=request.pk,
    )
    return request
