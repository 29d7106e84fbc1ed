"""The operations of the API, as the OpenAPI of HSDS 3.0 lists them."""

from datetime import UTC, datetime, time
from functools import cache
from typing import Annotated

from django.conf import settings
from django.http import Http404
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import NinjaAPI, Path, Query
from ninja.errors import ValidationError

from services.api import queries, schemas
from services.api.answers import answer, lines, page, problem, unless_known, unless_same
from services.api.parameters import (
    HINTS,
    Identifier,
    OneOrganization,
    OrganizationList,
    Paged,
    ServiceAtLocationList,
    ServiceList,
    TermList,
)
from services.api.records.organization import organization_brief, organization_full
from services.api.records.service import (
    at_location_brief,
    at_location_full,
    service_brief,
    service_full,
    service_minimal,
)
from services.api.records.term import TAXONOMIES

HSDS = "3.0"
PROFILE = "https://docs.openreferral.org/en/3.0/hsds/overview.html"
ROOT = "/api/hsds"
NESTED = 500  # services inside the organizations of one answer
One = Annotated[Identifier, Path(description=HINTS["id"])]
NOT_THERE = gettext_noop("There is no such record.")

api = NinjaAPI(
    title=gettext_noop("Open data of the catalogue of social services"),
    version="1.0",
    description=gettext_noop("The public catalogue in the Human Services Data Specification (HSDS) 3.0."),
    openapi_url=None,
    docs_url=None,
    urls_namespace="hsds-operations",
)


def documented(schema, *, lists=False, one=False):
    """Return what an operation may answer; the contents of a list may also come one a line."""
    problems = [*((404,) if one else ()), *((422,) if lists or one else ()), 429]
    extra = (
        {"responses": {200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}}} if lists else None
    )
    return {
        "response": {200: schema, 304: None, **dict.fromkeys(problems, schemas.Problem)},
        "openapi_extra": extra,
    }


# -- what the standard calls "/" ------------------------------------------------------------------------
@api.get("/", summary=gettext_noop("About this API"), **documented(schemas.About))
def about(request):
    return unless_same(
        request,
        answer({"version": HSDS, "profile": PROFILE, "openapi_url": f"{settings.PUBLIC_URL}{ROOT}/openapi.json"}),
    )


# -- services -------------------------------------------------------------------------------------------
@api.get(
    "/services",
    summary=gettext_noop("Services in force or on a break"),
    **documented(schemas.PageOfServices, lists=True),
)
def services(request, asked: Query[ServiceList]):
    moment = queries.moment_on(timezone.localdate())
    found = queries.services(asked, moment.on)

    def minimal(versions):
        return [service_minimal(version, moment) for version in queries.light(versions, moment.on)]

    def records(versions):
        versions = list(versions)
        loaded = queries.with_loads(moment, versions)
        return [(service_full if asked.full else service_brief)(version, loaded) for version in versions]

    def make():
        some = minimal if asked.minimal else lambda versions: records(versions.defer("content"))
        if asked.streams:
            return lines(found.values_list("pk", flat=True), lambda keys: some(found.filter(pk__in=keys)))
        total = found.count()
        if asked.minimal:  # the standard wants all of them on one page
            asked.page, asked.per_page = 1, max(total, 1)
        return answer(page(asked, total, lambda first, last: some(found[first:last])))

    return unless_known(request, make, **state_of(moment))


@api.get("/services/{id}", summary=gettext_noop("All about one service"), **documented(schemas.Service, one=True))
def service(request, id: One):  # noqa: A002
    moment = queries.moment_on(timezone.localdate())
    version = queries.one_service(id) or not_there()

    def make():
        return answer(service_full(version, queries.with_loads(moment, [version])))

    return unless_known(request, make, **state_of(moment))


# -- services at their places ---------------------------------------------------------------------------
@api.get(
    "/service_at_locations",
    summary=gettext_noop("Services at the places where they are given"),
    **documented(schemas.PageOfServicesAtLocations, lists=True),
)
def service_at_locations(request, asked: Query[ServiceAtLocationList]):
    if asked.proximity is not None and not asked.postcode:
        return problem(422, _("proximity says how far from a postcode: give the postcode too."))
    moment = queries.moment_on(timezone.localdate())
    found = queries.at_locations(asked, moment.on)
    pairs = queries.pairs_of(found)
    if asked.proximity is not None:
        near = queries.places_near(asked)
        pairs = [(pk, code) for pk, code in pairs if code in near]
    make_one = at_location_full if asked.full else at_location_brief

    def records(pairs):
        return [make_one(version, place, moment) for version, place in queries.with_version(list(pairs), moment)]

    def make():
        if asked.streams:
            return lines(pairs, records)
        total = len(pairs) if isinstance(pairs, list) else queries.number_of_pairs(found)
        return answer(page(asked, total, lambda first, last: records(pairs[first:last])))

    return unless_known(request, make, **state_of(moment))


@api.get(
    "/service_at_locations/{id}",
    summary=gettext_noop("All about one service at one place"),
    **documented(schemas.ServiceAtLocation, one=True),
)
def service_at_location(request, id: One):  # noqa: A002
    moment = queries.moment_on(timezone.localdate())
    version, place = queries.one_pair(id.lower(), moment) or not_there()
    return unless_known(request, lambda: answer(at_location_full(version, place, moment)), **state_of(moment))


# -- organizations --------------------------------------------------------------------------------------
@api.get(
    "/organizations",
    summary=gettext_noop("Institutions that give the services"),
    **documented(schemas.PageOfOrganizations, lists=True),
)
def organizations(request, asked: Query[OrganizationList]):
    moment = queries.moment_on(timezone.localdate())
    found = queries.organizations(moment.on, asked.search)

    def records(rows):
        rows = list(rows)
        if not (asked.full or asked.full_service):
            return [organization_brief(queries.words_of(row)) for row in rows]
        nested = services_of(rows, moment, full=asked.full_service)
        return [organization_full(queries.words_of(row)) | {"services": nested[row.code]} for row in rows]

    if asked.streams:
        return lines(found.values_list("pk", flat=True), lambda keys: records(found.filter(pk__in=keys)))
    return unless_same(request, answer(page(asked, found.count(), lambda first, last: records(found[first:last]))))


@api.get(
    "/organizations/{id}",
    summary=gettext_noop("All about one institution"),
    **documented(schemas.Organization, one=True),
)
def organization(request, id: One, asked: Query[OneOrganization]):  # noqa: A002
    moment = queries.moment_on(timezone.localdate())
    row = queries.one_organization(id, moment.on) or not_there()
    nested = services_of([row], moment, full=asked.full_service)
    return unless_same(request, answer(organization_full(queries.words_of(row)) | {"services": nested[row.code]}))


class TooMany(Exception):  # noqa: N818
    """More services would stand inside one answer than it can hold."""


def services_of(institutions, moment, *, full):
    """Return {code of an institution: its services}, as many as one answer can hold."""
    codes = [row.code for row in institutions]
    found = queries.offered_by(codes, moment.on)
    if full and found.count() > NESTED:
        raise TooMany
    nested = {code: [] for code in codes}
    if full:
        versions = list(found.defer("content"))
        loaded = queries.with_loads(moment, versions)
        for version in versions:
            nested[version.provider].append(service_full(version, loaded))
    else:
        for version in queries.light(found, moment.on):
            nested[version.provider].append(service_minimal(version, moment))
    return nested


# -- taxonomies -----------------------------------------------------------------------------------------
@api.get("/taxonomies", summary=gettext_noop("Taxonomies"), **documented(schemas.PageOfTaxonomies, lists=True))
def taxonomies(request, asked: Query[Paged]):
    found = queries.with_words([taxonomy.record for taxonomy in TAXONOMIES], asked.search)
    return of_list(request, asked, found)


@api.get("/taxonomies/{id}", summary=gettext_noop("One taxonomy"), **documented(schemas.Taxonomy, one=True))
def taxonomy(request, id: One):  # noqa: A002
    record = next((one.record for one in TAXONOMIES if one.id == id.lower()), None) or not_there()
    return unless_same(request, answer(record))


@api.get("/taxonomy_terms", summary=gettext_noop("Terms"), **documented(schemas.PageOfTerms, lists=True))
def taxonomy_terms(request, asked: Query[TermList]):
    return of_list(request, asked, queries.with_words(queries.terms(asked), asked.search))


@api.get("/taxonomy_terms/{id}", summary=gettext_noop("One term"), **documented(schemas.TaxonomyTerm, one=True))
def taxonomy_term(request, id: One):  # noqa: A002
    found = ((owner, record) for owner, record in queries.all_terms() if record["id"] == id.lower())
    owner, record = next(found, None) or not_there()
    return unless_same(request, answer(record | {"taxonomy_detail": owner.record}))


def of_list(request, asked, found):
    if asked.streams:
        return lines(found, lambda batch: batch)
    return unless_same(request, answer(page(asked, len(found), lambda first, last: found[first:last])))


# -- together -------------------------------------------------------------------------------------------
def not_there():
    raise Http404


def state_of(moment):
    """Return what an answer depends on besides the address, and since when it is so.

    An alert has no moment of change: while any is shown, only the ETag tells whether something is new.
    """
    midnight = timezone.make_aware(datetime.combine(moment.on, time.min))
    changed = max(filter(None, [midnight, queries.last_change()])).astimezone(UTC)
    alerts = [(key, alert.pk, alert.text, alert.suspends) for key, alerts in moment.alerts.items() for alert in alerts]
    state = (moment.on, changed, sorted(map(str, alerts)), sorted(moment.hidden))
    return {"state": state, "changed_at": None if alerts else changed}


@api.exception_handler(Http404)
def say_not_there(request, error):
    return problem(404, _(NOT_THERE))


@api.exception_handler(TooMany)
def say_too_many(request, error):
    return problem(
        422,
        _("That would be more than %(most)s services in one answer. Ask /services?organization_id=…&full=true instead.")
        % {"most": NESTED},
    )


@api.exception_handler(ValidationError)
def say_mistakes(request, error):
    names = dict.fromkeys(str(one["loc"][-1]) for one in error.errors)
    errors = [{"parameter": name, "problem": _(HINTS[name]) if name in HINTS else ""} for name in names]
    return problem(422, _("Some parameters cannot be understood."), errors)


RESOLVER = URLResolver(RegexPattern(r"^/"), api.urls[0])


def respond(request, rest):
    """Answer the request for the path under the root of the API."""
    try:
        match = RESOLVER.resolve(f"/{rest}")
    except Resolver404:
        return problem(
            404, _("There is no such address here. The documentation is at %(docs)s.") % {"docs": f"{ROOT}/docs"}
        )
    return match.func(request, *match.args, **match.kwargs)


@cache
def openapi():
    """Return our own OpenAPI, its texts in the portal's language."""
    with translation.override(settings.LANGUAGE_CODE):
        found = translated(api.get_openapi_schema(path_prefix=ROOT))
        found["info"]["title"] = _(api.title)
    return found | {"servers": [{"url": settings.PUBLIC_URL}]}


def translated(part):
    """Return the schema with its descriptions and summaries in the language of the moment."""
    if isinstance(part, list):
        return [translated(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _(value) if key in {"description", "summary"} and isinstance(value, str) and value else translated(value)
        for key, value in part.items()
    }


def described():
    """Return (address, what it answers, its parameters) of each operation, for the page about the API."""
    return [
        {"path": path, "summary": operation["get"]["summary"], "parameters": operation["get"].get("parameters", [])}
        for path, operation in openapi()["paths"].items()
    ]
