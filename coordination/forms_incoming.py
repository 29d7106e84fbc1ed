"""What is filled in about referrals that come to the centre."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms import text_area
from coordination.models import IncomingReferral, Referral
from cus_portal.accounts.models import Institution
from cus_portal.forms import DayField, PortalForm
from residents.forms import PhoneField
from residents.models import ServiceRequest
from services.models import Service

YES_NO = (("yes", _("yes")), ("no", _("no, or I am not sure")))


class PersonOfIncoming(PortalForm):
    """Whom it is for and why: the same for the desk and for a partner."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=Referral.Kind, widget=forms.RadioSelect)
    priority = forms.ChoiceField(
        label=_("How fast?"), choices=Referral.Priority, widget=forms.RadioSelect, initial=Referral.Priority.ROUTINE
    )
    last_name = forms.CharField(label=_("Surname of the person"), max_length=80)
    first_name = forms.CharField(label=_("First name"), max_length=60, required=False)
    birth_date = DayField(label=_("Date of birth"), required=False)
    phone = PhoneField(label=_("Phone of the person"), max_length=40, required=False)
    address = forms.CharField(label=_("Where the person lives"), max_length=200, required=False)
    need = forms.CharField(
        label=_("What is needed, and why?"),
        max_length=2000,
        widget=text_area(),
        help_text=_("Only what the centre needs to begin. No diagnoses."),
    )
    consent_told = forms.BooleanField(label=_("The person knows of it and has agreed."), required=False)
    statute = forms.CharField(
        label=_("If not: which act and article asks for it?"),
        max_length=200,
        required=False,
        help_text=_("For a notice by law no consent is needed."),
    )

    def clean(self):
        data = super().clean()
        if not (data.get("consent_told") or data.get("statute")):
            self.add_error(
                "statute", _("Say that the person has agreed, or write the act and article that ask for it.")
            )
        return data


class DeskIncomingForm(PersonOfIncoming):
    sender = forms.ModelChoiceField(
        Institution.objects.none(),
        label=_("Which institution sent it?"),
        required=False,
        empty_label=_("it is not on the list"),
    )
    sender_name = forms.CharField(
        label=_("Its name, if it is not on the list"),
        max_length=200,
        required=False,
        help_text=_("The organiser calls back and confirms it before anything is done."),
    )
    said_by = forms.CharField(label=_("Who there wrote or called?"), max_length=160)
    sender_contact = forms.CharField(label=_("Phone or e-mail of that person"), max_length=160, required=False)
    how = forms.ChoiceField(
        label=_("How did it come?"),
        choices=[choice for choice in IncomingReferral.How.choices if choice[0] != IncomingReferral.How.PORTAL],
        widget=forms.RadioSelect,
    )
    received_on = DayField(label=_("On which day?"))
    proof = forms.CharField(
        label=_("Sign of the letter, or what proves it"),
        max_length=200,
        required=False,
        help_text=_("Number of the letter, of the e-delivery, or the hour of the call."),
    )
    field_order = ["sender", "sender_name", "said_by", "sender_contact", "how", "received_on", "proof"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sender"].queryset = Institution.objects.partners().order_by("name_sort", "pk")

    def clean(self):
        data = super().clean()
        if not data.get("sender") and not data.get("sender_name"):
            self.add_error("sender", _("Choose the institution, or write its name below."))
        return data


class PartnerIncomingForm(PersonOfIncoming):
    def __init__(self, *args, institutions, **kwargs):
        super().__init__(*args, **kwargs)
        if len(institutions) > 1:
            self.fields["sender"] = forms.ModelChoiceField(
                Institution.objects.filter(pk__in=[one.pk for one in institutions]), label=_("From which institution?")
            )
            self.order_fields(["sender"])
        self.only = institutions[0]

    def facts(self):
        return {"sender": self.only, **self.cleaned_data}


class AdmitForm(PortalForm):
    mark_optional = False
    sender = forms.ModelChoiceField(
        Institution.objects.none(),
        label=_("Which institution is it?"),
        help_text=_("Call back a number you find yourself, not the one in the letter. New ones are added first."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sender"].queryset = Institution.objects.partners().order_by("name_sort", "pk")


class AskPartnerForm(PortalForm):
    mark_optional = False
    text = forms.CharField(
        label=_("What is missing?"),
        max_length=2000,
        widget=text_area(),
        help_text=_("The sender reads this here. Who has no account is called or written to by you."),
    )


class ReplyForm(PortalForm):
    mark_optional = False
    text = forms.CharField(label=_("The reply"), max_length=2000, widget=text_area())


class AcceptIncomingForm(PortalForm):
    joins = forms.ModelChoiceField(
        ServiceRequest.objects.none(),
        label=_("Is it already known to us?"),
        required=False,
        widget=forms.RadioSelect,
        empty_label=_("no: open a new request"),
        help_text=_("Open requests of people with this name, as far as you may see them."),
    )
    service = forms.ModelChoiceField(
        Service.objects.none(), label=_("Which service?"), required=False, empty_label=_("decided later")
    )

    def __init__(self, *args, requests, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["joins"].queryset = ServiceRequest.objects.filter(pk__in=[one.pk for one in requests])
        self.fields["joins"].label_from_instance = lambda one: f"{one.reference}, {one.received_on:%d.%m.%Y}"
        self.fields["service"].queryset = Service.objects.published().order_by("name_sort", "pk")


class AnswerPartnerForm(PortalForm):
    mark_optional = False
    text = forms.CharField(
        label=_("What has come of it?"),
        max_length=2000,
        widget=text_area(),
        help_text=_("The sender reads this. Say no more of the person than it needs to know."),
    )


class RejectIncomingForm(AnswerPartnerForm):
    reject_reason = forms.ChoiceField(
        label=_("Why do you not accept it?"),
        choices=[choice for choice in IncomingReferral.RejectReason.choices if choice[0] != "unknown_sender"],
        widget=forms.RadioSelect,
    )
    field_order = ["reject_reason", "text"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("Say it in a few words, and whom to ask instead")


class EndIncomingForm(PortalForm):
    end_reason = forms.ChoiceField(
        label=_("Why does it end?"), choices=IncomingReferral.EndReason, widget=forms.RadioSelect
    )
    declined_on = DayField(label=_("If the person does not want help: when was it said?"), required=False)
    understands = forms.ChoiceField(
        label=_("Does the person understand what is being declined?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        required=False,
    )
    is_safe = forms.ChoiceField(
        label=_("Is everybody there safe?"), choices=YES_NO, widget=forms.RadioSelect, required=False
    )
    safety_note = forms.CharField(
        label=_("Whom did you talk to, and what did you see?"), max_length=1000, widget=text_area(3), required=False
    )
    text = forms.CharField(label=_("Words for the sender"), max_length=2000, widget=text_area(2), required=False)

    def clean(self):
        data = super().clean()
        for name in ("understands", "is_safe"):
            data[name] = data.get(name) == "yes"
        return data
