"""Services as they are given: to whom, how much, by whom; each visit; days away; what the person pays.

The database holds four things whatever the code does: nobody gets more in a month, year or edition than was given to
him, nor more by one programme row than it gives one person; no contract gives more than it has; no hour of a person is
paid twice.
"""

from decimal import Decimal

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, Func, OuterRef, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.models.contract import Contract, Unit, in_halves
from coordination.models.plan import Plan
from cus_portal.db import Workflowed
from residents.models import Case
from residents.models.restricted import without_shut
from services.models.programme import ProgrammeService, covers

# Whoever writes a visit holds the person's service, then the contract: the second of two waits, and sees the first.
HOLD_THE_UNITS = """
    DECLARE given numeric; most numeric; held numeric; most_of_one numeric; within text;
        row bigint; day date; began date;
    BEGIN
        SELECT units INTO given FROM coordination_provision WHERE id = NEW.provision_id FOR NO KEY UPDATE;
        SELECT units INTO most FROM coordination_contract WHERE id = NEW.contract_id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT FROM coordination_settlement
            WHERE contract_id = NEW.contract_id
                AND month = date_trunc('month', NEW.starts_at AT TIME ZONE 'Europe/Warsaw')::date
        ) OR TG_OP = 'UPDATE' AND EXISTS (
            SELECT FROM coordination_settlement
            WHERE contract_id = OLD.contract_id
                AND month = date_trunc('month', OLD.starts_at AT TIME ZONE 'Europe/Warsaw')::date
        ) THEN
            RAISE EXCEPTION 'the month is settled'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'a_settled_month_stays';
        END IF;
        IF NEW.status = 'done' THEN
            SELECT COALESCE(SUM(units), 0) INTO held FROM coordination_servicerecord
            WHERE provision_id = NEW.provision_id AND period = NEW.period AND status = 'done' AND id <> NEW.id;
            IF held + NEW.units > given THEN
                RAISE EXCEPTION 'the limit is used'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'nobody_gets_more_than_was_given';
            END IF;
            SELECT basis.id, basis.person_units, basis.person_period INTO row, most_of_one, within
            FROM services_programmeservice basis
            WHERE basis.id = (SELECT basis_id FROM coordination_contract WHERE id = NEW.contract_id)
                AND basis.person_unit = NEW.unit
            FOR NO KEY UPDATE;
            IF FOUND THEN
                SELECT min(provision.starts_on) INTO began
                FROM coordination_provision provision
                JOIN coordination_contract contract ON contract.id = provision.contract_id
                JOIN residents_case kase ON kase.id = provision.case_id
                WHERE contract.basis_id = row AND kase.resident_id = NEW.resident_id;
                day := (NEW.starts_at AT TIME ZONE 'Europe/Warsaw')::date;
                SELECT COALESCE(SUM(record.units), 0) INTO held
                FROM coordination_servicerecord record
                JOIN coordination_contract contract ON contract.id = record.contract_id
                CROSS JOIN LATERAL (SELECT (record.starts_at AT TIME ZONE 'Europe/Warsaw')::date AS on_day) told
                WHERE record.resident_id = NEW.resident_id AND contract.basis_id = row AND record.unit = NEW.unit
                    AND record.status = 'done' AND record.id <> NEW.id
                    AND CASE within
                        WHEN 'month' THEN date_trunc('month', on_day) = date_trunc('month', day)
                        WHEN 'year' THEN date_trunc('year', on_day) = date_trunc('year', day)
                        WHEN 'start' THEN date_part('year', age(on_day, began)) = date_part('year', age(day, began))
                        ELSE true
                    END;
                IF held + NEW.units > most_of_one THEN
                    RAISE EXCEPTION 'the limit of one person is used'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'nobody_gets_more_than_a_programme_gives_one';
                END IF;
            END IF;
        END IF;
        IF NEW.paid_units > 0 THEN
            SELECT COALESCE(SUM(paid_units), 0) INTO held FROM coordination_servicerecord
            WHERE contract_id = NEW.contract_id AND id <> NEW.id;
            IF held + NEW.paid_units > most THEN
                RAISE EXCEPTION 'the contract is used up'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'no_contract_gives_more_than_it_has';
            END IF;
        END IF;
        RETURN NEW;
    END;
"""


def days(first, last):
    return Func(
        F(first),
        F(last),
        RangeBoundary(inclusive_lower=True, inclusive_upper=True),
        function="daterange",
        output_field=DateRangeField(),
    )


class ProvisionQuerySet(models.QuerySet):
    def active(self):
        return self.filter(status=Provision.Status.ACTIVE)

    def of_worker(self, user):
        """Return those to which the worker comes, for a provider for whom he still works."""
        there = user.institutions_granting("coordination.mark_visit")
        return self.filter(worker=user.pk, contract__agreement__institution__in=there)

    def with_stranded(self, on):
        """Add `is_stranded`: it goes on, but its contract is over or suspended, or its programme has no row for it."""
        rows = ProgrammeService.objects.filter(
            covers(on),
            covers(on, "programme__"),
            service=OuterRef("contract__basis__service"),
            programme=OuterRef("contract__basis__programme"),
        )
        over = ~Q(contract__status=Contract.Status.ACTIVE) | Q(contract__valid_to__lt=on) | ~Exists(rows)
        goes_on = Q(status=Provision.Status.ACTIVE, starts_on__lte=on) & (Q(ends_on=None) | Q(ends_on__gte=on))
        return self.annotate(is_stranded=ExpressionWrapper(goes_on & over, models.BooleanField()))

    def stranded(self, on):
        """Return those that wait for another contract: by theirs nobody comes any more."""
        # Nothing is given in a closed case. Said here, what a coordinator ever led is not looked through.
        return self.with_stranded(on).filter(is_stranded=True, case__status=Case.Status.OPEN)

    def visible_to(self, user):
        """A service is seen with its case."""
        if not user.has_perm("coordination.view_provision"):
            return self.none()
        if user.has_perm("residents.view_every_case"):
            return without_shut(self, "case", Case, user)
        return self.filter(case__in=Case.objects.visible_to(user).values("pk"))


@pghistory.track()
class Provision(Workflowed):
    """One service given to one person: how much, from when, by which contract, by whom of its provider."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("service given", "is given")
        ENDED = "ended", pgettext_lazy("service given", "ended")

    class Period(models.TextChoices):
        MONTH = "month", _("a month")
        YEAR = "year", _("a year")
        EDITION = "edition", _("in all")

    EndReason = Plan.EndReason

    case = models.ForeignKey(Case, models.PROTECT, related_name="provisions", verbose_name=_("case"))
    item = models.OneToOneField(
        "residents.RequestItem", models.PROTECT, null=True, related_name="provision", verbose_name=_("need")
    )
    plan_item = models.ForeignKey(
        "coordination.PlanItem",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="provisions",
        verbose_name=_("item of the plan"),
    )
    crisis_reason = models.CharField(
        _("why before the decision"),
        max_length=300,
        blank=True,
        help_text=_("Only in a crisis. It is reported apart."),
    )
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="provisions", verbose_name=_("contract"))
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who comes")
    )
    status = models.CharField(_("state"), max_length=6, choices=Status, default=Status.ACTIVE, editable=False)
    units = models.DecimalField(_("how much"), max_digits=6, decimal_places=1)
    period = models.CharField(_("in what time"), max_length=7, choices=Period)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    address = models.CharField(_("where"), max_length=200)
    # where the help is given, beside where the person lives: the places of a service may be about either
    locality = models.ForeignKey(
        "services.Locality", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("town or village")
    )
    payer = models.ForeignKey(
        "services.Agreement",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("agreement by which another municipality pays"),
    )
    payer_from = models.DateField(_("that municipality pays from"), null=True, blank=True)
    payer_until = models.DateField(_("that municipality pays until"), null=True, blank=True)
    task = models.CharField(_("what is to be done"), max_length=300)
    end_reason = models.CharField(_("why it ended"), max_length=14, choices=EndReason, blank=True, editable=False)

    objects = ProvisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("service given to a person")
        verbose_name_plural = _("services given to persons")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                name="services_that_are_given",
                fields=["case"],
                include=["contract", "starts_on", "ends_on"],
                condition=Q(status="active"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_given_service_ends_after_it_begins",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
            models.CheckConstraint(name="a_given_service_gives_something", condition=Q(units__gt=0)),
            in_halves("units", "a_given_service_is_counted_in_halves"),
            models.CheckConstraint(
                name="a_service_without_a_need_says_why",
                condition=Q(item__isnull=False) | ~Q(crisis_reason=""),
            ),
            models.CheckConstraint(
                name="who_stops_paying_has_paid_before",
                condition=Q(payer_until=None)
                | Q(payer__isnull=False, payer_from=None, payer_until__gte=F("starts_on"))
                | Q(payer__isnull=False, payer_from__isnull=False, payer_until__gte=F("payer_from")),
            ),
            models.CheckConstraint(
                name="an_ended_service_knows_when_and_why",
                condition=Q(status="active", end_reason="")
                | Q(status="ended", ends_on__isnull=False) & ~Q(end_reason=""),
            ),
        ]

    def __str__(self):
        return f"{self.case}: {self.contract.basis.service.plain_name}"

    def get_absolute_url(self):
        return reverse("admin:coordination_provision_change", args=[self.pk])


class SuspensionQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(covers_days(day))


def covers_days(day):
    return Q(first_day__lte=day) & (Q(last_day=None) | Q(last_day__gte=day))


class Suspension(models.Model):
    """Days on which a service is not given: the person is away, or the centre has suspended it."""

    class Kind(models.TextChoices):
        ABSENCE = "absence", _("the person is away")
        HOSPITAL = "hospital", _("the person is in hospital or a care home")
        SUSPENDED = "suspended", _("suspended by the centre")

    provision = models.ForeignKey(
        Provision, models.PROTECT, related_name="suspensions", verbose_name=_("service given to a person")
    )
    kind = models.CharField(_("why"), max_length=9, choices=Kind)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suspension of a service")
        verbose_name_plural = _("suspensions of services")
        ordering = ["provision", "first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_suspension_ends_after_it_begins",
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")),
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
            ExclusionConstraint(
                name="a_service_is_suspended_once_at_a_time",
                expressions=[
                    ("provision", RangeOperators.EQUAL),
                    (days("first_day", "last_day"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The service is suspended already in this time."),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.first_day}"


class ServiceRecordQuerySet(models.QuerySet):
    def planned(self):
        return self.filter(status=ServiceRecord.Status.PLANNED)

    def done(self):
        return self.filter(status=ServiceRecord.Status.DONE)

    def between(self, first_moment, end_moment):
        return self.filter(starts_at__gte=first_moment, starts_at__lt=end_moment)

    def of_worker(self, user):
        """Return the visits of a provider's worker to the living, which is all that he sees of any file.

        Only those for a provider for whom he still works.
        """
        return self.to_the_living(user).exclude(status=ServiceRecord.Status.CALLED_OFF)

    def called_off_for(self, user):
        """Return the visits to the living that he need not go to after all."""
        return self.to_the_living(user).filter(status=ServiceRecord.Status.CALLED_OFF)

    def to_the_living(self, user):
        return self.told_by(user).filter(resident__died_on=None)

    def told_by(self, user):
        """Return what a provider's worker reports of: to sum up, never to show."""
        there = user.institutions_granting("coordination.mark_visit")
        return self.filter(worker=user.pk, contract__agreement__institution__in=there)

    def by_provider(self):
        """Return what each provider has done, as rows: hours, visits, rides, unpaid surplus, for how many persons."""
        summed = {f"{unit}s": Sum("units", filter=Q(unit=unit), default=Decimal(0)) for unit in Unit.values}
        rows = self.done().order_by().values(provider=F("contract__agreement__institution__name"))
        summed |= {f"surplus_{unit}s": Sum("surplus_units", filter=Q(unit=unit), default=Decimal(0)) for unit in Unit}
        return rows.annotate(persons=Count("resident", distinct=True), **summed).order_by("provider")

    def confirmed(self):
        """Return those that the person, or somebody for him, has confirmed."""
        return self.filter(confirmation__in=(ServiceRecord.Confirmation.PERSON, ServiceRecord.Confirmation.OTHER))

    def objected(self):
        """Return those of which the person says that it was otherwise, and nobody has answered yet."""
        return self.filter(objected_at__isnull=False, objection_answered_at=None)


@pghistory.track()
class ServiceRecord(Workflowed):
    """One visit or ride: planned, then done, or not and by whose fault, by the worker who was there."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("visit", "planned")
        DONE = "done", pgettext_lazy("visit", "done")
        NOT_DONE = "not_done", pgettext_lazy("visit", "not done")
        CALLED_OFF = "called_off", pgettext_lazy("visit", "called off")

    class Fault(models.TextChoices):
        PERSON = "person", _("the person was not there or sent me away")
        PROVIDER = "provider", _("we could not come")
        NOBODY = "nobody", _("nobody's fault")

    class Confirmation(models.TextChoices):
        PERSON = "person", _("the person confirms the visit")
        OTHER = "other", _("somebody else confirms for the person")
        CANNOT = "cannot", _("the person cannot sign")

    provision = models.ForeignKey(
        Provision, models.PROTECT, related_name="records", verbose_name=_("service given to a person")
    )
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="records", verbose_name=_("contract"))
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("resident"))
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who comes")
    )
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.PLANNED, editable=False)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    period = models.CharField(_("month, year or edition"), max_length=10)
    unit = models.CharField(_("what is counted"), max_length=5, choices=Unit)
    units = models.DecimalField(_("how much"), max_digits=5, decimal_places=1)
    paid_units = models.DecimalField(_("paid for"), max_digits=5, decimal_places=1, default=0)
    fault = models.CharField(_("by whose fault"), max_length=8, choices=Fault, blank=True)
    reason = models.CharField(_("what happened"), max_length=300, blank=True)
    marked_at = models.DateTimeField(_("written"), null=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    key = models.UUIDField(_("key of the form"), null=True, unique=True)
    surplus_units = models.DecimalField(_("surplus, not paid for"), max_digits=5, decimal_places=1, default=0)
    surplus_reason = models.CharField(_("why the surplus"), max_length=300, blank=True)
    confirmation = models.CharField(_("confirmed"), max_length=6, choices=Confirmation, blank=True)
    confirmed_by = models.CharField(_("who confirmed for the person"), max_length=120, blank=True)
    objection = models.CharField(_("what the person says"), max_length=600, blank=True)
    objected_at = models.DateTimeField(_("the person objected"), null=True)
    objection_answer = models.CharField(_("our answer"), max_length=600, blank=True)
    objection_answered_at = models.DateTimeField(_("answered"), null=True)

    objects = ServiceRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("service record")
        verbose_name_plural = _("service records")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(name="a_visit_ends_after_it_begins", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="a_visit_counts_for_something", condition=Q(units__gt=0)),
            in_halves("units", "a_visit_is_counted_in_halves"),
            models.CheckConstraint(
                name="what_was_done_is_paid_and_what_nobody_missed_is_not",
                condition=Q(status="done", paid_units=F("units"))
                | Q(status="not_done", fault="person", paid_units=F("units"))
                | ~Q(status="done") & Q(paid_units=0),
            ),
            models.CheckConstraint(
                name="what_was_not_done_says_by_whose_fault",
                condition=Q(status="not_done") & ~Q(fault="") | ~Q(status="not_done") & Q(fault=""),
            ),
            models.CheckConstraint(
                name="a_mark_knows_by_whom_and_when",
                condition=~Q(status__in=["done", "not_done"]) | Q(marked_at__isnull=False, marked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_surplus_is_of_a_done_visit_and_has_its_reason",
                condition=Q(surplus_units=0, surplus_reason="")
                | Q(surplus_units__gt=0, status="done") & ~Q(surplus_reason=""),
            ),
            in_halves("surplus_units", "a_surplus_is_counted_in_halves"),
            models.CheckConstraint(
                name="only_what_was_done_is_confirmed", condition=Q(status="done") | Q(confirmation="")
            ),
            models.CheckConstraint(
                name="who_confirms_for_a_person_has_a_name",
                condition=Q(confirmation="other") & ~Q(confirmed_by="") | ~Q(confirmation="other") & Q(confirmed_by=""),
            ),
            # Two programmes do not pay one hour of a person. A ride with an assistant beside it is two services.
            ExclusionConstraint(
                name="no_hour_of_a_person_is_paid_twice",
                expressions=[
                    ("resident", RangeOperators.EQUAL),
                    (
                        Func("starts_at", "ends_at", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(paid_units__gt=0) & ~Q(unit="ride"),
            ),
        ]
        indexes = [
            models.Index(fields=["worker", "starts_at"], name="visits_of_a_worker"),
            models.Index(fields=["contract", "starts_at"], include=["paid_units"], name="visits_of_a_contract"),
            models.Index(fields=["provision", "starts_at"], name="visits_of_a_service"),
            models.Index(
                fields=["provision"],
                condition=Q(objected_at__isnull=False, objection_answered_at=None),
                name="visits_objected_to",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="hold_the_units",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "provision_id", "contract_id", "resident_id", "status", "starts_at", "ends_at", "period",
                    "unit", "units", "paid_units", "surplus_units",
                ),
                func=HOLD_THE_UNITS,
            )
        ]  # fmt: skip

    def __str__(self):
        return f"{self.provision_id}: {self.starts_at:%F %H:%M}"


class FeeAssessment(models.Model):
    """What one person pays for one service from a day to a day: income for the table, or a rate, and relief."""

    provision = models.ForeignKey(
        Provision, models.PROTECT, related_name="fee_assessments", verbose_name=_("service given to a person")
    )
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), null=True, blank=True)
    income = models.DecimalField(
        _("income of a person, PLN a month"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    rate = models.DecimalField(
        _("rate set for this person, PLN"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Where the programme leaves the amount to the centre."),
    )
    relief_percent = models.PositiveSmallIntegerField(_("relief, percent"), default=0)
    relief_reason = models.CharField(_("why the relief"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("fee of a person")
        verbose_name_plural = _("fees of persons")
        ordering = ["provision", "valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_fee_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
            models.CheckConstraint(
                name="relief_is_a_share_with_its_reason",
                condition=Q(relief_percent=0) | Q(relief_percent__lte=100) & ~Q(relief_reason=""),
                violation_error_message=_("Write why there is relief, and 100 percent at most."),
            ),
            models.CheckConstraint(
                name="no_income_and_no_rate_is_below_zero",
                condition=(Q(income=None) | Q(income__gte=0)) & (Q(rate=None) | Q(rate__gte=0)),
            ),
            ExclusionConstraint(
                name="one_fee_holds_at_a_time",
                expressions=[
                    ("provision", RangeOperators.EQUAL),
                    (days("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Another fee holds in this time. It ends the day before the new one begins."),
            ),
        ]

    def __str__(self):
        return f"{self.provision_id}: {self.valid_from}"
