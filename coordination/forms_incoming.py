"""What is filled in about referrals that come to the centre."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms import WithFiles, text_area
from coordination.models import IncomingReferral, Referral
from cus_portal.accounts.models import Institution, User
from cus_portal.accounts.roles import Role
from cus_portal.forms import DayField, PortalForm
from residents.forms import PhoneField
from residents.models import RestrictedFile, ServiceRequest
from services.models import Service, ServiceArea

NOTHING = "nothing"
YES_NO = (("yes", _("yes")), ("no", _("no, or I am not sure")))


class WithPapers(WithFiles):
    who_opens = _("The centre and the institution that sends the referral will open them.")


class PersonOfIncoming(WithPapers):
    """Whom it is for and why: the same for the desk and for a partner."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=Referral.Kind, widget=forms.RadioSelect)
    priority = forms.ChoiceField(
        label=_("How fast?"), choices=Referral.Priority, widget=forms.RadioSelect, initial=Referral.Priority.ROUTINE
    )
    confidentiality = forms.ChoiceField(
        label=_("How confidential is it?"),
        choices=Referral.Confidentiality,
        widget=forms.RadioSelect,
        initial=Referral.Confidentiality.ORDINARY,
        help_text=_(
            "A protected one is seen by the organiser, the director and whoever deals with it, by nobody else."
        ),
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
    consent_for = forms.TypedChoiceField(
        label=_("To what has the person agreed?"),
        choices=[*IncomingReferral.ConsentTold.choices, (NOTHING, _("to nothing, or the person does not know of it"))],
        coerce=lambda chosen: "" if chosen == NOTHING else chosen,
        widget=forms.RadioSelect,
    )
    statute = forms.CharField(
        label=_("If the person did not agree: which act and article asks for it?"),
        max_length=200,
        required=False,
        help_text=_("For a notice by law no consent is needed."),
    )
    submit_token = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)

    def clean(self):
        data = super().clean()
        data["submit_token"] = data.get("submit_token") or uuid.uuid4()
        if data.get("consent_for") == "" and not data.get("statute"):
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


class AskPartnerForm(WithPapers):
    mark_optional = False
    text = forms.CharField(
        label=_("What is missing?"),
        max_length=2000,
        widget=text_area(),
        help_text=_("The sender reads this here. Who has no account is called or written to by you."),
    )


class ReplyForm(WithPapers):
    mark_optional = False
    text = forms.CharField(label=_("The reply"), max_length=2000, widget=text_area())


class SaidThere(PortalForm):
    """Who said at an institution what the desk writes down, and when."""

    mark_optional = False
    said_by = forms.CharField(
        label=_("Who said so there?"), help_text=_("Name, or the sign of the letter."), max_length=160
    )
    answered_on = DayField(label=_("On which day?"))


class TakeReplyForm(SaidThere, ReplyForm):
    field_order = ("said_by", "answered_on", "text")


class TakeOnForm(PortalForm):
    """Open a request, or join one. What has its request already is asked for nothing."""

    joins = forms.ModelChoiceField(
        ServiceRequest.objects.none(),
        label=_("Is it already known to us?"),
        required=False,
        blank=True,  # else Django leaves the empty choice out of radio buttons
        widget=forms.RadioSelect,
        empty_label=_("no: open a new request"),
        help_text=_("Open requests of people with this name, as far as you may see them."),
    )
    service = forms.ModelChoiceField(
        Service.objects.none(), label=_("Which service?"), required=False, empty_label=_("decided later")
    )
    restricted_as = forms.ChoiceField(
        label=_("Its request becomes a restricted file. Why?"),
        choices=[(kind.value, kind.label) for kind in (RestrictedFile.Kind.VIOLENCE, RestrictedFile.Kind.CHILD)],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, requests, incoming, **kwargs):
        super().__init__(*args, **kwargs)
        if not incoming.is_protected or incoming.request_id:
            del self.fields["restricted_as"]
        if incoming.request_id:
            del self.fields["joins"], self.fields["service"]
            return
        self.fields["service"].queryset = Service.objects.published().order_by("name_sort", "pk")
        if not requests:
            del self.fields["joins"]
            return
        self.fields["joins"].queryset = ServiceRequest.objects.filter(pk__in=[one.pk for one in requests])
        self.fields["joins"].label_from_instance = lambda one: f"{one.reference}, {one.received_on:%d.%m.%Y}"


class WaitlistIncomingForm(TakeOnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "service" not in self.fields:
            return
        self.fields["service"].required = True
        self.fields["service"].empty_label = _("choose from the list")
        self.fields["service"].help_text = _("The request is opened now; its need is put into the queue there.")


class ClassifyForm(PortalForm):
    mark_optional = False
    confidentiality = PersonOfIncoming.base_fields["confidentiality"]


class HandOverIncomingForm(PortalForm):
    mark_optional = False
    to = forms.ModelChoiceField(
        User.objects.none(),
        label=_("To whom?"),
        empty_label=_("choose from the list"),
        help_text=_("With a protected referral you let this colleague in."),
    )

    def __init__(self, *args, on, **kwargs):
        super().__init__(*args, **kwargs)
        rows = User.objects.none()
        for role in (Role.CLERK, Role.COORDINATOR, Role.ORGANISER):
            rows |= User.objects.holding(role, on=on)
        self.fields["to"].queryset = User.objects.filter(pk__in=rows.values("pk")).order_by("name_sort", "pk")


class StartIncomingForm(PortalForm):
    mark_optional = False
    first_contact_on = DayField(
        label=_("When was the first contact with the person?"), help_text=_("A call, a visit or a meeting.")
    )


class ReportIncomingForm(WithPapers):
    mark_optional = False
    text = forms.CharField(
        label=_("How does it go?"), help_text=_("The sender will read this."), max_length=2000, widget=text_area()
    )


class HoldIncomingForm(PortalForm):
    mark_optional = False
    cause = forms.ChoiceField(
        label=_("Because of whom?"),
        help_text=_("The sender reads this."),
        choices=IncomingReferral.HoldCause,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why does it stop for now?"),
        help_text=_("It stays in the history here. The sender does not see it."),
        max_length=500,
        widget=text_area(2),
    )
    review_on = DayField(
        label=_("When do you look at it again?"), help_text=_("After that day it shows as late until you go on.")
    )


class CompleteIncomingForm(WithPapers):
    mark_optional = False
    outcome = forms.ChoiceField(label=_("Was the need met?"), choices=Referral.Outcome, widget=forms.RadioSelect)
    outcome_on = DayField(label=_("Since which day is that clear?"))
    text = forms.CharField(
        label=_("What was given?"),
        max_length=2000,
        widget=text_area(),
        help_text=_("The sender reads this. Say no more of the person than it needs to know."),
    )


class RedirectIncomingForm(PortalForm):
    needed_sometimes = ("agreed_on", "statute")
    receiver = forms.ModelChoiceField(
        Institution.objects.none(), label=_("To which institution?"), empty_label=_("choose from the list")
    )
    agreed_on = DayField(label=_("When did the person agree to this institution?"), required=False)
    statute = forms.CharField(label=_("If not: which act and article asks for it?"), max_length=200, required=False)
    sign = forms.CharField(
        label=_("Sign of the letter of handover"),
        max_length=120,
        required=False,
    )
    text = forms.CharField(label=_("Words for the sender: whom to ask now"), max_length=2000, widget=text_area(2))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = Institution.objects.partners().order_by("name_sort", "pk")


class TakeBackForm(SaidThere):
    text = forms.CharField(
        label=_("Why was it sent back?"),
        help_text=_("The sender will read this."),
        max_length=2000,
        widget=text_area(2),
    )


class AcknowledgeIncomingForm(PortalForm):
    needed_sometimes = ("person_not_told_reason",)
    acknowledgement = forms.CharField(
        label=_("What changes at the sender's?"),
        help_text=_("For example: we close our file, or we go on helping with something else."),
        max_length=2000,
        widget=text_area(2),
    )
    person_told = forms.TypedChoiceField(
        label=_("Does the person know the outcome?"),
        choices=[("yes", _("Yes, the person was told")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    person_not_told_reason = forms.CharField(label=_("If not: why?"), max_length=200, required=False)


class SenderAcknowledgeForm(AcknowledgeIncomingForm):
    """The same, asked of the sender itself."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["acknowledgement"].label = _("What changes at your institution")


class SenderFailForm(PortalForm):
    """What an institution knows of it: that the person is gone, or does not come."""

    mark_optional = False
    end_reason = forms.ChoiceField(
        label=_("Why could it not be done?"),
        choices=[one for one in IncomingReferral.EndReason.choices if one[0] != IncomingReferral.EndReason.DECLINED],
        widget=forms.RadioSelect,
    )


class SenderWithdrawForm(PortalForm):
    mark_optional = False
    reason = forms.CharField(
        label=_("Why do you withdraw it?"),
        help_text=_("The centre reads this. A request that it has opened meanwhile is the person's own and goes on."),
        max_length=500,
        widget=text_area(2),
    )


class RejectIncomingForm(PortalForm):
    reject_reason = forms.ChoiceField(
        label=_("Why do you not accept it?"),
        choices=[choice for choice in IncomingReferral.RejectReason.choices if choice[0] != "unknown_sender"],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Say it in a few words, and whom to ask instead"),
        max_length=2000,
        widget=text_area(),
        help_text=_("The sender reads this. Say no more of the person than it needs to know."),
    )
    area = forms.ModelChoiceField(
        ServiceArea.objects.all(),
        label=_("Area of social services"),
        required=False,
        empty_label=_("choose from the list"),
        help_text=_("For the register of unmet needs, where what we lack is counted without a name."),
    )


class EndIncomingForm(PortalForm):
    end_reason = forms.ChoiceField(
        label=_("Why does it end?"),
        choices=[(one.value, one.label) for one in IncomingReferral.BEFORE_ACCEPTING],
        widget=forms.RadioSelect,
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


class FailIncomingForm(EndIncomingForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["end_reason"].choices = IncomingReferral.EndReason.choices
