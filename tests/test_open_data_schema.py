"""Every answer of the open data is valid by the official schemas of HSDS 3.0."""

import json

import pytest
import time_machine

from services.models import ServiceVersion
from tests import hsds
from tests.factories import NOW
from tests.open_data_world import ROOT, contents, get, make_full_service
from tests.real_catalogue import put_real_catalogue

pytestmark = pytest.mark.django_db
LISTS = {
    "/services": ("service", [{}, {"full": "true"}, {"minimal": "true"}]),
    "/organizations": ("organization", [{}, {"full": "true"}, {"full_service": "true"}]),
    "/service_at_locations": ("service_at_location", [{}, {"full": "true"}]),
    "/taxonomies": ("taxonomy", [{}]),
    "/taxonomy_terms": ("taxonomy_term", [{}]),
}
CASES = [(path, asked) for path, (_name, variants) in LISTS.items() for asked in variants]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def real(db):
    """The catalogue of the files, as an installation has it."""
    put_real_catalogue()


def check(client, path, asked):
    hsds.require()
    answer = get(client, path, per_page=200, **asked).json()
    assert answer["total_items"] == answer["size"] > 0
    assert hsds.mistakes(hsds.answer_validator(path), answer) == []
    lines = get(client, path, format="ndjson", **asked).getvalue().decode().splitlines()
    records = [json.loads(line) for line in lines]
    assert records == answer["contents"]
    name = LISTS[path][0]
    assert [hsds.mistakes(hsds.validator(name), record) for record in records] == [[]] * len(records)


def test_every_list_of_the_real_catalogue_is_valid(client, real):
    for path, asked in CASES:
        check(client, path, asked)


@pytest.mark.parametrize(("path", "asked"), CASES)
def test_every_list_of_a_full_record_is_valid(client, path, asked):
    make_full_service()
    check(client, path, asked)


def test_every_single_record_of_the_real_catalogue_is_valid(client, real):
    for path in LISTS:
        for record in contents(client, path, per_page=200)[: None if path == "/services" else 10]:
            answer = get(client, f"{path}/{record['id']}").json()
            assert hsds.mistakes(hsds.answer_validator(f"{path}/{{id}}"), answer) == []
            assert hsds.mistakes(hsds.validator(LISTS[path][0]), answer) == []


def test_all_services_in_force_or_on_a_break_are_there(client, real):
    shown = {record["id"] for record in contents(client, "/services", per_page=200)}
    offered = ServiceVersion.objects.offered(NOW.date()).values_list("service__uuid", flat=True)
    assert shown == {str(uuid) for uuid in offered}
    assert len(shown) >= 45


def test_the_answer_about_the_api_is_valid(client, db):
    answer = client.get(f"{ROOT}/").json()
    assert hsds.mistakes(hsds.answer_validator("/"), answer) == []
    assert answer["version"] == "3.0"


@pytest.mark.parametrize("path", LISTS)
def test_each_list_takes_the_parameters_of_the_standard(client, db, path):
    ours = client.get(f"{ROOT}/openapi.json").json()["paths"][f"{ROOT}{path}"]["get"]["parameters"]
    assert {one["name"] for one in ours} == hsds.official_parameters(path)


def test_a_wrong_record_is_found_by_the_schemas():
    assert len(hsds.mistakes(hsds.validator("service"), {"id": "7", "name": 5, "status": "open"})) == 3
    nested = {"id": "7a0e3e4f-7b4e-4d0a-9d4e-0e2c5d3a1b11", "name": "X", "status": "active", "phones": [{"number": 5}]}
    assert len(hsds.mistakes(hsds.validator("service"), nested)) == 2
