"""The resident: who the help is for, once the desk knows who that is."""

from datetime import date

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import EncryptedTextField
from cus_portal.db import digits_key, polish_sort, search_key
from residents.models.communication import CommunicationFields
from residents.models.facts import Identifier, ResidentContact
from residents.models.numbers import (
    DOCUMENT,
    END_HASH,
    PESEL_ENDS,
    PHONE_DIGITS,
    case_sign_in,
    document_index,
    end_index,
    is_valid_pesel,
    pesel_fields,
    pesel_index,
    pesel_problem,
    reference_in,
    validate_pesel,
)
from residents.models.restricted import GuardedQuerySet
from residents.models.searching import COLLECT_WORDS, FEWEST_DIGITS, PersonQuerySet, phone_end

__all__ = ["PersonFields", "Resident", "is_valid_pesel", "pesel_fields", "pesel_problem", "validate_pesel"]

ADULT, OLDER = 18, 60


def years_before(day, years):
    """Return the day so many years earlier: who was born by then has lived through that many of them."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def collects_words():
    """Return the trigger that keeps the words of names from which misspelt ones are found."""
    return pgtrigger.Trigger(
        name="collect_words",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("last_name", "first_name"),
        func=COLLECT_WORDS,
    )


def _numbered(**lookup):
    return Identifier.objects.filter(**lookup).values("resident")


class ResidentQuerySet(PersonQuerySet, GuardedQuerySet):
    person = "pk"

    def standing(self):
        """Return the records that lead to no other one."""
        return self.filter(merged_into=None)

    def with_pesel(self, number):
        """Find by the PESEL in use, or by one that was changed."""
        index = pesel_index(number)
        former = list(Identifier.objects.filter(number_index=index).values_list("resident", flat=True))
        return self.filter(Q(pesel_index=index) | Q(pk__in=former))

    def with_document(self, number):
        """Find by the whole number of a foreign document."""
        return self.filter(pk__in=_numbered(number_index=document_index(number)))

    def to_check(self):
        """Return the records whose number also stands on one that was closed to whoever wrote it."""
        return self.standing().filter(pesel_to_check=True)

    def _ways(self, digits):
        yield from super()._ways(digits)
        if len(digits) in PESEL_ENDS:
            yield self.filter(pk__in=_numbered(number_ends__contains=[end_index(digits)]))
        if len(digits) >= FEWEST_DIGITS:
            yield self.filter(pk__in=ResidentContact.objects.with_phone(digits).values("resident"))
            yield self.with_document(digits)

    def search(self, text):
        """Find also by the number of a request or the sign of a case of the person, unless that is restricted."""
        if reference := reference_in(text):
            return self.filter(requests__reference=reference, requests__restricted_file=None)
        if sign := case_sign_in(text):
            return self.filter(cases__case_sign=sign, cases__restricted_file=None)
        if DOCUMENT.fullmatch(text.strip()):
            return self.with_document(text)
        return super().search(text)

    def visible_to(self, user):
        """The centre's people who handle requests or cases see residents; nobody else does."""
        return self.within_reach(user) if user.has_perm("residents.view_resident") else self.none()


class PersonFields(models.Model):
    """What identifies a person, alike on what was filed and on the resident's record."""

    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    last_name = models.CharField(_("surname"), max_length=80, blank=True)
    pesel = EncryptedTextField(_("PESEL"), blank=True, validators=[validate_pesel])
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    address = models.CharField(_("street and number"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=6, blank=True)
    locality = models.ForeignKey(
        "services.Locality", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("town or village")
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    pesel_index = models.CharField(max_length=64, blank=True, editable=False)
    pesel_ends = ArrayField(models.CharField(max_length=END_HASH), default=list, blank=True, editable=False)
    search_name = search_key("last_name", "first_name")
    phone_digits = digits_key("phone", last=PHONE_DIGITS)

    class Meta:
        abstract = True

    def get_full_name(self):
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def masked_pesel(self):
        """The last four digits, enough to tell two people apart and not to be one of them."""
        return f"•••••••{self.pesel[-4:]}" if self.pesel else ""


@pghistory.track(exclude=["search_name", "name_sort", "phone_digits", "pesel_ends", "pesel_to_check"])
class Resident(CommunicationFields, PersonFields):
    """A person known to the centre. The key is never a PESEL: some have none, some change it."""

    born_about = models.CharField(
        _("date of birth, as far as known"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^(1[89]|20)\d\d(-(0[1-9]|1[0-2]))?$", _("Write a year, or a year and a month."))],
        help_text=_("A year, or a year and a month: 1950 or 1950-03. Empty when nothing is known."),
    )
    pesel_doubt = models.CharField(_("why a PESEL with a wrong check digit is right"), max_length=300, blank=True)
    # the number is also on a record that was closed to whoever wrote it here: its keeper says who this is
    pesel_to_check = models.BooleanField(_("number to be checked"), default=False, editable=False)
    died_on = models.DateField(_("died on"), null=True, blank=True)
    death_source = models.CharField(_("how the death is known"), max_length=200, blank=True)
    moved_out_on = models.DateField(_("moved out on"), null=True, blank=True)
    moved_to = models.CharField(_("where to"), max_length=120, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("joined to")
    )
    created_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    restricted_file = models.ForeignKey(
        "residents.RestrictedFile",
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="residents",
        verbose_name=_("restricted file"),
    )
    name_sort = polish_sort("last_name", "first_name")

    objects = ResidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        ordering = ["name_sort", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pesel_index"],
                condition=~Q(pesel_index="") & Q(merged_into=None, pesel_to_check=False),
                name="a_pesel_belongs_to_one_resident",
            ),
            models.CheckConstraint(
                condition=Q(born_about="") | Q(birth_date=None), name="a_date_of_birth_is_known_or_about"
            ),
            models.CheckConstraint(condition=Q(died_on=None) | ~Q(death_source=""), name="a_death_has_its_source"),
        ]
        indexes = [
            models.Index(fields=["search_name", "id"], name="residents_by_name"),
            models.Index(fields=["name_sort", "id"], name="residents_in_polish_order"),
            models.Index(fields=["locality", "search_name", "id"], name="residents_by_place_and_name"),
            models.Index(fields=["birth_date", "search_name"], name="residents_by_birth_and_name"),
            models.Index(fields=["phone_digits"], condition=~Q(phone_digits=""), name="residents_by_phone"),
            models.Index(
                fields=["restricted_file"], condition=Q(restricted_file__isnull=False), name="restricted_residents"
            ),
            GinIndex(OpClass("search_name", name="gin_trgm_ops"), name="residents_by_part_of_name"),
            models.Index(phone_end(), condition=~Q(phone_digits=""), name="residents_by_end_of_phone"),
            GinIndex(fields=["pesel_ends"], name="residents_by_end_of_pesel"),
            models.Index(fields=["pesel_index"], condition=~Q(pesel_index=""), name="residents_by_pesel"),
        ]
        triggers = [collects_words()]

    def __str__(self):
        return self.get_full_name() or str(_("person without a name"))

    def get_absolute_url(self):
        return reverse("admin:residents_resident_change", args=[self.pk])

    @property
    def of_age_on(self):
        """Return the eighteenth birthday, or None. Who was born on 29 February has it on 1 March."""
        if self.birth_date is None:
            return None
        try:
            return self.birth_date.replace(year=self.birth_date.year + ADULT)
        except ValueError:
            return date(self.birth_date.year + ADULT, 3, 1)
