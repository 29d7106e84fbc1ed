"""How long what is on record is kept, and how it goes: terms, holds, destruction lists."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from coordination.models import RetentionRule
from cus_portal.admin import PortalModelAdmin


@admin.register(RetentionRule)
class RetentionRuleAdmin(PortalModelAdmin):
    """The terms as the filing plan agreed with the State Archive has them: ended and followed, not overwritten."""

    editable = addable = True
    logs_reads = False
    desk_position = 52
    list_display = ["kind", "filing_class", "category", "years", "needs_consent", "valid_from", "valid_to"]
    list_display_links = ["kind"]
    list_filter = ["kind", "category"]
    fields = [
        "kind",
        "filing_class",
        "category",
        "years",
        "needs_consent",
        "legal_source",
        "valid_from",
        "valid_to",
    ]
    add_label = gettext_lazy("New term of keeping")
    empty_title = gettext_lazy("No term of keeping is written down")
    empty_text = gettext_lazy("Without a term nothing is ever taken out. Write down those of your filing plan (JRWA).")
