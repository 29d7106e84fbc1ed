"""How much of a service an item of a plan gives, as a number that can be held against a limit, and in words."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models.contract import in_halves
from services.models import ProgrammeService


class Amount(models.Model):
    """So many hours, visits or rides in a time; `scope` says what no number says."""

    class Period(models.TextChoices):
        WEEK = "week", _("a week")
        MONTH = "month", _("a month")
        YEAR = "year", _("a year")
        EDITION = "edition", _("in all")

    units = models.DecimalField(_("how much"), max_digits=6, decimal_places=1, null=True, blank=True)
    unit = models.CharField(_("of what"), max_length=5, choices=ProgrammeService.PersonUnit, blank=True)
    period = models.CharField(_("in what time"), max_length=7, choices=Period, blank=True)
    scope = models.CharField(
        _("scope, in words"),
        max_length=200,
        blank=True,
        help_text=_("What the number does not say: on which days, how long each time."),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="the_amount_of_a_%(class)s_is_told_whole",
                condition=Q(units=None, unit="", period="")
                | Q(units__isnull=False, units__gt=Decimal(0)) & ~Q(unit="") & ~Q(period=""),
                violation_error_message=_("Say how much, of what, and in what time: all three or none."),
            ),
            in_halves("units", "the_amount_of_a_%(class)s_is_in_halves"),
        ]
