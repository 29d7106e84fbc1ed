"""What a malicious neighbour, a curious colleague and a second tab try: nothing leaks, nothing is lost."""

import re
import uuid

import pytest
import time_machine
from django.test import Client

from cus_portal.files import shown_name
from cus_portal.throttle import client_address, remote_address
from residents.actions import answer_question, ask_resident
from residents.models import RequestQuestion, ServiceRequest
from tests import personas
from tests.coordination_world import make_case, make_referral
from tests.factories import NOW, holder_of, make_notice, make_request
from tests.intake import ANSWER, DONE, STATUS, TRACK, errors, html, prove

CALL = "/oddzwonimy/"
ADD = "/admin/residents/servicerequest/add/"
ODD_NUMBERS = ["²", "٣", "9" * 30, "9" * 5000, "-1", "\x00", "1 OR 1=1"]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def call_form(client):
    make_notice()
    initial = client.get(CALL).context["form"].initial
    return {name: initial[name] for name in ("token", "notice")}


# -- one filing under one token ---------------------------------------------------------------------
def test_a_token_found_on_a_shared_phone_gives_nobody_the_number_of_another(client, db):
    hidden = call_form(client)
    client.post(CALL, hidden | {"phone": "600100200", "name": "Wilga"})
    first = ServiceRequest.objects.get()
    for neighbour in (client, Client()):
        neighbour.post(CALL, hidden | {"phone": "601999888", "name": "Gil"})
        shown = html(neighbour.get(DONE))
        assert first.reference not in shown
        assert first.access_code not in shown
    assert ServiceRequest.objects.count() == 2


def test_the_next_caller_typed_over_the_last_form_is_filed_at_the_desk(sign_in, ola):
    client = sign_in(ola)
    token = {"submit_token": str(uuid.uuid4()), "channel": "phone", "received_on": "12.11.2026", "own_words": "zakupy"}
    pages = [client.post(ADD, token | {"last_name": name}).url for name in ("Wilga", "Gil", "Gil")]
    assert pages[0] != pages[1] == pages[2]
    assert ServiceRequest.objects.count() == 2


def test_after_finishing_a_form_still_on_the_screen_is_not_sent_again(db):
    client = Client(enforce_csrf_checks=True)
    hidden = call_form(client) | {"phone": "600100200"}
    hidden["csrfmiddlewaretoken"] = client.cookies["csrftoken"].value
    assert client.post(CALL, hidden).url == DONE
    client.post("/moja-sprawa/zakoncz/", {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    assert client.post(CALL, hidden).status_code == 403
    assert client.get(DONE).url == TRACK


# -- guessing and locking out -----------------------------------------------------------------------
def test_a_neighbour_at_one_address_locks_nobody_out_of_his_request(client, db):
    request = make_request()
    for minute in range(0, 55, 5):
        with time_machine.travel(NOW.replace(minute=minute), tick=False):
            for _guess in range(40):
                Client(REMOTE_ADDR="10.0.0.1").post(TRACK, {"reference": request.reference, "code": "ABC-DEF-GHJ"})
    assert prove(client, request).url == STATUS


def test_an_ipv6_subscriber_has_one_address_to_guess_from(rf):
    addresses = {client_address(rf.get("/", REMOTE_ADDR=f"2001:db8:1:2::{tail:x}")) for tail in range(1, 9)}
    assert addresses == {"2001:db8:1:2::/64"}


def test_a_forged_header_changes_nothing_where_no_proxy_of_ours_stands(rf, settings):
    forged = rf.get("/", headers={"X-Forwarded-For": "9.9.9.9"}, REMOTE_ADDR="10.0.0.1")
    assert client_address(forged) == remote_address(forged) == "10.0.0.1"
    settings.PROXY_COUNT = 1
    assert remote_address(rf.get("/", headers={"X-Forwarded-For": "cokolwiek"})) is None


def test_a_password_guessed_at_behind_our_proxy_locks_its_guesser_only(db, settings, ola):
    settings.PROXY_COUNT = 1
    guess = {"username": ola.email, "password": "zgaduje-zgaduje"}
    for _time in range(5):
        Client().post("/logowanie/", guess, headers={"X-Forwarded-For": "9.9.9.9"})
    right = {"username": ola.email, "password": personas.PASSWORD}
    locked = Client().post("/logowanie/", right, headers={"X-Forwarded-For": "9.9.9.9"})
    welcome = Client().post("/logowanie/", right, headers={"X-Forwarded-For": "10.1.1.1"})
    assert (locked.status_code, welcome.status_code) == (429, 302)


# -- a stale page -----------------------------------------------------------------------------------
def test_the_answer_to_an_earlier_question_is_not_taken_for_the_next_one(client, ola):
    request = make_request()
    ask_resident(request, text="Czy mieszka Pani sama?", by=ola, now=NOW)
    prove(client, request)
    shown = re.search(r'name="question" value="(\d+)"', html(client.get(ANSWER)))[1]
    answer_question(request, answer="tak", by=holder_of(request), now=NOW)
    ask_resident(request, text="Czy rezygnuje Pani z obiadów?", by=ola, now=NOW)
    late = client.post(ANSWER, {"question": shown, "answer": "tak, sama"})
    assert "tak, sama" in html(late)
    assert "Czy rezygnuje Pani z obiadów?" in html(late)
    assert list(errors(late)) == ["__all__"]
    assert RequestQuestion.objects.get(answered_at=None).answer == ""


# -- what stays behind ------------------------------------------------------------------------------
def test_no_cache_keeps_a_page_of_somebody_who_signed_in(sign_in, ewa, tomek, pcpr):
    referral = make_referral(make_case(tomek), pcpr, opened=True)
    client = sign_in(ewa)
    for url in ("/praca/skierowania/", referral.get_absolute_url(), "/haslo/", "/uslugi/"):
        assert "no-store" in client.get(url)["Cache-Control"]
    client.logout()
    assert not client.get("/uslugi/").has_header("Cache-Control")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("48030500029.pdf", "dokument"),
        ("skan 480305-00029.pdf", "skan"),
        ("480305 00029 orzeczenie.pdf", "orzeczenie"),
        ("skan 12.11.2026.pdf", "skan 12.11.2026"),
        ("..\\..\\etc/passwd\r\n.pdf", "passwd"),
    ],
)
def test_a_pesel_in_a_files_name_is_not_kept(name, shown):
    assert shown_name(name) == shown
