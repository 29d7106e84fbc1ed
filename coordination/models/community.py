"""Organising the local community: the plan of a year, supporting actions, events and volunteers (Act, art. 32).

A supporting action is no service: nobody is qualified for it, nobody pays, and no contract stands behind it.
"""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cus_portal.db import Workflowed


class OfTheCentre(models.QuerySet):
    """Rows without a restricted file: seen by whoever holds the right to their kind."""

    def visible_to(self, user):
        return self if user.has_perm(f"coordination.view_{self.model._meta.model_name}") else self.none()


class CommunityPlan(Workflowed):
    """The plan of organising the local community of one year, and at its end what came of it."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("community plan", "being written")
        ADOPTED = "adopted", pgettext_lazy("community plan", "adopted")
        REPORTED = "reported", pgettext_lazy("community plan", "summed up")

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    status = models.CharField(_("state"), max_length=8, choices=Status, default=Status.DRAFT, editable=False)
    needs = models.TextField(_("needs and strengths that were recognised"))
    goals = models.TextField(_("what is to be reached"))
    adopted_on = models.DateField(_("adopted on"), null=True, editable=False)
    summary = models.TextField(_("what came of it"), blank=True, editable=False)

    objects = OfTheCentre.as_manager()

    class Meta:
        verbose_name = _("community plan")
        verbose_name_plural = _("community plans")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                name="an_adopted_community_plan_knows_when",
                condition=Q(status="draft", adopted_on=None) | (~Q(status="draft") & Q(adopted_on__isnull=False)),
                violation_error_code="adopted_on",
                violation_error_message=_("An adopted plan has the day of its adoption, and a draft has none."),
            ),
            models.CheckConstraint(
                name="a_community_plan_is_summed_up_in_words",
                condition=~Q(status="reported") | ~Q(summary=""),
                violation_error_code="summary",
                violation_error_message=_("Write what came of the year."),
            ),
        ]

    def __str__(self):
        return str(_("Community plan of %(year)s") % {"year": self.year})

    def get_absolute_url(self):
        return reverse("admin:coordination_communityplan_change", args=[self.pk])


class SupportingAction(models.Model):
    """What neighbours, volunteers and groups do for each other, with the community organiser's help."""

    class Kind(models.TextChoices):
        NEIGHBOURS = "neighbours", _("help among neighbours")
        VOLUNTEERING = "volunteering", _("volunteering")
        SELF_HELP = "self_help", _("self-help group")
        MEETING = "meeting", _("meetings and events")

    plan = models.ForeignKey(CommunityPlan, models.PROTECT, related_name="actions", verbose_name=_("community plan"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=160)
    goal = models.CharField(_("goal"), max_length=300)
    with_minors = models.BooleanField(
        _("with children"), default=False, help_text=_("Only volunteers who were looked up in the register may help.")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))

    objects = OfTheCentre.as_manager()

    class Meta:
        verbose_name = _("supporting action")
        verbose_name_plural = _("supporting actions")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_supporting_action_ends_after_it_begins",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_code="ends_on",
                violation_error_message=_("The last day must not be earlier than the first day."),
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("admin:coordination_supportingaction_change", args=[self.pk])


class VolunteerQuerySet(OfTheCentre):
    def visible_to(self, user):
        """Who was taken out of the records is a number whose hours are counted, and on no list."""
        return super().visible_to(user).standing()

    def standing(self):
        return self.exclude(last_name="")

    def ready(self, on, *, with_minors=False):
        """Return who may help on the day: agreement and insurance in force; with children also looked up."""
        rows = self.filter(
            Q(agreement_until=None) | Q(agreement_until__gte=on),
            Q(left_on=None) | Q(left_on__gte=on),
            agreement_from__lte=on,
            insured_until__gte=on,
        )
        return rows.filter(register_checked_on__lte=on, checks_valid_until__gte=on) if with_minors else rows

    def ending(self, until):
        """Return whose agreement, insurance or check ends by the day, or has ended."""
        return (
            self.standing()
            .filter(left_on=None)
            .filter(Q(agreement_until__lte=until) | Q(insured_until__lte=until) | Q(checks_valid_until__lte=until))
        )


class Volunteer(models.Model):
    """Somebody who helps for nothing, by an agreement (Act of 24 April 2003), with insurance and dated checks."""

    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("surname"), max_length=80)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    agreement_number = models.CharField(_("number of the agreement"), max_length=40, unique=True)
    agreement_from = models.DateField(_("agreement from"))
    agreement_until = models.DateField(_("agreement to"), null=True, blank=True)
    insured_until = models.DateField(_("insured until"), help_text=_("Against accidents, as art. 46 of that Act asks."))
    register_checked_on = models.DateField(
        _("looked up in the register of sex offenders on"),
        null=True,
        blank=True,
        help_text=_("Before any contact with children (Act of 13 May 2016, art. 21)."),
    )
    record_certificate_on = models.DateField(_("certificate of no criminal record of"), null=True, blank=True)
    checks_valid_until = models.DateField(
        _("checks valid until"), null=True, blank=True, help_text=_("After this day both are looked up anew.")
    )
    left_on = models.DateField(_("left on"), null=True, blank=True)

    objects = VolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = _("volunteer")
        verbose_name_plural = _("volunteers")
        ordering = ["last_name", "first_name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_volunteer_s_agreement_ends_after_it_begins",
                condition=Q(agreement_until=None) | Q(agreement_until__gte=F("agreement_from")),
                violation_error_code="agreement_until",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
            models.CheckConstraint(
                name="checks_of_a_volunteer_have_both_days",
                condition=Q(register_checked_on=None, checks_valid_until=None)
                | Q(
                    register_checked_on__isnull=False,
                    checks_valid_until__isnull=False,  # or the comparison is neither true nor false, and so kept
                    checks_valid_until__gte=F("register_checked_on"),
                ),
                violation_error_code="checks_valid_until",
                violation_error_message=_(
                    "Write both the day of the check and until when it holds, in that order, or neither."
                ),
            ),
        ]

    def __str__(self):
        return f"{self.first_name} {self.last_name}"

    def get_absolute_url(self):
        return reverse("admin:coordination_volunteer_change", args=[self.pk])


class VolunteerHours(models.Model):
    """What a volunteer did on a day, in hours and halves."""

    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="hours", verbose_name=_("volunteer"))
    action = models.ForeignKey(
        SupportingAction, models.PROTECT, related_name="hours", verbose_name=_("supporting action")
    )
    on = models.DateField(_("day"))
    hours = models.DecimalField(_("hours"), max_digits=4, decimal_places=1)

    class Meta:
        verbose_name = _("hours of a volunteer")
        verbose_name_plural = _("hours of volunteers")
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(name="a_day_has_its_hours", condition=Q(hours__gt=0, hours__lte=Decimal(24))),
            models.UniqueConstraint(fields=["volunteer", "action", "on"], name="hours_of_a_day_are_written_once"),
        ]

    def __str__(self):
        return f"{self.on}: {self.hours}"


class CommunityEventQuerySet(OfTheCentre):
    def with_places(self):
        """Add how many have signed up."""
        return self.annotate(taken=Count("sign_ups"))

    def ahead(self, on):
        return self.filter(on__gte=on)

    def open_to_all(self):
        """Return what anybody may read of and come to."""
        return self.filter(is_public=True).select_related("locality")

    def held(self, first, last):
        return self.filter(on__range=(first, last), came__isnull=False)


class CommunityEvent(models.Model):
    """A meeting, a trip, a workshop: somewhere, on a day, with so many places."""

    action = models.ForeignKey(
        SupportingAction, models.PROTECT, related_name="events", verbose_name=_("supporting action")
    )
    title = models.CharField(_("title"), max_length=160)
    on = models.DateField(_("day"))
    at = models.TimeField(_("hour"))
    locality = models.ForeignKey(
        "services.Locality", models.PROTECT, related_name="+", verbose_name=_("town or village")
    )
    place = models.CharField(_("place"), max_length=160)
    places = models.PositiveSmallIntegerField(_("places"), null=True, blank=True, help_text=_("Empty: no limit."))
    about = models.TextField(
        _("what it is about"), blank=True, max_length=2000, help_text=_("For whom it is, what to bring, what it costs.")
    )
    is_public = models.BooleanField(
        _("on the public page"), default=False, help_text=_("Everybody may come and reads of it on the portal.")
    )
    came = models.PositiveSmallIntegerField(_("how many came"), null=True, blank=True, editable=False)

    objects = CommunityEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("community event")
        verbose_name_plural = _("community events")
        ordering = ["-on", "-at", "-pk"]

    def __str__(self):
        return f"{self.title}, {self.on:%d.%m.%Y}"

    def get_absolute_url(self):
        return reverse("admin:coordination_communityevent_change", args=[self.pk])

    @property
    def public_path(self):
        return reverse("events:event", args=[self.pk])


class SignUp(models.Model):
    """Somebody who wants to come, told by phone or at the desk; forgotten a month after the event."""

    event = models.ForeignKey(CommunityEvent, models.CASCADE, related_name="sign_ups", verbose_name=_("event"))
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("taken by"))

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        ordering = ["pk"]

    def __str__(self):
        return self.name


def figures(first, last):
    """Return what was done in these days: events held, people who came, volunteers and their hours."""
    held = CommunityEvent.objects.held(first, last).aggregate(n=Count("pk"), came=Coalesce(Sum("came"), 0))
    helped = VolunteerHours.objects.filter(on__range=(first, last)).aggregate(
        volunteers=Count("volunteer", distinct=True), hours=Coalesce(Sum("hours"), Decimal(0))
    )
    return {"events": held["n"], "came": held["came"], **helped}
