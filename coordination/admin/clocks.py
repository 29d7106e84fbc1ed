"""The clocks of referrals that go otherwise than usual: for all, for an institution, for a kind."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy

from coordination.models import ReferralClock
from cus_portal.accounts.models import Institution
from cus_portal.admin import PortalModelAdmin


@admin.register(ReferralClock)
class ReferralClockAdmin(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    desk_position = 51
    list_display = ["clock", "days", "institution", "kind", "direction", "valid_from", "valid_to"]
    list_select_related = ["institution"]
    sortable_by = ()
    fields = ["clock", "days", "institution", "kind", "direction", "valid_from", "valid_to"]
    add_label = gettext_lazy("New clock")
    empty_title = gettext_lazy("All clocks go as usual")
    empty_text = gettext_lazy(
        "Here you write what is agreed otherwise: how many days an institution has for its answer, or a kind of "
        "referral takes."
    )

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "institution":
            kwargs["queryset"] = Institution.objects.partners().order_by("name_sort", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request):
        return {"valid_from": timezone.localdate()} | super().get_changeform_initial_data(request)
