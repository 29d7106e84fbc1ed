"""The community organiser's work in figures, apart from services, and its events on the home page."""

from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.models import CommunityEvent
from coordination.models.community import figures
from services.home import on_home_page


@on_home_page
def events_ahead(on):
    """Lead to the events that are open to everybody, while there are any."""
    if not CommunityEvent.objects.open_to_all().ahead(on).exists():
        return None
    return _("Meetings and trips for everybody"), reverse("events:list")


def done(period, on):
    found = figures(*period.days)
    return [
        [_("events held"), found["events"]],
        [_("people who came"), found["came"]],
        [_("volunteers who helped"), found["volunteers"]],
        [_("hours of volunteers"), round(found["hours"])],
    ]
