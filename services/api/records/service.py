"""A published version of a service as HSDS tells it: a line of it, or all of it."""

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cus_portal.templatetags.portal import day, money
from services.api.ids import id_of
from services.api.records import filled, joined
from services.api.records.location import location_brief, location_full, phone
from services.api.records.organization import organization_brief, organization_full
from services.api.records.schedule import schedules
from services.api.records.term import (
    AREAS,
    DELIVERY,
    GROUPS,
    LOCALITIES,
    REGIMES,
    TOPICS,
    WORDINGS,
    area_term,
    attribute,
    choice_term,
    group_term,
    locality_term,
    municipality_term,
    topic_term,
    wording_term,
)
from services.models import ProgrammeService, Service
from services.units import limit_of_basis

Fee = ProgrammeService.Fee
ACTIVE, CLOSED, INACTIVE = "active", "temporarily closed", "inactive"
SIGN = Service.Spoken.SIGN
LANGUAGE_CODES = {SIGN: "pso"}  # ISO 639-3; the others are ISO 639-1 already
TRANSLATED = {"name": "plain_name", "description": "description", "eligibility_description": "for_whom"}


@dataclass(frozen=True)
class Moment:
    """What holds when the answer is given and stands in no page: the day, the alerts shown, how full each basis is."""

    on: date
    alerts: dict = field(default_factory=dict)  # "", ("service", pk) or ("place", code): alerts
    loads: dict = field(default_factory=dict)  # basis: its load
    hidden: frozenset = frozenset()  # codes of places that became confidential; a page may not know it yet

    def alerts_of(self, version):
        keys = ["", ("service", version.service_id), *(("place", code) for code in version.places)]
        return [alert for key in keys for alert in self.alerts.get(key, [])]

    def places_of(self, page):
        return [place for place in page["places"] if place["code"] not in self.hidden]


# -- what the clock makes of a page -----------------------------------------------------------------
def bases_of(page):
    """Return the bases that had any time at all in their programme's."""
    return [basis for basis in page["bases"] if basis["to"] is None or basis["from"] <= basis["to"]]


def covers(basis, on):
    return basis["from"] <= on and (basis["to"] is None or basis["to"] >= on)


def shown_basis(page, on):
    """Return the basis whose conditions hold: in force and begun last, else the next one, else the last one known."""
    today, bases = on.isoformat(), bases_of(page)
    in_force = [basis for basis in bases if covers(basis, today)]
    coming = sorted((basis for basis in bases if basis["from"] > today), key=lambda basis: basis["from"])
    return next(iter([*in_force, *coming, *bases]), None)


def status_of(page, on, alerts=()):
    """Return active, temporarily closed (suspended, or on a break between two editions) or inactive."""
    today, bases = on.isoformat(), bases_of(page)
    if any(covers(basis, today) for basis in bases):
        return CLOSED if any(alert.suspends for alert in alerts) else ACTIVE
    begun = any(basis["from"] <= today for basis in bases)
    comes_back = any(basis["from"] > today or basis["comes_back"] for basis in bases)
    return CLOSED if begun and comes_back else INACTIVE


# -- a line -------------------------------------------------------------------------------------------
def service_minimal(version, moment):
    """Return the two fields that the standard's words ask for, and those that its schema cannot do without.

    The version comes without its page: see queries.light().
    """
    modified = version.modified_at.isoformat()
    suspended = any(alert.suspends for alert in moment.alerts_of(version))
    return {
        "id": str(version.uuid),
        "name": version.official_name,
        "status": ACTIVE if version.is_in_force and not suspended else CLOSED,
        "last_modified": modified,
        "modified_date": modified,
    }


def service_brief(version, moment):
    """Return what a service has one of."""
    page, alerts = version.page, moment.alerts_of(version)
    basis = shown_basis(page, moment.on)
    ages = _ages(page, basis)
    return filled(
        id=page["uuid"],
        name=page["name"],
        alternate_name=page["plain_name"] if page["plain_name"] != page["name"] else "",
        description=joined(page["summary"], page["description"], by="\n\n"),
        url=page.get("website") or page_url(page),
        email=next(
            (row["email"] for row in page.get("contacts", []) if row.get("email")), page["provider"].get("email")
        ),
        status=status_of(page, moment.on, alerts),
        interpretation_services=_("Polish sign language interpreter") if SIGN in page.get("languages", []) else "",
        application_process=_application(page),
        fees_description=fee_text(basis) if basis else "",
        wait_time=_waiting(basis and moment.loads.get(basis["id"])),
        accreditations=page.get("quality_standard"),
        eligibility_description=_eligibility(page, basis),
        minimum_age=ages[0],
        maximum_age=ages[1],
        assured_date=page["reviewed_on"],
        assurer_email=settings.CENTRE["email"],
        alert=joined(*(alert.text for alert in alerts)),
        last_modified=version.modified_at.isoformat(),
        organization=organization_brief(page["provider"]),
        program=program(basis["programme"]) if basis else None,
    )


def page_url(page):
    return _address("services:detail", page["slug"])


def _address(screen, *args):
    with translation.override(settings.LANGUAGE_CODE):
        return urljoin(settings.PUBLIC_URL, reverse(screen, args=args))


def _application(page):
    steps = page.get("steps", [])
    lines = [f"{number}. {joined(step['title'], step.get('text'), by=': ')}" for number, step in enumerate(steps, 1)]
    direct = page.get("direct_entry")
    return joined(*lines, direct and _("You may also go there yourself: %(where)s") % {"where": direct})


def _rules(page, basis):
    """Return the ways in that hold under the basis."""
    programme = basis and basis["programme"]["code"]
    return [rule for rule in page.get("eligibility", []) if rule.get("programme") in (None, programme)]


def _ages(page, basis):
    """Return the lowest and the highest age of all ways in; None where one of them has no such limit."""
    rules = _rules(page, basis)
    limits = ([rule.get(word) for rule in rules] for word in ("age_from", "age_to"))
    lowest, highest = (None if None in ages or not ages else ages for ages in limits)
    return lowest and min(lowest), highest and max(highest)


def _eligibility(page, basis):
    labels = [rule["label"] for rule in _rules(page, basis) if rule["label"] != page["for_whom"]]
    conditions = basis and joined(
        *(basis.get("conditions"), limit_of_basis(basis), basis.get("limit"), basis.get("duration"))
    )
    return joined(page["for_whom"], *labels, page.get("certificate"), conditions, page.get("otherwise"))


def _waiting(load):
    if not load or not (load.typical_wait or load.waiting):
        return ""
    wait = load.typical_wait and _("about %(days)s days") % {"days": load.typical_wait}
    return joined(wait, load.waiting and _("people who wait: %(count)s") % {"count": load.waiting}, by="; ")


def fee_text(basis):
    """Say what it costs: the amount and its unit, or the rule, then the note."""
    amount = basis.get("amount")
    unit = basis.get("fee_unit") and str(ProgrammeService.FeeUnit(basis["fee_unit"]).label)
    rule = joined(money(_decimal(amount)), unit, by=" ") if amount else str(Fee(basis["fee"]).label)
    return joined(rule, basis.get("fee_note"), by="; ")


def _decimal(amount):
    return None if amount is None else float(amount)


def program(programme):
    times = [programme["valid_from"], programme.get("valid_to")]
    since, until = (day(date.fromisoformat(one)) if one else "" for one in times)
    period = _("In force from %(since)s until %(until)s.") if until else _("In force from %(since)s.")
    return filled(
        id=id_of("program", programme["code"]),
        name=programme["title"],
        description=joined(period % {"since": since, "until": until}, programme.get("journal")),
    )


# -- all of it ------------------------------------------------------------------------------------------
def service_full(version, moment):
    page, on = version.page, moment.on
    uuid, basis = page["uuid"], shown_basis(version.page, moment.on)
    return service_brief(version, moment) | filled(
        phones=[phone(uuid, page.get("phone") or settings.CENTRE["phone"])],
        schedules=schedules(uuid, page, on),
        service_areas=_service_areas(page),
        service_at_locations=[_at_location(page, place, on) for place in moment.places_of(page)],
        languages=[_language(uuid, code) for code in page.get("languages", [])],
        organization=organization_full(page["provider"]),
        funding=_funding(uuid, basis),
        cost_options=[option for row in bases_of(page) for option in _cost_options(uuid, row, on)],
        required_documents=[_document(uuid, number, row) for number, row in enumerate(page.get("documents", []), 1)],
        contacts=[_contact(uuid, row) for row in page.get("contacts", [])],
        attributes=[*_marks(page, basis), *_wordings(page)],
        metadata=[_published(version)],
    )


def _service_areas(page):
    """Return the localities the service is limited to, or the whole municipality, with their TERYT numbers."""
    terms = [locality_term(row) for row in page["localities"]] or [municipality_term()]
    found = []
    for a_term in terms:
        owner = id_of("service_area", page["uuid"], a_term["code"])
        mark = attribute(owner, "service_area", LOCALITIES, a_term)
        numbers = a_term["description"]
        found.append(
            {"id": owner, "name": a_term["name"], "description": numbers, "extent": numbers, "extent_type": "text"}
            | {"attributes": [mark]}
        )
    return found


def at_location_id(uuid, code):
    return id_of("service_at_location", uuid, code)


def _at_location(page, place, on):
    return {"id": at_location_id(page["uuid"], place["code"]), "location": location_full(place, on)}


def _language(owner, code):
    name = str(Service.Spoken(code).label)
    return {"id": id_of("language", owner, code), "name": name, "code": LANGUAGE_CODES.get(code, code)}


def _funding(owner, basis):
    source = basis and basis["programme"].get("funding")
    return [{"id": id_of("funding", owner, source), "source": source}] if source else []


def _cost_options(owner, basis, on):
    """Return what the basis costs, a line for each band of its income table; nothing of a basis that is over."""
    if basis["to"] and basis["to"] < on.isoformat():
        return
    common = filled(valid_from=basis["from"], valid_to=basis["to"], currency="PLN")
    for number, band in enumerate(basis.get("fee_bands") or [{}]):
        amount = 0 if basis["fee"] == Fee.FREE else _decimal(band.get("amount", basis.get("amount")))
        yield filled(
            id=id_of("cost_option", owner, basis["id"], number),
            **common,
            option=_band_text(band) if band else basis["programme"]["title"],
            amount=amount,
            amount_description=_("%(percent)s%% of the cost") % band if "percent" in band else fee_text(basis),
        )


def _band_text(band):
    if band.get("up_to"):
        return _("income of a person up to %(amount)s a month") % {"amount": money(_decimal(band["up_to"]))}
    return _("any higher income")


def _document(owner, number, row):
    name = row["name"] if row.get("required", True) else _("%(document)s, if you have it") % {"document": row["name"]}
    return filled(
        id=id_of("required_document", owner, number),
        document=joined(name, row.get("where_from"), by="; "),
        uri=_address("services:form", row["form"]["code"]) if "form" in row else "",
    )


def _contact(owner, row):
    contact = id_of("contact", owner, row["label"], row.get("phone"), row.get("email"))
    number = row.get("phone")
    return filled(
        id=contact,
        name=row["label"],
        email=row.get("email"),
        phones=[phone(contact, number, row.get("note"))] if number else [],
    )


def _marks(page, basis):
    marked = [
        *((AREAS, area_term(row)) for row in page["areas"]),
        *((GROUPS, group_term(row)) for row in page["groups"]),
        *((TOPICS, topic_term(row)) for row in page["topics"]),
        *((LOCALITIES, locality_term(row)) for row in page["localities"]),
        *((DELIVERY, choice_term(DELIVERY, mode)) for mode in page["delivery"]),
    ]
    if basis:
        marked.append((REGIMES, choice_term(REGIMES, basis["regime"])))
    return [attribute(page["uuid"], "service", taxonomy, a_term) for taxonomy, a_term in marked]


def _wordings(page):
    """Return the texts in other languages, the easy-to-read one and the film: the standard knows no better place."""
    texts = [
        (language, field_name, row.get(word))
        for language, row in page["texts"].items()
        for field_name, word in TRANSLATED.items()
    ]
    texts += [("etr", "description", page.get("easy_text")), ("pjm", "description", page.get("sign_film"))]
    return [
        attribute(page["uuid"], "service", WORDINGS, wording_term(code), link_type=field_name, value=text)
        for code, field_name, text in texts
        if text
    ]


def _published(version):
    """Return which version this is, and since when. Who published it stays in the house."""
    return {
        "id": id_of("metadata", version.page["uuid"], version.number),
        "resource_id": version.page["uuid"],
        "resource_type": "service",
        "last_action_date": version.public_from.date().isoformat(),
        "last_action_type": "create" if version.number == 1 else "update",
        "field_name": "version",
        "previous_value": str(version.number - 1) if version.number > 1 else "",
        "replacement_value": str(version.number),
        "updated_by": settings.CENTRE["name"],
    }


# -- a service at one of its places ---------------------------------------------------------------------
def at_location_brief(version, place, moment):
    """Return the link of a service and a place. Name and status are there for the schema of /{id}, a service's."""
    return {
        "id": at_location_id(version.page["uuid"], place["code"]),
        "service_id": version.page["uuid"],
        "location_id": id_of("location", place["code"]),
        "name": version.page["name"],
        "status": status_of(version.page, moment.on, moment.alerts_of(version)),
        "location": location_brief(place),
    }


def at_location_full(version, place, moment):
    page, owner = version.page, at_location_id(version.page["uuid"], place["code"])
    return at_location_brief(version, place, moment) | filled(
        location=location_full(place, moment.on),
        contacts=[_contact(owner, row) for row in page.get("contacts", [])],
        phones=[phone(owner, page["phone"])] if page.get("phone") else [],
        schedules=schedules(owner, page, moment.on),
        attributes=[attribute(owner, "service_at_location", AREAS, area_term(row)) for row in page["areas"]],
    )
