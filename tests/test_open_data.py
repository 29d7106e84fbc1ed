"""The open data: what stands in them, what never does, and what an asker gets who asks too much or oddly."""

import subprocess
import sys
import tracemalloc
from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from services.api.records.schedule import clock
from services.models import Alert, Location, ProgrammeService, Service, ServiceArea, ServiceVersion, Topic
from services.publishing import publish_all
from tests.factories import NOW, at, make_service
from tests.open_data_world import ROOT, contents, get, make_full_service, make_many, make_place

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LISTS = ["/services", "/organizations", "/service_at_locations", "/taxonomies", "/taxonomy_terms"]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def names(client, path="/services", **asked):
    return [record["name"] for record in contents(client, path, **asked)]


# -- what stands in them -------------------------------------------------------------------------------
def test_a_full_record_tells_everything_the_catalogue_knows(client):
    service = make_full_service()
    record = get(client, f"/services/{service.uuid}").json()
    assert record["id"] == str(service.uuid)
    assert (record["name"], record["alternate_name"]) == ("Usługi opiekuńcze", "Opieka w domu")
    assert (record["status"], record["alert"]) == ("active", "W święta krócej.")
    assert (record["minimum_age"], record["maximum_age"]) == (18, 120)
    assert record["url"] == f"{settings.PUBLIC_URL}/uslugi/{service.slug}/"
    assert record["wait_time"] == "około 30 dni; czeka osób: 2"
    assert record["application_process"] == "1. Dzwonisz: Albo przychodzisz.\nMożesz też iść tam od razu: Rynek 1"
    assert [(row["document"], row.get("uri")) for row in record["required_documents"]] == [
        ("Dowód osobisty", None),
        ("Zaświadczenie, jeśli masz", f"{settings.PUBLIC_URL}/druki/zgoda/"),
    ]
    assert [(row["name"], row["code"]) for row in record["languages"]] == [
        ("polski", "pl"),
        ("ukraiński", "uk"),
        ("polski język migowy", "pso"),
    ]
    assert [row["source"] for row in record["funding"]] == ["budżet gminy"]
    assert [(row.get("amount"), row["option"]) for row in record["cost_options"]] == [
        (None, "dochód osoby do 1\xa0010 zł miesięcznie"),
        (25.5, "każdy wyższy dochód"),
    ]
    (area,) = record["service_areas"]
    assert (area["name"], area["extent"]) == ("Babin", "TERYT 0609015")


def test_what_a_service_is_marked_with_are_terms_that_can_be_looked_up(client):
    service = make_full_service()
    record = get(client, f"/services/{service.uuid}").json()
    marks = {(row["link_type"], row["taxonomy_term"]["code"]) for row in record["attributes"]}
    assert {
        ("service_category", "area-1"),
        ("target_population", "seniors"),
        ("topic", "care"),
        ("service_area", "babin"),
        ("service_delivery", "at_home"),
        ("granting", "programme"),
    } <= marks
    for row in record["attributes"]:
        found = get(client, f"/taxonomy_terms/{row['taxonomy_term_id']}").json()
        detail = found.pop("taxonomy_detail")
        assert found == row["taxonomy_term"]
        assert detail == get(client, f"/taxonomies/{found['taxonomy_id']}").json()


def test_other_languages_and_forms_of_a_text_are_attributes(client):
    service = make_full_service()
    record = get(client, f"/services/{service.uuid}").json()
    worded = {
        (row["taxonomy_term"]["code"], row["link_type"]): row["value"] for row in record["attributes"] if "value" in row
    }
    assert worded["uk", "name"] == "Care uk"
    assert worded["en", "eligibility_description"] == "All."
    assert worded["etr", "description"] == "Ktoś przychodzi do Ciebie do domu."
    assert worded["pjm", "description"] == "https://example.pl/film"


def test_hours_are_events_that_name_the_days_off(client):
    service = make_full_service()
    weekly, monthly, closed = get(client, f"/services/{service.uuid}").json()["schedules"]
    assert (weekly["freq"], weekly["byday"]) == ("WEEKLY", "MO,TU,WE,TH,FR")
    assert (weekly["opens_at"], weekly["closes_at"]) == ("07:30+01:00", "15:30+01:00")
    assert weekly["description"] == "pon-pt 07:30-15:30"
    assert "2026-12-24, 2026-12-25" in weekly["notes"]
    assert "2026-12-26" not in weekly["notes"]  # a Saturday
    assert (monthly["freq"], monthly["byday"]) == ("MONTHLY", "-1SA")
    assert "opens_at" not in closed
    assert (closed["valid_from"], closed["valid_to"], closed["notes"]) == ("2026-12-28", "2026-12-31", "remont")


def test_the_clock_of_the_day_stands_beside_each_hour():
    assert clock("08:00", date(2026, 7, 1)) == "08:00+02:00"


def test_a_place_tells_its_address_point_and_access(client):
    make_full_service()
    (record,) = contents(client, "/service_at_locations", full="true")
    place = record["location"]
    assert (place["latitude"], place["longitude"]) == (51.174, 22.279)
    (address,) = place["addresses"]
    assert (address["address_1"], address["postal_code"], address["city"]) == ("Rynek 1", "24-200", "Bełżyce")
    assert (address["state_province"], address["country"]) == ("lubelskie", "PL")
    assert len(place["accessibility"]) == 3


def test_an_institution_is_known_by_its_numbers_in_the_registers(client, centre):
    centre.nip, centre.regon, centre.krs = "7132890121", "003271573", "0000123456"
    centre.save()
    make_many(2)
    (brief,) = contents(client, "/organizations")
    record = get(client, f"/organizations/{brief['id']}").json()
    numbers = {row["identifier_scheme"]: row["identifier"] for row in record["organization_identifiers"]}
    assert numbers == {"PL-NIP": "7132890121", "PL-REGON": "003271573", "PL-KRS": "0000123456"}
    assert [row["name"] for row in record["services"]] == ["Usługa 00000", "Usługa 00001"]
    assert "schedules" not in record["services"][0]
    full = get(client, f"/organizations/{brief['id']}", full_service="true").json()
    assert full["services"][0]["service_at_locations"]


def test_identifiers_stay_the_same_when_names_change(client):
    make_full_service()
    before = [[record["id"] for record in contents(client, path)] for path in LISTS]
    Service.objects.update(name="Inna", plain_name="Inna", slug="inna")
    Location.objects.update(name="Inny dom")
    ServiceArea.objects.update(name="Inny obszar")
    publish_all(now=at(TODAY, 13))
    with time_machine.travel(at(TODAY, 13), tick=False):
        assert [[record["id"] for record in contents(client, path)] for path in LISTS] == before
    assert all(UUID(identifier) for identifiers in before for identifier in identifiers)


# -- status --------------------------------------------------------------------------------------------
def test_status_follows_the_clock_and_the_alerts(client):
    kept = make_service("Działa")
    paused = make_service("Przerwa", valid_to=TODAY - timedelta(days=3))
    row = paused.programme_services.get()
    ProgrammeService.objects.create(
        programme=row.programme,
        service=paused,
        valid_from=TODAY + timedelta(days=9),
        regime="programme",
        fee_kind="free",
    )
    ended = make_service("Skończona", valid_to=TODAY - timedelta(days=1))
    coming = make_service("Przyszła", valid_from=TODAY + timedelta(days=1))
    publish_all(now=NOW)
    listed = {record["name"]: record["status"] for record in contents(client, "/services")}
    assert listed == {"Działa": "active", "Przerwa": "temporarily closed"}
    assert {record["name"]: record["status"] for record in contents(client, "/services", minimal="true")} == listed
    for service in (ended, coming):
        assert get(client, f"/services/{service.uuid}").json()["status"] == "inactive"
    Alert.objects.create(service=kept, text="Remont.", suspends=True, first_on=TODAY)
    assert {record["status"] for record in contents(client, "/services")} == {"temporarily closed"}
    assert {record["status"] for record in contents(client, "/services", minimal="true")} == {"temporarily closed"}


# -- what never stands in them -------------------------------------------------------------------------
def everything(client):
    """Return all that the API tells, in every list and form."""
    texts = []
    for path in LISTS:
        for asked in ({}, {"full": "true"}, {"minimal": "true"}, {"full_service": "true"}):
            texts.append(get(client, path, **asked).content.decode())
            texts.append(get(client, path, format="ndjson", **asked).getvalue().decode())
    return "\n".join(texts)


def test_no_draft_no_archived_entry_and_no_unreviewed_change_leaks(client):
    make_service("Szkic sekretny", status="draft")
    archived = make_service("Dawna sekretna", status="archived")
    public = make_service("Jawna")
    publish_all(now=NOW)
    Service.objects.filter(pk=public.pk).update(summary="Zmiana sekretna.", status="review")
    publish_all(now=NOW)
    told = everything(client)
    assert "Jawna" in told
    assert "sekretn" not in told
    assert get(client, f"/services/{archived.uuid}").status_code == 404


def test_a_confidential_place_never_leaks_not_even_when_it_has_just_become_so(client):
    service = make_full_service()
    (record,) = contents(client, "/service_at_locations")
    Alert.objects.create(location=Location.objects.get(), text="Na Rynku 1 remont.", first_on=TODAY)
    assert "Na Rynku 1 remont." in everything(client)
    Location.objects.update(is_confidential=True)
    told = everything(client) + get(client, f"/services/{service.uuid}").content.decode()
    assert "Dom na Rynku" not in told
    assert "Na Rynku 1 remont." not in told
    assert get(client, f"/service_at_locations/{record['id']}").status_code == 404
    assert contents(client, "/service_at_locations", postcode="24-200") == []


# -- parameters ----------------------------------------------------------------------------------------
def test_services_are_found_by_words_term_taxonomy_organization_and_change(client, pcpr):
    other = make_service("Mediacje", provider=pcpr)
    other.topics.add(Topic.objects.create(code="family", name="Rodzina"))
    make_full_service()
    ServiceVersion.objects.filter(service=other).update(modified_at=at(TODAY - timedelta(days=9)))
    (term,) = contents(client, "/taxonomy_terms", search="opieka")
    assert names(client, search="mediacji") == ["Mediacje"]
    assert names(client, taxonomy_term_id=term["id"]) == ["Usługi opiekuńcze"]
    assert names(client, taxonomy_id=term["taxonomy_id"]) == ["Mediacje", "Usługi opiekuńcze"]
    assert names(client, taxonomy_term_id=str(other.uuid)) == []
    (pcpr_record,) = contents(client, "/organizations", search="POWIATOWE centrum")
    assert names(client, organization_id=pcpr_record["id"]) == ["Mediacje"]
    assert names(client, organization_id=pcpr_record["id"].upper()) == ["Mediacje"]
    for moment in (TODAY.isoformat(), f"{TODAY}T10:00:00+01:00", f"{TODAY}T10:00:00 01:00", f"{TODAY}T09:00:00Z"):
        assert names(client, modified_after=moment) == ["Usługi opiekuńcze"]
    assert names(client, modified_after="2026-12-01") == []


def test_every_term_leads_to_the_services_marked_with_it(client):
    service = make_full_service()
    make_service("Dla całej gminy")
    publish_all(now=NOW)
    record = get(client, f"/services/{service.uuid}").json()
    for row in record["attributes"]:
        assert "Usługi opiekuńcze" in names(client, taxonomy_term_id=row["taxonomy_term_id"]), row["taxonomy_term"]
        assert "Usługi opiekuńcze" in names(client, taxonomy_id=row["taxonomy_term"]["taxonomy_id"])
    municipality = contents(client, "/taxonomy_terms", search="TERYT 0609013")[0]
    assert names(client, taxonomy_term_id=municipality["id"]) == ["Dla całej gminy"]


def test_terms_are_found_by_taxonomy_and_by_where_they_stand(client):
    make_full_service()
    topics = next(one for one in contents(client, "/taxonomies", per_page=200) if one["name"] == "Tematy")
    top = contents(client, "/taxonomy_terms", taxonomy_id=topics["id"], top_only="true")
    assert [term["code"] for term in top] == ["home"]
    assert [term["code"] for term in contents(client, "/taxonomy_terms", parent_id=top[0]["id"])] == ["care"]


def test_places_near_a_postcode(client):
    near, far = (
        make_place(latitude="51.17", longitude="22.28"),
        make_place("daleko", latitude="51.27", longitude="22.28"),
    )
    Location.objects.filter(pk=far.pk).update(address="Polna 2, 20-001 Lublin")
    for number, place in enumerate((near, far)):
        make_service(f"Usługa {number}").locations.add(place)
    publish_all(now=NOW)
    assert names(client, "/service_at_locations", postcode="24-200") == ["Usługa 0", "Usługa 1"]
    assert names(client, "/service_at_locations", postcode="24-200", proximity="500") == ["Usługa 0"]
    assert names(client, "/service_at_locations", postcode="24-200", proximity="12000") == ["Usługa 0", "Usługa 1"]
    assert names(client, "/service_at_locations", postcode="99-999") == []
    assert get(client, "/service_at_locations", proximity="500").status_code == 422


def test_the_page_is_the_standards_and_pages_join_without_a_gap(client):
    make_many(5)
    pages = [get(client, "/services", per_page=2, page=number).json() for number in (1, 2, 3)]
    assert [row["name"] for page in pages for row in page["contents"]] == [f"Usługa {index:05}" for index in range(5)]
    assert {key: value for key, value in pages[2].items() if key != "contents"} == {
        "total_items": 5,
        "total_pages": 3,
        "page_number": 3,
        "size": 1,
        "first_page": False,
        "last_page": True,
        "empty": False,
    }


def test_a_page_past_the_end_is_empty_and_asks_for_less(client, django_assert_max_num_queries):
    make_many(3)
    with django_assert_max_num_queries(6) as asked:
        page = get(client, "/services", page=10**9).json()
    assert (page["empty"], page["size"], page["total_items"], page["contents"]) == (True, 0, 3, [])
    assert not any("OFFSET" in query["sql"] for query in asked.captured_queries)


ODD = [
    ("page", "0"), ("page", "-1"), ("page", "1e9"), ("page", "9" * 400), ("page", "²"), ("page", "\x00"),
    ("per_page", "1000000000"), ("per_page", "0"), ("format", "xml"), ("full", "maybe"), ("search", "a" * 101),
    ("search", "\x00"), ("taxonomy_term_id", "7"), ("taxonomy_id", "\x00"), ("organization_id", "' OR 1=1"),
    ("modified_after", "2026-13-45"), ("modified_after", "yesterday"), ("modified_after", "1700000000"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), ODD)
def test_an_odd_parameter_is_named_and_explained(client, name, value):
    response = get(client, "/services", **{name: value})
    assert response.status_code == 422
    (mistake,) = response.json()["errors"]
    assert mistake["parameter"] == name
    assert len(mistake["problem"]) > 20


@pytest.mark.parametrize("path", ["/services/7", "/services/%00", "/organizations/' OR 1=1", "/taxonomies/x"])
def test_an_identifier_that_is_none_is_explained(client, path):
    response = client.get(f"{ROOT}{path}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == "id"


@pytest.mark.parametrize("path", ["/services/00000000-0000-4000-8000-000000000000", "/nothing", "/services/a/b"])
def test_what_is_not_there_is_said_in_json(client, path):
    response = client.get(f"{ROOT}{path}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/json; charset=utf-8")
    assert response.json()["detail"]


# -- cost ----------------------------------------------------------------------------------------------
PATHS = [
    (path, asked)
    for path in LISTS
    for asked in ({}, {"full": "true"}, {"minimal": "true"}, {"full_service": "true"}, {"format": "ndjson"})
]


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    make_many(1)
    few = []
    for path, asked in PATHS:
        with django_assert_max_num_queries(20) as queries:
            _read(get(client, path, **asked))
        few.append(len(queries.captured_queries))
    make_many(12)
    for (path, asked), number in zip(PATHS, few, strict=True):
        with django_assert_max_num_queries(number, info=f"{path} {asked}"):
            _read(get(client, path, **asked))


def _read(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_reading_costs_no_session_and_sets_no_cookie(client, django_assert_max_num_queries):
    make_many(1)
    with django_assert_max_num_queries(20) as asked:
        response = get(client, "/services")
    assert not response.cookies
    assert not any("session" in query["sql"] for query in asked.captured_queries)


# -- what the asker has already, from where and how often ------------------------------------------------
def test_whoever_has_the_answer_already_gets_none(client):
    service = make_service()
    publish_all(now=NOW)
    for path in ["/services", f"/services/{service.uuid}", "/service_at_locations"]:
        first = get(client, path)
        for header in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
            again = client.get(f"{ROOT}{path}", headers=header)
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    for path in ["", "/organizations", "/taxonomies", "/taxonomy_terms"]:
        first = get(client, path or "/")
        assert client.get(f"{ROOT}{path or '/'}", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_change_a_new_day_or_an_alert_makes_a_new_answer(client):
    make_service()
    publish_all(now=at(TODAY - timedelta(days=2)))
    first = get(client, "/services")
    known = {"If-None-Match": first["ETag"], "If-Modified-Since": first["Last-Modified"]}

    def is_new():
        only_day = {"If-Modified-Since": known["If-Modified-Since"]}
        return [client.get(f"{ROOT}/services", headers=one).status_code for one in (known, only_day)] == [200, 200]

    assert not is_new()
    with time_machine.travel(at(TODAY + timedelta(days=1)), tick=False):
        assert is_new()
    alert = Alert.objects.create(text="Dziś zamknięte.", first_on=TODAY)
    assert is_new()
    alert.delete()
    assert not is_new()
    Service.objects.update(summary="Nowe.")
    publish_all(now=NOW + timedelta(minutes=1))
    assert is_new()


def test_other_sites_may_read_but_not_write(db):
    client = Client(enforce_csrf_checks=True)
    asked = client.options(f"{ROOT}/services", headers={"Origin": "https://szkola.example.pl"})
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
    read = client.get(f"{ROOT}/services")
    assert read["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in read
    written = client.post(f"{ROOT}/services", {})
    assert (written.status_code, written["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_head_is_answered_without_a_body(client, db):
    response = client.head(f"{ROOT}/services")
    assert (response.status_code, response.content) == (200, b"")
    assert response["ETag"] == client.get(f"{ROOT}/services")["ETag"]


def test_too_many_requests_have_to_wait(client, db, monkeypatch):
    monkeypatch.setattr("services.api.views.REQUESTS_A_MINUTE", 3)
    assert [get(client, "/taxonomies").status_code for _try in range(5)] == [200, 200, 200, 429, 429]
    refused = get(client, "/taxonomies")
    assert refused["Retry-After"] == "60"
    assert refused.json()["detail"]
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert get(client, "/taxonomies").status_code == 200


# -- pages for people, memory ----------------------------------------------------------------------------
def test_the_page_about_the_api_names_every_address_and_needs_no_script(client, db):
    page = client.get(f"{ROOT}/docs").content.decode()
    for path in client.get(f"{ROOT}/openapi.json").json()["paths"]:
        assert path in page
    assert "cdn" not in page
    assert "<script" not in page.split("<main")[1].split("</main")[0]


def test_the_library_of_the_api_is_not_read_before_somebody_asks():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, django; django.setup(); from django.urls import reverse; reverse('hsds:root');"
            "print([name for name in ('ninja', 'pydantic') if name in sys.modules])",
        ],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_six_times_the_services_stream_in_the_same_memory(client, monkeypatch):
    monkeypatch.setattr("services.api.answers.AT_ONCE", 10)

    def peak():
        response = get(client, "/services", format="ndjson", full="true")
        tracemalloc.start()
        lines = sum(part.count(b"\n") for part in response.streaming_content)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return lines, used

    make_many(10)
    peak()  # the first answer fills what is remembered for all
    few, used_for_few = peak()
    make_many(50)
    many, used_for_many = peak()
    assert (few, many) == (10, 60)
    assert used_for_many < 1.5 * used_for_few
