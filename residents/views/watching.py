"""A list of services of one's own, and news of a search by mail. Neither needs an account."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cus_portal.accounts.actors import AccountHolder
from cus_portal.forms import posted
from cus_portal.throttle import client_address, hit
from residents.actions import (
    confirm_watch,
    keep_services,
    let_services_go,
    stop_watching,
    watch_search,
    watched_search,
)
from residents.forms import WatchForm
from residents.models import WatchedSearch
from residents.views.base import account_of, public_page
from residents.watching import Wish, keep_in, kept_in
from services.catalogue import catalogue
from services.presentation import cards_of, said

MAILS_BY_ADDRESS, MAILS_TO_MAILBOX = 10, 5


# -- the list ----------------------------------------------------------------------------------
@public_page
@require_safe
def kept_services(request):
    account, here = account_of(request), kept_in(request)
    in_account = list(account.kept.order_by("-pk").values_list("service", flat=True)) if account else []
    wanted = list(dict.fromkeys([*in_account, *here]))
    entries, now = catalogue(), timezone.localtime()
    shown = entries.places_of(wanted)
    watches = WatchedSearch.objects.of_mailbox(account.email_index) if account else []
    context = {
        "rows": [
            {"pk": entries.service_at(place), "name": said(entries.version(place).card["plain_name"]), "card": card}
            for place, card in zip(shown, cards_of(entries, shown, now.date()), strict=True)
        ],
        "gone": len(wanted) - len(shown),
        "account": account,
        "is_only_here": account is not None and bool(set(here) - set(in_account)),
        "watches": [
            {"watch": watch, "words": Wish.from_json(watch.asked).words(entries, now=now)} for watch in watches
        ],
    }
    return render(request, "residents/kept_services.html", context)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def service_keep(request, slug):
    """Ask first: the page of a service is the same for everybody, so it can hold no form."""
    entries = catalogue()
    place, version = entries.listed_at(slug)
    if version is None:
        raise Http404
    if entries.secret >> place & 1:
        return redirect(version)
    if request.method == "POST":
        messages.success(request, _("It is on your list."))
        return _kept(request, [version.service_id, *kept_in(request)])
    context = {"version": version, "account": account_of(request), "name": said(version.card["plain_name"])}
    return render(request, "residents/service_keep.html", context)


@public_page
@require_POST
def services_into_account(request):
    """Put what this browser keeps into the account."""
    messages.success(request, _("The list is in your account now."))
    return _kept(request, kept_in(request))


def _kept(request, services):
    """Keep the services in the account this browser is in, else in a cookie."""
    account, response = account_of(request), redirect("residents:kept_services")
    if account:
        keep_services(account, reversed(services), by=AccountHolder(account_id=account.pk))
        services = []
    keep_in(response, list(dict.fromkeys(services)), secure=request.is_secure())
    return response


@public_page
@require_POST
def services_let_go(request, pk=None):
    """Take one service off the list, or all of them."""
    account, here = account_of(request), kept_in(request)
    if account:
        gone = [pk] if pk else account.kept.values_list("service", flat=True)
        let_services_go(account, gone, by=AccountHolder(account_id=account.pk))
    response = redirect("residents:kept_services")
    keep_in(response, [one for one in here if pk and one != pk], secure=request.is_secure())
    messages.success(request, _("It is off your list.") if pk else _("Your list is empty."))
    return response


# -- the searches ------------------------------------------------------------------------------
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def search_watch(request):
    """Ask for an address to which news of a search goes; the search stands in the address of this page."""
    entries, now, account = catalogue(), timezone.localtime(), account_of(request)
    wish = Wish.of(request.GET, entries)
    if not wish.asked or wish.services(entries, now=now) is None:
        return render(request, "residents/search_too_broad.html", {"query": wish.query.urlencode()})
    form = WatchForm(**posted(request), initial={"email": account.email} if account else {})
    if request.method == "POST" and form.is_valid():
        mailbox = form.cleaned_data["email"].lower()
        if not hit("watch-address", client_address(request), limit=MAILS_BY_ADDRESS, minutes=60, now=now):
            form.add_error(None, _("Too many links were sent within the hour. Wait a while, or call us."))
        else:
            if hit("watch-mailbox", mailbox, limit=MAILS_TO_MAILBOX, minutes=60, now=now):
                watch_search(wish, email=mailbox, language=get_language(), now=now)
            return redirect("residents:watch_asked")
    return render(request, "residents/search_watch.html", {"form": form, "words": wish.words(entries, now=now)})


@public_page
@require_safe
def watch_asked(request):
    return render(request, "residents/watch_asked.html")


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def search_watched(request, link):
    """Show what a mail told of; a press confirms it, for programs open the links in mails too."""
    watch, now = watched_search(link), timezone.localtime()
    if watch is None:
        return render(request, "residents/watch_gone.html", status=404)
    if request.method == "POST":
        confirm_watch(watch, now=now)
        messages.success(request, _("From now on we write to you when something new appears."))
        return redirect(watch)
    entries = catalogue()
    wish = Wish.from_json(watch.asked)
    context = {
        "watch": watch,
        "words": wish.words(entries, now=now),
        "query": wish.query.urlencode(),
        "cards": cards_of(entries, entries.places_of(watch.news), now.date()),
    }
    return render(request, "residents/search_watched.html", context)


@csrf_exempt
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def search_unwatch(request, link):
    """Stop the mails by one press: here, or in a mail program, which posts without a form of ours (RFC 8058)."""
    watch = watched_search(link)
    if request.method == "POST" and watch is not None:
        stop_watching(watch)
        return render(request, "residents/watch_stopped.html")
    if watch is None:
        return render(request, "residents/watch_gone.html", status=404)
    return render(request, "residents/search_unwatch.html", {"watch": watch})
