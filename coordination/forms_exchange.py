"""The forms of what other municipalities see: a guest signs up; the staff write, call off and count."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.models import ExchangeEvent, ExchangeSignUp, GoodPractice
from coordination.models.exchange import MOST_PEOPLE, TERYT
from coordination.models.practice import PARTS
from cus_portal.forms import PortalForm, PortalModelForm
from residents.forms import PhoneField

FROM_ONE_TO_MOST = format_lazy(_("From 1 to {most} people. Are you more? Call us."), most=MOST_PEOPLE)


class GuestForm(PortalForm):
    institution = forms.CharField(
        label=_("Institution or municipality"),
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": _("Write where you come from.")},
    )
    teryt = forms.CharField(
        label=_("TERYT code of the municipality"),
        max_length=7,
        required=False,
        validators=[TERYT],
        widget=forms.TextInput(attrs={"class": "w-short", "inputmode": "numeric"}),
        help_text=_("If you know it. Seven digits, for example 0609013."),
    )
    name = forms.CharField(
        label=_("Your name and surname"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={"invalid": _("This is not an e-mail address. It looks like this: name@example.pl.")},
        widget=forms.EmailInput(attrs={"class": "w-medium", "autocomplete": "email"}),
        help_text=_("We send a link there. You have a place only after you open it and press the button."),
    )
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    people = forms.IntegerField(
        label=_("How many people come, you included?"),
        min_value=1,
        max_value=MOST_PEOPLE,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "w-short"}),
        error_messages=dict.fromkeys(("min_value", "max_value"), FROM_ONE_TO_MOST),
    )
    needs = forms.CharField(
        label=_("What shall we prepare?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "For example: way in for a wheelchair, sign language, a meal without meat. What you write here is your"
            " consent that those who prepare the day read it."
        ),
    )


class PeopleForm(PortalForm):
    people = GuestForm.base_fields["people"]


class ExchangeEventForm(PortalModelForm):
    class Meta:
        model = ExchangeEvent
        fields = (
            *("kind", "title", "about", "programme", "on", "at", "until", "place", "places", "sign_up_until"),
            *("contact_name", "contact_phone", "contact_email"),
        )

    def clean_places(self):
        places = self.cleaned_data["places"]
        taken = sum(self.instance.sign_ups.coming().values_list("people", flat=True)) if self.instance.pk else 0
        if places < taken:
            raise ValidationError(_("So many people have a place already: %(number)d.") % {"number": taken})
        return places


class GoodPracticeForm(PortalModelForm):
    class Meta:
        model = GoodPractice
        fields = ("code", *PARTS)


class CallOffForm(PortalForm):
    mark_optional = False
    reason = forms.CharField(
        label=_("Why is it called off?"),
        max_length=300,
        help_text=_("Stands on the public page. Everybody who signed up gets a mail at once."),
    )


class CountForm(PortalForm):
    """One number for each sign-up that has a place, or waited for one."""

    def __init__(self, *args, event, **kwargs):
        super().__init__(*args, **kwargs)
        for guest in event.sign_ups.confirmed().order_by("institution", "pk"):
            self.fields[f"guest_{guest.pk}"] = forms.IntegerField(
                label=str(guest),
                min_value=0,
                max_value=MOST_PEOPLE,
                initial=(guest.people if guest.coming_since else 0) if guest.came is None else guest.came,
                widget=forms.NumberInput(attrs={"class": "w-short"}),
            )


class TakeOffGuestForm(PortalForm):
    mark_optional = False
    who = forms.ModelChoiceField(
        ExchangeSignUp.objects.none(),
        label=_("Who does not come?"),
        help_text=_("Their data are deleted at once. Who waits for a place gets it, and a mail that says so."),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args, event, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].queryset = event.sign_ups.confirmed()
        self.fields["who"].label_from_instance = lambda guest: f"{guest}: {guest.people}, {guest.state_words}"
