"""The forms of warnings about a person."""

from datetime import timedelta

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField
from residents.desk_forms import MoveForm
from residents.models import Flag

REVIEWED_AFTER = timedelta(days=90)
LASTS = timedelta(days=180)


class RaiseFlagForm(MoveForm):
    kind = forms.ChoiceField(
        label=_("Warning"),
        widget=forms.RadioSelect,
        choices=Flag.Kind,
        help_text=_(
            "A dog, visits in twos and how to get in is seen by all who work with people, and without its reason by"
            " whoever comes to the person; the rest only by those who see a case of the person."
        ),
    )
    reason = forms.CharField(
        label=_("Why, and what to do"),
        max_length=300,
        help_text=_("What was seen and when. The person may ask to read it."),
    )
    review_on = DayField(
        label=_("To be looked at anew on"), help_text=_("On that day whoever raised it is asked whether it holds.")
    )
    valid_to = DayField(label=_("Last day"), help_text=_("It ends by itself, after a year at most."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial |= {"review_on": self.on + REVIEWED_AFTER, "valid_to": self.on + LASTS}


class FlagChoice(forms.ModelChoiceField):
    def label_from_instance(self, flag):
        return f"{flag}: {flag.reason} ({date_format(flag.valid_to, 'j E Y')})"


class EndFlagForm(MoveForm):
    flag = FlagChoice(Flag.objects.none(), label=_("Which warning"), widget=forms.RadioSelect, empty_label=None)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        found = Flag.objects.visible_to(self.actor).in_force(self.on)
        self.fields["flag"].queryset = found.filter(resident=self.subject)
