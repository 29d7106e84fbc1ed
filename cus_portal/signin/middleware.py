"""Who has signed in goes on only with what the centre asks of him, and not for ever."""

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.sessions import DEVICE, SEEN, SIGNED_IN, device_of
from cus_portal.signin.kept import keep_form

NOTED_EVERY = 60  # seconds: a session is not written at each page
# Pages at which somebody who still lacks the second step sets one up, or leaves.
SETTING_UP = {
    *("account", "mfa_index", "logout", "account_reauthenticate"),
    *("mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes"),
}


def passed_second_step(request):
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


class SignInMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not request.user.is_authenticated:
            return None
        is_public = not getattr(view, "login_required", True)
        if has_timed_out(request.session, timezone.now()):
            return end(request, is_public)
        if request.user.lacks_authorisation:
            logout(request)
            return None if is_public else not_authorised(request)
        note_seen(request, timezone.now())
        return None if is_public else lead_to_second_step(request)


def has_timed_out(session, now):
    """Tell whether nobody was there for too long, or the whole session has lasted too long."""
    seen, begun, at = session.get(SEEN), session.get(SIGNED_IN), now.timestamp()
    if not (seen and begun):
        return False
    return at - seen >= settings.IDLE_MINUTES * 60 or at - begun >= settings.SIGNED_IN_HOURS * 3600


def note_seen(request, now):
    session, at = request.session, int(now.timestamp())
    if SIGNED_IN not in session:
        session[SIGNED_IN], session[DEVICE] = at, device_of(request.headers.get("User-Agent", ""))
        # The row outlives its right to open anything, so that what is sent too late finds its owner.
        session.set_expiry(settings.SIGNED_IN_HOURS * 2 * 3600)
    # A page that brings itself up to date is nobody at the computer.
    if at - session.get(SEEN, 0) >= NOTED_EVERY and "X-Refresh" not in request.headers:
        session[SEEN] = at


def end(request, is_public):
    """Sign out; keep what was just sent, for the same person to send again. A public page is shown all the same."""
    kept = request.method == "POST" and not is_public and keep_form(request, now=timezone.now())
    logout(request)
    if is_public:
        return None
    said = _("You were signed out because nobody was at the computer for some time. Sign in again.")
    if kept:
        said = _("You were signed out, but what you typed is kept. Sign in again and send it.")
    messages.warning(request, said)
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "")


def not_authorised(request):
    return render(request, "signin/not_authorised.html", status=403)


def lead_to_second_step(request):
    """Lead whoever has not passed the second step to his account, where he sets one up."""
    if not request.user.needs_second_factor or request.resolver_match.view_name in SETTING_UP:
        return None
    return None if passed_second_step(request) else redirect("account")
