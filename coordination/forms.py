"""What people fill in about plans and referrals."""

from django import forms
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.forms_plan_items import EndsItemsForm
from coordination.models import Plan, PlanItem, PlanNote, PlanTemplate, Referral
from cus_portal.accounts.models import Institution, User
from cus_portal.forms import DayField, PortalForm
from residents.forms import FilesField
from residents.models import Attachment, Case, Consent


def text_area(rows=4):
    return forms.Textarea(attrs={"rows": rows})


# -- the receiver's moves ---------------------------------------------------------------------------
class WithFiles(PortalForm):
    """A move with which the receiver may send files back."""

    who_opens = _("Only the team of the case will open them.")
    files = FilesField(label=_("Documents"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "files"])
        self.fields["files"].help_text = format_lazy("{} {}", self.who_opens, self.fields["files"].help_text)


class FirstDayForm(PortalForm):
    planned_start_on = DayField(
        label=_("When will you begin?"), help_text=_("A planned day is enough. The coordinator will see it.")
    )


class AcceptForm(FirstDayForm):
    needed_sometimes = ("accept_reason", "accept_words", "out_of_order_reason", "over_limit_reason")
    accept_reason = forms.ChoiceField(
        label=_("Do you accept what was asked for?"),
        choices=Referral.AcceptReason,
        initial=Referral.AcceptReason.AS_ASKED,
        required=False,
        widget=forms.RadioSelect,
    )
    accept_words = forms.CharField(
        label=_("What do you accept, and on what conditions?"),
        help_text=_("Only when it is otherwise than asked. The coordinator reads this and tells the person."),
        max_length=2000,
        required=False,
        widget=text_area(2),
    )
    out_of_order_reason = forms.CharField(
        label=_("Why this person goes first"),
        help_text=_("Only when somebody has waited longer. The reason stays in the history."),
        max_length=240,
        required=False,
    )
    over_limit_reason = forms.CharField(
        label=_("Why you accept though no place is left"),
        help_text=_("Only when the service is full. The reason stays in the history."),
        max_length=240,
        required=False,
    )

    def clean_accept_reason(self):
        """Return that it is as asked where nothing is said, as from the button on the opened page."""
        return self.cleaned_data["accept_reason"] or Referral.AcceptReason.AS_ASKED

    def clean(self):
        data = super().clean()
        if data.get("accept_reason", Referral.AcceptReason.AS_ASKED) == Referral.AcceptReason.AS_ASKED:
            data["accept_words"] = ""
        return data


class AskForm(WithFiles):
    text = forms.CharField(
        label=_("What is missing?"),
        help_text=_("The coordinator gets your question. Until the answer your time does not run."),
        max_length=2000,
        widget=text_area(),
    )


class RejectForm(WithFiles):
    needed_sometimes = ("ask_instead",)
    reject_reason = forms.ChoiceField(
        label=_("Why do you not accept it?"), choices=Referral.RejectReason, widget=forms.RadioSelect
    )
    closing_note = forms.CharField(
        label=_("Say it in a few words"),
        help_text=_("The coordinator will read this and pass it on to the person."),
        max_length=2000,
        widget=text_area(),
    )
    ask_instead = forms.CharField(
        label=_("Whom should the coordinator ask instead?"),
        help_text=_("An institution, a person or a phone number. Needed unless you help the person already."),
        required=False,
    )
    whom_unknown = forms.BooleanField(label=_("I do not know whom to ask instead"), required=False)

    def clean(self):
        data = super().clean()
        unknown = data.pop("whom_unknown", False)
        answered = unknown or data.get("ask_instead") or "ask_instead" in self.errors
        is_helped = data.get("reject_reason") == Referral.RejectReason.ALREADY_SERVED
        if data.get("reject_reason") and not is_helped and not answered:
            self.add_error("ask_instead", _("Say whom to ask instead, or tick that you do not know."))
        return data


class StartForm(PortalForm):
    first_contact_on = DayField(
        label=_("When was the first contact with the person?"), help_text=_("A call, a visit or a meeting.")
    )


class ReportForm(WithFiles):
    text = forms.CharField(
        label=_("How does it go?"), help_text=_("The coordinator will read this."), max_length=2000, widget=text_area()
    )


class HoldForm(PortalForm):
    cause = forms.ChoiceField(
        label=_("Because of whom?"),
        help_text=_("Time that stands still because of the person is not counted as yours."),
        choices=Referral.HoldCause,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why does it stop for now?"),
        help_text=_("The coordinator will read this."),
        max_length=500,
        widget=text_area(2),
    )
    review_on = DayField(
        label=_("When do you look at it again?"), help_text=_("After that day it shows as late until you go on.")
    )


class PlanAnewForm(PortalForm):
    planned_start_on = DayField(label=_("When will you begin?"))


class HandOverForm(PortalForm):
    to = forms.ModelChoiceField(
        label=_("To whom?"), queryset=User.objects.none(), empty_label=_("choose from the list")
    )
    reason = forms.CharField(
        label=_("What should your colleague know?"),
        help_text=_("Only your institution reads this."),
        max_length=500,
        required=False,
        widget=text_area(2),
    )

    def __init__(self, *args, colleagues, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = User.objects.filter(pk__in=colleagues).order_by("name_sort", "pk")


class AbsenceForm(PortalForm):
    first_day = DayField(label=_("First day away"))
    last_day = DayField(label=_("Last day away"))
    stands_in = forms.ModelChoiceField(
        label=_("Who stands in for you?"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("nobody in particular"),
        help_text=_("What you have in hand then shows as your colleague's too, and reminders go there."),
    )

    def __init__(self, *args, user, colleagues, **kwargs):
        super().__init__(*args, **kwargs)
        others = User.objects.filter(pk__in=colleagues.people).exclude(pk=user.pk)
        self.fields["stands_in"].queryset = others.order_by("name_sort", "pk")

    def clean(self):
        data = super().clean()
        if data.get("first_day") and data.get("last_day") and data["last_day"] < data["first_day"]:
            self.add_error("last_day", _("The last day comes before the first."))
        return data


class RedirectForm(PortalForm):
    needed_sometimes = ("consent_form", "consent_given_on")
    receiver = forms.ModelChoiceField(
        label=_("To which institution?"),
        queryset=Institution.objects.active().filter(is_centre=False).order_by("name"),
        empty_label=_("choose from the list"),
        help_text=_("The person must have agreed to it, or a statute must ask for it."),
    )
    reason = forms.CharField(
        label=_("Why do you pass it on?"),
        help_text=_("Your own referral ends. The reason stays in its history."),
        max_length=500,
        widget=text_area(2),
    )
    consent_form = forms.ChoiceField(
        label=_("How did the person consent to this institution?"),
        choices=[("", _("choose from the list")), *Consent.Form.choices],
        help_text=_("Only where that consent is not recorded yet. It covers what this referral tells."),
        required=False,
    )
    consent_given_on = DayField(label=_("On which day?"), required=False)
    statute = forms.CharField(
        label=_("Which act and article asks for it at this institution?"),
        help_text=_("This referral rests on a statute, not on a consent."),
        max_length=200,
    )

    def __init__(self, *args, own, takes_consent, takes_statute, **kwargs):
        super().__init__(*args, **kwargs)
        if not takes_statute:
            del self.fields["statute"]
        self.fields["receiver"].queryset = self.fields["receiver"].queryset.exclude(pk=own)
        if not takes_consent:
            del self.fields["consent_form"], self.fields["consent_given_on"]

    def clean(self):
        data = super().clean()
        given = {name: data.get(name) for name in ("consent_form", "consent_given_on")}
        for name in given.keys() - set(self.errors):
            if any(given.values()) and not given[name]:
                self.add_error(name, _("A consent has both: how it was given, and the day."))
        return data


class CompleteForm(WithFiles):
    outcome = forms.ChoiceField(label=_("Was the need met?"), choices=Referral.Outcome, widget=forms.RadioSelect)
    outcome_on = DayField(label=_("On which day did the help end?"))
    closing_note = forms.CharField(
        label=_("What was given?"),
        help_text=_("The coordinator writes this into the case."),
        max_length=2000,
        widget=text_area(),
    )


class FailForm(WithFiles):
    fail_reason = forms.ChoiceField(
        label=_("Why could it not be done?"), choices=Referral.FailReason, widget=forms.RadioSelect
    )
    closing_note = forms.CharField(label=_("Details"), max_length=2000, required=False, widget=text_area())


class TakenDown(forms.Form):
    """What is added to a move that the centre records in the receiver's name: who said it, when, and the proof."""

    class How(models.TextChoices):
        PHONE = "phone", _("by phone")
        LETTER = "letter", _("in a letter")
        MAIL = "mail", _("by e-mail")
        TALK = "talk", _("in person")

    SPOKEN = (How.PHONE, How.TALK)

    said_by = forms.CharField(
        label=_("Who answered at the institution?"), help_text=_("Name and post."), max_length=150
    )
    said_on = DayField(label=_("On which day?"))
    said_how = forms.ChoiceField(label=_("How?"), choices=How, widget=forms.RadioSelect)
    proof = forms.CharField(
        label=_("What proves it?"),
        help_text=_("The number of the letter, the note of the call. The institution can read it."),
        max_length=500,
        widget=text_area(2),
    )

    def clean_said_how(self):
        """Return the words, not the code: they are kept as they were said."""
        how = self.cleaned_data["said_how"]
        self.cleaned_data["only_spoken"] = how in self.SPOKEN
        return str(self.How(how).label)

    @classmethod
    def with_form(cls, form):
        """Return the form of a move with these questions after its own."""
        return type(f"{form.__name__}{cls.__name__}", (cls, form), {})


class VerifyForm(PortalForm):
    reason = forms.CharField(
        label=_("What confirms it?"),
        help_text=_("The number and the day of the letter. Both sides read this in the history."),
        max_length=500,
        widget=text_area(2),
    )


# -- the sender's moves -----------------------------------------------------------------------------
class ReplyForm(PortalForm):
    needed_sometimes = ("consent_form", "consent_given_on")
    text = forms.CharField(
        label=_("Your answer"),
        help_text=_("The institution will read this, and its time goes on. Write no more than it needs."),
        max_length=2000,
        widget=text_area(),
    )
    attachments = forms.ModelMultipleChoiceField(
        label=_("Which documents go along?"),
        queryset=Attachment.objects.none(),
        help_text=_("The institution can open them as long as it sees the referral."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    consent_form = forms.ChoiceField(
        label=_("How did the person consent to handing these documents over?"),
        choices=[("", _("choose from the list")), *Consent.Form.choices],
        help_text=_("The consent on which the referral rests does not name documents. Only where documents go along."),
        required=False,
    )
    consent_given_on = DayField(label=_("On which day?"), required=False)

    def __init__(self, *args, attachments, covers_documents, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["attachments"].queryset = attachments
        if not attachments:
            del self.fields["attachments"]
        if covers_documents or not attachments:
            del self.fields["consent_form"], self.fields["consent_given_on"]

    def clean(self):
        """Ask for the consent to documents where some go along, and take none where none does."""
        data = super().clean()
        asked = {"consent_form", "consent_given_on"} & set(self.fields)
        if data.get("attachments"):
            for name in sorted(asked - set(self.errors)):
                if not data.get(name):
                    self.add_error(name, _("Documents go along only with the person's consent to it."))
        else:
            for name in asked:
                data.pop(name, None)
        return data


class WithdrawForm(PortalForm):
    reason = forms.CharField(
        label=_("Why do you withdraw it?"),
        help_text=_("The institution loses access and is asked to destroy its copies."),
        widget=text_area(2),
        max_length=500,
    )


class DiscardForm(PortalForm):
    reason = forms.CharField(
        label=_("Why is it wrong?"), help_text=_("Its number stays used."), widget=text_area(2), max_length=500
    )


class AcknowledgeForm(PortalForm):
    needed_sometimes = ("person_not_told_reason",)
    acknowledgement = forms.CharField(
        label=_("What changes in the case or the plan?"), max_length=2000, widget=text_area()
    )
    person_told = forms.TypedChoiceField(
        label=_("Does the person know the outcome?"),
        choices=[("yes", _("Yes, I have told the person")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    person_not_told_reason = forms.CharField(label=_("If not: why?"), required=False)


# -- plans and cases --------------------------------------------------------------------------------
class DraftPlanForm(PortalForm):
    starts_on = DayField(label=_("The plan begins on"))
    ends_on = DayField(label=_("and ends on"), help_text=_("At most a year after it begins."))
    needs = forms.CharField(label=_("Recognised needs"), widget=text_area())
    goals = forms.CharField(label=_("Goals"), widget=text_area())
    person_duties = forms.CharField(
        label=_("What does the person do?"),
        help_text=_("What you agreed: keeps appointments, says when something changes."),
        required=False,
        widget=text_area(2),
    )
    centre_duties = forms.CharField(label=_("What does the centre do?"), required=False, widget=text_area(2))
    monitoring = forms.CharField(
        label=_("How and when do you check how it goes?"),
        help_text=_("For example: a call each month, a visit each quarter."),
        required=False,
        widget=text_area(2),
    )


class FirstPlanForm(DraftPlanForm):
    """Begin a plan in its case: empty, from a template, or with the items of the plan that it continues."""

    template = forms.ModelChoiceField(
        PlanTemplate.objects.none(),
        label=_("Start from a template"),
        required=False,
        empty_label=_("no template"),
        help_text=_(
            "Its items are copied, and its texts where you leave yours empty. You change all of it afterwards."
        ),
    )
    take_over = forms.BooleanField(label=_("Take over the items of the last plan"), required=False)

    def __init__(self, *args, templates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = templates
        self.order_fields(["template", *self.fields])
        self.fields["needs"].required = self.fields["goals"].required = False
        if "take_over" not in self.initial:
            del self.fields["take_over"]

    def clean(self):
        data = super().clean()
        for name in ("needs", "goals"):
            if not data.get("template") and not data.get(name) and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
        return data


class NoteProgressForm(PortalForm):
    on = DayField(label=_("On which day?"))
    kind = forms.ChoiceField(label=_("How did you learn it?"), choices=PlanNote.Kind, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("How does it go?"),
        help_text=_("What works, what does not, what is to change. The person may read this."),
        max_length=4000,
        widget=text_area(5),
    )


class AmendPlanForm(PortalForm):
    reason = forms.CharField(
        label=_("Why is the plan changed?"),
        help_text=_("The approved version holds until the person agrees to the new one and it is approved."),
        max_length=500,
        widget=text_area(2),
    )


class AgreePlanForm(PortalForm):
    agreed_on = DayField(label=_("When did the person agree?"))
    agreement = forms.ChoiceField(label=_("How was it agreed?"), choices=Plan.Agreement, widget=forms.RadioSelect)


class SendBackForm(PortalForm):
    reason = forms.CharField(
        label=_("What should be changed?"),
        help_text=_("The author reads this. The plan becomes a draft again."),
        max_length=1000,
        widget=text_area(),
    )


class ApproveAloneForm(PortalForm):
    reason = forms.CharField(
        label=_("Why may nobody else approve it?"),
        help_text=_("The rule is four eyes. This exception stays in the log, on the plan and on its document."),
        max_length=1000,
        widget=text_area(),
    )


class CompletePlanForm(EndsItemsForm):
    closing_talk_on = DayField(label=_("When was the closing talk with the person?"))
    results = forms.CharField(label=_("Course and results of the plan"), widget=text_area(6))


class EndPlanEarlyForm(EndsItemsForm):
    end_unsaid = PlanItem.GivenUp.PLAN_ENDED
    end_reason = forms.ChoiceField(label=_("Why does it end early?"), choices=Plan.EndReason, widget=forms.RadioSelect)
    results = forms.CharField(label=_("Course and results of the plan"), widget=text_area(6))
    closing_talk_on = DayField(label=_("Closing talk, if there was one"), required=False)


class FinishCaseForm(PortalForm):
    reason = forms.ChoiceField(label=_("Why is the case closed?"), choices=Case.CloseReason, widget=forms.RadioSelect)
    summary = forms.CharField(label=_("Course and results"), widget=text_area(6))
