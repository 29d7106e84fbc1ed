"""The calendar of due days: its owner's page, and the feed that a calendar program reads."""

import hashlib

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.actions.calendars import USE, end_feed, make_feed
from coordination.calendars import calendar_of, feed_of
from coordination.models import CalendarFeed
from cus_portal.accounts.permissions import require
from cus_portal.throttle import client_address, hit
from residents.views.base import public_page

READS = 60  # an hour, from one address: a program asks once or twice


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_address(request):
    """Show the user's own address and let him make, replace or end it."""
    require(request.user, USE)
    feed = CalendarFeed.objects.filter(user=request.user).first()
    if request.method != "POST":
        address = request.build_absolute_uri(feed.path) if feed else ""
        return render(request, "coordination/calendar.html", {"feed": feed, "address": address})
    if "end" in request.POST:
        if feed:
            end_feed(feed, by=request.user)
        messages.success(request, _("The address leads nowhere any more."))
    else:
        make_feed(by=request.user, now=timezone.now())
        anew = _("This is your new address. An earlier one leads nowhere any more.")
        messages.success(request, anew if feed else _("This is your address."))
    return redirect("coordination:calendar")


@public_page
@require_safe
def calendar_feed(request, feed):
    """Answer a calendar program; whoever has no true address learns nothing."""
    now = timezone.now()
    if not hit("calendar-feed", client_address(request), limit=READS, minutes=60, now=now):
        return HttpResponse(status=429)
    found = feed_of(feed)
    if found is None:
        raise Http404
    day = timezone.localdate(now)
    stamp = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)  # the same all day: see the ETag
    with translation.override("pl"):
        content = calendar_of(found.user, now=stamp, on=day)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response["X-Robots-Tag"] = "noindex"
    return get_conditional_response(request, etag=response["ETag"], response=response)
