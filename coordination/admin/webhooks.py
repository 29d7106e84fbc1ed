"""The addresses of other institutions' programs, and the calls that were made to them."""

from django.contrib import admin, messages
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions.webhooks import add_webhook, renew_secret, switch_off, switch_on, try_webhook
from coordination.models import Referral, Webhook, WebhookCall
from coordination.webhooks import TRIAL
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.forms import PortalModelForm
from cus_portal.notifications.admin import StateFilter, is_undelivered
from cus_portal.notifications.outbox import send_again

KEEP = "coordination.keep_webhook"


def is_on(webhook):
    return webhook.switched_off_at is None


def show_secret(request, secret):
    messages.warning(request, _("Copy the secret now, it is not shown again: %(secret)s") % {"secret": secret})


@admin.register(Webhook)
class WebhookAdmin(PortalModelAdmin):
    form = PortalModelForm
    addable = True
    add_label = gettext_lazy("Add an address of an institution's program")
    logs_reads = False
    list_display = ["institution", "name", "url", "failing_since", "switched_off_at"]
    list_select_related = ["institution"]
    sortable_by = ()
    readonly_fields = ["made_by", "made_at", "failures", "failing_since", "switched_off_at", "old_secret_until"]
    empty_title = gettext_lazy("No program of another institution is called")
    empty_text = gettext_lazy("Add its address when an institution wants its program to hear of changes at once.")
    moves = (
        Move(
            "try",
            try_webhook,
            label=gettext_lazy("Send a trial event"),
            permission=KEEP,
            when=is_on,
            done=gettext_lazy("The event goes out. Whether it arrived stands in the list of calls."),
        ),
        Move(
            "renew",
            renew_secret,
            label=gettext_lazy("Make a new secret"),
            permission=KEEP,
            when=is_on,
            danger=True,
            done=gettext_lazy("The secret before signs for seven more days, beside the new one."),
        ),
        Move(
            "switch_off",
            switch_off,
            label=gettext_lazy("Switch off"),
            permission=KEEP,
            when=is_on,
            danger=True,
            done=gettext_lazy("This address is called no more."),
        ),
        Move(
            "switch_on",
            switch_on,
            label=gettext_lazy("Switch on"),
            permission=KEEP,
            when=lambda webhook: not is_on(webhook),
            done=gettext_lazy("This address is called again from now on."),
        ),
    )
    past = {
        "add": gettext_lazy("Added"),
        "try": gettext_lazy("A trial event was sent"),
        "renew": gettext_lazy("A new secret was made"),
        "switch_off": gettext_lazy("Switched off"),
        "switch_on": gettext_lazy("Switched on"),
        "fall_silent": gettext_lazy("Switched off: it did not answer, or said that nobody is to call any more"),
    }

    def get_fields(self, request, obj=None):
        return ["institution", "name", "url", *(self.readonly_fields if obj else [])]

    def save_model(self, request, obj, form, change):
        show_secret(request, add_webhook(obj, by=request.user, now=timezone.now()))

    def say_done(self, request, move, result):
        super().say_done(request, move, result)
        if move.name == "renew":
            show_secret(request, result)

    def log_addition(self, request, obj, message):
        """The action has written it down."""


class AddressFilter(admin.SimpleListFilter):
    title = gettext_lazy("address")
    parameter_name = "address"

    def lookups(self, request, model_admin):
        return [(str(one.pk), str(one)) for one in Webhook.objects.visible_to(request.user)]

    def queryset(self, request, queryset):
        return queryset.filter(recipient_id=self.value()) if (self.value() or "").isdecimal() else queryset


@admin.register(WebhookCall)
class WebhookCallAdmin(PortalModelAdmin):
    """What was said to whom, when, and what came back."""

    logs_reads = False
    list_display = ["event", "subject", "address", "created_at", "attempts", "sent_at", "last_error", "dead_at"]
    list_filter = [StateFilter, AddressFilter]
    sortable_by = ()
    fields = ["event", "subject", "address", "created_at", "due_at", "attempts", "last_error", "sent_at", "dead_at"]
    readonly_fields = ["event", "subject", "address"]
    empty_title = gettext_lazy("No program was called")
    moves = (
        Move(
            "again",
            send_again,
            label=gettext_lazy("Send again"),
            permission="coordination.repeat_webhookcall",
            when=is_undelivered,
            done=gettext_lazy("The event goes out again."),
        ),
    )
    past = {"again": gettext_lazy("Sent again")}

    def get_queryset(self, request):
        mine = Referral.objects.visible_to(request.user)
        numbers = mine.filter(pk=OuterRef("about_id")).order_by().values("number")
        addresses = Webhook.objects.filter(pk=OuterRef("recipient_id")).values("url")
        return super().get_queryset(request).annotate(number=Subquery(numbers), url=Subquery(addresses))

    @admin.display(description=gettext_lazy("event"))
    def event(self, call):
        return call.event

    @admin.display(description=gettext_lazy("referral"))
    def subject(self, call):
        return _("trial") if call.template == TRIAL else call.number

    @admin.display(description=gettext_lazy("address"))
    def address(self, call):
        return call.url
