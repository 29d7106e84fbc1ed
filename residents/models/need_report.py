"""What a third party tells us: somebody may need help. No request and no case until a worker decides so."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import EncryptedTextField
from cus_portal.db import Workflowed
from residents.models.party import ActingFields
from residents.models.request import RedFlag, ServiceRequest


class NeedReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A report that became a request goes with it: whoever may not see the one does not see the other."""
        if not user.has_perm("residents.view_needreport"):
            return self.none()
        return self.filter(Q(request=None) | Q(request__in=ServiceRequest.objects.visible_to(user)))

    def open(self):
        return self.filter(status__in=NeedReport.OPEN)


class NeedReport(Workflowed):
    """A notice of need (sygnał), or a question of somebody who stays unnamed."""

    class Status(models.TextChoices):
        NEW = "new", _("new")
        IN_REVIEW = "in_review", _("being looked into")
        TURNED = "turned", _("turned into a request")
        CLOSED = "closed", _("closed")

    OPEN = (Status.NEW, Status.IN_REVIEW)

    class Kind(models.TextChoices):
        NEED = "need", _("somebody needs help")
        QUESTION = "question", _("a question")

    class Ground(models.TextChoices):
        CONSENT = "consent", _("the person agrees")
        LAW = "law", _("a duty by law, which needs no consent")

    class CloseReason(models.TextChoices):
        ANSWERED = "answered", _("answered or informed")
        UNWILLING = "unwilling", _("the person does not want help")
        PASSED_ON = "passed_on", _("passed on to whom it concerns")
        KNOWN = "known", _("known already")
        UNFOUNDED = "unfounded", _("nothing was found")

    reference = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    # of a question only: with it and the number whoever asked reads the answer, and stays unnamed
    access_code = EncryptedTextField(_("code"), blank=True, editable=False)
    submit_token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.NEED)
    status = models.CharField(_("state"), max_length=12, choices=Status, default=Status.NEW, editable=False)
    received_on = models.DateField(_("received on"))
    concerns = models.CharField(_("whom it concerns"), max_length=300, blank=True)
    what_seen = models.TextField(_("what was seen"), max_length=2000)
    red_flags = ArrayField(
        models.CharField(max_length=10, choices=RedFlag), default=list, blank=True, verbose_name=_("danger signs")
    )
    person_knows = models.CharField(_("does the person know"), max_length=10, choices=ActingFields.Knows, blank=True)
    reporter = models.CharField(_("who reports"), max_length=160, blank=True)
    reporter_contact = models.CharField(_("how to reach who reports"), max_length=160, blank=True)
    language = models.CharField(_("language"), max_length=5, default="pl")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("worker")
    )
    ground = models.CharField(_("on what ground"), max_length=10, choices=Ground, blank=True, editable=False)
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True, editable=False)
    request = models.OneToOneField(
        ServiceRequest, models.PROTECT, null=True, editable=False, related_name="report", verbose_name=_("request")
    )
    close_reason = models.CharField(_("why closed"), max_length=12, choices=CloseReason, blank=True, editable=False)
    note = models.TextField(_("note"), max_length=2000, blank=True, editable=False)
    answer = models.TextField(_("answer to the question"), max_length=2000, blank=True, editable=False)

    objects = NeedReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a need")
        verbose_name_plural = _("reports of needs")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="turned", request__isnull=False) | (~Q(status="turned") & Q(request=None)),
                name="a_turned_report_has_its_request",
            ),
            models.CheckConstraint(
                condition=Q(status="closed") & ~Q(close_reason="") | ~Q(status="closed") & Q(close_reason=""),
                name="a_closed_report_knows_why",
            ),
            models.CheckConstraint(
                condition=~Q(ground="law") | ~Q(legal_basis=""), name="without_consent_the_law_is_named"
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(status__in=["new", "in_review"]), name="open_reports_of_needs")
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("admin:residents_needreport_change", args=[self.pk])
