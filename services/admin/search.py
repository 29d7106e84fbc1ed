"""What the organiser teaches the search."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import PortalModelAdmin
from services.actions import synonym_changed
from services.forms import SynonymForm
from services.indexing import named_by
from services.models import Synonym

MOST_NAMED = 12


@admin.register(Synonym)
class SynonymAdmin(PortalModelAdmin):
    """Words that people type for what the catalogue calls otherwise; the search knows them at once."""

    editable = addable = True
    logs_reads = False
    add_label = _("Add a synonym")
    empty_title = _("No synonym")
    empty_text = _("A synonym leads from a word that people type to the services that the catalogue calls otherwise.")
    form = SynonymForm
    list_display = ["words", "terms", "in_use"]
    list_filter = ["in_use"]
    search_fields = ["words", "terms"]
    fields = ["words", "terms", "leads_to", "in_use"]
    readonly_fields = ["leads_to"]

    @admin.display(description=_("leads to"))
    def leads_to(self, synonym):
        """Name the services of the saved terms, for whoever looks what he has done."""
        names = [version.card["plain_name"]["pl"] for version in named_by(synonym.terms).for_list()[:MOST_NAMED]]
        return ", ".join(names) or "–"

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        synonym_changed(obj, terms_before=form.initial.get("terms", ""))
