"""Whether a page helped: yes and no, counted by month. Who answered is written nowhere."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.service import Service


class RatingQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.has_perm("services.view_rating") else self.none()


class Rating(models.Model):
    """The answers of one month about a service's page, or about the list for a question."""

    service = models.ForeignKey(
        Service, models.CASCADE, null=True, related_name="ratings", verbose_name=_("service"), db_index=False
    )
    question = models.CharField(_("question"), max_length=120, blank=True)
    month = models.DateField(_("month"))  # its first day
    helped = models.PositiveIntegerField(_("helped"), default=0)
    failed = models.PositiveIntegerField(_("did not help"), default=0)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("whether a page helped")
        verbose_name_plural = _("whether the pages helped")
        ordering = ["-month", "-failed", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "question", "month"], name="a_page_is_rated_in_one_row_a_month", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="a_rating_is_of_a_service_or_of_a_question", condition=Q(service=None) | Q(question="")
            ),
        ]

    def __str__(self):
        return f"{self.service or self.question or '–'} {self.month:%Y-%m}"
