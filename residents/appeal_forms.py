"""What is recorded of a refusal after it was signed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField
from residents.desk_forms import MoveForm
from residents.models import RefusalAppeal


class WaiveForm(MoveForm):
    waived_on = DayField(
        label=_("The statement reached us on"), help_text=_("From this day the decision is final. It cannot be undone.")
    )


class AppealForm(MoveForm):
    filed_on = DayField(
        label=_("Filed on"),
        help_text=_("The day it was brought, or of the postmark. A late one too: the board decides."),
    )


class PassOnForm(MoveForm):
    forwarded_on = DayField(label=_("Passed on to the board on"))


class AppealResultForm(MoveForm):
    result = forms.ChoiceField(label=_("Result"), widget=forms.RadioSelect, choices=RefusalAppeal.Result)
    decided_on = DayField(label=_("Day of the decision"))
    board_number = forms.CharField(label=_("Number of the board's decision"), max_length=80, required=False)
