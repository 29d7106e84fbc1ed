"""The forms of requests about one's own data."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import DataRequest
from cus_portal.forms import DayField, PortalForm
from residents.models import ProcessingRestriction, Representation


class DataRequestForm(PortalForm):
    kind = forms.ChoiceField(label=_("What is asked for"), choices=DataRequest.Kind, widget=forms.RadioSelect)
    received_on = DayField(label=_("Received on"), help_text=_("The month runs from this day."))
    asked_by = forms.TypedChoiceField(
        label=_("Who asks"),
        help_text=_("For somebody else asks only who signs for the person and is on record as such: add him first."),
        widget=forms.RadioSelect,
        required=False,
        empty_value=None,
    )
    said = forms.CharField(label=_("In the person's words"), widget=forms.Textarea, required=False, max_length=2000)

    def __init__(self, *args, speakers: dict[str, tuple[str, Representation]], **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["asked_by"]
        field.choices = [("", _("the person")), *((key, words) for key, (words, _row) in speakers.items())]
        field.coerce = lambda key: speakers[key][1]


class AnswerDataForm(PortalForm):
    answer = forms.CharField(
        label=_("What the person is answered"),
        help_text=_("The letter itself goes on paper or by e-delivery; here is its content, with the day it was sent."),
        widget=forms.Textarea,
    )


class GrantForm(AnswerDataForm):
    """Of a restriction or an objection the ground is asked, too."""

    ground = forms.ChoiceField(
        label=_("On what ground"), choices=ProcessingRestriction.Ground, widget=forms.RadioSelect
    )
    field_order = ["ground", "answer"]

    def __init__(self, *args, kind="", **kwargs):
        super().__init__(*args, **kwargs)
        if kind == DataRequest.Kind.ERASURE:
            del self.fields["ground"]
        elif kind == DataRequest.Kind.OBJECTION:
            self.initial["ground"] = ProcessingRestriction.Ground.OBJECTION


class TurnDownForm(AnswerDataForm):
    def __init__(self, *args, kept="", **kwargs):
        super().__init__(*args, **kwargs)
        if kept:
            words = _("The portal adds to the answer what must be kept and until when.")
            self.fields["answer"].help_text = f"{self.fields['answer'].help_text} {words}"


class LiftProcessingForm(PortalForm):
    told_on = DayField(
        label=_("The person was told on"),
        help_text=_("Before a restriction is lifted, the person must be told (RODO art. 18 ust. 3)."),
    )
    reason = forms.CharField(label=_("Why it is lifted"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


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
