"""The register of unmet needs: counted without a trace of who asked, bounded, and answered by the organiser."""

from datetime import date, timedelta
from urllib.parse import unquote_plus

import pytest
from django.core.cache import cache
from django.urls import reverse

from cus_portal.audit.models import AuditEvent
from services import unmet
from services.models import UnmetSearch, UnmetSearchMonth
from services.publishing import publish_all
from services.tasks import write_down_unmet_searches
from services.unmet import count_unmet, storable, write_down
from tests.factories import NOW, make_area, make_locality, make_service

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def empty_counts():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def care():
    service = make_service("Usługi opiekuńcze", keywords="opiekunka")
    publish_all(now=NOW)
    return service


def ask(*texts, people=2, on=TODAY):
    for text in texts:
        for person in range(people):
            count_unmet(text, address=f"10.0.0.{person}", on=on)


def register():
    return dict(UnmetSearch.objects.values_list("text", "number"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Gdzie jest żłobek?", "żłobek"),
        ("żłobek 44051401359", "żłobek"),
        ("żłobek tel. 601 234 567, +48601234567", "żłobek tel"),
        ("żłobek jan.kowalski@wp.pl", "żłobek"),
        ("https://example.org/jan ul. Lubelska 5/3", "ul lubelska"),
        ("mój sąsiad z Lubelskiej trzyma psa na łańcuchu bez wody od tygodnia", ""),  # a story
        ("czy to dla mnie", ""),
        ("44051401359", ""),
        ("\x00 \ud800 😀", ""),
    ],
)
def test_of_a_question_only_a_few_telling_words_are_kept(text, kept):
    assert storable(text) == kept


def test_a_search_that_finds_nothing_is_written_down_when_somebody_else_asks_the_same(client, care):
    for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
        page = client.get("/uslugi/", {"q": "hipopotam"}, REMOTE_ADDR=address)  # the client fails where a GET writes
        assert page.status_code == 200
    client.get("/uslugi/", {"q": "żyrafa"}, REMOTE_ADDR="10.0.0.1")
    client.get("/uslugi/", {"q": "opiekunka"}, REMOTE_ADDR="10.0.0.1")
    client.get("/uslugi/", {"q": "opiekunka"}, REMOTE_ADDR="10.0.0.2")
    write_down_unmet_searches()
    write_down_unmet_searches()
    assert register() == {"hipopotam": 2}  # of one address once a day; the giraffe was asked for by one alone


def test_the_place_and_the_area_chosen_beside_the_words_are_counted_with_them(client, care):
    place, area = make_locality("Wronów"), make_area(3)
    publish_all(now=NOW)
    asked = [{"place": place.code}, {"place": place.code, "area": area.code}, {"area": "nonsense"}]
    for number, chosen in enumerate(asked):
        client.get("/uslugi/", {"q": "hipopotam", **chosen}, REMOTE_ADDR=f"10.0.0.{number}")
    write_down_unmet_searches()
    for number, chosen in enumerate(asked[:1], start=5):
        client.get("/uslugi/", {"q": "hipopotam", **chosen}, REMOTE_ADDR=f"10.0.0.{number}")
    write_down_unmet_searches()
    assert register() == {"hipopotam": 4}
    found = UnmetSearchMonth.objects.values_list("locality__name", "area__number", "number")
    assert set(found) == {("Wronów", None, 2), ("Wronów", 3, 1), (None, None, 1)}


def test_a_search_without_an_answer_costs_no_more_queries(client, care, django_assert_num_queries):
    client.get("/uslugi/")
    with django_assert_num_queries(2):  # the stamp, and what the words mean
        client.get("/uslugi/", {"q": "hipopotam żyrafa"})


def test_a_filter_that_hides_what_was_found_is_no_unmet_need(client, care):
    for address in ("10.0.0.1", "10.0.0.2"):
        client.get("/uslugi/", {"q": "opiekunka", "delivery": "remote"}, REMOTE_ADDR=address)
    write_down_unmet_searches()
    assert register() == {}


def test_known_searches_go_on_being_counted_by_month():
    ask("hipopotam", on=TODAY)
    write_down(on=TODAY)
    later = TODAY + timedelta(days=20)
    cache.clear()
    ask("hipopotam", people=1, on=later)
    write_down(on=later)
    search = UnmetSearch.objects.get()
    assert (search.number, search.last_month) == (3, date(2026, 12, 1))
    assert [(row.month, row.number) for row in search.months.all()] == [(date(2026, 12, 1), 1), (date(2026, 11, 1), 2)]


def test_last_months_counts_are_not_lost_at_midnight():
    ask("hipopotam", on=date(2026, 11, 30))
    write_down(on=date(2026, 12, 1))
    assert register() == {"hipopotam": 2}


def test_a_malicious_neighbour_fills_neither_redis_nor_the_register(monkeypatch):
    ask(*(f"{letter}olek" for letter in "abcdefghijklmnopqrstuvwxyz"))
    assert len(cache.tallied("unmet:2026-11")) == unmet.MOST_A_DAY
    monkeypatch.setattr(unmet, "MOST_KEPT", 5)
    write_down(on=TODAY)
    write_down(on=TODAY)
    assert UnmetSearch.objects.count() == 5
    monkeypatch.setattr(unmet, "MOST_COUNTED", 3)
    cache.clear()
    ask("kotek", "piesek", "chomik", "rybka")
    assert len(cache.tallied("unmet:2026-11")) == 3


def test_what_nobody_asked_for_two_years_is_forgotten():
    ask("hipopotam")
    write_down(on=TODAY)
    write_down(on=TODAY + timedelta(days=700))
    assert UnmetSearch.objects.exists()
    write_down(on=TODAY + timedelta(days=800))
    assert not UnmetSearch.objects.exists()


def test_while_redis_is_away_the_page_answers_and_nothing_is_counted(client, care, settings):
    settings.CACHES = {**settings.CACHES, "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1"}}
    assert client.get("/uslugi/", {"q": "hipopotam"}).status_code == 200
    write_down(on=TODAY)
    assert register() == {}


# -- the organiser's answer -----------------------------------------------------------------------
def page(search):
    return reverse("admin:services_unmetsearch_change", args=[search.pk])


def decide(client, search, name):
    response = client.post(reverse("admin:services_unmetsearch_move", args=[search.pk, name]))
    search.refresh_from_db()
    return response


def test_the_organiser_adds_a_synonym_for_what_was_not_found(sign_in, beata):
    ask("niania do dziecka")
    write_down(on=TODAY)
    search, client = UnmetSearch.objects.get(), sign_in(beata)
    assert "niania dziecka" in client.get(reverse("admin:services_unmetsearch_changelist")).content.decode()
    assert "11.2026: 2" in client.get(page(search)).content.decode()
    response = decide(client, search, "synonym")
    assert unquote_plus(response["Location"]) == f"{reverse('admin:services_synonym_add')}?words=niania dziecka"
    assert client.get(response["Location"]).context["adminform"].form["words"].value() == "niania dziecka"
    assert search.decision == "synonym"
    assert AuditEvent.objects.filter(action="unmetsearch.synonym").count() == 1


def test_what_is_decided_waits_no_more_and_may_be_decided_again(sign_in, beata):
    ask("hipopotam")
    write_down(on=TODAY)
    search, client = UnmetSearch.objects.get(), sign_in(beata)
    for name in ("missing", "none", "ignored"):
        decide(client, search, name)
        assert (search.decision, search.decided_at is None) == (name, name == "none")
    assert not UnmetSearch.objects.undecided().exists()
    cache.clear()
    ask("hipopotam")
    write_down(on=TODAY)
    search.refresh_from_db()
    assert (search.number, search.decision) == (4, "ignored")


def test_nobody_else_reads_the_register_or_decides(sign_in, ola, hania):
    ask("hipopotam")
    write_down(on=TODAY)
    search = UnmetSearch.objects.get()
    for user in (ola, hania):
        assert sign_in(user).get(page(search)).status_code in (403, 404)
        assert decide(sign_in(user), search, "ignored").status_code in (403, 404)
        assert not UnmetSearch.objects.visible_to(user).exists()
    assert search.decision == "none"
