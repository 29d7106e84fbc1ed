"""The desk's forms about a report of a need."""

from django import forms
from django.utils.translation import gettext_lazy as _

from residents.desk_forms import MoveForm, text_field
from residents.forms import PhoneField
from residents.models import NeedReport


class TurnForm(MoveForm):
    own_words = text_field(_("What is needed"), rows=2, limit=500)
    last_name = forms.CharField(label=_("Surname of the person"), max_length=80, required=False)
    first_name = forms.CharField(label=_("First name"), max_length=60, required=False)
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    ground = forms.ChoiceField(
        label=_("On what ground do we act?"), widget=forms.RadioSelect, choices=NeedReport.Ground.choices
    )
    legal_basis = forms.CharField(
        label=_("Legal basis, where there is no consent"),
        max_length=300,
        required=False,
        help_text=_("For example: art. 12 of the Act against domestic violence, a child at risk."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["own_words"] = self.subject.what_seen[:500]

    def clean(self):
        data = super().clean()
        if data.get("ground") == NeedReport.Ground.LAW and not data.get("legal_basis", "").strip():
            self.add_error("legal_basis", _("Write which provision obliges the centre to act."))
        return data


class CloseReportForm(MoveForm):
    close_reason = forms.ChoiceField(
        label=_("Why is it closed?"),
        widget=forms.RadioSelect,
        choices=NeedReport.CloseReason.choices,
        help_text=_("A person of sound mind may refuse help. Check first that there is no danger."),
    )
    note = text_field(_("What was done and said"), rows=3, limit=2000)
    answer = text_field(
        _("Answer to the question"),
        limit=2000,
        required=False,
        help_text=_("Whoever asked reads these words with the number and the code."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.subject.kind != NeedReport.Kind.QUESTION:
            del self.fields["answer"]
