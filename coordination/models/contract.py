"""Contracts of providers: so many units of one service at one price, by an agreement of the register."""

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Mod
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cus_portal.db import Workflowed
from services.models.programme import AGREEMENT_WARNED, covers

HALF = Decimal("0.5")
ALARM_AT = Decimal("0.8")  # of the units


class Unit(models.TextChoices):
    HOUR = "hour", _("hours")
    VISIT = "visit", _("visits")
    RIDE = "ride", _("rides")


def in_halves(field, name):
    return models.CheckConstraint(
        name=name,
        condition=Exact(Mod(field, Value(HALF)), Value(Decimal(0))),
        violation_error_message=_("Units are counted in halves."),
    )


class ContractQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.has_perm("coordination.view_contract") else self.none()

    def open(self):
        return self.exclude(status=Contract.Status.ENDED)

    def in_force(self, on):
        return self.open().filter(covers(on))

    def ending(self, on):
        """Return those whose last day comes within sixty days, or has passed."""
        return self.open().filter(valid_to__lte=on + AGREEMENT_WARNED)

    def with_use(self):
        """Add `used` and `left`, in units; what was missed by the person's fault counts where the contract pays it."""
        paid = Contract.records.rel.related_model.objects.filter(contract=OuterRef("pk")).order_by().values("contract")
        used = Subquery(paid.annotate(sum=models.Sum("paid_units")).values("sum"))
        zero = Value(Decimal(0), models.DecimalField(max_digits=9, decimal_places=1))
        return self.annotate(used=Coalesce(used, zero)).annotate(left=F("units") - F("used"))

    def nearly_used(self):
        """Return those of which four fifths or more are used."""
        return self.with_use().filter(used__gte=F("units") * ALARM_AT)


@pghistory.track()
class Contract(Workflowed):
    """A line of an agreement: units of one service in one programme row, their price, their days. Never deleted."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("contract", "in force")
        SUSPENDED = "suspended", pgettext_lazy("contract", "suspended")
        ENDED = "ended", pgettext_lazy("contract", "ended")

    Unit = Unit

    agreement = models.ForeignKey(
        "services.Agreement", models.PROTECT, related_name="contracts", verbose_name=_("agreement")
    )
    basis = models.ForeignKey(
        "services.ProgrammeService", models.PROTECT, related_name="+", verbose_name=_("programme row")
    )
    status = models.CharField(_("state"), max_length=9, choices=Status, default=Status.ACTIVE, editable=False)
    unit = models.CharField(_("what is counted"), max_length=5, choices=Unit)
    units = models.DecimalField(_("how many"), max_digits=8, decimal_places=1)
    unit_price = models.DecimalField(
        _("price of one, PLN"), max_digits=8, decimal_places=2, help_text=_("0 for the centre's own staff.")
    )
    pays_no_show = models.BooleanField(
        _("a visit missed by the person's fault is paid"), default=False, help_text=_("As the contract says.")
    )
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force until"), null=True, blank=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract of a provider")
        verbose_name_plural = _("contracts of providers")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_contract_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
            models.CheckConstraint(
                name="a_contract_gives_something",
                condition=Q(units__gt=0),
                violation_error_code="units",
                violation_error_message=_("Write a number above zero."),
            ),
            in_halves("units", "a_contract_is_counted_in_halves"),
            models.CheckConstraint(
                name="a_price_is_not_below_zero",
                condition=Q(unit_price__gte=0),
                violation_error_code="unit_price",
                violation_error_message=_("A price is not below zero."),
            ),
            models.CheckConstraint(
                name="an_ended_contract_knows_its_last_day",
                condition=~Q(status="ended") | Q(valid_to__isnull=False),
                violation_error_code="valid_to",
                violation_error_message=_("A contract that has ended has its last day."),
            ),
        ]

    def __str__(self):
        return f"{self.agreement.number or self.agreement.subject}: {self.basis.service.plain_name}"

    def get_absolute_url(self):
        return reverse("admin:coordination_contract_change", args=[self.pk])

    def runs_on(self, day):
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
