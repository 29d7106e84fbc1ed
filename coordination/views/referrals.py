"""The referral's pages: an institution's inbox, one referral as each side sees it, and its moves."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coordination import forms, inbox, presentation
from coordination.actions import chains, in_hand, referrals
from coordination.actions.grounds import (
    agreements_of_the_day,
    covers_documents,
    is_taken_back_in_time,
    still_covering,
)
from coordination.actions.institutions import lost_mails
from coordination.actions.papers import papers_left, with_papers
from coordination.actors import InTheNameOf
from coordination.clocks import answer_clock, days_of
from coordination.colleagues import Colleagues
from coordination.disclosure import DOCUMENTS, disclosed_by, rows_of
from coordination.documents import sheet_of_referral
from coordination.links import path_to_ask, to_be_called
from coordination.models import IncomingReferral, Referral
from coordination.oddities import oddities_of_drafts
from coordination.taking_down import take_down, verify_answer
from coordination.waiting import keeps_list, position_of
from coordination.workflow import REFERRAL
from cus_portal.accounts.permissions import require
from cus_portal.admin import Move
from cus_portal.audit.log import history, record, record_export, record_read
from cus_portal.exported import MOST_ROWS
from cus_portal.exports import ExportForm, chosen_in, list_response
from cus_portal.files import serve_private
from cus_portal.forms import posted
from cus_portal.meanwhile import seen_version
from cus_portal.paging import MARK, slice_of
from cus_portal.templatetags.portal import phone_link
from cus_portal.workdays import add_workdays
from cus_portal.workflow import TransitionNotAllowed
from residents.lookers import UNTOLD
from residents.models import Attachment

ROWS_ON_A_PAGE = 25
ASKED = IncomingReferral.Status.INFO_REQUESTED
ANSWER = "coordination.answer_referral"
SEND = "coordination.send_referral"
# What the receiver's history leaves out: the sender's drafts, and where the person was sent before.
PRIVATE = ("referral.draft", "referral.change", "referral.discard", "referral.pass_on")
# Who deals with it is the institution's own matter, and so is what its people write to each other.
RECEIVERS_OWN = ("referral.claim", "referral.hand_over", "referral.give_back")

MOVES = {
    move.name: move
    for move in (
        Move("send", referrals.send_referral, done=gettext_lazy("The referral has been sent.")),
        Move("reply", referrals.reply_to_receiver, forms.ReplyForm, done=gettext_lazy("Your answer has been sent.")),
        Move(
            "acknowledge",
            referrals.acknowledge_outcome,
            forms.AcknowledgeForm,
            when=lambda referral: referral.acknowledged_at is None,
            done=gettext_lazy("The loop is closed."),
        ),
        Move("withdraw", referrals.withdraw_referral, forms.WithdrawForm, done=gettext_lazy("Withdrawn.")),
        Move("accept", referrals.accept_referral, forms.AcceptForm, done=gettext_lazy("You have accepted it.")),
        Move(
            "ask", with_papers(referrals.ask_sender), forms.AskForm, done=gettext_lazy("Your question has been sent.")
        ),
        Move(
            "waitlist",
            referrals.waitlist,
            when=lambda referral: keeps_list(referral, on=timezone.localdate()),
            done=gettext_lazy("The person is on your waiting list."),
        ),
        Move("start", referrals.start_referral, forms.StartForm, done=gettext_lazy("The first contact is recorded.")),
        Move(
            "report",
            with_papers(referrals.report_progress),
            forms.ReportForm,
            done=gettext_lazy("The coordinator knows."),
        ),
        Move(
            "complete",
            with_papers(referrals.complete_referral),
            forms.CompleteForm,
            done=gettext_lazy("Outcome recorded."),
        ),
        Move(
            "fail",
            with_papers(referrals.fail_referral),
            forms.FailForm,
            done=gettext_lazy("Recorded. The coordinator knows."),
        ),
        Move(
            "hold", referrals.hold_referral, forms.HoldForm, done=gettext_lazy("It is on hold. The coordinator knows.")
        ),
        Move(
            "resume",
            referrals.resume_referral,
            when=lambda referral: referral.first_contact_on is not None,
            done=gettext_lazy("It goes on."),
        ),
        Move(
            "plan_anew",
            referrals.plan_beginning_anew,
            forms.PlanAnewForm,
            when=lambda referral: referral.first_contact_on is None,
            done=gettext_lazy("The coordinator knows when you begin."),
        ),
        Move("redirect", chains.redirect_referral, forms.RedirectForm, done=gettext_lazy("It has been passed on.")),
        Move(
            "reopen",
            referrals.reopen_referral,
            when=lambda referral: (
                referral.acknowledged_at is None and is_taken_back_in_time(referral, now=timezone.now())
            ),
            done=gettext_lazy("It is open again. The coordinator knows."),
        ),
        Move("still_wanted", referrals.still_wanted, done=gettext_lazy("Noted. We ask again later.")),
        Move(
            "reject",
            with_papers(referrals.reject_referral),
            forms.RejectForm,
            when=lambda referral: not referrals.waits_for_reply(referral, on=timezone.localdate()),
            done=gettext_lazy("The coordinator knows."),
        ),
        Move(
            "verify",
            verify_answer,
            forms.VerifyForm,
            when=lambda referral: referral.unverified_since is not None,
            done=gettext_lazy("It counts as confirmed."),
        ),
        Move(
            "claim",
            in_hand.claim_referral,
            when=lambda referral: referral.assigned_to_id is None,
            done=gettext_lazy("You have it in hand. Your colleagues see that."),
        ),
        Move("hand_over", in_hand.hand_over_referral, forms.HandOverForm, done=gettext_lazy("It is handed over.")),
        Move(
            "give_back",
            in_hand.give_back_referral,
            when=lambda referral: referral.assigned_to_id is not None,
            done=gettext_lazy("It waits for whoever takes it next."),
        ),
        Move("discard", referrals.discard_referral, forms.DiscardForm, done=gettext_lazy("It is put away.")),
    )
}


@dataclass(frozen=True)
class Room:
    """Where a referral is read and moved: by an account, or by the link of a receiver without one."""

    page: str
    move: str
    document: str
    sheet: str
    is_link: bool = False

    def back(self, referral):
        return redirect(self.page, referral.pk)


DESK = Room(*(f"coordination:referral_{page}" for page in ("detail", "move", "document", "sheet")))


@require_http_methods(["GET", "HEAD", "POST"])
def inbox_list(request):
    """List what was sent to the user's own institution, what is late on top; on POST hand the list over as a file."""
    require(request.user, "coordination.view_inbox")
    on = timezone.localdate()
    chosen = request.GET.get("lista", "")
    box = inbox.LISTS.get(chosen, inbox.ALL_OPEN)
    colleagues = Colleagues(request.user.institutions_granting(ANSWER), on=on)
    rows = inbox.rows_of(request.user, box, on=on)
    filters = inbox.InboxFilter(request.GET, rows, user=request.user, colleagues=colleagues)
    export_form = ExportForm(**posted(request))
    if export_form.is_valid():
        told = filters.qs.without_secrets().order_by(box.by, "pk")[:MOST_ROWS]
        lines = inbox.lines_of(told, colleagues, on=on)
        return export_inbox(request, box, lines, export_form.cleaned_data, on, chosen_in(filters.form))
    part = slice_of(filters.qs.order_by(box.by), request.GET.get(MARK), per_page=ROWS_ON_A_PAGE)
    numbers = inbox.counts(request.user, on=on)
    context = {
        "tiles": [(numbers[name], one, f"?lista={name}", one is box) for name, one in inbox.BOXES.items()],
        "box": box,
        "ended": box is inbox.ALL_ENDED,
        "filter_form": filters.form,
        "narrowed": any(request.GET.get(name) for name in filters.filters),
        "part": part,
        "rows": [
            (row, presentation.state_of(row, received=True, on=on), colleagues.holder(row), colleagues.deputy(row))
            for row in part.rows
        ],
        "export_form": export_form,
        "asked_by_centre": IncomingReferral.objects.sent_by(request.user).filter(status=ASKED).count(),
        "asked_url": f"{reverse('coordination:sent_to_centre')}?status={ASKED.value}",
    }
    return render(request, "coordination/inbox.html", context)


def export_inbox(request, box, lines, answers, on, narrowed_by):
    """Hand over what the list shows and nothing of the person; the audit knows who, how many and why."""
    record_export(Referral, by=request.user, screen="inbox", rows=len(lines), reason=answers["reason"])
    header, name = [str(label) for label in inbox.HEADER], f"referrals-{on:%Y-%m-%d}"
    return list_response(answers["file_format"], name, capfirst(box.label), header, lines, notes=narrowed_by)


def visible_referral(request, pk):
    """Return the referral and whether the user stands on the receiver's side; 404 for whoever may not see it."""
    rows = Referral.objects.visible_to(request.user).select_related(
        "case__resident__locality",
        "case__coordinator",
        "sender",
        "receiver",
        "service",
        "plan_item__plan",
        "consent",
        "agreement",
        "opened_by",
        "assigned_to",
        "parent__receiver",
        "link",
    )
    referral = get_object_or_404(rows, pk=pk)
    return referral, request.user.has_perm(ANSWER, referral)


@require_GET
def referral_detail(request, pk):
    """Show the referral. Its receiver sees what was chosen for it, and that only after opening."""
    referral, received = visible_referral(request, pk)
    sealed = received and referral.opened_at is None
    if not sealed:
        record_read(referral, by=request.user, screen="referral")
    context = {
        **told_of(referral, request.user, received=received, sealed=sealed),
        "room": DESK,
        "chain": [] if received else chain_of(referral),
        "answers": [] if received else answers_to_take_down(request.user, referral),
        **link_of(referral, received=received),
        "called": why_called(referral, received=received),
        "ask_path": path_to_ask(referral.pk),
        **before_sending(referral, on=timezone.localdate()),
        "other_drafts": other_drafts(request.user, referral),
        "mails_lost": not received and referral.status in Referral.OPEN and lost_mails(referral.receiver).exists(),
    }
    return render(request, "coordination/referral_detail.html", context)


def link_of(referral, *, received):
    """Return for the sender the link that was mailed, and whether it still leads to the referral."""
    link = None if received else getattr(referral, "link", None)
    return {"mailed_link": link, "link_leads": link is not None and link.leads_on(timezone.localdate())}


def why_called(referral, *, received):
    """Return for the sender why the receiver has to be called while it has to learn of the referral, or ""."""
    if received or referral.status not in Referral.OPEN:
        return ""
    return to_be_called([referral], on=timezone.localdate()).get(referral.pk, "")


def before_sending(referral, *, on):
    """Return what the page of a draft warns of, and the working days it gives the institution."""
    if referral.status != Referral.Status.DRAFT:
        return {"no_agreement": False, "answer_days": 0, "odd": []}
    days = days_of(referral, answer_clock(referral.priority), on=on)
    odd = oddities_of_drafts([referral], on=on)[referral.pk]
    referral.agreement = agreements_of_the_day([referral], on=on).get(referral.pk)
    return {"no_agreement": referral.lacks_agreement(), "answer_days": days, "odd": odd}


def other_drafts(user, referral) -> int:
    """Return how many drafts of the case wait beside this one, to which its page leads back."""
    if referral.status != Referral.Status.DRAFT or not user.has_perm(SEND, referral):
        return 0
    drafts = Referral.objects.visible_to(user).filter(case=referral.case_id, status=Referral.Status.DRAFT)
    return drafts.exclude(pk=referral.pk).count()


def deputy_of(referral):
    """Return who stands in today for the colleague who has it in hand."""
    if referral.assigned_to_id is None:
        return None
    return Colleagues([referral.receiver_id], on=timezone.localdate()).deputy(referral)


def told_of(referral, actor, *, received, sealed=False):
    """Return what the page of a referral shows to this actor; of a sealed one little more than whose move it is."""
    position = None if sealed else position_of(referral, of_all=received)
    state = presentation.state_of(referral, received=received, on=timezone.localdate(), position=position)
    return {
        "referral": referral,
        "received": received,
        "sealed": sealed,
        "state": state,
        "headline": presentation.headline(referral, state, received=received),
        "disclosed": [] if sealed else facts_of(referral),
        "documents": [] if sealed else referral.attachments.all(),
        "deputy": None if sealed else deputy_of(referral),
        "consent_end": () if sealed else end_of_consent(referral, actor, received=received),
        "returned": [] if sealed else referral.returned.all(),
        "notes": [] if sealed else referral.notes.select_related("author"),
        "closings": closings_of(referral, received=received),
        **({} if sealed else moves_of(actor, referral)),
        "history": [] if sealed else history_rows(referral, received=received),
    }


def end_of_consent(referral, actor, *, received):
    """Return colour, words, and the page of the consent where it has to be asked for anew; () where there is none."""
    if referral.statute or referral.consent is None:
        return ()
    today, goes_on = timezone.localdate(), referral.status in (Referral.Status.DRAFT, *Referral.OPEN)
    covered_by = still_covering(referral, on=today) if goes_on else None
    if covered_by and not actor.has_perm("residents.view_consent", covered_by):
        covered_by = None  # it may be closed for what else rests on it: who is not told of that is not told of it
    asks = goes_on and not received
    kind, words = presentation.consent_end(referral.consent, covered_by=covered_by, asks=asks, on=today)
    writes = kind != "plain" and actor.has_perm("residents.see_to_consent", referral.consent)
    return kind, words, referral.consent.get_absolute_url() if writes else ""


def closings_of(referral, *, received):
    """Return how the loop had been closed before the person objected; it is the sender's own matter."""
    objected = referral.person_said == Referral.Said.DISPUTED
    return referral.closings.select_related("closed_by") if objected and not received else []


def chain_of(referral):
    """Return the links of a referral that was passed on, in their order, for the sender's side; [] for one alone."""
    links = [*reversed(chains.chain_before(referral)), referral, *chains.chain_after(referral)]
    return links if len(links) > 1 else []


def facts_of(referral):
    """A draft shows what would go out now; a sent referral what went out."""
    told = disclosed_by(referral) if referral.status == Referral.Status.DRAFT else referral.disclosed
    shown = {name: value for name, value in told.items() if name != DOCUMENTS}  # they are listed with their links
    return rows_of({name: phone_link(value) if name == "phone" else value for name, value in shown.items()})


def offered(user, referral, move):
    step = REFERRAL[move.name]
    return referral.status in step.sources and move.when(referral) and user.has_perm(step.permission, referral)


def buttons(user, referral):
    """Return (step, direct) for each move on offer; one that asks nothing is made by the button itself."""
    return [
        (REFERRAL[name], not (move.form.base_fields or REFERRAL[name].danger))
        for name, move in MOVES.items()
        if offered(user, referral, move)
    ]


def moves_of(actor, referral):
    """Return the moves on offer; to accept takes one press, with the day of the beginning beside the button."""
    steps = buttons(actor, referral)
    accepts = any(step.name == "accept" for step, _direct in steps)
    return {"moves": steps, "accept_form": forms.FirstDayForm(initial=first_day_offered()) if accepts else None}


def answers_to_take_down(user, referral):
    """Return the receiver's moves that the sender may record in its name now."""
    if not user.has_perm(SEND, referral):
        return []
    actor = InTheNameOf(user, referral)
    moves = [move for name, move in MOVES.items() if REFERRAL[name].permission == ANSWER]
    return [REFERRAL[move.name] for move in moves if offered(actor, referral, move)]


def history_rows(referral, *, received):
    """Return what happened as sentences, newest first; drafting is the sender's own matter."""
    private = PRIVATE if received else RECEIVERS_OWN
    return [
        {
            "at": event.at,
            "actor": event.actor_label,
            "sentence": presentation.REFERRAL_PAST.get(event.action.partition(".")[2], event.action),
            "reason": event.reason,
        }
        for event in history(referral).exclude(action__in=private)[:50]
    ]


@require_GET
def referral_document(request, pk, document):
    """Give a document that went along; to its receiver only once the referral is open."""
    referral, received = visible_referral(request, pk)
    if received and referral.opened_at is None:
        raise Http404
    return document_of(request.user, referral, document, received=received)


def document_of(actor, referral, pk, *, received):
    sent, returned = (rows.values("pk") for rows in (referral.attachments, referral.returned))
    document = get_object_or_404(Attachment.objects.openable(), Q(pk__in=sent) | Q(pk__in=returned), pk=pk)
    if document.is_confidential and not received and not actor.has_perm("residents.view_attachment", document):
        raise Http404  # at the centre only the team opens it, whoever else sees the referral
    protected = referral.confidentiality == Referral.Confidentiality.PROTECTED
    record_read(document, by=actor, screen=UNTOLD if protected else "referral")
    return serve_private(document.file, name=document.name, content_type=document.content_type)


@require_GET
def referral_sheet(request, pk):
    """Give the referral as it was sent, to be printed; to its receiver only once it is open."""
    referral, received = visible_referral(request, pk)
    if received and referral.opened_at is None:
        raise Http404
    return sheet_of(request.user, referral)


def sheet_of(actor, referral):
    if referral.sent_at is None:
        raise Http404
    record("referral.print", referral, by=actor)
    name = referral.number.replace("/", "-")
    response = HttpResponse(sheet_of_referral(referral), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def referral_open(request, pk):
    """Open the envelope: who opened it and when is told to the sender, so it takes a press, not a visit."""
    referral, _received = visible_referral(request, pk)
    require(request.user, ANSWER, referral)
    try:
        referrals.mark_opened(referral, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    return redirect(referral)


@require_http_methods(["GET", "POST"])
def referral_move(request, pk, name):
    """Show the form of one move, and make it. Whoever comes second is told who was faster; what he typed stays."""
    referral, received = visible_referral(request, pk)
    move = MOVES.get(name)
    if move is None:
        raise Http404
    require(request.user, REFERRAL[name].permission, referral)
    sealed = received and referral.opened_at is None
    if sealed or (request.method == "GET" and not offered(request.user, referral, move)):
        return not_now(request, referral)
    return moved(request, referral, move, actor=request.user, received=received)


@require_http_methods(["GET", "POST"])
def referral_taken_down(request, pk, name):
    """Record in the receiver's name what it answered by phone or on paper, with who said it and the proof."""
    referral, received = visible_referral(request, pk)
    move = MOVES.get(name)
    if move is None or REFERRAL[name].permission != ANSWER:
        raise Http404
    require(request.user, SEND, referral)
    actor = InTheNameOf(request.user, referral)
    if request.method == "GET" and not offered(actor, referral, move):
        return not_now(request, referral)

    def act(referral, *, by, now, **answer):
        take_down(referral, move.action, by=by.user, now=now, **answer)

    form = forms.TakenDown.with_form(move.form)
    return moved(request, referral, move, actor=actor, form=form, act=act, received=received)


def choices_of(move, referral, actor):
    """Return what the form of a move chooses from and asks for, where that depends on the referral and on who asks."""
    if move.name == "hand_over":
        people = Colleagues([referral.receiver_id], on=timezone.localdate()).people
        return {"colleagues": people.keys() - {referral.assigned_to_id}}
    if move.name == "accept":
        return {"initial": first_day_offered()}
    if move.name == "reply":
        return {"attachments": papers_left(referral), "covers_documents": covers_documents(referral)}
    if move.name == "redirect":
        takes_consent = referral.consent_id is not None and actor.has_perm(SEND, referral)
        return {
            "own": referral.receiver_id,
            "takes_consent": takes_consent,
            "takes_statute": bool(referral.statute),
        }
    return {}


def first_day_offered():
    """Return the next working day, as the day of the beginning that is written in already."""
    return {"planned_start_on": add_workdays(timezone.localdate(), 1)}


def not_now(request, referral, room=DESK):
    messages.warning(request, _("This cannot be done in the present state."))
    return room.back(referral)


def moved(request, referral, move, *, actor, received, form=None, act=None, room=DESK):
    """Make the move with what the form says and go back to the referral, or show the form with what is wrong."""
    choices = choices_of(move, referral, actor)
    form = (form or move.form)(**posted(request), **choices)
    act = act or move.action
    if form.is_valid():
        try:
            seen_version(request, referral)
            act(referral, by=actor, now=timezone.now(), **form.cleaned_data)
        except TransitionNotAllowed as error:
            form.add_error(None, str(error))
            referral.refresh_from_db()
        except ValidationError as error:
            form.add_error(None, error)
            referral.refresh_from_db()
        else:
            messages.success(request, move.done)
            return room.back(referral)
    context = {
        "referral": referral,
        "received": received,
        "room": room,
        "step": REFERRAL[move.name],
        "form": form,
        # After a refusal the page shows the present state; sending again then means that it was seen.
        "version": referral.version,
        "offered": offered(actor, referral, move),
        "in_the_name": isinstance(actor, InTheNameOf),
        "state": presentation.state_of(referral, received=received, on=timezone.localdate()),
        "disclosed": facts_of(referral) if move.name == "send" else [],
        "documents": referral.attachments.all() if move.name == "send" else [],
        "called": why_called(referral, received=received) if move.name == "send" else "",
        "notes": referral.notes.select_related("author") if move.name == "reply" else [],
    }
    return render(request, "coordination/referral_move.html", context)
