"""Following a request by number and code: whose turn it is, answering, withdrawing; and what the mails say."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from cus_portal.throttle import client_address
from residents.actions import answer_question, ask_resident, offer_place, settle_if_decided, waitlist_item
from residents.models import QueuePlace, ServiceRequest
from residents.views import base
from residents.workflow import ITEM
from tests.factories import NOW, TODAY, at, holder_of, make_request, make_service
from tests.intake import ANSWER, DONE, MAIL, NEW, STATUS, TRACK, errors, html, prove, scan


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


# -- following ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed", ["CUS-2026-0001", "cus-2026-0001", " CUS 2026 0001 ", "cus20260001", "2026/1", "nr CUS–2026–0001"]
)
def test_number_and_code_are_understood_as_people_write_them(client, db, typed):
    request = make_request()
    code = request.access_code.replace("-", " ").lower()
    assert client.post(TRACK, {"reference": typed, "code": code}).url == STATUS


def test_an_unknown_number_and_a_wrong_code_look_the_same(client, db):
    request = make_request()
    wrong = client.post(TRACK, {"reference": request.reference, "code": "ABC-DEF-GHJ"})
    unknown = client.post(TRACK, {"reference": "CUS-2026-9999", "code": request.access_code})
    odd = client.post(TRACK, {"reference": "cokolwiek", "code": "x"})
    assert errors(wrong) == errors(unknown) == errors(odd)
    assert list(errors(wrong)) == ["__all__"]
    assert client.get(STATUS).url == TRACK
    assert not AuditEvent.objects.filter(action=AuditEvent.READ).exists()


def test_guessing_is_stopped_by_number_even_with_the_right_code(client, db, monkeypatch):
    monkeypatch.setattr(base, "TRIES_BY_NUMBER", 10)
    request = make_request()
    for guess in range(10):
        client.post(TRACK, {"reference": request.reference, "code": "ABC-DEF-GHJ"}, REMOTE_ADDR=f"10.0.0.{guess}")
    blocked = client.post(TRACK, {"reference": request.reference, "code": request.access_code}, REMOTE_ADDR="10.0.0.99")
    assert "Za dużo prób" in errors(blocked)["__all__"][0]
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert prove(client, request).url == STATUS


def test_guessing_is_stopped_by_address_whatever_the_number(client, db):
    request = make_request()
    for guess in range(10):
        client.post(TRACK, {"reference": f"CUS-2026-{guess:04d}", "code": "ABC-DEF-GHJ"})
    assert "Za dużo prób" in errors(prove(client, request))["__all__"][0]


def test_the_address_behind_our_proxy_is_counted(rf, settings):
    request = rf.get("/", headers={"X-Forwarded-For": "1.1.1.1, 2.2.2.2"})
    assert client_address(request) == "127.0.0.1"
    settings.PROXY_COUNT = 1
    assert client_address(request) == "2.2.2.2"


def test_the_status_says_whose_turn_it_is_and_until_when(client, ola):
    request = make_request(needs=[(make_service(), ""), (None, "obiady")], applicant=MAIL)
    prove(client, request)
    page = html(client.get(STATUS))
    assert "Mamy Twoje zgłoszenie" in page
    assert "do 26 listopada 2026" in page
    assert "Terapia logopedyczna" in page
    ask_resident(request, text="Prosimy o skan orzeczenia.", by=ola, now=at(date(2026, 11, 16)))
    page = html(client.get(STATUS))
    assert "Twoja kolej" in page
    assert "Prosimy o skan orzeczenia." in page
    assert "czekamy na Ciebie" in page
    assert "Ola" not in page
    assert "Wrona" not in page


def test_the_number_to_be_read_out_on_the_phone_does_not_break_over_a_line(client, db):
    request = make_request()
    prove(client, request)
    assert f'podaj numer <span class="text-nowrap">{request.reference}</span>.' in client.get(STATUS).content.decode()


def test_the_day_past_due_is_called_late(client, db):
    request = make_request()
    with time_machine.travel(at(date(2026, 11, 27)), tick=False):
        prove(client, request)
        assert "spóźnia" in html(client.get(STATUS))


def test_a_refusal_is_told_when_it_is_signed_and_not_when_it_is_proposed(client, tomek):
    request = make_request()
    ITEM.move(request.items.get(), "propose_refusal", by=tomek, reason="brak miejsca zamieszkania")
    prove(client, request)
    page = html(client.get(STATUS))
    assert "rozpatrujemy" in page
    assert "odmow" not in page
    assert "brak miejsca zamieszkania" not in page


def test_the_place_on_the_waiting_list_is_shown(client, tomek):
    speech = make_service()
    requests = [make_request(needs=[(speech, "")]) for _number in range(3)]
    for request in requests:
        waitlist_item(request.items.get(), by=tomek, now=NOW)
    prove(client, requests[2])
    assert "miejsce 3" in html(client.get(STATUS))
    places = list(QueuePlace.objects.order_by("pk"))
    assert list(QueuePlace.objects.numbers_of(places).values()) == [1, 2, 3]


def test_a_free_place_is_taken_on_the_page_and_who_still_waits_says_so(client, tomek):
    row = make_service().programme_services.get()
    request = make_request(needs=[(row.service, "")], now=NOW - timedelta(40))
    need = waitlist_item(request.items.get(), by=tomek, now=NOW)
    answer = reverse("residents:place_answer", args=[1])
    with time_machine.travel(NOW, tick=False):
        prove(client, request)
        assert answer in html(client.get(STATUS))
        client.post(answer, {"answer": "confirm"})
        assert QueuePlace.objects.get(item=need).confirmed_on == TODAY
        assert answer not in html(client.get(STATUS))
        need.refresh_from_db()
        offer_place(need, by=tomek, now=NOW)
        assert "jest dla Ciebie miejsce" in html(client.get(STATUS))
        assert "19 listopada 2026" in html(client.get(answer))
        client.post(answer, {"answer": "nonsense"})
        client.post(answer, {"answer": "accept"})
        need.refresh_from_db()
        assert need.status == "qualified"
        again = client.post(answer, {"answer": "accept"}, follow=True)  # pressed twice
        assert "W międzyczasie coś się zmieniło" in html(again)


def test_an_answer_with_a_file_gives_the_turn_back(client, ola):
    request = make_request()
    ask_resident(request, text="Prosimy o skan.", by=ola, now=NOW)
    prove(client, request)
    assert list(errors(client.post(ANSWER, {"answer": ""}))) == ["answer"]
    bad = client.post(ANSWER, {"answer": "Proszę", "files": [scan("a.exe", b"MZ" + b"\0" * 99)]})
    assert list(errors(bad)) == ["files"]
    assert "Proszę" in html(bad)
    assert client.post(ANSWER, {"answer": "Proszę", "files": [scan()]}).url == STATUS
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.IN_REVIEW
    assert request.questions.get().answer == "Proszę"
    assert "orzeczenie.pdf" in html(client.get(STATUS))
    assert client.get(ANSWER).url == STATUS


def test_a_document_may_be_added_without_being_asked(client, db):
    request = make_request()
    prove(client, request)
    assert list(errors(client.post("/moja-sprawa/dokumenty/", {}))) == ["files"]
    assert client.post("/moja-sprawa/dokumenty/", {"files": [scan()]}).url == STATUS
    assert request.attachments.count() == 1


def test_a_need_is_withdrawn_by_the_name_the_resident_knows(client, db):
    service = make_service(plain_name="Pomoc w domu", name="Usługi opiekuńcze")
    prove(client, make_request(needs=[(service, ""), (None, "obiady")]))
    page = html(client.get("/moja-sprawa/wycofaj/1/"))
    assert "Pomoc w domu" in page
    assert "Usługi opiekuńcze" not in page


def test_one_need_and_then_all_are_withdrawn_after_a_question(client, db):
    request = make_request(needs=[(None, "opieka"), (None, "obiady")])
    prove(client, request)
    assert "opieka" in html(client.get("/moja-sprawa/wycofaj/1/"))
    assert request.items.undecided().count() == 2
    assert client.post("/moja-sprawa/wycofaj/1/").url == STATUS
    assert list(request.items.values_list("status", flat=True)) == ["withdrawn", "submitted"]
    assert client.post("/moja-sprawa/wycofaj/").url == STATUS
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.WITHDRAWN
    assert client.post("/moja-sprawa/wycofaj/").url == STATUS  # a second click
    assert "wycofane" in html(client.get(STATUS))


def test_a_place_on_the_waiting_list_can_be_given_up_after_the_request_is_settled(client, tomek):
    request = make_request()
    ITEM.move(request.items.get(), "waitlist", by=tomek, decided_at=NOW, decided_by=tomek)
    settle_if_decided(request, by=tomek, now=NOW)
    prove(client, request)
    assert "/moja-sprawa/wycofaj/1/" in html(client.get(STATUS))
    assert client.post("/moja-sprawa/wycofaj/1/").url == STATUS
    request.refresh_from_db()
    assert (request.status, request.items.get().status) == ("settled", "withdrawn")


def test_a_need_of_another_request_is_out_of_reach(client, db):
    mine, other = make_request(), make_request(needs=[(None, "opieka"), (None, "obiady")])
    prove(client, mine)
    assert client.post("/moja-sprawa/wycofaj/2/").status_code == 404
    assert other.items.undecided().count() == 2


@pytest.mark.parametrize("path", [STATUS, ANSWER, "/moja-sprawa/dokumenty/", "/moja-sprawa/wycofaj/", DONE])
def test_a_stranger_is_asked_for_number_and_code(client, ola, path):
    request = make_request()
    ask_resident(request, text="Prosimy o skan.", by=ola, now=NOW)
    assert client.get(path).url == TRACK
    if path != DONE:
        assert client.post(path, {"answer": "x"}).url == TRACK
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.WAITING


def test_the_device_forgets_after_half_an_hour_and_at_once_when_told(client, db):
    request = make_request()
    prove(client, request)
    with time_machine.travel(NOW + timedelta(minutes=31), tick=False):
        assert client.get(STATUS).url == TRACK
    prove(client, request)
    assert client.get(STATUS).status_code == 200
    client.post("/moja-sprawa/zakoncz/")
    assert client.get(STATUS).url == TRACK
    assert request.reference not in html(client.get(TRACK))


def test_pages_about_a_person_are_kept_in_no_cache(client, db):
    request = make_request()
    prove(client, request)
    for path in (NEW, TRACK, STATUS, "/oddzwonimy/"):
        assert "no-store" in client.get(path)["Cache-Control"]


def test_looking_by_number_and_code_is_recorded(client, db):
    request = make_request()
    prove(client, request)
    seen = AuditEvent.objects.get(action=AuditEvent.READ)
    assert (seen.object_id, seen.facts) == (request.pk, {"screen": "track"})


def test_the_number_of_a_mails_link_is_filled_in(client, db):
    assert 'value="CUS-2026-0147"' in html(client.get(f"{TRACK}?nr=CUS-2026-0147"))


# -- mails --------------------------------------------------------------------------------------
def test_the_receipt_holds_number_and_code_and_nothing_about_the_person(db):
    speech = make_service()
    request = make_request(needs=[(speech, "")], applicant=MAIL)
    message = Message.objects.get()
    mail = compose(message)
    assert mail.to == ["krystyna@demo.example"]
    assert mail.subject == "Potwierdzenie nr CUS-2026-0001"
    html = mail.alternatives[0].content
    for body in (mail.body, html):
        assert request.access_code in body
        assert "/moja-sprawa/" in body
        for secret in ("Krystyna", "Wilga", "logopedyczna", "600 100 200"):
            assert secret not in body
    assert request.access_code not in str(message.context)


def test_the_mail_about_a_question_is_dropped_when_it_was_answered_first(ola):
    request = make_request(applicant=MAIL)
    ask_resident(request, text="Prosimy o skan orzeczenia.", by=ola, now=NOW)
    message = Message.objects.get(template="question_asked")
    mail = compose(message)
    assert mail.subject == "Twoja kolej w sprawie nr CUS-2026-0001"
    assert "orzeczenia" not in mail.body
    answer_question(request, answer="tak", by=holder_of(request), now=NOW)
    assert compose(message) is None
