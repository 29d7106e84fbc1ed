"""What the lists of the API hold on a day, and the few queries that its records need besides the pages."""

from collections import defaultdict
from dataclasses import replace
from math import asin, cos, radians, sin, sqrt

from django.db.models import Exists, F, Func, IntegerField, Max, OuterRef, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from cus_portal.accounts.models import Institution
from cus_portal.db import fold
from services.api.records.location import postal_code_of
from services.api.records.organization import organization_id
from services.api.records.service import Moment, at_location_id
from services.api.records.term import (
    AREAS,
    CHOICES,
    DELIVERY,
    GROUPS,
    LANGUAGES,
    LOCALITIES,
    REGIMES,
    TOPICS,
    WORDINGS,
    area_term,
    choice_term,
    group_term,
    locality_term,
    municipality_term,
    topic_term,
    wording_term,
)
from services.content import Lists, institution_words
from services.models import Alert, BasisLoad, Location, PublicBasis, ServiceVersion
from services.models.programme import covers

EARTH = 6_371_000  # metres
COLUMNS = {AREAS: "areas", GROUPS: "groups", TOPICS: "topics", LOCALITIES: "localities", DELIVERY: "delivery"}


# -- the moment ---------------------------------------------------------------------------------------
def moment_on(on):
    """Return the day with its alerts and with the places that nobody may know."""
    alerts = defaultdict(list)
    for alert in Alert.objects.shown(on).select_related("location").order_by("first_on", "pk"):
        key = ("service", alert.service_id) if alert.service_id else ""
        alerts[("place", alert.location.code) if alert.location_id else key].append(alert)
    hidden = frozenset(Location.objects.filter(is_confidential=True).values_list("code", flat=True))
    for code in hidden:
        alerts.pop(("place", code), None)
    return Moment(on, dict(alerts), hidden=hidden)


def with_loads(moment, versions):
    """Return the moment with how full the bases of these versions are."""
    bases = [basis["id"] for version in versions for basis in version.page["bases"]]
    return replace(moment, loads=BasisLoad.objects.in_bulk(bases))


def last_change():
    """Return when the last version or load was written, or None."""
    version = ServiceVersion.objects.current().aggregate(at=Max("modified_at"))["at"]
    load = BasisLoad.objects.aggregate(at=Max("counted_at"))["at"]
    return max(filter(None, [version, load]), default=None)


# -- services -------------------------------------------------------------------------------------------
def services(asked, on):
    """Return the versions offered on the day that fit what was asked, in the order of their names."""
    found = ServiceVersion.objects.offered(on).order_by("name_sort", "pk")
    if asked.search.strip():
        found = found.matching(asked.search)
    if asked.modified_after:
        found = found.filter(modified_at__gte=asked.modified_after)
    if asked.organization_id:
        found = found.filter(provider=provider_code(asked.organization_id))
    if asked.taxonomy_id:
        found = marked_in(found, asked.taxonomy_id.lower())
    if asked.taxonomy_term_id:
        found = marked_with(found, asked.taxonomy_term_id.lower())
    return found


def one_service(uuid):
    """Return the listed version of a service, also when it has ended or not begun: then its status says so."""
    return ServiceVersion.objects.listed().filter(service__uuid=uuid).first()


def light(versions, on):
    """Return the versions without their pages, with what service_minimal() tells of them."""
    in_force = PublicBasis.objects.filter(covers(on), version=OuterRef("pk"))
    return versions.only("service_id", "provider", "places", "modified_at").annotate(
        official_name=KT("page__name"), uuid=F("service__uuid"), is_in_force=Exists(in_force)
    )


def provider_code(wanted):
    """Return the code of the institution with this identifier, or an empty text, which no version has."""
    codes = Institution.objects.order_by().values_list("code", flat=True)
    return next((code for code in codes if organization_id(code) == wanted.lower()), "-")


def marked_in(versions, wanted):
    taxonomy = next((one for one in (*COLUMNS, REGIMES, WORDINGS) if one.id == wanted), None)
    match taxonomy:
        case None:
            return versions.none()
        case _ if taxonomy is REGIMES:
            return versions.exclude(page__bases=[])
        case _ if taxonomy is WORDINGS:
            return versions.filter(page__has_any_keys=["easy_text", "sign_film"]) | versions.exclude(page__texts={})
        case _:
            return versions.filter(**{f"{COLUMNS[taxonomy]}__len__gt": 0})


def marked_with(versions, wanted):
    taxonomy, code = next(
        ((taxonomy, record["code"]) for taxonomy, record in all_terms() if record["id"] == wanted), (None, "")
    )
    match taxonomy:
        case None:
            return versions.none()
        case _ if taxonomy is REGIMES:
            return versions.filter(page__bases__contains=[{"regime": code}])
        case _ if taxonomy is WORDINGS:
            words = {"etr": "easy_text", "pjm": "sign_film"}
            return (
                versions.filter(page__has_key=words[code])
                if code in words
                else versions.filter(page__texts__has_key=code)
            )
        case _ if wanted == municipality_term()["id"]:
            return versions.filter(localities=[])
        case _:
            return versions.filter(**{f"{COLUMNS[taxonomy]}__contains": [code]})


# -- services at their places ---------------------------------------------------------------------------
def at_locations(asked, on):
    """Return the versions that are given at public places near enough."""
    found = services(asked, on).filter(places__len__gt=0)
    return found.filter(places__overlap=list(places_near(asked))) if asked.postcode else found


def places_near(asked):
    """Return the codes of the public places within the proximity of the postcode; of all, where none is asked.

    The middle of a postcode is the middle of our own places in it: no other register of points is at hand.
    """
    places = {row.code: row for row in Location.objects.public().only("code", "address", "postal_code", *POINT)}
    here = [row for row in places.values() if postal_code_of(vars(row)) == asked.postcode]
    if not here or asked.proximity is None:
        return places.keys() if here else set()
    points = [(float(row.latitude), float(row.longitude)) for row in here if row.latitude is not None]
    if not points:
        return set()
    middle = [sum(values) / len(points) for values in zip(*points, strict=True)]
    return {
        code
        for code, row in places.items()
        if row.latitude is not None and distance(middle, (row.latitude, row.longitude)) <= asked.proximity
    }


POINT = ("latitude", "longitude")


def distance(one, other):
    """Return the metres between two points, as the haversine formula has them."""
    lat1, lon1, lat2, lon2 = (radians(float(number)) for number in (*one, *other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))


def pairs_of(versions):
    """Return (version, code of a place) for each place of each version."""
    pairs = versions.annotate(place=Func("places", function="unnest"))
    return pairs.order_by("name_sort", "pk", "place").values_list("pk", "place")


def number_of_pairs(versions):
    length = Func("places", function="cardinality", output_field=IntegerField())
    return versions.order_by().aggregate(total=Coalesce(Sum(length), 0))["total"]


def with_version(pairs, moment):
    """Return (version, place as its page has it) for pairs of keys, the versions read in one query."""
    versions = ServiceVersion.objects.defer("content").in_bulk({pk for pk, _code in pairs})
    places = {pk: {row["code"]: row for row in moment.places_of(one.page)} for pk, one in versions.items()}
    return [(versions[pk], places[pk][code]) for pk, code in pairs if pk in versions and code in places[pk]]


def one_pair(wanted, moment):
    """Return (version, place) with this identifier, or None."""
    listed = ServiceVersion.objects.listed().order_by()
    for pk, uuid, codes in listed.filter(places__len__gt=0).values_list("pk", "service__uuid", "places"):
        for code in codes:
            if at_location_id(uuid, code) == wanted:
                return next(iter(with_version([(pk, code)], moment)), None)
    return None


# -- organizations, terms -------------------------------------------------------------------------------
def organizations(on, search=""):
    """Return the institutions that give something offered on the day."""
    providers = ServiceVersion.objects.offered(on).order_by().values("provider")
    found = Institution.objects.filter(code__in=providers).order_by("name_sort", "pk")
    words = fold(search)
    if not words:
        return found
    keys = [pk for pk, *names in found.values_list("pk", "name", "short_name") if words in fold(" ".join(names))]
    return found.filter(pk__in=keys)


def one_organization(wanted, on):
    return organizations(on).filter(code=provider_code(wanted)).first()


def words_of(institution):
    return institution_words(institution)


def offered_by(codes, on):
    return ServiceVersion.objects.offered(on).filter(provider__in=codes).order_by("name_sort", "pk")


def all_terms():
    """Return (taxonomy, term) of each closed list, in its own order."""
    lists = Lists()
    makers = ((AREAS, area_term, lists.areas), (GROUPS, group_term, lists.groups), (TOPICS, topic_term, lists.topics))
    found = [(taxonomy, make(row)) for taxonomy, make, rows in makers for row in rows.values()]
    found += [
        (LOCALITIES, municipality_term()),
        *((LOCALITIES, locality_term(row)) for row in lists.localities.values()),
    ]
    found += [(taxonomy, choice_term(taxonomy, value)) for taxonomy, choices in CHOICES.items() for value in choices]
    return [*found, *((WORDINGS, wording_term(code)) for code in LANGUAGES)]


def with_words(records, search):
    """Return the records in whose name or description the words stand."""
    words = fold(search)
    return [record for record in records if words in fold(f"{record['name']} {record['description']}")]


def terms(asked):
    wanted = (asked.taxonomy_id or "").lower()
    return [
        record
        for taxonomy, record in all_terms()
        if (not wanted or taxonomy.id == wanted)
        and (not asked.top_only or "parent_id" not in record)
        and (not asked.parent_id or record.get("parent_id") == asked.parent_id.lower())
    ]
