"""The private calendar address: made, made anew, ended."""

import uuid
from datetime import datetime

from django.db import transaction

from coordination.models import CalendarFeed
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record

USE = "coordination.view_dashboard"


@transaction.atomic
def make_feed(*, by: User, now: datetime) -> CalendarFeed:
    """Give the user an address of his own; an earlier one leads nowhere from now on."""
    require(by, USE)
    fresh = {"key": uuid.uuid4(), "made_at": now}
    feed, _made = CalendarFeed.objects.update_or_create(user=by, defaults=fresh)
    record("calendarfeed.make", feed, by=by)
    return feed


@transaction.atomic
def end_feed(feed: CalendarFeed, *, by: User) -> None:
    record("calendarfeed.end", feed, by=by)
    feed.delete()
