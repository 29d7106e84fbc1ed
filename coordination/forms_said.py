"""What the person is asked about a referral that has ended."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm


class OutcomeForm(PortalForm):
    mark_optional = False  # the words are asked for with one of the two answers
    helped = forms.ChoiceField(
        label=_("Did somebody help you?"),
        choices=[("yes", _("Yes, as it is written here")), ("no", _("No, or it was otherwise"))],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("If not: how was it?"),
        help_text=_("For example: nobody came. We read it; the institution does not."),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self):
        data = super().clean()
        if data.get("helped") == "no" and not data.get("text"):
            self.add_error("text", _("Write in a few words how it was."))
        return data
