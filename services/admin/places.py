"""Places where services are given."""

from django.contrib import admin

from services.admin.base import ReferredAdmin
from services.models import Location


@admin.register(Location)
class LocationAdmin(ReferredAdmin):
    list_display = ["name", "address", "locality", "is_confidential"]
    list_select_related = ["locality"]
    list_filter = ["is_confidential"]
    ordering = ["name_sort", "pk"]
    search_fields = ["name", "address"]
