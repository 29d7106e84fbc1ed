from django import forms

from cus_portal.forms import PortalModelForm
from services.models import Service


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
