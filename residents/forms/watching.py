"""Asking to be told when a search finds something new."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm


class WatchForm(PortalForm):
    mark_optional = False
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={
            "required": _("Write the address to which we shall write."),
            "invalid": _("This is not an e-mail address. It looks like this: name@example.pl."),
        },
        widget=forms.EmailInput(attrs={"class": "w-medium", "autocomplete": "email"}),
        help_text=_("We use it for this alone, and ask you there first whether you want it."),
    )
