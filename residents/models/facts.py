"""What is known of a person for a time: numbers, addresses, contacts, household, who speaks for whom.

Nothing here is overwritten: what has changed ends on a day, and the new row begins on one.
"""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import EncryptedTextField
from cus_portal.db import digits_key
from residents.models.numbers import END_HASH, PHONE_DIGITS
from residents.models.searching import PhoneQuerySet, phone_end


class FactQuerySet(models.QuerySet):
    def in_force(self, on):
        """Return what holds on the day, its first and last day included."""
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))

    def standing(self):
        """Return what has no end yet."""
        return self.filter(valid_to=None)

    def not_ended(self, on):
        """Return what holds on the day or will hold later."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on))


class DatedFact(models.Model):
    """A row about a person that holds from a day, if that is known, to a day, if it has ended."""

    valid_from = models.DateField(_("since"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    created_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="%(class)s_ends_after_it_begins",
            )
        ]

    @property
    def period(self):
        """Return from when to when, as people say it; nothing when neither is known."""
        since = gettext("since %(day)s") % {"day": date_format(self.valid_from, "d.m.Y")} if self.valid_from else ""
        until = gettext("until %(day)s") % {"day": date_format(self.valid_to, "d.m.Y")} if self.valid_to else ""
        return " ".join(part for part in (since, until) if part)


@pghistory.track(exclude=["number_ends"])
class Identifier(DatedFact):
    """A number of a person beside the PESEL now in use: a foreign document, or a PESEL that was changed.

    A changed PESEL finds the person and is shown nowhere: with the name it may tell of a correction of sex.
    """

    class Kind(models.TextChoices):
        PESEL = "pesel", _("former PESEL")
        PASSPORT = "passport", _("passport")
        ID_CARD = "id_card", _("identity card")
        RESIDENCE_CARD = "residence_card", _("residence card")
        OTHER = "other", _("other document")

    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="identifiers", verbose_name=_("resident")
    )
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    country = models.CharField(
        _("country"), max_length=2, blank=True, validators=[RegexValidator(r"^[A-Z]{2}$", _("Two letters, like UA."))]
    )
    number = EncryptedTextField(_("number"))
    number_index = models.CharField(max_length=64, editable=False)
    number_ends = ArrayField(models.CharField(max_length=END_HASH), default=list, blank=True, editable=False)

    class Meta(DatedFact.Meta):
        verbose_name = _("number of a person")
        verbose_name_plural = _("numbers of people")
        ordering = ["resident", "-valid_from", "pk"]
        constraints = [
            *DatedFact.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(kind="pesel") | Q(valid_to__isnull=False), name="a_pesel_among_documents_is_a_former_one"
            ),
        ]
        indexes = [
            models.Index(fields=["number_index"], name="numbers_of_people_by_number"),
            GinIndex(fields=["number_ends"], name="numbers_of_people_by_end"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.country}".strip()

    @property
    def masked(self):
        return f"•••{self.number[-3:]}"


@pghistory.track()
class ResidenceTitle(DatedFact):
    """On what title a foreigner stays, until a day. It warns; nothing is cut off by it."""

    class Kind(models.TextChoices):
        UKR = "ukr", _("temporary protection (PESEL UKR)")
        TEMPORARY = "temporary", _("temporary residence permit")
        PERMANENT = "permanent", _("permanent residence permit")
        EU = "eu", _("citizen of the European Union")
        PROTECTION = "protection", _("refugee or international protection")
        OTHER = "other", _("other title")

    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="titles", verbose_name=_("resident")
    )
    kind = models.CharField(_("title"), max_length=12, choices=Kind)

    class Meta(DatedFact.Meta):
        verbose_name = _("title of residence")
        verbose_name_plural = _("titles of residence")
        ordering = ["resident", "-valid_from", "-pk"]

    def __str__(self):
        return self.get_kind_display()


class CertificateQuerySet(FactQuerySet):
    def last_first(self):
        """Order by the last day, what has none first."""
        return self.order_by(F("valid_to").desc(nulls_first=True), "-pk")


@pghistory.track()
class DisabilityCertificate(DatedFact):
    """A certificate of disability or of its degree, until a day; and since when a new one is applied for."""

    class Kind(models.TextChoices):
        SEVERE = "severe", _("severe degree")
        MODERATE = "moderate", _("moderate degree")
        LIGHT = "light", _("light degree")
        CHILD = "child", _("of a child")
        CHILD_7_8 = "child_7_8", _("of a child, with points 7 and 8")

    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="certificates", verbose_name=_("resident")
    )
    kind = models.CharField(_("degree"), max_length=12, choices=Kind)
    applied_on = models.DateField(_("a new one applied for on"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta(DatedFact.Meta):
        verbose_name = _("disability certificate")
        verbose_name_plural = _("disability certificates")
        ordering = ["resident", "-valid_from", "-pk"]
        indexes = [models.Index(fields=["valid_to"], name="certificates_by_last_day")]

    def __str__(self):
        return f"{self._meta.verbose_name}, {self.get_kind_display()}"


class AddressQuerySet(FactQuerySet):
    def of_residence(self, on):
        """Return where the person lives as a fact on the day, the latest first: the law asks for no registration."""
        lives = self.in_force(on).filter(kind__in=[ResidentAddress.Kind.LIVES, ResidentAddress.Kind.NO_FIXED])
        return lives.select_related("locality").order_by("kind", F("valid_from").desc(nulls_last=True), "-pk")


@pghistory.track()
class ResidentAddress(DatedFact):
    """Where a person lives, is registered, stays for a time, or can be reached without a fixed address."""

    class Kind(models.TextChoices):
        LIVES = "lives", _("lives here")
        REGISTERED = "registered", _("is registered here")
        STAYS = "stays", _("stays here for a time: hospital, prison, home")
        NO_FIXED = "no_fixed", _("no fixed address: here is the contact point")
        LETTERS = "letters", _("letters go here")

    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="addresses", verbose_name=_("resident")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    address = models.CharField(_("street and number"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=6, blank=True)
    locality = models.ForeignKey(
        "services.Locality", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("town or village")
    )
    elsewhere = models.CharField(_("town or institution outside the list"), max_length=120, blank=True)

    objects = AddressQuerySet.as_manager()

    class Meta(DatedFact.Meta):
        verbose_name = _("address of a person")
        verbose_name_plural = _("addresses of people")
        ordering = ["resident", "kind", "-valid_from", "-pk"]

    def __str__(self):
        place = " ".join(part for part in (self.postal_code, str(self.locality or "")) if part)
        return ", ".join(part for part in (self.address, place, self.elsewhere) if part)


class ContactQuerySet(FactQuerySet, PhoneQuerySet):
    def with_email(self, address):
        return self.filter(kind=ResidentContact.Kind.EMAIL, value__iexact=address)


@pghistory.track(exclude=["phone_digits"])
class ResidentContact(DatedFact):
    """A phone or an e-mail address of a person. Families share them: a contact is no identity."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")

    class Whose(models.TextChoices):
        OWN = "own", _("the person's own")
        SHARED = "shared", _("shared in the family")
        OTHERS = "others", _("somebody else's, who passes it on")

    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="contacts", verbose_name=_("resident")
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    value = models.CharField(_("number or address"), max_length=254)
    whose = models.CharField(_("whose"), max_length=6, choices=Whose, default=Whose.OWN)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    phone_digits = digits_key("value", last=PHONE_DIGITS)

    objects = ContactQuerySet.as_manager()

    class Meta(DatedFact.Meta):
        verbose_name = _("contact of a person")
        verbose_name_plural = _("contacts of people")
        ordering = ["resident", "kind", "-valid_from", "-pk"]
        indexes = [
            models.Index(fields=["phone_digits"], condition=~Q(phone_digits=""), name="contacts_by_phone"),
            models.Index(phone_end(), condition=~Q(phone_digits=""), name="contacts_by_end_of_phone"),
        ]

    def __str__(self):
        return self.value


class Household(models.Model):
    """People who live and keep house together. Who, and from when to when, says each membership."""

    created_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


@pghistory.track()
class HouseholdMember(DatedFact):
    household = models.ForeignKey(Household, models.PROTECT, related_name="members", verbose_name=_("household"))
    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="memberships", verbose_name=_("resident")
    )
    role = models.CharField(_("who in the household"), max_length=60, blank=True)

    class Meta(DatedFact.Meta):
        verbose_name = _("member of a household")
        verbose_name_plural = _("members of households")
        ordering = ["household", "valid_from", "pk"]
        constraints = [
            *DatedFact.Meta.constraints,
            models.UniqueConstraint(
                fields=["household", "resident"], condition=Q(valid_to=None), name="a_person_is_once_in_a_household"
            ),
        ]

    def __str__(self):
        return self.role


class RepresentationQuerySet(FactQuerySet):
    def of_minors(self):
        """Return what ends by itself when the person comes of age."""
        return self.filter(basis__in=Representation.ENDS_WITH_MINORITY)


@pghistory.track()
class Representation(DatedFact):
    """Who speaks for a person: on what basis, in what, since when, until when, and what a court has limited."""

    class Basis(models.TextChoices):
        PARENT = "parent", _("parent")
        MINOR_GUARDIAN = "minor_guardian", _("guardian of a minor")
        GUARDIAN = "guardian", _("guardian of a person who is fully incapacitated")
        CURATOR = "curator", _("curator of a person who is partly incapacitated")
        PROXY = "proxy", _("proxy")
        CARER = "carer", _("de facto carer")

    ENDS_WITH_MINORITY = (Basis.PARENT, Basis.MINOR_GUARDIAN)
    BY_COURT = (Basis.MINOR_GUARDIAN, Basis.GUARDIAN, Basis.CURATOR)
    SIGNS_ALONE = (Basis.PARENT, Basis.MINOR_GUARDIAN, Basis.GUARDIAN, Basis.PROXY)

    resident = models.ForeignKey(
        "residents.Resident", models.PROTECT, related_name="representations", verbose_name=_("who is represented")
    )
    representative = models.ForeignKey(
        "residents.Resident",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="represents",
        verbose_name=_("representative, if on record"),
    )
    name = models.CharField(_("first name and surname"), max_length=140, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    basis = models.CharField(_("on what basis"), max_length=15, choices=Basis)
    scope = models.CharField(_("in what"), max_length=300, blank=True)
    limits = models.CharField(_("what a court has limited"), max_length=300, blank=True)
    court_sign = models.CharField(_("sign of the court's file, or of the document"), max_length=80, blank=True)
    gets_letters = models.BooleanField(_("letters go to this person"), default=True)
    address_is_hidden = models.BooleanField(_("the address must not be told to this person"), default=False)

    objects = RepresentationQuerySet.as_manager()

    class Meta(DatedFact.Meta):
        verbose_name = _("representation")
        verbose_name_plural = _("representations")
        ordering = ["resident", "-valid_from", "-pk"]
        constraints = [
            *DatedFact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(representative__isnull=False) | ~Q(name=""), name="a_representative_is_known_or_named"
            ),
            models.CheckConstraint(
                condition=~Q(basis__in=["minor_guardian", "guardian", "curator"]) | ~Q(court_sign=""),
                name="a_guardian_has_the_sign_of_the_courts_file",
            ),
            models.CheckConstraint(
                condition=Q(representative=None) | ~Q(representative=F("resident")), name="nobody_represents_oneself"
            ),
        ]

    def __str__(self):
        return f"{self.who}, {self.get_basis_display()}"

    @property
    def who(self):
        return str(self.representative) if self.representative_id else self.name

    @property
    def signs_alone(self):
        """A guardian signs for the person, a curator helps the person sign, a carer does neither."""
        return self.basis in self.SIGNS_ALONE
