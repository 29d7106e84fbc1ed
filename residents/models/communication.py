"""How to talk and meet with a person."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class CommunicationNeed(models.TextChoices):
    SIGN = "sign", _("Polish sign language (PJM)")
    INTERPRETER = "interpreter", _("an interpreter")
    EASY = "easy", _("easy words")
    LARGE = "large", _("large print")
    WRITING = "writing", _("writing instead of talking by phone")
    STEP_FREE = "step_free", _("a place without stairs")
    AT_HOME = "at_home", _("a visit at home: it is hard to go out")


class CommunicationFields(models.Model):
    """How to talk and meet with a person. Kept with the person, so that the second visit knows it too."""

    communication = ArrayField(
        models.CharField(max_length=12, choices=CommunicationNeed),
        default=list,
        blank=True,
        verbose_name=_("needed for talking and meeting"),
    )
    communication_note = models.CharField(_("what else helps"), max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def communication_words(self):
        """What the person needs, in words."""
        known = [str(CommunicationNeed(code).label) for code in self.communication if code in CommunicationNeed]
        return [*known, *([self.communication_note] if self.communication_note else [])]
