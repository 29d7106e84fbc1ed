"""Following a request by number and code: where it is, answering, adding documents, withdrawing; leaving no trace."""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cus_portal.accounts.actors import LinkHolder
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record_read
from cus_portal.forms import posted
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    accept_offer,
    add_attachments,
    answer_question,
    confirm_interest,
    correct_contact,
    pass_offer,
    sight_of,
    withdraw_item,
    withdraw_request,
)
from residents.actions.requests import CONTACT_OF_FILER, CONTACT_OF_REQUEST
from residents.documents import receipt_document
from residents.forms import AddFilesForm, AnswerForm, CorrectContactForm, TrackForm
from residents.journey import Draft
from residents.lookers import about_request, looks
from residents.models import RequestItem, RequestParty
from residents.tracking import after_no_answer, name_of, needs_asked_about, public_steps
from residents.views.base import (
    ACCOUNT,
    ASKED,
    COMPLAINED,
    FILED,
    JUST_FILED,
    TRACKED,
    kept_request,
    let_follow,
    prove,
    public_page,
    quick_exit,
)

Sight, Status = RequestParty.Sight, RequestItem.Status


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def request_track(request):
    form = TrackForm(**posted(request), initial={"reference": request.GET.get("nr", "")[:60]})
    if request.method == "POST" and form.is_valid() and (found := prove(request, form)):
        let_follow(request, found, timezone.now())
        record_read(found, by=LinkHolder(request_id=found.pk), screen="track")
        return redirect("residents:request_status")
    known = kept_request(request, TRACKED) if request.method != "POST" else None
    return render(request, "residents/request_track.html", {"form": form, "known": known})


def of_holder(view):
    """For a page about the request of whoever proved number and code; everybody else is asked for them.

    Whoever asked for another, and whose right does not reach what the page does, is shown the state instead.
    """

    @public_page
    @wraps(view)
    def checked(request, *args, **kwargs):
        tracked = kept_request(request, TRACKED)
        if tracked is None:
            messages.warning(
                request, _("Give the number and the code, please. We ask for them again after half an hour.")
            )
            return redirect("residents:request_track")
        holder = LinkHolder(request_id=tracked.pk)
        require(holder, "residents.track_request", tracked)
        try:
            return view(request, tracked, holder, *args, **kwargs)
        except OutOfReach:
            messages.warning(request, _("You cannot do this for the person. Call us, please."))
            return redirect("residents:request_status")

    return checked


class OutOfReach(Exception):  # noqa: N818
    """What somebody wants to do for another person goes beyond the right by which he acts."""


def reach(tracked, *enough):
    """Raise OutOfReach unless the right by which the request was filed reaches as far on this day."""
    if sight_of(tracked, timezone.localdate()) not in enough:
        raise OutOfReach


@of_holder
@require_safe
def request_status(request, tracked, holder):
    shown_steps = public_steps(tracked, timezone.localdate())
    cannot_wait = bool(tracked.red_flags) and tracked.is_open
    context = {"shown": shown_steps, "cannot_wait": cannot_wait, "quick_exit": quick_exit(tracked.needs_way_out)}
    return render(request, "residents/request_status.html", {"tracked": tracked, **context})


@of_holder
@require_safe
def who_looked(request, tracked, holder):
    """Tell the person who opened the request in the office. Whoever only filed it for another is not told."""
    reach(tracked, Sight.ALL)
    context = {"looks": looks(about_request(tracked)), "tracked": tracked}
    return render(request, "residents/who_looked.html", context | {"quick_exit": quick_exit(tracked.needs_way_out)})


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def question_answer(request, tracked, holder):
    reach(tracked, Sight.ALL, Sight.FILING)
    question = tracked.questions.open().first()
    if question is None:
        messages.success(request, _("No question waits for an answer now."))
        return redirect("residents:request_status")
    form = AnswerForm(**posted(request))
    if request.POST.get("question", str(question.pk)) != str(question.pk):
        form.add_error(None, _("We have asked another question meanwhile. Read it before you answer."))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data

        def act():
            answer_question(tracked, answer=said["answer"], files=said["files"], by=holder, now=timezone.now())

        if _done(request, form, act, _("Thank you. It is our turn now.")):
            return redirect("residents:request_status")
    context = {"form": form, "question": question, "tracked": tracked, "asked_about": needs_asked_about(tracked)}
    return render(request, "residents/question_answer.html", context)


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def contact_correct(request, tracked, holder):
    reach(tracked, Sight.ALL, Sight.FILING)
    filer = tracked.parties.filter(role=RequestParty.Role.APPLICANT).first()
    known = {name: getattr(tracked, name) for name in CONTACT_OF_REQUEST}
    known |= {name: getattr(filer, name, "") for name in CONTACT_OF_FILER}
    form = CorrectContactForm(**posted(request), initial=known, is_discreet=tracked.safe_contact)
    if request.method == "POST" and form.is_valid():

        def act():
            correct_contact(tracked, contact=form.cleaned_data, by=holder, now=timezone.now())

        if _done(request, form, act, _("We have the new contact.")):
            return redirect("residents:request_status")
    context = {"form": form, "tracked": tracked, "quick_exit": quick_exit(tracked.needs_way_out)}
    return render(request, "residents/contact_correct.html", context)


@of_holder
@require_safe
def request_receipt(request, tracked, holder):
    """Give number and code as a paper to print."""
    reach(tracked, Sight.ALL, Sight.FILING)
    address = request.build_absolute_uri(reverse("residents:request_track"))
    record_read(tracked, by=holder, screen="receipt")
    response = HttpResponse(receipt_document(tracked, address=address), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{tracked.reference}.pdf"'
    return response


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def attachments_add(request, tracked, holder):
    reach(tracked, Sight.ALL, Sight.FILING)
    form = AddFilesForm(**posted(request))
    if request.method == "POST" and form.is_valid():

        def act():
            add_attachments(tracked, files=form.cleaned_data["files"], by=holder, now=timezone.now())

        if _done(request, form, act, _("The documents are with us.")):
            return redirect("residents:request_status")
    return render(request, "residents/attachments_add.html", {"form": form, "tracked": tracked})


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def request_withdraw(request, tracked, holder):
    reach(tracked, Sight.ALL)
    if request.method != "POST":
        return render(request, "residents/withdraw.html", {"tracked": tracked, "need": None})
    _done(
        request,
        None,
        lambda: withdraw_request(tracked, by=holder, now=timezone.now()),
        _("The request is withdrawn."),
    )
    return redirect("residents:request_status")


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def item_withdraw(request, tracked, holder, position):
    needs = tracked.items.filter(for_applicant=False) if tracked.code_is_the_persons else tracked.items
    need = get_object_or_404(needs.with_public_words(), position=position)
    if not need.for_applicant:
        reach(tracked, Sight.ALL)
    if request.method != "POST":
        return render(request, "residents/withdraw.html", {"tracked": tracked, "need": name_of(need)})
    _done(request, None, lambda: withdraw_item(need, by=holder, now=timezone.now()), _("This need is withdrawn."))
    return redirect("residents:request_status")


ANSWERS = {
    "accept": (accept_offer, gettext_lazy("The place is yours. We will agree with you when it begins.")),
    "pass": (pass_offer, gettext_lazy("You go on waiting. We offer the place to the next person.")),
    "confirm": (confirm_interest, gettext_lazy("Thank you. You go on waiting.")),
}


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def place_answer(request, tracked, holder, position):
    """Let the person take an offered place or leave it to the next, or say that he still waits."""
    needs = tracked.items.filter(for_applicant=False) if tracked.code_is_the_persons else tracked.items
    stood = needs.exclude(queue_place=None).select_related("queue_place__basis")
    need = get_object_or_404(stood.with_public_words(), position=position)
    if not need.for_applicant:
        reach(tracked, Sight.ALL)
    if need.status not in (Status.OFFERED, Status.WAITLISTED):  # pressed twice, or come back to by the browser's arrow
        return changed_meanwhile(request)
    act, said = ANSWERS.get(request.POST.get("answer", ""), (None, ""))
    if act:
        _done(request, None, lambda: act(need, by=holder, now=timezone.now()), said)
        return redirect("residents:request_status")
    context = {
        "tracked": tracked,
        "need": name_of(need),
        "until": need.queue_place.offered_until,
        "after": after_no_answer(need.queue_place.basis),
        "withdraw_url": reverse("residents:item_withdraw", args=[position]),
    }
    return render(request, "residents/place_answer.html", context)


def changed_meanwhile(request, to="residents:request_status"):
    """Lead to how it stands now: what was pressed has been done already, or cannot be done any more."""
    messages.warning(request, _("Something has changed meanwhile. This is how it stands now."))
    return redirect(to)


def _done(request, form, act, said):
    """Do it and say so; when somebody was faster or a file cannot be kept, say that instead."""
    try:
        act()
    except TransitionNotAllowed:
        messages.warning(request, _("Something has changed meanwhile. This is how it stands now."))
    except ValidationError as problem:
        if form is None:
            raise
        form.add_error("files", problem)
        return False
    else:
        messages.success(request, said)
    return True


# -- leaving -----------------------------------------------------------------------------------
@public_page
@require_POST
def track_end(request):
    """Leave nothing on a phone or computer that others use too."""
    _forget_all(request)
    messages.success(request, _("Finished. This device no longer knows your request."))
    return redirect("residents:request_track")


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request):
    """Forget all and go to a harmless page at once, as a page of its own: a form may not lead to another site."""
    if request.method != "POST":
        return redirect("residents:request_new")
    _forget_all(request)
    to = settings.CENTRE["quick_exit"] or reverse("services:home")
    return render(request, "residents/leave.html", {"quick_exit": to})


def _forget_all(request):
    for key in (FILED, TRACKED, ACCOUNT, ASKED, COMPLAINED, JUST_FILED):
        request.session.pop(key, None)
    Draft.forget(request.session)
    rotate_token(request)  # a form that the browser still shows is not sent again by whoever comes next
