"""What was found out with the person: needs recognised in a talk, in versions that are never written over."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import EncryptedTextField
from residents.models.case import Case


class NeedsAssessment(models.Model):
    """A version of the recognition of individual needs: a talk, no interview of social assistance.

    Who sees the case sees it.
    """

    class Place(models.TextChoices):
        STAYS = "stays", _("where the person stays")
        CENTRE = "centre", _("at the centre")

    case = models.ForeignKey(Case, models.PROTECT, related_name="assessments", verbose_name=_("case"))
    number = models.PositiveSmallIntegerField(_("version"))
    held_on = models.DateField(_("day of the talk"))
    place = models.CharField(_("where"), max_length=10, choices=Place)
    present = models.CharField(_("who was there"), max_length=200, blank=True)
    situation = models.TextField(_("situation"))
    needs = models.TextField(_("needs recognised"))
    wishes = models.TextField(_("what the person wants"), blank=True)
    resources = models.TextField(_("what helps already"), blank=True)
    obstacles = models.TextField(_("what stands in the way"), blank=True)
    valid_until = models.DateField(_("valid until"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    written_at = models.DateTimeField(_("written"))
    submit_token = models.UUIDField(unique=True, editable=False)

    class Meta:
        verbose_name = _("assessment of needs")
        verbose_name_plural = _("assessments of needs")
        ordering = ["case", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="assessments_are_numbered_in_a_case"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("held_on")), name="an_assessment_holds_after_its_talk"
            ),
        ]

    def __str__(self):
        return f"{self.case}, {self.number}"

    def get_absolute_url(self):
        return reverse("admin:residents_case_assessment", args=[self.case_id, self.number])


class AssessmentDraft(models.Model):
    """What somebody has typed so far at one case, sealed; it is nobody else's to read.

    `about` says in which form: the assessment, a new note, or a note that is being changed.
    """

    ASSESSMENT = "assessment"

    case = models.ForeignKey(Case, models.CASCADE, related_name="assessment_drafts", verbose_name=_("case"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    about = models.CharField(_("in which form"), max_length=30, default=ASSESSMENT, editable=False)
    said = EncryptedTextField(editable=False)
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("assessment begun")
        verbose_name_plural = _("assessments begun")
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "author", "about"], name="a_draft_is_one_for_each_author_and_form")
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"
