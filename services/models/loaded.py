from django.db import models
from django.utils.translation import gettext_lazy as _


class LoadedEntry(models.Model):
    """What load_catalogue last read of one entry of the files.

    An entry unchanged in its file is never written again, so what the organiser corrects in the admin stays.
    """

    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("loaded entry")
        verbose_name_plural = _("loaded entries")
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="an_entry_is_loaded_once")]

    def __str__(self):
        return f"{self.kind} {self.code}"
