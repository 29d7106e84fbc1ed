"""The desk: what each person sees, how the queue is searched, what a page costs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cus_portal.audit.models import AuditEvent
from residents.actions import (
    ask_resident,
    identify_person,
    open_case,
    propose_refusal,
    qualify_item,
    take_up,
    waitlist_item,
)
from residents.models import RequestItem, ServiceRequest
from tests import personas
from tests.desk import ADD, GROUNDS, INDEX, NEEDS, PESEL, QUEUE, file_today, move, now, page, pages_of, search, words
from tests.factories import PERSON, make_area, make_case, make_request, make_resident, make_service


@pytest.fixture
def filed(db):
    return file_today(applicant=PERSON | {"pesel": PESEL})


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


def test_what_was_granted_is_on_a_list_until_somebody_opens_its_case(sign_in, filed, tomek):
    """The 30 days of the plan run from the request, so nothing that was granted may lie where nobody looks."""
    item = filed.items.get()
    qualify_item(item, by=tomek, now=now())
    today, not_begun = timezone.localdate(), RequestItem.objects.visible_to(tomek).not_begun
    assert list(not_begun(today)) == [item]
    client = sign_in(tomek)
    assert "1 potrzeby przyznane, bez sprawy" in words(client.get(reverse("admin:index")))
    assert filed.reference in words(client.get(NEEDS, {"state": "not-begun"}))
    assert not not_begun(today + timedelta(days=400)), "what is a year old is in the history"
    filed.refresh_from_db()
    identify_person(filed, resident=None, by=tomek, now=now())
    open_case(filed, coordinator=tomek, by=tomek, now=now())
    assert not not_begun(today)


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
    "residents_servicerequest": 10,
    "residents_requestitem": 8,
    "residents_case": 7,
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
    with django_assert_max_num_queries(28):
        client.get(INDEX)


@pytest.mark.parametrize("needs", [1, 12])
def test_a_request_costs_the_same_with_one_need_and_with_twelve(
    sign_in, db, tomek, needs, django_assert_max_num_queries
):
    request = file_today(needs=[(make_service(), "") for _ in range(needs)])
    client = sign_in(tomek)
    client.get(INDEX)
    with django_assert_max_num_queries(24):
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


def test_once_only_refusals_are_left_the_director_moves(sign_in, filed, ola, tomek):
    client = sign_in(ola)
    assert "dyrektor" not in words(client.get(QUEUE))
    propose_refusal(filed.items.get(), **GROUNDS, by=tomek, now=now())
    assert "złożono dyrektor" in words(client.get(QUEUE))
    assert "Czyj ruch: dyrektor" in words(client.get(page(filed)))


def test_what_is_late_says_so_in_the_list_of_needs_and_on_the_page_of_a_case(sign_in, db, tomek):
    long_ago = now() - timedelta(days=90)
    case = make_case(coordinator=tomek, now=long_ago)
    make_request(now=long_ago)
    client = sign_in(tomek)
    assert "po terminie" in words(client.get(NEEDS))
    assert "po terminie" in words(client.get(page(case)))


def test_a_need_of_a_request_that_waits_for_the_resident_is_not_called_late(sign_in, db, ola):
    filed = make_request(now=now() - timedelta(days=90))
    client = sign_in(ola)
    assert "dni po terminie" in words(client.get(NEEDS))
    ask_resident(take_up(filed, by=ola, now=now()), text="Prosimy o skierowanie.", by=ola, now=now())
    shown = words(client.get(NEEDS))
    assert "złożono mieszkaniec" in shown
    assert "termin wstrzymany" in shown
    assert "po terminie" not in shown


def test_each_cell_of_a_list_names_its_column_for_a_phone(sign_in, filed, ola):
    html = sign_in(ola).get(QUEUE).content.decode()
    cells = re.findall(r'<td data-label="([^"]+)" class="field-', html)
    assert cells == ["Wybór", "O co chodzi", "Dla kogo", "Czyj ruch", "Do kiedy", "Droga wpływu", "Prowadzi"]


def test_yes_and_no_stand_in_words_in_a_list(sign_in, db, ola, pcpr):
    html = sign_in(ola).get(reverse("admin:accounts_institution_changelist")).content.decode()
    assert ">tak</td>" in html
    assert 'alt="True"' not in html


def test_what_cannot_be_undone_stands_last_among_the_buttons(sign_in, filed, ola):
    found = [button["name"] for button in sign_in(ola).get(page(filed)).context["moves"]]
    assert found == ["take_up", "identify", "ask", "write", "hand_over", "letter", "restrict", "withdraw"]


def test_a_page_that_cannot_be_changed_leads_back_to_its_list(sign_in, db, ola, pcpr):
    shown = sign_in(ola).get(reverse("admin:accounts_institution_change", args=[pcpr.pk]))
    assert "Wróć do listy" in words(shown)
    assert ">Zamknij</a>" not in shown.content.decode()


def test_long_words_of_a_resident_head_a_page_in_short_and_stand_on_it_whole(sign_in, db, ola):
    said = "ktoś, kto " + "bardzo " * 60 + "pomoże"
    filed = file_today(needs=[(None, said)])
    client = sign_in(ola)
    assert said not in words(client.get(QUEUE))
    detail = client.get(page(filed.items.get())).content.decode()
    assert re.search(r"<h1>Ktoś, kto bardzo [^<]{10,90}…</h1>", detail)
    assert said in detail
    assert said in client.get(page(filed)).content.decode()


def test_the_first_page_begins_with_a_new_request_and_ends_with_an_absence(sign_in, db, ola):
    doors = [url for _label, url in sign_in(ola).get(INDEX).context["doors"]]
    assert doors[0] == ADD
    assert doors[-1] == reverse("admin:accounts_absence_add")


@pytest.mark.parametrize(
    ("name", "room"),
    [
        ("ola", "residents_resident"),
        ("ola", "residents_complaint"),
        ("ola", "residents_restrictedfile"),
        ("ola", "coordination_surveyanswer"),
        ("ola", "coordination_incomingreferral"),
        ("danuta", "coordination_retentionhold"),
    ],
)
def test_a_form_sent_empty_says_so_in_its_title_and_leads_back(sign_in, db, name, room):
    """The title is what a screen reader says first. Back is the list, for whom there is one."""
    client = sign_in(personas.person(name))
    answer = client.post(reverse(f"admin:{room}_add")).content.decode()
    assert re.search(r"<title>\s*Błąd: ", answer)
    back = reverse(f"admin:{room}_changelist")
    assert (f'<a class="btn btn-link" href="{back}">' in answer) == (client.get(back).status_code == 200)


def test_a_page_says_yes_and_no_in_words_and_has_no_heading_over_nothing(sign_in, db, ola, pcpr):
    html = sign_in(ola).get(reverse("admin:accounts_institution_change", args=[pcpr.pk])).content.decode()
    assert '<div class="readonly">tak</div>' in html
    assert "/icon-" not in html
    assert "Komórki instytucji" not in html


def test_a_form_has_no_pictures_that_lead_away_from_it(sign_in, db, beata):
    html = sign_in(beata).get(reverse("admin:coordination_partnertoken_add")).content.decode()
    assert 'name="institution"' in html
    assert "related-widget-wrapper-link" not in html
