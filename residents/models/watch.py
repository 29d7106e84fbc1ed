"""What a resident keeps of the catalogue: services in an account, searches of whose news a mailbox is told."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core import signing
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import EncryptedTextField
from residents.models.account import ResidentAccount
from services.models import Service

WATCH_SALT = "residents.watched_search"


class KeptService(models.Model):
    """A service on the list of an account. Without an account the list is in a cookie, and nowhere here."""

    account = models.ForeignKey(ResidentAccount, models.CASCADE, related_name="kept", verbose_name=_("account"))
    service = models.ForeignKey(Service, models.CASCADE, related_name="+", verbose_name=_("service"))

    class Meta:
        verbose_name = _("service on a resident's list")
        verbose_name_plural = _("services on residents' lists")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["account", "service"], name="a_service_is_once_on_a_list")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class WatchedSearchQuerySet(models.QuerySet):
    def confirmed(self):
        return self.filter(confirmed_at__isnull=False)

    def of_mailbox(self, index):
        """Return what a mailbox watches; of no mailbox there is nothing."""
        return self.confirmed().exclude(email_index="").filter(email_index=index)

    def to_look_at(self, on):
        """Return what is confirmed and was not looked at on the day, the longest waiting first."""
        due = self.confirmed().filter(Q(looked_on=None) | Q(looked_on__lt=on), ends_on__gt=on)
        return due.order_by(models.F("looked_on").asc(nulls_first=True), "pk")


class WatchedSearch(models.Model):
    """A search and the mailbox that is told of what it newly finds. Of the person nothing more is known."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = EncryptedTextField(editable=False)
    email_index = models.CharField(max_length=64, editable=False)
    asked = EncryptedTextField(editable=False)  # JSON, for beside an address even a search tells of its owner
    asked_index = models.CharField(max_length=64, editable=False)
    language = models.CharField(_("language"), max_length=5)
    asked_at = models.DateTimeField(_("asked for"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    ends_on = models.DateField(_("deleted on"))
    known = ArrayField(models.BigIntegerField(), default=list)  # services found when it was looked at
    news = ArrayField(models.BigIntegerField(), default=list)  # services of which the last mail told
    looked_on = models.DateField(_("looked at"), null=True)
    told_on = models.DateField(_("last mail"), null=True)

    objects = WatchedSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("watched search")
        verbose_name_plural = _("watched searches")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["email_index", "asked_index"], name="a_mailbox_watches_a_search_once"),
        ]
        indexes = [
            models.Index(
                fields=["looked_on", "id"], condition=Q(confirmed_at__isnull=False), name="searches_to_look_at"
            ),
            models.Index(fields=["ends_on"], name="watched_searches_by_end"),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    def get_absolute_url(self):
        """The signed address at which it is confirmed and read. Whoever has it may do both."""
        return reverse("residents:watched_search", args=[self._link])

    @property
    def unsubscribe_path(self):
        return reverse("residents:search_unwatch", args=[self._link])

    @property
    def _link(self):
        return signing.dumps(str(self.key), salt=WATCH_SALT)

    @property
    def notification_email(self):
        return self.email

    @property
    def notification_language(self):
        return self.language
