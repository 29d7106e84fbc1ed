"""A neighbour's catalogue comes in as drafts: known again, never over our own entries, whatever is wrong with it."""

import csv
import json
import random
import time
import tracemalloc
import zipfile
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from cus_portal.accounts.models import Institution
from cus_portal.audit.models import AuditEvent
from services.exchange.hsds import Source, import_services
from services.exchange.hsds_fields import plain_text
from services.exchange.hsds_reader import UnreadablePackage, read_package
from services.models import (
    ForeignEntry,
    Location,
    OpeningRule,
    Programme,
    ProgrammeService,
    Service,
    ServiceContact,
    ServiceVersion,
)
from tests import hsds
from tests.factories import NOW, make_area, make_service
from tests.open_data_world import get, make_full_service

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
NEIGHBOUR = Source("sasiad", "CUS w Sąsiedniej Gminie")


def record(number=1, **fields):
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "name": f"Usługa {number}",
        "status": "active",
        "description": "Pomoc w domu.",
        "organization": {"id": "org-1", "name": "Fundacja Dom", "description": "Pomaga."},
        "service_at_locations": [
            {
                "id": "sal-1",
                "location": {
                    "id": "loc-1",
                    "location_type": "physical",
                    "name": "Dom",
                    "addresses": [{"address_1": "Rynek 1", "city": "Wojciechów", "postal_code": "24-204"}],
                },
            }
        ],
    } | fields


def load(*records, source=NEIGHBOUR):
    return import_services(
        [(f"usługa {number}", one) for number, one in enumerate(records, start=1)], source=source, on=TODAY, now=NOW
    )


# -- what comes in ---------------------------------------------------------------------------------------
def test_an_entry_comes_in_as_the_draft_of_a_partners_offer():
    report = load(record(minimum_age=60, languages=[{"code": "uk"}], url="https://example.pl/u"))
    assert dict(report.counts) == {"created": 1}
    service = Service.objects.get()
    assert (service.status, service.name, service.website) == ("draft", "Usługa 1", "https://example.pl/u")
    assert service.languages == ["uk"]
    assert (service.provider.name, service.provider.is_active) == ("Fundacja Dom", False)
    place = service.locations.get()
    assert (place.name, place.address, place.postal_code) == ("Dom", "Rynek 1, 24-204 Wojciechów", "24-204")
    basis = service.programme_services.get()
    assert (basis.regime, basis.programme.kind, basis.programme.status) == ("partner", "partner_offer", "draft")
    assert service.eligibility.get().age_from == 60
    assert not ServiceVersion.objects.exists()


def test_what_our_own_api_tells_comes_in_whole(client):
    original = make_full_service()
    told = get(client, f"/services/{original.uuid}").json()
    report = load(told)
    assert dict(report.counts) == {"created": 1}
    copy = Service.objects.exclude(pk=original.pk).get()
    assert copy.code != original.code
    assert list(copy.areas.all()) == [make_area()]
    assert list(copy.target_groups.values_list("code", flat=True)) == ["seniors"]
    assert list(copy.topics.values_list("code", flat=True)) == ["care"]
    assert copy.languages == ["pl", "uk", "pjm"]
    hours = OpeningRule.objects.filter(service=copy).order_by("pk")
    assert [(rule.weekday, rule.week_of_month, f"{rule.opens_at:%H:%M}") for rule in hours] == [
        *((day, None, "07:30") for day in range(5)),
        (5, -1, "09:00"),
    ]
    assert ServiceContact.objects.get(service=copy).email == "b@example.pl"
    assert (copy.eligibility.get().age_from, copy.eligibility.get().age_to) == (18, 120)


def test_the_standards_own_example_comes_in():
    hsds.require()
    example = json.loads((hsds.FOLDER / "examples" / "service_full.json").read_text(encoding="utf-8"))
    report = load(example)
    assert dict(report.counts) == {"created": 1}
    assert Service.objects.get().name == "Community Counselling"
    assert Location.objects.get().address == "1-30 Main Street, ABC 1234 MyCity"


# -- known again -----------------------------------------------------------------------------------------
def test_the_same_package_twice_changes_nothing_and_a_changed_one_only_what_differs():
    load(record(1), record(2))
    before = list(Service.objects.order_by("pk").values())
    assert dict(load(record(1), record(2)).counts) == {"left": 2}
    assert list(Service.objects.order_by("pk").values()) == before
    report = load(record(1, name="Nowa nazwa"), record(2), record(3))
    assert dict(report.counts) == {"changed": 1, "left": 1, "created": 1}
    assert Service.objects.get(name="Nowa nazwa").pk == before[0]["id"]
    assert dict(load(record(1, name="Nowa nazwa"), record(2), record(3)).counts) == {"left": 3}
    assert (Institution.objects.filter(code__startswith="sasiad-").count(), Location.objects.count()) == (1, 1)
    assert Programme.objects.filter(code="hsds-sasiad").count() == 1


def test_what_somebody_works_on_here_is_left_and_the_report_says_so(beata):
    load(record(1), record(2))
    edited, published = Service.objects.order_by("pk")
    Service.objects.filter(pk=edited.pk).update(summary="Nasze słowa.", version=2)
    Service.objects.filter(pk=published.pk).update(status="published")
    report = load(record(1, description="Ich nowe słowa."), record(2, description="Ich nowe słowa."))
    assert dict(report.counts) == {"left": 2}
    assert [problems[0].split()[0] for *_rest, problems in report.lines] == ["w", "w"]
    edited.refresh_from_db()
    published.refresh_from_db()
    assert (edited.summary, published.description) == ("Nasze słowa.", "Pomoc w domu.")


def test_our_own_entry_is_never_touched_even_if_its_identifier_is_in_the_package():
    own = make_service("Nasza")
    before = Service.objects.filter(pk=own.pk).values().get()
    load(record(1, id=str(own.uuid), name="Cudza"))
    assert Service.objects.filter(pk=own.pk).values().get() == before
    assert Service.objects.filter(name="Cudza").exists()


def test_two_neighbours_with_the_same_identifiers_are_two():
    load(record(1))
    load(record(1), source=Source("drugi", "Drugi sąsiad"))
    assert Service.objects.count() == ForeignEntry.objects.count() == 2


# -- what is wrong with it -------------------------------------------------------------------------------
REFUSED = [
    None, 7, "text", [], {}, {"id": "x"}, {"name": "x"}, {"id": 7, "name": "x"}, {"id": "x", "name": None},
    {"id": "x", "name": "  "}, {"id": "x", "name": {"pl": "x"}}, {"id": "y" * 200, "name": "x"},
    {"id": "x", "name": "<script>alert(1)</script>"}, {"id": "x", "name": "Dawna", "status": "defunct"},
]  # fmt: skip


@pytest.mark.parametrize("raw", REFUSED, ids=lambda raw: str(raw)[:40])
def test_a_record_that_cannot_be_used_is_named_and_nothing_is_written(raw):
    report = load(raw)
    assert dict(report.counts) == {"refused": 1}
    ((where, _who, outcome, problems),) = report.lines
    assert (where, outcome, len(problems)) == ("usługa 1", "refused", 1)
    assert not Service.objects.exists()


def test_a_field_that_cannot_be_used_is_left_out_and_named():
    report = load(
        record(
            url="not a url",
            email=7,
            languages=[{"code": "tlh"}],
            minimum_age="old",
            assured_date="yesterday",
            schedules=[{"byday": "XX", "opens_at": "25:00", "closes_at": "8"}],
            phones="81 1",
            description="x" * 50_000,
        )
    )
    assert dict(report.counts) == {"created": 1}
    ((_where, _who, _outcome, problems),) = report.lines
    words = {problem.split(":")[0] for problem in problems}
    assert {"url", "languages", "minimum_age", "assured_date", "schedules", "phones", "description"} <= words
    service = Service.objects.get()
    assert (service.website, service.languages, service.phone) == ("", [], "")
    assert len(service.description) == 20_000


def test_an_identifier_that_is_there_twice_comes_in_once():
    report = load(record(1), record(1, name="Druga"))
    assert dict(report.counts) == {"created": 1, "refused": 1}
    assert Service.objects.get().name == "Usługa 1"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<p>Pomoc</p><ul><li>raz</li></ul>", "Pomoc\nraz"),
        ("a<script>alert(1)</script>b", "a b"),
        ("a<STYLE>x{}", "a"),
        ("5 &lt; 7 &amp; ł\x00\ud800", "5 < 7 & ł"),
        ("<" * 5000 + "a" * 5, None),
        ({"pl": "x"}, ""),
        (True, ""),
    ],
)
def test_a_text_comes_in_without_tags_and_what_cannot_be_stored(written, read):
    found = plain_text(written)
    assert read is None or found == read
    assert "\x00" not in found


# -- packages --------------------------------------------------------------------------------------------
def read(path):
    return [raw for _where, raw in read_package(path)]


def test_json_of_an_api_a_list_one_service_and_ndjson_are_read(tmp_path):
    records = [record(1), record(2)]
    shapes = {"page.json": {"contents": records}, "list.json": records, "one.json": records[0]}
    for name, content in shapes.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8-sig")
        assert read(tmp_path / name) == (records if name != "one.json" else records[:1])
    lines = tmp_path / "all.ndjson"
    lines.write_text("\n".join([json.dumps(records[0]), "", "{broken", json.dumps(records[1])]), encoding="utf-8")
    first, broken, second = read(lines)
    assert [first, second] == records
    assert dict(load(first, broken, second).counts) == {"created": 2, "refused": 1}


TABLES = {
    "organizations": [{"id": "o1", "name": "Fundacja Dom", "description": "Pomaga."}],
    "organization_identifiers": [
        {"id": "i1", "organization_id": "o1", "identifier_type": "NIP", "identifier": "713-289-01-21"}
    ],
    "services": [
        {"id": "s1", "organization_id": "o1", "name": "Żłobek; dzienny", "status": "active", "minimum_age": "1"},
        {"id": "s2", "organization_id": "nowhere", "name": "Bez instytucji", "status": "active", "minimum_age": ""},
    ],
    "service_at_location": [{"id": "x1", "service_id": "s1", "location_id": "l1"}],
    "locations": [{"id": "l1", "location_type": "physical", "name": "Dom", "latitude": "51.2", "longitude": "22.3"}],
    "addresses": [
        {"id": "a1", "location_id": "l1", "address_1": "Rynek 1", "city": "Wojciechów", "postal_code": "24-204"}
    ],
    "contacts": [{"id": "c1", "service_id": "s1", "name": "Biuro"}],
    "phones": [{"id": "p1", "contact_id": "c1", "number": "81 517 00 00"}],
    "cost_options": [{"id": "k1", "service_id": "s1", "amount": "0"}],
}  # fmt: skip


@pytest.fixture
def tables(tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    for table, rows in TABLES.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_the_tables_of_a_data_package_are_put_together(tables, tmp_path, packed):
    package = tables
    if packed:
        package = tmp_path / "package.zip"
        with zipfile.ZipFile(package, "w") as archive:
            for file in tables.iterdir():
                archive.write(file, f"data/{file.name}")
    said = StringIO()
    call_command("import_hsds", package, source="sasiad", name="Sąsiad", stdout=said)
    assert "Utworzono: 2" in said.getvalue()
    service = Service.objects.get(name="Żłobek; dzienny")
    assert (service.provider.name, service.provider.nip) == ("Fundacja Dom", "7132890121")
    assert service.locations.get().address == "Rynek 1, 24-204 Wojciechów"
    assert service.contacts.get().phone == "81 517 00 00"
    assert service.programme_services.get().fee_kind == ProgrammeService.Fee.FREE
    assert Service.objects.get(name="Bez instytucji").provider.name == "Sąsiad"


@pytest.mark.parametrize("content", [b"", b"nothing", b"7", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_package_is_refused_in_words(tmp_path, content):
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(UnreadablePackage):
        list(read_package(file))
    with pytest.raises(CommandError):
        call_command("import_hsds", file, source="sasiad", name="Sąsiad")
    assert not Service.objects.exists()


# -- four thousand odd ones --------------------------------------------------------------------------------
def odd_records(number, *, seed=20191818):
    """Return records as others have them: some right, most with something missing, odd or wrong."""
    chance = random.Random(seed)
    odd = [None, 7, -1e400, "", " ", [], {}, True, "x" * 300, "\x00\ud800", "<b>gruby</b>", {"a": [1]}, [None, "x"]]
    words = [*record(), "url", "email", "languages", "schedules", "phones", "contacts", "attributes", "alert"]
    words += ["minimum_age", "maximum_age", "assured_date", "last_modified", "cost_options", "required_documents"]
    parts = {
        "languages": [{"code": "klingon"}, {"name": 7}, "pl"],
        "schedules": [{"byday": "MO,TU", "opens_at": "8:00Z", "closes_at": "16:00+01:00"}, {"byday": "9XX"}],
        "contacts": [{"name": "A", "email": "no", "phones": [{"number": "1" * 90}]}, None],
        "cost_options": [{"amount": "free"}, {"amount": None}, {"amount": 1e400}],
        "url": "http://[broken",
        "description": "<p>" * 3000 + "ż" * 50_000,
    }
    for index in range(number):
        one = record(index)
        for _time in range(chance.randrange(4)):
            word = chance.choice(words)
            one[word] = parts[word] if word in parts and chance.random() < 0.5 else chance.choice(odd)
        if chance.random() < 0.03:
            one["id"] = record(0)["id"]
        yield one if chance.random() > 0.01 else chance.choice(odd)


def test_four_thousand_odd_services_load_with_a_report_in_bounded_time_and_memory(tmp_path):
    package = tmp_path / "neighbour.ndjson"
    with package.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in odd_records(4000))
    begun = time.process_time()  # not the clock on the wall: other tests run beside this one
    report = import_services(read_package(package), source=NEIGHBOUR, on=TODAY, now=NOW)
    took = time.process_time() - begun
    tracemalloc.start()
    again = import_services(read_package(package), source=NEIGHBOUR, on=TODAY, now=NOW)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"4,000 odd services: {took:.1f} s, {dict(report.counts)}, again {dict(again.counts)}, {peak / 1e6:.0f} MB")
    assert report.counts.total() == again.counts.total() == 4000
    assert report.counts["created"] == Service.objects.count() > 3000
    assert report.counts["refused"] == again.counts["refused"] > 100
    assert again.counts["left"] == report.counts["created"]
    assert all(problems for *_rest, problems in report.lines)
    assert took < 60
    assert peak < 60_000_000


# -- by hand --------------------------------------------------------------------------------------
SCREEN = "/admin/services/service/import/hsds/"


def upload(*records, name="katalog.json"):
    return SimpleUploadedFile(name, json.dumps(list(records)).encode(), content_type="application/json")


def sent(client, file):
    return client.post(SCREEN, {"name": "CUS w Sąsiedniej Gminie", "code": "Sasiad", "file": file})


def test_the_organiser_looks_first_and_reads_in_with_a_second_press(sign_in, beata):
    client = sign_in(beata)
    page = sent(client, upload(record(1), record(2), {"name": "bez identyfikatora"}))
    assert [number for _label, number in page.context["counts"]] == [2, 0, 0, 1]
    assert "bez identyfikatora" in page.content.decode()
    assert not Service.objects.exists()
    assert not Institution.objects.filter(name="Fundacja Dom").exists()
    done = client.post(SCREEN, {"token": page.context["token"]}, follow=True)
    assert "nowe szkice: 2" in done.content.decode()
    assert {entry.source for entry in ForeignEntry.objects.all()} == {"sasiad"}
    assert set(Service.objects.values_list("status", flat=True)) == {"draft"}
    event = AuditEvent.objects.get(action="programme.import")
    assert (event.actor, event.facts["created"]) == (beata, 2)
    assert client.post(SCREEN, {"token": page.context["token"]}).url == SCREEN
    assert sent(client, upload(record(1), record(2))).context["is_empty"]


def test_a_file_that_is_no_package_is_told_at_its_field(sign_in, beata):
    page = sent(sign_in(beata), SimpleUploadedFile("katalog.json", b"\xff\xfe"))
    assert "JSON" in page.context["form"].errors["file"][0]
    assert page.context["form"]["name"].value() == "CUS w Sąsiedniej Gminie"


def test_only_the_organiser_reads_another_catalogue_in(sign_in, ola, hania):
    for person in (ola, hania):
        assert sign_in(person).get(SCREEN).status_code == 403
