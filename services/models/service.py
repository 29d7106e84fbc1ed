"""A service as residents and staff read it, and how it is found."""

import uuid
from datetime import timedelta

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import Institution
from cus_portal.db import Workflowed, fold, polish_sort, search_key
from services.models.lists import Locality, Location, ServiceArea, TargetGroup, Topic
from services.models.programme import Status
from services.models.search import Lexemes
from services.quality import LATE, REVIEW_EVERY
from services.search import question_of


class ServiceQuerySet(models.QuerySet):
    def published(self):
        """Return the services on the public lists, also while somebody changes their working copies."""
        return self.filter(Exists(self._public()))

    def in_force(self, on):
        """Return the services whose public version has a basis in force on the day."""
        return self.filter(Exists(self._public().in_force(on)))

    def on_break(self, on):
        """Return the services between two editions: not in force, yet to come back."""
        return self.filter(Exists(self._public().on_break(on)))

    def _public(self):
        return self.model.versions.rel.related_model.objects.listed().filter(service=OuterRef("pk"))

    def visible_to(self, user):
        """Return the working copies for those who keep them; a partner's editor has his institution's."""
        if not user.has_perm("services.view_service"):
            return self.filter(status__in=(Status.PUBLISHED, Status.ARCHIVED))
        reach = user.reach_of("services.view_service")
        return self if reach is None else self.filter(provider__in=reach)

    def with_check_due(self):
        """Add the day from which an entry has to be checked again."""
        return self.annotate(
            check_due=ExpressionWrapper(F("reviewed_on") + F("review_every"), output_field=models.DateField())
        )

    def to_check(self, on):
        return self.exclude(status=Status.ARCHIVED).with_check_due().filter(check_due__lte=on)

    def with_score(self, public, *, on):
        """Add the score of each entry's public version on the day, as quality.quality_of() counts it."""
        late = models.Case(
            *(models.When(check_due__lte=on - timedelta(days=days), then=points) for days, points in LATE), default=0
        )
        return self.with_check_due().annotate(
            score=Greatest(Subquery(public.filter(service=OuterRef("pk")).values("completeness")[:1]) - late, 0)
        )

    def matching(self, text):
        """Return the working copies that have the words in code or name, then those whose public version has them."""
        question, named = question_of(text), Q()
        for word in fold(question.text).split():
            named &= Q(search_name__contains=word)
        if not named:
            return self
        public = self.model.objects.none()
        if question.words and question.is_understood:
            public = self.model.objects.filter(versions__search_entry__words=Lexemes(question.all_words()))
        first = models.Case(models.When(named, then=0), default=1)
        return self.filter(named | Q(pk__in=public.values("pk"))).order_by(first, "name_sort", "pk")


@pghistory.track(exclude=["name_sort", "search_name"])
class Service(Workflowed):
    """One kind of help, described once for residents and staff (HSDS: service)."""

    class Delivery(models.TextChoices):
        ON_SITE = "on_site", _("on site")
        AT_HOME = "at_home", _("at your home")
        REMOTE = "remote", _("by phone or online")
        TRANSPORT = "transport", _("with transport")

    class Recipients(models.TextChoices):
        """For whom a social service is, as art. 2 of the Act of 19 July 2019 lists it."""

        PERSONS = "persons", _("persons")
        FAMILIES = "families", _("families")
        GROUPS = "groups", _("social groups")
        NEED_GROUPS = "need_groups", _("groups of residents with certain needs")
        EVERYBODY = "everybody", _("all residents")

    class Spoken(models.TextChoices):
        POLISH = "pl", _("Polish")
        UKRAINIAN = "uk", _("Ukrainian")
        ENGLISH = "en", _("English")
        RUSSIAN = "ru", _("Russian")
        SIGN = "pjm", _("Polish sign language")

    class Evidence(models.TextChoices):
        BELZYCE = "B", _("documented at this centre")
        OTHER_CENTRE = "C", _("documented at another centre")
        LAW = "L", _("run by every centre by law")
        REALISTIC = "R", _("realistic example, invented numbers")

    class Availability(models.TextChoices):
        """What the clock makes of the bases; never stored."""

        IN_FORCE = "in_force", _("in force")
        UPCOMING = "upcoming", _("not begun yet")
        BREAK = "break", _("break between editions")
        ENDED = "ended", _("ended")

    Status = Status

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=12, unique=True)
    slug = models.SlugField(_("address of the page"), max_length=100, unique=True)
    name = models.CharField(_("official name"), max_length=160)
    plain_name = models.CharField(_("name in plain words"), max_length=120)
    summary = models.CharField(_("one sentence"), max_length=240)
    description = models.TextField(_("description in plain words"))
    keywords = models.TextField(_("other words people use"), blank=True)
    for_whom = models.CharField(_("for whom, in words"), max_length=240)
    areas = models.ManyToManyField(ServiceArea, related_name="services", verbose_name=_("areas"))
    topics = models.ManyToManyField(Topic, related_name="services", blank=True, verbose_name=_("topics"))
    recipients = models.CharField(
        _("recipients in the words of the Act"), max_length=12, choices=Recipients, blank=True
    )
    target_groups = models.ManyToManyField(
        TargetGroup,
        related_name="services",
        blank=True,
        verbose_name=_("target groups"),
        help_text=_("None chosen: for everyone."),
    )
    localities = models.ManyToManyField(
        Locality,
        related_name="services",
        blank=True,
        verbose_name=_("localities"),
        help_text=_("None chosen: the whole municipality."),
    )
    provider = models.ForeignKey(Institution, models.PROTECT, related_name="services", verbose_name=_("provider"))
    provider_note = models.CharField(_("who carries it out"), max_length=160, blank=True)
    locations = models.ManyToManyField(Location, related_name="services", blank=True, verbose_name=_("places"))
    place_is_confidential = models.BooleanField(
        _("the place is confidential"), default=False, help_text=_("The page tells to call; no place is ever shown.")
    )
    delivery_modes = ArrayField(models.CharField(max_length=10, choices=Delivery), verbose_name=_("how it is given"))
    format = models.CharField(_("form of meetings"), max_length=120, blank=True)
    certificate = models.CharField(_("certificate needed"), max_length=240, blank=True)
    otherwise = models.CharField(
        _("what else, for whom it is not"), max_length=240, blank=True, help_text=_("Said when the check says no.")
    )
    instead = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("service to try instead")
    )
    languages = ArrayField(
        models.CharField(max_length=6, choices=Spoken), default=list, blank=True, verbose_name=_("spoken languages")
    )
    quality_standard = models.CharField(_("quality standard"), max_length=240, blank=True)
    direct_entry = models.BooleanField(_("people may also go there themselves"), default=False)
    direct_entry_note = models.CharField(_("where to go directly"), max_length=240, blank=True)
    supporting_action = models.BooleanField(
        _("supporting action"), default=False, help_text=_("Not a service: no qualifying, no fee, no contract.")
    )
    phone = models.CharField(_("phone, if not the centre's"), max_length=40, blank=True)
    website = models.URLField(_("page of the service"), blank=True)
    easy_text = models.TextField(
        _("easy-to-read text"), blank=True, help_text=_("Short sentences, one thought each, no hard words.")
    )
    sign_film = models.URLField(_("film in Polish sign language"), blank=True)
    featured = models.PositiveSmallIntegerField(_("place among the most wanted"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=1, choices=Evidence)
    evidence_source = models.CharField(_("source of the evidence"), max_length=160, blank=True)
    reviewed_on = models.DateField(_("last checked on"))
    review_every = models.PositiveSmallIntegerField(_("to be checked every, in days"), default=REVIEW_EVERY)
    editor = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("editor"),
        help_text=_("Is reminded when the entry has to be checked."),
    )
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT)
    name_sort = polish_sort("plain_name")
    search_name = search_key("code", "name", "plain_name")

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["name_sort", "pk"]
        permissions = [("publish_service", _("Can publish and archive services"))]
        indexes = [
            GinIndex(OpClass(F("search_name"), name="gin_trgm_ops"), name="service_search_name"),
            models.Index(F("name_sort"), F("id"), name="service_published", condition=Q(status="published")),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_service_is_given_in_some_way",
                condition=Q(delivery_modes__len__gt=0),
                violation_error_code="delivery_modes",
                violation_error_message=_("Choose at least one way in which the service is given."),
            ),
            models.CheckConstraint(
                name="direct_entry_tells_where_to_go",
                condition=Q(direct_entry=False) | ~Q(direct_entry_note=""),
                violation_error_code="direct_entry_note",
                violation_error_message=_("Write where people may go directly."),
            ),
        ]

    def __str__(self):
        return self.plain_name

    def get_absolute_url(self):
        return reverse("services:detail", args=[self.slug])
