"""The individual plan of social services (IPUS): at most a year, agreed with the person, approved by another."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.models.amount import Amount
from cus_portal.db import Workflowed
from residents.models import Case
from residents.models.case import OfCaseQuerySet
from residents.models.restricted import OVERSEE, without_shut
from services.models import ProgrammeService


class PlanQuerySet(OfCaseQuerySet):
    def visible_to(self, user):
        if not user.has_perm("coordination.view_plan"):
            return self.none()
        if user.has_perm("residents.view_case") and user.has_perm("residents.view_every_case"):
            return without_shut(self, "case", Case, user)
        return self.filter(case__in=Case.objects.visible_to(user).values("pk"))

    def of_open_cases(self, user):
        """Return what visible_to(user) has of rows that only open cases have, as open plans are."""
        if user.has_perm("residents.view_every_case") and user.granted(OVERSEE):
            return self.visible_to(user)  # which need not look at the cases
        return super().of_open_cases(user) if user.has_perm("coordination.view_plan") else self.none()

    def in_force(self, on):
        return self.filter(in_force_from__lte=on, in_force_until__gte=on)

    def in_preparation(self):
        return self.filter(status__in=Plan.IN_PREPARATION)


@pghistory.track()
class Plan(Workflowed):
    """A plan of one case. Approval makes a version; a version is never overwritten."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("plan", "draft")
        AGREED = "agreed", pgettext_lazy("plan", "agreed with the person")
        SUBMITTED = "submitted", pgettext_lazy("plan", "waits for approval")
        APPROVED = "approved", pgettext_lazy("plan", "approved")
        COMPLETED = "completed", pgettext_lazy("plan", "completed")
        ENDED_EARLY = "ended_early", pgettext_lazy("plan", "ended early")

    IN_PREPARATION = (Status.DRAFT, Status.AGREED, Status.SUBMITTED)
    OPEN = (*IN_PREPARATION, Status.APPROVED)

    class Agreement(models.TextChoices):
        SIGNED = "signed", _("signed by the person")
        SPOKEN = "spoken", _("agreed in a talk, noted by the coordinator")
        REPRESENTATIVE = "representative", _("agreed by the representative")

    class EndReason(models.TextChoices):
        GOAL_REACHED = "goal_reached", _("goal reached")
        RESIGNED = "resigned", _("the person resigned")
        MOVED = "moved", _("moved away")
        DIED = "died", _("died")
        NO_COOPERATION = "no_cooperation", _("no cooperation")
        SERVICE_GONE = "service_gone", _("the service is no longer given")
        CARE_HOME = "care_home", _("placed in a care home")
        CERTIFICATE = "certificate", _("the disability certificate ended and no new one was applied for")
        OTHER = "other", _("other")

    case = models.ForeignKey(Case, models.PROTECT, related_name="plans", verbose_name=_("case"))
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="followed_by",
        editable=False,
        verbose_name=_("continues the plan"),
    )
    status = models.CharField(_("state"), max_length=12, choices=Status, default=Status.DRAFT, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"), help_text=_("At most a year after it begins."))
    needs = models.TextField(_("recognised needs"))
    goals = models.TextField(_("goals"))
    person_duties = models.TextField(_("what the person does"), blank=True)
    centre_duties = models.TextField(_("what the centre does"), blank=True)
    monitoring = models.TextField(_("how and when we check how it goes"), blank=True)
    # Whoever agreed before this day agreed to other words.
    worded_on = models.DateField(_("last changed on"), null=True, editable=False)
    agreed_on = models.DateField(_("agreed with the person on"), null=True, editable=False)
    agreement = models.CharField(_("how it was agreed"), max_length=14, choices=Agreement, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    approved_alone = models.BooleanField(
        _("approved by who wrote it, for nobody else may"), default=False, editable=False
    )
    # The days of the last approved version; while the plan is being changed, that version holds.
    in_force_from = models.DateField(_("in force from"), null=True, editable=False)
    in_force_until = models.DateField(_("in force until"), null=True, editable=False)
    note_due_on = models.DateField(_("next note due on"), null=True, editable=False)
    end_reason = models.CharField(_("why ended early"), max_length=14, choices=EndReason, blank=True, editable=False)
    ended_on = models.DateField(_("ended on"), null=True, editable=False)
    closing_talk_on = models.DateField(_("closing talk on"), null=True, editable=False)
    results = models.TextField(_("course and results"), blank=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("individual plan")
        verbose_name_plural = _("individual plans")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="a_plan_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(agreed_on__isnull=False), name="a_plan_past_draft_is_agreed"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "completed", "ended_early"])
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="an_approved_plan_knows_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | (Q(closing_talk_on__isnull=False) & ~Q(results="")),
                name="a_completed_plan_is_summed_up",
            ),
            models.CheckConstraint(
                condition=~Q(status="ended_early") | ~Q(end_reason=""), name="a_plan_ended_early_says_why"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("author")) | Q(approved_alone=True),
                name="a_plan_is_approved_by_another",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(status__in=["draft", "agreed", "submitted"]),
                name="a_case_prepares_one_plan",
            ),
            ExclusionConstraint(
                name="one_plan_of_a_case_is_in_force_on_a_day",
                expressions=[
                    ("case", RangeOperators.EQUAL),
                    (
                        Func(
                            F("in_force_from"),
                            F("in_force_until"),
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(in_force_from__isnull=False),
            ),
            models.CheckConstraint(
                condition=Q(in_force_from=None, in_force_until=None)
                | Q(
                    in_force_from__isnull=False,
                    in_force_until__isnull=False,
                    in_force_until__gte=F("in_force_from"),
                ),
                name="a_plan_in_force_knows_its_days",
            ),
        ]
        indexes = [
            models.Index(
                fields=["in_force_until", "id"],
                condition=Q(status__in=["draft", "agreed", "submitted", "approved"], in_force_until__isnull=False),
                name="plans_by_end_of_force",
            ),
            models.Index(
                fields=["note_due_on", "id"],
                condition=Q(status__in=["draft", "agreed", "submitted", "approved"], note_due_on__isnull=False),
                name="plans_by_next_note",
            ),
            models.Index(fields=["status", "id"], name="plans_by_state"),
        ]

    def __str__(self):
        return f"IPUS {self.case}"

    def get_absolute_url(self):
        return reverse("admin:coordination_plan_change", args=[self.pk])

    @property
    def is_being_changed(self):
        """Tell whether an approved version holds while another is prepared."""
        return self.status in self.IN_PREPARATION and self.in_force_from is not None


@pghistory.track()
class PlanItem(Amount, Workflowed):
    """One service or supporting action of a plan: what, by whom, how much, when, and how far it is."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("plan item", "planned")
        GOING_ON = "going_on", pgettext_lazy("plan item", "going on")
        DONE = "done", pgettext_lazy("plan item", "carried out")
        GIVEN_UP = "given_up", pgettext_lazy("plan item", "given up")

    OPEN = (Status.PLANNED, Status.GOING_ON)

    class GivenUp(models.TextChoices):
        RESIGNED = "resigned", _("the person resigned from it")
        NOT_NEEDED = "not_needed", _("no longer needed")
        NO_PLACE = "no_place", _("nobody could give it: no place, no provider")
        OTHER_HELP = "other_help", _("other help was found")
        PLAN_ENDED = "plan_ended", _("the plan ended before")
        OTHER = "other", pgettext_lazy("plan item", "another reason")

    class Fee(models.TextChoices):
        RULE = "rule", pgettext_lazy("fee of a plan item", "by the rule of the programme in force")
        FIXED = "fixed", pgettext_lazy("fee of a plan item", "an amount set for this person")
        EXEMPT = "exempt", pgettext_lazy("fee of a plan item", "the person is exempt")
        FREE = "free", pgettext_lazy("fee of a plan item", "free of charge")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="items", verbose_name=_("plan"))
    position = models.PositiveSmallIntegerField(_("no."), default=1)
    goal = models.CharField(_("goal"), max_length=200)
    service = models.ForeignKey(
        "services.Service", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    action = models.CharField(
        _("supporting action"),
        max_length=200,
        blank=True,
        help_text=_("For what is no service: a neighbour, a volunteer."),
    )
    supporting = models.ForeignKey(
        "coordination.SupportingAction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="plan_items",
        verbose_name=_("action of the community organiser"),
    )
    provider = models.ForeignKey(
        "accounts.Institution", models.PROTECT, related_name="+", verbose_name=_("carried out by")
    )
    fee_kind = models.CharField(_("fee"), max_length=6, choices=Fee, blank=True)
    fee_amount = models.DecimalField(_("amount in PLN"), max_digits=8, decimal_places=2, null=True, blank=True)
    fee_unit = models.CharField(_("amount for"), max_length=6, choices=ProgrammeService.FeeUnit, blank=True)
    fee = models.CharField(
        _("about the fee"), max_length=100, blank=True, help_text=_("Why the person is exempt, and what else there is.")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    status = models.CharField(_("state"), max_length=8, choices=Status, default=Status.PLANNED, editable=False)
    state_since = models.DateField(_("in this state since"), null=True, editable=False)
    given_up_reason = models.CharField(_("why given up"), max_length=10, choices=GivenUp, blank=True, editable=False)

    class Meta:
        verbose_name = _("plan item")
        verbose_name_plural = _("plan items")
        ordering = ["plan", "position", "pk"]
        constraints = [
            *Amount.Meta.constraints,
            models.CheckConstraint(
                condition=Q(fee_kind="fixed", fee_amount__isnull=False, fee_amount__gt=0) & ~Q(fee_unit="")
                | ~Q(fee_kind="fixed") & Q(fee_amount=None, fee_unit=""),
                name="a_fixed_fee_of_an_item_has_its_amount",
                violation_error_message=_("Give an amount and for what it is, and only for a fixed fee."),
            ),
            models.CheckConstraint(
                condition=~Q(fee_kind="exempt", fee=""),
                name="an_exemption_says_why",
                violation_error_message=_("Write why the person is exempt."),
            ),
            models.CheckConstraint(
                condition=Q(supporting=None) | Q(service=None), name="an_action_of_the_organiser_is_no_service"
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=False, action="") | (Q(service=None) & ~Q(action="")),
                name="a_plan_item_is_a_service_or_an_action",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="a_plan_item_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(status="given_up", state_since__isnull=False) & ~Q(given_up_reason="")
                | Q(status__in=["going_on", "done"], state_since__isnull=False, given_up_reason="")
                | Q(status="planned", state_since=None, given_up_reason=""),
                name="a_plan_item_says_since_when_and_why",
            ),
        ]

    def __str__(self):
        return self.service.name if self.service_id else self.action


class PlanVersion(models.Model):
    """What was approved, word for word, by whom and when."""

    append_only = True

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("version"))
    content = models.JSONField(_("content"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved"))

    class Meta:
        verbose_name = _("version of a plan")
        verbose_name_plural = _("versions of a plan")
        ordering = ["plan", "-number"]
        # What is deleted after its years goes through the door for which alone the database lets it.
        triggers = [pgtrigger.Protect(name="never_overwritten", operation=pgtrigger.Update)]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="versions_are_numbered_in_a_plan")]

    def __str__(self):
        return f"{self.plan}, {self.number}"


class PlanNote(models.Model):
    """What the coordinator saw or heard of how the plan goes: monitoring, and the reviews held with the person."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("visit where the person stays")
        OFFICE = "office", _("talk at the centre")
        PHONE = "phone", _("talk by phone")
        PROVIDER = "provider", _("word of a provider")
        REVIEW = "review", _("review of the plan with the person")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="notes", verbose_name=_("plan"))
    on = models.DateField(_("day"))
    kind = models.CharField(_("how it was learnt"), max_length=10, choices=Kind)
    text = models.TextField(_("how it goes"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("note on a plan")
        verbose_name_plural = _("notes on plans")
        ordering = ["plan", "-on", "-pk"]
        indexes = [models.Index(fields=["plan", "-on", "-id"], name="notes_of_a_plan_by_day")]

    def __str__(self):
        return f"{self.plan}, {self.on}"
