"""What an institution sends to the centre, from its own room: its list, a new one, how it goes."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from coordination import forms_incoming as forms
from coordination import inbox
from coordination.actions import incoming as actions
from coordination.actions import incoming_course as course
from coordination.actions.papers import with_papers_to_us
from coordination.clocks import Clock, Direction, days_agreed
from coordination.incoming import served
from coordination.models import IncomingReferral, ReferralNote
from coordination.presentation import handed_over, headline_of_sent, sent_to_us
from coordination.workflow import INCOMING
from cus_portal.accounts.models import Institution
from cus_portal.accounts.permissions import require
from cus_portal.admin import Move, add_errors
from cus_portal.audit.log import record_export, record_read
from cus_portal.exported import MOST_ROWS
from cus_portal.exports import ExportForm, chosen_in, list_response
from cus_portal.forms import posted
from cus_portal.meanwhile import seen_version
from cus_portal.paging import MARK, slice_of
from cus_portal.workflow import TransitionNotAllowed

FILE = "coordination.file_incoming"
ROWS_ON_A_PAGE = 25
MOVES = {
    move.name: move
    for move in (
        Move(
            "reply",
            with_papers_to_us(actions.reply_to_centre),
            forms.ReplyForm,
            done=gettext_lazy("Your reply has been sent."),
        ),
        Move(
            "acknowledge",
            course.acknowledge_incoming,
            forms.SenderAcknowledgeForm,
            when=lambda row: row.acknowledged_at is None,
            done=gettext_lazy("Thank you. The matter is closed."),
        ),
        Move("fail", course.fail_incoming, forms.SenderFailForm, done=gettext_lazy("It has ended. The centre knows.")),
        Move("withdraw", actions.withdraw_incoming, forms.SenderWithdrawForm, done=gettext_lazy("Withdrawn.")),
    )
}


def is_offered(row, name):
    return row.status in INCOMING[name].sources and MOVES[name].when(row)


def sent(request):
    require(request.user, FILE)
    return IncomingReferral.objects.sent_by(request.user).select_related("sender")


@require_http_methods(["GET", "HEAD", "POST"])
def sent_to_centre(request):
    """List what one's own institution has sent, the newest first; names stay on the page of each. On POST a file."""
    on = timezone.localdate()
    filters = inbox.SentFilter(request.GET, sent(request).filter(status__in=inbox.SENT_STATES))
    export_form = ExportForm(**posted(request))
    if export_form.is_valid():
        return export_sent(request, filters, export_form.cleaned_data, on)
    part = slice_of(filters.qs.order_by("-pk"), request.GET.get(MARK), per_page=ROWS_ON_A_PAGE)
    context = {
        "part": part,
        "rows": [(row, sent_to_us(row, on=on)) for row in part.rows],
        "filter_form": filters.form,
        "narrowed": any(request.GET.get(name) for name in filters.filters),
        "export_form": export_form,
    }
    return render(request, "coordination/sent_to_centre.html", context)


def export_sent(request, filters, answers, on):
    """Hand over what the list shows and nothing of the person, a protected one to nobody."""
    lines = inbox.lines_of_sent(filters.qs.without_secrets().order_by("-pk")[:MOST_ROWS], on=on)
    record_export(IncomingReferral, by=request.user, screen="sent_to_centre", rows=len(lines), reason=answers["reason"])
    header, name = [str(label) for label in inbox.SENT_HEADER], f"sent-to-centre-{on:%Y-%m-%d}"
    notes = chosen_in(filters.form)
    return list_response(answers["file_format"], name, _("Sent to the centre"), header, lines, notes=notes)


def answer_days(mine):
    """Return in how many working days the centre answers what the only institution of the user sends."""
    place = mine[0].pk if len(mine) == 1 else None
    on = timezone.localdate()
    clocks = {"routine_days": Clock.ANSWER, "urgent_days": Clock.ANSWER_URGENT}
    return {
        name: days_agreed(clock, direction=Direction.INCOMING, institution=place, on=on)
        for name, clock in clocks.items()
    }


@require_http_methods(["GET", "HEAD", "POST"])
def sent_to_centre_new(request):
    require(request.user, FILE)
    mine = Institution.objects.active().filter(pk__in=request.user.institutions_granting(FILE)).order_by("pk")
    form = forms.PartnerIncomingForm(**posted(request), institutions=list(mine))
    if form.is_valid():
        try:
            row = actions.filed_once(with_papers_to_us(actions.file_incoming))(
                by=request.user, now=timezone.now(), **form.facts()
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The centre has it. You will read here how it goes."))
            return redirect("coordination:sent_to_centre_one", row.pk)
    return render(request, "coordination/sent_to_centre_new.html", {"form": form, **answer_days(mine)})


@require_safe
def sent_to_centre_one(request, pk):
    row = get_object_or_404(sent(request), pk=pk)
    record_read(row, by=request.user, screen="sent_to_centre")
    steps = [INCOMING[name] for name in MOVES if is_offered(row, name)]
    state = sent_to_us(row, on=timezone.localdate())
    context = {
        "row": row,
        "state": state,
        "headline": headline_of_sent(row, state),
        "moves": [(step, reverse("coordination:sent_to_centre_move", args=[row.pk, step.name])) for step in steps],
        "facts": [(_("Person"), row.get_full_name()), (_("What is needed"), row.need), (_("Sent on"), row.received_on)],
        "course": course_of(row),
        "papers": row.papers.order_by("pk"),
        "notes": row.notes.select_related("author"),
    }
    return render(request, "coordination/sent_to_centre_one.html", context)


@require_safe
def sent_to_centre_document(request, pk, document):
    return served(get_object_or_404(sent(request), pk=pk), document, by=request.user)


def course_of(row):
    on_hold = row.status == IncomingReferral.Status.ON_HOLD
    facts = [
        (_("First contact"), row.first_contact_on),
        (_("On hold because of"), row.get_hold_cause_display()),
        (_("The centre looks at it again on"), row.respond_by if on_hold else None),
        (_("Why not accepted"), row.get_reject_reason_display()),
        (_("Why it ended"), row.get_end_reason_display()),
        (_("Outcome"), row.get_outcome_display()),
        (_("Outcome on"), row.outcome_on),
        *handed_over(row),
        (_("Answer of the centre"), row.answer),
        (_("What the person says of it"), row.get_person_said_display()),
        (_("What changes at your institution"), row.acknowledgement),
    ]
    return [(name, value) for name, value in facts if value not in (None, "")]


@require_http_methods(["GET", "HEAD", "POST"])
def sent_to_centre_move(request, pk, name):
    row = get_object_or_404(sent(request), pk=pk)
    move = MOVES.get(name)
    if move is None:
        raise Http404
    step = INCOMING[name]
    form = move.form(**posted(request))
    if request.method != "POST" and not is_offered(row, name):
        messages.warning(request, _("This cannot be done in the present state."))
        return redirect("coordination:sent_to_centre_one", row.pk)
    if form.is_valid():
        try:
            seen_version(request, row)
            move.action(row, by=request.user, now=timezone.now(), **form.cleaned_data)
        except TransitionNotAllowed as error:
            form.add_error(None, str(error))
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, move.done)
            return redirect("coordination:sent_to_centre_one", row.pk)
    asked = row.notes.filter(kind=ReferralNote.Kind.QUESTION).last() if name == "reply" else None
    context = {"row": row, "step": step, "form": form, "offered": is_offered(row, name), "asked": asked}
    return render(request, "coordination/sent_to_centre_move.html", context)
