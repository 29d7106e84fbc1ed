"""A worker's due days as an iCalendar feed (RFC 5545): how many of what is due on a day, and nobody's name.

What is read there leaves the portal for a phone or a foreign server. So an event says no more than a tile of the
dashboard does, and leads to the list behind it, which asks to sign in.
"""

import uuid
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db.models import Count
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Calendar, Event

from coordination import worklists
from coordination.models import CalendarFeed, IncomingReferral, Referral
from coordination.models.calendar import FEED_SALT
from coordination.workflow import REFERRAL
from cus_portal.workflow import Party
from residents.workflow import REQUEST

BACK, AHEAD = timedelta(days=60), timedelta(days=180)
CENTRE = [
    status for status in REFERRAL.waiting_statuses(Party.CENTRE, Party.DIRECTOR) if status in Referral.CAN_BE_LATE
]
INSTITUTION = [status for status in REFERRAL.waiting_statuses(Party.INSTITUTION) if status in Referral.CAN_BE_LATE]


class DueDays(NamedTuple):
    """One kind of due day: what it is called, whose rows of the worklists have it, in which column, and their list."""

    name: str
    label: str | Promise
    subject: str
    day: str
    condition: dict
    worklist: str


KINDS = (
    DueDays("our-move", gettext_lazy("Referrals: our move"), "referral", "respond_by", {"status__in": CENTRE}, "live"),
    DueDays(
        "their-move",
        gettext_lazy("Referrals: an institution is to answer"),
        "referral",
        "respond_by",
        {"status__in": INSTITUTION},
        "live",
    ),
    DueDays(
        "incoming-due",
        gettext_lazy("What came to us: our move"),
        "incoming",
        "respond_by",
        {"status__in": IncomingReferral.OURS},
        "incoming",
    ),
    DueDays(
        "handed-on",
        gettext_lazy("What we passed on: to be taken up"),
        "incoming",
        "respond_by",
        {"status": IncomingReferral.Status.REDIRECTED, "taken_up_on": None},
        "incoming",
    ),
    DueDays(
        "plans-due",
        gettext_lazy("Plans: end of the 30 days"),
        "case",
        "plan_due_moved_on",
        {"plan_approved_on": None},
        "cases",
    ),
    DueDays("plans-ending", gettext_lazy("Plans that end"), "plan", "in_force_until", {}, "plans-ending"),
    DueDays("notes-due", gettext_lazy("Plans: time for a note"), "plan", "note_due_on", {}, "plans-without-note"),
    DueDays(
        "requests-due",
        gettext_lazy("Requests to answer"),
        "request",
        "due_on",
        {"status__in": REQUEST.waiting_statuses(Party.CENTRE)},
        "requests-to-answer",
    ),
)


def feed_of(signed: str) -> CalendarFeed | None:
    """Return the feed that the address names, while its owner may still see the dashboard."""
    try:
        user, key = signing.loads(signed, salt=FEED_SALT)
    except signing.BadSignature:
        return None
    feed = CalendarFeed.objects.select_related("user").filter(user=user, key=key, user__is_active=True).first()
    return feed if feed and feed.user.has_perm("coordination.view_dashboard") else None


def due_days(user, *, on: date) -> list[tuple[DueDays, date, int]]:
    """Return (kind, day, number) for each day of the last two and the next six months; one query a kind."""
    found = []
    for kind in KINDS:
        span = {f"{kind.day}__range": (on - BACK, on + AHEAD)}
        rows = worklists.SUBJECTS[kind.subject](user).filter(**kind.condition, **span)
        if kind.subject in ("referral", "incoming"):
            rows = rows.without_secrets()  # nothing protected leaves the portal, not even as a number
        days = rows.order_by(kind.day).values_list(kind.day).annotate(Count("pk"))
        found += [(kind, day, number) for day, number in days]
    return found


def calendar_of(user, *, now: datetime, on: date) -> bytes:
    """Return the user's due days as a calendar."""
    calendar = Calendar()
    calendar.add("prodid", "-//CUS//portal//PL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Due days at the centre"))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for kind, day, number in due_days(user, on=on):
        event = Event()
        event.add("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.PUBLIC_URL}/{user.pk}/{kind.name}/{day}")))
        event.add("dtstamp", now)
        event.add("dtstart", day)
        event.add("summary", f"{kind.label}: {number}")
        event.add("url", settings.PUBLIC_URL + reverse("coordination:worklist", args=[kind.worklist]))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()
