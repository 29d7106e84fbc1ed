from django.apps import apps
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import PortalModelAdmin
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import subject_of


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("failed", _("given up")), ("unsent", _("to send"))]

    def queryset(self, request, queryset):
        return getattr(queryset, self.value())() if self.value() in {"failed", "unsent"} else queryset


@admin.register(Message)
class MessageAdmin(PortalModelAdmin):
    """The outbox: what went out, what waits, what could not be sent."""

    logs_reads = False
    list_display = ["subject", "recipient", "due_at", "attempts", "sent_at", "dead_at"]
    fields = [
        *("subject", "recipient", "created_at", "due_at", "attempts", "last_error", "sent_at", "dead_at", "dropped_at")
    ]
    readonly_fields = ["subject", "recipient"]
    list_filter = [StateFilter]
    sortable_by = ()

    @admin.display(description=_("subject"))
    def subject(self, message):
        return subject_of(message)

    @admin.display(description=_("recipient"))
    def recipient(self, message):
        """Say which kind of row it goes to, and its number: never a name or an address."""
        kind = apps.get_model(message.recipient_type)._meta.verbose_name
        return f"{kind} {message.recipient_id}"
