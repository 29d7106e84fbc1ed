"""The lists that entries choose from: the law's closed ones out of the files, and the centre's own."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import PortalModelAdmin
from services.admin.base import EndingFilter, ReferredAdmin
from services.forms import FormTemplateForm
from services.models import Agreement, EntryTemplate, FormTemplate, Locality, ServiceArea, TargetGroup, Topic


class ListAdmin(PortalModelAdmin):
    """A closed list that comes from the files."""

    logs_reads = False


@admin.register(ServiceArea)
class ServiceAreaAdmin(ListAdmin):
    list_display = ["number", "short_name", "name"]


@admin.register(TargetGroup)
class TargetGroupAdmin(ReferredAdmin):
    """The groups are those of the files; how they are called in each language can be put right here."""

    addable = False
    list_display = ["name", "hint", "on_home"]
    fields = ["name", "name_uk", "name_en", "hint", "hint_uk", "hint_en", "on_home", "code", "position"]
    readonly_fields = ["code", "position"]


@admin.register(Locality)
class LocalityAdmin(ListAdmin):
    list_display = ["name", "kind", "teryt", "simc"]
    search_fields = ["name"]


@admin.register(Topic)
class TopicAdmin(ReferredAdmin):
    """The centre's own tree. What is no longer used gets a day; it is never deleted."""

    list_display = ["name", "parent", "position", "obsolete_since"]
    list_select_related = ["parent"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["parent"]
    fields = ["name", "name_uk", "name_en", "code", "parent", "position", "obsolete_since"]
    prepopulated_fields = {"code": ["name"]}


@admin.register(FormTemplate)
class FormTemplateAdmin(ReferredAdmin):
    """The register of empty forms; each is chosen at the documents of the entries."""

    form = FormTemplateForm
    list_display = ["name", "content_type", "updated_on"]
    search_fields = ["name", "code"]
    fields = ["name", "code", "file", "updated_on"]
    prepopulated_fields = {"code": ["name"]}


@admin.register(EntryTemplate)
class EntryTemplateAdmin(PortalModelAdmin):
    """What a new entry may begin with. Whoever wants to change what a template says changes its entry."""

    editable = addable = True
    logs_reads = False
    list_display = ["name", "hint", "sample", "position", "in_use"]
    list_select_related = ["sample"]
    list_filter = ["in_use"]
    autocomplete_fields = ["sample"]
    fields = ["name", "hint", "sample", "position", "in_use", "code"]
    prepopulated_fields = {"code": ["name"]}


@admin.register(Agreement)
class AgreementAdmin(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    list_display = ["subject", "institution", "kind", "number", "valid_from", "valid_to"]
    list_select_related = ["institution"]
    list_filter = ["kind", EndingFilter]
    search_fields = ["subject", "number", "institution__name"]
    autocomplete_fields = ["institution", "services"]
    fields = ["subject", "institution", "kind", "number", ("valid_from", "valid_to"), "services", "code"]

    def desk_tiles(self, request, *, on):
        """Warn whoever keeps agreements sixty days before one ends: referrals run under it."""
        if not request.user.has_perm("services.change_agreement"):
            return []
        ending = Agreement.objects.visible_to(request.user).ending(on)
        return (
            [self.tile(ending, _("agreements that end within 60 days"), "late", ending="soon")]
            if ending.exists()
            else []
        )
