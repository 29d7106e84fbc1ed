"""Kept pages: the same bytes for everybody who has not signed in, gone at once when something is published."""

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from services.models import Alert, Location, Service
from services.publishing import renew_stamp
from tests.factories import TODAY, at, make_service, publish_again

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/uslugi/"


@pytest.fixture(autouse=True)
def keeping(settings):
    settings.PAGES_KEPT_FOR = 300
    cache.clear()
    yield
    cache.clear()


def warm(client, address):
    """Ask twice: the first answer of an empty cache only makes its stamp."""
    client.get(address)
    return client.get(address)


def queries(client, address, **headers):
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address, **headers)
    return len(captured), response


def test_a_kept_page_asks_the_database_nothing_and_is_the_same(client):
    service = make_service("Logopeda", featured=1)
    for address in ("/", LIST, LIST + "?delivery=on_site", "/mapa/", service.get_absolute_url(), "/uk" + LIST):
        fresh = warm(client, address)
        count, kept = queries(client, address)
        assert count == 0, address
        assert kept.content == fresh.content
        headers = ("Content-Type", "Content-Security-Policy", "Vary", "Cache-Control", "ETag", "X-Frame-Options")
        assert {name: kept.get(name) for name in headers} == {name: fresh.get(name) for name in headers}
        assert kept["Cache-Control"] == "no-cache"
        assert "Vary" not in kept  # one copy for everybody, wherever it is kept


def test_a_kept_page_stands_in_the_log_without_what_was_asked(client, caplog):
    make_service("Logopeda", featured=1)
    warm(client, LIST + "?delivery=on_site")
    caplog.clear()
    with caplog.at_level("INFO"):
        client.get(LIST + "?delivery=on_site", headers={"referer": "https://gdzies.example/"})
    said = [record.msg for record in caplog.records if "page_from_cache" in str(record.msg)]
    assert [(line["request"], line["code"]) for line in said] == [("GET /uslugi/", 200)]
    assert "on_site" not in str(said)
    assert "gdzies" not in str(said)


def test_a_kept_page_holds_no_token_and_no_session(client):
    service = make_service("Logopeda", featured=1)
    for address in ("/", LIST, "/mapa/", service.get_absolute_url()):
        page = warm(client, address)
        assert not page.cookies
        assert b"csrfmiddlewaretoken" not in page.content


def test_a_publication_empties_the_cache_at_once(client):
    service = make_service("Stara nazwa")
    warm(client, LIST)
    Service.objects.update(plain_name="Nowa nazwa")
    assert "Stara nazwa" in client.get(LIST).content.decode()
    publish_again(service)
    assert "Nowa nazwa" in client.get(LIST).content.decode()


def test_what_is_rolled_back_empties_nothing(client):
    service = make_service("Nazwa")
    warm(client, LIST)
    with transaction.atomic():
        publish_again(service)
        transaction.set_rollback(True)
    assert queries(client, LIST)[0] == 0


def test_an_alert_is_shown_at_once(client):
    make_service()
    warm(client, LIST)
    Alert.objects.create(text="Awaria telefonu.", first_on=TODAY)
    renew_stamp()
    assert "Awaria telefonu." in client.get(LIST).content.decode()


def test_a_browser_that_has_the_page_gets_no_second_copy(client):
    make_service()
    etag = warm(client, LIST)["ETag"]
    response = client.get(LIST, headers={"if-none-match": etag})
    assert (response.status_code, response.content) == (304, b"")
    publish_again(make_service("Nowa"))
    assert client.get(LIST, headers={"if-none-match": etag}).status_code == 200


def test_who_signed_in_gets_no_kept_page_and_leaves_none(client, sign_in, bartek):
    make_service()
    staff = sign_in(bartek)
    for _twice in range(2):
        page = staff.get(LIST)
        assert "no-store" in page["Cache-Control"]
        assert "wylogowanie" in page.content.decode()
    assert "wylogowanie" not in type(client)().get(LIST).content.decode()


@pytest.mark.parametrize(
    "query",
    [
        *("?fbclid=1", "?q=logopeda", "?page=1", "?page=02", "?page=9", "?page=1000000000", "?delivery=nonsense"),
        *("?delivery=on_site&price=free", "?price=free&price=free", "?na-dzien=2024-01-01", "?delivery=on%5Fsite"),
    ],
)
def test_an_odd_address_fills_nothing(client, query):
    make_service()
    warm(client, LIST)
    before = stored()
    client.get(LIST + query)
    client.get(LIST + query)
    assert stored() == before
    assert client.get(make_service().get_absolute_url() + "?x=1").status_code == 200
    assert stored() == before


def stored():
    return cache._cache.get_client(None).dbsize()


def test_the_form_as_a_browser_sends_it_is_kept(client):
    make_service()
    blank = "?q=&group=&place=&topic=&area=&price=free&delivery=&at=&open=&na-dzien="
    warm(client, LIST + blank)
    assert queries(client, LIST + blank)[0] == 0


def test_a_language_has_its_own_page(client):
    make_service()
    polish, english = warm(client, LIST), warm(client, "/en" + LIST)
    assert '<html lang="en">' in english.content.decode()
    assert client.get(LIST).content == polish.content


@pytest.mark.parametrize(("hour", "minute", "seconds"), [(12, 0, 300), (15, 28, 120), (23, 59, 60)])
def test_a_page_is_kept_no_longer_than_it_is_true(client, time_machine, hour, minute, seconds):
    time_machine.move_to(at(TODAY, hour, minute), tick=False)
    place = Location.objects.create(code="cus", name="Centrum")
    place.hours.create(weekday=TODAY.weekday(), opens_at="07:30", closes_at="15:30")
    service = make_service()
    service.locations.add(place)
    publish_again(service)
    for address in (LIST, service.get_absolute_url(), "/mapa/"):
        assert client.get(address).kept_for == seconds


def test_without_redis_the_pages_are_there(client, settings):
    make_service("Logopeda")
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    for _twice in range(2):
        assert "Logopeda" in client.get(LIST).content.decode()
