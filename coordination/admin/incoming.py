"""What comes to the centre from other institutions: taken down, taken up, made a request, answered."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination import forms_incoming as forms
from coordination.actions import incoming as actions
from coordination.incoming import oddities_of
from coordination.models import IncomingReferral
from coordination.workflow import INCOMING
from cus_portal.accounts.permissions import require
from cus_portal.admin import Move, Tile, add_errors
from residents.admin.base import ALL, DeskAdmin, OneOf
from residents.matching import filed_already, known_already
from residents.models import RequestParty

UNOPENED, OPEN, LATE = "unopened", "open", "late"  # the first and the last are keys of waiting() too
ADD = "coordination.add_incomingreferral"


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    words = (
        (UNOPENED, gettext_lazy("not opened yet")),
        (OPEN, gettext_lazy("open")),
        (LATE, gettext_lazy("late")),
        *IncomingReferral.Status.choices,
    )

    def queryset(self, request, queryset):
        chosen = {
            UNOPENED: queryset.unopened,
            OPEN: queryset.open,
            LATE: lambda: queryset.overdue(timezone.localdate()),
        }
        if self.value() in chosen:
            return chosen[self.value()]()
        return queryset if self.value() == ALL else queryset.filter(status=self.value())


@admin.register(IncomingReferral)
class IncomingReferralAdmin(DeskAdmin):
    addable = True
    add_label = gettext_lazy("Write down a referral that came to us")
    desk_position = 12
    workflow = INCOMING
    detail_template = "admin/coordination/incoming.html"
    list_display = ["number", "sender_shown", "kind", "whose_state", "received_on", "respond_by", "assigned_to"]
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
            forms.AcceptIncomingForm,
            done=gettext_lazy("It is accepted. Go on with the request."),
        ),
        Move("answer", actions.answer_partner, forms.AnswerPartnerForm, done=gettext_lazy("The sender knows.")),
        Move("ask", actions.ask_partner, forms.AskPartnerForm, done=gettext_lazy("The question is on its way.")),
        Move("take_reply", actions.take_reply, forms.ReplyForm, done=gettext_lazy("The reply is written down.")),
        Move("end", actions.end_incoming, forms.EndIncomingForm, done=gettext_lazy("It has ended. The sender knows.")),
        Move("reject", actions.reject_incoming, forms.RejectIncomingForm, done=gettext_lazy("The sender knows.")),
        Move("turn_away", actions.turn_away, done=gettext_lazy("It is turned away.")),
        Move("discard", actions.discard_incoming, done=gettext_lazy("It is put away.")),
    )
    past = {"add": gettext_lazy("came, or was written down")}

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("sender", "assigned_to", "filed_by", "request")

    @admin.display(description=gettext_lazy("from"))
    def sender_shown(self, incoming):
        return incoming.sender.short_name if incoming.sender_id else incoming.sender_name

    @admin.display(description=gettext_lazy("state"))
    def whose_state(self, incoming):
        return incoming.get_status_display()

    def due(self, obj):
        return obj.respond_by if obj.status in IncomingReferral.OPEN else None

    def due_words(self, obj):
        return _("answer until")

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        return kwargs | {"requests": requests_of(obj, by=request.user)} if move.name == "accept" else kwargs

    def move_facts(self, obj, move):
        return [(_("Look twice"), " ".join(oddities_of(obj)))] if move.name in ("accept", "admit") else []

    def detail_context(self, request, obj):
        return {
            "oddities": oddities_of(obj) if obj.status in IncomingReferral.OPEN else [],
            "facts": [
                (_("From"), obj.sender_shown),
                (_("Who there"), ", ".join(filter(None, [obj.said_by, obj.sender_contact]))),
                (_("How it came"), obj.get_how_display()),
                (_("Came on"), obj.received_on),
                (_("Proof"), obj.proof),
                (_("Kind"), obj.get_kind_display()),
                (_("Recorded by"), obj.filed_by),
                (_("Taken up by"), obj.assigned_to),
            ],
            "person": [
                (_("Person"), obj.get_full_name()),
                (_("Date of birth"), obj.birth_date),
                (_("Phone"), obj.phone),
                (_("Address"), obj.address),
                (_("What is needed"), obj.need),
                (
                    _("Legal basis"),
                    obj.statute or (_("the person agreed, says the sender") if obj.consent_told else ""),
                ),
            ],
            "course": [
                (_("Our question"), obj.question),
                (_("The sender's reply"), obj.reply),
                (_("Why not accepted"), obj.get_reject_reason_display()),
                (_("Why it ended"), obj.get_end_reason_display()),
                (_("Declined help on"), obj.declined_on),
                (_("Understanding and safety, as seen"), obj.safety_note),
                (_("Answer to the sender"), obj.answer),
            ],
            "request_url": obj.request.get_absolute_url() if obj.request_id else "",
        }

    def add_view(self, request, form_url="", extra_context=None):
        require(request.user, ADD)
        form = forms.DeskIncomingForm(
            request.POST if request.method == "POST" else None, initial={"received_on": timezone.localdate()}
        )
        if form.is_valid():
            try:
                row = actions.take_down_incoming(by=request.user, now=timezone.now(), **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("It is written down."))
                return redirect(row)
        return self.form_page(request, form, title=self.add_label)

    def desk_tiles(self, request, *, on):
        rows = IncomingReferral.objects.visible_to(request.user)
        found = rows.waiting(on)
        labels = {
            UNOPENED: (_("came to us, not opened yet"), "mine"),
            LATE: (_("came to us, answer late"), "late"),
            IncomingReferral.Status.HELD: (_("unknown senders to confirm"), "mine"),
        }
        if not request.user.has_perm("coordination.admit_sender"):
            del labels[IncomingReferral.Status.HELD]
        return [
            Tile(found[state], label, f"{self.list_url()}?state={state}", kind)
            for state, (label, kind) in labels.items()
            if found[state] or state == UNOPENED
        ]


def requests_of(incoming, *, by):
    """Return the open requests that may be of this very person, as far as `by` may see them."""
    person = RequestParty(
        first_name=incoming.first_name, last_name=incoming.last_name, birth_date=incoming.birth_date,
        phone=incoming.phone,
    )  # fmt: skip
    found = [row for known in known_already(person, by=by) for row in known["requests"]]
    return [*found, *filed_already(person, by=by)]
