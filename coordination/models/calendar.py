"""The private calendar address of one of the staff."""

import uuid

from django.conf import settings
from django.core import signing
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

FEED_SALT = "coordination.calendar_feed"


class CalendarFeed(models.Model):
    """Lets a calendar program read its owner's due days by an address that only he knows; a new key ends the old one.

    No secret lies here: the address carries a signature over the key, which only the portal can make.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="calendar_feed", verbose_name=_("user")
    )
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        ordering = ["pk"]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def path(self):
        return reverse("calendar:feed", args=[signing.dumps([self.user_id, str(self.key)], salt=FEED_SALT)])
