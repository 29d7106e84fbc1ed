"""Did it help? Counted once a visitor, without knowing who; read by the organiser."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cus_portal.throttle import Throttle
from services import ratings
from services.models import Rating
from services.publishing import publish_all
from tests.factories import NOW, make_service

pytestmark = pytest.mark.django_db
LIST = "/czy-pomoglo/"


@pytest.fixture
def care():
    service = make_service("Usługi opiekuńcze", keywords="opiekunka")
    publish_all(now=NOW)
    return service


def page(service):
    return reverse("services:rate_service", args=[service.slug])


def counts():
    rows = Rating.objects.select_related("service")
    return [(row.service and row.service.plain_name, row.question, row.helped, row.failed) for row in rows]


def test_a_visitor_answers_once_for_each_page(client, care):
    assert "Tak, pomogło" in client.get(page(care)).content.decode()
    assert counts() == []
    for answer in ("yes", "yes", "no"):
        response = client.post(page(care), {"helped": answer}, follow=True)
    assert "Twoja odpowiedź została policzona" in response.content.decode()
    assert counts() == [("Usługi opiekuńcze", "", 1, 0)]
    Client().post(page(care), {"helped": "no"})
    assert counts() == [("Usługi opiekuńcze", "", 1, 1)]


def test_a_list_is_rated_with_the_words_that_led_to_it(client, care):
    found = client.get("/uslugi/", {"q": "opiekunka"}).content.decode()
    assert 'href="/czy-pomoglo/?q=opiekunka"' in found
    client.post(f"{LIST}?q=opiekunka", {"helped": "no"})
    client.post(f"{LIST}?q=Us%C5%82ugi%20opieku%C5%84cze", {"helped": "yes"})
    assert sorted(counts()) == sorted([(None, "opiekunka", 0, 1), (None, "usługi opiekuńcze", 1, 0)])


@pytest.mark.parametrize("words", ["Kowalski", "opiekunka Kowalska", "opiekunka 44051401359 Kowalska", "opiekumka"])
def test_words_that_are_not_the_catalogues_own_are_counted_and_not_written_down(client, care, words):
    client.post(f"{LIST}?q={words}", {"helped": "no"})
    assert counts() == [(None, "", 0, 1)]


def test_numbers_are_dropped_from_the_words(client, care):
    client.post(f"{LIST}?q=opiekunka 44051401359", {"helped": "no"})
    assert counts() == [(None, "", 0, 1)]  # the number is no word of the catalogue


def test_one_network_cannot_fill_the_table(client, care, monkeypatch):
    monkeypatch.setattr(ratings, "MOST_QUESTIONS", 1)
    for number in range(25):
        words = ["opiekunka", "usługi", "opiekuńcze"][number % 3]
        answer = Client().post(f"{LIST}?q={words}", {"helped": "yes"})
    assert "Zbyt wiele odpowiedzi" in answer.content.decode()
    assert sum(helped for _service, _question, helped, _failed in counts()) == 20
    assert len(counts()) == 2
    assert not Throttle.objects.filter(key__contains="127").exists()


@pytest.mark.parametrize("data", [{}, {"helped": "maybe"}, {"helped": ["\x00"]}])
def test_no_other_answer_is_taken(client, care, data):
    assert client.post(page(care), data).status_code == 200
    assert counts() == []


def test_a_form_from_another_site_and_a_forged_cookie_count_nothing(care):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(page(care), {"helped": "yes"}).status_code == 403
    assert counts() == []
    strict.cookies["rated"] = "00000000 forged:signature"
    assert "Tak, pomogło" in strict.get(page(care)).content.decode()


def test_what_is_not_public_is_not_rated(client, care):
    draft = make_service("Tajemnica", status="draft")
    assert client.get(page(draft)).status_code == client.post(page(draft), {"helped": "yes"}).status_code == 404
    assert client.get(LIST).status_code == 302
    assert client.put(page(care)).status_code == 405


def test_who_has_answered_still_reads_kept_pages(client, care, settings):
    settings.PAGES_KEPT_FOR = 60
    cache.clear()
    client.post(page(care), {"helped": "yes"})
    address = reverse("services:detail", args=[care.slug])
    for _time in range(3):
        kept = client.get(address)
    cache.clear()
    assert kept["ETag"]
    assert page(care) in kept.content.decode()
    assert "csrfmiddlewaretoken" not in kept.content.decode()


def test_the_organiser_reads_the_counts_and_nobody_changes_them(sign_in, beata, hania, client, care):
    client.post(page(care), {"helped": "no"})
    rating = Rating.objects.get()
    change = reverse("admin:services_rating_change", args=[rating.pk])
    listed = sign_in(beata).get(reverse("admin:services_rating_changelist"))
    assert "Usługi opiekuńcze" in listed.content.decode()
    assert sign_in(beata).post(change, {"failed": 0}).status_code == 403
    assert sign_in(hania).get(change).status_code in (403, 404)
