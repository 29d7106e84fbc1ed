"""Programmes: by which law or offer services are given, in what time, paid from what."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.audit.log import record
from services import actions
from services.admin.base import EntryAdmin, StateFilter
from services.admin.parts import FeeBandInline
from services.forms import AloneForm, AmendForm, ReasonForm, SendBackForm, SubmitForm
from services.models import Programme, ProgrammeService
from services.units import limit_of_one
from services.workflow import PROGRAMME


@admin.register(Programme)
class ProgrammeAdmin(EntryAdmin):
    workflow = PROGRAMME
    waiting_label = _("programmes wait for your review")
    moves = (
        Move("publish", actions.publish_programme, done=_("The programme is public now.")),
        Move("send_back", actions.send_programme_back, SendBackForm, done=_("Its author can mend it now.")),
        Move("submit", actions.submit_programme, SubmitForm, done=_("A second person will look at it now.")),
        Move("take_back", actions.take_programme_back, done=_("You can go on writing.")),
        Move("publish_alone", actions.publish_programme_alone, AloneForm, done=_("The programme is public now.")),
        Move("amend", actions.amend_programme, AmendForm, done=_("The pages say it already.")),
        Move("archive", actions.archive_programme, ReasonForm, done=_("The programme is in the archive.")),
        Move("reopen", actions.reopen_programme, ReasonForm, done=_("The programme is in force again.")),
    )
    past = {"import": _("Offers read in from another catalogue")}
    list_display = ["name", "resolution_no", "kind", "state", "valid_from", "valid_to"]
    list_filter = [StateFilter, "kind"]
    ordering = ["name_sort", "pk"]
    search_fields = ["name", "resolution_no", "code"]
    fields = [
        *("code", "kind", "name", "resolution_no", "resolution_date", "journal", "valid_from", "valid_to", "funding"),
    ]

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        return kwargs | {"instance": Programme.objects.get(pk=obj.pk)} if move.name == "amend" else kwargs


@admin.register(ProgrammeService)
class BasisAdmin(PortalModelAdmin):
    """A basis on a page of its own, for its income table; everything else is written on the page of its service."""

    logs_reads = False
    editable = True
    inlines = (FeeBandInline,)
    list_display = ["service", "programme", "valid_from", "valid_to", "fee_kind"]
    list_select_related = ["service", "programme"]
    list_filter = ["fee_kind", "regime"]
    ordering = ["service__name_sort", "-valid_from", "pk"]
    fields = [
        *("service", "programme", "valid_from", "valid_to", "regime", "places", "one_person", "limit_text"),
        *("fee_kind", "fee_note"),
    ]
    readonly_fields = fields
    past = {
        "carry_queue": _("A queue was carried over to this basis"),
        "print_queue": _("The queue was printed"),
    }

    @admin.display(description=_("places"))
    def places(self, obj):
        if obj.capacity is None:
            return _("no limit")
        return f"{obj.capacity} ({obj.get_capacity_unit_display()}, {obj.get_capacity_period_display()})"

    @admin.display(description=_("how much for one person at most"))
    def one_person(self, obj):
        return limit_of_one(obj.person_units, obj.person_unit, obj.person_period) or _("no limit")

    def log_change(self, request, obj, message):
        """Whoever writes the income table writes the service, and does not review it."""
        record("service.change", obj.service, by=request.user, fields=["fee_bands"])
