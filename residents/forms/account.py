"""Coming into the account, joining a request to it, choosing the mails."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm
from residents.forms.following import TrackForm
from residents.models import ResidentAccount


class AccountLinkForm(PortalForm):
    mark_optional = False
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={
            "required": _("Write the address to which we shall send the link."),
            "invalid": _("This is not an e-mail address. It looks like this: name@example.pl."),
        },
        widget=forms.EmailInput(attrs={"class": "w-medium", "autocomplete": "email"}),
        help_text=_("Only a mailbox that nobody else reads. There is no password: you come in by the link we send."),
    )


class JoinForm(TrackForm):
    """Number and code as on the status page, and the word that the mailbox is nobody else's.

    It is asked for each request alike: a question only for guarded ones would tell that a file is restricted.
    """

    only_mine = forms.BooleanField(
        label=_("Nobody but me reads my mailbox"),
        help_text=_("Whoever reads it can come in here and see this request without its code."),
        error_messages={
            "required": _("Tick it, or leave the request out: you can always see it by its number and code.")
        },
    )

    def __init__(self, *args, has_mailbox, **kwargs):
        super().__init__(*args, **kwargs)
        if not has_mailbox:  # who comes in by a provider alone shares it with nobody
            del self.fields["only_mine"]


class MailsForm(PortalForm):
    mark_optional = False
    wanted = forms.MultipleChoiceField(
        label=_("Write to me when"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=ResidentAccount.Event,
        help_text=_("The mail names no matter. About requests with discreet contact we never write."),
    )
