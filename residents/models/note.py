"""Notes on a case: of all who see it, of those who lead it, or of their author alone."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from residents.models.case import Case
from residents.models.restricted import OVERSEE
from residents.models.team import led_by


class CaseNoteQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A private note is its author's alone, whatever another's role."""
        if not user.has_perm("residents.view_casenote"):
            return self.none()
        shown = Q(sight=CaseNote.Sight.TEAM) | Q(author=user.pk)
        confidential = Q(sight=CaseNote.Sight.FEW)
        if not user.granted(OVERSEE):
            confidential &= Q(case__coordinator=user.pk) | Q(case__in=led_by(user))
        return self.filter(shown | confidential, case__in=Case.objects.visible_to(user).values("pk"))


class CaseNote(models.Model):
    """A note. Who would write over a version that he has not seen is refused."""

    class Sight(models.TextChoices):
        TEAM = "team", _("all who see the case")
        FEW = "few", _("confidential: its author, who leads the case, and who oversees restricted files")
        PRIVATE = "private", _("only me")

    case = models.ForeignKey(Case, models.PROTECT, related_name="notes", verbose_name=_("case"))
    sight = models.CharField(_("who reads it"), max_length=8, choices=Sight)
    text = models.TextField(_("note"), max_length=8000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    written_at = models.DateTimeField(_("written"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("changed by")
    )
    changed_at = models.DateTimeField(_("changed"), null=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    submit_token = models.UUIDField(unique=True, editable=False)

    objects = CaseNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note on a case")
        verbose_name_plural = _("notes on cases")
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(version=1, changed_by=None, changed_at=None)
                | Q(version__gt=1, changed_by__isnull=False, changed_at__isnull=False),
                name="a_changed_note_says_by_whom",
            )
        ]

    def __str__(self):
        return f"{self.case}, {self.pk}"

    def get_absolute_url(self):
        return reverse("admin:residents_case_note", args=[self.case_id, self.pk])
