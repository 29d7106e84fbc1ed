"""The register of unmet needs: what people asked for and did not get here, by place, kind, reason and days.

A line holds nobody's name and none of his words. It hangs on its need, or on the case in which the need came up without
being asked for, until that is taken out of the records; then the line stays, and nothing leads from it to anybody.
What was searched for in vain is counted apart (UnmetSearch).
"""

from django.db import models
from django.db.models import Case, Count, F, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from residents.models.case import Case as CareCase
from residents.models.request import RequestItem, ServiceRequest
from residents.models.restricted import without_shut

RESTRICTED = Q(item__request__restricted_file__isnull=False) | Q(case__restricted_file__isnull=False)


class UnmetNeedQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.has_perm("residents.view_unmetneed"):
            return self.none()
        return without_shut(without_shut(self, "item__request", ServiceRequest, user), "case", CareCase, user)

    def open(self):
        return self.filter(closed_on=None)

    def restricted(self):
        return self.filter(RESTRICTED)

    def counted(self):
        """Leave out what the same person asked for again while it was still unmet, and mistakes: a need counts once."""
        return self.filter(is_repeat=False).exclude(outcome=UnmetNeed.Outcome.MISTAKE)

    def of_kind_unknown(self):
        return self.filter(area=None)

    def arisen(self, first, last):
        return self.counted().filter(opened_on__range=(first, last))

    def met(self, first, last):
        """Return what was met after all in these days."""
        return self.counted().filter(closed_on__range=(first, last), outcome=UnmetNeed.Outcome.MET)

    def waiting_on(self, day):
        """Return the needs that waited for a place at the end of the day."""
        return self.counted().filter(
            Q(closed_on=None) | Q(closed_on__gt=day), opened_on__lte=day, reason__in=UnmetNeed.WAITS
        )

    def by(self, column):
        """Return {value of the column: how many}. What is in a restricted file tells its reason, not place or kind."""
        told = F(column) if column == "reason" else Case(When(RESTRICTED, then=Value(None)), default=F(column))
        return dict(self.order_by().annotate(told=told).values_list("told").annotate(n=Count("pk")))


class UnmetNeed(models.Model):
    """One need that was not met when it was answered: why, since when, and when it was met after all."""

    class Reason(models.TextChoices):
        WAITING = "waiting", _("waits for its turn or the next edition")
        NO_PLACE = "no_place", _("waits, no place is free")
        FORWARDED = "forwarded", _("passed on to another body")
        NO_SERVICE = "no_service", _("no such service here")
        NO_PROGRAMME = "no_programme", _("no programme covers it")
        NO_PARTNER = "no_partner", _("no institution gives it here")
        PARTNER_FULL = "partner_full", _("the institution has no place")
        NO_ANSWER = "no_answer", _("the institution did not answer")
        NOT_ELIGIBLE = "not_eligible", _("refused: conditions not met")

    WAITS = (Reason.WAITING, Reason.NO_PLACE)
    # Nobody was found who would meet the need; of a refusal the reason says that it was one.
    GAPS = (
        Reason.NO_SERVICE,
        Reason.NO_PROGRAMME,
        Reason.NO_PARTNER,
        Reason.PARTNER_FULL,
        Reason.NO_ANSWER,
        Reason.NOT_ELIGIBLE,
    )

    class Outcome(models.TextChoices):
        MET = "met", _("met after all")
        WITHDRAWN = "withdrawn", _("withdrawn by the person")
        CHANGED = "changed", _("answered otherwise")
        GONE = "gone", _("the person died or moved away")
        OPENED = "opened", _("a service was opened for it")
        CONTRACTED = "contracted", _("a contract was made for it")
        HANDLED = "handled", _("seen to in another way")
        MISTAKE = "mistake", _("written down by mistake")

    BY_HAND = (Outcome.OPENED, Outcome.CONTRACTED, Outcome.HANDLED, Outcome.MISTAKE)

    item = models.OneToOneField(
        RequestItem, models.PROTECT, null=True, editable=False, related_name="unmet", verbose_name=_("need")
    )
    case = models.ForeignKey(
        CareCase, models.PROTECT, null=True, editable=False, related_name="unmet", verbose_name=_("case")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    service = models.ForeignKey(
        "services.Service", models.PROTECT, null=True, related_name="+", verbose_name=_("service")
    )
    area = models.ForeignKey(
        "services.ServiceArea", models.PROTECT, null=True, related_name="+", verbose_name=_("area of social services")
    )
    locality = models.ForeignKey(
        "services.Locality", models.PROTECT, null=True, related_name="+", verbose_name=_("town or village")
    )
    opened_on = models.DateField(_("since"))
    closed_on = models.DateField(_("until"), null=True)
    outcome = models.CharField(_("what came of it"), max_length=10, choices=Outcome, blank=True)
    is_repeat = models.BooleanField(_("asked for again by the same person"), default=False)

    objects = UnmetNeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("unmet need")
        verbose_name_plural = _("unmet needs")
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_closed_unmet_need_says_what_came_of_it",
                condition=Q(closed_on=None, outcome="")
                | Q(closed_on__isnull=False, closed_on__gte=F("opened_on")) & ~Q(outcome=""),
            ),
            models.CheckConstraint(
                name="an_unmet_need_hangs_on_a_need_or_on_a_case", condition=Q(item=None) | Q(case=None)
            ),
            models.UniqueConstraint(
                fields=["case", "service", "area"],
                condition=Q(case__isnull=False),
                nulls_distinct=False,
                name="an_unmet_need_of_a_case_counts_once",
            ),
        ]
        indexes = [models.Index(fields=["-opened_on", "-id"], name="unmet_needs_by_day")]

    def __str__(self):
        return f"{self.get_reason_display()}, {self.opened_on:%d.%m.%Y}"

    def get_absolute_url(self):
        return reverse("admin:residents_unmetneed_change", args=[self.pk])

    @property
    def may_be_closed(self):
        """What waits for its turn here is closed by the queue alone."""
        return self.closed_on is None and self.reason not in self.WAITS
