"""Signing in as a test does it: at once, with the second step passed; or by the forms, with computed codes."""

import base64
import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from cus_portal.accounts.sessions import SEEN, SIGNED_IN, SessionStore
from tests.personas import PASSWORD

BACKEND = "cus_portal.accounts.backend.PortalBackend"
LOGIN, SECOND_STEP = "/logowanie/", "/logowanie/drugi-krok/"
SECRET = base64.b32encode(b"second step of tests").decode()


def sign_in_as(client, user):
    """Seat the user at the client as one who has passed both steps."""
    if client.cookies:
        client.force_login(user, backend=BACKEND)
        session = client.session
    else:
        session = begin_session(user)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session[SIGNED_IN] = session[SEEN] = int(time.time())
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def begin_session(user):
    """Return what Django's login() writes into a new session, with a fifth of its questions to the database."""
    session = SessionStore()
    session[SESSION_KEY] = user._meta.pk.value_to_string(user)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    return session


def give_app(user):
    """Set the user's application with codes up, unless it is."""
    if not Authenticator.objects.filter(user=user, type="totp").exists():
        TOTP.activate(user, SECRET)


def code(secret=SECRET, *, ahead=0):
    """Return what the application shows now, or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def type_password(client, user, password=PASSWORD, **extra):
    return client.post(LOGIN, {"username": user.email, "password": password, **extra})
