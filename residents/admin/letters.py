"""Letters: to print and send, on their way, come back. Whose time to collect is over stands on the first page."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import Move
from cus_portal.audit.log import record_read
from residents.actions import (
    change_letter,
    deliver_letter,
    discard_letter,
    leave_unexamined,
    presume_delivered,
    record_notice,
    return_letter,
    send_letter,
    write_again,
)
from residents.admin.base import ALL, DeskAdmin, OneOf, due_cell, state_cell
from residents.delivery import second_notice
from residents.documents import letter_document
from residents.letter_forms import DeliverForm, LetterForm, NoticeForm, PresumeForm, ReturnLetterForm, SendLetterForm
from residents.models import Letter
from residents.workflow import LETTER

Status = Letter.Status
OPEN, PRESUMABLE, SILENT, DECISIONS, UNANSWERED = "open", "presumable", "silent", "decisions", "unanswered"


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    start = OPEN
    words = ((OPEN, gettext_lazy("open")), *Status.choices)

    def queryset(self, request, queryset):
        if self.value() == OPEN:
            return queryset.open()
        return super().queryset(request, queryset)


class WaitFilter(OneOf):
    title = gettext_lazy("delivery")
    parameter_name = "wait"
    words = (
        (PRESUMABLE, gettext_lazy("time to collect is over")),
        (SILENT, gettext_lazy("nothing came back for a month")),
        (DECISIONS, gettext_lazy("decisions not delivered yet")),
        (UNANSWERED, gettext_lazy("calls not answered in their term")),
    )

    def queryset(self, request, queryset):
        on = timezone.localdate()
        if self.value() == PRESUMABLE:
            return queryset.presumable(on)
        if self.value() == DECISIONS:
            return queryset.decisions_to_deliver()
        if self.value() == UNANSWERED:
            return queryset.unanswered(on)
        return queryset.silent(on) if self.value() == SILENT else queryset


@admin.register(Letter)
class LetterAdmin(DeskAdmin):
    desk_position = 22
    workflow = LETTER
    detail_template = "admin/residents/letter.html"
    list_display = ["name", "recipient", "subject", "whose_move", "sent_on", "until"]
    list_display_links = ["name"]
    list_filter = [StateFilter, WaitFilter]
    ordering = ["-pk"]
    search_fields = ["number"]
    search_help_text = gettext_lazy("The beginning of the number of the letter or of its request.")
    empty_title = gettext_lazy("No letter here")
    empty_text = gettext_lazy("A letter is begun on the page of its request.")
    moves = (
        Move("change", change_letter, form=LetterForm),
        Move("send", send_letter, form=SendLetterForm, done=gettext_lazy("The letter is recorded as sent.")),
        Move("deliver", deliver_letter, form=DeliverForm, done=gettext_lazy("The delivery is recorded.")),
        Move("notice", record_notice, form=NoticeForm, done=gettext_lazy("Recorded. The portal counts the days.")),
        Move(
            "presume",
            presume_delivered,
            form=PresumeForm,
            when=lambda letter: letter.deemed_on is not None and letter.deemed_on < timezone.localdate(),
            done=gettext_lazy("The letter counts as delivered."),
        ),
        Move("return", return_letter, form=ReturnLetterForm, done=gettext_lazy("Recorded. Mend the address.")),
        Move("again", write_again, done=gettext_lazy("The letter can be changed and sent again.")),
        Move(
            "leave_unexamined",
            leave_unexamined,
            label=gettext_lazy("Leave unexamined what the call is about"),
            permission="residents.triage_item",
            danger=True,
            when=lambda letter: letter.is_past_term(timezone.localdate()),
            done=gettext_lazy("What was not decided is left unexamined. The person reads it on the status page."),
        ),
        Move("discard", discard_letter, when=lambda letter: letter.kind != Letter.Kind.DECISION),
    )
    past = {
        "draft": gettext_lazy("The letter was begun"),
        "change": gettext_lazy("The letter was changed"),
        "send": gettext_lazy("The letter was sent"),
        "notice": gettext_lazy("The letter waits to be collected"),
        "deliver": gettext_lazy("The letter was delivered"),
        "presume": gettext_lazy("The letter counts as delivered"),
        "return": gettext_lazy("The letter came back"),
        "again": gettext_lazy("The letter is written again"),
        "discard": gettext_lazy("The letter was discarded"),
        "drop": gettext_lazy("The letter went with the request, which was withdrawn"),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("request__resident", "question", "drafted_by")

    def get_search_results(self, request, queryset, search_term):
        number = search_term.strip().upper()
        if not number:
            return queryset, False
        return queryset.filter(Q(number__startswith=number) | Q(request__reference__startswith=number)), False

    # -- the list's cells ---------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("number"))
    def name(self, obj):
        return format_html('<span class="nowrap">{}</span>', obj.number or obj.request.reference)

    @admin.display(description=gettext_lazy("whose move"))
    def whose_move(self, obj):
        return state_cell(obj, self.party(obj))

    @admin.display(description=gettext_lazy("counts as delivered"))
    def until(self, obj):
        return due_cell(obj.deemed_on, timezone.localdate()) if obj.status == Status.SENT and obj.deemed_on else "–"

    # -- one letter ---------------------------------------------------------------------------------
    def due(self, obj):
        if obj.status == Status.DELIVERED:
            return obj.term_on
        return obj.deemed_on if obj.status == Status.SENT else None

    def due_words(self, obj):
        return _("term ends on") if obj.status == Status.DELIVERED else _("counts as delivered on")

    def detail_context(self, request, obj):
        waits = obj.waits_since if obj.channel == Letter.Channel.POST else None
        return {
            "request_url": obj.request.get_absolute_url(),
            "pdf_url": reverse("admin:residents_letter_pdf", args=[obj.pk]),
            "facts": [
                (_("Kind"), obj.get_kind_display()),
                (_("About the needs"), self.needs_named(obj)),
                (_("To whom"), obj.recipient),
                (_("Address"), obj.address),
                (_("Look at the address"), self.moved_words(obj)),
                (_("Written by"), obj.drafted_by),
                (_("How it left"), obj.get_channel_display()),
                (_("Sent on"), obj.sent_on),
                (_("Waits for the addressee since"), obj.waits_since),
                (_("Second notice due"), waits and second_notice(waits)),
                (_("Counts as delivered on, if not collected"), obj.deemed_on),
                (_("Delivered on"), obj.delivered_on),
                (_("How"), obj.get_delivered_how_display()),
                (_("Number of the proof"), obj.proof_number),
                (_("Days to answer"), obj.term_days),
                (_("Term ends, as counted"), obj.term_raw_on),
                (_("Term ends on a working day"), obj.term_on),
            ],
            "proofs": obj.attachments.visible_to(request.user),
        }

    def page_after(self, obj, move, result):
        if move.name == "leave_unexamined":
            return obj.request.get_absolute_url()
        return super().page_after(obj, move, result)

    @staticmethod
    def needs_named(obj):
        """Return the needs that a call is about."""
        pauses = obj.question.pauses.select_related("item__service").order_by("item__position") if obj.question else []
        return [str(pause.item) for pause in pauses]

    def move_facts(self, obj, move):
        return [
            (_("Letter"), obj.subject),
            (_("About the needs"), self.needs_named(obj) if move.name == "leave_unexamined" else ""),
            (_("To whom"), obj.recipient),
            (_("Address"), obj.address),
            (_("Look at the address"), self.moved_words(obj)),
            (_("Sent on"), obj.sent_on),
        ]

    @staticmethod
    def moved_words(obj):
        """Return that the person has moved away, while the letter has not left."""
        person = obj.request.resident
        if obj.status != Letter.Status.DRAFT or person is None or person.moved_out_on is None:
            return ""
        words = {
            "day": date_format(person.moved_out_on, "j E Y"),
            "where": person.moved_to or _("it is not known where"),
        }
        return _("The person moved out on %(day)s (%(where)s).") % words

    def get_urls(self):
        guarded = self.admin_site.admin_view
        return [
            path("<int:object_id>/pdf/", guarded(self.pdf_view), name="residents_letter_pdf"),
            *super().get_urls(),
        ]

    def pdf_view(self, request, object_id):
        """Give the letter as a paper to print and sign."""
        obj = self._seen(request, str(object_id))
        record_read(obj, by=request.user, screen="letter")
        response = HttpResponse(letter_document(obj, on=timezone.localdate()), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{obj.number or obj.request.reference}.pdf"'
        response["Cache-Control"] = "private, no-store"
        return response

    # -- the first page -----------------------------------------------------------------------------
    def desk_tiles(self, request, *, on):
        rows = Letter.objects.visible_to(request.user)
        if not request.user.has_perm("residents.write_letter"):
            return []
        return [
            self.tile(rows.filter(status=Status.DRAFT), _("letters to send"), "mine", state=Status.DRAFT),
            self.tile(rows.decisions_to_deliver(), _("decisions to deliver"), "mine", wait=DECISIONS),
            self.tile(rows.presumable(on), _("letters whose time to collect is over"), "late", wait=PRESUMABLE),
            self.tile(rows.unanswered(on), _("calls not answered in their term"), "late", state=ALL, wait=UNANSWERED),
        ]
