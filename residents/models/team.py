"""Who works on a case besides its coordinator: from when to when, and as what."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TeamMemberQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.not_ended(on).filter(valid_from__lte=on)

    def not_ended(self, on):
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on))


class TeamMember(models.Model):
    """Somebody of the care team of a case: a worker of the centre, who sees it meanwhile, or somebody by name."""

    class Role(models.TextChoices):
        DEPUTY = "deputy", _("deputy coordinator")
        SOCIAL_WORKER = "social_worker", _("social worker")
        FAMILY_ASSISTANT = "family_assistant", _("family assistant")
        CARER = "carer", _("carer")
        PSYCHOLOGIST = "psychologist", _("psychologist")
        NURSE = "nurse", _("nurse")
        TEACHER = "teacher", _("teacher or school pedagogue")
        GUARDIAN = "guardian", _("court-appointed guardian")
        VOLUNTEER = "volunteer", _("volunteer")
        CLOSE = "close", _("somebody close to the person")
        OTHER = "other", _("another role")

    case = models.ForeignKey("residents.Case", models.PROTECT, related_name="team", verbose_name=_("case"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("worker of the centre")
    )
    name = models.CharField(_("first name and surname"), max_length=120, blank=True)
    contact = models.CharField(_("where and how to reach"), max_length=200, blank=True)
    role = models.CharField(_("role in the team"), max_length=16, choices=Role)
    valid_from = models.DateField(_("since"))
    valid_to = models.DateField(_("until"), null=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a care team")
        verbose_name_plural = _("members of care teams")
        ordering = ["case", "valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(user=None) & ~Q(name="")) | Q(user__isnull=False, name="", contact=""),
                name="a_member_is_a_worker_or_has_a_name",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(role="deputy"), name="a_deputy_is_a_worker_of_the_centre"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="a_place_in_a_team_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="a_worker_is_once_in_a_team_at_a_time",
                expressions=[
                    ("case", RangeOperators.EQUAL),
                    ("user", RangeOperators.EQUAL),
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
                violation_error_message=_("This worker is in the team already."),
            ),
        ]
        indexes = [models.Index(fields=["user", "valid_from"], name="teams_of_a_worker")]

    def __str__(self):
        return f"{self.user or self.name}, {self.get_role_display()}"


def on_teams_today(**who):
    """Return the rows of whoever is on a team today."""
    return TeamMember.objects.in_force(timezone.localdate()).filter(**who)


def memberships_today(user):
    """Return the rows by which the worker is on a team today."""
    return on_teams_today(user=user.pk)


def teams_of(user) -> dict[int, str]:
    """Return the cases on whose team the worker is today, with his role; read once for each user object."""
    if user.pk is None:
        return {}
    if not hasattr(user, "_teams"):  # asked so, for the user of a page is a lazy one
        user._teams = dict(memberships_today(user).values_list("case", "role"))
    return user._teams


def led_by(user) -> list[int]:
    """Return the cases of which the worker is a deputy coordinator today."""
    return [case for case, role in teams_of(user).items() if role == TeamMember.Role.DEPUTY]


def leads(user, case) -> bool:
    """Tell whether the worker may act as the coordinator of the case: he is it, or his deputy today."""
    return case.coordinator_id == user.pk or case.pk in led_by(user)


def works_on(user, case) -> bool:
    """Tell whether the worker leads the case or is on its team today."""
    return case.coordinator_id == user.pk or case.pk in teams_of(user)
