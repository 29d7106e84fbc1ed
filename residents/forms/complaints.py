"""Complaining, suggesting, thanking: without an account, and with a name only from who wants an answer."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm
from residents.forms.fields import PhoneField
from residents.forms.following import TrackForm
from residents.models import Complaint


class ComplaintFields(forms.Form):
    """What is asked of everybody, on the page and at the desk."""

    kind = forms.ChoiceField(
        label=_("What do you want to do?"),
        widget=forms.RadioSelect,
        choices=[
            (Complaint.Kind.COMPLAINT, _("complain: something was done badly, or too late")),
            (Complaint.Kind.SUGGESTION, _("suggest how something could be better")),
            (Complaint.Kind.PRAISE, _("thank somebody")),
        ],
        error_messages={"required": _("Choose one of the three.")},
    )
    about = forms.ChoiceField(
        label=_("Whom or what is it about?"),
        widget=forms.RadioSelect,
        choices=Complaint.About.choices,
        help_text=_(
            "Nobody examines a complaint about himself. One about the organiser goes to the director, one about the"
            " director to the municipal council; you may also send that one to the council yourself."
        ),
        error_messages={"required": _("Choose one.")},
    )
    about_words = forms.CharField(
        label=_("Who or which service?"),
        max_length=200,
        required=False,
        help_text=_("A name, a post or a service, if you know it."),
    )
    text = forms.CharField(
        label=_("What happened?"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        help_text=_("When it was, what was said or done, and what you expect of us."),
        error_messages={"required": _("Write what happened.")},
    )
    name = forms.CharField(
        label=_("First name and surname"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        required=False,
        help_text=_("By law a complaint without a name and an address is read but not examined."),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("If you want a mail when there is an answer."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)


class ComplaintForm(ComplaintFields, PortalForm):
    token = forms.UUIDField(widget=forms.HiddenInput)


class ComplaintTrackForm(TrackForm):
    """Number and code of a complaint: the letters in the number say of which register it is."""

    @property
    def prefix_of_numbers(self):
        return f"{super().prefix_of_numbers}-SK"

    def clean_reference(self):
        typed = self.cleaned_data["reference"].upper()
        found = re.search(r"(SK|PD|W)[^0-9A-Z]*(20[0-9]{2})[^0-9A-Z]*([0-9]{1,9})[^0-9A-Z]*$", typed)
        prefix = super().prefix_of_numbers
        return f"{prefix}-{found[1]}-{found[2]}-{int(found[3]):04d}" if found else super().clean_reference()
