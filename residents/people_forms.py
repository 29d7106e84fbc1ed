"""The desk's forms about a person: one thing each, with the day from which it holds."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField
from residents.desk_forms import MoveForm, reason_field
from residents.forms import PeselField, PhoneField
from residents.matching import describe, matches_of
from residents.models import (
    DisabilityCertificate,
    Identifier,
    Merge,
    ProcessingRestriction,
    Representation,
    ResidenceTitle,
    Resident,
    ResidentAddress,
    ResidentContact,
)
from residents.models.numbers import PESEL_DIGITS, is_valid_pesel, pesel_fields
from services.models import Locality

OTHER = "other"
SHOWN = 8


class KnownPersonField(forms.CharField):
    """A person on record, named by the number of the record or by the whole PESEL."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", _("The number of the record, as its page shows it, or the whole PESEL."))
        super().__init__(max_length=40, **kwargs)
        self.people = Resident.objects.none()

    def clean(self, value):
        text = re.sub(r"[\s-]", "", super().clean(value))
        if not text:
            return None
        if not text.isascii() or not text.isdecimal() or len(text) > PESEL_DIGITS:
            raise ValidationError(_("Write the number of the record or the whole PESEL: digits only."), code="invalid")
        found = self.people.with_pesel(text) if is_valid_pesel(text) else self.people.filter(pk=int(text))
        person = found.select_related("merged_into").first()
        if person is None:
            raise ValidationError(_("Nobody on record has this number."), code="unknown")
        return person.merged_into or person


class PersonMoveForm(MoveForm):
    """The form of one move of a resident."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, KnownPersonField):
                field.people = Resident.objects.visible_to(self.actor)
            if isinstance(field, forms.ModelChoiceField) and field.queryset.model is Locality:
                field.queryset = Locality.objects.order_by("name_sort", "pk")


def place_field():
    return forms.ModelChoiceField(Locality.objects.none(), label=_("Town or village"), required=False, empty_label="—")


class NewPersonForm(PersonMoveForm):
    """A person to put on record. Who is much alike on record is shown first, and the form asks once more."""

    last_name = forms.CharField(label=_("Surname"), max_length=80)
    first_name = forms.CharField(label=_("First name"), max_length=60)
    pesel = PeselField(label=_("PESEL"), max_length=40, required=False)
    birth_date = DayField(is_birth=True, label=_("Date of birth"), required=False)
    born_about = forms.RegexField(
        r"^(1[89]|20)\d\d(-(0[1-9]|1[0-2]))?$",
        label=_("Date of birth, as far as known"),
        required=False,
        help_text=_("A year, or a year and a month: 1950 or 1950-03. Empty when nothing is known."),
        error_messages={"invalid": _("Write a year, or a year and a month.")},
    )
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    address = forms.CharField(label=_("Street and number"), max_length=120, required=False)
    locality = place_field()

    def clean(self):
        data = super().clean()
        if data.get("birth_date"):
            data["born_about"] = ""
        return data

    def matches(self):
        """Return who on record may be this person, unless somebody has said already that it is another."""
        columns = {name: value for name, value in self.cleaned_data.items() if name not in ("pesel", "born_about")}
        person = Resident(**columns, **pesel_fields(self.cleaned_data["pesel"]))
        return matches_of(person, among=Resident.objects.visible_to(self.actor))[:SHOWN]


class CorrectForm(PersonMoveForm):
    last_name = forms.CharField(label=_("Surname"), max_length=80, required=False)
    first_name = forms.CharField(label=_("First name"), max_length=60, required=False)
    birth_date = DayField(is_birth=True, label=_("Date of birth"), required=False)
    born_about = forms.RegexField(
        r"^(1[89]|20)\d\d(-(0[1-9]|1[0-2]))?$",
        label=_("Date of birth, as far as known"),
        required=False,
        help_text=_("A year, or a year and a month: 1950 or 1950-03. Empty when nothing is known."),
        error_messages={"invalid": _("Write a year, or a year and a month.")},
    )
    reason = reason_field(_("What this rests on"), help_text=_("For example: identity card seen."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("last_name", "first_name", "birth_date", "born_about"):
            self.initial[name] = getattr(self.subject, name)


class PeselForm(PersonMoveForm):
    pesel = forms.CharField(label=_("PESEL"), max_length=40)
    reason = reason_field(
        _("Why the number changes"),
        required=False,
        help_text=_(
            "Needed when there is a number on record. The former one still finds the person, and nobody sees it."
        ),
    )
    doubt = reason_field(
        _("Why a number with a wrong check digit is right"),
        required=False,
        help_text=_("A few old numbers are so. Write the document on which you have seen it; empty otherwise."),
    )


class DocumentForm(PersonMoveForm):
    kind = forms.ChoiceField(
        label=_("Document"), choices=[pair for pair in Identifier.Kind.choices if pair[0] != Identifier.Kind.PESEL]
    )
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=_("Country"),
        help_text=_("Two letters, like UA."),
        error_messages={"invalid": _("Two letters, like UA.")},
    )
    number = forms.CharField(label=_("Number"), max_length=40)
    valid_from = DayField(label=_("Valid from"), required=False)
    valid_to = DayField(label=_("Valid until"), required=False)


class TitleForm(PersonMoveForm):
    kind = forms.ChoiceField(label=_("Title"), choices=ResidenceTitle.Kind)
    valid_from = DayField(label=_("Valid from"), required=False)
    valid_to = DayField(
        label=_("Valid until"), required=False, help_text=_("The page warns before this day. Nothing is cut off by it.")
    )


class CertificateForm(PersonMoveForm):
    kind = forms.ChoiceField(label=_("Degree"), choices=DisabilityCertificate.Kind, widget=forms.RadioSelect)
    valid_from = DayField(label=pgettext_lazy("certificate", "Valid from"), required=False)
    valid_to = DayField(
        label=pgettext_lazy("certificate", "Valid until"),
        required=False,
        help_text=_("Empty: for ever. The coordinator is told sixty days before. Nothing is cut off by it."),
    )


class AddressForm(PersonMoveForm):
    kind = forms.ChoiceField(label=_("What is there"), choices=ResidentAddress.Kind, widget=forms.RadioSelect)
    address = forms.CharField(label=_("Street and number"), max_length=120, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=6, required=False)
    locality = place_field()
    elsewhere = forms.CharField(
        label=_("Town or institution outside the list"),
        max_length=120,
        required=False,
        help_text=_("For example: Lublin; a hospital; a prison; the desk of the centre as a contact point."),
    )
    valid_from = DayField(label=_("Since"))
    beside = forms.BooleanField(
        label=_("Holds beside the one before"),
        required=False,
        help_text=_("Two homes, or here for the season only. Otherwise the one before ends on the day before."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial |= {"kind": ResidentAddress.Kind.LIVES, "valid_from": self.on}


class ContactForm(PersonMoveForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=ResidentContact.Kind, widget=forms.RadioSelect)
    value = forms.CharField(label=_("Number or address"), max_length=254)
    whose = forms.ChoiceField(label=_("Whose it is"), choices=ResidentContact.Whose, widget=forms.RadioSelect)
    is_verified = forms.BooleanField(
        label=_("The person was reached there"), required=False, help_text=_("Called back, or answered a mail.")
    )
    is_main = forms.BooleanField(label=_("Use this one first"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial |= {"kind": ResidentContact.Kind.PHONE, "whose": ResidentContact.Whose.OWN, "is_main": True}

    def clean(self):
        data = super().clean()
        if data.get("value"):
            field = forms.EmailField() if data.get("kind") == ResidentContact.Kind.EMAIL else PhoneField(max_length=40)
            try:
                data["value"] = field.clean(data["value"])
            except ValidationError as error:
                self.add_error("value", error)
        return data


class HouseholdForm(PersonMoveForm):
    other = KnownPersonField(label=_("With whom"))
    role = forms.CharField(label=_("Who this person is"), max_length=60, required=False, help_text=_("Mother, son…"))
    other_role = forms.CharField(label=_("Who the other one is"), max_length=60, required=False)
    valid_from = DayField(label=_("Since"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["valid_from"] = self.on


class RepresentationForm(PersonMoveForm):
    basis = forms.ChoiceField(label=_("On what basis"), choices=Representation.Basis, widget=forms.RadioSelect)
    representative = KnownPersonField(label=_("Representative, if on record"), required=False)
    name = forms.CharField(
        label=_("First name and surname"), max_length=140, required=False, help_text=_("Of somebody not on record.")
    )
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    scope = forms.CharField(label=_("In what"), max_length=300, required=False)
    court_sign = forms.CharField(
        label=_("Sign of the court's file, or of the document"),
        max_length=80,
        required=False,
        help_text=_("A guardian or curator always has one."),
    )
    limits = forms.CharField(label=_("What a court has limited"), max_length=300, required=False)
    gets_letters = forms.BooleanField(label=_("Letters go to this person"), required=False)
    address_is_hidden = forms.BooleanField(
        label=_("The address must not be told to this person"), required=False, help_text=_("By order of a court.")
    )
    valid_from = DayField(label=_("Since"))
    valid_to = DayField(label=_("Until"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial |= {"valid_from": self.on, "gets_letters": True}


class FactField(forms.ChoiceField):
    """One of the things on record that have no end yet."""

    def __init__(self, **kwargs):
        super().__init__(widget=forms.RadioSelect, **kwargs)

    def offer(self, rows):
        self.rows = {f"{row._meta.model_name}-{row.pk}": row for row in rows}
        self.choices = [
            (key, ": ".join(part for part in (str(row._meta.verbose_name), str(row)) if part))
            for key, row in self.rows.items()
        ]

    def clean(self, value):
        return self.rows[super().clean(value)]


class AppliedForm(PersonMoveForm):
    certificate = FactField(label=_("Instead of which one?"))
    applied_on = DayField(
        label=_("The person applied for a new one on"),
        help_text=_("Until it is decided, help does not end for want of a certificate."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["applied_on"] = self.on
        self.fields["certificate"].offer(self.subject.certificates.exclude(valid_to=None).last_first())


class EndForm(PersonMoveForm):
    fact = FactField(label=_("What has ended"))
    ended_on = DayField(label=_("Last day"))
    reason = reason_field(_("Why"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("ended_on", self.on)
        person = self.subject
        self.fields["fact"].offer(
            row
            for rows in (
                person.addresses.select_related("locality"),
                person.contacts.all(),
                person.memberships.all(),
                person.representations.select_related("representative"),
                person.titles.all(),
                person.certificates.all(),
                person.identifiers.exclude(kind=Identifier.Kind.PESEL),
            )
            for row in rows.not_ended(self.on)
        )


class VerifyForm(PersonMoveForm):
    contact = FactField(label=_("Where was the person reached?"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contact"].offer(self.subject.contacts.standing().filter(verified_on=None))


class MergeForm(PersonMoveForm):
    absorbed = forms.ChoiceField(label=_("Which record is the same person?"), widget=forms.RadioSelect)
    other = KnownPersonField(label=_("Another record"), required=False)
    reason = reason_field(_("How you know"), help_text=_("It stays with both records."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        found = matches_of(self.subject, among=Resident.objects.visible_to(self.actor))[:SHOWN]
        self.matches = {str(match.resident.pk): match.resident for match in found}
        self.fields["absorbed"].choices = [
            *((str(match.resident.pk), describe(match)) for match in found),
            (OTHER, gettext("another one, named below")),
        ]
        if not found:
            del self.fields["absorbed"]

    def clean(self):
        data = super().clean()
        other = data.pop("other", None)
        if self.errors:
            return data
        chosen = data.get("absorbed", OTHER)
        data["absorbed"] = other if chosen == OTHER else self.matches[chosen]
        if data["absorbed"] is None:
            self.add_error("other", _("Write the number of the record."))
        return data


class UnmergeForm(PersonMoveForm):
    merge = FactField(label=_("Which record is another person?"))
    reason = reason_field(_("Why"), help_text=_("All that came with that record goes back to it."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        merges = Merge.objects.filter(kept=self.subject, undone_at=None).select_related("absorbed", "kept")
        field = self.fields["merge"]
        field.rows = {str(merge.pk): merge for merge in merges}
        field.choices = [
            (key, gettext("record %(number)d: %(name)s") % {"number": row.absorbed_id, "name": row.absorbed})
            for key, row in field.rows.items()
        ]


class UseRestrictedForm(PersonMoveForm):
    ground = forms.ChoiceField(
        label=_("Ground in law (RODO art. 18 ust. 2)"),
        choices=ProcessingRestriction.Use.choices,
        widget=forms.RadioSelect,
    )
    reason = reason_field(
        _("What has to be done, and why now"),
        help_text=_("It stays in the log, which the data protection officer reads."),
    )


class DeathForm(PersonMoveForm):
    died_on = DayField(label=_("Died on"))
    source = forms.CharField(
        label=_("How the death is known"),
        max_length=200,
        help_text=_("For example: death certificate seen."),
    )


class UndoDeathForm(PersonMoveForm):
    reason = reason_field(_("How the mistake is known"))


class MoveOutForm(PersonMoveForm):
    moved_on = DayField(label=_("Lives elsewhere since"))
    moved_to = forms.CharField(label=_("Where to"), max_length=120, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["moved_on"] = self.on
