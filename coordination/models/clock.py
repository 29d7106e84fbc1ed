"""How long each may take with a referral, where the centre has agreed otherwise than the usual."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.models.referral import Referral

LONGEST = 365
# In working days: what is late for longer than that is no longer told of by mail.
LATEST_SECOND_REMINDER = 35
LATEST_PASSING_UP = 50  # the same in days


class ReferralClockQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)

    def visible_to(self, user):
        return self if user.has_perm("coordination.view_referralclock") else self.none()

    def days(self, clock, *, direction, institution, kind, on):
        """Return the days that hold, the closest first: for the institution, then for the kind, then for the way.

        Institution and kind may be values, or references to the row of an outer query.
        """
        rows = self.in_force(on).filter(
            Q(institution=None) | Q(institution=institution),
            Q(kind="") | Q(kind=kind),
            direction__in=["", direction],
            clock=clock,
        )
        return rows.order_by(F("institution").asc(nulls_last=True), "-kind", "-direction", "pk").values("days")


class ReferralClock(models.Model):
    """So many days of one clock, for all or for one institution, kind or way; what is not here goes by the usual."""

    class Clock(models.TextChoices):
        UNOPENED = "unopened", _("nobody opens it: the receiver is reminded, in working days")
        UNOPENED_STILL = "unopened_still", _("nobody opens it: the sender is told, in working days")
        ANSWER = "answer", _("the receiver answers a routine one, in working days")
        ANSWER_URGENT = "answer_urgent", _("the receiver answers an urgent one, in working days")
        COMPLETE = "complete", _("the sender answers a question, in working days")
        WAITING = "waiting", _("who waits for a place is asked: still wanted? In days")
        FIRST_CONTACT = "first_contact", _("the first contact after accepting, in working days")
        NEWS = "news", _("news while it is under way, in days")
        ACKNOWLEDGE = "acknowledge", _("the sender acknowledges the outcome, in days")
        UNOPENED_URGENT = (
            "unopened_urgent",
            _("nobody opens an urgent one: the receiver is reminded, in working days"),
        )
        UNOPENED_STILL_URGENT = (
            "unopened_still_urgent",
            _("nobody opens an urgent one: the sender is told, in working days"),
        )
        AGAIN = "again", _("the answer is late: it is asked for the second time, in working days")
        EXPIRY = "expiry", _("the answer is late: the referral expires, in working days")
        AGAIN_URGENT = "again_urgent", _("an urgent one waits: each so many working days it is told of anew")
        PASSED_UP_URGENT = (
            "passed_up_urgent",
            _("nobody opens an urgent one that came to us: the organiser is told, in working days"),
        )
        PASSED_UP = "passed_up", _("the coordinator lets it lie: so long after the day the organiser is told, in days")
        STILL_WANTED = "still_wanted", _("who waits for a place answers the second question, in days")
        SEEN_AFTER_END = "seen_after_end", _("the receiver sees what has ended, in days")

    class Direction(models.TextChoices):
        OUTGOING = "outgoing", _("from the centre")
        INCOMING = "incoming", _("to the centre")

    clock = models.CharField(_("clock"), max_length=24, choices=Clock)
    days = models.PositiveSmallIntegerField(
        _("how many days"), validators=[MinValueValidator(1), MaxValueValidator(LONGEST)]
    )
    direction = models.CharField(
        _("which way"), max_length=8, choices=Direction, blank=True, help_text=_("Empty: both ways.")
    )
    institution = models.ForeignKey(
        "accounts.Institution",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("institution"),
        help_text=_("Empty: all. What holds for one institution goes before what holds for a kind."),
    )
    kind = models.CharField(
        pgettext_lazy("referral clock", "kind"),
        max_length=20,
        choices=Referral.Kind,
        blank=True,
        help_text=_("Empty: all kinds."),
    )
    valid_from = models.DateField(
        _("valid from"), help_text=_("Days that were set before stay as they were told to both sides.")
    )
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = ReferralClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral clock")
        verbose_name_plural = _("referral clocks")
        ordering = ["clock", "-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_referral_clock_has_days_within_a_year",
                condition=Q(days__gte=1, days__lte=LONGEST),
                violation_error_code="days",
                violation_error_message=_("Write a number of days from 1 to a year."),
            ),
            models.CheckConstraint(
                name="the_second_reminder_comes_while_mails_go_out",
                condition=~Q(clock="again") | Q(days__lte=LATEST_SECOND_REMINDER),
                violation_error_code="days",
                violation_error_message=_("The second time is 35 working days after the first at the latest."),
            ),
            models.CheckConstraint(
                name="it_is_passed_up_while_mails_go_out",
                condition=~Q(clock="passed_up") | Q(days__lte=LATEST_PASSING_UP),
                violation_error_code="days",
                violation_error_message=_("The organiser is told 50 days after the day at the latest."),
            ),
            models.CheckConstraint(
                name="a_referral_clock_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="valid_to",
                violation_error_message=_("The last day comes before the first."),
            ),
            ExclusionConstraint(
                name="one_referral_clock_for_the_same_holds_on_a_day",
                expressions=[
                    ("clock", RangeOperators.EQUAL),
                    ("direction", RangeOperators.EQUAL),
                    (Coalesce("institution", 0), RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
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
                violation_error_code="valid_from",
                violation_error_message=_("Another row holds for the same on these days. End that one first."),
            ),
        ]

    def __str__(self):
        return f"{self.get_clock_display()}: {self.days}"

    def get_absolute_url(self):
        return reverse("admin:coordination_referralclock_change", args=[self.pk])

    def clean(self):
        """Say at its field that the last day comes first: the database cannot even compare such days with others."""
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": _("The last day comes before the first.")})
