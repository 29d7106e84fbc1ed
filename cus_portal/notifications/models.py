"""The outbox: one row a message, written in the same transaction as what it tells of."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cus_portal.notifications.shut import shut_to
from cus_portal.notifications.ways import other_than_mail

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=5)


UNDELIVERED = Q(seen_to_at=None) & (Q(dead_at__isnull=False) | Q(bounced_at__isnull=False))


class MessageQuerySet(models.QuerySet):
    def unsent(self):
        return self.filter(sent_at=None, dead_at=None, dropped_at=None)

    def ready(self, now):
        """Return what is due and not leased by a worker that may still be at it."""
        return self.unsent().filter(Q(lease_until=None) | Q(lease_until__lt=now), due_at__lte=now)

    def by_mail(self, by_mail=True):
        """Return what goes out by mail, or all that goes out otherwise."""
        called = Q(recipient_type__in=other_than_mail())
        return self.exclude(called) if by_mail else self.filter(called)

    def failed(self):
        return self.exclude(dead_at=None)

    def undelivered(self):
        """Return what did not arrive, given up or come back, and nobody has seen to yet."""
        return self.filter(UNDELIVERED)

    def to(self, recipient):
        return self.filter(recipient_type=recipient._meta.label_lower, recipient_id=recipient.pk)

    def visible_to(self, user):
        """Leave out what tells of things closed to the user, such as the number of a restricted request."""
        return self.exclude(shut_to(user)) if user.has_perm("notifications.view_message") else self.none()


class Message(models.Model):
    """A message to one recipient. Ids, numbers, days and paths only: the address is looked up when it is sent."""

    dedupe_key = models.CharField(_("key"), max_length=200, unique=True)
    template = models.CharField(_("template"), max_length=60)
    recipient_type = models.CharField(_("kind of recipient"), max_length=80)
    recipient_id = models.BigIntegerField(_("recipient"))
    about_type = models.CharField(_("kind of object"), max_length=80, blank=True)
    about_id = models.BigIntegerField(_("object"), null=True)
    only_while = models.JSONField(_("only while its state is"), default=list)
    context = models.JSONField(_("facts"), default=dict)
    created_at = models.DateTimeField(_("written"), db_default=Now(), editable=False)
    due_at = models.DateTimeField(_("due"), db_default=Now())
    lease_until = models.DateTimeField(_("leased until"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    dead_at = models.DateTimeField(_("given up"), null=True)
    dropped_at = models.DateTimeField(_("dropped: no longer needed, or no address"), null=True)
    bounced_at = models.DateTimeField(_("came back"), null=True)
    bounce_code = models.CharField(_("why it came back"), max_length=20, blank=True)
    seen_to_at = models.DateTimeField(_("seen to"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at=None, dead_at=None)
                | Q(sent_at=None, dropped_at=None)
                | Q(dead_at=None, dropped_at=None),
                name="a_message_has_one_end",
            ),
            models.CheckConstraint(
                condition=Q(bounced_at=None) | Q(sent_at__isnull=False), name="a_message_comes_back_after_it_was_sent"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(sent_at=None, dead_at=None, dropped_at=None),
                name="messages_to_send",
            ),
            models.Index(fields=["-dead_at"], condition=Q(dead_at__isnull=False), name="messages_given_up"),
            models.Index(fields=["about_type", "about_id"], name="messages_about_an_object"),
            models.Index(fields=["recipient_type", "recipient_id"], condition=UNDELIVERED, name="messages_undelivered"),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"
