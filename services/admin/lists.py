"""The closed lists, as the files of the municipality give them."""

from django.contrib import admin

from cus_portal.admin import PortalModelAdmin
from services.models import Locality, ServiceArea, TargetGroup


class ListAdmin(PortalModelAdmin):
    """A closed list that comes from the files."""

    logs_reads = False


@admin.register(ServiceArea)
class ServiceAreaAdmin(ListAdmin):
    list_display = ["number", "short_name", "name"]


@admin.register(TargetGroup)
class TargetGroupAdmin(ListAdmin):
    list_display = ["name", "hint", "on_home"]


@admin.register(Locality)
class LocalityAdmin(ListAdmin):
    list_display = ["name", "kind", "teryt", "simc"]
    search_fields = ["name"]
