"""The desk in the admin: what each person sees, does and is refused; what it costs; what it leaves in the audit."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cus_portal.audit.models import AuditEvent
from residents.actions import add_attachments, ask_resident, propose_refusal, qualify_item, take_up, waitlist_item
from residents.models import Attachment, Case, RequestItem, Resident, ServiceRequest
from tests import personas
from tests.factories import PERSON, make_area, make_case, make_request, make_resident, make_service

PESEL = "48111200009"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
QUEUE = reverse("admin:residents_servicerequest_changelist")
ADD = reverse("admin:residents_servicerequest_add")
INDEX = reverse("admin:index")
GROUNDS = {"factual_grounds": "Poza gminą.", "legal_grounds": "§ 4 uchwały.", "appeal_instruction": "14 dni."}


def now():
    return timezone.now()


def page(obj):
    return reverse(f"admin:residents_{obj._meta.model_name}_change", args=[obj.pk])


def move(obj, name):
    return reverse(f"admin:residents_{obj._meta.model_name}_move", args=[obj.pk, name])


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def told(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def file_today(**fields):
    return make_request(now=now(), **fields)


@pytest.fixture
def filed(db):
    return file_today(applicant=PERSON | {"pesel": PESEL})


def pages_of(filed):
    """Every page of the desk about one request."""
    item = filed.items.get()
    return [
        QUEUE,
        ADD,
        page(filed),
        page(item),
        reverse("admin:residents_requestitem_changelist"),
        reverse("admin:residents_resident_changelist"),
        reverse("admin:residents_case_changelist"),
        reverse("admin:residents_servicerequest_receipt", args=[filed.pk]),
        move(filed, "take_up"),
        move(item, "qualify"),
    ]


# -- who sees what -------------------------------------------------------------------------------
def test_whoever_is_not_signed_in_is_asked_to(client, filed):
    for url in pages_of(filed):
        response = client.get(url)
        assert response.status_code == 302, url
        assert response.url.startswith(reverse("login")), url


@pytest.mark.parametrize("name", ["ewa", "bartek", "renata", "stranger"])
def test_the_admin_is_closed_to_who_does_not_work_at_the_centre(sign_in, filed, name):
    client = sign_in(personas.person(name))
    for url in [INDEX, *pages_of(filed)]:
        assert client.get(url, follow=True).status_code == 403, url
    assert not AuditEvent.objects.filter(action="read").exists()


@pytest.mark.parametrize("name", ["iwona", "root"])
def test_who_keeps_data_or_machines_safe_reads_no_request(sign_in, filed, name):
    client = sign_in(personas.person(name))
    assert client.get(QUEUE).status_code == 403
    assert client.get(page(filed)).status_code == 404
    assert client.get(ADD).status_code == 403
    assert client.post(move(filed, "take_up")).status_code == 404
    filed.refresh_from_db()
    assert filed.status == ServiceRequest.Status.SUBMITTED


@pytest.mark.parametrize("name", ["ola", "tomek", "beata", "danuta"])
def test_the_centres_people_see_the_queue_and_a_request(sign_in, filed, name):
    client = sign_in(personas.person(name))
    assert filed.reference in words(client.get(QUEUE))
    assert "Krystyna Wilga" in words(client.get(page(filed)))


def test_the_director_reads_but_takes_nothing_up(sign_in, filed, danuta):
    client = sign_in(danuta)
    assert move(filed, "take_up") not in client.get(page(filed)).content.decode()
    assert client.post(move(filed, "take_up")).status_code == 403
    assert client.get(ADD).status_code == 403
    assert client.get(reverse("admin:residents_servicerequest_receipt", args=[filed.pk])).status_code == 403


def test_a_pesel_is_masked_on_every_page_of_the_desk(sign_in, filed, ola):
    make_resident(pesel=PESEL)
    client = sign_in(ola)
    for url in [*pages_of(filed)[:4], move(filed, "identify")]:
        assert PESEL not in client.get(url).content.decode(), url
    assert "•••••••0009" in client.get(page(filed)).content.decode()


def test_a_coordinator_sees_his_own_cases_only(sign_in, db, tomek, kasia):
    mine, hers = make_case(coordinator=tomek), make_case(coordinator=kasia)
    client = sign_in(tomek)
    listed = words(client.get(reverse("admin:residents_case_changelist")))
    assert mine.case_sign in listed
    assert hers.case_sign not in listed
    assert client.get(page(mine)).status_code == 200
    assert client.get(page(hers)).status_code == 404


def test_a_clerk_learns_that_the_person_has_a_case_and_whose_and_no_more(sign_in, db, ola, tomek):
    case = make_case(coordinator=tomek)
    second = file_today()
    ServiceRequest.objects.filter(pk=second.pk).update(resident=case.resident)
    client = sign_in(ola)
    shown = client.get(page(second)).content.decode()
    assert case.case_sign in shown
    assert "Tomek Lis" in shown
    assert page(case) not in shown
    assert client.get(page(case)).status_code == 404


# -- the queue -----------------------------------------------------------------------------------
def test_the_queue_shows_open_requests_by_their_term(sign_in, db, ola):
    today = timezone.localdate()
    later = file_today(on=today)
    sooner = file_today(on=today - timedelta(days=30))
    take_up(later, by=ola, now=now())
    listed = words(sign_in(ola).get(QUEUE))
    assert listed.index(sooner.reference) < listed.index(later.reference)
    assert "po terminie" in listed
    assert "Ola Wrona" in listed


def test_what_is_done_is_not_in_the_queue_until_asked_for(sign_in, filed, ola, tomek):
    qualify_item(filed.items.get(), by=tomek, now=now())
    client = sign_in(ola)
    assert filed.reference not in words(client.get(QUEUE))
    assert filed.reference in words(client.get(QUEUE + "?state=all"))
    assert filed.reference in words(client.get(QUEUE + "?state=settled"))


def test_an_empty_queue_says_what_it_means(sign_in, db, ola):
    assert "Nic tu nie czeka" in words(sign_in(ola).get(QUEUE))


@pytest.mark.parametrize(
    "query",
    ["whose=me", "whose=nobody", "due=late", "due=today", "urgent=1", "channel=phone", "area=area-2", "state=waiting"],
)
def test_each_filter_keeps_what_fits_and_drops_the_rest(sign_in, db, ola, query):
    today = timezone.localdate()
    service = make_service()
    service.areas.add(make_area(2))
    asked = file_today()
    ask_resident(asked, text="Jaki adres?", by=ola, now=now())
    fits = {
        "whose=me": asked,
        "whose=nobody": file_today(),
        "due=late": file_today(on=today - timedelta(days=60)),
        "urgent=1": file_today(is_urgent=True),
        "channel=phone": file_today(channel="phone"),
        "area=area-2": file_today(needs=[(service, "")]),
        "state=waiting": asked,
    }
    fits["due=today"] = fits["due=late"]
    found = set(re.findall(r"CUS-\d{4}-\d{4}", sign_in(ola).get(f"{QUEUE}?{query}").content.decode()))
    assert fits[query].reference in found
    assert found != {request.reference for request in ServiceRequest.objects.all()}


@pytest.mark.parametrize("query", ["state=nonsense", "due=x", "p=99999", "p=x", "e=1", "q=%00", "area=none", "o=1.2"])
def test_a_wrong_filter_breaks_nothing(sign_in, filed, ola, query):
    assert sign_in(ola).get(f"{QUEUE}?{query}", follow=True).status_code == 200


def search(client, text, where=QUEUE):
    response = client.post(where + "find/", {"q": text})
    assert response.status_code == 302
    return response.url


@pytest.mark.parametrize(
    "text", ["wilg", "WILGA Kry", "Krystyna Wilga", PESEL, "600100200", "+48 600 100 200", "600-100-200", "{number}"]
)
def test_a_request_is_found_by_what_the_clerk_has_in_hand(sign_in, filed, ola, text):
    other = file_today(applicant={"first_name": "Jan", "last_name": "Świergotek", "phone": "601 000 000"})
    client = sign_in(ola)
    found = words(client.get(search(client, text.format(number=filed.reference))))
    assert filed.reference in found
    assert other.reference not in found


def test_a_name_is_found_without_polish_letters(sign_in, db, ola):
    found = file_today(applicant={"first_name": "Łucja", "last_name": "Żółkiewska"})
    client = sign_in(ola)
    assert found.reference in words(client.get(search(client, "zolkiew")))
    assert found.reference in words(client.get(search(client, "ŻÓŁ")))


def test_the_number_is_found_as_people_say_it(sign_in, filed, ola):
    client = sign_in(ola)
    year, number = filed.reference.split("-")[1:]
    for text in (f"{year}-{int(number)}", f"cus {year}/{number}"):
        assert filed.reference in words(client.get(search(client, text))), text


def test_a_search_reaches_what_is_done(sign_in, filed, ola, tomek):
    qualify_item(filed.items.get(), by=tomek, now=now())
    client = sign_in(ola)
    assert filed.reference in words(client.get(search(client, "Wilga")))


def test_neither_name_nor_pesel_stands_in_the_address_of_a_search(sign_in, filed, ola):
    client = sign_in(ola)
    for text in ("Wilga", PESEL):
        url = search(client, text)
        assert text not in url
        assert text in client.get(url).content.decode()  # the box still shows what was typed


def test_a_search_that_finds_nothing_says_how_to_search(sign_in, filed, ola):
    client = sign_in(ola)
    assert "początek nazwiska" in words(client.get(search(client, "Nikt")))


def test_a_search_is_never_a_get(sign_in, filed, ola):
    assert sign_in(ola).get(QUEUE + "find/").status_code == 405


# -- what it costs -------------------------------------------------------------------------------
LISTS = {
    "residents_servicerequest": 9,
    "residents_requestitem": 6,
    "residents_case": 5,
}


def fill(rows):
    for number in range(rows):
        service = make_service(f"Usługa {number}")
        request = file_today(needs=[(service, ""), (None, "coś jeszcze")], person={"last_name": f"Osoba{number}"})
        make_case(request=request, now=now())


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("rows", [1, 12])
def test_a_list_costs_the_same_for_one_row_and_for_twelve(
    sign_in, db, tomek, rows, name, django_assert_max_num_queries
):
    fill(rows)
    client = sign_in(tomek)
    client.get(INDEX)
    with django_assert_max_num_queries(LISTS[name]):
        response = client.get(reverse(f"admin:{name}_changelist"))
    assert response.context["cl"].result_count == rows


@pytest.mark.parametrize("rows", [1, 12])
def test_the_first_page_costs_the_same(sign_in, db, tomek, rows, django_assert_max_num_queries):
    fill(rows)
    client = sign_in(tomek)
    client.get(INDEX)
    with django_assert_max_num_queries(12):
        client.get(INDEX)


@pytest.mark.parametrize("needs", [1, 12])
def test_a_request_costs_the_same_with_one_need_and_with_twelve(
    sign_in, db, tomek, needs, django_assert_max_num_queries
):
    request = file_today(needs=[(make_service(), "") for _ in range(needs)])
    client = sign_in(tomek)
    client.get(INDEX)
    with django_assert_max_num_queries(18):
        assert client.get(page(request)).status_code == 200


# -- the first page ------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["ola", "tomek", "beata", "danuta"])
def test_every_number_on_the_first_page_opens_a_list_of_that_many(sign_in, db, ola, tomek, kasia, name):
    today = timezone.localdate()
    file_today()
    file_today(on=today - timedelta(days=14))
    late = file_today(on=today - timedelta(days=40))
    take_up(late, by=ola, now=now())
    ask_resident(file_today(), text="Jaki adres?", by=ola, now=now())
    propose_refusal(file_today().items.get(), **GROUNDS, by=tomek, now=now())
    waitlist_item(file_today().items.get(), by=tomek, now=now())
    make_case(coordinator=tomek, on=today - timedelta(days=28), now=now())
    make_case(coordinator=kasia, on=today, now=now())
    client = sign_in(personas.person(name))
    response = client.get(INDEX)
    tiles = [tile for tile in response.context["tiles"] if "/residents/" in tile.url]
    assert len(tiles) >= 4
    assert any(tile.count for tile in tiles)
    for tile in tiles:
        listed = client.get(tile.url)
        assert listed.context["cl"].result_count == tile.count, tile
    assert all(str(tile.label) in words(response) for tile in tiles)


def test_a_director_sees_how_many_refusals_wait_and_a_clerk_does_not(sign_in, filed, danuta, ola, tomek):
    propose_refusal(filed.items.get(), **GROUNDS, by=tomek, now=now())
    url = reverse("admin:residents_requestitem_changelist") + "?state=refusal_proposed"
    client = sign_in(danuta)
    assert url in client.get(INDEX).content.decode()
    assert filed.reference in words(client.get(url))
    assert url not in sign_in(ola).get(INDEX).content.decode()


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
    client.post(move(item, "qualify"), {"version": item.version, "answer": "Zadzwonimy w tym tygodniu."})
    client.post(move(filed, "identify"), {"resident": "new"})
    assert move(filed, "open_case") in client.get(page(filed)).content.decode()
    client.post(move(filed, "open_case"), {"coordinator": tomek.pk})
    case = Case.objects.get()
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
    client.post(move(item, "sign_refusal"), {"version": item.version})
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
        "purpose": "kontakt",
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


# -- filing at the desk --------------------------------------------------------------------------
def typed(client, **fields):
    form = client.get(ADD).context["form"]
    return {
        "submit_token": str(form.initial["submit_token"]),
        "channel": "phone",
        "received_on": timezone.localdate().strftime("%d.%m.%Y"),
    } | fields


def test_a_call_is_taken_with_a_need_and_a_phone_number(sign_in, db, ola):
    service = make_service("Dowóz do lekarza")
    client = sign_in(ola)
    response = client.post(ADD, typed(client, service_1=service.pk, phone="600100200"))
    filed = ServiceRequest.objects.get()
    assert response.url == reverse("admin:residents_servicerequest_receipt", args=[filed.pk])
    assert (filed.channel, filed.filed_by, filed.status) == ("phone", ola, "submitted")
    assert filed.items.get().service == service
    receipt = words(client.get(response.url))
    assert filed.reference in receipt
    assert filed.access_code in receipt


def test_a_double_click_at_the_desk_files_once(sign_in, db, ola):
    client = sign_in(ola)
    data = typed(client, own_words="zakupy", last_name="Wilga")
    first, second = client.post(ADD, data), client.post(ADD, data)
    assert first.url == second.url
    assert ServiceRequest.objects.count() == 1


def test_a_letter_is_filed_with_the_day_it_came_and_its_scan(sign_in, db, ola):
    day = timezone.localdate() - timedelta(days=3)
    client = sign_in(ola)
    scan = SimpleUploadedFile("wniosek.pdf", PDF, content_type="application/pdf")
    data = typed(client, own_words="opieka", last_name="Wilga", channel="paper", received_on=f"{day:%d.%m.%Y}")
    client.post(ADD, data | {"files": scan})
    filed = ServiceRequest.objects.get()
    assert (filed.received_on, filed.channel) == (day, "paper")
    assert filed.attachments.get().name == "wniosek.pdf"


def test_a_call_for_somebody_else_keeps_the_two_apart(sign_in, db, ola):
    client = sign_in(ola)
    data = typed(
        client,
        own_words="rehabilitacja",
        last_name="Wilga",
        first_name="Marek",
        phone="600100200",
        other_first_name="Zosia",
        other_last_name="Wilga",
        basis="statutory",
        pesel=PESEL,
    )
    client.post(ADD, data)
    parties = {party.role: party for party in ServiceRequest.objects.get().parties.all()}
    assert (parties["applicant"].first_name, parties["applicant"].basis) == ("Marek", "statutory")
    assert (parties["person"].first_name, parties["person"].pesel) == ("Zosia", PESEL)
    assert parties["applicant"].pesel == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"last_name": "Wilga"}, "service_1"),
        ({"own_words": "zakupy"}, "last_name"),
        ({"own_words": "zakupy", "phone": "123"}, "phone"),
        ({"own_words": "zakupy", "last_name": "W", "pesel": "48111200008"}, "pesel"),
        ({"own_words": "zakupy", "last_name": "W", "birth_date": "31.02.1948"}, "birth_date"),
        ({"own_words": "z" * 501, "last_name": "W"}, "own_words"),
        ({"own_words": "zakupy", "last_name": "W", "received_on": "01.01.2999"}, "received_on"),
        ({"own_words": "zakupy", "last_name": "W", "channel": "portal"}, "channel"),
        ({"own_words": "zakupy", "last_name": "W", "service_1": "999999"}, "service_1"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(sign_in, db, ola, fields, field):
    client = sign_in(ola)
    response = client.post(ADD, typed(client, situation="Mieszka sama.", **fields))
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert "Mieszka sama." in response.content.decode()
    assert not ServiceRequest.objects.exists()


def test_a_scan_of_the_wrong_kind_is_refused(sign_in, db, ola):
    client = sign_in(ola)
    scan = BytesIO(b"MZ\x90\x00 not a scan")
    scan.name = "skan.pdf"
    response = client.post(ADD, typed(client, own_words="zakupy", last_name="W") | {"files": scan})
    assert "files" in response.context["form"].errors
    assert not ServiceRequest.objects.exists()


# -- files and the audit -------------------------------------------------------------------------
@pytest.fixture
def attached(filed, ola):
    add_attachments(filed, files=[SimpleUploadedFile("orzeczenie.pdf", PDF)], by=ola, now=now())
    return Attachment.objects.get()


def test_a_file_is_downloaded_by_who_may_and_the_read_is_logged(sign_in, filed, attached, ola):
    url = reverse("admin:residents_servicerequest_file", args=[filed.pk, attached.pk])
    response = sign_in(ola).get(url)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="read", object_type="residents.attachment", actor=ola).count() == 1


def test_a_file_is_not_reached_through_another_request(sign_in, attached, ola):
    other = file_today()
    url = reverse("admin:residents_servicerequest_file", args=[other.pk, attached.pk])
    assert sign_in(ola).get(url).status_code == 404
    assert not AuditEvent.objects.filter(object_type="residents.attachment", action="read").exists()


@pytest.mark.parametrize(("name", "status"), [("ewa", 403), ("stranger", 403), ("iwona", 404), ("root", 404)])
def test_a_file_stays_closed_to_others(sign_in, filed, attached, name, status):
    url = reverse("admin:residents_servicerequest_file", args=[filed.pk, attached.pk])
    assert sign_in(personas.person(name)).get(url, follow=True).status_code == status


def test_reading_a_request_a_receipt_and_a_person_is_logged(sign_in, filed, ola):
    resident = make_resident()
    client = sign_in(ola)
    client.get(page(filed))
    client.get(reverse("admin:residents_servicerequest_receipt", args=[filed.pk]))
    client.get(page(resident))
    client.get(QUEUE)
    reads = AuditEvent.objects.filter(action="read", actor=ola).order_by("id")
    assert [(event.object_type, event.facts["screen"]) for event in reads] == [
        ("residents.servicerequest", "admin"),
        ("residents.servicerequest", "receipt"),
        ("residents.resident", "admin"),
    ]


def test_the_history_tells_who_did_what_in_polish(sign_in, filed, ola, tomek):
    take_up(filed, by=ola, now=now())
    item = filed.items.get()
    propose_refusal(item, **GROUNDS, by=tomek, now=now())
    client = sign_in(tomek)
    shown = words(client.get(page(filed)))
    for sentence in ("Złożono zgłoszenie", "Podjęto zgłoszenie", "Potrzeba 1: zaproponowano odmowę"):
        assert sentence in shown
    assert "Tomek Lis" in shown


def test_the_admin_changes_nothing_by_its_own_form(sign_in, filed, ola):
    assert sign_in(ola).post(page(filed), {"status": "settled"}).status_code == 403
    delete = reverse("admin:residents_servicerequest_delete", args=[filed.pk])
    assert sign_in(ola).get(delete).status_code == 403
    filed.refresh_from_db()
    assert filed.status == ServiceRequest.Status.SUBMITTED


# -- residents -----------------------------------------------------------------------------------
def test_residents_are_shown_only_when_searched_for(sign_in, db, ola):
    make_resident("Krystyna", "Wilga", pesel=PESEL)
    where = reverse("admin:residents_resident_changelist")
    client = sign_in(ola)
    assert "Wilga" not in words(client.get(where))
    for text in ("wil", PESEL, "Krystyna Wilga"):
        assert "Wilga Krystyna" in words(client.get(search(client, text, where)))
    assert "Wilga Krystyna" not in words(client.get(search(client, "Nowak", where)))


def test_a_residents_page_lists_requests_and_only_the_cases_one_may_see(sign_in, db, ola, tomek):
    case = make_case(coordinator=tomek)
    request = case.requests.get()
    url = page(case.resident)
    shown = words(sign_in(ola).get(url))
    assert request.reference in shown
    assert case.case_sign not in shown
    assert case.case_sign in words(sign_in(tomek).get(url))
