"""Two records of one person, joined by somebody who looked at both, and taken apart again if that was wrong."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Merge(models.Model):
    """Which record stays, which leads to it, why, and what went over: enough to take them apart exactly."""

    kept = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="joinings", verbose_name=_("record that stays")
    )
    absorbed = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="+", verbose_name=_("record that leads to it")
    )
    reason = models.TextField(_("reason"))
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    merged_at = models.DateTimeField(_("joined"), db_default=Now())
    # {"residents.case.resident": [keys]}: what pointed to the absorbed record
    moved = models.JSONField(default=dict, editable=False)
    # names of the columns that the record that stays lacked and took over; never their contents
    filled = models.JSONField(default=list, editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken apart by")
    )
    undone_at = models.DateTimeField(_("taken apart"), null=True)
    undo_reason = models.TextField(_("why taken apart"), blank=True)

    class Meta:
        verbose_name = _("joining of two records")
        verbose_name_plural = _("joinings of records")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("absorbed")), name="a_record_is_not_joined_to_itself"),
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at=None), name="a_record_is_joined_to_one_other"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="who_took_records_apart_is_known",
            ),
        ]
        indexes = [models.Index(fields=["kept"], condition=Q(undone_at=None), name="joinings_of_a_record")]

    def __str__(self):
        return f"{self.absorbed_id} → {self.kept_id}"
