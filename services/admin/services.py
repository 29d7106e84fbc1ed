"""Services: the entries of the catalogue, with everything that belongs to them."""

from django.contrib import admin
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import Move
from cus_portal.templatetags.portal import day
from services import actions
from services.admin.base import EntryAdmin, StateFilter
from services.forms import AloneForm, ReasonForm, SendBackForm, ServiceForm, SubmitForm
from services.models import ProgrammeService, RequiredDocument, Service, ServiceStep
from services.workflow import SERVICE


class PartOfService:
    """An inline whose rights are those of the service it belongs to."""

    extra = 0
    show_change_link = False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("services.view_service", obj)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("services.change_service", obj)

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)


class BasisInline(PartOfService, admin.StackedInline):
    model = ProgrammeService
    autocomplete_fields = ["programme"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("programme", "service")

    def has_delete_permission(self, request, obj=None):
        """A basis is closed by its last day: requests remember under which one they were filed."""
        return False


class DocumentInline(PartOfService, admin.TabularInline):
    model = RequiredDocument


class StepInline(PartOfService, admin.TabularInline):
    model = ServiceStep


@admin.register(Service)
class ServiceAdmin(EntryAdmin):
    form = ServiceForm
    workflow = SERVICE
    waiting_label = _("entries wait for your review")
    moves = (
        Move("publish", actions.publish_service, done=_("The service is public now.")),
        Move("send_back", actions.send_service_back, SendBackForm, done=_("Its author can mend it now.")),
        Move("submit", actions.submit_service, SubmitForm, done=_("A second person will look at it now.")),
        Move("take_back", actions.take_service_back, done=_("You can go on writing.")),
        Move(
            "revise",
            actions.revise_service,
            done=_("You can write now. Until a second person publishes it, people read the entry as it was."),
        ),
        Move("confirm", actions.confirm_service, done=_("Written down: checked today.")),
        Move("discard", actions.discard_changes, done=_("The entry is again what people read.")),
        Move("publish_alone", actions.publish_service_alone, AloneForm, done=_("The service is public now.")),
        Move("archive", actions.archive_service, ReasonForm, done=_("The service has left the catalogue.")),
        Move("reopen", actions.reopen_service, ReasonForm, done=_("The service is in the catalogue again.")),
    )
    inlines = [BasisInline, DocumentInline, StepInline]
    list_display = ["plain_name", "code", "state", "in_force_until", "reviewed_on"]
    list_filter = [StateFilter, "areas", "target_groups", "evidence"]
    list_select_related = ["provider"]
    ordering = ["name_sort", "pk"]
    search_fields = ["search_text"]
    search_help_text = _("Any words of the description, also without Polish letters.")
    autocomplete_fields = ["provider"]
    filter_horizontal = ["areas", "target_groups", "localities", "locations"]
    prepopulated_fields = {"slug": ["plain_name"]}
    fieldsets = [
        (_("Name"), {"fields": ["code", "plain_name", "name", "slug", "summary", "description", "keywords"]}),
        (
            _("For whom"),
            {"fields": ["for_whom", "target_groups", "certificate", "localities", "areas"]},
        ),
        (
            _("Where and how"),
            {
                "fields": [
                    *("provider", "provider_note", "delivery_modes", "format", "locations", "place_is_confidential"),
                    *("phone", "direct_entry", "direct_entry_note", "supporting_action"),
                ]
            },
        ),
        (_("Quality"), {"fields": ["evidence", "evidence_source", "reviewed_on", "featured"]}),
    ]

    def get_queryset(self, request):
        rows = ProgrammeService.objects.in_force(timezone.localdate()).filter(service=OuterRef("pk"))
        rows = rows.order_by("-valid_from", "pk")
        return (
            super()
            .get_queryset(request)
            .annotate(
                row_since=Subquery(rows.values("valid_from")[:1]),
                row_until=Subquery(
                    rows.values(
                        until=Least(
                            Coalesce("valid_to", F("programme__valid_to")),
                            Coalesce("programme__valid_to", F("valid_to")),
                        )
                    )[:1]
                ),
            )
        )

    def get_search_results(self, request, queryset, search_term):
        return queryset.matching(search_term), False

    @admin.display(description=_("in force until"), ordering="row_until")
    def in_force_until(self, service):
        if service.row_since is None:
            return _("not in force")
        return day(service.row_until) or _("no end set")
