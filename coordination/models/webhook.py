"""Addresses of other institutions' programs that are called when something happens to a referral sent to them."""

import base64
import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import EncryptedTextField
from cus_portal.notifications.models import Message, MessageQuerySet
from cus_portal.notifications.shut import shut_to
from cus_portal.outgoing import may_be_called

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 (what Standard Webhooks writes before a secret)
OLD_SECRET_SIGNS_FOR = timedelta(days=7)


def callable_address(url: str) -> None:
    """Refuse what is never called: no https, a name in the address, a private number. Names are looked at each time."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.username is not None:
        raise ValidationError(_("The address begins with https:// and holds no name or password."))
    try:
        public = may_be_called(parts.hostname or "")
    except ValueError:
        public = parts.hostname != "localhost"  # a name: where it leads is looked at before each call
    if not public:
        raise ValidationError(_("This address is not on the internet. Ask the institution for its public address."))


def key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX))


class WebhookQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(switched_off_at=None, institution__is_active=True)

    def visible_to(self, user):
        return self if user.has_perm("coordination.view_webhook") else self.none()


class Webhook(models.Model):
    """One address of one institution's program, with the secret by which its calls are signed."""

    institution = models.ForeignKey(
        "accounts.Institution",
        models.PROTECT,
        related_name="webhooks",
        limit_choices_to=Q(is_centre=False, is_active=True),
        verbose_name=_("institution"),
    )
    name = models.CharField(
        _("which system"), max_length=80, help_text=_("Its name and whom to call when it goes wrong.")
    )
    url = models.URLField(
        _("address to call"),
        max_length=300,
        validators=[callable_address],
        help_text=_("Begins with https://. It is told that a referral has changed, and nothing of the person."),
    )
    secret = EncryptedTextField(editable=False)
    old_secret = EncryptedTextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(_("the secret before signs until"), null=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    failures = models.PositiveIntegerField(_("calls without success in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("does not answer since"), null=True, editable=False)
    last_failed_at = models.DateTimeField(null=True, editable=False)
    switched_off_at = models.DateTimeField(_("switched off"), null=True, editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("address of an institution's program")
        verbose_name_plural = _("addresses of institutions' programs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["institution", "url"], name="an_address_is_called_once_for_an_institution"),
            models.CheckConstraint(
                condition=Q(old_secret="", old_secret_until=None)
                | ~Q(old_secret="") & Q(old_secret_until__isnull=False),
                name="the_secret_before_ends_on_a_day",
            ),
        ]

    def __str__(self):
        return f"{self.name} ({urlsplit(self.url).hostname})"

    def write(self) -> str:
        """Give it a new secret and return it: it is shown once."""
        key = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        self.secret = SECRET_PREFIX + key
        return self.secret

    def keys(self, now) -> list[bytes]:
        """Return the keys that sign now: the new one, and for some days the one before."""
        signing = [self.secret]
        if self.old_secret and now < self.old_secret_until:
            signing.append(self.old_secret)
        return [key_of(secret) for secret in signing]


def event_number(pk: int) -> str:
    """Return the number of the event that a row of the outbox tells: the same at each attempt."""
    return f"evt_{pk}"


class WebhookCallQuerySet(MessageQuerySet):
    def visible_to(self, user):
        return self.exclude(shut_to(user)) if user.has_perm("coordination.view_webhookcall") else self.none()


class WebhookCallManager(models.Manager.from_queryset(WebhookCallQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(recipient_type="coordination.webhook")


class WebhookCall(Message):
    """A row of the outbox that goes to an address of a program."""

    objects = WebhookCallManager()

    class Meta:
        proxy = True
        verbose_name = _("call of an institution's program")
        verbose_name_plural = _("calls of institutions' programs")

    @property
    def event(self) -> str:
        return event_number(self.pk)
