"""Requests about one's own data: the desk's list with its terms, the officer's review, the copy to hand over."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions import rights
from coordination.copies import copy_document, copy_of, pieces_of
from coordination.forms_rights import (
    AnswerDataForm,
    DataRequestForm,
    ExtendForm,
    GrantForm,
    LiftProcessingForm,
    ReviewForm,
    TurnDownForm,
)
from coordination.models import DataRequest, DestructionList, RecordKind
from coordination.terms import erasable
from coordination.workflow import DATA_REQUEST
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.audit.log import record
from cus_portal.exports import file_response
from cus_portal.workflow import Party
from residents.admin import ResidentAdmin as DeskResidentAdmin
from residents.alerts import named
from residents.models import Resident

HANDED_OVER = (DataRequest.Status.READY, DataRequest.Status.ANSWERED)

admin.site.unregister(Resident)


@admin.register(Resident)
class ResidentAdmin(DeskResidentAdmin):
    moves = (
        *DeskResidentAdmin.moves,
        Move(
            "ask_about_data",
            rights.record_data_request,
            DataRequestForm,
            label=gettext_lazy("Record a request about data"),
            permission="coordination.add_datarequest",
            done=gettext_lazy("The request about data is recorded; its month runs."),
        ),
    )

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name == "ask_about_data":
            on = timezone.localdate()
            speakers = {str(row.pk): (named(row, request.user), row) for row in rights.who_may_ask_for(obj, on=on)}
            kwargs |= {"initial": {"received_on": on}, "speakers": speakers}
        return kwargs

    def page_after(self, obj, move, result):
        return result.get_absolute_url() if move.name == "ask_about_data" else super().page_after(obj, move, result)


def is_copy(asked):
    return asked.kind == DataRequest.Kind.COPY


def officer_decides(asked):
    return asked.kind in DataRequest.DECIDED_BY_OFFICER


def desk_answers(asked):
    return not officer_decides(asked)


def brought_a_restriction(asked):
    return asked.resident.restrictions.in_force().filter(asked=asked.number).exists()


def asked_facts(asked, asker):
    """Return what is asked, about whom and by whom, as rows of (term, value)."""
    return [
        (_("What is asked for"), asked.get_kind_display()),
        (_("Whose data"), asked.resident.get_full_name()),
        (_("Who asks"), asker or _("the person")),
        (_("In the person's words"), asked.said),
    ]


def grant(asked, **decision):
    """Grant an erasure or a restriction: one button, as the officer sees one decision."""
    erasure = asked.kind == DataRequest.Kind.ERASURE
    return (rights.grant_erasure if erasure else rights.grant_restriction)(asked, **decision)


@admin.register(DataRequest)
class DataRequestAdmin(PortalModelAdmin):
    workflow = DATA_REQUEST
    desk_position = 50
    list_display = ["number", "kind", "state", "due_on", "received_on"]
    list_filter = ["status", "kind"]
    detail_template = "admin/coordination/data_request.html"
    search_fields = ["number__istartswith"]
    search_help_text = gettext_lazy("Beginning of the number.")
    past = {
        "add": gettext_lazy("Recorded"),
        "prepare": gettext_lazy("Passed to the data protection officer"),
        "pass": gettext_lazy("The copy may leave"),
        "answer": gettext_lazy("An answer was given"),
        "extend": gettext_lazy("The term was extended"),
        "refuse": gettext_lazy("Refused"),
        "grant": gettext_lazy("Granted"),
        "turn_down": gettext_lazy("Turned down"),
        "lift": gettext_lazy("The restriction of processing was lifted"),
        "copy": gettext_lazy("The copy was saved as a file"),
    }
    moves = (
        Move("prepare", rights.prepare_copy, when=is_copy),
        Move("pass", rights.pass_copy, ReviewForm),
        Move("answer", rights.answer_data_request, AnswerDataForm, when=desk_answers),
        Move("extend", rights.extend_data_request, ExtendForm, when=lambda asked: not asked.extension_reason),
        Move("refuse", rights.refuse_data_request, AnswerDataForm, danger=True, when=desk_answers),
        Move("grant", grant, GrantForm, when=officer_decides),
        Move("turn_down", rights.turn_down, TurnDownForm, when=officer_decides),
        Move("lift", rights.lift_processing_restriction, LiftProcessingForm, when=brought_a_restriction),
    )

    def get_urls(self):
        guarded = self.admin_site.admin_view
        return [
            path("<int:pk>/copy/<slug:form>/", guarded(self.copy_view), name="coordination_datarequest_copy"),
            *super().get_urls(),
        ]

    def desk_tiles(self, request, *, on):
        waiting = DataRequest.objects.visible_to(request.user).open()
        return [self.tile(waiting, gettext_lazy("requests about data to answer"), "mine")] if waiting.exists() else []

    def party(self, obj):
        """What the officer decides never waits for the desk."""
        undecided = obj.status == DataRequest.Status.RECEIVED and officer_decides(obj)
        return Party.OFFICER if undecided else super().party(obj)

    def due(self, obj):
        return obj.due_on if obj.status in DataRequest.OPEN else None

    def detail_context(self, request, obj):
        """Name the person without a link: the officer has no other page of hers to go to."""
        lists = DestructionList.objects.visible_to(request.user).filter(asked=obj).order_by("pk")
        return {
            "facts": [
                *asked_facts(obj, named(obj.asked_by, request.user) if obj.asked_by else ""),
                (_("Received on"), obj.received_on),
                (_("Why it takes longer"), obj.extension_reason),
                (_("What the person was answered"), obj.answer),
                (_("Answer given on"), obj.answered_at),
            ],
            "lists": lists,
            "copies": self.copies(obj),
        }

    @staticmethod
    def copies(asked):
        """Return the two forms of a copy that has passed the officer, with their addresses."""
        if not is_copy(asked) or asked.status not in HANDED_OVER:
            return []
        name = "admin:coordination_datarequest_copy"
        return [(form.upper(), reverse(name, args=[asked.pk, form])) for form in ("pdf", "json")]

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name == "pass":
            kwargs["pieces"] = pieces_of(obj.resident)
        elif move.name == "grant":
            kwargs["kind"] = obj.kind
        elif move.name == "turn_down" and obj.kind == DataRequest.Kind.ERASURE:
            kwargs["kept"] = rights.what_is_kept(obj.resident)
        return kwargs

    def move_facts(self, obj, move):
        """Show above each form what is asked; above a decision on an erasure, what would go and what must stay."""
        facts = asked_facts(obj, obj.asked_by.get_basis_display() if obj.asked_by else "")
        if obj.kind == DataRequest.Kind.ERASURE and move.name == "grant":
            going = [f"{one.number} ({RecordKind(one.kind).label})" for one in erasable(obj, timezone.localdate())]
            facts.append((_("What goes on a destruction list"), going or _("nothing")))
        elif obj.kind == DataRequest.Kind.ERASURE and move.name == "turn_down":
            facts.append((_("What the law keeps"), rights.what_is_kept(obj.resident)))
        return facts

    def say_done(self, request, move, result):
        """A granted wish begins something: say what, and until when."""
        if move.name != "grant":
            super().say_done(request, move, result)
        elif result.kind == DataRequest.Kind.ERASURE:
            messages.success(request, _("Granted. What may go stands on a destruction list, which the director signs."))
        else:
            words = _(
                "Processing is restricted from now on: everybody may look the data up and do nothing else with them. It"
                " stays so until you lift the restriction on this page, after the person has been told."
            )
            messages.success(request, words)

    def copy_view(self, request, pk, form):
        """Hand the copy over: to nobody before the officer has passed it."""
        asked = self._seen(request, str(pk))
        if not is_copy(asked) or form not in {"json", "pdf"}:
            raise Http404
        if asked.status not in HANDED_OVER:
            raise PermissionDenied
        copy = copy_of(asked.resident, left_out=asked.left_out, on=timezone.localdate())
        record("datarequest.copy", asked, by=request.user, edition=form)
        if form == "json":
            answer = JsonResponse(copy, json_dumps_params={"ensure_ascii": False, "indent": 2})
            answer["Content-Disposition"] = f'attachment; filename="{asked.number}.json"'
            return answer
        return file_response(copy_document(copy), f"{asked.number}.pdf", "application/pdf")

    @admin.display(description=gettext_lazy("state"))
    def state(self, asked):
        return asked.get_status_display()
