"""The community organiser's events on a public page: only those that are open to everybody."""

from datetime import timedelta

import pytest
import time_machine
from icalendar import Calendar

from coordination.actions import community
from tests.community_world import make_action, make_event, make_open_event
from tests.factories import NOW, TODAY
from tests.intake import html

LIST = "/wydarzenia/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def test_only_an_open_event_is_shown_and_the_home_page_leads_there_while_there_is_one(client):
    closed, over = make_event(make_action()), make_open_event(on=TODAY - timedelta(days=1))
    assert LIST not in html(client.get("/"))
    event = make_open_event(places=None)
    assert f'href="{LIST}"' in html(client.get("/en/")).replace("/en", "")
    page = html(client.get(LIST))
    assert event.public_path in page
    assert closed.public_path not in page
    assert over.public_path not in page
    assert client.get(closed.public_path).status_code == 404
    assert client.get(f"{closed.public_path}wydarzenie.ics").status_code == 404
    assert "To już się odbyło." in html(client.get(over.public_path))


def test_an_event_says_how_many_places_are_free_and_nobodys_name(client, ola):
    event = make_open_event(places=2)
    community.sign_up(event, name="Krystyna Wilga", by=ola, now=NOW)
    page = html(client.get(event.public_path))
    assert "<dd>1</dd>" in page
    assert "Kawa za darmo." in page
    assert "Wilga" not in page
    (entry,) = Calendar.from_ical(client.get(f"{event.public_path}wydarzenie.ics").content).events
    assert entry["dtstart"].dt.isoformat() == "2026-11-19T15:00:00+00:00"


@pytest.mark.parametrize("rows", [1, 6])
def test_the_list_costs_the_same(client, rows, django_assert_max_num_queries):
    for _one in range(rows):
        make_open_event()
    with django_assert_max_num_queries(1):
        client.get(LIST)
