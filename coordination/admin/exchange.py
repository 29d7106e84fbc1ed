"""The rooms of events for other municipalities and of their guests."""

from django.contrib import admin
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions import exchange
from coordination.exchange import guest_list
from coordination.forms_exchange import CallOffForm, CountForm, ExchangeEventForm, TakeOffGuestForm
from coordination.models import ExchangeEvent, ExchangeSignUp
from coordination.workflow import EXCHANGE_EVENT
from cus_portal.accounts.permissions import require
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.audit.log import record
from cus_portal.exported import ExportedList
from cus_portal.exports import file_response


@admin.register(ExchangeEvent)
class ExchangeEventAdmin(PortalModelAdmin):
    workflow = EXCHANGE_EVENT
    editable = addable = True
    logs_reads = False
    desk_position = 18
    list_display = ["title", "kind", "on", "status", "coming", "waiting", "places"]
    list_filter = ["status", "kind"]
    sortable_by = ()
    form = ExchangeEventForm
    fields = [*ExchangeEventForm.Meta.fields, "guests", "public_page", "call_off_reason", "came"]
    readonly_fields = ["guests", "public_page", "call_off_reason", "came"]
    add_label = gettext_lazy("New event for other municipalities")
    empty_title = gettext_lazy("No event for other municipalities")
    empty_text = gettext_lazy("Study visits, conferences and seminars: write one, publish it, and they sign up.")
    moves = (
        Move("publish", exchange.publish_event, done=gettext_lazy("It is on the public page.")),
        Move(
            "take_off",
            exchange.take_off_guest,
            form=TakeOffGuestForm,
            label=gettext_lazy("Take somebody off the list"),
            permission="coordination.change_exchangeevent",
            when=lambda event: event.sign_ups.confirmed().exists(),
            danger=True,
            done=gettext_lazy("The place is free again."),
        ),
        Move(
            "count",
            exchange.count_guests,
            form=CountForm,
            when=lambda event: event.on <= timezone.localdate(),
            done=gettext_lazy("The number is written down."),
        ),
        Move("call_off", exchange.call_off_event, form=CallOffForm, done=gettext_lazy("Everybody is being told.")),
    )
    past = {
        "publish": gettext_lazy("the event was published"),
        "call_off": gettext_lazy("the event was called off"),
        "take_off": gettext_lazy("somebody was taken off the list"),
        "count": gettext_lazy("it was counted how many came"),
        "guest_list": gettext_lazy("the list of guests was printed"),
    }

    def get_urls(self):
        view = self.admin_site.admin_view(self.guest_list_view)
        return [path("<int:pk>/pdf/", view, name="coordination_exchangeevent_pdf"), *super().get_urls()]

    def get_queryset(self, request):
        return super().get_queryset(request).with_guests()

    def has_change_permission(self, request, obj=None):
        """What was called off stays as it is."""
        return not (obj and obj.is_called_off()) and super().has_change_permission(request, obj)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        exchange.event_changed(obj, fields=form.changed_data, by=request.user, now=timezone.now())

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        return kwargs | {"event": obj} if move.name in ("take_off", "count") else kwargs

    def guest_list_view(self, request, pk):
        event = self._seen(request, str(pk))
        require(request.user, "coordination.view_exchangesignup", event)
        record("exchangeevent.guest_list", event, by=request.user)
        return file_response(guest_list(event), f"goscie-{event.on:%Y-%m-%d}.pdf", "application/pdf")

    @admin.display(description=gettext_lazy("people who come"))
    def coming(self, event):
        return event.coming

    @admin.display(description=gettext_lazy("wait"))
    def waiting(self, event):
        return event.waiting

    @admin.display(description=gettext_lazy("who comes"))
    def guests(self, event):
        if event.pk is None:
            return "–"
        room = reverse("admin:coordination_exchangesignup_changelist")
        paper = reverse("admin:coordination_exchangeevent_pdf", args=[event.pk])
        numbers = _("%(coming)s of %(places)s, %(waiting)s wait") % {
            "coming": event.coming, "places": event.places, "waiting": event.waiting
        }  # fmt: skip
        return format_html(
            '{}. <a href="{}?event__id__exact={}">{}</a>, <a href="{}">{}</a>',
            numbers, room, event.pk, _("Show the guests"), paper, _("List to print"),
        )  # fmt: skip

    @admin.display(description=gettext_lazy("public page"))
    def public_page(self, event):
        if event.published_at is None:
            return _("not published yet")
        return format_html('<a href="{}">{}</a>', event.get_absolute_url(), _("Open the page"))


@admin.register(ExchangeSignUp)
class ExchangeSignUpAdmin(ExportedList, PortalModelAdmin):
    desk_position = 19
    list_display = ["name", "institution", "people", "state", "phone", "event", "came"]
    list_filter = ["event"]
    list_select_related = ["event"]
    sortable_by = ()
    exported = ("name", "institution", "teryt", "people", "state", "email", "phone", "needs", "event", "came")
    fields = readonly_fields = [
        *("event", "name", "institution", "teryt", "email", "phone", "people", "needs", "state", "asked_at"),
        *("confirmed_at", "came"),
    ]
    empty_title = gettext_lazy("Nobody has signed up yet")
    empty_text = gettext_lazy("They sign up on the public page of an event. A month after it they are deleted.")

    @admin.display(description=gettext_lazy("state"))
    def state(self, guest):
        return guest.state_words
