"""Pages that belong to no app: contact, legal pages, errors, health, the demonstration's pages."""

import email
import sys
from email.policy import default as mail_policy
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_safe

from cus_portal import styleguide
from cus_portal.accounts.permissions import BlockedError
from cus_portal.brand import brand_css as css_of

MAILS_SHOWN = 50
MAIL_BYTES = 200_000


# -- what anybody may read ----------------------------------------------------------------------
@login_not_required
@require_safe
def contact(request):
    return render(request, "portal/contact.html")


@login_not_required
@require_safe
def accessibility(request):
    return render(request, "portal/accessibility.html", {"public_url": settings.PUBLIC_URL})


@login_not_required
@require_safe
def emergency(request):
    return render(request, "portal/emergency.html")


@login_not_required
@require_safe
def about(request):
    return render(request, "portal/about.html")


@login_not_required
@require_safe
def easy_to_read(request):
    return render(request, "portal/easy_to_read.html")


@login_not_required
@require_safe
def sign_language(request):
    return render(request, "portal/sign_language.html")


@login_not_required
@require_safe
@cache_control(public=True, max_age=86400)
def brand_css(request):
    return HttpResponse(css_of(settings.CENTRE), content_type="text/css; charset=utf-8")


@login_not_required
@require_safe
@cache_control(public=True, max_age=86400)
def robots(request):
    sitemap = request.build_absolute_uri(reverse("services:sitemap"))
    lines = [
        f"Sitemap: {sitemap}",
        "",
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /praca/",
        "Disallow: /demo/",
        "Disallow: /moja-sprawa/",
        "Disallow: /moje-sprawy/",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


# -- for machines -------------------------------------------------------------------------------
@login_not_required
@never_cache
@require_GET
def health(request):
    """Answer 200 while the database answers; Redis away slows the mails but closes no page."""
    parts = {"database": _answers(_ask_database), "redis": _answers(_ask_cache)}
    return JsonResponse(parts, status=200 if parts["database"] == "ok" else 503)


def _answers(question) -> str:
    try:
        question()
    except Exception:  # noqa: BLE001 whatever is wrong, the answer to a machine is the same
        return "unavailable"
    return "ok"


def _ask_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache():
    cache.set("health", "ok", 10)
    if cache.get("health") != "ok":
        raise ConnectionError


# -- when something is wrong --------------------------------------------------------------------
@login_not_required
def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)


@login_not_required
def permission_denied(request, exception):
    """Say that the page is not for this account; or what stands in the way for now, and who ends it."""
    if isinstance(exception, BlockedError):
        return render(request, "403_blocked.html", {"reason": str(exception)}, status=403)
    return render(request, "403.html", status=403)


def server_error(request):
    """Say sorry without asking the database, which may be what is broken."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    body = render_to_string("503.html" if away else "500.html", {"centre": settings.CENTRE})
    if not away:
        return HttpResponseServerError(body)
    return HttpResponse(body, status=503, headers={"Retry-After": "60"})


# -- the demonstration --------------------------------------------------------------------------
@login_not_required
@require_safe
@never_cache
def demo_mails(request):
    """Show the mails that the demonstration would have sent, newest first."""
    _only_in_demo()
    return render(request, "portal/demo_mails.html", {"mails": newest_mails(Path(settings.EMAIL_FILE_PATH))})


@login_not_required
@require_safe
def style_guide(request):
    _only_in_demo()
    return render(request, "portal/style_guide.html", styleguide.context(request))


def _only_in_demo():
    if not settings.DEMO:
        raise Http404


def newest_mails(folder: Path) -> list[dict]:
    """Read the newest mail files, bounded in number and length."""
    files = sorted(folder.glob("*.log"), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    return list(islice((mail for file in files[:MAILS_SHOWN] for mail in _mails_in(file)), MAILS_SHOWN))


def _mails_in(file: Path) -> list[dict]:
    with file.open("rb") as opened:
        raw = opened.read(MAIL_BYTES)
    mails = []
    # Django's file backend ends each message with a line of 79 dashes.
    for part in raw.split(b"\n" + b"-" * 79 + b"\n"):
        if part.strip():
            message = email.message_from_bytes(part.lstrip(b"\n"), policy=mail_policy)
            body = message.get_body(("plain",))
            mails.append(
                {
                    "to": str(message["to"] or ""),
                    "subject": str(message["subject"] or ""),
                    "date": str(message["date"] or ""),
                    "text": body.get_content() if body else "",
                }
            )
    return mails[::-1]
