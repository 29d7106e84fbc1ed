"""Events for other municipalities: the public pages, signing up without an account, the place behind a mailed link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.actions.exchange import (
    change_people,
    confirm_sign_up,
    free_places,
    give_up_place,
    guest_of,
    sign_up_for,
)
from coordination.exchange import calendar_file, calendar_of
from coordination.forms_exchange import GuestForm, PeopleForm
from coordination.models import ExchangeEvent, GoodPractice
from cus_portal.forms import posted
from cus_portal.throttle import client_address, hit
from residents.views.base import public_page

SIGN_UPS_BY_ADDRESS, MAILS_TO_MAILBOX = 10, 5  # an hour
PAST_SHOWN = 50


@login_not_required
@require_safe
def exchange_home(request):
    today = timezone.localdate()
    context = {
        "practices": GoodPractice.objects.public(),
        "ahead": ExchangeEvent.objects.ahead(today),
        "past": ExchangeEvent.objects.past(today)[:PAST_SHOWN],
    }
    return render(request, "coordination/exchange_home.html", context)


@login_not_required
@require_safe
def event(request, pk):
    found = get_object_or_404(ExchangeEvent.objects.published().with_guests(), pk=pk)
    today = timezone.localdate()
    context = {
        "event": found,
        "is_open": found.takes_sign_ups(today),
        "is_over": found.on < today,
        "free": max(found.places - found.coming, 0),
    }
    return render(request, "coordination/exchange_event.html", context)


@login_not_required
@require_safe
def event_calendar(request, pk):
    found = get_object_or_404(ExchangeEvent.objects.published(), pk=pk)
    facts = {"path": found.get_absolute_url(), "place": found.place, "until": found.until}
    return calendar_file(calendar_of(found, **facts, is_called_off=found.is_called_off(), now=timezone.now()))


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request, pk):
    """Take who wants to come; what is answered is the same whether the mailbox signed up before or not."""
    found, now = get_object_or_404(ExchangeEvent.objects.published(), pk=pk), timezone.now()
    if not found.takes_sign_ups(timezone.localdate(now)):
        return redirect(found)
    form = GuestForm(**posted(request))
    if request.method == "POST" and form.is_valid():
        mailbox = form.cleaned_data["email"].strip().lower()
        if not hit("exchange-address", client_address(request), limit=SIGN_UPS_BY_ADDRESS, minutes=60, now=now):
            form.add_error(None, _("Too many came from your network within the hour. Wait a while, or call us."))
        else:
            if hit("exchange-mailbox", mailbox, limit=MAILS_TO_MAILBOX, minutes=60, now=now):
                sign_up_for(found, **form.cleaned_data, language=get_language(), now=now)
            return redirect("exchange:asked")
    context = {"event": found, "form": form, "free": free_places(found)}
    return render(request, "coordination/exchange_sign_up.html", context)


@public_page
@require_safe
def sign_up_asked(request):
    return render(request, "coordination/exchange_asked.html")


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def place(request, link):
    """Show what a mail told of; a press confirms it, for programs open the links in mails too."""
    guest, now = guest_of(link), timezone.now()
    if guest is None:
        return render(request, "coordination/exchange_gone.html", status=404)
    if request.method == "POST":
        try:
            guest = confirm_sign_up(guest, now=now)
        except ValidationError as problem:
            messages.error(request, problem.messages[0])
        else:
            messages.success(
                request, _("You have a place.") if guest.coming_since else _("You are on the waiting list.")
            )
        return redirect(guest)
    context = {
        "guest": guest,
        "event": guest.event,
        "free": free_places(guest.event),
        "may_change": guest.event.may_change_people(timezone.localdate(now)),
    }
    return render(request, "coordination/exchange_place.html", context)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def people(request, link):
    """Let who signed up say that more or fewer come."""
    guest = guest_of(link)
    if guest is None:
        return render(request, "coordination/exchange_gone.html", status=404)
    form = PeopleForm(**posted(request), initial={"people": guest.people})
    if form.is_valid():
        try:
            guest = change_people(guest, people=form.cleaned_data["people"], now=timezone.now())
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("The number is changed."))
            return redirect(guest)
    context = {"guest": guest, "event": guest.event, "form": form, "free": free_places(guest.event)}
    return render(request, "coordination/exchange_people.html", context)


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def give_up(request, link):
    guest = guest_of(link)
    if guest is None:
        return render(request, "coordination/exchange_gone.html", status=404)
    if request.method == "POST":
        give_up_place(guest, now=timezone.now())
        messages.success(request, _("You are off the list. We have deleted what you gave us."))
        return redirect(guest.event)
    return render(request, "coordination/exchange_give_up.html", {"guest": guest, "event": guest.event})
