"""Cases by the term of their plan. The app above adds plans, referrals and the way to close."""

from datetime import timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import Move
from cus_portal.workflow import STATE_KINDS
from residents.actions import (
    add_papers,
    assign_case,
    join_team,
    leave_team,
    name_coordinator,
    reopen_case,
    write_about_case,
)
from residents.admin.assessments import AssessmentPages
from residents.admin.base import ALL, LATE, ME, RESTRICT, DeskAdmin, OneOf, due_cell, once_a_page, state_cell
from residents.admin.notes import NotePages
from residents.alerts import alerts_of
from residents.desk_forms import AssignForm, PapersForm, ReopenForm, WriteAboutCaseForm
from residents.models import Attachment, Case, CaseNote, Letter, QueuePlace, RequestItem, ServiceRequest, TeamMember
from residents.models.team import teams_of
from residents.team_forms import JoinTeamForm, LeaveTeamForm, NameCoordinatorForm
from residents.thread import thread_of
from residents.workflow import CASE, ITEM, LETTER

SOON = "soon"
TEAM = "team"
SOON_DAYS = timedelta(days=7)
ROWS_OF_A_CASE = 50
WRITE_LETTER = "residents.write_letter"
ASSIGN = Move("assign", assign_case, form=AssignForm, done=gettext_lazy("The case has a new coordinator."))


def is_cut(rows):
    """Tell whether a part of the case may have more rows than its page shows."""
    return len(rows) >= ROWS_OF_A_CASE


def is_open(case):
    return case.status == Case.Status.OPEN


def has_team(case):
    return is_open(case) and TeamMember.objects.not_ended(timezone.localdate()).filter(case=case).exists()


def in_queue(need):
    return getattr(need, "queue_place", None) is not None


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    start = Case.Status.OPEN
    words = tuple(Case.Status.choices)


class WhoseFilter(OneOf):
    title = gettext_lazy("whose")
    parameter_name = "whose"
    words = ((ME, gettext_lazy("mine")), (TEAM, gettext_lazy("I am on the team")))

    def queryset(self, request, queryset):
        if self.value() == TEAM:
            return queryset.filter(pk__in=teams_of(request.user))
        return queryset.filter(coordinator=request.user) if self.value() == ME else queryset


class PlanDueFilter(OneOf):
    title = gettext_lazy("plan due")
    parameter_name = "due"
    words = ((LATE, gettext_lazy("late")), (SOON, gettext_lazy("late or within seven days")))

    def queryset(self, request, queryset):
        on = timezone.localdate()
        if self.value() == ALL:
            return queryset
        last = on + SOON_DAYS if self.value() == SOON else on - timedelta(days=1)
        return queryset.awaiting_plan().filter(plan_due_moved_on__lte=last)


@admin.register(Case)
class CaseAdmin(AssessmentPages, NotePages, DeskAdmin):
    """To be widened from above: subclass it, unregister this one, add moves and `sections()`."""

    workflow = CASE
    desk_position = 30
    searches_people = True
    detail_template = "admin/residents/case.html"
    list_display = ["case_sign", "resident_name", "coordinator", "plan_due", "state"]
    list_filter = [StateFilter, WhoseFilter, PlanDueFilter]
    search_fields = ["case_sign"]
    search_help_text = gettext_lazy("The case sign, any part of the name, PESEL or phone or its last 4 to 6 digits.")
    ordering = ["plan_due_on", "pk"]
    empty_title = gettext_lazy("No case here")
    empty_text = gettext_lazy("A case is opened from a request, when the person is known and a need is qualified.")
    moves = (
        ASSIGN,
        Move(
            "write",
            write_about_case,
            form=WriteAboutCaseForm,
            label=gettext_lazy("Write a message"),
            permission="residents.write_message",
            when=is_open,
            done=gettext_lazy("The message is in the thread."),
        ),
        Move(
            "add_papers",
            add_papers,
            form=PapersForm,
            label=gettext_lazy("Add documents"),
            permission="residents.write_note",
            when=is_open,
            done=gettext_lazy("The documents are with the case. They may go along with a referral."),
        ),
        Move(
            "join_team",
            join_team,
            JoinTeamForm,
            label=gettext_lazy("Add to the care team"),
            permission="residents.change_team",
            when=is_open,
            done=gettext_lazy("The team has a new member."),
        ),
        Move(
            "leave_team",
            leave_team,
            LeaveTeamForm,
            label=gettext_lazy("End a membership"),
            permission="residents.change_team",
            when=has_team,
            done=gettext_lazy("The last day in the team is recorded."),
        ),
        Move(
            "name_coordinator",
            name_coordinator,
            NameCoordinatorForm,
            label=gettext_lazy("Tell who leads the case"),
            permission="residents.change_team",
            when=lambda case: is_open(case) and case.restricted_file_id is None,
            done=gettext_lazy("Recorded."),
        ),
        Move(
            "reopen",
            reopen_case,
            ReopenForm,
            label=gettext_lazy("Reopen"),
            permission="residents.reopen_case",
            when=lambda case: case.status == Case.Status.CLOSED and not hasattr(case, "followed_by"),
            done=gettext_lazy("The case goes on here. The closed one stays as it was."),
        ),
        RESTRICT,
    )
    bulk_moves = (ASSIGN,)
    past = {
        "open": gettext_lazy("The case was opened"),
        "assess": gettext_lazy("The needs were talked over"),
        "join": gettext_lazy("A further request joined the case"),
        "assign": gettext_lazy("The case was handed over to another coordinator"),
        "close": gettext_lazy("The case was closed"),
        "reopen": gettext_lazy("The case was reopened: it goes on under another sign"),
        "go_on": gettext_lazy("The case began: it goes on from a closed one"),
        "restrict": gettext_lazy("The file was restricted"),
        "papers": gettext_lazy("Documents were added"),
        "join_team": gettext_lazy("Somebody joined the care team"),
        "leave_team": gettext_lazy("A membership in the care team was ended"),
        "no_partner": gettext_lazy("It was recorded that no institution gives the help that is needed here"),
        "name_coordinator": gettext_lazy("It was said whether the person is told who leads the case"),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("resident", "coordinator", "follows", "followed_by")

    def page_after(self, obj, move, result):
        """Who has handed a case over may not see it any more."""
        if move.name == "reopen":
            return result.get_absolute_url()
        return self.list_url() if move.name == "assign" else super().page_after(obj, move, result)

    def due(self, obj):
        """The 30 days run until the first plan is approved."""
        return obj.plan_due_moved_on if obj.status == Case.Status.OPEN and not obj.plan_approved_on else None

    def due_words(self, obj):
        return _("plan due by")

    def bulk_words(self, obj):
        return f"{obj.resident}, {obj.coordinator}"

    @admin.display(description=gettext_lazy("resident"))
    def resident_name(self, obj):
        return str(obj.resident)

    @admin.display(description=gettext_lazy("plan due"))
    def plan_due(self, obj):
        if obj.plan_approved_on:
            return _("approved %(day)s") % {"day": date_format(obj.plan_approved_on, "j E Y")}
        return due_cell(obj.plan_due_moved_on, timezone.localdate()) if obj.status == Case.Status.OPEN else "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj):
        return state_cell(obj, self.party(obj))

    def detail_context(self, request, obj):
        requests = self.requests_of(request, obj)
        return {
            "heading": obj.resident,
            "facts": [
                (_("Coordinator"), obj.coordinator),
                (_("Opened on"), obj.opened_on),
                (_("Plan due, as counted"), obj.plan_due_on),
                (_("Plan due on a working day"), obj.plan_due_moved_on),
                (_("Closed on"), obj.closed_on),
                (_("Why closed"), obj.get_close_reason_display()),
                (_("Course and results"), obj.closing_summary),
                (_("Why reopened"), obj.get_reopen_reason_display()),
                (_("About the reopening"), obj.reopen_note),
            ],
            "linked": self.linked_to(request, obj),
            "resident": obj.resident,
            "alerts": alerts_of(obj.resident, on=timezone.localdate(), by=request.user),
            "discreet": ServiceRequest.objects.behind(obj).discreet().exists(),
            "requests": requests,
            "team": self.team_of(obj),
            "thread": thread_of(*requests),
            "sections": self.sections(request, obj),
        }

    @staticmethod
    def team_of(case):
        """Return who works on the case, each with whether he has left: those who have come last."""
        on = timezone.localdate()
        rows = [(one, one.valid_to is not None and one.valid_to < on) for one in case.team.select_related("user")]
        return sorted(rows, key=lambda row: row[1])

    @staticmethod
    def linked_to(request, obj):
        """Return the case before and the case after this one, by what they are to it."""
        after = getattr(obj, "followed_by", None)
        pairs = ((_("Goes on from"), obj.follows), (_("Goes on as"), after))
        return [
            (words, case, request.user.has_perm("residents.view_case", case))
            for words, case in pairs
            if case is not None
        ]

    def desk_tiles(self, request, *, on):
        due = Case.objects.visible_to(request.user).awaiting_plan().filter(plan_due_moved_on__lte=on + SOON_DAYS)
        return [self.tile(due, _("plans late or due within seven days"), "late", due=SOON)]

    # -- everything that belongs to the case ----------------------------------------------------------
    @staticmethod
    @once_a_page
    def requests_of(request, case):
        rows = ServiceRequest.objects.visible_to(request.user).filter(case=case).order_by("received_on", "pk")
        return rows.prefetch_related("items__service")

    @staticmethod
    @once_a_page
    def needs_of_case(request, case):
        needs = RequestItem.objects.visible_to(request.user).filter(request__case=case)
        return needs.select_related("request", "service", "queue_place").order_by("request", "position")

    @staticmethod
    @once_a_page
    def letters_of_case(request, case):
        letters = Letter.objects.visible_to(request.user).filter(request__case=case).select_related("request")
        return letters.exclude(status=Letter.Status.DISCARDED).order_by("-pk")[:ROWS_OF_A_CASE]

    def history_parts(self, request, obj):
        """One line of time for the whole case. What else belongs to it, apps above add."""
        parts = (self.requests_of, self.needs_of_case, self.letters_of_case, self.notes_of_case)
        return [one for rows in parts for one in rows(request, obj)]

    def part_sentence(self, event, part):
        """Notes have no room of their own that would name their acts."""
        if isinstance(part, CaseNote):
            return _("Note changed") if event.action == "casenote.change" else _("Note written")
        return super().part_sentence(event, part)

    @staticmethod
    def notes_of_case(request, case):
        notes = CaseNote.objects.visible_to(request.user).filter(case=case)
        return notes.only("pk").order_by("-pk")[:ROWS_OF_A_CASE]

    def sections(self, request, obj):
        """Return the parts of a case: title, rows (label, url, text, kind, tag), add_url, add_label. Apps above add."""
        return [self.needs_section(request, obj), self.notes_of(request, obj), self.assessments_of(request, obj)]

    def needs_section(self, request, case):
        needs = self.needs_of_case(request, case)
        waiting = [one.queue_place for one in needs if one.status == RequestItem.Status.WAITLISTED and in_queue(one)]
        numbers = QueuePlace.objects.numbers_of(waiting) if waiting else {}
        rows = [
            {
                "label": need,
                "url": reverse("admin:residents_requestitem_change", args=[need.pk]),
                "kind": STATE_KINDS[ITEM.waiting_for[need.status]],
                "tag": need.get_status_display(),
                "text": _("place in the queue: %(number)d") % {"number": numbers[need.pk]}
                if need.pk in numbers
                else "",
            }
            for need in needs
        ]
        return {"title": _("Needs"), "rows": rows, "add_url": "", "add_label": ""}

    def letters_section(self, request, case):
        """Return letters and files. A letter is begun in the newest request, whose address and terms it takes."""
        newest = next(reversed(self.requests_of(request, case)), None)
        may_write = newest and case.status == Case.Status.OPEN and request.user.has_perm(WRITE_LETTER, newest)
        files = Attachment.objects.visible_to(request.user).filter(request__case=case).order_by("-pk")
        letters = [
            {
                "label": letter,
                "url": letter.get_absolute_url(),
                "kind": STATE_KINDS[LETTER.waiting_for[letter.status]],
                "tag": letter.get_status_display(),
                "text": letter.subject,
            }
            for letter in self.letters_of_case(request, case)
        ]
        papers = [
            {
                "label": file.name,
                "url": reverse("admin:residents_servicerequest_file", args=[file.request_id, file.pk])
                if file.may_be_opened
                else "",
                "kind": "late",
                "tag": "" if file.may_be_opened else file.get_virus_check_display(),
                "text": date_format(timezone.localtime(file.uploaded_at), "j E Y"),
            }
            for file in files[:ROWS_OF_A_CASE]
        ]
        add_url = reverse("admin:residents_servicerequest_move", args=[newest.pk, "letter"]) if may_write else ""
        return {
            "title": _("Letters and files"),
            "is_cut": is_cut(letters) or is_cut(papers),
            "rows": [*letters, *papers],
            "add_url": add_url,
            "add_label": _("Write a letter"),
        }
