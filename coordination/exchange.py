"""An event for guests' calendars and on paper."""

import uuid
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from coordination.models import ExchangeEvent
from cus_portal.documents import render_pdf
from services.sheets import ON_PAPER


def calendar_of(event, *, path, place, now: datetime, until=None, is_called_off=False) -> bytes:
    """Return one event as a file for a calendar program; called off, it says so to those who kept it."""
    calendar = Calendar()
    calendar.add("prodid", "-//CUS//portal//PL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    entry = Event()
    entry.add("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, settings.PUBLIC_URL + path)))
    entry.add("dtstamp", now.astimezone(UTC))
    entry.add("dtstart", _moment(event.on, event.at))
    if until:
        entry.add("dtend", _moment(event.on, until))
    entry.add("summary", event.title)
    entry.add("location", place)
    entry.add("url", settings.PUBLIC_URL + path)
    entry.add("status", "CANCELLED" if is_called_off else "CONFIRMED")
    calendar.add_component(entry)
    return calendar.to_ical()


def calendar_file(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="wydarzenie.ics"'
    return response


def _moment(day, hour):
    return timezone.make_aware(datetime.combine(day, hour)).astimezone(UTC)


def guest_list(event: ExchangeEvent) -> bytes:
    """Return the list of guests to be signed at the door, as a tagged PDF."""
    guests = event.sign_ups.coming().order_by("institution", "name", "pk")
    rows = [[guest.institution, guest.name, guest.people, guest.needs or "–", ""] for guest in guests]
    waiting = [[guest.institution, guest.name, guest.people] for guest in event.sign_ups.waiting()]
    return render_pdf(
        "queue",
        {
            "title": event.title,
            "eyebrow": _("List of guests"),
            "lang": get_language(),
            "centre": {name: str(settings.CENTRE[name]) for name in ON_PAPER},
            "brand": settings.CENTRE.get("brand", "#0a5a61"),
            "facts_header": [_("What"), _("Value")],
            "facts": [
                [_("Day"), f"{date_format(event.on, 'j E Y')}, {event.at:%H:%M}–{event.until:%H:%M}"],
                [_("Place"), event.place],
                [_("People who come"), f"{sum(row[2] for row in rows)} / {event.places}"],
            ],
            "tables": [
                {
                    "title": _("They have a place"),
                    "columns": [_("Institution"), _("Name"), _("People"), _("To prepare"), _("Signature")],
                    "widest": 0,
                    "rows": rows,
                },
                {
                    "title": _("They wait for a place"),
                    "columns": [_("Institution"), _("Name"), _("People")],
                    "widest": 0,
                    "rows": waiting,
                },
            ],
            "nothing": _("Nobody."),
        },
    )
