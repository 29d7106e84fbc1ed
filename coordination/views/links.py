"""A referral by the link in a mail: for a receiver without an account, with the same moves and the same forms."""

from datetime import timedelta
from functools import wraps

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination import links
from coordination.actions.links import open_link, send_new_link
from coordination.views.referrals import MOVES, Room, document_of, moved, not_now, offered, sheet_of, told_of
from coordination.workflow import REFERRAL
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record_read
from cus_portal.throttle import client_address, hit
from cus_portal.workflow import TransitionNotAllowed
from residents.views.base import public_page

ENTERED = "referral_links"  # of the session: which referrals this browser came to, and by which key
OPEN_FOR = timedelta(hours=2)
PRESSES, LINKS_BY_ADDRESS, LINKS_TO_REFERRAL = 30, 10, 5
LINK = Room(*(f"referral_link:{page}" for page in ("referral", "move", "document", "sheet")), is_link=True)


# -- the way in ---------------------------------------------------------------------------------
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def link_open(request, link):
    """Show a button and nothing of the referral; its press opens it. Programs that look links through press none."""
    now, named = timezone.now(), links.read(link)
    if named is None:
        return _gone(request)
    referral, key = named
    known = links.standing(referral, key, on=timezone.localdate(now))
    if known and entered(request, referral):
        return redirect(LINK.page, referral)
    if known is None or known.used_at:
        return _gone(request, referral, link)
    if request.method != "POST":
        return render(request, "coordination/link_open.html", {"institution": known.referral.receiver})
    if not hit("referral-link", client_address(request), limit=PRESSES, minutes=10, now=now):
        return _gone(request, referral)
    try:
        open_link(known, now=now)
    except TransitionNotAllowed:
        return _gone(request, referral)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return render(request, "coordination/link_open.html", {"institution": known.referral.receiver})
    request.session.cycle_key()
    kept = {"key": key, "until": (now + OPEN_FOR).timestamp()}
    request.session[ENTERED] = request.session.get(ENTERED, {}) | {str(referral): kept}
    return redirect(LINK.page, referral)


def entered(request, referral):
    """Return the link by which this browser came to the referral a while ago and that still leads there, or None."""
    kept, now = request.session.get(ENTERED, {}).get(str(referral)), timezone.now()
    if not kept or kept["until"] < now.timestamp():
        return None
    return links.standing(referral, kept["key"], on=timezone.localdate(now))


def _gone(request, referral=None, link=""):
    """Say the same whatever the reason: old, used, passed on, replaced, not whole, or the referral is over.

    Only that it was taken back is said to whoever was led to it: by this link, or in this browser by one before.
    """
    if referral and (taken_back := links.withdrawn(referral, link)):
        context = {"day": timezone.localdate(taken_back.ended_at)}
        return render(request, "coordination/link_withdrawn.html", context, status=404)
    ask = links.path_to_ask(referral) if referral else ""
    return render(request, "coordination/link_gone.html", {"ask_path": ask}, status=404)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def link_ask(request, which):
    """Mail a new link to the address on record. The answer is the same whether there is anything to mail."""
    now = timezone.now()
    if request.method != "POST":
        return render(request, "coordination/link_ask.html")
    if not hit("ask-referral-link", client_address(request), limit=LINKS_BY_ADDRESS, minutes=60, now=now):
        messages.warning(request, _("Too many links were sent within the hour. Wait a while, or call us."))
        return render(request, "coordination/link_ask.html", status=429)
    referral = links.asked_for(which)
    if referral and hit("link-to-referral", referral.pk, limit=LINKS_TO_REFERRAL, minutes=60, now=now):
        send_new_link(referral, on=timezone.localdate(now))
    return redirect("referral_link:sent")


@public_page
@require_safe
def link_sent(request):
    return render(request, "coordination/link_sent.html")


# -- the referral -------------------------------------------------------------------------------
def of_link(view):
    """For a page of the referral to which this browser came by its link."""

    @public_page
    @wraps(view)
    def checked(request, pk, *args, **kwargs):
        link = entered(request, pk)
        if link is None:
            return _gone(request, pk if str(pk) in request.session.get(ENTERED, {}) else None)
        return view(request, link.referral, links.holder_of(link), *args, **kwargs)

    return checked


@of_link
@require_safe
def referral_by_link(request, referral, holder):
    record_read(referral, by=holder, screen="link")
    context = told_of(referral, holder, received=True) | {"room": LINK}
    return render(request, "coordination/referral_by_link.html", context)


@of_link
@require_safe
def document_by_link(request, referral, holder, document):
    return document_of(holder, referral, document, received=True)


@of_link
@require_safe
def sheet_by_link(request, referral, holder):
    return sheet_of(holder, referral)


@of_link
@require_http_methods(["GET", "HEAD", "POST"])
def move_by_link(request, referral, holder, name):
    move = MOVES.get(name)
    if move is None:
        raise Http404
    require(holder, REFERRAL[name].permission, referral)
    if request.method != "POST" and not offered(holder, referral, move):
        return not_now(request, referral, LINK)
    return moved(request, referral, move, actor=holder, received=True, room=LINK)


@public_page
@require_POST
def link_leave(request, pk):
    """Forget the referral in this browser; the next one at the computer sees nothing of it."""
    kept = request.session.get(ENTERED, {})
    if not kept.pop(str(pk), None):
        return _gone(request)
    request.session[ENTERED] = kept
    request.session.cycle_key()
    messages.success(request, _("Closed. To come back, ask for a new link."))
    return redirect(links.path_to_ask(pk))
