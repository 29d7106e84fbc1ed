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


class ForeignEntry(models.Model):
    """Which of our services was made of which entry of somebody else's catalogue, and in what state we left it."""

    source = models.SlugField(_("source"), max_length=30)
    foreign_id = models.CharField(_("identifier at the source"), max_length=120)
    service = models.OneToOneField(
        "services.Service", models.CASCADE, related_name="foreign", verbose_name=_("service")
    )
    digest = models.CharField(max_length=64)
    entry_version = models.PositiveIntegerField()
    read_at = models.DateTimeField(_("last changed by the import at"))

    class Meta:
        verbose_name = _("entry from another catalogue")
        verbose_name_plural = _("entries from other catalogues")
        constraints = [
            models.UniqueConstraint(fields=["source", "foreign_id"], name="a_foreign_entry_is_known_once_a_source")
        ]

    def __str__(self):
        return f"{self.source} {self.foreign_id}"
