"""A good-practice card as data, with its schema: the same words as on the page."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from coordination.models import GoodPractice
from coordination.models.practice import PARTS

SCHEMA_VERSION = "1.0.0"  # raise it with any change of the parts
OPTIONAL = ("advice", "contact_phone", "contact_email")
TEXT, ADDRESS = {"type": "string"}, {"type": "string", "format": "uri"}


def schema_address():
    return settings.PUBLIC_URL + reverse("practice_data:schema")


def card(practice) -> dict:
    """Return one published card; empty parts are left out."""
    said = {part: words for part, words in practice.content.items() if words}
    centre = settings.CENTRE
    return {
        "schema": schema_address(),
        "schema_version": SCHEMA_VERSION,
        "code": practice.code,
        "page": settings.PUBLIC_URL + practice.get_absolute_url(),
        "language": settings.LANGUAGE_CODE,
        "version": practice.number,
        "published_on": timezone.localdate(practice.published_at).isoformat(),
        "publisher": {"name": f"{centre['name']} {centre['place']}", "teryt": str(centre["municipality_teryt"])},
        **said,
    }


def schema() -> dict:
    """Return the JSON Schema of a card; what each part holds is said as the office reads it, in English."""
    with translation.override("en"):
        parts = {part: TEXT | {"description": str(GoodPractice._meta.get_field(part).verbose_name)} for part in PARTS}
    facts = {
        "schema": ADDRESS,
        "schema_version": {"const": SCHEMA_VERSION},
        "code": TEXT | {"pattern": "^[-a-zA-Z0-9_]+$"},
        "page": ADDRESS,
        "language": TEXT,
        "version": {"type": "integer", "minimum": 1},
        "published_on": TEXT | {"format": "date"},
        "publisher": {
            "type": "object",
            "properties": {"name": TEXT, "teryt": TEXT | {"pattern": "^[0-9]{7}$"}},
            "required": ["name", "teryt"],
            "additionalProperties": False,
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_address(),
        "title": "Good-practice card of a social services centre",
        "type": "object",
        "properties": facts | parts,
        "required": [*facts, *(part for part in PARTS if part not in OPTIONAL)],
        "additionalProperties": False,
    }
