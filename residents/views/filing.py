"""Filing, step by step, without an account and without JavaScript; being called back.

What a browser has typed lies in its session, for a short time, and no page of it is kept in a cache: the phone may
belong to somebody else.
"""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cus_portal.accounts.actors import PublicActor
from cus_portal.forms import posted
from cus_portal.throttle import client_address, hit
from residents.actions import forget_draft, submit_request
from residents.forms import CallBackForm, SendForm
from residents.journey import FIRST, LAST, STEPS, Draft, Journey, filing_of_a_call
from residents.models import RequestParty, ServiceRequest
from residents.views.base import FILED, TRACKED, kept_request, let_follow, public_page, quick_exit

BACK, LATER = "back", "later"  # the other buttons of a step
CALL_FULL = "dla-kogo"  # where all numbers to call are shown once, right after somebody said what cannot wait


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
        if draft.is_empty and kept_request(request, FILED):
            return redirect("residents:request_done")
        if request.method == "POST":
            _keep_for_later(request, journey, step, now)
        return to_step(journey.first_missing())
    if request.method == "POST":
        form = journey.form(step, request.POST)
        if leads_to := _take(request, journey, step, form, now):
            return leads_to
    else:
        form = _opened(request, journey, step)
    number, of = journey.number(step)
    filed = kept_request(request, FILED) if draft.is_empty else None
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
            "cannot_wait": journey.cannot_wait,
            "is_call_short": step != CALL_FULL,
            "quick_exit": quick_exit(
                journey.is_delicate(request.GET.getlist("usluga")) or filed and filed.needs_way_out
            ),
            "filed": filed,
            "has_draft": not draft.is_empty,
        },
    )


def _take(request, journey, step, form, now):
    """Keep what was typed, right or wrong, and return where it leads; nothing, when something has to be put right."""
    draft, way = journey.draft, request.POST.get("way")
    if is_right := form.is_valid():
        draft.keep(step, form)
    else:
        draft.jot(step, form)
    draft.save(request.session, now)
    if way == LATER:
        return redirect("residents:draft_save")
    if way == BACK and step != FIRST:
        return to_step(journey.before(step))
    return to_step(journey.first_missing()) if is_right else None


def _keep_for_later(request, journey, step, now):
    """A step sent too late, after two hours or from another tab: keep its words until the way leads there again."""
    if step in STEPS:
        journey.draft.jot(step, journey.form(step, request.POST))
        journey.draft.save(request.session, now)
        messages.warning(request, _("What you wrote before was kept for two hours and is gone. Please begin again."))


def _opened(request, journey, step):
    """Return the form of a step as it was left, with a service that a link brought along."""
    slug = request.GET.get("usluga")
    if step != FIRST or not slug or not journey.named([slug]):
        return journey.opened(step)
    data = journey.draft.answers(step) or request.GET.copy()
    data.setlist("services", {*data.getlist("services"), slug})
    return journey.form(step, data)


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
    if _is_filed_already(request, draft):
        return redirect("residents:request_done")
    if (missing := journey.first_missing()) != LAST:
        if request.method == "POST":
            messages.warning(request, _("What you typed was kept for two hours and is gone. Please begin again."))
        return to_step(missing)
    if wrong := journey.first_wrong():
        return to_step(wrong)
    initial = {"token": draft.token, "shown": journey.shown_versions, **shown(journey)}
    form = SendForm(**posted(request), journey=journey, initial=initial)
    if request.method == "POST" and form.is_valid() and may_file(request, form, now):
        filing = journey.filing(statements=form.statements())
        filed = _submit(request, form, filing, now=now, files=form.cleaned_data["files"])
        if filed:
            Draft.forget(request.session)
            return redirect("residents:request_done")
    context = {
        "form": form,
        "fits": journey.fits(),
        "is_for_self": journey.is_for_self,
        "summary": journey.summary(),
        "notice": journey.notice,
        "cannot_wait": journey.cannot_wait,
        "is_minor": journey.is_minor_for_self,
        "quick_exit": quick_exit(journey.is_delicate()),
    }
    return render(request, "residents/request_check.html", context)


def shown(journey):
    return {"notice": journey.notice.version if journey.notice else ""}


def _is_filed_already(request, draft):
    """Tell whether this very form was sent before: a double click, a reload, the back button."""
    filed = request.session.get(FILED)
    if request.method != "POST":
        return draft.is_empty and kept_request(request, FILED) is not None
    return bool(filed) and request.POST.get("token") == filed["token"]


def may_file(request, form, now):
    if hit("file", client_address(request), limit=20, minutes=60, now=now):
        return True
    form.add_error(None, _("Too many requests came from your network within the hour. Wait a while, or call us."))
    return False


def _submit(request, form, filing, *, now, files=(), is_call=False):
    """File, and let this browser see number and code for a while."""
    try:
        filed = submit_request(filing, by=PublicActor(), now=now, files=files)
    except ValidationError as problem:
        form.add_error("files", problem)
        return None
    let_follow(request, filed, now)
    request.session[FILED] = request.session[TRACKED] | {"token": str(filing.submit_token), "is_call": is_call}
    return filed


@public_page
@require_safe
def request_done(request):
    filed = kept_request(request, FILED)
    if filed is None:
        return redirect("residents:request_track")
    filer = filed.parties.filter(role=RequestParty.Role.APPLICANT).first()
    context = {
        "filed": filed,
        "is_call": request.session[FILED].get("is_call", False),
        "phone": filer.phone if filer and filed.contact_by == ServiceRequest.Contact.PHONE else "",
        "contact": filed.get_contact_by_display(),
        "is_mailed": bool(filed.notification_email),
        "cannot_wait": bool(filed.red_flags),
        "may_join": not (filed.safe_contact or filed.restricted_file_id or filed.red_flags),
        "quick_exit": quick_exit(filed.needs_way_out),
    }
    return render(request, "residents/request_done.html", context)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def request_forget(request):
    """Delete what was typed, here and where it was saved for another day. Only opening the address deletes nothing."""
    if request.method != "POST":
        return redirect("residents:request_new")
    forget_draft(Draft.load(request.session, timezone.now()).token)
    Draft.forget(request.session)
    messages.success(request, _("What you typed is deleted. Nothing was sent."))
    return redirect("residents:request_new")


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request):
    now = timezone.now()
    journey = Journey(Draft(), on=timezone.localdate(now))
    initial = {"token": uuid.uuid4(), **shown(journey)}
    form = CallBackForm(**posted(request), journey=journey, initial=initial)
    if request.method == "POST" and form.is_valid() and may_file(request, form, now):
        filing = filing_of_a_call(form.cleaned_data, notice=journey.notice, on=journey.on)
        _submit(request, form, filing, now=now, is_call=True)
        return redirect("residents:request_done")
    context = {"form": form, "notice": journey.notice, "quick_exit": quick_exit(needed=True)}
    return render(request, "residents/call_back.html", context)
