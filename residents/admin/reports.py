"""Reports of needs: what others tell us of somebody, until a worker decides what comes of it."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import Move
from cus_portal.templatetags.portal import tag
from residents.actions import close_report, look_into, turn_into_request
from residents.admin.base import DeskAdmin, OneOf, state_cell
from residents.models import NeedReport, RedFlag
from residents.report_forms import CloseReportForm, TurnForm
from residents.workflow import REPORT

OPEN = "open"


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    start = OPEN
    words = ((OPEN, gettext_lazy("open")), *((value, label) for value, label in NeedReport.Status.choices))

    def queryset(self, request, queryset):
        if self.value() == OPEN:
            return queryset.open()
        return super().queryset(request, queryset)


@admin.register(NeedReport)
class NeedReportAdmin(DeskAdmin):
    desk_position = 15
    workflow = REPORT
    detail_template = "admin/residents/need_report.html"
    list_display = ["number", "what", "whose_move", "received_on", "assigned_to"]
    list_filter = [StateFilter]
    list_select_related = ["assigned_to"]
    ordering = ["-pk"]
    empty_title = gettext_lazy("No report waits")
    empty_text = gettext_lazy("Here comes what neighbours, schools or the police tell of somebody.")
    moves = (
        Move("look_into", look_into, done=gettext_lazy("The report is yours.")),
        Move("turn", turn_into_request, form=TurnForm, done=gettext_lazy("The request is filed.")),
        Move("close", close_report, form=CloseReportForm, done=gettext_lazy("The report is closed.")),
    )
    past = {
        "submit": gettext_lazy("The report came in"),
        "look_into": gettext_lazy("A worker began to look into it"),
        "turn": gettext_lazy("It was turned into a request"),
        "close": gettext_lazy("It was closed"),
    }

    @admin.display(description=gettext_lazy("number"))
    def number(self, obj):
        return format_html('<span class="nowrap">{}</span>', obj.reference)

    @admin.display(description=gettext_lazy("what was seen"))
    def what(self, obj):
        words = Truncator(obj.what_seen).chars(90)
        return format_html("{} {}", words, tag("late", _("urgent"))) if obj.red_flags else words

    @admin.display(description=gettext_lazy("whose move"))
    def whose_move(self, obj):
        return state_cell(obj, self.party(obj))

    def get_search_results(self, request, queryset, search_term):
        return queryset, False

    def page_after(self, obj, move, result):
        return result.get_absolute_url() if move.name == "turn" else super().page_after(obj, move, result)

    def detail_context(self, request, obj):
        return {
            "facts": [
                (_("Kind"), obj.get_kind_display()),
                (_("Received on"), obj.received_on),
                (_("Whom it concerns"), obj.concerns),
                (_("What cannot wait"), [RedFlag(flag).label for flag in obj.red_flags]),
                (_("Does the person know"), obj.get_person_knows_display()),
                (_("Who reports"), obj.reporter or _("somebody unnamed")),
                (_("How to reach who reports"), obj.reporter_contact),
                (_("Worker"), obj.assigned_to),
                (_("On what ground"), obj.get_ground_display()),
                (_("Legal basis"), obj.legal_basis),
                (_("Why closed"), obj.get_close_reason_display()),
                (_("Note"), obj.note),
                (_("Answer to the question"), obj.answer),
                (_("Request"), self.link(obj.request) if obj.request_id else ""),
            ]
        }

    @staticmethod
    def link(request):
        return format_html('<a href="{}">{}</a>', request.get_absolute_url(), request)
