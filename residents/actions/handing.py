"""Handing a request over: to a colleague who is here, or to a team until one of its people takes it up."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cus_portal.accounts.models import Absence, User
from cus_portal.accounts.permissions import require
from cus_portal.notifications.outbox import notify
from residents.actions.restricted import admit_worker
from residents.models import ConflictOfInterest, ServiceRequest
from residents.workflow import REQUEST


@transaction.atomic
def hand_over(
    request: ServiceRequest, *, worker: User | None = None, team: str = "", note: str = "", by: User, now: datetime
) -> ServiceRequest:
    """Hand the request over; a colleague is told, and let into a restricted file. No clock changes by it."""
    require(by, "residents.hand_over_request", request)
    if (worker is None) == (team == ""):
        raise ValidationError({"to": _("Choose one colleague or one team.")})
    if worker is None and request.restricted_file_id:
        raise ValidationError({"to": _("A restricted file goes to one person, not to a team.")})
    if worker is not None:
        _check_receiver(worker, request, timezone.localdate(now))
    receiver = worker or ServiceRequest.Team(team).label
    words = f"{receiver}: {note}" if note else str(receiver)
    REQUEST.move(request, "hand_over", by=by, reason=words, assigned_to=worker, team=team)
    if worker is not None:
        admit_worker(request, worker, by=by, now=now)
        _tell(worker, request)
    return request


@transaction.atomic
def take_over(request: ServiceRequest, *, by: User, now: datetime) -> ServiceRequest:
    """Become the worker of a request that was handed to a team."""
    require(by, "residents.take_up_request", request)
    if not request.team:
        raise ValidationError(_("Somebody works on this request already."))
    REQUEST.move(request, "take_over", by=by, assigned_to=by, team="")
    return request


def check_is_here(worker: User, on: date, *, field: str) -> None:
    """Refuse a worker who is away on the day, and say who stands in."""
    away = Absence.objects.on(on).filter(user=worker).select_related("stands_in").first()
    if away is None:
        return
    words = _("%(who)s is away until %(day)s.") % {"who": worker, "day": date_format(away.last_day, "j E Y")}
    if away.stands_in:
        words += " " + _("%(who)s stands in.") % {"who": away.stands_in}
    raise ValidationError({field: words})


def _check_receiver(worker, request, on):
    if not User.objects.holding_one_of(ServiceRequest.Team.values, on=on).filter(pk=worker.pk).exists():
        raise ValidationError({"to": _("Choose a colleague who deals with requests.")})
    if ConflictOfInterest.objects.of(worker).filter(resident=request.resident_id).exists():
        raise ValidationError({"to": _("This colleague cannot take it. Choose another.")})
    check_is_here(worker, on, field="to")


def _tell(worker, request):
    notify(
        worker,
        "request_handed_over",
        dedupe_key=f"request-handed-over:{request.pk}:{request.version}",
        about=request,
        only_while=ServiceRequest.OPEN,
        number=request.reference,
        path=request.get_absolute_url(),
    )
