"""What other municipalities see in the demonstration: a visit with a waiting list, one held, a good-practice card.

Nobody who signs up exists.
"""

from datetime import time, timedelta

from django.utils import timezone

from coordination.actions.exchange import confirm_sign_up, publish_event, sign_up_for
from coordination.actions.practice import publish_practice
from coordination.models import ExchangeEvent, GoodPractice
from cus_portal.audit.log import told_as_of
from cus_portal.workdays import add_workdays


def show_others(world, end):
    """Publish a card; let a visit be full with one who waits; leave a seminar as a draft and one in the archive."""
    texts, organiser, on = world.texts["exchange"], world.people["beata"], timezone.localdate(end)
    with told_as_of(end):
        card = GoodPractice.objects.create(**texts["card"], **_contact(organiser))
        publish_practice(card, by=organiser, now=end)
        visit = _event(texts["visit"], add_workdays(on, 20), by=organiser, places=6)
        publish_event(visit, by=organiser, now=end)
        for guest in texts["guests"]:
            sign_up_for(visit, **guest, language="pl", now=end)
            confirm_sign_up(visit.sign_ups.latest("pk"), now=end)
        _event(texts["seminar"], add_workdays(on, 50), by=organiser, places=40)
        held = _event(texts["conference"], add_workdays(on - timedelta(days=60), 1), by=organiser, places=60)
        publish_event(held, by=organiser, now=end - timedelta(days=100))
        ExchangeEvent.objects.filter(pk=held.pk).update(came=47)


def _event(texts, on, *, by, places):
    facts = {"on": on, "at": time(9), "until": time(15), "places": places, "sign_up_until": on - timedelta(days=5)}
    return ExchangeEvent.objects.create(**texts, **facts, **_contact(by))


def _contact(user):
    return {"contact_name": user.get_full_name(), "contact_phone": "81 517 24 68"}
