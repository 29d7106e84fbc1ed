"""The good-practice card: what the centre does that others may take over. What is public is a version that stays."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.models.community import OfTheCentre
from cus_portal.db import Workflowed

# The parts of a card, in their order on the page, in the data and in the schema.
PARTS = (
    *("title", "summary", "problem", "for_whom", "what_is_done", "results", "resources", "advice"),
    *("contact_name", "contact_phone", "contact_email"),
)


class GoodPracticeQuerySet(OfTheCentre):
    def public(self):
        """Return what is published, with the version that the public reads."""
        newest = GoodPracticeVersion.objects.filter(practice=models.OuterRef("pk")).order_by("-number")
        return self.filter(status=GoodPractice.Status.PUBLISHED).annotate(
            content=models.Subquery(newest.values("content")[:1]),
            number=models.Subquery(newest.values("number")[:1]),
            published_at=models.Subquery(newest.values("published_at")[:1]),
        )


class GoodPractice(Workflowed):
    """The working copy of a card."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("good practice", "being written")
        PUBLISHED = "published", pgettext_lazy("good practice", "published")
        WITHDRAWN = "withdrawn", pgettext_lazy("good practice", "no longer shown")

    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    code = models.SlugField(_("code"), unique=True, help_text=_("Stands in the address of the page; it stays."))
    title = models.CharField(_("title"), max_length=160)
    summary = models.CharField(_("in one sentence"), max_length=300)
    problem = models.TextField(_("what was wrong before"))
    for_whom = models.TextField(_("for whom it is"))
    what_is_done = models.TextField(_("what we do"), help_text=_("Step by step, so that another centre can do it too."))
    results = models.TextField(_("what it brought"), help_text=_("With numbers, where there are any."))
    resources = models.TextField(_("what it takes"), help_text=_("People, time, money, agreements."))
    advice = models.TextField(_("what we would do otherwise"), blank=True)
    contact_name = models.CharField(_("who answers questions"), max_length=120)
    contact_phone = models.CharField(_("phone"), max_length=40, blank=True)
    contact_email = models.EmailField(_("e-mail"), blank=True)

    objects = GoodPracticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("good-practice card")
        verbose_name_plural = _("good-practice cards")
        ordering = ["title", "pk"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("exchange:practice", args=[self.code])

    def as_content(self):
        return {part: getattr(self, part) for part in PARTS}


class GoodPracticeVersion(models.Model):
    """What the public read from a moment on, word for word, and who let it out."""

    append_only = True

    practice = models.ForeignKey(
        GoodPractice, models.PROTECT, related_name="versions", verbose_name=_("good-practice card")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    content = models.JSONField(_("content"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("published by")
    )
    published_at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name = _("version of a card")
        verbose_name_plural = _("versions of a card")
        ordering = ["practice", "-number"]
        constraints = [models.UniqueConstraint(fields=["practice", "number"], name="versions_are_numbered_in_a_card")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.practice}, {self.number}"
