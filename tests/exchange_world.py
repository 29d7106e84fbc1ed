"""Events for other municipalities of the tests, and who signs up for them."""

import re
from datetime import time, timedelta

from coordination.actions.exchange import confirm_sign_up, publish_event, sign_up_for
from coordination.actions.practice import publish_practice
from coordination.models import ExchangeEvent, GoodPractice
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from tests import personas
from tests.factories import NOW, TODAY

DAY = TODAY + timedelta(days=30)


def make_exchange_event(*, is_published=True, **fields):
    facts = {
        "kind": "study_visit",
        "title": "Jak działa jedno okienko",
        "about": "Dla gmin, które zakładają CUS.",
        "programme": "9.00 Powitanie\n10.00 Droga zgłoszenia",
        "on": DAY,
        "at": time(9),
        "until": time(15),
        "place": "ul. Fabryczna 2B, wejście bez progu",
        "places": 5,
        "sign_up_until": DAY - timedelta(days=3),
        "contact_name": "Beata Organizatorka",
        "contact_phone": "81 517 24 68",
    }
    event = ExchangeEvent.objects.create(**facts | fields)
    return publish_event(event, by=personas.person("danuta"), now=NOW) if is_published else event


def said(email="anna@gmina.example", **fields):
    """Return what the form of signing up sends."""
    return {"institution": "Gmina Wólka", "name": "Anna Sroka", "email": email, "people": 2} | fields


def sign_up(event, email="anna@gmina.example", *, now=NOW, **fields):
    """Sign up and confirm; return the guest."""
    sign_up_for(event, **said(email, **fields), language="pl", now=now)
    return confirm_sign_up(event.sign_ups.latest("pk"), now=now)


def mails(template):
    return [compose(row) for row in Message.objects.filter(template=template).order_by("pk")]


def link_in(mail):
    return re.search(r"https?://[^/\s]+(/\S*dla-gmin/zapis/\S+)", mail.body)[1]


def make_practice(code="okienko", *, is_published=True, **fields):
    facts = {
        "code": code,
        "title": "Jedno okienko",
        "summary": "Mieszkaniec opowiada o sprawie raz.",
        "problem": "Ludzie chodzili od drzwi do drzwi.",
        "for_whom": "Dla każdego, kto szuka pomocy.",
        "what_is_done": "Jedna osoba przyjmuje i prowadzi dalej.",
        "results": "Odpowiedź w 14 dni.",
        "resources": "Dwa etaty.",
        "contact_name": "Beata Organizatorka",
    }
    practice = GoodPractice.objects.create(**facts | fields)
    return publish_practice(practice, by=personas.person("beata"), now=NOW) if is_published else practice
