"""The resident: who the help is for, once the desk knows who that is."""

import re
from functools import reduce
from operator import or_

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength
from stdnum.pl import pesel as pesel_number

from cus_portal.crypto import EncryptedTextField, blind_index
from cus_portal.db import digits_key, fold, polish_sort, search_key

LAST_CODE_POINT = chr(0x10FFFF)
PHONE_DIGITS = 9


def pesel_problem(number):
    """Return what is wrong with a PESEL number in words a person can act on, or None when it is right."""
    try:
        pesel_number.validate(number)
    except InvalidLength:
        return _("A PESEL number has 11 digits. Count them once more.")
    except InvalidFormat:
        return _("A PESEL number has digits only.")
    except InvalidComponent:
        return _("The first six digits of a PESEL number are a date of birth; this one is not a date.")
    except InvalidChecksum:
        return _("One digit of the PESEL number is wrong: its last digit does not fit the others.")
    return None


def is_valid_pesel(number):
    return pesel_problem(number) is None


def validate_pesel(number):
    if problem := pesel_problem(number):
        raise ValidationError(problem, code="invalid_pesel")


class PersonQuerySet(models.QuerySet):
    def with_pesel(self, number):
        """Find by the whole PESEL, through its blind index."""
        return self.filter(pesel_index=blind_index(pesel_number.compact(number)))

    def with_phone(self, number):
        """Find by the whole phone number, however it was written."""
        digits = re.sub(r"\D", "", number)[-PHONE_DIGITS:]
        return self.filter(phone_digits=digits) if digits else self.none()

    def named(self, text):
        """Find by the beginning of surname and first name, or of first name and whole surname.

        Diacritics and case are ignored; each form is a range of the index, never a scan.
        """
        start = fold(text)
        if not start:
            return self.none()
        first, _space, rest = start.partition(" ")
        starts = {start, f"{rest} {first}"} if rest else {start}
        ranges = [Q(search_name__gte=start, search_name__lt=start + LAST_CODE_POINT) for start in sorted(starts)]
        return self.filter(reduce(or_, ranges))

    def search(self, text):
        """Find by whatever a person at the desk has in hand: PESEL, phone, or the beginning of the name."""
        digits = re.sub(r"[\s+()-]", "", text)
        if not digits.isdigit():
            return self.named(text)
        return self.with_pesel(digits) if is_valid_pesel(digits) else self.with_phone(digits)


class ResidentQuerySet(PersonQuerySet):
    def resembling(self, person):
        """Return who this may be: the same PESEL, or the same name unless both dates of birth are known and differ."""
        name = f"{fold(person.last_name)} {fold(person.first_name)}"
        same = Q(pk=None)
        if person.pesel_index:
            same |= Q(pesel_index=person.pesel_index)
        if name.strip():
            born = Q() if person.birth_date is None else Q(birth_date=person.birth_date) | Q(birth_date=None)
            same |= Q(search_name=name) & born
        return self.filter(same)

    def visible_to(self, user):
        """The centre's people who handle requests or cases see residents; nobody else does."""
        return self if user.has_perm("residents.view_resident") else self.none()


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


@pghistory.track(exclude=["search_name", "name_sort", "phone_digits"])
class Resident(PersonFields):
    """A person known to the centre. The key is never a PESEL: some have none, some change it."""

    created_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    name_sort = polish_sort("last_name", "first_name")

    objects = ResidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("resident")
        verbose_name_plural = _("residents")
        ordering = ["name_sort", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pesel_index"], condition=~Q(pesel_index=""), name="a_pesel_belongs_to_one_resident"
            )
        ]
        indexes = [
            models.Index(fields=["search_name", "id"], name="residents_by_name"),
            models.Index(fields=["name_sort", "id"], name="residents_in_polish_order"),
            models.Index(fields=["locality", "search_name", "id"], name="residents_by_place_and_name"),
            models.Index(fields=["birth_date", "search_name"], name="residents_by_birth_and_name"),
            models.Index(fields=["phone_digits"], condition=~Q(phone_digits=""), name="residents_by_phone"),
            GinIndex(OpClass("search_name", name="gin_trgm_ops"), name="residents_by_part_of_name"),
        ]

    def __str__(self):
        return self.get_full_name() or str(_("person without a name"))


def pesel_fields(number):
    """Return the columns that hold a PESEL: the ciphertext and its blind index."""
    number = pesel_number.compact(number) if number else ""
    return {"pesel": number, "pesel_index": blind_index(number) if number else ""}
