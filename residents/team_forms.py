"""The forms of the care team."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import User
from cus_portal.accounts.roles import ROLE_PERMISSIONS
from cus_portal.forms import DayField
from residents.desk_forms import MoveForm
from residents.models import TeamMember

SERVING = [role for role, held in ROLE_PERMISSIONS.items() if "residents.view_case" in held]


class JoinTeamForm(MoveForm):
    role = forms.ChoiceField(
        label=_("Role in the team"),
        choices=TeamMember.Role,
        help_text=_("A deputy does all that the coordinator does, but hand the case over and change the team."),
    )
    user = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Worker of the centre"),
        required=False,
        empty_label=_("somebody else, by name"),
        help_text=_("Sees the case, its plan and its referrals from the first day to the last, and is told by mail."),
    )
    name = forms.CharField(
        label=_("Or first name and surname"),
        max_length=120,
        required=False,
        help_text=_("Somebody from outside, who sees nothing here."),
    )
    contact = forms.CharField(label=_("Where and how to reach somebody from outside"), max_length=200, required=False)
    valid_from = DayField(label=_("Since"))
    valid_to = DayField(label=_("Until"), required=False, help_text=_("Leave empty when no end is known."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = User.objects.holding_one_of(SERVING, on=self.on).exclude(pk=self.subject.coordinator_id)
        self.fields["user"].queryset = people.order_by("name_sort", "pk")
        self.initial |= {"valid_from": self.on, "role": TeamMember.Role.SOCIAL_WORKER}


class NameCoordinatorForm(MoveForm):
    named = forms.BooleanField(
        label=_("Tell the person who leads the case"),
        required=False,
        help_text=_("The name stands on the page of the request, for whoever holds its code."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["named"] = self.subject.coordinator_is_named


class LeaveTeamForm(MoveForm):
    member = forms.ModelChoiceField(
        TeamMember.objects.none(), label=_("Who leaves"), widget=forms.RadioSelect, empty_label=None
    )
    last_day = DayField(label=_("Last day"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        found = TeamMember.objects.not_ended(self.on).filter(case=self.subject).select_related("user")
        self.fields["member"].queryset = found
        self.initial |= {"last_day": self.on, "member": found.first()}
