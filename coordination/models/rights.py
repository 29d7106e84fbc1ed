"""What a person asks about his own data (RODO art. 15 to 21): tracked, with its month."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cus_portal.accounts.roles import Role
from cus_portal.db import Workflowed
from residents.models import Resident


class DataRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The data protection officer sees all of them, the desk those of people it sees."""
        if not user.has_perm("coordination.view_datarequest"):
            return self.none()
        if user.has_role(Role.DPO):
            return self
        return self.filter(resident__in=Resident.objects.visible_to(user).order_by().values("pk"))

    def open(self):
        return self.filter(status__in=DataRequest.OPEN)


class DataRequest(Workflowed):
    """One request about one's own data. A copy leaves only after the data protection officer has looked it through."""

    class Kind(models.TextChoices):
        COPY = "copy", _("a copy of the data")
        CORRECTION = "correction", _("correction")
        RESTRICTION = "restriction", _("restriction of processing")
        OBJECTION = "objection", _("objection")
        ERASURE = "erasure", _("erasure")

    class Status(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("request about data", "received")
        REVIEW = "review", pgettext_lazy("request about data", "with the data protection officer")
        READY = "ready", pgettext_lazy("request about data", "ready to hand over")
        ANSWERED = "answered", pgettext_lazy("request about data", "answered")
        REFUSED = "refused", pgettext_lazy("request about data", "refused")

    OPEN = (Status.RECEIVED, Status.REVIEW, Status.READY)
    DECIDED_BY_OFFICER = (Kind.RESTRICTION, Kind.OBJECTION, Kind.ERASURE)

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.RECEIVED, editable=False)
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="data_requests", verbose_name=_("resident")
    )
    kind = models.CharField(_("what is asked for"), max_length=12, choices=Kind)
    asked_by = models.ForeignKey(  # the person's own request stays on record when that row goes with the person
        "residents.Representation",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("who asks for the person"),
    )
    said = models.TextField(_("in the person's words"), max_length=2000, blank=True)
    received_on = models.DateField(_("received on"))
    due_on = models.DateField(_("answer due"))
    extension_reason = models.TextField(_("why it takes longer"), blank=True, editable=False)
    left_out = models.JSONField(_("left out of the copy"), default=list, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("looked through by"),
    )
    answer = models.TextField(_("what the person was answered"), blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request about data")
        verbose_name_plural = _("requests about data")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["received", "review", "ready"], answered_at=None)
                | (Q(status__in=["answered", "refused"], answered_at__isnull=False) & ~Q(answer="")),
                name="an_answered_request_about_data_knows_when_and_what",
            ),
            models.CheckConstraint(
                condition=~Q(kind="copy") | ~Q(status__in=["ready", "answered"]) | Q(reviewed_by__isnull=False),
                name="a_copy_leaves_after_a_review",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("received_on")), name="an_answer_about_data_is_due_after_receipt"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                condition=Q(status__in=["received", "review", "ready"]),
                name="open_data_requests_by_due",
            )
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("admin:coordination_datarequest_change", args=[self.pk])
