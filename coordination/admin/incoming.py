"""What comes to the centre from other institutions: taken down, taken up, made a request, answered."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination import forms_incoming as forms
from coordination.actions import handovers
from coordination.actions import incoming as actions
from coordination.actions import incoming_course as course
from coordination.actions.grounds import is_taken_back_in_time
from coordination.actions.papers import with_papers_to_us
from coordination.forms import DiscardForm, PlanAnewForm
from coordination.incoming import oddities_of, served
from coordination.models import IncomingReferral, Referral
from coordination.presentation import handed_over
from coordination.workflow import INCOMING
from cus_portal.accounts.permissions import require
from cus_portal.admin import Move, Tile, add_errors
from cus_portal.forms import posted
from cus_portal.templatetags.portal import phone_link, tag
from cus_portal.workflow import Party
from residents.admin.base import DeskAdmin, OneOf, state_cell
from residents.matching import filed_already, known_already
from residents.models import RequestParty, ServiceRequest

# Keys of waiting(), but for the second.
UNOPENED, OPEN, LATE, HANDED_ON = "unopened", "open", "late", "handed_on"
ADD = "coordination.add_incomingreferral"
UNACKNOWLEDGED = "unacknowledged"
Status = IncomingReferral.Status


def has_been_met(incoming):
    return incoming.first_contact_on is not None


def may_be_reopened(incoming):
    known = incoming.sender_id is not None and incoming.acknowledged_at is None
    return known and is_taken_back_in_time(incoming, now=timezone.now())


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    start = OPEN
    words = (
        (UNOPENED, gettext_lazy("not opened yet")),
        (OPEN, gettext_lazy("open")),
        (LATE, gettext_lazy("late")),
        (HANDED_ON, gettext_lazy("passed on, not taken up yet")),
        (UNACKNOWLEDGED, gettext_lazy("ended, not acknowledged by the sender")),
        *IncomingReferral.Status.choices,
    )

    def queryset(self, request, queryset):
        chosen = {
            UNOPENED: queryset.unopened,
            OPEN: queryset.open,
            LATE: lambda: queryset.overdue(timezone.localdate()),
            HANDED_ON: queryset.handed_on,
            UNACKNOWLEDGED: queryset.unacknowledged,
        }
        if self.value() in chosen:
            return chosen[self.value()]()
        return super().queryset(request, queryset)


@admin.register(IncomingReferral)
class IncomingReferralAdmin(DeskAdmin):
    addable = True
    add_label = gettext_lazy("Write down a referral that came to us")
    desk_position = 12
    workflow = INCOMING
    detail_template = "admin/coordination/incoming.html"
    list_display = ["number", "sender_shown", "kind_shown", "whose_state", "received_on", "respond_by", "assigned_to"]
    list_filter = [StateFilter, "how"]
    list_select_related = ["sender", "assigned_to"]
    ordering = ["respond_by", "pk"]
    empty_title = gettext_lazy("Nothing has come")
    empty_text = gettext_lazy("What institutions send to the centre stands here, by the day of the answer.")
    moves = (
        Move("admit", actions.admit_sender, forms.AdmitForm, done=gettext_lazy("The sender is confirmed.")),
        Move(
            "claim",
            actions.claim_incoming,
            when=lambda incoming: incoming.assigned_to_id is None,
            done=gettext_lazy("It is yours."),
        ),
        Move(
            "accept",
            actions.accept_incoming,
            forms.TakeOnForm,
            done=gettext_lazy("It is accepted. Go on with the request."),
        ),
        Move(
            "waitlist",
            actions.waitlist_incoming,
            forms.WaitlistIncomingForm,
            done=gettext_lazy("The sender knows. Put the need into the queue on the page of the request."),
        ),
        Move(
            "start", course.start_incoming, forms.StartIncomingForm, done=gettext_lazy("The first contact is recorded.")
        ),
        Move(
            "report",
            with_papers_to_us(course.report_incoming),
            forms.ReportIncomingForm,
            done=gettext_lazy("The sender knows."),
        ),
        Move(
            "complete",
            with_papers_to_us(course.complete_incoming),
            forms.CompleteIncomingForm,
            done=gettext_lazy("The sender knows."),
        ),
        Move("resume", course.resume_incoming, when=has_been_met, done=gettext_lazy("It goes on.")),
        Move(
            "plan_anew",
            course.plan_incoming_anew,
            PlanAnewForm,
            when=lambda incoming: not has_been_met(incoming),
            done=gettext_lazy("It goes on."),
        ),
        Move("hold", course.hold_incoming, forms.HoldIncomingForm, done=gettext_lazy("It is on hold.")),
        Move(
            "ask",
            with_papers_to_us(actions.ask_partner),
            forms.AskPartnerForm,
            done=gettext_lazy("The question is on its way."),
        ),
        Move(
            "take_reply",
            with_papers_to_us(actions.take_reply),
            forms.TakeReplyForm,
            done=gettext_lazy("The reply is written down."),
        ),
        Move(
            "reopen",
            course.reopen_incoming,
            when=may_be_reopened,
            done=gettext_lazy("It is open again. The sender knows."),
        ),
        Move(
            "take_up",
            handovers.take_up_elsewhere,
            forms.SaidThere,
            when=lambda incoming: incoming.is_handed_on,
            done=gettext_lazy("It is theirs now. The sender knows."),
        ),
        Move(
            "take_back",
            handovers.take_back_incoming,
            forms.TakeBackForm,
            done=gettext_lazy("It is with us again. Answer it, or pass it on to another institution."),
        ),
        Move(
            "take_acknowledgement",
            course.take_acknowledgement,
            forms.AcknowledgeIncomingForm,
            when=lambda incoming: incoming.sender_id is not None and incoming.acknowledged_at is None,
            done=gettext_lazy("The loop is closed."),
        ),
        Move(
            "hand_over",
            actions.hand_over_incoming,
            forms.HandOverIncomingForm,
            done=gettext_lazy("Your colleague has it in hand now."),
        ),
        Move(
            "give_back",
            actions.give_back_incoming,
            when=lambda incoming: incoming.assigned_to_id is not None,
            done=gettext_lazy("It waits for whoever takes it."),
        ),
        Move("classify", actions.classify_incoming, forms.ClassifyForm, done=gettext_lazy("The class is changed.")),
        Move(
            "redirect",
            handovers.redirect_incoming,
            forms.RedirectIncomingForm,
            done=gettext_lazy("It is passed on. Write down here what they say there; the sender knows whom to ask."),
        ),
        Move("end", actions.end_incoming, forms.EndIncomingForm, done=gettext_lazy("It has ended. The sender knows.")),
        Move(
            "fail", course.fail_incoming, forms.FailIncomingForm, done=gettext_lazy("It has ended. The sender knows.")
        ),
        Move(
            "reject",
            actions.reject_incoming,
            forms.RejectIncomingForm,
            when=lambda incoming: (
                incoming.status != Status.INFO_REQUESTED or incoming.respond_by < timezone.localdate()
            ),
            done=gettext_lazy("The sender knows."),
        ),
        Move("turn_away", actions.turn_away, done=gettext_lazy("It is turned away.")),
        Move("discard", actions.discard_incoming, DiscardForm, done=gettext_lazy("It is put away.")),
    )
    past = {
        "add": gettext_lazy("came, or was written down"),
        "claim": gettext_lazy("Taken in hand"),
        "hand_over": gettext_lazy("Handed over to a colleague"),
        "give_back": gettext_lazy("Put back for everybody"),
        "accept": gettext_lazy("Accepted: there is a request"),
        "waitlist": gettext_lazy("Put on the waiting list: there is a request"),
        "start": gettext_lazy("First contact with the person"),
        "report": gettext_lazy("The sender was told how it goes"),
        "complete": gettext_lazy("The outcome was recorded"),
        "redirect": gettext_lazy("Passed on to another institution"),
        "take_up": gettext_lazy("Taken up where it was passed on to"),
        "take_back": gettext_lazy("Sent back to the centre"),
        "passed_on_too_often": gettext_lazy("Five institutions have sent it back: the centre's leaders were told"),
        "fail": gettext_lazy("The help could not be given"),
        "ask": gettext_lazy("The sender was asked for more"),
        "hold": gettext_lazy("Put on hold by the centre"),
        "resume": gettext_lazy("The centre went on"),
        "reject": gettext_lazy("Not accepted by the centre"),
        "reopen": gettext_lazy("The centre took its refusal back"),
        "end": gettext_lazy("Ended for a reason on the person's side"),
        "withdraw": gettext_lazy("Withdrawn"),
        "expire": gettext_lazy("Expired without an answer"),
        "acknowledge": gettext_lazy("The loop was closed"),
        "confirm": gettext_lazy("The person confirmed the outcome"),
        "papers": gettext_lazy("Documents were added"),
        "admit": gettext_lazy("The sender was confirmed"),
        "turn_away": gettext_lazy("Turned away: nobody knows the sender"),
        "take_reply": gettext_lazy("The reply of the sender was written down"),
        "reply": gettext_lazy("The sender replied"),
        "take_acknowledgement": gettext_lazy("The loop was closed, as the sender said"),
        "plan_anew": gettext_lazy("The centre planned the beginning anew"),
        "classify": gettext_lazy("The class of confidentiality was changed"),
        "dispute": gettext_lazy("The person says that it was otherwise"),
        "discard": gettext_lazy("Marked as entered in error"),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("sender", "assigned_to", "filed_by", "request")

    def get_urls(self):
        view = self.admin_site.admin_view(self.file_view)
        name = "coordination_incomingreferral_file"
        return [path("<int:object_id>/file/<int:file_id>/", view, name=name), *super().get_urls()]

    def file_view(self, request, object_id, file_id):
        return served(self._seen(request, str(object_id)), file_id, by=request.user)

    @admin.display(description=gettext_lazy("from"))
    def sender_shown(self, incoming):
        return incoming.sender.short_name if incoming.sender_id else incoming.sender_name

    @admin.display(description=gettext_lazy("kind"))
    def kind_shown(self, incoming):
        """Return the kind, with a tag for what is urgent and for what is protected."""
        tags = [("warn", incoming.get_priority_display())] if incoming.priority == Referral.Priority.URGENT else []
        tags += [("plain", _("protected"))] if incoming.is_protected else []
        return format_html(
            "{} {}", incoming.get_kind_display(), format_html_join(" ", "{}", ((tag(*one),) for one in tags))
        )

    @admin.display(description=gettext_lazy("state"))
    def whose_state(self, incoming):
        return state_cell(incoming, self.party(incoming))

    def party(self, obj):
        is_over = obj.acknowledged_at or (obj.sender_id is None and obj.status == Status.REJECTED)
        if obj.is_handed_on:
            return Party.INSTITUTION
        return Party.NOBODY if is_over else super().party(obj)

    def due(self, obj):
        is_live = obj.is_handed_on or (obj.status in IncomingReferral.OPEN and obj.status != Status.WAITLISTED)
        return obj.respond_by if is_live else None

    def due_words(self, obj):
        if obj.is_handed_on:
            return _("to be taken up there until")
        return _("next step until") if obj.status in IncomingReferral.UNDER_WAY else _("answer until")

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name in ("accept", "waitlist"):
            kwargs |= {"requests": requests_of(obj, by=request.user), "incoming": obj}
        elif move.name == "hand_over":
            kwargs |= {"on": timezone.localdate()}
        elif move.name == "classify" and request.method != "POST":
            kwargs |= {"initial": {"confidentiality": obj.confidentiality}}
        return kwargs

    def move_facts(self, obj, move):
        if move.name in ("take_up", "take_back"):
            return handed_over(obj)[-1:]
        odd = oddities_of(obj) if move.name in ("accept", "waitlist", "admit") else []
        return [(_("Look twice"), " ".join(odd))] if odd else []

    def detail_context(self, request, obj):
        return {
            "is_disputed": obj.person_said == Referral.Said.DISPUTED and obj.acknowledged_at is None,
            "oddities": oddities_of(obj) if obj.status in IncomingReferral.OPEN else [],
            "facts": [
                (_("From"), obj.sender_shown),
                (_("Who there"), ", ".join(filter(None, [obj.said_by, obj.sender_contact]))),
                (_("How it came"), obj.get_how_display()),
                (_("Came on"), obj.received_on),
                (_("Proof"), obj.proof),
                (_("Kind"), obj.get_kind_display()),
                (_("Confidentiality"), obj.get_confidentiality_display()),
                (_("Recorded by"), obj.filed_by),
                (_("Taken up by"), obj.assigned_to),
            ],
            "person": [
                (_("Person"), obj.get_full_name()),
                (_("Date of birth"), obj.birth_date),
                (_("Phone"), phone_link(obj.phone)),
                (_("Address"), obj.address),
                (_("What is needed"), obj.need),
                (
                    _("Legal basis"),
                    obj.statute
                    or _("the person agreed, says the sender: %(purpose)s")
                    % {"purpose": obj.get_consent_for_display()},
                ),
            ],
            **self.known(request, obj),
            "course": course_of(obj),
            "papers": obj.papers.order_by("pk"),
            "notes": obj.notes.select_related("author"),
            "request_url": obj.request.get_absolute_url() if obj.request_id else "",
        }

    def known(self, request, obj):
        """Return who on record it may be about, as long as nobody has said so on the page of its request."""
        if obj.request_id or obj.status not in IncomingReferral.OPEN:
            return {"looked": False}
        return self.admin_site.get_model_admin(ServiceRequest).known_of(person_of(obj), by=request.user)

    def add_view(self, request, form_url="", extra_context=None):
        require(request.user, ADD)
        form = forms.DeskIncomingForm(**posted(request), initial={"received_on": timezone.localdate()})
        if form.is_valid():
            try:
                take_down = actions.filed_once(with_papers_to_us(actions.take_down_incoming))
                row = take_down(by=request.user, now=timezone.now(), **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                if not self.has_view_permission(request, row):
                    messages.success(request, _("It is written down. The organiser and the director have been told."))
                    return redirect(self.list_url())
                messages.success(request, _("It is written down."))
                return redirect(row)
        return self.form_page(request, form, title=self.add_label)

    def desk_tiles(self, request, *, on):
        rows = IncomingReferral.objects.visible_to(request.user)
        found = rows.waiting(on)
        labels = {
            UNOPENED: (_("came to us, not opened yet"), "mine"),
            LATE: (_("came to us, late"), "late"),
            HANDED_ON: (_("passed on by us, not taken up yet"), "theirs"),
            UNACKNOWLEDGED: (_("came to us, ended, the sender has not closed it"), "theirs"),
            IncomingReferral.Status.HELD: (_("unknown senders to confirm"), "mine"),
        }
        if not request.user.has_perm("coordination.admit_sender"):
            del labels[IncomingReferral.Status.HELD]
        return [
            Tile(found[state], label, f"{self.list_url()}?state={state}", kind)
            for state, (label, kind) in labels.items()
            if found[state] or state == UNOPENED
        ]


def course_of(incoming):
    facts = [
        (_("First contact"), incoming.first_contact_on),
        (_("On hold because of"), incoming.get_hold_cause_display()),
        (_("Why not accepted"), incoming.get_reject_reason_display()),
        (_("Why it ended"), incoming.get_end_reason_display()),
        (_("Declined help on"), incoming.declined_on),
        (_("Understanding and safety, as seen"), incoming.safety_note),
        (_("Outcome"), incoming.get_outcome_display()),
        (_("Outcome on"), incoming.outcome_on),
        *handed_over(incoming),
        *(fact for link in incoming.handovers.select_related("receiver__merged_into") for fact in grounds_of(link)),
        (_("Answer to the sender"), incoming.answer),
        (_("Loop closed"), incoming.acknowledged_at),
        (_("What changes at the sender's"), incoming.acknowledgement),
        (_("The person was told"), told_words(incoming)),
        (_("What the person says of it"), incoming.get_person_said_display()),
        (_("In the person's words"), incoming.person_words),
    ]
    return [(name, value) for name, value in facts if value not in (None, "")]


def grounds_of(link):
    """Return what the desk alone reads of a handover."""
    return [
        (_("Phone there"), phone_link((link.receiver.merged_into or link.receiver).phone)),
        (_("Sign of the letter of handover"), link.sign),
        (_("The person agreed to it on"), link.agreed_on),
        (_("Statute for passing on"), link.statute),
        (_("Who answered there"), link.said_by),
    ]


def told_words(incoming):
    if incoming.person_told is None:
        return ""
    return _("yes") if incoming.person_told else f"{_('no')}: {incoming.person_not_told_reason}"


def person_of(incoming) -> RequestParty:
    facts = {name: getattr(incoming, name) for name in ("first_name", "last_name", "birth_date", "phone")}
    return RequestParty(**facts)


def requests_of(incoming, *, by):
    """Return the open requests that may be of this very person, as far as `by` may see them."""
    person = person_of(incoming)
    found = [row for known in known_already(person, by=by) for row in known["requests"]]
    return [*found, *filed_already(person, by=by)]
