"""How the systems of other institutions reach their referrals."""

import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

TOKEN_BYTES = 32
SHOWN = 6  # of a token's letters, by which people tell one from another


def digest_of(token: str) -> str:
    """A token is random and long, so a plain hash of it cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


class PartnerTokenQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(revoked_at=None, valid_to__gte=on, institution__is_active=True)

    def visible_to(self, user):
        return self if user.has_perm("coordination.view_partnertoken") else self.none()


class PartnerToken(models.Model):
    """The key of one institution's system to the referrals sent to it. Only its hash is kept."""

    institution = models.ForeignKey(
        "accounts.Institution",
        models.PROTECT,
        related_name="tokens",
        limit_choices_to=Q(is_centre=False, is_active=True),
        verbose_name=_("institution"),
    )
    name = models.CharField(
        _("which system"), max_length=80, help_text=_("Its name and whom to call when it goes wrong.")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    shown = models.CharField(_("begins with"), max_length=SHOWN, editable=False)
    valid_to = models.DateField(_("valid to"), help_text=_("The last day: a year from now, or sooner."))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    last_used_on = models.DateField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = PartnerTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token of an institution's system")
        verbose_name_plural = _("tokens of institutions' systems")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.shown}… ({self.name})"

    def write(self) -> str:
        """Give it a new secret and return it: it is shown once and kept nowhere."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.digest, self.shown = digest_of(token), token[:SHOWN]
        return token
