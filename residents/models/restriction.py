"""Data that may be stored and nothing else, until somebody decides otherwise (RODO art. 18 and 21)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ProcessingRestrictionQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(lifted_at=None)


class ProcessingRestriction(models.Model):
    """Since when, on what ground, and how it ended: the person is told before it is lifted (art. 18 ust. 3)."""

    class Ground(models.TextChoices):
        ACCURACY = "accuracy", _("the person says the data are wrong (art. 18 ust. 1 lit. a)")
        UNLAWFUL = "unlawful", _("unlawful, and the person wants them kept (art. 18 ust. 1 lit. b)")
        CLAIMS = "claims", _("the person needs them for a claim (art. 18 ust. 1 lit. c)")
        OBJECTION = "objection", _("an objection is looked into or was right (art. 18 ust. 1 lit. d, art. 21)")

    class Use(models.TextChoices):
        """On what ground more is done with the data than storing them (art. 18 ust. 2)."""

        CONSENT = "consent", _("the person has agreed")
        CLAIMS = "claims", _("a claim: an appeal, a complaint, a term of law")
        OTHERS = "others", _("to protect the rights of another person")
        PUBLIC = "public", _("an important reason of public interest: a duty by law, danger to life")

    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="restrictions", verbose_name=_("resident")
    )
    ground = models.CharField(_("ground"), max_length=10, choices=Ground)
    asked = models.CharField(_("number of the request about data"), max_length=20)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    placed_at = models.DateTimeField(_("since"))
    told_on = models.DateField(_("the person was told of the end on"), null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("lifted by")
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    objects = ProcessingRestrictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("restriction of processing")
        verbose_name_plural = _("restrictions of processing")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["resident"], condition=Q(lifted_at=None), name="processing_is_restricted_once"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False, told_on__isnull=False),
                name="a_restriction_is_lifted_after_the_person_was_told",
            ),
        ]

    def __str__(self):
        return self.asked
