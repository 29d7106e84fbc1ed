"""The official schemas of HSDS, which are not part of the project: read from HSDS_DIR, else from ../shared/hsds.

Under CI=true it is a failure when they are not there; elsewhere the tests that need them say that they did not run.
"""

import json
import os
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource
from referencing.jsonschema import DRAFT202012

FOLDER = Path(os.environ.get("HSDS_DIR") or Path(settings.BASE_DIR).parent / "shared" / "hsds")
MISSING = f"the official schemas of HSDS are not in {FOLDER}: set HSDS_DIR to their folder"
WHERE = "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/"


@cache
def available():
    return (FOLDER / "schema" / "service.json").is_file()


def require():
    if not available():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)


@cache  # the registry itself remembers nothing
def retrieve(uri):
    """Return the schema that a $ref means. The compiled ones, and those of lists, are the same objects nested."""
    name = uri.rsplit("/", 1)[-1].replace("_list.json", ".json")
    path = FOLDER / "schema" / name
    if not path.is_file():
        raise NoSuchResource(ref=uri)
    return Resource.from_contents(json.loads(path.read_text(encoding="utf-8")), default_specification=DRAFT202012)


REGISTRY = Registry(retrieve=retrieve)


@cache
def validator(name):
    """Return what checks one record against the official schema of that name."""
    require()
    return _validator({"$ref": f"{WHERE}compiled/{name}.json"})


@cache
def answer_validator(path):
    """Return what checks the answer of one operation, as the official OpenAPI describes it."""
    require()
    openapi = json.loads((FOLDER / "schema" / "openapi.json").read_text(encoding="utf-8"))
    schema = openapi["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    text = json.dumps(schema).replace("#/components/", f"{WHERE}openapi.json#/components/")
    return _validator(json.loads(text))


def _validator(schema):
    return Draft202012Validator(schema, registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER)


def official_parameters(path):
    """Return the names of the parameters that the official OpenAPI gives a list."""
    require()
    openapi = json.loads((FOLDER / "schema" / "openapi.json").read_text(encoding="utf-8"))
    named = [row.get("name") or row["$ref"].rsplit("/", 1)[-1] for row in openapi["paths"][path]["get"]["parameters"]]
    return {openapi["components"]["parameters"].get(name, {}).get("name", name) for name in named}


def mistakes(validator, record):
    return [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(record)]
