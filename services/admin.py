"""The organiser's room: the catalogue, edited by hand and published by buttons."""

from django.contrib import admin
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.templatetags.portal import day
from services import actions
from services.forms import ServiceForm
from services.models import (
    Locality,
    Location,
    Programme,
    ProgrammeService,
    RequiredDocument,
    Service,
    ServiceArea,
    ServiceStep,
    TargetGroup,
)
from services.workflow import PROGRAMME, SERVICE


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


class CatalogueAdmin(PortalModelAdmin):
    """An entry that a workflow publishes: a save writes what was changed in the form, and nothing else."""

    editable = addable = True
    logs_reads = False

    def save_model(self, request, obj, form, change):
        if not change:
            obj.save()
            return
        many = {field.name for field in obj._meta.many_to_many}
        obj.version = F("version") + 1
        obj.save(update_fields=[*(name for name in form.changed_data if name not in many), "version"])
        obj.refresh_from_db(fields=["version"])


@admin.register(Service)
class ServiceAdmin(CatalogueAdmin):
    form = ServiceForm
    workflow = SERVICE
    moves = (
        Move("publish", actions.publish_service, done=_("The service is public now.")),
        Move("archive", actions.archive_service, done=_("The service has left the catalogue.")),
        Move("reopen", actions.reopen_service, done=_("The service is a draft again.")),
    )
    inlines = [BasisInline, DocumentInline, StepInline]
    list_display = ["plain_name", "code", "state", "in_force_until", "reviewed_on"]
    list_filter = ["status", "areas", "target_groups", "evidence"]
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

    @admin.display(description=_("state"), ordering="status")
    def state(self, service):
        return service.get_status_display()

    @admin.display(description=_("in force until"), ordering="row_until")
    def in_force_until(self, service):
        if service.row_since is None:
            return _("not in force")
        return day(service.row_until) or _("no end set")


@admin.register(Programme)
class ProgrammeAdmin(CatalogueAdmin):
    workflow = PROGRAMME
    moves = (
        Move("publish", actions.publish_programme, done=_("The programme is public now.")),
        Move("archive", actions.archive_programme, done=_("The programme is in the archive.")),
        Move("reopen", actions.reopen_programme, done=_("The programme is a draft again.")),
    )
    list_display = ["name", "resolution_no", "kind", "state", "valid_from", "valid_to"]
    list_filter = ["status", "kind"]
    ordering = ["name_sort", "pk"]
    search_fields = ["name", "resolution_no", "code"]
    fields = [
        *("code", "kind", "name", "resolution_no", "resolution_date", "journal", "valid_from", "valid_to", "funding"),
    ]

    @admin.display(description=_("state"), ordering="status")
    def state(self, programme):
        return programme.get_status_display()


@admin.register(Location)
class LocationAdmin(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    list_display = ["name", "address", "locality", "is_confidential"]
    list_select_related = ["locality"]
    list_filter = ["is_confidential"]
    ordering = ["name_sort", "pk"]
    search_fields = ["name", "address"]


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
