"""The forms of letters: which one, what stands in it, how it left, what came back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField
from residents.desk_forms import MoveForm, reason_field, text_field
from residents.forms import FilesField
from residents.models import Letter

MADE_BY_ACTS = (Letter.Kind.DECISION, Letter.Kind.HANDOVER)
PROOF = _("The number on the receipt, or of the proof of receipt.")


class LetterKindForm(MoveForm):
    kind = forms.ChoiceField(
        label=_("Which letter"),
        widget=forms.RadioSelect,
        choices=[pair for pair in Letter.Kind.choices if pair[0] not in MADE_BY_ACTS],
        help_text=_("The letter begins with a text of ours; you read and change it before it leaves."),
    )


class LetterForm(MoveForm):
    recipient = forms.CharField(label=_("To whom"), max_length=200)
    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        required=False,
        help_text=_("Leave it empty where no address is known: the letter is then handed over in person."),
    )
    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = text_field(_("Text"), rows=14, limit=12000)
    term_days = forms.IntegerField(
        label=_("Days to answer"),
        min_value=1,
        max_value=365,
        required=False,
        help_text=_("They run from the day of delivery. Leave empty where nothing has to be answered."),
        widget=forms.NumberInput(attrs={"class": "w-short"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial |= {name: getattr(self.subject, name) for name in self.fields}


class SendLetterForm(MoveForm):
    channel = forms.ChoiceField(label=_("How it leaves"), widget=forms.RadioSelect, choices=Letter.Channel)
    sent_on = DayField(label=_("Sent on"))
    address_is_safe = forms.BooleanField(
        label=_("The person has said that a letter to this address is safe"), required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("sent_on", self.on)
        if not self.subject.request.safe_contact:
            del self.fields["address_is_safe"]


class NoticeForm(MoveForm):
    waits_since = DayField(
        label=_("Waits for the addressee since"),
        help_text=_("By post: the day of the first notice. By e-Doręczenia: the day it arrived at the address."),
    )


class DeliverForm(MoveForm):
    delivered_on = DayField(label=_("Delivered on"), help_text=_("The day that stands on the receipt."))
    how = forms.ChoiceField(
        label=_("How"),
        widget=forms.RadioSelect,
        choices=[pair for pair in Letter.How.choices if pair[0] != Letter.How.PRESUMED],
        initial=Letter.How.RECEIVED,
    )
    proof_number = forms.CharField(label=_("Number of the proof"), max_length=80, required=False, help_text=PROOF)
    files = FilesField(label=_("Scan of the proof"), required=False)


class PresumeForm(MoveForm):
    proof_number = forms.CharField(label=_("Number of the proof"), max_length=80, required=False, help_text=PROOF)
    files = FilesField(label=_("Scan of the envelope that came back"), required=False)


class ReturnLetterForm(MoveForm):
    reason = reason_field(_("Why it came back"))
