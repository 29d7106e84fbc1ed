from django.contrib import admin

from cus_portal.admin import PortalModelAdmin
from cus_portal.audit.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(PortalModelAdmin):
    """The data protection officer's view: who saw and did what, when, in which role."""

    logs_reads = False
    list_display = ["local_time", "actor_label", "role", "action", "object_type", "object_id", "reason"]
    list_filter = ["action", "object_type"]
    search_fields = ["object_id__exact", "actor_label__istartswith"]
