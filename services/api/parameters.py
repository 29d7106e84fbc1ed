"""The parameters of the standard, each with its bounds and a hint in words that a mistake is answered with."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_noop
from ninja import Field, Schema
from pydantic import BeforeValidator

PER_PAGE = 50
MOST_PER_PAGE = 200
LAST_PAGE = 1_000_000_000
FARTHEST = 1_000_000  # metres
HINTS = {
    "id": gettext_noop("An identifier (UUID) as the lists give it."),
    "search": gettext_noop("Words to look for, at most 100 characters."),
    "page": gettext_noop("The number of the page, a whole number from 1 to 1,000,000,000."),
    "per_page": gettext_noop("How many on a page, from 1 to 200; 50 if not given. Take format=ndjson for all."),
    "format": gettext_noop("json (in pages) or ndjson (all of them, one a line, without pages)."),
    "taxonomy_term_id": gettext_noop("The identifier (UUID) of a term: only what is marked with it."),
    "taxonomy_id": gettext_noop("The identifier (UUID) of a taxonomy: only what is marked with any of its terms."),
    "organization_id": gettext_noop("The identifier (UUID) of an organization: only what it gives."),
    "modified_after": gettext_noop("A day or a moment, as 2026-11-22T10:00:00+01:00: only what has changed since."),
    "minimal": gettext_noop("true: identifiers and moments of change, all on one page."),
    "full": gettext_noop("true: with everything that belongs to it."),
    "full_service": gettext_noop("true: the services of an organization with everything that belongs to them."),
    "postcode": gettext_noop("A postal code as 24-200."),
    "proximity": gettext_noop("Metres from the middle of the postcode, a whole number from 0 to 1,000,000."),
    "top_only": gettext_noop("true: only terms that stand under no other."),
    "parent_id": gettext_noop("The identifier (UUID) of a term: only the terms under it."),
}
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[ +-]\d{2}:?\d{2})?)?", re.IGNORECASE)


def moment(text):
    """Return the moment that a text names. A plus sign that came as a space, as in a sloppy address, is meant."""
    if isinstance(text, str) and MOMENT.fullmatch(text):
        text = re.sub(r" (?=\d{2}:?\d{2}$)", "+", text) if len(text) > len("2026-11-22 10:00") else text
        day = parse_date(text) if len(text) == len("2026-11-22") else None
        found = datetime.combine(day, time.min) if isinstance(day, date) else parse_datetime(text.upper())
        if found:
            found = found if timezone.is_aware(found) else timezone.make_aware(found)
            with suppress(OverflowError):  # at either end of the calendar
                return found.astimezone(UTC)  # the database knows no offsets past sixteen hours
    raise ValueError("no moment")


Identifier = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        json_schema_extra={"format": "uuid"},
    ),
]
Instant = Annotated[datetime, BeforeValidator(moment)]


def hinted(name, default=None, **bounds):
    return Field(default, description=HINTS[name], **bounds)


class Paged(Schema):
    search: str = hinted("search", "", max_length=100, pattern=r"^[^\x00]*$")
    page: int = hinted("page", 1, ge=1, le=LAST_PAGE)
    per_page: int = hinted("per_page", PER_PAGE, ge=1, le=MOST_PER_PAGE)
    format: Literal["json", "ndjson"] = hinted("format", "json")

    @property
    def streams(self):
        return self.format == "ndjson"


class OfServices(Paged):
    taxonomy_term_id: Identifier = hinted("taxonomy_term_id")
    taxonomy_id: Identifier = hinted("taxonomy_id")
    organization_id: Identifier = hinted("organization_id")
    modified_after: Instant = hinted("modified_after")
    full: bool = hinted("full", False)


class ServiceList(OfServices):
    minimal: bool = hinted("minimal", False)


class ServiceAtLocationList(OfServices):
    postcode: str = hinted("postcode", pattern=r"^\d{2}-\d{3}$")
    proximity: int = hinted("proximity", ge=0, le=FARTHEST)


class OrganizationList(Paged):
    full: bool = hinted("full", False)
    full_service: bool = hinted("full_service", False)


class OneOrganization(Schema):
    full_service: bool = hinted("full_service", False)


class TermList(Paged):
    taxonomy_id: Identifier = hinted("taxonomy_id")
    top_only: bool = hinted("top_only", False)
    parent_id: Identifier = hinted("parent_id")
