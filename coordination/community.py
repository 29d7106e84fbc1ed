"""The community organiser's work in figures, apart from services: nobody is qualified for it."""

from django.utils.translation import gettext as _

from coordination.models.community import figures


def done(period, on):
    found = figures(*period.days)
    return [
        [_("events held"), found["events"]],
        [_("people who came"), found["came"]],
        [_("volunteers who helped"), found["volunteers"]],
        [_("hours of volunteers"), round(found["hours"])],
    ]
