"""Frozen reports and the log of periodic jobs."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class ReportSnapshotQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.has_perm("coordination.view_report") else self.none()


class ReportSnapshot(models.Model):
    """The figures of one period as they were counted. A frozen report never changes; a recount makes a new edition."""

    append_only = True

    period = models.DateField(_("month"), help_text=_("The first day of the month."))
    edition = models.PositiveSmallIntegerField(_("edition"), default=1)
    definition = models.PositiveSmallIntegerField(_("version of the definitions"))
    as_of = models.DateTimeField(_("counted"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("ordered by")
    )
    tables = models.JSONField(_("tables"))
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ReportSnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("monthly report")
        verbose_name_plural = _("monthly reports")
        ordering = ["-period", "-edition"]
        constraints = [models.UniqueConstraint(fields=["period", "edition"], name="an_edition_of_a_month_is_one")]

    def __str__(self):
        return f"{self.period:%m.%Y} ({self.edition})"

    def get_absolute_url(self):
        return reverse("coordination:report_detail", args=[self.pk])


class JobRun(models.Model):
    """One run of a periodic job for one period: two beats, or a late one, do it once."""

    job = models.CharField(_("job"), max_length=60)
    period = models.CharField(_("period"), max_length=20)
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("ordered by")
    )
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")
        ordering = ["-started_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["job", "period"], name="a_job_runs_once_a_period")]
        indexes = [models.Index(fields=["job", "id"], condition=Q(finished_at=None), name="runs_not_finished")]

    def __str__(self):
        return f"{self.job} {self.period}"


class ReminderSent(models.Model):
    """What makes a reminder go out once: which one, about what, due when, to whom. Written with its message."""

    key = models.CharField(_("key"), max_length=200, unique=True)
    sent_on = models.DateField(_("sent on"))

    class Meta:
        verbose_name = _("sent reminder")
        verbose_name_plural = _("sent reminders")
        ordering = ["-pk"]

    def __str__(self):
        return self.key


class AnswerSpeed(models.Model):
    """How an institution answered the referrals of a year: counted each morning, for no page can wait for it.

    What a restricted file holds is left out, so everybody who sees the dashboard may see it.
    """

    institution = models.OneToOneField(
        "accounts.Institution", models.PROTECT, related_name="answers", verbose_name=_("institution")
    )
    decided = models.PositiveIntegerField(_("answers"))
    accepted = models.PositiveIntegerField(_("accepted"))
    median = models.FloatField(_("days to half of the answers"))
    median_net = models.FloatField(_("the same without waiting for our answers"), default=0)
    p90 = models.FloatField(_("days to nine of ten answers"))
    usual_reason = models.CharField(_("most frequent reason of a refusal"), max_length=16, blank=True)
    reasons = models.JSONField(_("refusals by reason"), default=dict)

    class Meta:
        verbose_name = _("speed of answers")
        verbose_name_plural = _("speeds of answers")

    def __str__(self):
        return f"{self.institution_id}: {self.median:.0f}"
