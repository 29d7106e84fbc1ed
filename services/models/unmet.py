"""The register of unmet needs: what people searched for in the catalogue and did not find. Nobody stands behind it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.lists import Locality, ServiceArea


class UnmetSearchQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.has_perm("services.view_unmetsearch") else self.none()

    def undecided(self):
        return self.filter(decision=UnmetSearch.Decision.NONE)


class UnmetSearch(models.Model):
    """One question without an answer, with what the organiser makes of it."""

    class Decision(models.TextChoices):
        NONE = "none", _("not decided")
        SYNONYM = "synonym", _("a synonym was added")
        MISSING = "missing", _("a service is missing")
        IGNORED = "ignored", _("ignored")

    text = models.CharField(_("what people typed"), max_length=120, unique=True)
    number = models.PositiveIntegerField(_("how often"), default=0)
    last_month = models.DateField(_("last month"))
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, default=Decision.NONE)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = UnmetSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("search that found nothing")
        verbose_name_plural = _("searches that found nothing")
        ordering = ["-number", "text", "pk"]
        constraints = [
            models.CheckConstraint(
                name="unmet_search_decided_at_matches_decision",
                condition=Q(decision="none", decided_at=None) | (~Q(decision="none") & Q(decided_at__isnull=False)),
                violation_error_message=_("The day of the decision must match the decision."),
            )
        ]

    def __str__(self):
        return self.text


class UnmetSearchMonth(models.Model):
    """How often in a month, with the place and the area that were chosen beside the words; nothing where none was."""

    search = models.ForeignKey(UnmetSearch, models.CASCADE, related_name="months")
    month = models.DateField()  # its first day
    locality = models.ForeignKey(Locality, models.PROTECT, null=True, related_name="+")
    area = models.ForeignKey(ServiceArea, models.PROTECT, null=True, related_name="+")
    number = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("month of a search that found nothing")
        verbose_name_plural = _("months of a search that found nothing")
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["search", "month", "locality", "area"],
                nulls_distinct=False,
                name="an_unmet_search_has_each_month_and_place_once",
            )
        ]

    def __str__(self):
        return f"{self.month:%Y-%m}: {self.number}"
