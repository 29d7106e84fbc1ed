"""What whoever meets a person must know beforehand: coded, with a day on which it ends, shown to few."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from residents.models.case import Case
from residents.models.person import Resident
from residents.models.restricted import without_shut

LASTS_AT_MOST = timedelta(days=366)


class FlagQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(ended_at=None, valid_from__lte=on, valid_to__gte=on)

    def to_review(self, on):
        return self.in_force(on).filter(review_on__lte=on)

    def at_the_door(self):
        """Return what whoever goes to the person has to know: neither an illness nor what happens in the house."""
        return self.filter(kind__in=Flag.AT_THE_DOOR)

    def visible_to(self, user):
        """What one meets at the door all at the centre see who work with people; the rest who sees a case does."""
        if not user.has_perm("residents.view_flag"):
            return self.none()
        near = Case.objects.visible_to(user).values("resident")
        shown = self.filter(Q(kind__in=Flag.AT_THE_DOOR) | Q(resident__in=near))
        return without_shut(shown, "resident", Resident, user)


class Flag(models.Model):
    """A warning about a person or the way there. It goes into no mail, no file and no list, and to no partner."""

    class Kind(models.TextChoices):
        DOG = "dog", _("dangerous dog")
        PAIRS = "pairs", _("visit in twos only")
        ACCESS = "access", _("hard to get in: ring or call first")
        VIOLENCE = "violence", _("risk of violence")
        SELF_HARM = "self_harm", _("risk of suicide or self-harm")
        INFECTION = "infection", _("infection: protect yourself")
        CARE = "care", _("life-sustaining equipment or constant care")

    AT_THE_DOOR = (Kind.DOG, Kind.PAIRS, Kind.ACCESS)

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="flags", verbose_name=_("resident"))
    kind = models.CharField(_("warning"), max_length=12, choices=Kind)
    reason = models.CharField(_("why, and what to do"), max_length=300)
    valid_from = models.DateField(_("since"))
    review_on = models.DateField(_("to be looked at anew on"))
    valid_to = models.DateField(_("last day"))
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("raised by")
    )
    raised_at = models.DateTimeField(_("raised"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("ended by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        verbose_name = _("warning")
        verbose_name_plural = _("warnings")
        ordering = ["resident", "kind", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review_on__gte=F("valid_from"), valid_to__gte=F("review_on")),
                name="a_warning_is_looked_at_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__lte=F("valid_from") + LASTS_AT_MOST), name="a_warning_lasts_a_year_at_most"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="an_ended_warning_says_by_whom",
            ),
        ]
        indexes = [models.Index(fields=["review_on", "id"], condition=Q(ended_at=None), name="warnings_to_review")]

    def __str__(self):
        return self.get_kind_display()

    def get_absolute_url(self):
        return self.resident.get_absolute_url()
