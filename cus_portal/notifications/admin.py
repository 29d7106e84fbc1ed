from django.apps import apps
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import see_to, send_again, subject_of


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("undelivered", _("did not arrive")), ("failed", _("given up")), ("unsent", _("to send"))]

    def queryset(self, request, queryset):
        return getattr(queryset, self.value())() if self.value() in {"failed", "unsent", "undelivered"} else queryset


def is_undelivered(message):
    return message.seen_to_at is None and (message.dead_at or message.bounced_at) is not None


@admin.register(Message)
class MessageAdmin(PortalModelAdmin):
    """The outbox: what went out, what waits, what could not be sent."""

    logs_reads = False
    list_display = ["subject", "recipient", "due_at", "attempts", "sent_at", "dead_at", "bounced_at"]
    fields = [
        *("subject", "recipient", "created_at", "due_at", "attempts", "last_error", "sent_at", "dead_at", "dropped_at"),
        *("bounced_at", "bounce_code", "seen_to_at"),
    ]
    readonly_fields = ["subject", "recipient"]
    list_filter = [StateFilter]
    sortable_by = ()
    moves = (
        Move(
            "again",
            send_again,
            label=_("Send the mail again"),
            permission="notifications.resend_message",
            when=is_undelivered,
            done=_("The mail goes out again."),
        ),
        Move(
            "see_to",
            see_to,
            label=_("The addressee knows by other means"),
            permission="notifications.resend_message",
            when=is_undelivered,
        ),
    )
    past = {
        "again": _("The mail was sent again"),
        "see_to": _("The addressee knows by other means"),
    }

    @admin.display(description=_("subject"))
    def subject(self, message):
        return subject_of(message)

    @admin.display(description=_("recipient"))
    def recipient(self, message):
        """Say which kind of row it goes to, and its number: never a name or an address."""
        kind = apps.get_model(message.recipient_type)._meta.verbose_name
        return f"{kind} {message.recipient_id}"
