"""The whole record on the page of a service: what is in force on a day, people, places, papers, waiting, languages."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.test import override_settings
from django.utils import timezone

from services.catalogue import catalogue
from services.map import LETTER, LINE, map_of
from services.models import (
    Alert,
    BasisLoad,
    Locality,
    Location,
    ProgrammeService,
    Service,
    ServiceText,
    ServiceVersion,
    TargetGroup,
    Topic,
)
from services.publishing import renew_stamp
from tests.factories import at, make_form, make_programme, make_service, publish_again
from tests.pages import names_on

pytestmark = pytest.mark.django_db
LIST = "/uslugi/"
THURSDAY = at(date(2026, 11, 12), 12)


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def names(response):
    assert response.status_code == 200
    return names_on(response.context["cards"])


def add_basis(service, valid_from, valid_to=None, **fields):
    return ProgrammeService.objects.create(
        **{"service": service, "programme": make_programme(), "valid_from": valid_from, "valid_to": valid_to}
        | {"regime": "programme", "fee_kind": "free"}
        | fields
    )


@pytest.fixture
def two_prices():
    """A service that was free until the end of 2023 and has cost 5 zł for a ride since."""
    service = make_service("Dowóz", valid_from=date(2021, 1, 1), valid_to=date(2023, 12, 31))
    add_basis(service, date(2024, 1, 1), fee_kind="flat", fee_amount=Decimal(5), fee_unit="ride")
    return publish_again(service)


# -- the law on a day -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "price"),
    [("2022-05-05", "bezpłatnie"), ("31.12.2023", "bezpłatnie"), ("2024-01-01", "5 zł za przejazd"), ("", "5 zł")],
)
def test_a_past_day_shows_the_law_of_that_day(client, two_prices, day, price):
    for path in (LIST, two_prices.get_absolute_url()):
        page = text(client.get(path, {"na-dzien": day}))
        assert price in page
        assert ("Co obowiązywało" in page and "callout-wait" in page) is bool(day)
    free = client.get(LIST, {"na-dzien": day, "price": "free"})
    assert names(free) == (["Dowóz"] if price == "bezpłatnie" else [])


def test_before_its_first_basis_a_service_is_on_no_list_and_says_so(client, two_prices):
    assert names(client.get(LIST, {"na-dzien": "2020-12-31"})) == []
    page = text(client.get(two_prices.get_absolute_url(), {"na-dzien": "2020-12-31"}))
    assert "Jeszcze się nie zaczęła" in page
    assert "?usluga=" not in page


@pytest.mark.parametrize("day", ["2024-13-01", "wczoraj", "\x00", "9" * 400, "<b>", "31.02.2024", "0001-01-01"])
def test_a_day_that_is_none_is_answered_kindly(client, two_prices, day):
    for path in (LIST, two_prices.get_absolute_url()):
        page = text(client.get(path, {"na-dzien": day}))
        assert "Nie ma takiego dnia" in page
        assert "5 zł" in page
        assert "<b>”" not in page


def test_an_archived_service_was_in_force_until_it_was_archived(client):
    service = make_service("Dawna", valid_from=date(2021, 1, 1))
    Service.objects.update(status="archived")
    publish_again(service, now=at(date(2026, 6, 1)))
    assert names(client.get(LIST, {"na-dzien": "2026-05-31"})) == ["Dawna"]
    assert names(client.get(LIST, {"na-dzien": "2026-06-01"})) == []
    assert names(client.get(LIST)) == []
    assert "Ta usługa już się skończyła" in text(client.get(service.get_absolute_url()))


def test_the_catalogue_in_memory_agrees_with_the_database_on_every_day():
    days = [date(2025, 1, 1) + timedelta(40 * step) for step in range(12)]
    for number, first in enumerate(days):
        service = make_service(f"U{number}", valid_from=first, valid_to=first + timedelta(30 * (number % 4)))
        if number % 3:
            add_basis(service, first + timedelta(100), fee_kind=["free", "partly", "none_set"][number % 3])
    publish_again()
    entries = catalogue()
    for on in (first + timedelta(shift) for first in days for shift in (-1, 0, 29, 30, 31, 100)):
        day = entries.day(on)
        for bits, versions in (
            (day.in_force, ServiceVersion.objects.in_force(on)),
            (day.on_break, ServiceVersion.objects.on_break(on)),
        ):
            assert {entries.keys[place] for place in entries.in_order(bits)} == set(
                versions.values_list("pk", flat=True)
            )
        for version in ServiceVersion.objects.current():
            bit = 1 << entries.place_of[version.pk]
            assert (version.availability(on) == "in_force") is bool(day.in_force & bit)
            assert (version.availability(on) == "break") is bool(day.on_break & bit)
            basis = version.basis_in_force(on)
            assert bool(day.price["free"] & bit) is bool(basis and basis["fee"] == "free")


def test_an_old_address_leads_to_the_new_one(client):
    service = make_service("Logopeda", slug="stary-adres")
    Service.objects.update(slug="nowy-adres")
    service.refresh_from_db()
    publish_again(service)
    response = client.get("/uslugi/stary-adres/")
    assert (response.status_code, response["Location"]) == (301, "/uslugi/nowy-adres/")
    assert client.get("/uk/uslugi/stary-adres/")["Location"] == "/uk/uslugi/nowy-adres/"
    make_service("Inna", slug="stary-adres")
    assert "Inna" in text(client.get("/uslugi/stary-adres/"))


# -- money --------------------------------------------------------------------------------------------
def test_an_income_table_is_a_table(client):
    service = make_service("Opieka")
    basis = service.programme_services.get()
    basis.fee_kind = "income_table"
    basis.save()
    basis.fee_bands.create(position=1, income_to=Decimal(1010), percent=0)
    basis.fee_bands.create(position=2, income_to=Decimal(2020), percent=30)
    basis.fee_bands.create(position=3, amount=Decimal("25.50"))
    page = text(client.get(publish_again(service).get_absolute_url()))
    for cells in ("do 1010 zł</th><td>0% kosztu", "do 2020 zł</th><td>30% kosztu", "wyższy</th><td>25,50 zł"):
        assert cells in page.replace("\xa0", "").replace("1 010", "1010").replace("2 020", "2020")
    assert "O pomoc może prosić każdy." in page


# -- the real queue -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("taken", "words"), [(12, "zostały 3 miejsca"), (15, "brak wolnych miejsc"), (20, "brak wolnych miejsc")]
)
def test_places_left_and_the_wait_are_told_with_their_day(client, taken, words):
    service = make_service("Logopeda")
    basis = service.programme_services.get()
    basis.capacity, basis.capacity_period = 15, "at_once"
    basis.save()
    publish_again(service)
    assert "stan na" not in text(client.get(service.get_absolute_url()))
    BasisLoad.objects.create(basis=basis, taken=taken, waiting=4, typical_wait=50, counted_at=THURSDAY)
    page = text(client.get(service.get_absolute_url()))
    assert f"{words} (stan na 12 listopada 2026)" in page
    assert "zwykle około 7 tygodni (stan na 12 listopada 2026)" in page
    assert "stan na" not in text(client.get(service.get_absolute_url(), {"na-dzien": "2024-01-01"}))


# -- people, places, papers ---------------------------------------------------------------------------
def full_place(**fields):
    locality, _created = Locality.objects.get_or_create(
        code="wronow", defaults={"name": "Wronów", "kind": "village", "teryt": "0609015"}
    )
    return Location.objects.create(
        **{"code": "swietlica", "name": "Świetlica", "address": "ul. Szkolna 1", "locality": locality}
        | {"latitude": "51.17", "longitude": "22.28", "phone": "81 500 00 00", "transport": "Bus linii 7."}
        | {"access": ["step_free", "toilet"], "accessibility": "Dzwonek przy drzwiach."}
        | fields
    )


def test_the_page_tells_people_places_and_ways_in(client):
    service = make_service("Logopeda", languages=["pl", "uk"], website="https://example.org/logopeda")
    service.locations.add(full_place())
    service.contacts.create(position=1, label="Sekretariat", phone="81 511 11 11", email="a@example.org", note="rano")
    service.eligibility.create(position=1, label="dzieci do 7 lat", age_to=7)
    service.eligibility.create(position=2, label="dorośli po udarze")
    service.documents.create(position=1, name="Skierowanie", where_from="od lekarza rodzinnego")
    page = text(client.get(publish_again(service).get_absolute_url()))
    for words in (
        *("Świetlica", "ul. Szkolna 1, Wronów", "Bus linii 7.", "wejście bez schodów", "Dzwonek przy drzwiach."),
        *("Sekretariat", 'href="tel:+48815111111"', "mailto:a@example.org", "rano", "https://example.org/logopeda"),
        *("dzieci do 7 lat", "albo: dorośli po udarze", "polski, ukraiński", "od lekarza rodzinnego"),
        'href="/mapa/#miejsce-swietlica"',
    ):
        assert words in page, words


@pytest.mark.parametrize(
    ("moment", "words"),
    [(THURSDAY, "otwarte teraz do 15:30"), (at(date(2026, 11, 13), 16), "otworzymy w poniedziałek o 7:30")],
)
def test_the_page_says_whether_its_place_is_open(client, time_machine, moment, words):
    time_machine.move_to(moment, tick=False)
    place = full_place()
    for day in range(5):
        place.hours.create(weekday=day, opens_at="07:30", closes_at="15:30")
    place.exceptions.create(first_on=date(2026, 12, 28), last_on=date(2026, 12, 31), note="inwentaryzacja")
    service = make_service("Logopeda")
    service.locations.add(place)
    publish_again(service)
    for path in (service.get_absolute_url(), "/mapa/"):
        page = text(client.get(path))
        assert words in page
        assert "poniedziałek–piątek" in page
        assert "nieczynne (inwentaryzacja)" in page
    is_open = "teraz do" in words
    assert names(client.get(LIST, {"open": "1"})) == (["Logopeda"] if is_open else [])


def test_one_point_makes_no_map_and_the_page_says_so(client):
    full_place()
    publish_again()
    page = text(client.get("/mapa/"))
    assert "<svg viewBox" not in page
    assert "Mapy jeszcze tu nie ma." in page
    assert "Świetlica" in page
    Location.objects.create(code="dom", name="Dom kultury", latitude="51.18", longitude="22.3")
    publish_again()
    page = text(client.get("/mapa/"))
    assert page.count("<circle") == 2
    assert "Mapy jeszcze tu nie ma." not in page


def test_hours_of_its_own_count_before_those_of_the_place(client, time_machine):
    time_machine.move_to(THURSDAY, tick=False)
    place, service = full_place(), make_service("Dyżur")
    place.hours.create(weekday=3, opens_at="08:00", closes_at="20:00")
    service.locations.add(place)
    service.hours.create(weekday=3, opens_at="16:00", closes_at="18:00")
    publish_again(service)
    assert names(client.get(LIST, {"open": "1"})) == []
    assert "otworzymy dziś o 16:00" in text(client.get(service.get_absolute_url()))


def test_a_form_is_downloaded_by_anybody(client, settings, tmp_path):
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path
    form = make_form(file=ContentFile(b"%PDF-1.4", "x.pdf"))
    service = make_service("Psycholog")
    service.documents.create(position=1, name="Zgoda", form=form)
    page = text(client.get(publish_again(service).get_absolute_url()))
    assert 'href="/druki/zgoda/"' in page
    response = client.get("/druki/zgoda/")
    assert b"".join(response.streaming_content) == b"%PDF-1.4"
    assert response["Content-Type"] == "application/pdf"
    assert (
        "Zgoda%20rodzica.pdf" in response["Content-Disposition"]
        or "Zgoda rodzica.pdf" in response["Content-Disposition"]
    )
    assert client.get("/druki/nie-ma/").status_code == 404


# -- alerts -------------------------------------------------------------------------------------------
def test_an_alert_is_shown_where_it_belongs_and_in_its_days(client):
    today = timezone.localdate()
    place, here, other = full_place(), make_service("Tutaj"), make_service("Gdzie indziej")
    here.locations.add(place)
    publish_again(here)
    days = {"first_on": today, "last_on": today + timedelta(3)}
    Alert.objects.create(text="Całe centrum.", **days)
    Alert.objects.create(text="To miejsce.", location=place, **days)
    Alert.objects.create(text="Ta usługa.", service=other, suspends=True, **days)
    Alert.objects.create(text="Stary.", first_on=today - timedelta(9), last_on=today - timedelta(1))
    Alert.objects.create(text="Przyszły.", first_on=today + timedelta(1))
    renew_stamp()
    shown = {
        path: [
            said for said in ("Całe", "To miejsce", "Ta usługa", "Stary", "Przyszły") if said in text(client.get(path))
        ]
        for path in ("/", LIST, "/mapa/", here.get_absolute_url(), other.get_absolute_url())
    }
    assert shown == {
        "/": ["Całe"],
        LIST: ["Całe"],
        "/mapa/": ["Całe", "To miejsce"],
        here.get_absolute_url(): ["Całe", "To miejsce"],
        other.get_absolute_url(): ["Całe", "Ta usługa"],
    }
    page = text(client.get(other.get_absolute_url()))
    assert "Wstrzymane" in page
    assert "?usluga=" not in page
    assert "?usluga=" in text(client.get(here.get_absolute_url()))
    assert text(client.get(LIST)).count("wstrzymana") == 1


# -- what never leaks ---------------------------------------------------------------------------------
def test_a_confidential_place_is_on_no_map_and_in_no_filter(client):
    secret = full_place(code="tajne", name="Dom pod Lipą", is_confidential=True)
    secret.hours.create(weekday=0, opens_at="08:00", closes_at="12:00")
    service = make_service("Wsparcie")
    service.locations.add(secret)
    Alert.objects.create(text="Alarm tajny.", location=secret, first_on=date(2020, 1, 1))
    publish_again(service)
    for path in ("/", LIST, "/mapa/", service.get_absolute_url(), service.get_absolute_url() + "?na-dzien=2024-01-01"):
        page = text(client.get(path))
        assert not [said for said in ("Lipą", "tajn", "51.17", "Bus linii 7") if said in page]
    assert "Nie ma tu takiego wyboru" in text(client.get(LIST, {"at": "tajne"}))


# -- languages ------------------------------------------------------------------------------------------
def test_each_language_has_its_texts_and_what_is_missing_is_marked_as_polish(client):
    service = make_service("Logopeda", easy_text="Krótko.", sign_film="https://example.org/pjm")
    ServiceText.objects.create(service=service, language="uk", plain_name="Логопед", summary="Мовлення.")
    ServiceText.objects.create(
        service=service, language="en", plain_name="Speech therapist", summary="Speech.", description="You meet.",
        for_whom="Residents",
    )  # fmt: skip
    service.steps.create(position=1, title="Dzwonisz", title_uk="Телефонуєте")
    publish_again(service)
    path = service.get_absolute_url()
    ukrainian, english, polish = (text(client.get(prefix + path)) for prefix in ("/uk", "/en", ""))
    assert "<h1>Логопед</h1>" in ukrainian
    assert '<div class="prose" lang="pl"><p>Pomoc dla mieszkańców.</p>' in ukrainian
    assert '<span lang="pl">mieszkańcy gminy</span>' in ukrainian
    assert "Телефонуєте" in ukrainian
    assert "подано польською" in ukrainian
    assert '<div class="prose"><p>You meet.</p>' in english
    assert "Some of this is in Polish" not in english
    assert '<span lang="pl">Dzwonisz</span>' in english
    assert "<h1>Logopeda</h1>" in polish
    assert "<span lang=" not in polish.split("<main")[1]
    for page in (ukrainian, english, polish):
        assert "Krótko." in page
        assert 'href="https://example.org/pjm"' in page
    assert "Speech therapist" in text(client.get("/en" + LIST))


# -- filters and counts -----------------------------------------------------------------------------------
def counts(response, name):
    choice = next(choice for choice in response.context["found"].choices if choice.name == name)
    return {code: count for code, _label, count in choice.options}


def test_each_choice_shows_how_many_it_would_leave(client):
    senior, youth = (
        TargetGroup.objects.create(code=code, name=code, position=number)
        for number, code in enumerate(("senior", "youth"))
    )
    make_service("Wszyscy"), make_service("Zdalna", delivery_modes=["remote"])
    make_service("Seniorzy").target_groups.add(senior)
    make_service("Młodzież", delivery_modes=["at_home"]).target_groups.add(youth)
    publish_again()
    everything = client.get(LIST)
    assert counts(everything, "group") == {"senior": 3, "youth": 3}
    assert counts(everything, "delivery") == {"on_site": 2, "at_home": 1, "remote": 1}
    chosen = client.get(LIST, {"group": "senior"})
    assert names(chosen) == ["Seniorzy", "Wszyscy", "Zdalna"]
    assert counts(chosen, "group") == {"senior": 3, "youth": 3}
    assert counts(chosen, "delivery") == {"on_site": 2, "remote": 1}
    assert names(client.get(LIST, {"delivery": "on_site"})) == ["Seniorzy", "Wszyscy"]


def test_a_topic_holds_what_stands_under_its_own_topics(client):
    above = Topic.objects.create(code="dom", name="Dom")
    below = Topic.objects.create(code="naprawy", name="Naprawy", parent=above, position=1)
    make_service("Złota rączka").topics.add(below)
    make_service("Inna")
    publish_again()
    assert names(client.get(LIST, {"topic": "dom"})) == ["Złota rączka"]
    assert counts(client.get(LIST), "topic") == {"dom": 1, "naprawy": 1}


def test_a_chosen_filter_can_be_taken_back_alone(client):
    make_service("Usługa", delivery_modes=["remote"])
    page = text(client.get(LIST, {"q": "usługa", "delivery": "remote", "price": "free", "page": "1"}))
    assert 'href="?q=us%C5%82uga&amp;price=free"><span>W jaki sposób: <b>' in page


def test_filters_survive_paging(client):
    for number in range(25):
        make_service(f"Usługa {number:02}", delivery_modes=["remote"])
    page = text(client.get(LIST, {"delivery": "remote", "na-dzien": "2024-05-05"}))
    assert 'href="?delivery=remote&amp;na-dzien=2024-05-05&amp;page=2"' in page
    second = client.get(LIST, {"delivery": "remote", "na-dzien": "2024-05-05", "page": 2})
    assert names(second) == [f"Usługa {number}" for number in range(20, 25)]
    assert '<option value="remote" selected>' in text(second)


# -- the map --------------------------------------------------------------------------------------------
def test_every_fact_of_the_map_is_in_the_list(client):
    service = make_service("Logopeda")
    far = {"code": "daleko", "name": "Daleko", "latitude": "51.10", "longitude": "22.30"}
    service.locations.add(full_place(), full_place(**far), Location.objects.create(code="bez", name="Bez punktu"))
    publish_again(service)
    page = text(client.get("/mapa/"))
    assert page.count("<circle") == 2
    number = page.split('href="#miejsce-swietlica" aria-label="Miejsce numer ')[1].split('"')[0]
    assert f"<h3>{number}. Świetlica</h3>" in page
    assert "Tego miejsca nie ma jeszcze na mapie." in page
    assert '<a class="tap" href="/uslugi/?at=swietlica">1 usługa w tym miejscu</a>' in page
    assert names(client.get(LIST, {"at": "swietlica"})) == ["Logopeda"]


def test_a_place_whose_point_nobody_knows_stands_at_its_village(client):
    points = {"belzyce": ("Bełżyce", "51.1741", "22.2802"), "babin": ("Babin", "51.1733", "22.3480")}
    for code, (name, latitude, longitude) in points.items():
        Locality.objects.create(
            code=code, name=name, kind="village", teryt="0609015", latitude=latitude, longitude=longitude
        )
    town = Locality.objects.get(code="belzyce")
    service = make_service("Logopeda")
    nowhere = {"latitude": None, "longitude": None, "locality": town}
    for code, name in (("a", "Biblioteka"), ("b", "Dom kultury"), ("c", "Ośrodek sportu")):
        service.locations.add(full_place(code=code, name=name, **nowhere))
    full_place(code="schronienie", name="Schronienie", is_confidential=True, **nowhere)
    service.locations.add(full_place(name="Świetlica", locality=town))
    publish_again(service)
    page = text(client.get("/mapa/"))
    drawing = page.split("<svg")[-1].split("</svg>")[0]
    assert (
        '<a class="somewhere" href="#miejsce-a" aria-label="Gdzieś w miejscowości Bełżyce: miejsca numer 1–3">'
        in drawing
    )
    assert drawing.count('class="dot"') == 1
    assert "<title>Babin</title>" in drawing
    assert 'aria-label="Miejsce numer 4"' in drawing
    assert page.count("Na mapie przy nazwie Bełżyce: dokładny punkt nie jest znany.") == 3
    assert "Schronienie" not in page
    assert "W ramce: miejsca, których dokładnego punktu w miejscowości nie znamy." in page


def test_names_on_the_map_cover_nothing_and_stay_on_the_sheet():
    spots = [(f"Miejscowość {n}", 51.10 + n % 5 / 100, 22.20 + n % 7 / 50) for n in range(26)]
    localities = [Locality(name=name, latitude=latitude, longitude=longitude) for name, latitude, longitude in spots]
    for locality in localities:
        locality.inside = []
    localities[3].inside = ["a", "b"]
    drawn = map_of([{"code": "a"}, {"code": "b"}], localities)
    assert sorted(name for dot in drawn.dots for name in dot.name.split(", ")) == sorted(name for name, *_ in spots)
    named = [dot for dot in drawn.dots if dot.label]
    assert named[0].numbers == "1, 2"
    boxes = []
    for dot in named:
        wide = len(dot.name) * LETTER
        left = dot.label.x - {"start": 0, "middle": wide / 2, "end": wide}[dot.label.anchor]
        boxes.append((left, dot.label.y - LINE / 2, left + wide, dot.label.y + LINE / 2))
    assert len(boxes) > 5
    for left, top, right, bottom in boxes:
        assert (left >= -1, right <= 601, top >= -1, bottom <= drawn.height + 1) == (True,) * 4
        clear = [b for b in boxes if b[2] <= left + 1 or b[0] >= right - 1 or b[3] <= top + 1 or b[1] >= bottom - 1]
        assert len(clear) == len(boxes) - 1


def test_one_point_on_an_empty_sheet_is_no_map(client):
    service = make_service("Logopeda")
    service.locations.add(full_place())
    publish_again(service)
    page = text(client.get("/mapa/"))
    assert "<circle" not in page
    assert "<h1>Miejsca</h1>" in page
    assert "1. Świetlica" in page


def test_an_empty_map_leads_to_the_list(client):
    page = text(client.get("/mapa/"))
    assert "<svg" not in page.split("<main")[1]
    assert "Nie ma jeszcze żadnych miejsc" in page


@override_settings(PUBLIC_URL="https://example.org")
def test_the_map_asks_the_database_as_often_however_many_places(client, django_assert_num_queries):
    for number in range(12):
        full_place(code=f"m{number}", latitude=f"51.{number + 10}")
    publish_again(make_service())
    client.get("/mapa/")
    with django_assert_num_queries(1):
        client.get("/mapa/")
