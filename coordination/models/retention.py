"""How long what is on record is kept, what is kept longer, and what goes: rules, holds, destruction lists."""

from datetime import date, timedelta

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cus_portal.db import Workflowed


class RecordKind(models.TextChoices):
    """What goes as one whole: a case takes its requests, plans and referrals along."""

    CASE = "case", _("case with all that is in it")
    REQUEST = "request", _("request that led to no case")
    REPORT = "report", _("report of a need that led to no request")
    DATA_REQUEST = "data_request", _("request about data")
    COMPLAINT = "complaint", _("complaint, suggestion or thanks")
    VOLUNTEER = "volunteer", _("volunteer who has left, with the checks")
    PERSON = "person", _("person about whom nothing else is on record")
    LOG = "log", _("log of who looked at data, one year of it")


class ArchiveCategory(models.TextChoices):
    A = "A", _("A: kept for ever")
    B = "B", _("B: kept for some years")
    BE = "BE", _("BE: looked at by the State Archive after some years")
    BC = "Bc", _("Bc: of short use")


class RetentionRuleQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)

    def visible_to(self, user):
        return self if user.has_perm("coordination.view_retentionrule") else self.none()


class RetentionRule(models.Model):
    """How long one kind of record is kept, by what law, from when to when that holds.

    The rule in force on the day a record ended decides. Without a rule nothing is ever taken out.
    """

    kind = models.CharField(_("what"), max_length=12, choices=RecordKind)
    filing_class = models.CharField(
        _("class of the filing plan (JRWA)"),
        max_length=12,
        blank=True,
        validators=[RegexValidator(r"^[0-9]+$", _("Digits only, as in the sign of the case."))],
        help_text=_("For cases: the second part of the sign. Empty: all for which there is no rule of their own."),
    )
    category = models.CharField(_("archive category"), max_length=2, choices=ArchiveCategory)
    years = models.PositiveSmallIntegerField(
        _("full years"),
        null=True,
        blank=True,
        help_text=_("Counted from 1 January after the end of the record. Empty for category A."),
    )
    needs_consent = models.BooleanField(
        _("the State Archive must agree"),
        default=True,
        help_text=_("Without its consent on the list nothing of this is taken out."),
    )
    legal_source = models.CharField(
        _("legal source"), max_length=300, help_text=_("The act or the filing plan with its article or class.")
    )
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force until"), null=True, blank=True)

    objects = RetentionRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("term of keeping")
        verbose_name_plural = _("terms of keeping")
        ordering = ["kind", "filing_class", "-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(category="A", years=None) | (~Q(category="A") & Q(years__isnull=False)),
                name="what_is_kept_for_ever_has_no_years",
                violation_error_code="years",
                violation_error_message=_("Category A is kept for ever: leave the years empty. Others have years."),
            ),
            models.CheckConstraint(
                condition=~Q(category="BE") | Q(needs_consent=True),
                name="the_archive_looks_at_category_be",
                violation_error_code="needs_consent",
                violation_error_message=_("Category BE goes only after the State Archive has looked at it."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="log") | Q(years=None) | Q(years__gte=2),  # none: kept for ever
                name="logs_are_kept_two_years",
                violation_error_code="years",
                violation_error_message=_("Logs are kept for two years at least (Dz.U. 2024 poz. 773)."),
            ),
            models.CheckConstraint(
                condition=Q(filing_class="") | Q(kind="case"),
                name="only_cases_have_a_class_of_the_filing_plan",
                violation_error_code="filing_class",
                violation_error_message=_("Only cases have a class of the filing plan: leave this empty."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="a_term_of_keeping_ends_after_it_begins",
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
        ]

    def __str__(self):
        shown = f"{self.get_kind_display()} {self.filing_class}".strip()
        return f"{shown}: {self.category}{self.years if self.years is not None else ''}"

    def clean(self):
        """Two rules on one day would leave it to chance which of them holds."""
        if self.valid_from is None:
            return
        others = RetentionRule.objects.filter(kind=self.kind, filing_class=self.filing_class).exclude(pk=self.pk)
        overlapping = others.filter(Q(valid_to=None) | Q(valid_to__gte=self.valid_from))
        if self.valid_to:
            overlapping = overlapping.filter(valid_from__lte=self.valid_to)
        if overlapping.exists():
            raise ValidationError(
                {"valid_from": _("Another term for the same is in force then. End it the day before.")}
            )

    def kept_until(self, ended_on: date) -> date | None:
        """Return the last day of keeping: full years from 1 January after the end; None is for ever."""
        return None if self.years is None else date(ended_on.year + self.years, 12, 31)


class RetentionHoldQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(lifted_at=None)

    def visible_to(self, user):
        return self if user.has_perm("coordination.view_retentionhold") else self.none()


class RetentionHold(models.Model):
    """Something is kept past its term: a court, an appeal or a complaint still needs it."""

    class Ground(models.TextChoices):
        COURT = "court", _("case before a court")
        APPEAL = "appeal", _("appeal against a decision")
        COMPLAINT = "complaint", _("complaint being looked into")
        AUDIT = "audit", _("inspection or audit")
        OTHER = "other", _("another reason")

    kind = models.CharField(_("what"), max_length=12, choices=RecordKind)
    object_id = models.BigIntegerField(editable=False)
    number = models.CharField(_("number"), max_length=40)
    ground = models.CharField(_("why it is held"), max_length=10, choices=Ground)
    reason = models.CharField(_("in words"), max_length=300, help_text=_("The sign of the court's or appeal's file."))
    review_on = models.DateField(_("look at it again on"))
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("held by")
    )
    placed_at = models.DateTimeField(_("held since"), editable=False)
    lifted_at = models.DateTimeField(_("hold ended"), null=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("ended by"),
    )

    objects = RetentionHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["review_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id"], condition=Q(lifted_at=None), name="a_record_is_held_once"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="who_ended_a_hold_is_known",
            ),
        ]

    def __str__(self):
        return _("hold of %(number)s") % {"number": self.number}

    def get_absolute_url(self):
        return reverse("admin:coordination_retentionhold_change", args=[self.pk])


class DestructionListQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.has_perm("coordination.view_destructionlist") else self.none()

    def open(self):
        return self.filter(status=DestructionList.Status.OPEN)


class DestructionList(Workflowed):
    """Records whose term has ended (spis dokumentacji do brakowania). Nothing goes that is not on a signed one."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("destruction list", "being looked through")
        SIGNED = "signed", pgettext_lazy("destruction list", "signed, being carried out")
        DONE = "done", pgettext_lazy("destruction list", "carried out")
        ABANDONED = "abandoned", pgettext_lazy("destruction list", "given up")

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN, editable=False)
    drawn_up_on = models.DateField(_("drawn up on"))
    object_until = models.DateField(_("lines may be taken off until"))
    asked = models.ForeignKey(
        "coordination.DataRequest",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="destruction_lists",
        verbose_name=_("request for erasure"),
    )
    archive_sign = models.CharField(_("sign of the State Archive's consent"), max_length=80, blank=True, editable=False)
    archive_consent_on = models.DateField(_("day of the consent"), null=True, editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("signed by"),
    )
    signed_at = models.DateTimeField(_("signed"), null=True, editable=False)
    done_at = models.DateTimeField(_("carried out"), null=True, editable=False)

    objects = DestructionListQuerySet.as_manager()

    class Meta:
        verbose_name = _("destruction list")
        verbose_name_plural = _("destruction lists")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "abandoned"], signed_at=None, signed_by=None)
                | Q(status__in=["signed", "done"], signed_at__isnull=False, signed_by__isnull=False),
                name="a_signed_destruction_list_knows_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(status="done", done_at__isnull=False) | (~Q(status="done") & Q(done_at=None)),
                name="a_list_carried_out_knows_when",
            ),
            models.CheckConstraint(
                condition=Q(archive_sign="", archive_consent_on=None)
                | (~Q(archive_sign="") & Q(archive_consent_on__isnull=False)),
                name="the_archives_consent_has_sign_and_day",
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("admin:coordination_destructionlist_change", args=[self.pk])

    @property
    def may_be_signed_from(self) -> date:
        """The day after the time to object; what a person has asked to be erased does not wait for it."""
        return self.drawn_up_on if self.asked_id else self.object_until + timedelta(days=1)


class DestructionLineQuerySet(models.QuerySet):
    def standing(self):
        """Return what was not taken off."""
        return self.filter(taken_off_at=None)

    def to_do(self):
        """Return what a signed list still has to take out, files in the store included."""
        left = Q(done_at=None) | ~Q(files=[])
        return self.standing().filter(left, destruction_list__status=DestructionList.Status.SIGNED)


# After the signature nobody adds to the list or puts another record into a line of it.
LINES_ARE_FIXED = (
    "IF NOT EXISTS (SELECT FROM coordination_destructionlist WHERE id = NEW.destruction_list_id AND status = 'open')"
    " THEN RAISE EXCEPTION 'The lines of a signed list are fixed.'; END IF; RETURN NEW;"
)


class DestructionLine(models.Model):
    """One record on a list: number, end, term, rule. What the record held is in no line."""

    destruction_list = models.ForeignKey(DestructionList, models.PROTECT, related_name="lines", verbose_name=_("list"))
    kind = models.CharField(_("what"), max_length=12, choices=RecordKind)
    object_id = models.BigIntegerField()
    number = models.CharField(_("number"), max_length=40)
    ended_on = models.DateField(_("ended on"))
    kept_until = models.DateField(_("kept until"))
    rule = models.ForeignKey(RetentionRule, models.PROTECT, related_name="+", verbose_name=_("term of keeping"))
    taken_off_at = models.DateTimeField(_("taken off"), null=True)
    taken_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken off by")
    )
    taken_off_reason = models.CharField(_("why taken off"), max_length=300, blank=True)
    not_before = models.DateField(_("not on a list before"), null=True)
    done_at = models.DateTimeField(_("taken out"), null=True)
    files = models.JSONField(default=list, blank=True)  # names in the store that are still to be deleted

    objects = DestructionLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a destruction list")
        verbose_name_plural = _("lines of destruction lists")
        ordering = ["destruction_list", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id"], condition=Q(taken_off_at=None), name="a_record_is_on_one_list"
            ),
            models.CheckConstraint(
                condition=Q(taken_off_at=None, taken_off_reason="")
                | (Q(taken_off_at__isnull=False) & ~Q(taken_off_reason="")),
                name="a_line_taken_off_says_why",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(taken_off_at=None), name="what_was_taken_off_stays_on_record"
            ),
        ]
        indexes = [models.Index(fields=["kind", "object_id"], name="lines_of_a_record")]
        triggers = [
            pgtrigger.Trigger(
                name="lines_are_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("destruction_list_id", "kind", "object_id"),
                func=LINES_ARE_FIXED,
            )
        ]

    def __str__(self):
        return self.number
