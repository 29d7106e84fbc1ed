"""Residents: found by name or number, never listed for browsing, changed nowhere here."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import Move
from residents.actions import declare_conflict
from residents.admin.base import RESTRICT, DeskAdmin
from residents.models import Case, Resident, ServiceRequest
from residents.restricted_forms import ConflictForm


@admin.register(Resident)
class ResidentAdmin(DeskAdmin):
    searches_people = True
    desk_position = 40
    detail_template = "admin/residents/resident.html"
    list_display = ["name", "birth_date", "masked", "locality"]
    list_select_related = ["locality"]
    search_fields = ["search_name"]
    search_help_text = gettext_lazy(
        "Any part of the name, PESEL or phone or its last 4 to 6 digits, the number of a request, the case sign."
    )
    ordering = ["search_name", "pk"]  # the range that a search is; Żak stands beside Zak, as a forgiving search has it
    empty_title = gettext_lazy("Search for a person")
    empty_text = gettext_lazy("People are shown only when you search for them.")

    moves = (
        Move(
            "declare_conflict",
            declare_conflict,
            ConflictForm,
            label=gettext_lazy("I know this person"),
            permission="residents.declare_conflict",
            done=gettext_lazy("Recorded. Nothing about this person is shown to you any more."),
        ),
        RESTRICT,
    )
    past = {
        "restrict": gettext_lazy("The file was restricted"),
        "declare_conflict": gettext_lazy("A worker said that he knows the person"),
    }

    def page_after(self, obj, move, result):
        return self.list_url() if move.name == "declare_conflict" else super().page_after(obj, move, result)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("locality")

    def get_search_results(self, request, queryset, search_term):
        if not search_term:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=gettext_lazy("surname and first name"))
    def name(self, obj):
        return f"{obj.last_name} {obj.first_name}".strip() or str(obj)

    @admin.display(description=gettext_lazy("PESEL"))
    def masked(self, obj):
        return obj.masked_pesel

    def detail_context(self, request, obj):
        place = " ".join(part for part in (obj.postal_code, str(obj.locality or "")) if part)
        requests = ServiceRequest.objects.visible_to(request.user).filter(resident=obj)
        cases = Case.objects.visible_to(request.user).filter(resident=obj)
        return {
            "phone": obj.phone,
            "discreet": obj.requests.discreet().exists(),
            "facts": [
                (_("PESEL"), obj.masked_pesel),
                (_("Date of birth"), obj.birth_date),
                (_("Address"), ", ".join(part for part in (obj.address, place) if part)),
                (_("E-mail"), obj.email),
            ],
            "requests": requests.prefetch_related("items__service").order_by("-received_on", "-pk"),
            "cases": cases.select_related("coordinator").order_by("-opened_on", "-pk"),
        }
