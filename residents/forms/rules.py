"""What holds of an answer, whether the person writes it at home or the desk for who calls: one place for both forms.

Each form says it in its own words and brings `on`, the day it is filled in.
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.pl import pesel as pesel_number

from residents.models import RedFlag, RequestParty, ServiceRequest
from residents.models.party import ActingFields

OLDEST_YEARS = 120
Basis = RequestParty.Basis
Contact = ServiceRequest.Contact
Document = ActingFields.Document

# What is asked of who files for another, by the right by which he does it.
ACTING_BY_BASIS = {
    Basis.STATUTORY: ("document", "court_sign"),
    Basis.CARER: ("person_knows", "own_voice"),
    Basis.PROXY: ("scope", "acts_until", "document", "person_knows", "own_voice"),
    Basis.INSTITUTION: ("institution", "document", "person_knows", "own_voice"),
}
PAPERS_BY_BASIS = {
    Basis.STATUTORY: (Document.BIRTH, Document.COURT),
    Basis.PROXY: (Document.POWER,),
    Basis.INSTITUTION: (Document.ORDER, Document.COURT),
}
DANGERS = [(flag.value, flag.label) for flag in RedFlag if flag != RedFlag.WORDS]


class PersonRules:
    """Of a form that asks for `birth_date` and `pesel`."""

    def clean_birth_date(self):
        born = self.cleaned_data["birth_date"]
        if born and born > self.on:
            raise ValidationError(_("This day is still to come. Write the date of birth."), code="future")
        if born and born < self.on - timedelta(days=366 * OLDEST_YEARS):
            raise ValidationError(_("Nobody alive was born so long ago. Check the year."), code="too_old")
        return born

    def clean(self):
        data = super().clean()
        born, number = data.get("birth_date"), data.get("pesel")
        if born and number and pesel_number.get_birth_date(number) != born:
            self.add_error("birth_date", ValidationError(_("The PESEL number says another date of birth. Check both.")))
        return data


class ActingRules:
    """Of a form that asks by what right somebody files for another."""

    has_ended = _("This day has passed. If the power of attorney has ended, go back and choose another answer.")

    def clean_acts_until(self):
        day = self.cleaned_data["acts_until"]
        if day and day < self.on:
            raise ValidationError(self.has_ended, code="ended")
        return day


class ContactRules:
    """Of a form that asks how the answer shall come."""

    needed_for = {
        Contact.PHONE: ("phone", _("Write the number we shall call.")),
        Contact.EMAIL: ("email", _("Write the e-mail address we shall write to.")),
        Contact.POST: ("address", _("Write the address we shall write to.")),
    }

    def clean(self):
        data = super().clean()
        name, words = self.needed_for.get(data.get("contact_by"), ("", ""))
        if name and name not in self.errors and not data.get(name):
            self.add_error(name, ValidationError(words, code="required"))
        if data.get("contact_by") == Contact.EMAIL and data.get("safe_contact"):
            self.add_error(
                "contact_by",
                ValidationError(_("With discreet contact we send no e-mail. Choose another way, or untick it below.")),
            )
        return data
