"""Signing in, the mailed link, and the page of one's own account."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cus_portal.accounts.models import KeptForm, Session, User
from cus_portal.audit.log import record
from cus_portal.identity.asserted import Refused
from cus_portal.identity.port import begin, finish
from cus_portal.signin import forms
from cus_portal.signin.actions import ask_for_link, end_session, end_sessions
from cus_portal.signin.kept import fields_of, words_of
from cus_portal.signin.middleware import passed_second_step
from cus_portal.throttle import client_address, hit

LINKS_AN_HOUR = 5


@method_decorator(login_not_required, name="dispatch")
class LoginView(auth_views.LoginView):
    """The first step. Who has a second one goes there next; nobody is signed in before."""

    template_name = "signin/login.html"
    authentication_form = forms.SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"sso": settings.IDENTITY.get("staff")}

    def get_success_url(self):
        """Lead first to what the person sent when his session had ended already."""
        if self.request.user.is_authenticated or not KeptForm.objects.filter(user=self.signing_in).exists():
            return super().get_success_url()
        return reverse("kept_form")

    def form_valid(self, form):
        user = self.signing_in = form.get_user()
        # A password typed just now need not be typed again to set up the second step.
        record_authentication(self.request, user, "password", reauthenticated=True)
        return perform_login(self.request, user, redirect_url=self.get_success_url())


def _staff_provider():
    provider = settings.IDENTITY.get("staff")
    if provider is None:
        raise Http404
    return provider


@login_not_required
@never_cache
@require_safe
def sso_begin(request):
    """Lead to the provider of the centre's own accounts."""
    back = settings.PUBLIC_URL + reverse("sso_return")
    try:
        return begin(request, _staff_provider(), back=back)
    except Refused:
        return render(request, "signin/sso_refused.html", status=403)


@login_not_required
@never_cache
@require_safe
def sso_return(request):
    """Take the first step for whoever was invited and comes back with the same address. Nobody is made a user here.

    The second step follows as always, unless the provider vouches for a level that the configuration calls strong.
    """
    provider, now = _staff_provider(), timezone.now()
    try:
        person = finish(request, provider, now=now)
    except Refused:
        return render(request, "signin/sso_refused.html", status=403)
    address = person.claims["email"].lower()
    user = User.objects.filter(email=address, is_active=True).first() if address else None
    if user is None:
        return render(request, "signin/sso_refused.html", status=403)
    record_authentication(request, user, "sso", reauthenticated=True)
    if person.is_strong:
        # What allauth calls a sign-in without a password by a key: its own second step has been passed elsewhere.
        record_authentication(request, user, "mfa", type="webauthn", passwordless=True, by="sso")
    return perform_login(request, user, redirect_url=reverse(settings.LOGIN_REDIRECT_URL))


class SecondStepView(AuthenticateView):
    template_name = "signin/second_step.html"

    def get_context_data(self, **kwargs):
        user = self.stage.login.user
        kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        return super().get_context_data(**kwargs) | {
            "has_key": "webauthn" in kinds,
            "has_app": "totp" in kinds,
            "demo_codes": codes_now(user) if settings.DEMO else [],
        }


def codes_now(user):
    """Return the code of this half minute and the next one: in the demonstration nobody needs the application."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:
        return []
    secret = decrypt(app.data["secret"])
    _past, *counters = yield_hotp_counters_from_time()
    return [format_hotp_value(hotp_value(secret, counter)) for counter in counters]


@method_decorator(login_not_required, name="dispatch")
class PasswordByLinkView(auth_views.PasswordResetConfirmView):
    """The mailed link: it opens once, for three days, and only the person who got the mail knows the password."""

    form_class = forms.PasswordByLinkForm
    reset_url_token = "nowe"  # noqa: S105 (stands in the address in place of the token)
    success_url = reverse_lazy("login")
    template_name = "signin/password_by_link.html"

    def form_valid(self, form):
        response = super().form_valid(form)
        record("user.set_password", self.user, by=self.user)
        messages.success(self.request, _("The password is set. Sign in with it."))
        return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_password(request):
    """Mail a link to whoever has an account, and say the same to everybody."""
    form = forms.ForgottenPasswordForm(request.POST or None)
    if form.is_valid():
        now = timezone.now()
        if hit("password-link", client_address(request), limit=LINKS_AN_HOUR, minutes=60, now=now):
            ask_for_link(form.cleaned_data["email"], now=now)
        return render(request, "signin/link_on_its_way.html")
    return render(request, "signin/forgotten_password.html", {"form": form})


class PasswordChangeView(auth_views.PasswordChangeView):
    form_class = forms.NewPasswordForm

    def form_valid(self, form):
        response = super().form_valid(form)
        record("user.change_password", self.request.user, by=self.request.user)
        return response


@require_safe
def account(request):
    """Show one's own second steps; whoever lacks one is led to set it up."""
    factors = list(Authenticator.objects.filter(user=request.user).order_by("created_at", "pk"))
    of_kind = {kind: [factor for factor in factors if factor.type == kind] for kind in Authenticator.Type}
    app, keys = of_kind[Authenticator.Type.TOTP], of_kind[Authenticator.Type.WEBAUTHN]
    return render(
        request,
        "signin/account.html",
        {
            "app": app[0] if app else None,
            "keys": keys,
            "codes_left": sum(len(one.wrap().get_unused_codes()) for one in of_kind[Authenticator.Type.RECOVERY_CODES]),
            "has_factor": bool(app or keys),
            "sessions": Session.objects.open_of(request.user, now=timezone.now()),
            "this_session": request.session.session_key,
            "must_set_up": request.user.needs_second_factor and not passed_second_step(request),
        },
    )


class SetUpMixin:
    """Whoever has just set a second step up has passed it."""

    def form_valid(self, form):
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa")
        return response


class AppView(SetUpMixin, ActivateTOTPView):
    pass


class AddKeyView(SetUpMixin, AddWebAuthnView):
    pass


class PaperCodesView(ViewRecoveryCodesView):
    """Codes are shown once, by a button: a page that a browser fetches ahead must not be that time."""

    http_method_names = ["get", "post"]

    def get(self, request, *args, **kwargs):
        codes = get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.RECOVERY_CODES)
        context = {"can_view_codes": False, "to_show": not codes.wrap().did_view}
        return render(request, self.template_name, context)

    def post(self, request, *args, **kwargs):
        return super().get(request, *args, **kwargs)


class RemoveKeyView(RemoveWebAuthnView):
    template_name = "signin/key_remove.html"

    def form_valid(self, form):
        if not get_adapter().can_delete_authenticator(self.object):
            raise PermissionDenied
        return super().form_valid(form)


# -- sessions -----------------------------------------------------------------------------------------
@require_POST
def session_end(request, handle):
    """End one of one's own sessions, or all but this one."""
    own = Session.objects.open_of(request.user, now=timezone.now())
    if handle == "inne":
        end_sessions(request.user, by=request.user, but=request.session.session_key)
        messages.success(request, _("On all other devices you are signed out."))
        return redirect("account")
    session = next((one for one in own if one.handle == handle), None)
    if session is not None:
        end_session(session, by=request.user)
    messages.success(request, _("The session is ended."))
    return redirect("account")


@require_safe
@never_cache
def stay(request):
    """Answer the script by which somebody says that he is still there; the middleware notes it."""
    return HttpResponse(status=204)


@require_safe
def kept_form(request):
    """Show what was sent too late, for its sender to send again or to throw away."""
    kept = get_object_or_404(KeptForm, user=request.user)
    return render(request, "signin/kept_form.html", {"kept": kept, "fields": fields_of(kept), "words": words_of(kept)})


@require_POST
def kept_form_send(request):
    """Pass the form on to its page as it is, with its fields: 307 keeps method and content."""
    kept = get_object_or_404(KeptForm, user=request.user)
    kept.delete()
    return HttpResponse(status=307, headers={"Location": kept.path})


@require_POST
def kept_form_drop(request):
    KeptForm.objects.filter(user=request.user).delete()
    return redirect(settings.LOGIN_REDIRECT_URL)
