"""Saving a request that is not finished, and going on with it by the link that was mailed."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cus_portal.forms import posted
from cus_portal.throttle import client_address, hit
from residents.actions import save_draft, saved_draft
from residents.forms import SaveDraftForm
from residents.journey import Draft, Journey
from residents.views.base import public_page, quick_exit
from residents.views.filing import to_step

SAVED = "request_draft_saved"
MAILS_BY_ADDRESS, MAILS_TO_MAILBOX = 10, 5


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def draft_save(request):
    now = timezone.now()
    draft = Draft.load(request.session, now)
    journey = Journey(draft, on=timezone.localdate(now))
    if draft.is_empty:
        return redirect("residents:request_new")
    is_delicate = journey.is_delicate()
    form = SaveDraftForm(**posted(request), is_delicate=is_delicate)
    if request.method == "POST" and form.is_valid() and _may_mail(request, form, now):
        email = form.cleaned_data["email"]
        facts = {"said": draft.sealed(), "email": email, "is_delicate": is_delicate}
        saved = save_draft(token=draft.token, language=get_language(), now=now, **facts)
        draft.save(request.session, now)
        request.session[SAVED] = saved.delete_on.isoformat()
        return redirect("residents:draft_saved")
    context = {"form": form, "quick_exit": quick_exit(is_delicate)}
    return render(request, "residents/draft_save.html", context)


def _may_mail(request, form, now):
    """A form that sends mail to any address must not become a means of pestering people."""
    mailbox = form.cleaned_data["email"].lower()
    by_address = hit("draft-address", client_address(request), limit=MAILS_BY_ADDRESS, minutes=60, now=now)
    if by_address and hit("draft-mailbox", mailbox, limit=MAILS_TO_MAILBOX, minutes=60, now=now):
        return True
    form.add_error(None, _("Too many links were sent within the hour. Wait a while, or call us."))
    return False


@public_page
@require_safe
def draft_saved(request):
    if SAVED not in request.session:
        return redirect("residents:request_new")
    now = timezone.now()
    journey = Journey(Draft.load(request.session, now), on=timezone.localdate(now))
    context = {"day": date.fromisoformat(request.session[SAVED]), "quick_exit": quick_exit(journey.is_delicate())}
    return render(request, "residents/draft_saved.html", context)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def draft_open(request, link):
    """Show that something waits; only a press of the button opens it, for programs read links in mails too."""
    now = timezone.now()
    saved = saved_draft(link)
    if saved is None:
        return render(request, "residents/draft_gone.html", status=404)
    here = Draft.load(request.session, now)
    if request.method == "POST":
        draft = Draft.opened(saved)
        request.session.cycle_key()
        draft.save(request.session, now)
        messages.success(request, _("This is what you saved. It is still not sent."))
        return to_step(Journey(draft, on=timezone.localdate(now)).first_missing())
    context = {
        "saved": saved,
        "another_is_open": not here.is_empty and here.token != str(saved.token),
        "quick_exit": settings.CENTRE["quick_exit"],
    }
    return render(request, "residents/draft_open.html", context)
