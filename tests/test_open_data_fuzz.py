"""Schemathesis asks everything that our own OpenAPI allows, and much that it does not."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from cus_portal.wsgi import application
from services.api.operations import ROOT, openapi
from tests.open_data_world import contents, make_full_service

pytestmark = pytest.mark.django_db
EXAMPLES = 30
KEEPS_TO_ITSELF = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
CASES = [(path, mode) for path in openapi()["paths"] for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]


@pytest.fixture
def schema(db, monkeypatch):
    """Our OpenAPI as the portal answers it, at any pace, with a catalogue behind it."""
    monkeypatch.setattr("services.api.views.REQUESTS_A_MINUTE", 10**9)
    make_full_service()
    return schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", application)


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
        case.call_and_validate()

    ask()


def test_the_fuzzer_sees_an_answer_that_is_not_documented(schema, client):
    record = contents(client, "/taxonomies")[0]
    case = schema[f"{ROOT}/taxonomies/{{id}}"]["GET"].Case(path_parameters={"id": record["id"]})
    case.call_and_validate()
    response = case.call()
    response.status_code = 418
    with pytest.raises(schemathesis.core.failures.FailureGroup):
        case.validate_response(response)
