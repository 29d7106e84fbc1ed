"""What a month of a contract comes to, for its provider and for each person. Closed once; then only lines are added."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models.contract import Contract
from coordination.models.delivery import Provision


class SettlementQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.has_perm("coordination.view_settlement") else self.none()

    def with_sums(self):
        """Add what the month comes to, corrections included: `units`, `due`, `fees`."""
        return self.annotate(units=Sum("lines__units"), due=Sum("lines__amount"), fees=Sum("lines__fee"))


class Settlement(models.Model):
    """One month of one contract, closed by a person."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="settlements", verbose_name=_("contract"))
    month = models.DateField(_("month"), help_text=_("Its first day."))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed"))

    objects = SettlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("settlement of a month")
        verbose_name_plural = _("settlements of months")
        ordering = ["-month", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "month"], name="a_month_of_a_contract_is_settled_once"),
            models.CheckConstraint(name="a_month_is_named_by_its_first_day", condition=Q(month__day=1)),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.month:%m.%Y}, {self.contract}"

    def get_absolute_url(self):
        return reverse("admin:coordination_settlement_change", args=[self.pk])


class SettlementLine(models.Model):
    """What one person's month comes to. A correction is a line of its own: the difference, with its reason."""

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines", verbose_name=_("settlement"))
    provision = models.ForeignKey(
        Provision, models.PROTECT, related_name="lines", verbose_name=_("service given to a person")
    )
    units = models.DecimalField(_("units"), max_digits=7, decimal_places=1)
    amount = models.DecimalField(_("due to the provider, PLN"), max_digits=10, decimal_places=2)
    fee = models.DecimalField(_("due from the person, PLN"), max_digits=10, decimal_places=2)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="corrections", verbose_name=_("corrects")
    )
    reason = models.CharField(_("why corrected"), max_length=300, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("line of a settlement")
        verbose_name_plural = _("lines of settlements")
        ordering = ["settlement", "provision", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "provision"],
                condition=Q(corrects=None),
                name="a_person_has_one_line_in_a_settlement",
            ),
            models.CheckConstraint(
                name="a_line_is_not_below_zero_and_a_correction_has_its_reason",
                condition=Q(corrects=None, reason="", units__gte=0, amount__gte=0, fee__gte=0)
                | Q(corrects__isnull=False) & ~Q(reason=""),
            ),
            models.CheckConstraint(name="no_line_corrects_itself", condition=Q(corrects=None) | ~Q(corrects=F("pk"))),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.settlement}: {self.amount}"
