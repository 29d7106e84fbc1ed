"""Messages of residents that wait for an answer: danger first, then by the day the answer is due."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import Move
from cus_portal.templatetags.portal import tag
from residents.actions import answer_message, may_be_written_to, note_message
from residents.admin.base import ME, TODAY, DeskAdmin, OneOf, due_cell, state_cell
from residents.desk_forms import WriteForm
from residents.models import RequestMessage
from residents.thread import news_reach, thread_of
from residents.workflow import MESSAGE

Status = RequestMessage.Status


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    start = Status.WAITING
    words = tuple(pair for pair in Status.choices if pair[0] != Status.SENT)


class WhoseFilter(OneOf):
    title = gettext_lazy("whose")
    parameter_name = "whose"
    words = ((ME, gettext_lazy("mine")),)

    def queryset(self, request, queryset):
        return queryset.of_worker(request.user) if self.value() == ME else queryset


class DueFilter(OneOf):
    title = gettext_lazy("term")
    parameter_name = "due"
    words = ((TODAY, gettext_lazy("late or due today")),)

    def queryset(self, request, queryset):
        return queryset.due_by(timezone.localdate()) if self.value() == TODAY else queryset


@admin.register(RequestMessage)
class RequestMessageAdmin(DeskAdmin):
    desk_position = 12
    workflow = MESSAGE
    detail_template = "admin/residents/message.html"
    list_display = ["number", "what", "worker", "whose_move", "written_at", "until"]
    list_display_links = ["number"]
    list_filter = [StateFilter, WhoseFilter, DueFilter]
    ordering = ["-tells_of_danger", "answer_by", "pk"]
    empty_title = gettext_lazy("No message waits")
    empty_text = gettext_lazy("Here comes what residents write to us about their requests.")
    moves = (
        Move(
            "answer",
            answer_message,
            form=WriteForm,
            when=lambda message: may_be_written_to(message.request),
            done=gettext_lazy("The answer is in the thread."),
        ),
        Move("note", note_message, done=gettext_lazy("The message is put aside.")),
    )
    past = {
        "write": gettext_lazy("The resident wrote"),
        "answer": gettext_lazy("It was answered"),
        "note": gettext_lazy("It was read and needs no answer"),
    }

    def get_queryset(self, request):
        shown = ("request__assigned_to", "request__case__coordinator", "answered_by")
        return super().get_queryset(request).from_residents().select_related(*shown)

    def get_search_results(self, request, queryset, search_term):
        return queryset, False

    # -- the list's cells ---------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("request"))
    def number(self, obj):
        return format_html('<span class="nowrap">{}</span>', obj.request.reference)

    @admin.display(description=gettext_lazy("message"))
    def what(self, obj):
        words = Truncator(obj.text).chars(90) or _("a document")
        return format_html("{} {}", words, tag("late", _("urgent"))) if obj.tells_of_danger else words

    @admin.display(description=gettext_lazy("worker"))
    def worker(self, obj):
        case = obj.request.case
        return (case.coordinator if case else obj.request.assigned_to) or _("nobody yet")

    @admin.display(description=gettext_lazy("whose move"))
    def whose_move(self, obj):
        return state_cell(obj, self.party(obj))

    @admin.display(description=gettext_lazy("answer due"))
    def until(self, obj):
        return due_cell(obj.answer_by, timezone.localdate()) if obj.status == Status.WAITING else "–"

    # -- one message --------------------------------------------------------------------------------
    def due(self, obj):
        return obj.answer_by if obj.status == Status.WAITING else None

    def due_words(self, obj):
        return _("answer due by")

    def move_facts(self, obj, move):
        said = [(_("The resident wrote"), obj.text)]
        return [*said, *news_reach(obj.request)] if move.name == "answer" else said

    def page_after(self, obj, move, result):
        return obj.request.get_absolute_url()

    def detail_context(self, request, obj):
        return {"request_url": obj.request.get_absolute_url(), "thread": thread_of(obj.request)}

    # -- the first page -----------------------------------------------------------------------------
    def desk_tiles(self, request, *, on):
        waiting = RequestMessage.objects.visible_to(request.user).waiting()
        return [
            self.tile(waiting, _("messages to answer"), "mine"),
            self.tile(waiting.of_worker(request.user), _("messages to me"), "mine", whose=ME),
            self.tile(waiting.due_by(on), _("messages late or due today"), "late", due=TODAY),
        ]
