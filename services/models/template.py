"""What a new entry may begin with: the centre's typical services, each by an entry that is copied."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EntryTemplateQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return all to the centre; whoever elsewhere may begin an entry has those in use."""
        if user.has_perm("services.view_entrytemplate"):
            return self
        return self.filter(in_use=True) if user.has_perm("services.add_service") else self.none()


class EntryTemplate(models.Model):
    """A typical service. Its sample is an entry like any other, public or a draft that stays one."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    hint = models.CharField(_("what it is good for"), max_length=200, blank=True)
    sample = models.ForeignKey("services.Service", models.PROTECT, related_name="+", verbose_name=_("entry to copy"))
    position = models.PositiveSmallIntegerField(_("position"))
    in_use = models.BooleanField(_("in use"), default=True)

    objects = EntryTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("template of an entry")
        verbose_name_plural = _("templates of entries")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name
