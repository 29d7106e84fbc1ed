"""The forms of the community organiser's moves."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import SignUp, Volunteer
from cus_portal.forms import DayField, PortalForm
from residents.forms import PhoneField


class SignUpForm(PortalForm):
    name = forms.CharField(label=_("Who wants to come?"), max_length=120)
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)


class TakeOffForm(PortalForm):
    mark_optional = False
    who = forms.ModelChoiceField(
        SignUp.objects.none(), label=_("Who does not come?"), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args, event, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].queryset = event.sign_ups.all()


class CameForm(PortalForm):
    mark_optional = False
    came = forms.IntegerField(label=_("How many came?"), min_value=0, max_value=9999)


class HoursForm(PortalForm):
    mark_optional = False
    volunteer = forms.ModelChoiceField(Volunteer.objects.standing().filter(left_on=None), label=_("Volunteer"))
    on = DayField(label=_("Day"))
    hours = forms.DecimalField(label=_("Hours"), min_value=0.5, max_value=24, decimal_places=1)


class SumUpForm(PortalForm):
    mark_optional = False
    summary = forms.CharField(
        label=_("What came of it"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=8000,
        help_text=_("The figures stand beside it by themselves."),
    )
