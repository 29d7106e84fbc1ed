"""The door of the open data: who may ask how often, and from where. What is asked is answered by operations.

The operations and the library they are written with are read at the first request: most processes never need them.
"""

from functools import wraps
from importlib import import_module

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from cus_portal.throttle import client_address, hit
from services.api.answers import MINUTE, problem

REQUESTS_A_MINUTE = 300
METHODS = "GET, HEAD, OPTIONS"


def operations():
    return import_module("services.api.operations")


def for_other_sites(view):
    """Let pages of other sites read the answer, at the pace of one minute, and caches keep it for one."""

    @wraps(view)
    def open_view(request, **kwargs):
        response = _counted(view, request, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Retry-After"
        response["X-Robots-Tag"] = "noindex"  # people are to find the pages, not the data behind them
        response.headers.setdefault(
            "Cache-Control", "no-store" if response.status_code >= 400 else "public, max-age=60"
        )
        return response

    return login_not_required(csrf_exempt(open_view))


def _counted(view, request, **kwargs):
    if request.method == "OPTIONS":
        headers = {"If-None-Match", "If-Modified-Since", "Accept"}
        return HttpResponse(
            status=204,
            headers={
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": ", ".join(sorted(headers)),
                "Access-Control-Max-Age": "86400",
            },
        )
    if request.method not in {"GET", "HEAD"}:
        response = problem(405, _("The open data can only be read."))
        response["Allow"] = METHODS
        return response
    now = timezone.now()
    if not hit("open-data", client_address(request), limit=REQUESTS_A_MINUTE, minutes=1, now=now):
        response = problem(429, _("Too many requests. Please wait a minute."))
        response["Retry-After"] = str(MINUTE - now.second)
        return response
    return view(request, **kwargs)


@for_other_sites
def door(request, rest=""):
    method, request.method = request.method, "GET"  # HEAD is answered as GET, and the server leaves the body out
    try:
        return operations().respond(request, rest)
    finally:
        request.method = method


@for_other_sites
def openapi(request):
    return JsonResponse(operations().openapi(), json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_safe
def docs(request):
    """Show the OpenAPI as a page that needs no script."""
    return render(request, "services/open_data.html", {"api": operations().described(), "most": REQUESTS_A_MINUTE})
