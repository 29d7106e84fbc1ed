"""What is done with accounts: invited by a mailed link, given a new one, freed of a lost second step."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from cus_portal.accounts.models import Session, User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify


@transaction.atomic
def invite(user: User, *, by: User, now: datetime) -> User:
    """Make the account of a filled-in user, without a password: the person sets one by the mailed link."""
    require(by, "accounts.add_user")
    user.set_unusable_password()
    user.save()
    _send_link(user, "account_invitation", now)
    return user


@transaction.atomic
def send_link(user: User, *, by: User, now: datetime) -> User:
    """Mail a new link by which the person sets a password, to whoever has lost the invitation or the password."""
    require(by, "accounts.change_user", user)
    record("user.send_link", user, by=by)
    _send_link(user, "account_invitation" if user.last_login is None else "password_link", now)
    return user


@transaction.atomic
def ask_for_link(email: str, *, now: datetime) -> None:
    """Mail a link to the account of that address, if there is one; whoever asks is told the same either way."""
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is not None:
        _send_link(user, "password_link", now.replace(minute=0))


def _send_link(user, template, now):
    """The link itself is made when the mail is written: no table holds it, and nobody but the person reads it."""
    notify(user, template, dedupe_key=f"{template}:{user.pk}:{now:%Y-%m-%dT%H:%M}")


@transaction.atomic
def forget_second_factor(user: User, *, by: User, now: datetime) -> User:
    """Take the second step off the account of somebody who has lost phone and codes; he sets up a new one."""
    require(by, "accounts.change_user", user)
    Authenticator.objects.filter(user=user).delete()
    Session.objects.filter(user=user).delete()
    record("user.forget_second_factor", user, by=by)
    _tell(user, now)
    return user


@transaction.atomic
def end_session(session: Session, *, by: User) -> None:
    """End one of one's own sessions: a device lent, lost or left open."""
    if session.user_id != by.pk:
        raise PermissionDenied
    session.delete()
    record("user.end_session", by, by=by)


@transaction.atomic
def end_sessions(user: User, *, by: User, now: datetime | None = None, but: str = "") -> int:
    """Sign a user out everywhere, but from the session of that key; return from how many."""
    if user.pk != by.pk:
        require(by, "accounts.end_sessions", user)
    ended, _rows = Session.objects.filter(user=user).exclude(session_key=but).delete()
    record("user.end_sessions", user, by=by, rows=ended)
    return ended


@transaction.atomic
def tell_of_factor(user: User, event: str, *, now: datetime) -> None:
    """Write down what the person did with a second step of his own, and tell him by mail: it may have been a thief."""
    record(f"user.{event}", user, by=user)
    _tell(user, now)


def _tell(user, now):
    notify(user, "second_factor_changed", dedupe_key=f"second_factor:{user.pk}:{now.isoformat()}")


def give_demonstration_app(user: User) -> None:
    """Set up an application with codes whose codes the page of the second step shows, in the demonstration only."""
    if not settings.DEMO:
        raise RuntimeError("Only the demonstration may show the codes of a second step.")
    TOTP.activate(user, generate_totp_secret())
