"""The door for the systems of other institutions: who asks, how often, and what was written is acted on."""

import json
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from coordination import fhir
from coordination.actions.partners import system_of
from coordination.actions.referrals import mark_opened
from coordination.models import Referral
from coordination.views.referrals import MOVES, offered
from cus_portal.audit.log import record_read, record_reads
from cus_portal.paging import MARK, slice_of
from cus_portal.throttle import client_address, hit
from cus_portal.workflow import TransitionNotAllowed

JSON = "application/fhir+json; charset=utf-8"
ASKED_A_MINUTE, GUESSED_A_MINUTE = 300, 20
ON_A_PAGE, MOST_ON_A_PAGE = 20, 100


def answer(resource, status=200, **headers):
    return HttpResponse(
        json.dumps(resource, ensure_ascii=False),
        status=status,
        content_type=JSON,
        headers={"X-Robots-Tag": "noindex", **headers},
    )


def problem(status, code, text, **headers):
    return answer(fhir.outcome(code, text), status, **headers)


def open_to_all(view):
    """Lists of codes hold nothing of anybody: they are read without a token."""

    @wraps(view)
    def read(request, **kwargs):
        if request.method not in {"GET", "HEAD"}:
            return problem(405, "not-supported", _("This can only be read."), Allow="GET, HEAD")
        if not _in_time("fhir-open", client_address(request), ASKED_A_MINUTE):
            return _too_often()
        return view(request, **kwargs)

    return login_not_required(csrf_exempt(read))


def for_systems(*methods):
    """Let in whoever brings an institution's token, at its pace; the view gets who it is as `system`."""

    def decorate(view):
        @wraps(view)
        def known(request, **kwargs):
            if request.method not in methods:
                return problem(405, "not-supported", _("This cannot be done here."), Allow=", ".join(methods))
            scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
            system = system_of(secret.strip(), on=timezone.localdate()) if scheme.lower() == "bearer" else None
            if system is None:
                if not _in_time("fhir-guess", client_address(request), GUESSED_A_MINUTE):
                    return _too_often()
                said = {"WWW-Authenticate": 'Bearer realm="fhir"'}
                return problem(401, "login", _("Bring a valid token of your institution."), **said)
            if not _in_time("fhir", system.institution_id, ASKED_A_MINUTE):
                return _too_often()
            return view(request, system, **kwargs)

        return login_not_required(csrf_exempt(known))

    return decorate


def _in_time(scope, who, limit):
    return hit(scope, who, limit=limit, minutes=1, now=timezone.now())


def _too_often():
    return problem(429, "throttled", _("Too many requests. Please wait a minute."), **{"Retry-After": "60"})


def _missing():
    return problem(404, "not-found", _("There is no such record."))


# -- lists of codes -----------------------------------------------------------------------------------------
@open_to_all
def metadata(request):
    return answer(fhir.capability(timezone.localdate()))


@open_to_all
def code_system(request, name):
    return answer(fhir.code_system(name)) if name in fhir.CODES else _missing()


@open_to_all
def value_set(request, name):
    return answer(fhir.value_set(name)) if name in fhir.CODES else _missing()


@open_to_all
def nothing(request, rest=""):
    return _missing()


# -- referrals ----------------------------------------------------------------------------------------------
def referrals_of(system):
    """Return what was sent to the system's institution and may go to a machine."""
    rows = Referral.objects.visible_to(system).without_secrets()
    return rows.select_related("sender", "receiver", "service", "area", "consent", "case").prefetch_related("notes")


@for_systems("GET", "HEAD")
def tasks(request, system):
    """Find Tasks by their status, the newest first, each with its ServiceRequest."""
    rows = referrals_of(system)
    if wanted := set(filter(None, request.GET.get("status", "").split(","))):
        states = [state for state, status in fhir.TASK_STATUS.items() if status in wanted]
        rows = rows.filter(status__in=[*states, *([fhir.S.SENT] if "received" in wanted else [])])
    count = request.GET.get("_count", "")
    per_page = min(int(count), MOST_ON_A_PAGE) if count.isdecimal() and len(count) < 5 else ON_A_PAGE
    part = slice_of(rows.order_by("-pk"), request.GET.get(MARK), per_page=max(per_page, 1))
    record_reads([row for row in part.rows if not fhir.is_sealed(row)], by=system, screen="fhir")
    links = [{"relation": "self", "url": f"{fhir.root()}/Task"}]
    if part.following:
        following = request.GET.copy()
        following[MARK] = part.following
        links.append({"relation": "next", "url": f"{fhir.root()}/Task?{following.urlencode()}"})
    return answer(fhir.bundle(part.rows, links))


@for_systems("GET", "HEAD", "PUT")
def task(request, system, pk):
    referral = referrals_of(system).filter(pk=pk).first()
    if referral is None:
        return _missing()
    if request.method == "PUT":
        return _written(request, system, referral)
    return _shown(system, referral, fhir.task)


@for_systems("GET", "HEAD")
def service_request(request, system, pk):
    referral = referrals_of(system).filter(pk=pk).first()
    return _shown(system, referral, fhir.service_request) if referral else _missing()


def _shown(system, referral, make):
    if not fhir.is_sealed(referral):
        record_read(referral, by=system, screen="fhir")
    return answer(make(referral), ETag=f'W/"{referral.version}"')


def _written(request, system, referral):
    """Act on a Task that the institution has written: its status says which move, the rest what the move asks for."""
    seen = request.headers.get("If-Match", "")
    if not seen:
        return problem(428, "required", _("Say in If-Match which version you have seen."))
    if seen.removeprefix("W/").strip('"') != str(referral.version):
        return problem(412, "conflict", _("This has changed meanwhile. Read it again before you go on."))
    try:
        written = json.loads(request.body)
    except RequestDataTooBig:
        return problem(413, "too-long", _("This is too long."))
    except ValueError:
        return problem(400, "structure", _("This is no JSON."))
    if (
        not isinstance(written, dict)
        or written.get("resourceType") != "Task"
        or str(written.get("id")) != str(referral.pk)
    ):
        return problem(400, "structure", _("Write the Task that this address names."))
    try:
        refused = _act(system, referral, written)
    except TransitionNotAllowed as error:
        return problem(409, "conflict", error)
    except ValidationError as error:
        return problem(422, "business-rule", " ".join(error.messages))
    except PermissionDenied:
        return problem(403, "forbidden", _("This cannot be done in the present state."))
    if refused:
        return refused
    return _shown(system, referrals_of(system).get(pk=referral.pk), fhir.task)


def _act(system, referral, written):
    """Make the move that the status asks for; return a problem where it cannot be made or something is missing."""
    status = str(written.get("status", ""))
    if status == "received":
        mark_opened(referral, by=system, now=timezone.now())
        return None
    move = MOVES.get(fhir.MOVE_OF.get(status))
    if move is None:
        return problem(422, "value", _("A Task is not brought into this status by its receiver."))
    if fhir.is_sealed(referral) or not offered(system, referral, move):
        return problem(409, "conflict", _("This cannot be done in the present state."))
    form = move.form(fhir.answers_in(written))
    if not form.is_valid():
        said = "; ".join(f"{name}: {' '.join(errors)}" for name, errors in form.errors.items())
        return problem(422, "required", said)
    move.action(referral, by=system, now=timezone.now(), **form.cleaned_data)
    return None
