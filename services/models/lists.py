"""The closed lists of the catalogue: areas of the Act, target groups, localities, and the places of services."""

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cus_portal.db import polish_sort


class ListQuerySet(models.QuerySet):
    """A closed list is public: it fills the filters."""

    def visible_to(self, user):
        return self


class Translated(models.Model):
    """A name in Polish, and in the other languages where somebody has written it."""

    name_uk = models.CharField(_("name in Ukrainian"), max_length=160, blank=True)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)

    class Meta:
        abstract = True


class OnMap(models.Model):
    """What may have a point on the map: WGS 84, in degrees."""

    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)

    class Meta:
        abstract = True


def has_both_numbers(name):
    """Return the constraint that a point is whole, or not there."""
    return models.CheckConstraint(
        name=name,
        condition=Q(latitude=None, longitude=None) | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
        violation_error_message=_("Give latitude and longitude, or neither."),
    )


class ServiceArea(Translated):
    """One of the areas of social services named in art. 2 of the Act."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    number = models.PositiveSmallIntegerField(_("number in the Act"), unique=True)
    name = models.CharField(_("name in the Act"), max_length=120)
    short_name = models.CharField(_("name in plain words"), max_length=60)

    objects = ListQuerySet.as_manager()

    class Meta:
        verbose_name = _("service area")
        verbose_name_plural = _("service areas")
        ordering = ["number"]

    def __str__(self):
        return self.short_name


class TargetGroup(Translated):
    """For whom: a closed list. A service without a group is for everyone."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(_("examples under the name"), max_length=160, blank=True)
    hint_uk = models.CharField(_("examples in Ukrainian"), max_length=160, blank=True)
    hint_en = models.CharField(_("examples in English"), max_length=160, blank=True)
    position = models.PositiveSmallIntegerField(_("position"))
    on_home = models.BooleanField(_("is a door on the home page"), default=False)

    objects = ListQuerySet.as_manager()

    class Meta:
        verbose_name = _("target group")
        verbose_name_plural = _("target groups")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name


class Topic(Translated):
    """A term of the centre's own tree of topics. A term goes out of use; it is never deleted."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs under")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    obsolete_since = models.DateField(
        _("out of use since"), null=True, blank=True, help_text=_("No service gets this topic any more.")
    )

    objects = ListQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_topic_does_not_belong_under_itself",
                condition=Q(parent=None) | ~Q(parent=F("id")),
                violation_error_code="parent",
                violation_error_message=_("A topic cannot belong under itself."),
            )
        ]

    def __str__(self):
        return self.name


class LocalityQuerySet(ListQuerySet):
    def on_map(self):
        """Return the localities whose point is known, each with the codes of the public places somewhere in it."""
        inside = ArrayAgg(
            "locations__code",
            filter=Q(locations__latitude=None, locations__is_confidential=False, locations__code__isnull=False),
            default=[],
        )
        return self.exclude(latitude=None).annotate(inside=inside).order_by("name_sort", "pk")


class Locality(OnMap):
    """The town, a village district or another named place of the municipality. Its point is about its middle."""

    class Kind(models.TextChoices):
        TOWN = "town", _("town")
        VILLAGE = "village", _("village district")
        OTHER = "other", _("other place")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    teryt = models.CharField(_("TERYT of its part of the municipality"), max_length=7)
    simc = models.CharField(_("SIMC"), max_length=7, blank=True)
    name_sort = polish_sort("name")

    objects = LocalityQuerySet.as_manager()

    class Meta:
        verbose_name = _("locality")
        verbose_name_plural = _("localities")
        ordering = ["name_sort", "pk"]
        constraints = [has_both_numbers("the_point_of_a_locality_has_both_numbers")]

    def __str__(self):
        return self.name


class LocationQuerySet(models.QuerySet):
    def public(self):
        """Return the places that anybody may know."""
        return self.filter(is_confidential=False)

    def visible_to(self, user):
        return self if user.has_perm("services.view_location") else self.public()


class Location(OnMap):
    """Where a service is given (HSDS: location)."""

    class Access(models.TextChoices):
        STEP_FREE = "step_free", _("entrance without steps")
        LIFT = "lift", _("lift, or everything on the ground floor")
        TOILET = "toilet", _("accessible toilet")
        PARKING = "parking", _("parking place for disabled people")
        LOOP = "loop", _("induction loop")
        SIGN_LANGUAGE = "sign_language", _("Polish sign language interpreter")
        GUIDE_DOG = "guide_dog", _("guide dog welcome")
        QUIET = "quiet", _("quiet room")
        TACTILE = "tactile", _("tactile marking or Braille")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=200, blank=True)
    locality = models.ForeignKey(
        Locality, models.PROTECT, null=True, blank=True, related_name="locations", verbose_name=_("locality")
    )
    postal_code = models.CharField(_("postal code"), max_length=6, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    transport = models.CharField(_("how to get there"), max_length=240, blank=True)
    access = ArrayField(
        models.CharField(max_length=20, choices=Access), default=list, blank=True, verbose_name=_("what is accessible")
    )
    accessibility = models.TextField(_("access for people with disabilities"), blank=True)
    is_confidential = models.BooleanField(
        _("confidential"), default=False, help_text=_("Never shown to the public, in no list, page or search.")
    )
    name_sort = polish_sort("name")

    objects = LocationQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["name_sort", "pk"]
        constraints = [has_both_numbers("a_point_on_the_map_has_both_numbers")]

    def __str__(self):
        return self.name
