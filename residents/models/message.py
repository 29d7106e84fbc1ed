"""Messages between the person and the desk: a thread hangs on a request; a case shows those of all its requests."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.db import Workflowed
from residents.models.request import ServiceRequest
from residents.models.restricted import without_shut


class RequestMessageQuerySet(models.QuerySet):
    def from_residents(self):
        return self.exclude(status=RequestMessage.Status.SENT)

    def waiting(self):
        return self.filter(status=RequestMessage.Status.WAITING)

    def due_by(self, on):
        return self.waiting().filter(answer_by__lte=on)

    def of_worker(self, user):
        """Return the messages that this worker answers: he coordinates the case, or has taken the request up."""
        return self.filter(Q(request__case__coordinator=user.pk) | Q(request__case=None, request__assigned_to=user.pk))

    def visible_to(self, user):
        if not user.has_perm("residents.view_requestmessage"):
            return self.none()
        return without_shut(self, "request", ServiceRequest, user)


class RequestMessage(Workflowed):
    """One message of a request's thread. It files nothing, and no term of law runs from it."""

    class Status(models.TextChoices):
        SENT = "sent", _("sent to the resident")
        WAITING = "waiting", _("waits for our answer")
        ANSWERED = "answered", _("answered")
        NOTED = "noted", _("read, needs no answer")

    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="messages", verbose_name=_("request"))
    submit_token = models.UUIDField(unique=True, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, editable=False)
    text = models.TextField(_("message"), max_length=4000, blank=True)
    written_at = models.DateTimeField(_("written"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    answer_by = models.DateField(_("answer due"), null=True)
    tells_of_danger = models.BooleanField(_("words of danger in the text"), default=False)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("answered by"),
    )

    objects = RequestMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message of a resident")
        verbose_name_plural = _("messages of residents")
        ordering = ["-tells_of_danger", "answer_by", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sent", written_by__isnull=False, answer_by=None)
                | (~Q(status="sent") & Q(written_by=None, answer_by__isnull=False)),
                name="a_message_is_the_centres_or_waits_for_it",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["answered", "noted"], answered_at__isnull=False, answered_by__isnull=False)
                | (~Q(status__in=["answered", "noted"]) & Q(answered_at=None, answered_by=None)),
                name="an_answered_message_knows_by_whom",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-tells_of_danger", "answer_by", "id"],
                condition=Q(status="waiting"),
                name="messages_to_answer",
            ),
            models.Index(
                fields=["-tells_of_danger", "answer_by", "id"],
                condition=~Q(status="sent"),
                name="messages_of_residents",
            ),
        ]

    def __str__(self):
        return f"{self.request.reference}/{self.pk}"

    def get_absolute_url(self):
        return reverse("admin:residents_requestmessage_change", args=[self.pk])
