"""The forms of requests about one's own data."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import DataRequest
from cus_portal.forms import DayField, PortalForm


class DataRequestForm(PortalForm):
    kind = forms.ChoiceField(label=_("What is asked for"), choices=DataRequest.Kind, widget=forms.RadioSelect)
    received_on = DayField(label=_("Received on"), help_text=_("The month runs from this day."))
    said = forms.CharField(label=_("In the person's words"), widget=forms.Textarea, required=False, max_length=2000)


class AnswerDataForm(PortalForm):
    answer = forms.CharField(
        label=_("What the person is answered"),
        help_text=_("The letter itself goes on paper or by e-delivery; here is its content, with the day it was sent."),
        widget=forms.Textarea,
    )


class ExtendForm(PortalForm):
    reason = forms.CharField(
        label=_("Why it takes longer"),
        help_text=_("Two months more. The person must be told this within the first month."),
        widget=forms.Textarea,
    )


class ReviewForm(PortalForm):
    left_out = forms.MultipleChoiceField(
        label=_("Leave out of the copy"),
        help_text=_(
            "Tick what tells of other people. What somebody else wrote is ticked already. Restricted files are in no"
            " copy: decide on them by hand."
        ),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args, pieces=(), **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["left_out"]
        field.choices = [(piece.key, f"{piece.where}, {piece.term}: {piece.text}") for piece in pieces]
        field.initial = [piece.key for piece in pieces if piece.by_other]
