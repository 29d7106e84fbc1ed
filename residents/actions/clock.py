"""The clock of each need: it stands while an answer about that need is owed to us, and then runs on."""

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone

from cus_portal.workdays import deadline
from residents.models import ClockPause, RequestItem, RequestQuestion, ServiceRequest
from residents.workflow import REQUEST

Status = ServiceRequest.Status


def answer_due(received_on: date, *, stood: int = 0) -> dict[str, date]:
    """Return the last day to answer, as counted and on a working day."""
    due = deadline(received_on, days=settings.CENTRE["respond_within_days"] + stood)
    return {"due_raw_on": due.raw, "due_on": due.moved}


def lock_items(request_id: int) -> list[RequestItem]:
    """Lock the needs before the request, in one order everywhere, so that two moves never wait for each other."""
    return list(RequestItem.objects.select_for_update(no_key=True).filter(request=request_id).order_by("pk"))


def run_on(question: RequestQuestion, *, received_on: date, on: date) -> None:
    """Let the clocks that stood for the question run on: each term is later by all days its own clock stood."""
    waited = list(question.pauses.open().values_list("item", flat=True))
    question.pauses.open().update(ended_on=on)
    for item in RequestItem.objects.undecided().filter(pk__in=waited).prefetch_related("pauses"):
        stood = sum((pause.ended_on - pause.began_on).days for pause in item.pauses.all() if pause.ended_on)
        due = answer_due(received_on, stood=stood)
        if item.due_on is None or due["due_on"] >= item.due_on:
            RequestItem.objects.filter(pk=item.pk).update(**due)


def first_due(request: ServiceRequest) -> dict[str, date]:
    """Return when the request is due: with the first of its needs whose clock runs, else of those not decided."""
    found = request.items.undecided().with_clock().order_by("clock_stands", "due_on", "position").first()
    return {"due_raw_on": found.due_raw_on, "due_on": found.due_on} if found else {}


def follow_needs(request: ServiceRequest, *, by, now: datetime) -> ServiceRequest:
    """Let the request, whose row is held, go as its needs go: by their first day, and waiting while all of them wait.

    A question ends without an answer when nothing of what it asked about is left.
    """
    standing = ClockPause.objects.open().filter(item__request=request)
    standing.exclude(item__status__in=RequestItem.ASKED_ABOUT).update(ended_on=timezone.localdate(now))
    if not standing.exists():
        request.questions.open().update(answered_at=now)
    due = first_due(request)
    runs = request.items.undecided().running().exists()
    if runs and request.status == Status.WAITING:
        REQUEST.move(request, "go_on", by=by, **due)
    elif not runs and request.status == Status.IN_REVIEW:
        REQUEST.move(request, "wait", by=by, **due)
    elif due["due_on"] != request.due_on:
        set_due(request, due)
    return request


def set_due(request: ServiceRequest, due: dict[str, date]) -> None:
    ServiceRequest.objects.filter(pk=request.pk).update(**due)
    for name, day in due.items():
        setattr(request, name, day)


def stop_waiting(request: ServiceRequest, *, now: datetime) -> None:
    """Close the open question and the open pauses, if there are any."""
    request.questions.open().update(answered_at=now)
    ClockPause.objects.open().filter(item__request=request).update(ended_on=timezone.localdate(now))
