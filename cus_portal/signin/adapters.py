"""What allauth asks of the portal: it brings the second factor, the portal everything around it."""

from io import BytesIO

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cus_portal.audit.log import record
from cus_portal.crypto import decrypt, encrypt
from cus_portal.signin.actions import tell_of_factor

BACKEND = "cus_portal.accounts.backend.PortalBackend"
PURPOSE = "signin.second_factor"


class AccountAdapter(DefaultAccountAdapter):
    """Nobody registers by himself, and what changes at an account is told by the portal's own mails."""

    def is_open_for_signup(self, request):
        return False

    def add_message(self, request, level, message_template=None, *args, **kwargs):
        """Leave allauth's small sentences out: each of our pages says what has happened."""

    def pre_login(self, request, user, **hints):
        """Stop whoever may not process data today before the second step."""
        if user.lacks_authorisation:
            clear_login(request)
            return render(request, "signin/not_authorised.html", status=403)
        return super().pre_login(request, user, **hints)

    def login(self, request, user):
        user.backend = BACKEND
        super().login(request, user)
        record("user.sign_in", user, by=user)

    def reauthenticate(self, user, password):
        return user.check_password(password)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Write down and tell what was done with a second step."""
        tell_of_factor(user, template_prefix.rpartition("/")[2], now=timezone.now())


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong or was used already. Wait for the next one and type it."),
        "cannot_delete_authenticator": _("This is your only second step: set up another one first."),
    }

    def encrypt(self, text):
        return encrypt(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text):
        return decrypt(encrypted_text, purpose=PURPOSE)

    def get_totp_issuer(self):
        return f"{settings.CENTRE['short_name']} {settings.CENTRE['place']}"

    def build_totp_svg(self, url):
        drawing = BytesIO()
        segno.make(url, error="m").save(drawing, kind="svg", scale=5, border=2, dark="#000", light="#fff")
        return drawing.getvalue().decode()

    def get_public_key_credential_rp_entity(self):
        return super().get_public_key_credential_rp_entity() | {"name": self.get_totp_issuer()}

    def can_delete_authenticator(self, authenticator):
        """Let nobody who needs a second step take away the last one."""
        others = type(authenticator).objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return not authenticator.user.needs_second_factor or others.exclude(type="recovery_codes").exists()
