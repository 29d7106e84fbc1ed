"""The good-practice card: a page and the same as data, published as numbered versions that stay."""

import jsonschema
import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse

from coordination.actions.practice import publish_practice, withdraw_practice
from coordination.models import GoodPractice, GoodPracticeVersion
from tests.desk import words
from tests.exchange_world import make_practice
from tests.factories import NOW
from tests.intake import html

DATA = "/api/dobre-praktyki/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def card():
    return make_practice()


def test_a_card_is_a_page_and_the_same_words_are_data_after_its_schema(client, card):
    page = html(client.get(card.get_absolute_url()))
    assert "Jedno okienko" in page
    assert "Jedno okienko" in html(client.get("/dla-gmin/"))
    answer = client.get(f"{DATA}okienko.json")
    data, schema = answer.json(), client.get(f"{DATA}schema.json").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)
    assert client.get(DATA).json() == {"cards": [data]}
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert data["version"] == 1
    for part in ("title", "problem", "results"):
        assert data[part] in page
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data | {"results": None}, schema)


def test_what_is_written_after_is_read_by_the_public_once_it_is_published(client, beata, card):
    GoodPractice.objects.update(results="Kolejka o połowę krótsza.")
    card.refresh_from_db()
    assert "o połowę" not in html(client.get(card.get_absolute_url()))
    publish_practice(card, by=beata, now=NOW)
    assert "o połowę" in html(client.get(card.get_absolute_url()))
    assert list(card.versions.values_list("number", flat=True)) == [2, 1]
    with pytest.raises(ValidationError):
        publish_practice(card, by=beata, now=NOW)


def test_a_version_that_was_public_is_never_changed(card):
    for act in (lambda rows: rows.update(number=9), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act(GoodPracticeVersion.objects.all())
    assert card.versions.get().number == 1


def test_a_card_taken_back_or_not_published_is_shown_nowhere(client, beata, card):
    draft = make_practice("szkic", is_published=False)
    withdraw_practice(card, by=beata, now=NOW)
    for one in (card, draft):
        assert client.get(one.get_absolute_url()).status_code == 404
        assert client.get(f"{DATA}{one.code}.json").status_code == 404
    assert client.get(DATA).json() == {"cards": []}


def test_the_organiser_and_the_director_publish_and_nobody_else(sign_in, beata, tomek, ola):
    draft = make_practice("szkic", is_published=False)
    for person in (tomek, ola):
        with pytest.raises(PermissionDenied):
            publish_practice(draft, by=person, now=NOW)
        assert sign_in(person).get(reverse("admin:coordination_goodpractice_changelist")).status_code == 403
    desk = sign_in(beata)
    desk.post(reverse("admin:coordination_goodpractice_move", args=[draft.pk, "publish"]))
    GoodPractice.objects.update(results="Inaczej.")
    page = words(desk.get(reverse("admin:coordination_goodpractice_change", args=[draft.pk])))
    assert "opublikuj ją jeszcze raz" in page
    assert desk.get(reverse("admin:coordination_goodpractice_add")).status_code == 200


@pytest.mark.parametrize("rows", [1, 6])
def test_pages_and_data_cost_the_same(client, rows, django_assert_max_num_queries):
    for number in range(rows):
        make_practice(f"karta-{number}")
    with django_assert_max_num_queries(3):
        client.get("/dla-gmin/")
    with django_assert_max_num_queries(2):
        client.get(DATA)
