"""The forms around consents."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField, PortalForm
from residents.desk_forms import text_field
from residents.models import Consent

SAID_TO_US = [choice for choice in Consent.Form.choices if choice[0] != Consent.Form.PORTAL]


class RenewConsentForm(PortalForm):
    form = forms.ChoiceField(
        label=_("How was the consent given?"),
        widget=forms.RadioSelect,
        choices=SAID_TO_US,
        help_text=_("The same institution, data and purpose as before. If anything changes, record a new consent."),
    )
    given_on = DayField(label=_("On which day?"), initial=timezone.localdate)
    valid_until = DayField(
        label=_("Valid until"), help_text=_("Leave empty when it lasts until it is withdrawn."), required=False
    )


class WithdrawConsentForm(PortalForm):
    mark_optional = False
    form = forms.ChoiceField(
        label=_("How the person said so"),
        widget=forms.RadioSelect,
        choices=SAID_TO_US,
        initial=Consent.Form.ORAL,
        help_text=_("No reason is asked for. Nothing more goes to this institution; it is told to destroy its copies."),
    )


class SeeToConsentForm(PortalForm):
    mark_optional = False
    note = text_field(
        _("What changes for the person"),
        rows=3,
        limit=1000,
        help_text=_("What was agreed instead: other help, another institution, a change of the plan, nothing."),
    )
