"""Schemathesis asks everything that our own OpenAPI allows, and much that it does not."""

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import positive_data_acceptance

from cus_portal.wsgi import application
from services.api.operations import ROOT, openapi
from services.api.records.term import AREAS
from tests.open_data_world import make_full_service

pytestmark = pytest.mark.django_db
EXAMPLES = 30
KEEPS_TO_ITSELF = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
CASES = [(path, mode) for path in openapi()["paths"] for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]


@pytest.fixture
def schema(db, monkeypatch):
    """Our OpenAPI as the portal answers it, at any pace, with a catalogue behind it."""
    monkeypatch.setattr("services.api.views.REQUESTS_A_MINUTE", 10**9)
    make_full_service()
    # As Django's own test client does: the requests share the connection of the test, which no request may close.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", application)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.parametrize(("path", "mode"), CASES, ids=str)
def test_every_answer_is_one_that_is_documented(schema, path, mode):
    operation = schema[path]["GET"]
    if mode is GenerationMode.NEGATIVE and not operation.query and not operation.path_parameters:
        assert path == f"{ROOT}/"  # nothing can be asked wrongly there
        return

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=os.environ.get("CI") == "true",
        suppress_health_check=KEEPS_TO_ITSELF,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        response = case.call()
        # What no schema can say: how far is asked only together with from where.
        far = "proximity" in case.query and "postcode" not in case.query
        case.validate_response(response, excluded_checks=[positive_data_acceptance] if far else [])

    ask()


def test_the_fuzzer_sees_an_answer_that_is_not_documented(schema, monkeypatch):
    case = schema[f"{ROOT}/taxonomies/{{id}}"]["GET"].Case(path_parameters={"id": AREAS.id})
    case.call_and_validate()
    monkeypatch.setattr("services.api.operations.TAXONOMIES", [type("Odd", (), {"id": AREAS.id, "record": {"id": 7}})])
    with pytest.raises(FailureGroup, match="schema"):
        case.call_and_validate()
