"""Who gets what at each address: a table to be read by a second person. An address without a row fails.

Each page that a visitor gets is looked over on the way (tests/shown.py).
"""

import csv
from pathlib import Path

import pytest
import time_machine
from django.template.base import Template
from django.test import Client
from django.test.utils import _TestState
from django.urls import reverse

from residents.models import AccountLink
from tests import personas
from tests.factories import NOW
from tests.shown import Answer, is_page, wrong_with
from tests.signing import sign_in_as
from tests.test_quality import PUBLIC
from tests.url_world import addresses, make_world

TABLE = Path(__file__).with_name("urls.csv")
NOBODY = "nobody"
ACCOUNT = "account"  # of a resident: to the rooms of the staff it is nobody
# Whoever is no staff is turned away at the door of the whole admin, whatever is behind it.
OUTSIDERS = [NOBODY, "ewa", "bartek", "renata", "stranger"]
# Those of a line share one world.
VISITORS = [[*OUTSIDERS, ACCOUNT, "hania", "root"], ["ola", "tomek"], ["kasia", "beata"], ["danuta", "iwona"]]

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, settings, tmp_path):
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path
    with time_machine.travel(NOW, tick=False):
        return make_world()


def visit(name, world, shown):
    """Return what this visitor is answered at each address, as (address, object) -> status; add pages to `shown`."""
    client = Client(raise_request_exception=False)
    if name == ACCOUNT:
        client.post(reverse("residents:account_enter"), {"email": "krystyna@demo.example"})
        client.post(AccountLink.objects.get().path)
        assert client.get(reverse("residents:my_matters")).status_code == 200
    elif name != NOBODY:
        sign_in_as(client, personas.person(name))
    found = {}
    for label, whose, url in addresses(world):
        if label not in PUBLIC or name == NOBODY:
            response = client.get(url)
            found[label, whose] = response.status_code
            if response.streaming:
                assert b"".join(response.streaming_content)
            elif is_page(response):
                shown[f"{name} at {url}"] = Answer.of(response)
    return found


def agreed():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row.pop("address"), row.pop("object")): row for row in csv.DictReader(file)}


def answer_to(name, key, row):
    if name == ACCOUNT:
        return row[NOBODY] if key[0] not in PUBLIC else ""
    return row[name]


@pytest.fixture
def plain_templates(monkeypatch):
    """Let no template copy what it was given for a test that never asks: a tenth of the time of a page."""
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)


@pytest.mark.browser
@pytest.mark.usefixtures("plain_templates")
@pytest.mark.parametrize("visitors", VISITORS)
def test_each_address_answers_each_visitor_as_was_agreed_and_accessibly(browser, world, visitors):
    shown = {}
    for name in visitors:
        found = {key: str(status) for key, status in visit(name, world, shown).items()}
        wanted = {key: answer for key, row in agreed().items() if (answer := answer_to(name, key, row))}
        assert found == wanted, name
    assert wrong_with(browser, shown) == {}


def test_the_table_holds_what_must_never_be_otherwise():
    """Whoever reads the table of a change may overlook a line; these rules do not."""
    for (address, whose), row in agreed().items():
        answers = {name: status for name, status in row.items() if status}
        assert "500" not in answers.values(), address
        if address.startswith("admin:") and address != "admin:login":
            assert {answers[name] for name in OUTSIDERS} <= {"302", "403", "404", "405"}, address
        if whose == "restricted" and "referral" not in address:
            seeing = {name for name, status in answers.items() if status == "200"}
            # The officer sees that a person asked for his data: he looks the copy through, restricted things left out.
            assert seeing <= {"kasia", "danuta", *(["iwona"] if "datarequest" in address else [])}, address


@pytest.mark.parametrize("name", ["danuta", "root"])
def test_no_room_deletes_searches_by_address_or_keeps_djangos_history(world, name):
    client = sign_in_as(Client(), personas.person(name))
    for room, rows in world["rooms"].items():
        assert client.get(reverse(f"admin:{room}_find")).status_code == 405, room
        for row in rows.values():
            assert client.get(reverse(f"admin:{room}_delete", args=[row.pk])).status_code == 403, room
            leads_to = client.get(reverse(f"admin:{room}_history", args=[row.pk])).url
            assert leads_to == reverse(f"admin:{room}_change", args=[row.pk])
