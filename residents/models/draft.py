"""What somebody wants to finish another day. It is no request: the desk never sees it, and it goes by itself."""

import uuid

from django.core import signing
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import EncryptedTextField

SALT = "residents.saved_draft"


class SavedDraft(models.Model):
    """A request that was begun and not sent, sealed; found by a link that was mailed to whoever wrote it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token = models.UUIDField(unique=True, editable=False)  # under which it would be filed, once
    said = EncryptedTextField(editable=False)
    email = EncryptedTextField(editable=False)
    email_index = models.CharField(max_length=64, blank=True, editable=False)  # empty: in no account, it was delicate
    language = models.CharField(_("language"), max_length=5)
    saved_at = models.DateTimeField(_("saved"))
    delete_on = models.DateField(_("deleted on"))
    warned_on = models.DateField(_("warned on"), null=True)

    class Meta:
        verbose_name = _("request begun and not sent")
        verbose_name_plural = _("requests begun and not sent")
        ordering = ["delete_on", "pk"]
        indexes = [
            models.Index(fields=["delete_on", "id"], name="drafts_by_end"),
            models.Index(fields=["email_index"], condition=~Q(email_index=""), name="drafts_by_mailbox"),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    def get_absolute_url(self):
        """The signed address by which it is opened. Whoever has it reads what was written."""
        return reverse("residents:draft_open", args=[signing.dumps(str(self.key), salt=SALT)])

    @property
    def notification_email(self):
        return self.email

    @property
    def notification_language(self):
        return self.language
