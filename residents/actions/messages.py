"""Messages between the person and the desk. What has an end can be read and no longer written to."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.files import accept
from cus_portal.notifications.outbox import notify
from cus_portal.urgency import tells_of_danger
from cus_portal.workdays import add_workdays
from residents.actions.accounts import tell_accounts
from residents.actions.acting import check_filer
from residents.actions.requests import keep_files
from residents.models import Case, RedFlag, RequestItem, RequestMessage, ResidentAccount, ServiceRequest
from residents.workflow import MESSAGE, REQUEST

Status = RequestMessage.Status
# Needs whose help is still to come: until then there is something to write about.
STILL_TO_COME = (RequestItem.Status.QUALIFIED, RequestItem.Status.WAITLISTED)


def may_be_written_to(request: ServiceRequest) -> bool:
    """Tell whether the thread is open: the request or its case is, or help that was granted has not begun."""
    if request.is_open or request.status == ServiceRequest.Status.WITHDRAWN:
        return request.is_open
    if request.case_id:
        return request.case.status == Case.Status.OPEN
    return request.items.filter(status__in=STILL_TO_COME).exists()


def write_message(
    request: ServiceRequest, *, text: str = "", files=(), token: uuid.UUID, by, now: datetime
) -> RequestMessage:
    """Write once into the thread of the request: the same words again, from the same form, change nothing."""
    files = [accept(upload) for upload in files]  # it takes a while: before anything is locked
    text = text.strip()
    if not text and not files:
        raise ValidationError(_("Write something or add a file."), code="required")
    token = uuid.uuid5(token, repr((request.pk, by.pk, text, [(file.name, file.size) for file in files])))
    with transaction.atomic():
        require(by, "residents.write_message", request)
        check_filer(request, by=by, now=now)
        # The row is held: of two clicks the second finds what the first wrote, and nobody closes it meanwhile.
        request.refresh_from_db(from_queryset=ServiceRequest.objects.select_for_update(no_key=True))
        if known := request.messages.filter(submit_token=token).first():
            return known
        if not may_be_written_to(request):
            raise ValidationError(_("This matter is closed: it can be read and no longer written to."), code="closed")
        write = _from_centre if by.pk else _from_resident
        return write(request, text=text, files=files, token=token, by=by, now=now)


def _from_centre(request, *, text, files, token, by, now):
    """Write to the resident. What waited for an answer has it."""
    for message in request.messages.waiting().order_by("pk"):
        MESSAGE.move(message, "answer", by=by, answered_by=by, answered_at=now)
    message = _keep(request, Status.SENT, text=text, files=files, token=token, by=by, now=now, written_by=by)
    notify(request, "message_written", dedupe_key=f"message-written:{message.pk}", number=request.reference)
    tell_accounts(request, ResidentAccount.Event.NEWS, dedupe_key=f"account-message:{message.pk}")
    return message


def _from_resident(request, *, text, files, token, by, now):
    """Write to the centre; words of danger put the request on top."""
    danger = tells_of_danger(text)
    if danger and RedFlag.WORDS not in request.red_flags:
        REQUEST.move(request, "alarm", by=by, is_urgent=True, red_flags=[*request.red_flags, RedFlag.WORDS])
    message = _keep(
        request,
        Status.WAITING,
        text=text,
        files=files,
        token=token,
        by=by,
        now=now,
        answer_by=add_workdays(timezone.localdate(now), settings.CENTRE["answer_messages_within_workdays"]),
        tells_of_danger=danger,
    )
    worker = request.case.coordinator if request.case_id else request.assigned_to
    if worker is not None and worker.has_perm("residents.view_requestmessage", message):
        notify(
            worker,
            "message_received",
            dedupe_key=f"message-received:{message.pk}",
            about=message,
            only_while=[Status.WAITING],
            number=request.reference,
            message_id=message.pk,
        )
    return message


def _keep(request, status, *, text, files, token, by, now, **facts):
    message = RequestMessage.objects.create(
        request=request, status=status, text=text, submit_token=token, written_at=now, **facts
    )
    if files:
        keep_files(request, files, message=message, held=request.attachments.count())
    record("requestmessage.write", message, by=by, to_state=status, files=len(files))
    return message


@transaction.atomic
def answer_message(
    message: RequestMessage, *, text: str = "", files=(), token: uuid.UUID, by: User, now: datetime
) -> RequestMessage:
    """Answer what a resident wrote; whatever else of his waits in the thread is answered with it."""
    require(by, "residents.answer_message", message)
    return write_message(message.request, text=text, files=files, token=token, by=by, now=now)


@transaction.atomic
def note_message(message: RequestMessage, *, by: User, now: datetime) -> RequestMessage:
    """Put a message aside that needs no answer."""
    MESSAGE.move(message, "note", by=by, answered_by=by, answered_at=now)
    return message


def write_about_case(case: Case, *, request: ServiceRequest, by: User, now: datetime, **letter) -> RequestMessage:
    """Write from the case into the thread of one of its requests: only who holds its code reads it."""
    if request.case_id != case.pk:
        raise ValidationError({"request": _("This request does not belong to the case.")})
    return write_message(request, by=by, now=now, **letter)
