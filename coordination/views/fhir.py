"""The door for the systems of other institutions: who asks, how often, and what was written is acted on."""

import json
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import HttpResponse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from coordination import fhir, fhir_written
from coordination.actions.partners import system_of
from coordination.actions.referrals import mark_opened
from coordination.models import Referral
from coordination.views.referrals import MOVES, choices_of, offered
from cus_portal.accounts.models import Institution
from cus_portal.audit.log import record_read, record_reads
from cus_portal.files import serve_private
from cus_portal.paging import MARK, slice_of
from cus_portal.throttle import client_address, hit
from cus_portal.workflow import TransitionNotAllowed
from residents.models import Attachment

JSON = "application/fhir+json; charset=utf-8"
ASKED_A_MINUTE, GUESSED_A_MINUTE = 300, 20
ON_A_PAGE, MOST_ON_A_PAGE = 20, 100
MOST_WRITTEN = 14 * 1024 * 1024  # a Task with documents of ten megabytes, in base64


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
    papers = Attachment.objects.openable()
    return rows.select_related("sender", "receiver", "service", "area", "consent", "case").prefetch_related(
        "notes", Prefetch("attachments", papers), Prefetch("returned", papers)
    )


@for_systems("GET", "HEAD")
def tasks(request, system):
    """Find Tasks by their status, the newest first, each with its ServiceRequest."""
    rows = referrals_of(system)
    if wanted := set(filter(None, request.GET.get("status", "").split(","))):
        rows = rows.filter(fhir.in_status(wanted))
    part, links = _page(request, rows, "Task")
    record_reads([row for row in part.rows if not fhir.is_sealed(row)], by=system, screen="fhir")
    return answer(fhir.bundle(fhir.with_requests(part.rows), links))


def _page(request, rows, name):
    """Return the part asked for, the newest first, and the links of its Bundle."""
    count = request.GET.get("_count", "")
    per_page = min(int(count), MOST_ON_A_PAGE) if count.isdecimal() and len(count) < 5 else ON_A_PAGE
    part = slice_of(rows.order_by("-pk"), request.GET.get(MARK), per_page=max(per_page, 1))
    links = [{"relation": "self", "url": f"{fhir.root()}/{name}"}]
    if part.following:
        following = request.GET.copy()
        following[MARK] = part.following
        links.append({"relation": "next", "url": f"{fhir.root()}/{name}?{following.urlencode()}"})
    return part, links


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


# -- documents and institutions -----------------------------------------------------------------------------
@for_systems("GET", "HEAD")
def document_reference(request, system, pk):
    document = _document(system, pk)
    if document is None:
        return _missing()
    record_read(document, by=system, screen="fhir")
    return answer(fhir.document_reference(document))


@for_systems("GET", "HEAD")
def binary(request, system, pk):
    """Give a document as it is, or in a Binary to whoever asks for one."""
    document = _document(system, pk)
    if document is None:
        return _missing()
    record_read(document, by=system, screen="fhir")
    if "fhir+json" in request.headers.get("Accept", ""):
        with document.file.open("rb") as held:
            return answer(fhir.binary(document, held.read()), **{"Cache-Control": "private, no-store"})
    return serve_private(document.file, name=document.name, content_type=document.content_type)


def _document(system, pk):
    """Return what went along with an opened referral of the institution, or came back from it."""
    opened = referrals_of(system).filter(opened_at__isnull=False).order_by()
    of_it = opened.filter(attachments=pk) | opened.filter(returned=pk)
    return Attachment.objects.openable().filter(pk=pk).first() if of_it.exists() else None


@for_systems("GET", "HEAD")
def organizations(request, system):
    """Find institutions by their name: to whom a referral may be passed on."""
    rows = Institution.objects.active()
    if name := request.GET.get("name", "").replace("\0", ""):
        rows = rows.filter(name__icontains=name)
    part, links = _page(request, rows, "Organization")
    return answer(fhir.bundle([(fhir.organization(row), "match") for row in part.rows], links))


@for_systems("GET", "HEAD")
def organization(request, system, pk):
    found = Institution.objects.active().filter(pk=pk).first()
    return answer(fhir.organization(found)) if found else _missing()


# -- a Task written by an institution -----------------------------------------------------------------------
def _written(request, system, referral):
    """Act on a Task that the institution has written: its status says which move, the rest what the move asks for."""
    seen = request.headers.get("If-Match", "")
    if not seen:
        return problem(428, "required", _("Say in If-Match which version you have seen."))
    if seen.removeprefix("W/").strip('"') != str(referral.version):
        return problem(412, "conflict", _("This has changed meanwhile. Read it again before you go on."))
    body = request.read(MOST_WRITTEN + 1)
    if len(body) > MOST_WRITTEN:
        return problem(413, "too-long", _("This is too long."))
    try:
        written = json.loads(body)
    except (ValueError, RecursionError):
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
    """Make the move that the Task asks for; return a problem where it cannot be made or something is missing."""
    name = fhir_written.move_in(written, referral)
    files = fhir_written.documents_in(written)
    if name is None:
        return problem(422, "value", _("A Task is not brought into this status by its receiver."))
    move = MOVES.get(name)
    if files and (move is None or "files" not in move.form.base_fields):
        return problem(422, "business-rule", _("No documents go along with this. Send them with a question or news."))
    if name == fhir_written.OPEN:
        mark_opened(referral, by=system, now=timezone.now())
        return None
    if move is None or fhir.is_sealed(referral) or not offered(system, referral, move):
        return problem(409, "conflict", _("This cannot be done in the present state."))
    answers, chosen = fhir_written.answers_in(written, referral), choices_of(move, referral, system)
    form = move.form(answers, MultiValueDict({"files": files}), **chosen)
    if not form.is_valid():
        said = "; ".join(f"{name}: {' '.join(errors)}" for name, errors in form.errors.items())
        return problem(422, "required", said)
    move.action(referral, by=system, now=timezone.now(), **form.cleaned_data)
    return None
