"""What the resident's pages say in danger and once a request is sent."""

import re

import pytest
import time_machine

from residents.models import ServiceRequest
from tests.factories import NOW, make_notice, make_service
from tests.intake import CHECK, DONE, NEW, STATUS, begin, fill, html, send

LEAVE = 'action="/zgloszenie/wyjscie/"'


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def speech(db):
    return make_service(slug="terapia-logopedyczna")


def test_words_of_danger_bring_the_way_out_to_each_step_the_receipt_and_the_pages_of_the_request(client, db):
    make_notice()
    fill(client, needs={"own_words": "mąż mnie bije i boję się wrócić do domu"})
    for path in (
        NEW,
        "/zgloszenie/pilne/",
        "/zgloszenie/ty/",
        "/zgloszenie/kontakt/",
        CHECK,
        "/zgloszenie/na-pozniej/",
    ):
        assert LEAVE in html(client.get(path)), path
    assert send(client).url == DONE
    own = ("wiadomosci", "kontakt", "dokumenty", "wycofaj", "kto-ogladal")
    for path in (DONE, STATUS, *(f"/moja-sprawa/{name}/" for name in own)):
        assert LEAVE in html(client.get(path)), path


def test_who_wrote_of_danger_reads_after_sending_whom_to_call_and_that_it_is_read_first(client, db):
    make_notice()
    fill(client, needs={"own_words": "mąż mnie bije"})
    send(client)
    for path in (DONE, STATUS):
        page = html(client.get(path))
        assert "112" in page
        assert "116 123" in page
        assert "przeczytamy to jako pierwsze" in page
        assert "Wyślij też" not in page
    assert "Nie musisz teraz nic robić" not in html(client.get(STATUS))


def test_the_way_out_is_on_the_page_where_a_number_is_left(client, db):
    assert LEAVE in html(client.get("/oddzwonimy/"))


def test_who_left_a_number_reads_that_we_call_it_and_sees_a_wrong_digit(client, db):
    page = client.get("/oddzwonimy/")
    hidden = {name: page.context["form"].initial[name] for name in ("token", "notice")}
    client.post("/oddzwonimy/", hidden | {"phone": "600100299", "contact_note": "rano"})
    page = html(client.get(DONE))
    assert "<h1>Oddzwonimy do Ciebie</h1>" in page
    assert "600 100 299" in page
    assert 'href="/moja-sprawa/kontakt/"' in page


def test_going_back_after_sending_says_that_it_is_sent_already_and_lets_another_be_written(client, speech):
    make_notice()
    assert "jest już wysłane" not in html(client.get(NEW))
    fill(client)
    send(client)
    filed = ServiceRequest.objects.get()
    for path in (CHECK, "/zgloszenie/kontakt/"):
        assert client.get(path).url == DONE
    page = html(client.get(NEW))
    assert "jest już wysłane" in page
    assert filed.reference in page
    assert "Jeszcze nie wysłane" not in page
    begin(client, {"own_words": "obiady"})
    assert client.get(CHECK).url == "/zgloszenie/ty/"
    page = html(client.get(NEW))
    assert "jest już wysłane" not in page
    assert "Jeszcze nie wysłane" in page


def test_what_a_way_of_contact_needs_is_not_called_optional(client, speech):
    make_notice()
    fill(client)
    page = html(client.get("/zgloszenie/kontakt/"))
    assert "Potrzebny, gdy mamy zadzwonić." in page
    for name in ("phone", "email", "address"):
        label = re.search(rf'<label for="id_{name}">(.*?)</label>', page, re.S)[1]
        assert "nieobowiązkowe" not in label, name
    assert page.index('id="id_safe_contact"') < page.index('id="id_safe_contact_helptext"')
    assert "Na końcu zapisz numer i kod" in page
    send(client)
    assert "Na końcu zapisz numer i kod" not in html(client.get("/moja-sprawa/kontakt/"))


@pytest.mark.parametrize("address", ["od-nowa", "wyjscie"])
def test_opening_an_address_that_is_only_pressed_leads_back_and_deletes_nothing(client, speech, address):
    begin(client)
    assert client.get(f"/zgloszenie/{address}/").url == NEW
    assert client.get("/zgloszenie/ty/").status_code == 200
