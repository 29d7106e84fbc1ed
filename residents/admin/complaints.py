"""The register of complaints and suggestions, with its terms; who it is about does not find it."""

import uuid
from operator import attrgetter

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.permissions import require
from cus_portal.admin import Move, add_errors
from cus_portal.audit.log import record
from cus_portal.exports import file_response
from cus_portal.forms import posted
from cus_portal.workflow import Party
from residents.actions import (
    Words,
    answer_complaint,
    examine_complaint,
    extend_complaint,
    file_complaint,
    leave_complaint,
    pass_complaint_on,
    sort_complaint,
    to_be_passed_on_by,
    withdraw_complaint,
)
from residents.admin.base import DeskAdmin, OneOf, due_cell, state_cell
from residents.complaint_forms import (
    AnswerComplaintForm,
    DeskComplaintForm,
    ExamineForm,
    ExtendComplaintForm,
    LeaveComplaintForm,
    PassComplaintOnForm,
    SortForm,
)
from residents.documents import complaint_letter
from residents.models import Complaint
from residents.workflow import COMPLAINT

OPEN, LATE = "open", "late"


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    start = OPEN
    words = (
        (OPEN, gettext_lazy("open")),
        (LATE, gettext_lazy("late")),
        *((value, label) for value, label in Complaint.Status.choices),
    )

    def queryset(self, request, queryset):
        if self.value() == OPEN:
            return queryset.open()
        if self.value() == LATE:
            return queryset.late(timezone.localdate())
        return super().queryset(request, queryset)


@admin.register(Complaint)
class ComplaintAdmin(DeskAdmin):
    desk_position = 16
    workflow = COMPLAINT
    addable = True
    add_label = gettext_lazy("Take a complaint or suggestion")
    detail_template = "admin/residents/complaint.html"
    list_display = ["number", "kind", "about", "whose_move", "received_on", "until"]
    list_filter = [StateFilter, "kind", "about"]
    ordering = ["-pk"]
    empty_title = gettext_lazy("No complaint waits")
    empty_text = gettext_lazy("Here comes what people complain of or suggest, on the portal and at the desk.")
    moves = (
        Move(
            "sort",
            sort_complaint,
            form=SortForm,
            when=attrgetter("is_unsorted"),
            done=gettext_lazy("It goes to whoever may examine it."),
        ),
        Move("examine", examine_complaint, form=ExamineForm, done=gettext_lazy("The complaint is being examined.")),
        Move("answer", answer_complaint, form=AnswerComplaintForm, done=gettext_lazy("The answer is given.")),
        Move("extend", extend_complaint, form=ExtendComplaintForm, done=gettext_lazy("The new day is set and told.")),
        Move("pass_on", pass_complaint_on, form=PassComplaintOnForm, done=gettext_lazy("It is passed on.")),
        Move("leave", leave_complaint, form=LeaveComplaintForm, done=gettext_lazy("It is left without examination.")),
        Move("withdraw", withdraw_complaint, done=gettext_lazy("It is taken back.")),
    )
    past = {
        "submit": gettext_lazy("It came in"),
        "sort": gettext_lazy("Somebody said what it is about"),
        "examine": gettext_lazy("Somebody began to examine it"),
        "extend": gettext_lazy("A delay was told"),
        "answer": gettext_lazy("It was answered"),
        "pass_on": gettext_lazy("It was passed on"),
        "leave": gettext_lazy("It was left without examination"),
        "withdraw": gettext_lazy("It was taken back"),
    }

    def get_urls(self):
        guarded = self.admin_site.admin_view
        letter = path("<int:pk>/letter.pdf", guarded(self.letter_view), name="residents_complaint_pdf")
        return [letter, *super().get_urls()]

    def add_view(self, request, form_url="", extra_context=None):
        """Take down what somebody says or has written. The receipt is shown once: the desk keeps no code."""
        require(request.user, "residents.add_complaint")
        now = timezone.now()
        start = {"token": uuid.uuid4(), "received_on": timezone.localdate(now)}
        form = DeskComplaintForm(**posted(request), initial=start)
        taken = None
        if form.is_valid():
            facts = dict(form.cleaned_data)
            received_on, token = facts.pop("received_on"), facts.pop("token")
            try:
                taken = file_complaint(Words(**facts), received_on=received_on, token=token, by=request.user, now=now)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("It is taken. Give the number and the code to the person."))
        template = "admin/residents/add_complaint.html"
        return self.form_page(request, form, title=self.add_label, template=template, taken=taken)

    def letter_view(self, request, pk):
        """Give what is told to whoever complained as a letter: the answer, the delay, where it went."""
        complaint = self._seen(request, str(pk))
        record("complaint.pdf", complaint, by=request.user)
        content = complaint_letter(complaint, on=timezone.localdate())
        return file_response(content, f"{complaint.reference}.pdf", "application/pdf")

    def get_search_results(self, request, queryset, search_term):
        return queryset, False

    @admin.display(description=gettext_lazy("number"))
    def number(self, obj):
        return format_html('<span class="nowrap">{}</span>', obj.reference)

    @admin.display(description=gettext_lazy("whose move"))
    def whose_move(self, obj):
        return state_cell(obj, self.party(obj))

    @admin.display(description=gettext_lazy("answer due"))
    def until(self, obj):
        return due_cell(self.due(obj), timezone.localdate()) if obj.is_open else "–"

    def party(self, obj):
        return Party.CENTRE if obj.is_open and obj.is_unsorted else super().party(obj)

    def page_after(self, obj, move, result):
        """Lead back to the list where it is now for another's eyes only."""
        return self.list_url() if move.name == "sort" else super().page_after(obj, move, result)

    def due(self, obj):
        if not obj.is_open:
            return None
        return to_be_passed_on_by(obj) if obj.is_about_the_director else obj.due_on

    def detail_context(self, request, obj):
        return {
            "facts": [
                (_("Kind"), obj.get_kind_display()),
                (_("Received on"), f"{date_format(obj.received_on, 'j E Y')}, {obj.get_channel_display()}"),
                (_("About"), ", ".join(filter(None, [obj.get_about_display(), obj.about_words]))),
                (_("The worker it is about"), obj.about_worker),
                (_("Who writes"), obj.name or _("somebody unnamed")),
                (_("Address"), obj.address),
                (_("How to reach"), ", ".join(filter(None, [obj.phone, obj.email]))),
                (_("Answer due, as counted"), obj.due_raw_on if obj.is_open else ""),
                (_("To be passed on by"), to_be_passed_on_by(obj) if obj.is_open else ""),
                (_("Told of the delay on"), obj.extended_on),
                (_("Why it takes longer"), obj.extension_reason),
                (_("Result"), obj.get_result_display()),
                (_("Answer"), obj.answer),
                (_("Grounds in fact and in law"), obj.grounds),
                (_("Answered by"), obj.answered_by),
                (_("Passed on to"), obj.passed_to),
                (_("Why not examined"), obj.get_left_because_display()),
                (_("Ended on"), obj.ended_on),
            ],
        }

    def desk_tiles(self, request, *, on):
        rows = Complaint.objects.visible_to(request.user)
        late, waiting = rows.late(on), rows.open()
        tiles = [self.tile(waiting, _("complaints and suggestions to answer"), "mine")]
        return [*tiles, self.tile(late, _("complaints whose month is over"), "late", state=LATE)]
