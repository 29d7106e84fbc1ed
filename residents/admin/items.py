"""Needs: each decided on its own; refusals wait here for the director."""

from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import Move
from cus_portal.workflow import Party
from residents.actions import (
    accept_offer,
    change_service,
    confirm_interest,
    forward_item,
    inform_item,
    offer_place,
    pass_appeal_on,
    pass_offer,
    person_of,
    propose_discontinuing,
    propose_refusal,
    qualify_item,
    record_appeal,
    record_appeal_result,
    return_refusal,
    sign_discontinuing,
    sign_refusal,
    waitlist_item,
    waive_appeal,
    withdraw_item,
)
from residents.admin.base import DeskAdmin, OneOf, due_cell, state_cell
from residents.admin.questions import pauses_in_words
from residents.admin.queues import QueueRoom
from residents.appeal_forms import AppealForm, AppealResultForm, PassOnForm, WaiveForm
from residents.desk_forms import (
    ChangeServiceForm,
    DiscontinueForm,
    ForwardForm,
    InformForm,
    PlaceForm,
    QualifyForm,
    RefusalForm,
    ReturnForm,
    WaitlistForm,
    WithdrawItemForm,
)
from residents.fit import in_words, verdicts_of
from residents.models import QueuePlace, RequestItem
from residents.workflow import DECIDED_AGAINST, ITEM, LETTER
from services.models import ProgrammeService

Status = RequestItem.Status
CapacityUnit = ProgrammeService.CapacityUnit
UNDECIDED, NOT_BEGUN = "undecided", "not-begun"
PAST = {
    "qualify": gettext_lazy("qualified"),
    "change_service": gettext_lazy("moved to another service"),
    "waitlist": gettext_lazy("put on the waiting list"),
    "offer": gettext_lazy("a place was offered"),
    "accept_offer": gettext_lazy("the offer was accepted"),
    "pass_offer": gettext_lazy("the offer was not taken, waits on"),
    "lapse": gettext_lazy("nobody answered the offer"),
    "confirm": gettext_lazy("still interested"),
    "carry": gettext_lazy("went on into another programme row"),
    "return_to_queue": gettext_lazy("back in the queue after an appeal"),
    "forward": gettext_lazy("passed on with consent"),
    "inform": gettext_lazy("the resident was informed"),
    "propose_refusal": gettext_lazy("a refusal was proposed"),
    "sign_refusal": gettext_lazy("the refusal was signed"),
    "return_refusal": gettext_lazy("the decision was sent back"),
    "propose_discontinuing": gettext_lazy("a decision to discontinue was proposed"),
    "sign_discontinuing": gettext_lazy("discontinued by a decision"),
    "return_to_wait": gettext_lazy("the decision was sent back, waits on"),
    "waive": gettext_lazy("appeal was waived"),
    "appeal": gettext_lazy("an appeal was filed"),
    "pass_on": gettext_lazy("the appeal was passed on to the board"),
    "stand": gettext_lazy("the decision stands"),
    "reconsider": gettext_lazy("to be decided anew"),
    "withdraw": gettext_lazy("withdrawn"),
    "give_up": gettext_lazy("the place was given up"),
    "leave_unexamined": gettext_lazy("left unexamined, nobody answered the call"),
    "discontinue": gettext_lazy("discontinued, the person died"),
}


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    start = UNDECIDED
    words = (
        (UNDECIDED, gettext_lazy("not decided yet")),
        (NOT_BEGUN, gettext_lazy("granted, no case yet")),
        *((value, label) for value, label in Status.choices),
    )

    def queryset(self, request, queryset):
        if self.value() == UNDECIDED:
            return queryset.undecided()
        if self.value() == NOT_BEGUN:
            return queryset.not_begun(timezone.localdate())
        return super().queryset(request, queryset)


SIGNATURES = {"sign_refusal", "sign_discontinuing", "return_refusal"}
APPEAL_MOVES = {"appeal", "waive", "pass_on", "appeal_result"}
CONFIRM = Move("confirm", confirm_interest, done=gettext_lazy("Written down: the person still waits."))
# Many at once go in the order of the queue, one place each: nobody is passed over. How many hours, one decides singly.
OFFER = Move(
    "offer",
    offer_place,
    when=lambda item: (
        item.programme_service
        and item.programme_service.capacity_unit == CapacityUnit.PERSON
        and not item.is_granted_by_decision
    ),
)


def letter_link(letter):
    return format_html('<a href="{}">{}</a>', letter.get_absolute_url(), letter.get_status_display())


def appeal_facts(refusal):
    appeal = getattr(refusal, "appeal", None)
    if appeal is None:
        return []
    return [
        (_("Appeal filed on"), appeal.filed_on),
        (_("Came after the last day"), _("yes") if appeal.is_late else ""),
        (_("To be passed on by"), appeal.forward_by if not appeal.forwarded_on else ""),
        (_("Passed on to the board on"), appeal.forwarded_on),
        (_("Result"), appeal.get_result_display()),
        (_("Day of the decision"), appeal.decided_on),
        (_("Number of the board's decision"), appeal.board_number),
    ]


def discontinues(item):
    """Tell whether the decision about the need is one that discontinues it."""
    refusal = getattr(item, "refusal", None)
    return refusal is not None and refusal.discontinues


def appealable(item):
    """Tell whether the decision was delivered, and the right to appeal neither waived nor used."""
    refusal = getattr(item, "refusal", None)
    return bool(refusal and refusal.delivered_on and not refusal.waived_on and not hasattr(refusal, "appeal"))


def appeal_to_pass_on(item):
    """Tell whether an appeal lies here that the board has to get (KPA art. 133)."""
    appeal = getattr(getattr(item, "refusal", None), "appeal", None)
    return appeal is not None and not appeal.result and not appeal.forwarded_on


def party_of_refusal(refusal):
    """Signed is not yet delivered; then an appeal that came in is the centre's to pass on."""
    appeal = getattr(refusal, "appeal", None)
    if appeal is not None and not appeal.result and not appeal.forwarded_on:
        return Party.CENTRE
    return LETTER.waiting_for[refusal.letter.status]


def appeal_waits(item):
    appeal = getattr(getattr(item, "refusal", None), "appeal", None)
    return appeal is not None and not appeal.result


@admin.register(RequestItem)
class RequestItemAdmin(QueueRoom, DeskAdmin):
    workflow = ITEM
    desk_position = 20
    detail_template = "admin/residents/item.html"
    change_list_template = "admin/residents/items.html"
    list_display = ["need", "number", "person", "whose_move", "filed_on", "until"]
    list_display_links = ["need"]
    list_filter = [StateFilter]
    ordering = ["pk"]
    empty_title = gettext_lazy("No need waits here")
    empty_text = gettext_lazy("Each need with this filter has its answer.")
    moves = (
        Move("qualify", qualify_item, form=QualifyForm, done=gettext_lazy("The need is qualified.")),
        Move("waitlist", waitlist_item, form=WaitlistForm, done=gettext_lazy("The need waits for a place.")),
        Move(
            "offer",
            offer_place,
            form=PlaceForm,
            when=lambda item: not item.is_granted_by_decision,
            done=gettext_lazy("The place is held until the answer."),
        ),
        Move("accept_offer", accept_offer, done=gettext_lazy("The need is qualified.")),
        Move("pass_offer", pass_offer, done=gettext_lazy("The need waits for a place.")),
        CONFIRM,
        Move("forward", forward_item, form=ForwardForm, done=gettext_lazy("The need is passed on.")),
        Move(
            "change_service", change_service, form=ChangeServiceForm, done=gettext_lazy("The need has its new service.")
        ),
        Move("inform", inform_item, form=InformForm, done=gettext_lazy("The resident is informed.")),
        Move(
            "propose_refusal",
            propose_refusal,
            form=RefusalForm,
            when=lambda item: not item.has_no_decision,
            done=gettext_lazy("The refusal waits for the director's signature."),
        ),
        Move(
            "propose_discontinuing",
            propose_discontinuing,
            form=DiscontinueForm,
            when=lambda item: not item.has_no_decision,
            done=gettext_lazy("The decision waits for the director's signature."),
        ),
        Move(
            "sign_refusal",
            sign_refusal,
            when=lambda item: not discontinues(item),
            done=gettext_lazy("The refusal is signed and has its number."),
        ),
        Move(
            "sign_discontinuing",
            sign_discontinuing,
            when=discontinues,
            done=gettext_lazy("The decision is signed and has its number."),
        ),
        Move("return_refusal", return_refusal, form=ReturnForm, done=gettext_lazy("The decision is sent back.")),
        Move("appeal", record_appeal, form=AppealForm, when=appealable, done=gettext_lazy("The appeal is recorded.")),
        Move("waive", waive_appeal, form=WaiveForm, when=appealable, done=gettext_lazy("The decision is final.")),
        Move(
            "pass_on",
            pass_appeal_on,
            form=PassOnForm,
            when=lambda item: appeal_waits(item) and item.refusal.appeal.forwarded_on is None,
        ),
        Move(
            "appeal_result",
            record_appeal_result,
            form=AppealResultForm,
            label=gettext_lazy("Record the result of the appeal"),
            permission="residents.handle_appeal",
            when=appeal_waits,
            done=gettext_lazy("The result is recorded."),
        ),
        Move("withdraw", withdraw_item, form=WithdrawItemForm),
    )
    bulk_moves = (OFFER, CONFIRM)
    past = PAST

    def get_queryset(self, request):
        return super().get_queryset(request).with_clock().as_told().prefetch_related("request__parties")

    # -- many at once -------------------------------------------------------------------------------
    def in_order(self, rows):
        """Who stands first in a queue is offered a place first."""

        def standing(item):
            place = getattr(item, "queue_place", None)
            return (0, place.basis_id, place.key) if place else (1, item.pk)

        return sorted(rows, key=standing)

    def bulk_words(self, obj):
        return f"{obj.request.reference}, {self.person(obj)}"

    # -- the list's cells ---------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("need"))
    def need(self, obj):
        return str(obj)

    @admin.display(description=gettext_lazy("request"))
    def number(self, obj):
        return format_html('<a class="nowrap" href="{}">{}</a>', obj.request.get_absolute_url(), obj.request.reference)

    @admin.display(description=gettext_lazy("for whom"))
    def person(self, obj):
        person = person_of(obj.request)
        return (person and person.get_full_name()) or _("not known yet")

    @admin.display(description=gettext_lazy("whose move"))
    def whose_move(self, obj):
        return state_cell(obj, self.party(obj))

    @admin.display(description=gettext_lazy("filed"))
    def filed_on(self, obj):
        return obj.request.received_on

    @admin.display(description=gettext_lazy("answer due"))
    def until(self, obj):
        if self.waits_for_resident(obj):
            return _("the clock stands")
        return due_cell(obj.due_on, timezone.localdate()) if obj.answer_is_due else "–"

    def page_after(self, obj, move, result):
        """After a decision the request goes on; after a signature the next one waits in the list."""
        if move.name in SIGNATURES:
            return f"{self.list_url()}?{urlencode({'state': Status.REFUSAL_PROPOSED})}"
        return obj.request.get_absolute_url()

    # -- one need -----------------------------------------------------------------------------------
    @staticmethod
    def waits_for_resident(obj):
        """Tell whether the resident was asked about the need, and it is not decided: its clock stands."""
        return obj.status in RequestItem.UNDECIDED and obj.clock_stands

    def party(self, obj):
        letter = getattr(getattr(obj, "refusal", None), "letter", None)
        if obj.status in DECIDED_AGAINST and letter:
            return party_of_refusal(obj.refusal)
        return Party.RESIDENT if self.waits_for_resident(obj) else super().party(obj)

    def due(self, obj):
        if appeal_to_pass_on(obj):
            return obj.refusal.appeal.forward_by
        return obj.due_on if obj.answer_is_due and not self.waits_for_resident(obj) else None

    def due_words(self, obj):
        return _("appeal to be passed on by") if appeal_to_pass_on(obj) else _("answer due by")

    def detail_context(self, request, obj):
        person = person_of(obj.request)
        return {
            "request_url": obj.request.get_absolute_url(),
            "facts": [
                (_("Request"), obj.request.reference),
                (_("For whom"), (person and person.get_full_name()) or _("not known yet")),
                (_("Received on"), obj.request.received_on),
                (_("Answer due, as counted"), obj.due_raw_on if obj.answer_is_due else ""),
                (_("Answer due"), obj.due_on if obj.answer_is_due else ""),
                (_("The clock stood"), pauses_in_words(obj)),
                *self.facts(obj, verdicts_of(obj.request, [obj]).get(obj.pk)),
            ],
            "situation": obj.request.situation,
            "hand_to": self.hand_to(request.user, obj),
        }

    @staticmethod
    def hand_to(user, obj):
        """Return who takes up an appeal that came in, for whoever may not; empty where none can be open."""
        if not (appealable(obj) or appeal_waits(obj)) or user.has_perm("residents.handle_appeal"):
            return ""
        case = obj.request.case
        who = str(case.coordinator) if case else _("a coordinator or the organiser")
        if appeal_waits(obj):
            return _("The appeal goes on with: %(who)s. Whatever comes in about it, hand it there the same day.") % {
                "who": who
            }
        return _("Has an appeal come in? It is recorded by: %(who)s. Hand it over the same day, with its envelope.") % {
            "who": who
        }

    def facts(self, obj, verdict):
        """Return what is known of a need, whether it fits, and its answer, as rows of (term, value)."""
        row = obj.programme_service
        return [
            (_("In own words"), obj.own_words if obj.own_words != str(obj) else ""),
            (capfirst(_("for who files")), _("yes") if obj.for_applicant else ""),
            (_("Basis when it was filed"), row and row.programme),
            (_("How it is granted"), row and row.get_regime_display()),
            (_("Is it for this person?"), self.one_or_many(in_words(verdict))),
            (_("Passed on to"), obj.forwarded_to),
            (_("Consent"), obj.consent and self.consent_words(obj.consent)),
            (capfirst(_("place in the queue")), self.queue_words(obj)),
            (_("What the resident is told"), obj.answer),
            (_("Decided"), obj.decided_at and self.decided_words(obj)),
            (_("Granted by decision"), obj.decision_on and f"{obj.decision_number}, {date_format(obj.decision_on)}"),
            *self.refusal_facts(obj),
        ]

    @staticmethod
    def queue_words(obj):
        place = getattr(obj, "queue_place", None)
        if place is None or obj.status not in (Status.WAITLISTED, Status.OFFERED):
            return ""
        words = QueuePlace.objects.waiting().before(place).count() + 1
        if place.offered_until:
            words = _("a place is offered until %(day)s") % {"day": date_format(place.offered_until, "j E Y")}
        url = reverse("admin:residents_requestitem_queue", args=[place.basis_id])
        return format_html('{} (<a href="{}">{}</a>)', words, url, _("the whole queue"))

    @staticmethod
    def one_or_many(lines):
        return lines[0] if len(lines) == 1 else lines

    @staticmethod
    def consent_words(consent):
        facts = [
            consent.get_form_display(),
            date_format(consent.given_on, "j E Y"),
            consent.data_scope,
            consent.what_for,
        ]
        return ", ".join(facts)

    @staticmethod
    def decided_words(obj):
        day = date_format(timezone.localtime(obj.decided_at), "j E Y")
        return f"{day}, {obj.decided_by}" if obj.decided_by else day

    @staticmethod
    def refusal_facts(obj):
        refusal = getattr(obj, "refusal", None)
        if refusal is None:
            return []
        if refusal.signed_at is None and obj.status != Status.REFUSAL_PROPOSED:
            return [(_("Proposed and sent back"), f"{refusal.get_ground_display()}, {refusal.proposed_by}")]
        return [
            (_("Decision number"), refusal.number),
            (_("Ground"), refusal.get_ground_display()),
            (_("Factual grounds"), refusal.factual_grounds),
            (_("Legal grounds"), refusal.legal_grounds),
            (_("Instruction on appeal"), refusal.appeal_instruction),
            (_("Proposed by"), refusal.proposed_by),
            (_("Signed by"), refusal.signed_by),
            (_("Letter"), refusal.letter and letter_link(refusal.letter)),
            (_("Delivered on"), refusal.delivered_on),
            (_("Last day to appeal, as counted"), refusal.appeal_raw_on),
            (_("Last day to appeal"), refusal.appeal_on),
            (_("Right to appeal waived on"), refusal.waived_on),
            *appeal_facts(refusal),
            (_("Final since"), refusal.final_on),
        ]

    def move_facts(self, obj, move):
        person = person_of(obj.request)
        facts = [
            (_("Need"), str(obj)),
            (_("For whom"), (person and person.get_full_name()) or _("not known yet")),
        ]
        if move.name in SIGNATURES:
            return [*facts, *self.refusal_facts(obj)]
        return [*facts, *self.appeal_days(obj)] if move.name in APPEAL_MOVES else facts

    @staticmethod
    def appeal_days(obj):
        """Return by which two decisions about alike needs are told apart, and within which days the move lies."""
        refusal = getattr(obj, "refusal", None)
        if refusal is None:
            return []
        return [
            (_("Decision number"), refusal.number),
            (_("Delivered on"), refusal.delivered_on),
            (_("Last day to appeal"), refusal.appeal_on),
            *appeal_facts(refusal),
        ]

    # -- the first page -----------------------------------------------------------------------------
    def desk_tiles(self, request, *, on):
        rows = RequestItem.objects.visible_to(request.user)
        tiles = []
        if request.user.has_perm("residents.triage_item"):
            tiles.append(
                self.tile(rows.filter(status=Status.SUBMITTED), _("needs to decide"), "mine", state=Status.SUBMITTED)
            )
        if request.user.has_perm("residents.open_case"):
            tiles.append(self.tile(rows.not_begun(on), _("granted needs without a case"), "mine", state=NOT_BEGUN))
        if request.user.has_perm("residents.sign_refusal"):
            waiting = rows.filter(status=Status.REFUSAL_PROPOSED)
            tiles.append(self.tile(waiting, _("decisions to sign"), "mine", state=Status.REFUSAL_PROPOSED))
        return tiles
