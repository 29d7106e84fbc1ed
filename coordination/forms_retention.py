"""The forms of destruction lists and holds."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import DestructionLine, RetentionHold
from cus_portal.forms import DayField, PortalForm


class TakeOffForm(PortalForm):
    line = forms.ModelChoiceField(DestructionLine.objects.none(), label=_("Line"))
    reason = forms.CharField(
        label=_("Why it stays"), max_length=300, help_text=_("It stands on the printed list: no names, no diagnoses.")
    )
    not_before = DayField(
        label=_("Not on a list before"), required=False, help_text=_("Leave empty: it comes on the next list again.")
    )

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = lines
        self.fields["line"].label_from_instance = lambda line: f"{line.number}, {line.get_kind_display()}"


class ConsentForm(PortalForm):
    archive_sign = forms.CharField(label=_("Sign of the State Archive's letter"), max_length=80)
    archive_consent_on = DayField(label=_("Day of the letter"))


class ReasonForm(PortalForm):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=300)


class HoldForm(PortalForm):
    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        help_text=_(
            "Sign of a case, number of a request, of a report, of a request about data, of a complaint, of a"
            " volunteer's agreement or of a person's record."
        ),
    )
    ground = forms.ChoiceField(label=_("Why it is held"), choices=RetentionHold.Ground, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("In words"), max_length=300, help_text=_("The sign of the court's or appeal's file.")
    )
    review_on = DayField(
        label=_("Look at it again on"), help_text=_("On this day the portal reminds the director and the officer.")
    )
