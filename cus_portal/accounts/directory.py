"""What the directory knows of an institution besides its address: units, people with dates, names of before."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cus_portal.db import polish_sort

# Base of e-delivery addresses: the country, two groups of digits, five letters, two digits of control.
ade_validator = RegexValidator(
    r"\AAE:PL-[0-9]{5}-[0-9]{5}-[A-Z]{5}-[0-9]{2}\Z",
    _("An e-delivery address looks like this: AE:PL-12345-67890-ABCDE-12."),
)


class Unit(models.Model):
    """A part of an institution that one calls or goes to: a branch, a team, a point of counselling."""

    institution = models.ForeignKey(
        "accounts.Institution", models.PROTECT, related_name="units", verbose_name=_("institution")
    )
    name = models.CharField(_("name"), max_length=160)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    opening = models.CharField(_("working hours"), max_length=200, blank=True)
    name_sort = polish_sort("name")

    class Meta:
        verbose_name = _("unit of an institution")
        verbose_name_plural = _("units of institutions")
        ordering = ["name_sort", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"],
                name="an_institution_has_a_unit_of_a_name_once",
                violation_error_code="name",
                violation_error_message=_("The institution has a unit of this name already."),
            )
        ]

    def __str__(self):
        return self.name


class ContactQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class Contact(models.Model):
    """Somebody to talk to at an institution, with or without an account, and until when."""

    institution = models.ForeignKey(
        "accounts.Institution", models.PROTECT, related_name="contacts", verbose_name=_("institution")
    )
    name = models.CharField(_("first name and surname"), max_length=140)
    function = models.CharField(_("what for"), max_length=160, help_text=_("Director, care homes, family courts…"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("to"), null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact person")
        verbose_name_plural = _("contact people")
        ordering = ["-valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_contact_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            )
        ]

    def __str__(self):
        return self.name


class FormerName(models.Model):
    """How an institution was called until a day; also that of a body that was taken over."""

    institution = models.ForeignKey(
        "accounts.Institution", models.PROTECT, related_name="former_names", verbose_name=_("institution")
    )
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=60)
    until = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("former name of an institution")
        verbose_name_plural = _("former names of institutions")
        ordering = ["-until", "-pk"]

    def __str__(self):
        return self.name
