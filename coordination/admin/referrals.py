"""Referrals in the office: a list to look things up; each opens on its own page."""

from django.contrib import admin
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from coordination.actions.referrals import acknowledge_outcome, still_wanted, withdraw_referral
from coordination.admin.referral_filters import (
    BY_SENDING,
    NarrowForm,
    StateFilter,
)
from coordination.forms import AcknowledgeForm, WithdrawForm
from coordination.models import Referral
from coordination.presentation import REFERRAL_PAST, state_of
from coordination.workflow import REFERRAL
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.asked import TypedFilters
from cus_portal.bulk import BulkMoves
from cus_portal.exported import ExportedList
from cus_portal.saved import SavedFilters
from cus_portal.templatetags.portal import day, tag


@admin.register(Referral)
class ReferralAdmin(BulkMoves, SavedFilters, TypedFilters, ExportedList, PortalModelAdmin):
    workflow = REFERRAL
    past = REFERRAL_PAST
    bulk_moves = (
        Move(
            "acknowledge", acknowledge_outcome, AcknowledgeForm, when=lambda referral: referral.acknowledged_at is None
        ),
        Move("still_wanted", still_wanted),
        Move("withdraw", withdraw_referral, WithdrawForm),
    )
    list_display = ["number", "what", "to", "state", "whose_move", "until", "case"]
    exported = ("number", "what", "to", "sent", "state_words", "whose_move", "until_day", "case")
    list_filter = [StateFilter, *BY_SENDING]
    typed_form = NarrowForm
    list_select_related = ["receiver", "sender", "service", "case__coordinator"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["number"]
    search_help_text = gettext_lazy("The beginning of the number.")
    empty_title = gettext_lazy("No referral here")
    empty_text = gettext_lazy("A referral is written on the page of its case or plan.")

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        return rows.exclude(status=Referral.Status.ENTERED_IN_ERROR)

    def get_ordering(self, request):
        """Show newest first; what is narrowed beyond its state goes by the sending, as the indexes of these do."""
        by_sending = request.GET.keys() & {one.parameter_name for one in BY_SENDING}
        return ["-sent_at", "-pk"] if by_sending else super().get_ordering(request)

    def get_search_results(self, request, queryset, search_term):
        return (queryset.filter(number__startswith=search_term.strip().upper()) if search_term else queryset), False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return redirect(self._seen(request, object_id))

    def bulk_words(self, obj):
        return f"{obj.receiver.short_name}, {self.what(obj)}"

    def leaving(self, rows):
        return rows.without_secrets()

    def side(self, obj):
        return state_of(obj, received=False, on=timezone.localdate())

    @admin.display(description=gettext_lazy("receiver"))
    def to(self, obj):
        return obj.receiver.short_name

    @admin.display(description=gettext_lazy("what is asked for"))
    def what(self, obj):
        return obj.service.plain_name if obj.service else obj.get_kind_display()

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj):
        state = self.side(obj)
        return tag(state.kind, state.label)

    @admin.display(description=gettext_lazy("whose move"))
    def whose_move(self, obj):
        return self.side(obj).whose

    @admin.display(description=gettext_lazy("until"))
    def until(self, obj):
        state = self.side(obj)
        return format_html("{} {}", day(state.due), tag("late", state.lateness)) if state.days_late else day(state.due)

    # -- the same in a file -------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("sent"))
    def sent(self, obj):
        return obj.sent_at and f"{timezone.localdate(obj.sent_at):%d.%m.%Y}"

    @admin.display(description=gettext_lazy("state"))
    def state_words(self, obj):
        return self.side(obj).label

    @admin.display(description=gettext_lazy("until"))
    def until_day(self, obj):
        due = self.side(obj).due
        return due and f"{due:%d.%m.%Y}"
