"""The resident's pages: filing in short steps, following by number and code, being called back.

Nothing here needs an account or JavaScript. What a browser has proved or typed lies in its session, for a short time,
and no page of it is kept in a cache: the phone may belong to somebody else.
"""

import uuid
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.middleware.csrf import rotate_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cus_portal.accounts.actors import LinkHolder, PublicActor
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record_read
from cus_portal.throttle import client_address, hit
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    add_attachments,
    answer_question,
    submit_request,
    withdraw_item,
    withdraw_request,
)
from residents.forms import AddFilesForm, AnswerForm, CallBackForm, SendForm, TrackForm
from residents.journey import FIRST, LAST, Draft, Journey, filing_of_a_call
from residents.models import PrivacyNotice, ServiceRequest
from residents.tracking import name_of, public_steps

FILED, TRACKED = "request_filed", "request_tracked"
KEPT_FOR = timedelta(minutes=30)
NO_CODE = "AAA-AAA-AAA"
# Nobody at one address reaches the limit of a number, so nobody locks another person out of his request.
TRIES_BY_ADDRESS, TRIES_BY_NUMBER = 10, 300


def public_page(view):
    """For a page that anybody opens and no cache keeps."""
    return sensitive_post_parameters()(never_cache(login_not_required(view)))


def posted(request):
    """Return data and files for a form that is bound by a POST, even an empty one."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


# -- filing, step by step -----------------------------------------------------------------------
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request):
    return _step(request, FIRST)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def request_step(request, step):
    return _step(request, step)


def _step(request, step):
    now = timezone.now()
    draft = Draft.load(request.session, now)
    journey = Journey(draft, on=timezone.localdate(now))
    if not journey.may_open(step):
        return to_step(journey.first_missing())
    form = journey.form(step, request.POST if request.method == "POST" else _said(request, journey, step))
    if request.method == "POST" and form.is_valid():
        draft.keep(step, form)
        draft.save(request.session, now)
        return to_step(journey.first_missing())
    number, of = journey.number(step)
    return render(
        request,
        "residents/request_step.html",
        {
            "step": step,
            "title": journey.title(step),
            "number": number,
            "of": of,
            "form": form,
            "back": journey.before(step),
            "is_first": step == FIRST,
            "quick_exit": quick_exit(journey.is_delicate(request.GET.getlist("usluga"))),
            "has_draft": bool(draft.said),
        },
    )


def _said(request, journey, step):
    """Return what the form of a step opens with: what was said there, and a service that a link brought along."""
    data = journey.draft.answers(step)
    slug = request.GET.get("usluga")
    if step == FIRST and slug in {service.slug for service in journey.catalogue}:
        data = data or request.GET.copy()
        data.setlist("services", {*data.getlist("services"), slug})
    return data


def to_step(step):
    if step == FIRST:
        return redirect("residents:request_new")
    return redirect("residents:request_check") if step == LAST else redirect("residents:request_step", step=step)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def request_check(request):
    """Show everything once more, take the files, send."""
    now = timezone.now()
    draft = Draft.load(request.session, now)
    journey = Journey(draft, on=timezone.localdate(now))
    if _is_filed_already(request):
        return redirect("residents:request_done")
    if (missing := journey.first_missing()) != LAST:
        if request.method == "POST":
            messages.warning(request, _("What you typed was kept for two hours and is gone. Please begin again."))
        return to_step(missing)
    if wrong := journey.first_wrong():
        return to_step(wrong)
    form = SendForm(*posted(request), journey=journey, initial={"token": draft.token, **shown(journey)})
    if request.method == "POST" and form.is_valid() and _may_file(request, form, now):
        filed = _submit(request, form, journey.filing(), now=now, files=form.cleaned_data["files"])
        if filed:
            Draft.forget(request.session)
            return redirect("residents:request_done")
    context = {
        "form": form,
        "fits": journey.fits(),
        "is_for_self": journey.is_for_self,
        "summary": journey.summary(),
        "notice": journey.notice,
        "quick_exit": quick_exit(journey.is_delicate()),
    }
    return render(request, "residents/request_check.html", context)


def quick_exit(needed):
    """Return where the button leads by which somebody in danger leaves the page, or nothing where it is not needed."""
    return settings.CENTRE["quick_exit"] if needed else ""


def shown(journey):
    return {"notice": journey.notice.version if journey.notice else ""}


def _is_filed_already(request):
    """Tell whether this very form was sent before: a double click, a reload, the back button."""
    filed = request.session.get(FILED)
    return request.method == "POST" and bool(filed) and request.POST.get("token") == filed["token"]


def _may_file(request, form, now):
    if hit("file", client_address(request), limit=20, minutes=60, now=now):
        return True
    form.add_error(None, _("Too many requests came from your network within the hour. Wait a while, or call us."))
    return False


def _submit(request, form, filing, *, now, files=()):
    """File, and let this browser see number and code for a while."""
    try:
        filed = submit_request(filing, by=PublicActor(), now=now, files=files)
    except ValidationError as problem:
        form.add_error("files", problem)
        return None
    _let_follow(request, filed, now)
    request.session[FILED] = request.session[TRACKED] | {"token": str(filing.submit_token)}
    return filed


def _let_follow(request, known, now):
    """Let this browser see the request for a while, under a session that nobody knew before."""
    request.session.cycle_key()
    request.session[TRACKED] = {"pk": known.pk, "until": (now + KEPT_FOR).timestamp()}


@public_page
@require_safe
def request_done(request):
    filed = _kept(request, FILED)
    if filed is None:
        return redirect("residents:request_track")
    context = {
        "filed": filed,
        "contact": filed.get_contact_by_display(),
        "is_mailed": bool(filed.notification_email),
        "quick_exit": quick_exit(filed.safe_contact),
    }
    return render(request, "residents/request_done.html", context)


@public_page
@require_POST
def request_forget(request):
    Draft.forget(request.session)
    messages.success(request, _("What you typed is deleted. Nothing was sent."))
    return redirect("residents:request_new")


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request):
    now = timezone.now()
    journey = Journey(Draft(), on=timezone.localdate(now))
    initial = {"token": uuid.uuid4(), **shown(journey)}
    form = CallBackForm(*posted(request), journey=journey, initial=initial)
    if request.method == "POST" and form.is_valid() and _may_file(request, form, now):
        _submit(request, form, filing_of_a_call(form.cleaned_data, notice=journey.notice, on=journey.on), now=now)
        return redirect("residents:request_done")
    return render(request, "residents/call_back.html", {"form": form, "notice": journey.notice})


# -- following ----------------------------------------------------------------------------------
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def request_track(request):
    form = TrackForm(*posted(request), initial={"reference": request.GET.get("nr", "")[:60]})
    if request.method == "POST" and form.is_valid() and (found := _prove(request, form)):
        _let_follow(request, found, timezone.now())
        record_read(found, by=LinkHolder(request_id=found.pk), screen="track")
        return redirect("residents:request_status")
    known = _kept(request, TRACKED) if request.method != "POST" else None
    return render(request, "residents/request_track.html", {"form": form, "known": known})


def _prove(request, form):
    """Return the request whose number and code were given. Nothing tells which of the two was wrong."""
    now, reference = timezone.now(), form.cleaned_data["reference"]
    by_address = hit("track-address", client_address(request), limit=TRIES_BY_ADDRESS, minutes=10, now=now)
    if not by_address or not hit("track-number", reference, limit=TRIES_BY_NUMBER, minutes=60, now=now):
        form.add_error(
            None, _("Too many tries. Wait an hour and try again, or call us: we will tell you on the phone.")
        )
        return None
    found = ServiceRequest.objects.filter(reference=reference).first()
    fits = constant_time_compare(form.cleaned_data["code"], found.access_code if found else NO_CODE)
    if found and fits:
        return found
    form.add_error(None, _("This number and code do not fit together. Check both on your receipt, or call us."))
    return None


def _kept(request, key):
    """Return the request that this browser filed or proved a short while ago, or None."""
    kept = request.session.get(key)
    if not kept or kept["until"] < timezone.now().timestamp():
        return None
    return ServiceRequest.objects.select_related("case").filter(pk=kept["pk"]).first()


def of_holder(view):
    """For a page about the request of whoever proved number and code; everybody else is asked for them."""

    @public_page
    @wraps(view)
    def checked(request, *args, **kwargs):
        tracked = _kept(request, TRACKED)
        if tracked is None:
            messages.warning(
                request, _("Give the number and the code, please. We ask for them again after half an hour.")
            )
            return redirect("residents:request_track")
        holder = LinkHolder(request_id=tracked.pk)
        require(holder, "residents.track_request", tracked)
        return view(request, tracked, holder, *args, **kwargs)

    return checked


@of_holder
@require_safe
def request_status(request, tracked, holder):
    shown_steps = public_steps(tracked, timezone.localdate())
    context = {"shown": shown_steps, "quick_exit": quick_exit(tracked.safe_contact)}
    return render(request, "residents/request_status.html", context)


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def question_answer(request, tracked, holder):
    question = tracked.questions.filter(answered_at=None).first()
    if question is None:
        messages.success(request, _("No question waits for an answer now."))
        return redirect("residents:request_status")
    form = AnswerForm(*posted(request))
    if request.POST.get("question", str(question.pk)) != str(question.pk):
        form.add_error(None, _("We have asked another question meanwhile. Read it before you answer."))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data

        def act():
            answer_question(tracked, answer=said["answer"], files=said["files"], by=holder, now=timezone.now())

        if _done(request, form, act, _("Thank you. It is our turn now.")):
            return redirect("residents:request_status")
    return render(request, "residents/question_answer.html", {"form": form, "question": question, "tracked": tracked})


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def attachments_add(request, tracked, holder):
    form = AddFilesForm(*posted(request))
    if request.method == "POST" and form.is_valid():

        def act():
            add_attachments(tracked, files=form.cleaned_data["files"], by=holder, now=timezone.now())

        if _done(request, form, act, _("The documents are with us.")):
            return redirect("residents:request_status")
    return render(request, "residents/attachments_add.html", {"form": form, "tracked": tracked})


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def request_withdraw(request, tracked, holder):
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
    need = get_object_or_404(tracked.items.with_public_words(), position=position)
    if request.method != "POST":
        return render(request, "residents/withdraw.html", {"tracked": tracked, "need": name_of(need)})
    _done(request, None, lambda: withdraw_item(need, by=holder, now=timezone.now()), _("This need is withdrawn."))
    return redirect("residents:request_status")


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


@public_page
@require_POST
def track_end(request):
    """Leave nothing on a phone or computer that others use too."""
    _forget_all(request)
    messages.success(request, _("Finished. This device no longer knows your request."))
    return redirect("residents:request_track")


@public_page
@require_POST
def leave(request):
    """Forget all and go to a harmless page at once, as a page of its own: a form may not lead to another site."""
    _forget_all(request)
    to = settings.CENTRE["quick_exit"] or reverse("services:home")
    return render(request, "residents/leave.html", {"quick_exit": to})


def _forget_all(request):
    for key in (FILED, TRACKED):
        request.session.pop(key, None)
    Draft.forget(request.session)
    rotate_token(request)  # a form that the browser still shows is not sent again by whoever comes next


# -- the privacy notice -------------------------------------------------------------------------
@login_not_required
@require_safe
def privacy(request):
    return render(request, "residents/privacy.html", {"notice": PrivacyNotice.objects.current(timezone.localdate())})
