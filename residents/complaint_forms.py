"""The desk's forms about complaints and suggestions."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import User
from cus_portal.accounts.roles import ROLES_ELSEWHERE, Role
from cus_portal.forms import DayField, PortalForm
from residents.desk_forms import MoveForm, text_field
from residents.forms import ComplaintFields
from residents.models import Complaint

AT_THE_CENTRE = [role for role in Role.values if role not in ROLES_ELSEWHERE]


class DeskComplaintForm(ComplaintFields, PortalForm):
    """What somebody says at the counter or by phone is taken down; what comes on paper is copied."""

    mark_optional = False
    token = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label=_("How it came"),
        widget=forms.RadioSelect,
        choices=[choice for choice in Complaint.Channel.choices if choice[0] != Complaint.Channel.PORTAL],
    )
    received_on = DayField(label=_("Received on"), help_text=_("The month runs from this day."))
    field_order = ("channel", "received_on", "kind", "about", "about_words", "text", "name", "address")


class SortForm(MoveForm):
    about = forms.ChoiceField(
        label=_("Whom or what is it about?"),
        widget=forms.RadioSelect,
        choices=[choice for choice in Complaint.About.choices if choice[0] != Complaint.About.OTHER],
        help_text=_("One about the director goes to the municipal council; all others go to her."),
    )


class ExamineForm(MoveForm):
    about_worker = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Which worker is it about?"),
        required=False,
        empty_label=_("none"),
        help_text=_("From now on this worker does not see it, whatever else he may see."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = User.objects.holding_one_of(AT_THE_CENTRE, on=self.on).exclude(pk=self.actor.pk)
        self.fields["about_worker"].queryset = people.order_by("name_sort", "pk")


class ExtendComplaintForm(MoveForm):
    until = DayField(label=_("New day of the answer"))
    reason = text_field(
        _("Why it takes longer"),
        rows=3,
        limit=1000,
        help_text=_("Whoever complained reads this. The law asks to tell it before the term ends (KPA art. 36)."),
    )


class AnswerComplaintForm(MoveForm):
    result = forms.ChoiceField(
        label=_("Is the complaint well founded?"), widget=forms.RadioSelect, choices=Complaint.Result.choices
    )
    answer = text_field(
        _("Answer: what was found and what was done"),
        rows=6,
        limit=8000,
        help_text=_("Whoever complained reads these words. Do not tell anything of other people."),
    )
    grounds = text_field(
        _("Grounds in fact and in law"),
        limit=8000,
        required=False,
        help_text=_("Needed where the complaint is not founded (KPA art. 238 § 1)."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.subject.kind != Complaint.Kind.COMPLAINT:
            del self.fields["result"], self.fields["grounds"]


class PassComplaintOnForm(MoveForm):
    passed_to = forms.CharField(
        label=_("To which body?"),
        max_length=200,
        help_text=_("Within seven days (KPA art. 231). A complaint about the director goes to the council (art. 229)."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.subject.is_about_the_director:
            self.initial["passed_to"] = gettext("the municipal council")


class LeaveComplaintForm(MoveForm):
    left_because = forms.ChoiceField(
        label=_("Why is it not examined?"), widget=forms.RadioSelect, choices=Complaint.LeftBecause.choices
    )
