"""The shapes of the answers, for our own OpenAPI: the terms of HSDS 3.0 that the portal has something to say in."""

from typing import (
    Annotated,
    Literal,
    Required,  # the one of typing names no required keys to pydantic before 3.12
)

from pydantic import Field
from typing_extensions import TypedDict


def text(form):
    return Annotated[str, Field(json_schema_extra={"format": form})]


Uuid, Uri, Day, Instant = text("uuid"), text("uri"), text("date"), text("date-time")
Status = Literal["active", "inactive", "temporarily closed"]


class Record(TypedDict, total=False):
    id: Required[Uuid]


class Taxonomy(Record, total=False):
    name: Required[str]
    description: Required[str]
    uri: Uri


class TaxonomyTerm(Record, total=False):
    code: str
    name: Required[str]
    description: Required[str]
    parent_id: Uuid
    taxonomy: str
    taxonomy_detail: Taxonomy
    language: str
    taxonomy_id: Uuid


class Attribute(Record, total=False):
    link_id: Uuid
    taxonomy_term_id: Uuid
    link_type: str
    link_entity: str
    value: str
    taxonomy_term: TaxonomyTerm


class Metadata(Record, total=False):
    resource_id: Uuid
    resource_type: str
    last_action_date: Required[Day]
    last_action_type: Required[str]
    field_name: Required[str]
    previous_value: Required[str]
    replacement_value: Required[str]
    updated_by: Required[str]


class Language(Record, total=False):
    name: str
    code: str


class Phone(Record, total=False):
    number: Required[str]
    type: str
    description: str
    languages: list[Language]


class Contact(Record, total=False):
    name: str
    email: str
    phones: list[Phone]


class Schedule(Record, total=False):
    valid_from: Day
    valid_to: Day
    wkst: Literal["MO"]
    freq: Literal["WEEKLY", "MONTHLY"]
    interval: int
    byday: str
    description: str
    opens_at: str
    closes_at: str
    notes: str


class Address(Record, total=False):
    address_1: Required[str]
    city: Required[str]
    state_province: Required[str]
    postal_code: Required[str]
    country: Required[str]
    address_type: Required[Literal["physical", "postal", "virtual"]]


class Accessibility(Record, total=False):
    description: str


class LocationLine(Record, total=False):
    location_type: Required[Literal["physical", "postal", "virtual"]]
    name: str
    transportation: str
    latitude: float
    longitude: float


class Location(LocationLine, total=False):
    addresses: list[Address]
    phones: list[Phone]
    accessibility: list[Accessibility]
    schedules: list[Schedule]


class ServiceArea(Record, total=False):
    name: str
    description: str
    extent: str
    extent_type: str
    attributes: list[Attribute]


class RequiredDocument(Record, total=False):
    document: str
    uri: Uri


class CostOption(Record, total=False):
    valid_from: Day
    valid_to: Day
    option: str
    currency: str
    amount: float
    amount_description: str


class Funding(Record, total=False):
    source: str


class Program(Record, total=False):
    name: Required[str]
    description: Required[str]


class OrganizationIdentifier(Record, total=False):
    identifier_scheme: str
    identifier_type: Required[str]
    identifier: Required[str]


class OrganizationLine(Record, total=False):
    name: Required[str]
    alternate_name: str
    description: Required[str]
    email: str
    website: Uri
    legal_status: str


class OrganizationPart(OrganizationLine, total=False):
    phones: list[Phone]
    locations: list[Location]
    organization_identifiers: list[OrganizationIdentifier]


class ServiceAtLocationPart(Record, total=False):
    location: Location


class Service(Record, total=False):
    name: Required[str]
    alternate_name: str
    description: str
    url: Uri
    email: str
    status: Required[Status]
    interpretation_services: str
    application_process: str
    fees_description: str
    wait_time: str
    accreditations: str
    eligibility_description: str
    minimum_age: int
    maximum_age: int
    assured_date: Day
    assurer_email: str
    alert: str
    last_modified: Instant
    modified_date: Instant  # only with minimal
    organization: OrganizationPart
    program: Program
    phones: list[Phone]
    schedules: list[Schedule]
    service_areas: list[ServiceArea]
    service_at_locations: list[ServiceAtLocationPart]
    languages: list[Language]
    funding: list[Funding]
    cost_options: list[CostOption]
    required_documents: list[RequiredDocument]
    contacts: list[Contact]
    attributes: list[Attribute]
    metadata: list[Metadata]


class Organization(OrganizationPart, total=False):
    services: list[Service]


class ServiceAtLocation(Record, total=False):
    service_id: Uuid
    location_id: Uuid
    name: Required[str]
    status: Required[Status]
    location: Location
    contacts: list[Contact]
    phones: list[Phone]
    schedules: list[Schedule]
    attributes: list[Attribute]


class Page(TypedDict):
    total_items: int
    total_pages: int
    page_number: int
    size: int
    first_page: bool
    last_page: bool
    empty: bool


class PageOfServices(Page):
    contents: list[Service]


class PageOfOrganizations(Page):
    contents: list[Organization]


class PageOfServicesAtLocations(Page):
    contents: list[ServiceAtLocation]


class PageOfTaxonomies(Page):
    contents: list[Taxonomy]


class PageOfTerms(Page):
    contents: list[TaxonomyTerm]


class About(TypedDict):
    version: str
    profile: Uri
    openapi_url: Uri


class Mistake(TypedDict):
    parameter: str
    problem: str


class Problem(TypedDict, total=False):
    detail: Required[str]
    errors: list[Mistake]
