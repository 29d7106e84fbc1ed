"""What the public sees: the published versions of the entries, compiled for reading. Only publishing writes here."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from services.models.programme import ProgrammeService, covers
from services.models.search import Lexemes
from services.models.service import Service
from services.search import question_of


class ServiceVersionQuerySet(models.QuerySet):
    def current(self):
        """Return what is public now; archived entries too, whose pages say that they have ended."""
        return self.filter(public_to=None)

    def newest_of(self, service):
        """Return the newest version of the service that a row outside refers to by this name."""
        return self.filter(service=OuterRef(service)).order_by("-number")

    def known_at(self, moment):
        """Return the version of each service that was public at the moment; the first one of what came later."""
        known = self.filter(Q(public_from__lte=moment) | Q(number=1))
        return known.order_by("service_id", "-number").distinct("service_id")

    def listed(self):
        return self.current().filter(is_listed=True)

    def in_force(self, on):
        """Return the listed entries with at least one basis in force on the day."""
        return self.listed().filter(Exists(PublicBasis.objects.filter(covers(on), version=OuterRef("pk"))))

    def on_break(self, on):
        """Return the listed entries between two editions: not in force, yet to come back."""
        rows = PublicBasis.objects.filter(version=OuterRef("pk"))
        return self.listed().filter(
            Exists(rows.filter(valid_from__lte=on)),
            Exists(rows.filter(Q(valid_from__gt=on) | Q(comes_back=True))),
            ~Exists(rows.filter(covers(on))),
        )

    def offered(self, on):
        """Return what is in force or comes back after a break."""
        return self.in_force(on) | self.on_break(on)

    def for_list(self):
        """Return what a list shows, without the whole pages, in Polish order."""
        columns = ("slug", "card", "is_listed", "public_from", "service_id", "places")
        return self.only(*columns).order_by("name_sort", "pk")

    def matching(self, text):
        """Return the entries that have every telling word of the text in some form; `Ranking` says which fits best.

        A text that tells nothing leaves all entries; a word that stands in none leaves nothing.
        """
        question = question_of(text)
        if question.says_nothing:
            return self
        return self.naming(question.all_words()) if question.is_understood else self.none()

    def naming(self, query):
        """Return the entries that a query in the index's own words finds; none without one."""
        return self.filter(search_entry__words=Lexemes(query)) if query else self.none()

    def visible_to(self, user):
        """Return the current versions to anybody, the whole history to the catalogue's staff."""
        if not user.has_perm("services.view_service"):
            return self.current()
        reach = user.reach_of("services.view_service")
        return self if reach is None else self.filter(Q(public_to=None) | Q(service__provider__in=reach))


class ServiceVersion(models.Model):
    """One published version of a service: its content as reviewed, and the page made of it. Never edited."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="versions", verbose_name=_("service"))
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"), help_text=_("The entry in the words of the catalogue's files."))
    page = models.JSONField(_("page"), help_text=_("The content with everything it refers to, ready to be shown."))
    card = models.JSONField(default=dict)  # the little of the page that a line of a list shows
    public_from = models.DateTimeField(_("public from"))
    public_to = models.DateTimeField(_("public until"), null=True, blank=True)
    published_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("published by")
    )
    published_alone = models.BooleanField(_("without a second person"), default=False)
    note = models.CharField(_("what has changed and why"), max_length=300, blank=True)
    completeness = models.PositiveSmallIntegerField(_("completeness of 100"), default=0)
    # what lists ask for, copied out of the content
    is_listed = models.BooleanField(_("on the lists"), default=True)
    slug = models.SlugField(max_length=100)
    name_sort = models.TextField(db_collation="C")
    featured = models.PositiveSmallIntegerField(null=True)
    areas = ArrayField(models.CharField(max_length=40), default=list)
    groups = ArrayField(models.CharField(max_length=40), default=list)
    localities = ArrayField(models.CharField(max_length=60), default=list)
    topics = ArrayField(models.CharField(max_length=60), default=list)
    delivery = ArrayField(models.CharField(max_length=10), default=list)
    provider = models.CharField(max_length=60, default="")
    places = ArrayField(models.CharField(max_length=60), default=list)
    modified_at = models.DateTimeField(_("last changed at"))

    objects = ServiceVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("published version")
        verbose_name_plural = _("published versions")
        ordering = ["service", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["service", "number"], name="a_version_has_its_own_number"),
            models.UniqueConstraint(
                fields=["service"], condition=Q(public_to=None), name="a_service_has_one_public_version"
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(public_to=None), name="an_address_leads_to_one_public_version"
            ),
        ]
        indexes = [
            models.Index(F("name_sort"), F("id"), name="version_in_order", condition=Q(public_to=None)),
            models.Index(fields=["slug"], name="version_by_address"),
            models.Index(fields=["modified_at", "id"], name="version_by_change", condition=Q(public_to=None)),
        ]

    def __str__(self):
        return f"{self.content['plain_name']} ({self.number})"

    def get_absolute_url(self):
        return reverse("services:detail", args=[self.slug])

    # -- what the clock makes of the bases; those of the card begin with the newest ------------------
    def basis_in_force(self, on):
        """Return the basis in force on the day that began last, or None."""
        return next((basis for basis in self.card["bases"] if is_in_force(basis, on)), None)

    def basis_shown(self, on):
        """Return the basis whose conditions are shown: in force, else the last that began, else the first to come."""
        bases, today = self.card["bases"], on.isoformat()
        begun = (basis for basis in bases if basis["from"] <= today)
        return self.basis_in_force(on) or next(begun, None) or (bases[-1] if bases else None)

    def programme_shown(self, on):
        """Return the code of the programme whose conditions are shown."""
        basis = self.basis_shown(on)
        return basis and basis["programme"]

    def availability(self, on):
        bases, today = self.card["bases"], on.isoformat()
        if not self.was_listed(on):
            return Service.Availability.ENDED
        if self.basis_in_force(on):
            return Service.Availability.IN_FORCE
        begun = any(basis["from"] <= today for basis in bases)
        comes = any(basis["from"] > today for basis in bases)
        if not begun and comes:
            return Service.Availability.UPCOMING
        if begun and (comes or any(basis["comes_back"] for basis in bases)):
            return Service.Availability.BREAK
        return Service.Availability.ENDED

    def was_listed(self, on):
        """Tell whether the entry was on the lists on the day: an archived one was until it was archived."""
        return self.is_listed or localdate(self.public_from) > on

    def next_start(self, on):
        """Return the first day of the next basis, if one is known."""
        coming = [basis["from"] for basis in self.card["bases"] if basis["from"] > on.isoformat()]
        return date.fromisoformat(min(coming)) if coming else None


def is_in_force(basis, on):
    """Tell whether a basis of a page, whose days are written as in ISO 8601, covers the day."""
    return basis["from"] <= on.isoformat() and (basis["to"] is None or basis["to"] >= on.isoformat())


class PublicBasisQuerySet(models.QuerySet):
    def of_services(self, services, *, on):
        """Return (service, basis) keys of what is in force on the day; the one that began last stands last."""
        rows = self.filter(covers(on), version__service__in=services, version__public_to=None)
        return rows.order_by("valid_from", "-pk").values_list("version__service", "basis")


class PublicBasis(models.Model):
    """A basis as the public version of its service states it, cut to its programme's time and publication."""

    basis = models.OneToOneField(ProgrammeService, models.CASCADE, primary_key=True, related_name="public")
    version = models.ForeignKey(ServiceVersion, models.CASCADE, related_name="bases")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    fee_kind = models.CharField(max_length=12, choices=ProgrammeService.Fee)
    comes_back = models.BooleanField(default=False)  # a national edition is followed by the next one

    objects = PublicBasisQuerySet.as_manager()

    class Meta:
        verbose_name = _("public basis")
        verbose_name_plural = _("public bases")
        indexes = [models.Index(fields=["version", "valid_from"], name="public_basis_by_version")]

    def __str__(self):
        return str(self.basis_id)


class BasisLoad(models.Model):
    """How full a basis is. The intake writes it whenever a need is decided; the catalogue only shows it."""

    basis = models.OneToOneField(ProgrammeService, models.CASCADE, primary_key=True, related_name="load")
    taken = models.PositiveIntegerField(_("places taken"), default=0)
    waiting = models.PositiveIntegerField(_("people who wait"), default=0)
    typical_wait = models.PositiveSmallIntegerField(_("typical wait in days"), null=True, blank=True)
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("how full it is")
        verbose_name_plural = _("how full it is")

    def __str__(self):
        return f"{self.taken} + {self.waiting}"


class CatalogueStamp(models.Model):
    """One row, new with every publication: what was made of the catalogue under another stamp is out of date."""

    value = models.UUIDField()

    class Meta:
        verbose_name = _("stamp of the catalogue")
        verbose_name_plural = _("stamp of the catalogue")

    def __str__(self):
        return str(self.value)
