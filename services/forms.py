from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField, PortalForm, PortalModelForm
from services.models import Programme, Service


class ServiceForm(PortalModelForm):
    """The organiser's form of one service."""

    delivery_modes = forms.MultipleChoiceField(
        label=Service._meta.get_field("delivery_modes").verbose_name,
        choices=Service.Delivery,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Service
        fields = ["delivery_modes"]  # the admin's fieldsets name the others


def short_text(label, **kwargs):
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 2}), max_length=300, **kwargs)


# -- moves --------------------------------------------------------------------------------------
class SubmitForm(PortalForm):
    mark_optional = False
    note = short_text(
        _("What have you changed, and why?"),
        help_text=_("The second person reads this first; it stays in the history of the entry."),
    )


class SendBackForm(PortalForm):
    mark_optional = False
    reason = short_text(_("What has to be mended?"), help_text=_("Whoever wrote the change reads this."))


class AloneForm(PortalForm):
    mark_optional = False
    reason = short_text(
        _("Why does nobody else look at it?"),
        help_text=_("This stays in the history, and such publications are counted."),
    )


class ReasonForm(PortalForm):
    mark_optional = False
    reason = short_text(_("Why?"), help_text=_("This stays in the history."))


class AmendForm(PortalModelForm):
    """A published programme, changed as its amending resolution says."""

    valid_from = DayField(label=Programme._meta.get_field("valid_from").verbose_name)
    valid_to = DayField(label=Programme._meta.get_field("valid_to").verbose_name, required=False)
    resolution_date = DayField(label=Programme._meta.get_field("resolution_date").verbose_name, required=False)
    reason = short_text(
        _("Why is it changed?"), help_text=_("For example: the resolution that amends it. This stays in the history.")
    )

    class Meta:
        model = Programme
        fields = ["name", "resolution_no", "resolution_date", "journal", "valid_from", "valid_to", "funding"]
