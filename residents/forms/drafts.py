"""Keeping a request that is not finished, to go on another day."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm


class SaveDraftForm(PortalForm):
    """An address typed for this alone: what was said about contact, discreet or not, is never used for it."""

    mark_optional = False
    email = forms.EmailField(
        label=_("E-mail address to which we send the link"),
        max_length=254,
        error_messages={
            "required": _("Write the address to which we shall send the link."),
            "invalid": _("This is not an e-mail address. It looks like this: name@example.pl."),
        },
        widget=forms.EmailInput(attrs={"class": "w-medium", "autocomplete": "email"}),
        help_text=_("We use it for this link only. Whoever reads this mailbox can open what you have written."),
    )
    only_mine = forms.BooleanField(label=_("Nobody but me reads this mailbox"), required=False)

    def __init__(self, *args, is_delicate, **kwargs):
        self.is_delicate = is_delicate
        super().__init__(*args, **kwargs)
        if is_delicate:
            self.fields["email"].widget.attrs["autocomplete"] = "off"
        else:
            del self.fields["only_mine"]

    def clean(self):
        data = super().clean()
        if self.is_delicate and not data.get("only_mine"):
            words = _("We send the link only to a mailbox that nobody else reads. Tick it, or call us instead.")
            self.add_error("only_mine", ValidationError(words, code="required"))
        return data
