"""Places where services are given, and what people must know for some days."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import PortalModelAdmin
from services import actions
from services.admin.base import HoursShown, ReferredAdmin
from services.admin.parts import ExceptionInline, HoursInline
from services.forms import LocationForm
from services.models import Alert, Location


class PartOfPlace:
    """An inline whose rights are those of the place."""

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("services.view_location", obj)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("services.change_location", obj)

    has_add_permission = has_delete_permission = has_change_permission


class PlaceHoursInline(PartOfPlace, HoursInline):
    exclude = ("service",)


class PlaceExceptionInline(PartOfPlace, ExceptionInline):
    exclude = ("service",)


@admin.register(Location)
class LocationAdmin(HoursShown, ReferredAdmin):
    form = LocationForm
    inlines = (PlaceHoursInline, PlaceExceptionInline)
    list_display = ["name", "address", "locality", "is_confidential"]
    list_select_related = ["locality"]
    list_filter = ["is_confidential"]
    ordering = ["name_sort", "pk"]
    search_fields = ["name", "address"]
    fieldsets = [
        (None, {"fields": ["name", "code", "is_confidential"]}),
        (_("Where"), {"fields": ["address", "postal_code", "locality", ("latitude", "longitude"), "transport"]}),
        (_("When and how"), {"fields": ["phone", "hours_text", "access", "accessibility"]}),
    ]

    def save_related(self, request, form, formsets, change):
        if "hours_text" in form.changed_data:
            actions.write_hours_of(form.instance, form.cleaned_data["hours_text"])
        super().save_related(request, form, formsets, change)


@admin.register(Alert)
class AlertAdmin(PortalModelAdmin):
    """Live from the moment it is saved, without review: it says what cannot wait."""

    editable = addable = True
    logs_reads = False
    add_label = _("New alert")
    empty_title = _("No alert")
    empty_text = _("An alert tells for some days that something is closed, moved or suspended.")
    list_display = ["text", "service", "location", "suspends", "first_on", "last_on"]
    list_select_related = ["service", "location"]
    list_filter = ["suspends"]
    search_fields = ["text"]
    autocomplete_fields = ["service", "location"]
    fields = ["text", "text_uk", "text_en", ("service", "location"), "suspends", ("first_on", "last_on")]

    def get_changeform_initial_data(self, request):
        return {"first_on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        before = Alert.objects.filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        for alert in filter(None, (before, obj)):
            actions.alert_changed(alert, now=timezone.now())
