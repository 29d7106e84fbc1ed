"""By which law or offer, in what time and on what conditions a service is given."""

from datetime import timedelta
from decimal import Decimal

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Mod
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import Institution
from cus_portal.db import Workflowed, polish_sort


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    REVIEW = "review", _("waits for a second person")
    PUBLISHED = "published", _("published")
    ARCHIVED = "archived", _("archived")


def covers(day, prefix=""):
    """Return the condition that a period with an open or a closed end covers the day, both ends included."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": day})
    )


class ProgrammeQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(covers(on), status=Status.PUBLISHED)

    def visible_to(self, user):
        return self if user.has_perm("services.view_programme") else self.filter(status=Status.PUBLISHED)


@pghistory.track(exclude=["name_sort"])
class Programme(Workflowed):
    """The law or offer on which services hang: a council's resolution, a national edition, a statute, a partner."""

    class Kind(models.TextChoices):
        COUNCIL = "council_programme", _("council's programme of social services")
        NATIONAL = "national_edition", _("edition of a national programme")
        STATUTE = "statute", _("statute")
        PARTNER = "partner_offer", _("partner's own offer")

    Status = Status

    code = models.SlugField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    resolution_no = models.CharField(_("resolution number"), max_length=60, blank=True)
    resolution_date = models.DateField(_("date of the resolution or statute"), null=True, blank=True)
    journal = models.CharField(_("published in"), max_length=200, blank=True)
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force until"), null=True, blank=True)
    funding = models.TextField(_("funding"), blank=True)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT)
    name_sort = polish_sort("name")

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["name_sort", "pk"]
        permissions = [("publish_programme", _("Can publish and archive programmes"))]
        constraints = [
            models.CheckConstraint(
                name="a_programme_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def title(self):
        """The name with the number of its resolution, as people quote it."""
        return f"{self.name}, {self.resolution_no}" if self.resolution_no else self.name


AGREEMENT_WARNED = timedelta(days=60)
HALF = Decimal("0.5")  # of an hour


class AgreementQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(covers(on))

    def ending(self, on):
        """Return those in force whose last day comes within sixty days: time to talk about the next one."""
        return self.in_force(on).filter(valid_to__lte=on + AGREEMENT_WARNED)

    def visible_to(self, user):
        return self if user.has_perm("services.view_agreement") else self.none()


class ProgrammeServiceQuerySet(models.QuerySet):
    def in_force(self, on):
        """Return the bases in force on the day: the row's own period and its published programme's."""
        return self.filter(covers(on), covers(on, "programme__"), programme__status=Status.PUBLISHED)

    def current(self, service, on):
        """Return the basis under which a request filed on the day falls, or None: the one that began last."""
        rows = self.in_force(on).filter(service=service, service__status=Status.PUBLISHED)
        return rows.select_related("programme", "service").order_by("-valid_from", "pk").first()

    def visible_to(self, user):
        if user.has_perm("services.view_programmeservice"):
            return self
        public = (Status.PUBLISHED, Status.ARCHIVED)
        return self.filter(programme__status=Status.PUBLISHED, service__status__in=public)


@pghistory.track()
class ProgrammeService(models.Model):
    """A dated row by which a service hangs on a programme: its conditions, limits, fee and regime."""

    class Regime(models.TextChoices):
        PROGRAMME = "programme", _("by the programme, without a decision")
        DECISION = "decision", _("by an administrative decision")
        INFORMAL = "informal", _("without formalities")
        PARTNER = "partner", _("by the partner's own rules")

    class CapacityPeriod(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        MONTH = "month", _("a month")
        YEAR = "year", _("a year")
        EDITION = "edition", _("an edition")
        START = "start", _("for one person, in a year from the start")

    class CapacityUnit(models.TextChoices):
        PERSON = "person", _("persons")
        HOUR = "hour", _("hours")
        VISIT = "visit", _("visits")
        RIDE = "ride", _("rides")

    class PersonUnit(models.TextChoices):
        HOUR = "hour", _("hours")
        VISIT = "visit", _("visits")
        RIDE = "ride", _("rides")

    class PersonPeriod(models.TextChoices):
        MONTH = "month", _("a month")
        YEAR = "year", _("a year")
        EDITION = "edition", _("an edition")
        START = "start", _("in a year from the start")

    class PlaceRule(models.TextChoices):
        """What the list of places of a service is about, where it is not for the whole municipality."""

        RESIDENCE = "residence", _("where the person lives")
        DELIVERY = "delivery", _("where the help is given")

    class Unanswered(models.TextChoices):
        """What becomes of a place in the queue when nobody answers an offer."""

        END = "end", _("goes to the end of the queue")
        KEEP = "keep", _("keeps the place in the queue")

    class Fee(models.TextChoices):
        FREE = "free", _("free of charge")
        FLAT = "flat", _("fixed amount")
        INCOME_TABLE = "income_table", _("depends on income")
        PARTLY = "partly", _("partly paid")
        NONE_SET = "none_set", _("no fee set")

    class FeeUnit(models.TextChoices):
        HOUR = "hour", _("an hour")
        VISIT = "visit", _("a visit")
        RIDE = "ride", _("a ride")
        MEAL = "meal", _("a meal")
        DAY = "day", _("a day")
        MONTH = "month", _("a month")
        ONCE = "once", _("once")

    PAID = (Fee.FLAT, Fee.INCOME_TABLE, Fee.PARTLY)

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="programme_services", verbose_name=_("programme")
    )
    service = models.ForeignKey(
        "services.Service", models.PROTECT, related_name="programme_services", verbose_name=_("service")
    )
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force until"), null=True, blank=True)
    regime = models.CharField(_("how it is granted"), max_length=10, choices=Regime)
    conditions = models.TextField(_("conditions"), blank=True)
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    capacity_period = models.CharField(_("places in what time"), max_length=10, choices=CapacityPeriod, blank=True)
    capacity_unit = models.CharField(
        _("what is counted"), max_length=6, choices=CapacityUnit, default=CapacityUnit.PERSON
    )
    place_rule = models.CharField(
        _("the list of places says"),
        max_length=9,
        choices=PlaceRule,
        default=PlaceRule.RESIDENCE,
        help_text=_("Counts where the service is only for some towns or villages."),
    )
    preference = models.CharField(
        _("whom the programme prefers"),
        max_length=240,
        blank=True,
        help_text=_("In the words of the resolution. Empty: the order of requests alone decides."),
    )
    offer_days = models.PositiveSmallIntegerField(_("days to answer an offered place"), default=7)
    unanswered = models.CharField(
        _("without an answer to the offer"), max_length=4, choices=Unanswered, default=Unanswered.END
    )
    filing_class = models.CharField(
        _("class of the filing plan (JRWA)"),
        max_length=12,
        blank=True,
        validators=[RegexValidator(r"^[0-9]+$", _("Digits only, as in the sign of the case."))],
        help_text=_("The second part of the sign of a case that begins with this service. Empty: the usual class."),
    )
    person_units = models.DecimalField(
        _("how much for one person at most"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    person_unit = models.CharField(_("of what for one person"), max_length=5, choices=PersonUnit, blank=True)
    person_period = models.CharField(_("for one person in what time"), max_length=7, choices=PersonPeriod, blank=True)
    limit_text = models.CharField(
        _("how much for one person"), max_length=160, blank=True, help_text=_("In words, where no number says it.")
    )
    duration_text = models.CharField(_("how long"), max_length=160, blank=True)
    fee_kind = models.CharField(_("fee"), max_length=12, choices=Fee)
    fee_amount = models.DecimalField(_("amount in PLN"), max_digits=8, decimal_places=2, null=True, blank=True)
    fee_unit = models.CharField(_("amount for"), max_length=6, choices=FeeUnit, blank=True)
    fee_note = models.CharField(_("note on the fee"), max_length=200, blank=True)
    keeps_waiting_list = models.BooleanField(_("keeps a waiting list"), default=False)
    figures_are_illustrative = models.BooleanField(
        _("limits and numbers are an example"), default=False, help_text=_("The page says so.")
    )

    objects = ProgrammeServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("basis of a service")
        verbose_name_plural = _("bases of services")
        ordering = ["service", "-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_basis_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
            models.CheckConstraint(
                name="a_fixed_fee_has_an_amount_and_no_other_fee_has",
                # A comparison with NULL is neither true nor false, and a check lets it pass: hence isnull.
                condition=Q(fee_kind="flat", fee_amount__isnull=False, fee_amount__gt=0)
                | (~Q(fee_kind="flat") & Q(fee_amount=None)),
                violation_error_message=_("Give an amount for a fixed fee, and only for a fixed fee."),
            ),
            models.CheckConstraint(
                name="places_are_counted_in_some_period",
                condition=Q(capacity=None, capacity_period="") | (Q(capacity__isnull=False) & ~Q(capacity_period="")),
                violation_error_message=_("Say in what time the places are counted."),
            ),
            models.CheckConstraint(
                name="a_limit_of_one_person_is_told_whole",
                condition=Q(person_units=None, person_unit="", person_period="")
                | Q(person_units__isnull=False, person_units__gt=0) & ~Q(person_unit="") & ~Q(person_period=""),
                violation_error_message=_("Say how much one person gets, of what, and in what time."),
            ),
            models.CheckConstraint(
                name="a_limit_of_one_person_is_counted_in_halves",
                condition=Q(person_units=None) | Exact(Mod("person_units", Value(HALF)), Value(Decimal(0))),
                violation_error_message=_("Units are counted in halves."),
            ),
            models.CheckConstraint(
                name="a_limit_of_one_person_goes_with_the_places",
                condition=Q(person_units=None)
                | Q(capacity=None)
                | (Q(capacity_unit="person") | Q(capacity_unit=F("person_unit"))) & ~Q(capacity_period="start"),
                violation_error_message=_(
                    "The limit of one person is counted like the places, or the places are persons. Places for one "
                    "person in a year from the start are such a limit already."
                ),
            ),
            ExclusionConstraint(
                name="a_service_has_one_basis_at_a_time_in_a_programme",
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    ("programme", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("This service has another basis in this programme in the same time."),
            ),
        ]

    def __str__(self):
        return f"{self.service} — {self.programme}"

    def clean(self):
        """Say at its field that the last day comes first: the database cannot even compare such days with others."""
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": _("The last day comes before the first.")})

    def is_in_force(self, on):
        """Tell of one row what in_force() asks of many."""
        return self.covers(on) and self.programme.status == Status.PUBLISHED

    def in_turn(self):
        """Return the rows, this one among them, by which the programme gives the service one after the other."""
        rows = ProgrammeService.objects.filter(service=self.service_id, programme=self.programme_id)
        return rows.select_related("programme").order_by("valid_from", "pk")

    def covers(self, day):
        """Tell whether the day lies within the days of the row and of its programme, archived meanwhile or not."""
        periods = [(one.valid_from, one.valid_to) for one in (self, self.programme)]
        return all(first <= day and (last is None or day <= last) for first, last in periods)


class FeeBand(models.Model):
    """One line of an income table: up to this income, this share or this amount. It never decides on access."""

    basis = models.ForeignKey(ProgrammeService, models.CASCADE, related_name="fee_bands", verbose_name=_("basis"))
    position = models.PositiveSmallIntegerField(_("position"))
    income_to = models.DecimalField(
        _("income of a person up to, PLN a month"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: every higher income."),
    )
    percent = models.PositiveSmallIntegerField(_("percent of the cost"), null=True, blank=True)
    amount = models.DecimalField(_("amount in PLN"), max_digits=8, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("line of the income table")
        verbose_name_plural = _("income table")
        ordering = ["basis", "position"]
        constraints = [
            models.UniqueConstraint(fields=["basis", "position"], name="a_fee_band_has_its_own_position"),
            models.CheckConstraint(
                name="a_fee_band_is_a_share_or_an_amount",
                condition=Q(percent__isnull=False, percent__lte=100, amount=None)
                | Q(percent=None, amount__isnull=False, amount__gte=0),
                violation_error_message=_("Give a percent from 0 to 100, or an amount."),
            ),
        ]

    def __str__(self):
        return str(self.income_to or "…")


class Agreement(models.Model):
    """By what contract or agreement an institution gives services for the centre, or together with it."""

    class Kind(models.TextChoices):
        OWN_UNIT = "own_unit", _("unit of the municipality")
        CONTRACT = "contract", _("contract")
        GRANT = "grant", _("commissioned public task")
        AGREEMENT = "agreement", _("agreement of public bodies")
        VOLUNTEERS = "volunteers", _("agreement with volunteers")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    institution = models.ForeignKey(
        Institution, models.PROTECT, related_name="agreements", verbose_name=_("institution")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    number = models.CharField(_("number"), max_length=60, blank=True)
    subject = models.CharField(_("what it is about"), max_length=240)
    services = models.ManyToManyField(
        "services.Service", related_name="agreements", blank=True, verbose_name=_("services")
    )
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force until"), null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="an_agreement_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            )
        ]

    def __str__(self):
        return self.subject
