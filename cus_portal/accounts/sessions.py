"""Sessions in the database, with whose they are and from what device: what their owner ends them by."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

SIGNED_IN, SEEN, DEVICE = "signed_in_at", "seen_at", "device"
# The first that is found in what a browser calls itself: most call themselves by the names of others too.
BROWSERS = [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari")]
SYSTEMS = [
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")),
]


class SessionQuerySet(models.QuerySet):
    def open_of(self, user, *, now):
        """Return the sessions in which a user is signed in, the latest used first."""
        return self.filter(user=user, expire_date__gt=now).order_by("-seen_at", "session_key")


class Session(AbstractBaseSession):
    """One browser that came here. Neither an address nor the browser's whole name is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions", verbose_name=_("user")
    )
    device = models.CharField(_("device"), max_length=40, blank=True)
    signed_in_at = models.DateTimeField(_("signed in"), null=True)
    seen_at = models.DateTimeField(_("last seen"), null=True)

    objects = BaseSessionManager.from_queryset(SessionQuerySet)()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls):
        return SessionStore

    @property
    def handle(self):
        """Return a name for pages and forms: the key itself would open the session."""
        return salted_hmac("cus_portal.accounts.sessions", self.session_key, algorithm="sha256").hexdigest()[:16]


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls):
        return Session

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        row.device = data.get(DEVICE, "")
        row.signed_in_at, row.seen_at = moment(data.get(SIGNED_IN)), moment(data.get(SEEN))
        return row


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def device_of(user_agent):
    """Return "Firefox, Windows": enough to know one's own device again."""
    found = [next((name for mark, name in names if mark in user_agent), "") for names in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found))
