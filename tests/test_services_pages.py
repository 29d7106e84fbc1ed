"""The public catalogue as anybody sees it: lists, filters, search, one service's page."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.models import Location, Programme, ProgrammeService, TargetGroup
from tests import factories
from tests.factories import make_locality, make_service, publish_again
from tests.pages import names_on

pytestmark = pytest.mark.django_db
LIST = "/uslugi/"


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def names(response):
    """Return the services of the list, in their order on the page."""
    assert response.status_code == 200
    return names_on(response.context["cards"])


def group(code, **fields):
    return TargetGroup.objects.create(
        **{"code": code, "name": code, "position": TargetGroup.objects.count() + 1} | fields
    )


def days_from_now(days):
    return timezone.localdate() + timedelta(days)


def with_fee(service, kind, amount=None):
    service.programme_services.update(fee_kind=kind, fee_amount=amount)
    return publish_again(service)


# -- home -------------------------------------------------------------------------------------------
def test_home_shows_the_doors_and_the_most_wanted(client):
    group("senior", name="Senior", hint="pomoc w domu", on_home=True)
    group("youth", name="Młodzież")
    make_service("Logopeda", featured=2)
    make_service("Opiekunka", featured=1)
    make_service("Zwykła")
    make_service("Skończona", featured=3, valid_to=date(2021, 12, 31))
    page = text(client.get("/"))
    assert '<a class="door" href="/uslugi/?group=senior"><strong>Senior</strong>' in page
    assert "Młodzież" not in page
    assert page.index("Opiekunka") < page.index("Logopeda")
    assert "Zwykła" not in page
    assert "Skończona" not in page
    assert 'href="tel:+48815172468"' in page


def test_the_doors_speak_the_readers_language(client):
    group("senior", name="Senior", name_uk="Літня людина", hint="pomoc w domu", hint_uk="допомога вдома", on_home=True)
    assert "<strong>Літня людина</strong><span>допомога вдома</span>" in text(client.get("/uk/"))
    assert '<span><span lang="pl">pomoc w domu</span></span>' in text(client.get("/en/"))


def test_home_of_an_empty_catalogue_still_says_whom_to_call(client):
    page = text(client.get("/"))
    assert page.count("<h1") == 1
    assert 'href="tel:+48815172468"' in page


def test_a_most_wanted_service_in_a_break_is_shown_as_such(client):
    make_service("Asystent", featured=1, valid_to=days_from_now(-1))
    Programme.objects.update(kind=Programme.Kind.NATIONAL)
    publish_again()
    assert "przerwa między edycjami" in text(client.get("/"))


# -- list -------------------------------------------------------------------------------------------
def test_the_list_shows_what_is_in_force_today_in_polish_order(client):
    for name in ("Żłobek", "Łóżko", "Lekarz", "Ćwiczenia"):
        make_service(name)
    make_service("Od dziś", valid_from=days_from_now(0))
    make_service("Do dziś", valid_to=days_from_now(0))
    make_service("Od jutra", valid_from=days_from_now(1))
    make_service("Do wczoraj", valid_to=days_from_now(-1))
    make_service("Szkic", status="draft")
    make_service("Archiwum", status="archived")
    response = client.get(LIST)
    assert names(response) == ["Ćwiczenia", "Do dziś", "Lekarz", "Łóżko", "Od dziś", "Żłobek"]
    assert "Znaleziono 6 usług" in text(response)


def test_a_service_in_a_break_stands_below_the_list_and_follows_the_filters(client):
    make_service("Asystent", valid_to=days_from_now(-1))
    Programme.objects.update(kind=Programme.Kind.NATIONAL)
    publish_again()
    assert "Teraz w przerwie między edycjami" in text(client.get(LIST))
    assert "Asystent" in text(client.get(LIST, {"q": "asystent"}))
    assert "Asystent" not in text(client.get(LIST, {"q": "logopeda"}))


def test_of_many_breaks_the_list_says_how_many_it_does_not_show(client):
    for number in range(12):
        make_service(f"Asystent {number:02}", valid_to=days_from_now(-1))
    Programme.objects.update(kind=Programme.Kind.NATIONAL)
    publish_again()
    page = text(client.get(LIST))
    assert "Asystent 09" in page
    assert "Asystent 10" not in page
    assert "I jeszcze 2 w przerwie." in page


def test_pages_of_twenty_keep_the_filters_and_repeat_nobody(client):
    for number in range(45):
        make_service(f"Usługa {number:02}" if number else "Usługa 01")
    pages = [client.get(LIST, {"q": "uslug", "page": number}) for number in (1, 2, 3)]
    assert [len(names(page)) for page in pages] == [20, 20, 5]
    addresses = [re.search('href="([^"]+)"', card)[1] for page in pages for card in page.context["cards"]]
    assert len(set(addresses)) == 45
    assert 'href="?q=uslug&amp;page=2"' in text(pages[0])
    assert "Znaleziono 45 usług" in text(pages[2])


@pytest.mark.parametrize("page", ["1000000000", "9" * 5000, "0", "-1", "dwa", "", "1.5", "\x00", "٣"])
def test_a_page_that_is_not_there_gives_the_nearest_one(client, page):
    make_service()
    assert names(client.get(LIST, {"page": page})) == ["Terapia logopedyczna"]


@pytest.mark.parametrize("page", ["1", "1000000000"])
@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_costs_the_same_however_long(client, rows, page, django_assert_num_queries):
    for number in range(rows):
        service = make_service(f"Usługa {number}")
        service.localities.add(make_locality())
        make_service(f"Przerwa usługi {number}", valid_from=days_from_now(-9), valid_to=days_from_now(-1))
    for row in ProgrammeService.objects.filter(service__plain_name__startswith="Przerwa"):
        ProgrammeService.objects.create(
            service=row.service,
            programme=row.programme,
            valid_from=days_from_now(9),
            regime="informal",
            fee_kind="free",
        )
    publish_again()
    query = {"page": page, "place": "wronow", "q": "usluga"} if page == "1" else {"page": page}
    client.get(LIST, query)  # the first one after a publication reads the choices
    with django_assert_num_queries(1):
        client.get(LIST, query)


@pytest.mark.parametrize("rows", [1, 12])
def test_home_and_service_page_cost_the_same_however_much_there_is(client, rows, django_assert_num_queries):
    service = make_service("Pomoc", featured=1)
    for number in range(rows):
        make_service(f"Usługa {number}", featured=number + 2)
        service.target_groups.add(group(f"g{number}", on_home=True))
        service.localities.add(make_locality(f"Wieś {number}"))
        service.locations.add(Location.objects.create(code=f"m{number}", name=f"Miejsce {number}"))
        service.steps.create(position=number, title=f"Krok {number}")
        service.documents.create(position=number, name=f"Papier {number}")
        ProgrammeService.objects.create(
            service=service, programme=factories.make_programme(), valid_from=date(2022, 1, 1), regime="informal",
            fee_kind="free",
        )  # fmt: skip
    publish_again(service)
    client.get("/")  # the first one after a publication reads the choices
    with django_assert_num_queries(2):  # the catalogue's stamp, and whether an event is ahead
        client.get("/")
    with django_assert_num_queries(2):
        page = client.get(service.get_absolute_url())
    assert f"Krok {rows - 1}" in text(page)
    assert f"Wieś {rows - 1}" in text(page)


def test_who_is_signed_in_sees_the_list_too(sign_in, bartek):
    make_service()
    assert names(sign_in(bartek).get(LIST)) == ["Terapia logopedyczna"]


# -- filters ------------------------------------------------------------------------------------------
def test_filters_add_up(client):
    group("senior"), group("youth")
    match = with_fee(make_service("Dowóz", delivery_modes=["transport", "at_home"]), "flat", 3)
    match.target_groups.add(TargetGroup.objects.get(code="senior"))
    match.areas.add(factories.make_area(4))
    match.localities.add(make_locality("Wronów"))
    free = make_service("Opieka", delivery_modes=["at_home"])
    free.areas.set([factories.make_area(4)])
    youth = make_service("Świetlica")
    youth.target_groups.add(TargetGroup.objects.get(code="youth"))
    youth.localities.add(make_locality("Babin"))
    publish_again()

    def found(**query):
        return names(client.get(LIST, query))

    assert found() == ["Dowóz", "Opieka", "Świetlica"]
    assert found(group="senior") == ["Dowóz", "Opieka"]
    assert found(group="youth") == ["Opieka", "Świetlica"]
    assert found(area="area-4") == ["Dowóz", "Opieka"]
    assert found(place="wronow") == ["Dowóz", "Opieka"]
    assert found(place="babin") == ["Opieka", "Świetlica"]
    assert found(price="paid") == ["Dowóz"]
    assert found(price="free") == ["Opieka", "Świetlica"]
    assert found(delivery="at_home") == ["Dowóz", "Opieka"]
    assert found(delivery="transport") == ["Dowóz"]
    assert found(delivery="remote") == []
    assert found(group="senior", area="area-4", place="wronow", price="paid", delivery="at_home", q="dow") == ["Dowóz"]
    assert found(group="senior", price="free", place="wronow", q="dow") == []


@pytest.mark.parametrize(
    ("kind", "amount", "price", "words"),
    [
        ("free", None, "free", "bezpłatnie"),
        ("flat", 3, "paid", "3 zł"),
        ("income_table", None, "paid", "zależy od dochodu"),
        ("partly", None, "paid", "częściowo płatne"),
    ],
)
def test_the_price_filter_asks_the_basis_that_the_page_shows(client, kind, amount, price, words):
    service = make_service("Usługa")
    newer = with_fee(service, "none_set").programme_services.get()
    newer.pk, newer.programme, newer.valid_from = None, factories.make_programme(), days_from_now(-1)
    newer.fee_kind, newer.fee_amount = kind, amount
    newer.save()
    publish_again(service)
    assert names(client.get(LIST, {"price": price})) == ["Usługa"]
    assert names(client.get(LIST, {"price": "paid" if price == "free" else "free"})) == []
    assert words in text(client.get(LIST))
    assert words in text(client.get(service.get_absolute_url()))


@pytest.mark.parametrize("name", ["area", "group", "place", "topic", "price", "delivery", "at", "open"])
@pytest.mark.parametrize("value", ["nonsense", "\x00", "<script>", "1' OR '1'='1", "x" * 3000])
def test_a_choice_that_is_not_there_is_told_and_hides_nothing(client, name, value):
    make_service()
    response = client.get(LIST, {name: value})
    assert names(response) == ["Terapia logopedyczna"]
    assert "Nie ma tu takiego wyboru. Wybierz z listy." in text(response)
    assert "<script>" not in text(response).replace('<script src="', "")


# -- search -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["łóżko", "lozko", "ŁÓŻKO", "łóżka do domu", "lozk"])
def test_search_forgives_endings_case_and_diacritics(client, words):
    make_service("Wypożyczalnia", keywords="łóżko rehabilitacyjne do domu")
    make_service("Logopeda")
    response = client.get(LIST, {"q": words})
    assert names(response) == ["Wypożyczalnia"]
    assert f'value="{words}"' in text(response)


def test_when_nothing_is_found_the_page_says_what_to_do(client):
    make_service()
    page = text(client.get(LIST, {"q": "smok wawelski"}))
    assert "Nic takiego nie znaleźliśmy" in page
    assert 'href="tel:+48815172468"' in page
    assert "Pokaż wszystkie usługi" in page


def test_what_was_typed_comes_back_as_text_and_never_as_html(client):
    make_service()
    page = text(client.get(LIST, {"q": '"><script>alert(1)</script>'}))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(("length", "problem"), [(100, False), (101, True), (20000, True)])
def test_words_that_are_too_long_are_told_and_hide_nothing(client, length, problem):
    make_service()
    response = client.get(LIST, {"q": "x" * length})
    assert bool(response.context["form"].errors) is problem
    assert names(response) == (["Terapia logopedyczna"] if problem else [])
    assert ("Za długie: zmieści się najwyżej 100 znaków" in text(response)) is problem


@pytest.mark.parametrize("words", ["\x00", "a\x00b", "\u202eabc", "\ud83d"])
def test_characters_nobody_sees_are_refused_in_words(client, words):
    make_service()
    response = client.get(LIST, {"q": words.encode("utf-8", "surrogatepass")})
    assert response.status_code == 200
    assert names(response) in (["Terapia logopedyczna"], [])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text(max_size=120), value=st.text(max_size=12))
def test_no_question_breaks_the_list(client, words, value):
    response = client.get(LIST, {"q": words, "area": value, "place": value, "page": value})
    assert response.status_code == 200


def test_what_holds_the_words_as_typed_comes_first(client):
    make_service("Asystent", name="U1", keywords="ktoś, kto pomoże w domu; pomoc")
    make_service("Ktoś do pomocy w domu", name="U2")
    assert names(client.get(LIST, {"q": "ktoś do pomocy w domu"})) == ["Ktoś do pomocy w domu", "Asystent"]
    assert names(client.get(LIST)) == ["Asystent", "Ktoś do pomocy w domu"]


def test_the_words_that_were_asked_for_are_marked(client):
    make_service("Ktoś do <pomocy> w domu")
    page = text(client.get(LIST, {"q": "pomoc"}))
    assert "Ktoś do &lt;<mark>pomocy</mark>&gt; w domu" in page
    assert "<mark>" not in text(client.get(LIST))


def test_a_list_does_not_threaten_with_a_queue_that_may_be_empty(client):
    service = make_service("Logopeda")
    service.programme_services.update(keeps_waiting_list=True)
    publish_again(service)
    for path in ("/uslugi/", "/", service.get_absolute_url()):
        assert "tag-warn" not in text(client.get(path))


def test_a_sentence_finds_what_holds_some_of_its_words(client):
    make_service("Obiad z dowozem")
    make_service("Logopeda")
    page = client.get(LIST, {"q": "gdzie zjeść obiad"})
    assert names(page) == []
    assert names_on(page.context["similar"]) == ["Obiad z dowozem"]
    assert client.get(LIST, {"q": "obiad"}).context["similar"] == []


def test_a_reader_of_another_language_is_told_what_is_in_polish(client):
    service = make_service("Logopeda")
    path = service.get_absolute_url()
    assert "подано польською" in text(client.get("/uk" + path))
    assert "po polsku" not in text(client.get(path))
    assert '<strong><span lang="pl">Logopeda</span></strong>' in text(client.get("/uk" + LIST))
    assert "<strong>Logopeda</strong>" in text(client.get(LIST))


def test_nothing_found_offers_three_other_ways(client):
    shown = text(client.get("/uslugi/", {"q": "xyzzy"}))
    assert all(way in shown for way in ('href="/zgloszenie/"', 'href="/oddzwonimy/"', 'href="tel:+48815172468"'))


# -- one service ----------------------------------------------------------------------------------------
def full_service(**fields):
    service = make_service("Logopeda", **{"name": "Terapia logopedyczna", "summary": "Ćwiczenia mowy."} | fields)
    service.programme_services.update(
        limit_text="w grupie",
        person_units=20,
        person_unit="hour",
        person_period="year",
        keeps_waiting_list=True,
        capacity=15,
        capacity_period="at_once",
    )
    service.steps.create(position=1, title="Składasz zgłoszenie", text="5 minut")
    service.documents.create(position=1, name="Dowód")
    service.documents.create(position=2, name="Opinia", is_required=False)
    service.locations.add(Location.objects.create(code="biuro", name="Biuro", address="ul. Fabryczna 2B"))
    return publish_again(service)


def test_the_page_of_a_service_says_all_that_matters(client):
    service = full_service(direct_entry=True, direct_entry_note="Idź do poradni.", provider_note="logopeda z umową")
    Programme.objects.update(name="Program Usług", resolution_no="uchwała nr 1/2021", funding="Środki gminy")
    publish_again()
    page = text(client.get(service.get_absolute_url()))
    for words in (
        *(
            "<h1>Logopeda</h1>",
            "Ćwiczenia mowy.",
            "Terapia logopedyczna",
            "najwyżej 20 godzin w roku; w grupie",
            "15 miejsc (jednocześnie)",
        ),
        *("bezpłatnie", "Wpisujemy na listę oczekujących", "Dowód", "jeśli jest", "Biuro", "ul. Fabryczna 2B"),
        *("Program Usług, uchwała nr 1/2021; w mocy", "Środki gminy", "cała gmina Bełżyce", "Składasz zgłoszenie"),
        *("Możesz też iść wprost", "Idź do poradni.", "Centrum Usług Społecznych; logopeda z umową", "1 stycznia 2026"),
        *("Bez decyzji, według zasad programu. Tylko odmowa jest decyzją.", 'href="tel:+48815172468"'),
    ):
        assert words in page, words
    assert page.count("<h1") == 1
    assert "Leave this page" not in page
    assert "leave.js" not in page


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (-9, 9, ""),
        (0, 0, ""),
        (-9, -1, "Ta usługa już się skończyła"),
        (1, 9, "Jeszcze się nie zaczęła"),
    ],
)
def test_the_page_says_when_a_service_is_not_in_force(client, since, until, said):
    service = make_service(valid_from=days_from_now(since), valid_to=days_from_now(until))
    page = text(client.get(service.get_absolute_url()))
    for other in ("Ta usługa już się skończyła", "Jeszcze się nie zaczęła", "Przerwa między edycjami"):
        assert (other in page) is (other == said)
    assert (f"?usluga={service.slug}" in page) is (not said and "/zgloszenie/" in page)


def test_between_editions_the_page_names_the_next_first_day(client):
    service = make_service(valid_from=date(2021, 1, 1), valid_to=days_from_now(-1))
    ProgrammeService.objects.create(
        service=service,
        programme=factories.make_programme(valid_from=date(2099, 3, 1)),
        valid_from=date(2099, 3, 1),
        regime="programme",
        fee_kind="free",
    )
    publish_again(service)
    page = text(client.get(service.get_absolute_url()))
    assert "Przerwa między edycjami" in page
    assert "Następna edycja zaczyna się 1 marca 2099." in page


def test_a_draft_is_a_page_for_staff_only(client, sign_in, beata):
    draft = make_service(status="draft")
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert client.get("/uslugi/nie-ma-takiej/").status_code == 404
    assert "Tę stronę widzą tylko pracownicy" in text(sign_in(beata).get(draft.get_absolute_url()))


@pytest.mark.parametrize("name", ["ewa", "stranger", "root"])
def test_a_draft_is_not_there_for_others_who_signed_in(sign_in, request, name):
    draft = make_service(status="draft")
    assert sign_in(request.getfixturevalue(name)).get(draft.get_absolute_url()).status_code == 404


def test_an_archived_service_keeps_its_page_and_says_that_it_ended(client):
    service = make_service(status="archived")
    page = text(client.get(service.get_absolute_url()))
    assert "Ta usługa już się skończyła" in page
    assert "?usluga=" not in page


@pytest.mark.parametrize("flag", ["service", "place", "both"])
def test_a_confidential_place_is_shown_nowhere(client, flag):
    service = make_service("Grupa wsparcia", place_is_confidential=flag != "place")
    place = Location.objects.create(
        code="ukryte", name="Dom pod Lipą", address="ul. Ukryta 7", is_confidential=flag != "service"
    )
    service.locations.add(place)
    publish_again(service)
    detail = text(client.get(service.get_absolute_url()))
    pages = [detail, text(client.get("/")), text(client.get(LIST)), text(client.get(LIST, {"q": "Ukryta"}))]
    for page in pages:
        assert "Dom pod Lipą" not in page
        assert "ul. Ukryta 7" not in page
    if flag != "place":
        assert "Miejsce podajemy tylko uczestnikom. Zadzwoń do nas." in detail
        assert "Opuść szybko tę stronę" in detail
        assert "data-leave" in detail


def test_who_searches_in_danger_may_leave_the_page_quickly_and_nobody_else_is_frightened(client):
    for words in ("przemoc", "mąż mnie bije"):
        page = text(client.get(LIST, {"q": words}))
        assert "data-leave" in page
        assert "leave.js" in page
    assert "data-leave" not in text(client.get(LIST, {"q": "obiady"}))
    assert "data-leave" not in text(client.get(LIST))


def test_a_service_with_odd_text_is_shown_as_text(client):
    service = make_service("<b>Pogrubiona</b>", description="</div><script>x</script>", keywords="\u202e")
    page = text(client.get(service.get_absolute_url()))
    assert "&lt;b&gt;Pogrubiona&lt;/b&gt;" in page
    assert "<script>x" not in page


def test_other_languages_have_their_own_addresses_and_keep_the_data_polish(client):
    path = make_service().get_absolute_url()
    for prefix in ("/en", "/uk"):
        page = text(client.get(f"{prefix}{path}"))
        assert f'<html lang="{prefix[1:]}">' in page
        assert 'lang="pl"' in page
    assert "How it is granted" in text(client.get(f"/en{path}"))


def test_the_pages_only_read(client):
    service = make_service()
    for url in ("/", LIST, service.get_absolute_url()):
        assert client.post(url).status_code == 405
        assert client.head(url).status_code == 200
        assert "sessionid" not in client.get(url).cookies
