"""My matters: the account without a password. It is offered, never needed, and signs in to nothing else."""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cus_portal.accounts.actors import AccountHolder, LinkHolder
from cus_portal.audit.log import record_read
from cus_portal.forms import posted
from cus_portal.throttle import client_address, hit
from residents.actions import (
    account_link,
    choose_mails,
    delete_account,
    drafts_of,
    enter_account,
    join_request,
    leave_everywhere,
    send_account_link,
    take_out,
)
from residents.forms import AccountLinkForm, JoinForm, MailsForm
from residents.journey import Draft
from residents.models import ResidentAccount, ServiceRequest
from residents.tracking import lines_of
from residents.views.base import (
    ACCOUNT,
    FILED,
    TRACKED,
    account_of,
    kept_request,
    let_follow,
    prove,
    public_page,
    quick_exit,
    seat,
)

MAILS_BY_ADDRESS, MAILS_TO_MAILBOX = 10, 5
SHOWN = 50


# -- the way in ---------------------------------------------------------------------------------
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def account_enter(request):
    """Send a link. Whether anybody has an account there is nowhere to be seen: the first link makes one."""
    form = AccountLinkForm(**posted(request))
    if request.method == "POST" and form.is_valid():
        now, mailbox = timezone.now(), form.cleaned_data["email"].lower()
        if not hit("account-address", client_address(request), limit=MAILS_BY_ADDRESS, minutes=60, now=now):
            form.add_error(None, _("Too many links were sent within the hour. Wait a while, or call us."))
        else:
            # Of a full mailbox nothing is said: whoever asks need not know that others have asked for it.
            if hit("account-mailbox", mailbox, limit=MAILS_TO_MAILBOX, minutes=60, now=now):
                send_account_link(mailbox, language=get_language(), now=now)
            return redirect("residents:account_link_sent")
    elif request.method != "POST" and account_of(request):
        return redirect("residents:my_matters")
    context = {"form": form, "node": settings.IDENTITY.get("residents"), "quick_exit": quick_exit(needed=True)}
    return render(request, "residents/account_enter.html", context)


@public_page
@require_safe
def account_link_sent(request):
    return render(request, "residents/account_link_sent.html", {"quick_exit": quick_exit(needed=True)})


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def account_open(request, link):
    """Show a button; only its press signs in and uses the link up, for programs open the links in mails too."""
    now = timezone.now()
    known = account_link(link, now=now)
    context = {"quick_exit": quick_exit(needed=True)}
    if known is None or known.used_at:
        return _link_gone(request, context)
    if request.method != "POST":
        masked = ResidentAccount(email=known.email).masked_email
        return render(request, "residents/account_open.html", context | {"masked_email": masked})
    account = enter_account(known, now=now)
    if account is None:
        return _link_gone(request, context)
    seat(request, account, now)
    return redirect("residents:my_matters")


def _link_gone(request, context):
    """Whoever pressed twice is in already; everybody else is told to ask for a new link."""
    if account_of(request):
        return redirect("residents:my_matters")
    return render(request, "residents/account_link_gone.html", context, status=404)


def of_account(view):
    """For a page of the account this browser is in; everybody else is asked for the address."""

    @public_page
    @wraps(view)
    def checked(request, *args, **kwargs):
        account = account_of(request)
        if account is None:
            messages.warning(request, _("To come in, give your e-mail address: we send you a link."))
            return redirect("residents:account_enter")
        return view(request, account, AccountHolder(account_id=account.pk), *args, **kwargs)

    return checked


# -- what is in it ------------------------------------------------------------------------------
@public_page
@require_safe
def my_matters(request):
    account = account_of(request)
    if account is None:
        return redirect("residents:account_enter")
    on = timezone.localdate()
    joined = account.joined.standing().select_related("request__case").prefetch_related("request__parties")
    rows = list(joined.order_by("-request__received_on", "-request__pk"))
    shown = lines_of([row.request for row in rows], on)
    matters = [{"joined": row, "shown": line} for row, line in zip(rows, shown, strict=True)]
    filed = list(_filed(account))
    context = {
        "account": account,
        "matters": sorted(matters, key=lambda matter: not matter["shown"].is_my_turn),
        "drafts": list(drafts_of(account)),
        "filed": [{"pk": one.pk, "shown": line} for one, line in zip(filed, lines_of(filed, on), strict=True)],
        "node": settings.IDENTITY.get("residents"),
        "quick_exit": quick_exit(needed=True),
    }
    return render(request, "residents/my_matters.html", context)


@of_account
@require_http_methods(["GET", "HEAD", "POST"])
def matter_join(request, account, holder):
    """Join a request by its number and code, counted like the tries of the status page."""
    filed = kept_request(request, FILED)
    initial = {"reference": filed.reference, "code": filed.access_code} if filed else {}
    form = JoinForm(**posted(request), initial=initial, has_mailbox=bool(account.email))
    if request.method == "POST" and form.is_valid() and (found := prove(request, form)):
        try:
            join_request(account, found, by=holder, now=timezone.now())
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            record_read(found, by=LinkHolder(request_id=found.pk), screen="track")
            messages.success(request, _("The request is among your matters."))
            return redirect("residents:my_matters")
    return render(request, "residents/matter_join.html", {"form": form, "quick_exit": quick_exit(needed=True)})


def _filed(account):
    """Return what the person filed who is vouched for in this browser; a mailbox alone shows nothing of it."""
    if not account.is_person_here:
        return ServiceRequest.objects.none()
    found = account.filed_by_person().select_related("case").prefetch_related("parties")
    return found.order_by("-received_on", "-pk")[:SHOWN]


@of_account
@require_POST
def matter_open_filed(request, account, holder, pk):
    """Open the status page of a request that the person filed under the number a provider vouched for."""
    mine = account.filed_by_person() if account.is_person_here else ServiceRequest.objects.none()
    found = get_object_or_404(mine, pk=pk)
    let_follow(request, found, timezone.now())
    record_read(found, by=LinkHolder(request_id=found.pk), screen="track")
    return redirect("residents:request_status")


def _matter(account, pk):
    return get_object_or_404(account.joined.standing().select_related("request", "account"), pk=pk)


@of_account
@require_POST
def matter_open(request, account, holder, pk):
    """Open the status page of a joined request without its code."""
    joined = _matter(account, pk)
    found = joined.request
    let_follow(request, found, timezone.now(), joined=joined)
    record_read(found, by=LinkHolder(request_id=found.pk), screen="track")
    return redirect("residents:request_status")


@of_account
@require_http_methods(["GET", "HEAD", "POST"])
def matter_take_out(request, account, holder, pk):
    joined = _matter(account, pk)
    if request.method == "POST":
        take_out(joined, by=holder)
        request.session.pop(TRACKED, None)
        messages.success(request, _("The request is no longer here. You see it by its number and code."))
        return redirect("residents:my_matters")
    context = {"number": joined.request.reference, "quick_exit": quick_exit(needed=True)}
    return render(request, "residents/matter_take_out.html", context)


@of_account
@require_POST
def matter_new(request, account, holder):
    """Begin a request with the contact of the last one, for its owner to go through."""
    now = timezone.now()
    draft = Draft.load(request.session, now)
    last = account.last_filing() if draft.is_empty else None
    if last:
        draft.take_over(last)
        draft.save(request.session, now)
        messages.success(request, _("Your name and contact are filled in. Check them when you come to them."))
    return redirect("residents:request_new")


@of_account
@require_http_methods(["GET", "HEAD", "POST"])
def account_mails(request, account, holder):
    wanted = [event for event in ResidentAccount.Event.values if event not in account.unwanted]
    form = MailsForm(**posted(request), initial={"wanted": wanted})
    if request.method == "POST" and form.is_valid():
        choose_mails(account, wanted=form.cleaned_data["wanted"], language=get_language(), by=holder)
        messages.success(request, _("We know now when to write to you."))
        return redirect("residents:my_matters")
    return render(request, "residents/account_mails.html", {"form": form, "quick_exit": quick_exit(needed=True)})


# -- the end ------------------------------------------------------------------------------------
@of_account
@require_POST
def account_leave_everywhere(request, account, holder):
    leave_everywhere(account, by=holder)
    return _left(request, _("You are signed out on every device."))


@of_account
@require_http_methods(["GET", "HEAD", "POST"])
def account_delete(request, account, holder):
    if request.method != "POST":
        return render(request, "residents/account_delete.html", {"quick_exit": quick_exit(needed=True)})
    delete_account(account, by=holder)
    return _left(request, _("The account is deleted. Your requests stay with us, under their numbers and codes."))


def _left(request, said):
    request.session.pop(ACCOUNT, None)
    request.session.pop(TRACKED, None)
    request.session.cycle_key()
    messages.success(request, said)
    return redirect("residents:request_track")
