"""The forms of what happens to an institution."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import Institution
from cus_portal.forms import PortalForm


class RenameForm(PortalForm):
    mark_optional = False
    name = forms.CharField(
        label=_("New name"), max_length=200, help_text=_("From today. Referrals sent before keep the old name.")
    )
    short_name = forms.CharField(label=_("New short name"), max_length=60)


class MergeForm(PortalForm):
    mark_optional = False
    into = forms.ModelChoiceField(
        Institution.objects.none(),
        label=_("Who takes it over?"),
        empty_label=_("choose from the list"),
        help_text=_("Open referrals, consents, services, agreements and people go over to it at once."),
    )

    def __init__(self, *args, gone, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = Institution.objects.active().exclude(pk=gone.pk).order_by("name_sort", "pk")


class CloseForm(PortalForm):
    mark_optional = False
    reason = forms.CharField(
        label=_("Why is it closed?"),
        max_length=300,
        help_text=_(
            "Only once nothing is open there: pass its referrals on or withdraw them first; archive its services."
        ),
    )


class ConfirmEmailForm(PortalForm):
    mark_optional = False
    reason = forms.CharField(
        label=_("Who confirmed it, and how?"),
        max_length=300,
        help_text=_("You called the institution: its own people, and nobody else, read this mailbox."),
    )
