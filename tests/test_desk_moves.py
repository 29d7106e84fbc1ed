"""The desk: every move by its button, and what the second of two people is told."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from residents.actions import propose_refusal, qualify_item, take_up
from residents.models import Case, RequestItem, Resident, ServiceRequest
from tests.desk import GROUNDS, NEEDS, PDF, PESEL, QUEUE, file_today, move, now, page, told, words
from tests.factories import PERSON, make_case, make_resident


@pytest.fixture
def filed(db):
    return file_today(applicant=PERSON | {"pesel": PESEL})


# -- moves ---------------------------------------------------------------------------------------
def test_a_clerk_takes_a_request_up_by_one_button(sign_in, filed, ola):
    client = sign_in(ola)
    shown = client.get(page(filed)).content.decode()
    assert f'action="{move(filed, "take_up")}"' in shown
    response = client.post(move(filed, "take_up"), {"version": filed.version})
    assert response.url == page(filed)
    filed.refresh_from_db()
    assert (filed.status, filed.assigned_to) == ("in_review", ola)
    assert "Podjęto zgłoszenie" in words(client.get(page(filed)))


def test_of_two_clerks_the_second_is_told_who_and_when(sign_in, filed, ola, beata):
    client = sign_in(beata)
    seen = filed.version
    take_up(filed, by=ola, now=now())
    response = client.post(move(filed, "take_up"), {"version": seen})
    assert response.status_code == 200
    assert "Ola Wrona" in words(response)
    filed.refresh_from_db()
    assert filed.assigned_to == ola


def test_a_move_that_can_no_longer_be_made_offers_no_button(sign_in, filed, ola, beata):
    take_up(filed, by=beata, now=now())
    late = sign_in(ola).post(move(filed, "take_up"), {"version": "1"})
    assert "Beata Sowa" in words(late)
    assert "Wróć bez zmian" in words(late)
    assert ">Podejmij</button>" not in late.content.decode()


def test_a_stale_page_is_refused_and_keeps_what_was_typed(sign_in, filed, ola, beata):
    stale = filed.version
    take_up(filed, by=beata, now=now())
    client = sign_in(ola)
    response = client.post(move(filed, "ask"), {"version": stale, "text": "Proszę podać numer domu."})
    assert "Beata Sowa" in words(response)
    assert "Proszę podać numer domu." in response.content.decode()
    filed.refresh_from_db()
    assert filed.status == ServiceRequest.Status.IN_REVIEW
    assert not filed.questions.exists()


def test_the_resident_is_asked_and_the_answer_by_phone_recorded(sign_in, filed, ola):
    client = sign_in(ola)
    client.post(move(filed, "ask"), {"version": filed.version, "text": "Jaki numer domu?"})
    filed.refresh_from_db()
    assert filed.status == ServiceRequest.Status.WAITING
    assert "termin wstrzymany" in words(client.get(QUEUE))
    empty = client.post(move(filed, "answer"), {"version": filed.version, "answer": ""})
    assert empty.status_code == 200
    scan = SimpleUploadedFile("skan.pdf", PDF, content_type="application/pdf")
    client.post(move(filed, "answer"), {"version": filed.version, "answer": "Numer 12", "files": scan})
    filed.refresh_from_db()
    assert filed.status == ServiceRequest.Status.IN_REVIEW
    shown = words(client.get(page(filed)))
    assert "Numer 12" in shown
    assert "skan.pdf" in shown


def test_a_move_that_does_not_fit_the_state_leads_back_with_a_word(sign_in, filed, ola):
    response = sign_in(ola).get(move(filed, "answer"))
    assert response.url == page(filed)
    assert told(response)


def test_a_move_nobody_knows_is_not_found(sign_in, filed, ola):
    assert sign_in(ola).get(move(filed, "settle")).status_code == 404
    assert sign_in(ola).post(move(filed, "settle")).status_code == 404


def test_a_person_is_recorded_and_a_known_one_offered(sign_in, filed, ola):
    known = make_resident(pesel=PESEL, birth_date=date(1948, 11, 12))
    client = sign_in(ola)
    assert "osoba już znana" in words(client.get(page(filed)))
    offered = words(client.get(move(filed, "identify")))
    assert "12.11.1948" in offered
    assert "ten sam numer PESEL" in offered
    refused = client.post(move(filed, "identify"), {"version": filed.version, "resident": "new"})
    assert "PESEL" in words(refused)
    assert Resident.objects.count() == 1
    client.post(move(filed, "identify"), {"version": filed.version, "resident": str(known.pk)})
    filed.refresh_from_db()
    assert filed.resident == known


def test_somebody_not_offered_is_found_by_the_whole_pesel(sign_in, db, ola):
    known = make_resident("Anna", "Nowak", pesel=PESEL)
    filed = file_today()
    client = sign_in(ola)
    wrong = client.post(move(filed, "identify"), {"version": filed.version, "pesel": "48111200010"})
    assert wrong.status_code == 200
    client.post(move(filed, "identify"), {"version": filed.version, "pesel": PESEL})
    filed.refresh_from_db()
    assert filed.resident == known


def test_a_person_who_was_not_offered_cannot_be_chosen_by_number(sign_in, filed, ola):
    stranger = make_resident("Zupełnie", "Inna")
    response = sign_in(ola).post(move(filed, "identify"), {"version": filed.version, "resident": str(stranger.pk)})
    assert response.status_code == 200
    filed.refresh_from_db()
    assert filed.resident is None


def test_a_coordinator_goes_from_request_to_case_by_buttons(sign_in, filed, tomek):
    client = sign_in(tomek)
    item = filed.items.get()
    assert move(filed, "open_case") not in client.get(page(filed)).content.decode()
    decided = client.post(move(item, "qualify"), {"version": item.version, "answer": "Zadzwonimy w tym tygodniu."})
    assert decided.url == page(filed)
    client.post(move(filed, "identify"), {"resident": "new"})
    assert move(filed, "open_case") in client.get(page(filed)).content.decode()
    opened = client.post(move(filed, "open_case"), {"coordinator": tomek.pk})
    case = Case.objects.get()
    assert opened.url == page(case)
    assert case.coordinator == tomek
    shown = words(client.get(page(case)))
    assert "Krystyna Wilga" in shown
    assert filed.reference in shown
    assert "Otwarto sprawę" in shown


def test_a_second_request_is_offered_the_open_case(sign_in, db, tomek):
    case = make_case(coordinator=tomek, now=now())
    second = file_today()
    qualify_item(second.items.get(), by=tomek, now=now())
    ServiceRequest.objects.filter(pk=second.pk).update(resident=case.resident)
    client = sign_in(tomek)
    assert case.case_sign in words(client.get(move(second, "open_case")))
    client.post(move(second, "open_case"), {"coordinator": tomek.pk, "join": case.pk})
    second.refresh_from_db()
    assert second.case == case


def test_the_director_signs_what_she_has_read(sign_in, filed, tomek, danuta):
    item = propose_refusal(filed.items.get(), **GROUNDS, by=tomek, now=now())
    client = sign_in(danuta)
    assert "§ 4 uchwały." in words(client.get(move(item, "sign_refusal")))
    signed = client.post(move(item, "sign_refusal"), {"version": item.version})
    assert signed.url == f"{NEEDS}?state=refusal_proposed"
    item.refresh_from_db()
    assert item.status == RequestItem.Status.REFUSED
    assert "CUS.4011.1." in words(client.get(page(item)))


def test_its_proposer_has_no_button_to_sign(sign_in, filed, tomek):
    item = propose_refusal(filed.items.get(), **GROUNDS, by=tomek, now=now())
    client = sign_in(tomek)
    assert move(item, "sign_refusal") not in client.get(page(item)).content.decode()
    assert client.post(move(item, "sign_refusal"), {"version": item.version}).status_code == 403


def test_a_refusal_form_comes_with_the_instruction_on_appeal(sign_in, filed, tomek):
    shown = sign_in(tomek).get(move(filed.items.get(), "propose_refusal")).content.decode()
    assert "Samorządowego Kolegium Odwoławczego" in shown
    assert "14 dni" in shown


def test_a_need_is_passed_on_from_its_form(sign_in, filed, tomek, pcpr):
    item = filed.items.get()
    client = sign_in(tomek)
    consent = {
        "version": item.version,
        "receiver": pcpr.pk,
        "data_scope": "imię, telefon",
        "purpose_note": "kontakt",
        "form": "oral",
        "given_on": timezone.localdate().strftime("%d.%m.%Y"),
    }
    future = consent | {"given_on": (timezone.localdate() + timedelta(days=1)).strftime("%d.%m.%Y")}
    assert client.post(move(item, "forward"), future).status_code == 200
    item.refresh_from_db()
    assert item.status == RequestItem.Status.SUBMITTED
    client.post(move(item, "forward"), consent)
    item.refresh_from_db()
    assert (item.status, item.forwarded_to) == ("forwarded", pcpr)


def test_the_director_hands_a_case_over(sign_in, db, tomek, kasia, danuta):
    case = make_case(coordinator=tomek)
    client = sign_in(danuta)
    client.post(move(case, "assign"), {"version": case.version, "coordinator": kasia.pk})
    case.refresh_from_db()
    assert case.coordinator == kasia
