"""The catalogue in people's words: tags, facts and steps for the public pages."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cus_portal.templatetags.portal import day, money
from services.models import Programme, ProgrammeService, Service

Fee, Regime, Period = ProgrammeService.Fee, ProgrammeService.Regime, ProgrammeService.CapacityPeriod
Availability = Service.Availability


@dataclass(frozen=True)
class Card:
    """One service in a list: the service and its tags, each a kind and a word."""

    service: Service
    tags: list[tuple[str, str]]


def card_of(service, on):
    return Card(service, tags_of(service, on))


def tags_of(service, on):
    """Return (kind, words): what stands in the way first, then the price and the kind of help.

    A service that keeps a waiting list need not have anybody on it, so no tag says so: the facts do.
    """
    availability = service.availability(on)
    row = service.shown_row
    tags = []
    if availability != Availability.IN_FORCE:
        tags.append(("plain", availability.label))
    if row and row.fee_kind == Fee.FREE:
        tags.append(("ok", _("free of charge")))
    elif row and row.fee_kind != Fee.NONE_SET:
        tags.append(("plain", fee_of(row)))
    if service.supporting_action:
        tags.append(("plain", _("neighbours' help")))
    return tags


def fee_of(row):
    """Say what it costs: an amount or the rule, then the note."""
    match row.fee_kind:
        case Fee.FLAT:
            return " ".join(filter(None, [money(row.fee_amount), row.fee_note]))
        case Fee.NONE_SET if row.fee_note:
            return row.fee_note
        case _:
            return row.get_fee_kind_display()


def fee_facts(row):
    words = fee_of(row)
    return words if not row.fee_note or row.fee_note in words else [words, row.fee_note]


def facts_of(service):
    """Return (term, value) rows; empty values are left out by the component."""
    row = service.shown_row
    return [
        (_("For whom"), service.for_whom),
        (_("Certificate"), service.certificate),
        (_("Where you live"), where_you_live(service)),
        (_("How"), how_of(service)),
        (_("Where"), places_of(service)),
        *(row_facts(row) if row else []),
        (_("What to bring"), [document_of(document) for document in service.document_list]),
        (_("Who runs it"), runner_of(service)),
    ]


def row_facts(row):
    return [
        (_("How much"), row.limit_text),
        (_("How long"), row.duration_text),
        (_("Cost"), fee_facts(row)),
        (_("Places"), capacity_of(row)),
        (_("When places run out"), waiting_of(row)),
        (_("Conditions"), row.conditions),
    ]


def office_facts_of(service, on):
    """Return what the office and the curious want to know, out of the way of everybody else."""
    row = service.shown_row
    return [
        (_("Official name"), service.name if service.name != service.plain_name else ""),
        *(granting_facts(row, on) if row else []),
        (_("Last checked"), day(service.reviewed_on)),
    ]


def granting_facts(row, on):
    return [
        (_("How it is granted"), regime_of(row)),
        (_("Basis"), basis_of(row, on)),
        (_("Paid from"), row.programme.funding),
    ]


def where_you_live(service):
    if service.locality_list:
        return ", ".join(service.locality_list)
    return _("the whole municipality: %(municipality)s") % {"municipality": settings.CENTRE["municipality"]}


def how_of(service):
    modes = [str(Service.Delivery(mode).label) for mode in service.delivery_modes]
    return ", ".join([*modes, *filter(None, [service.format])])


def places_of(service):
    """Return the public places; of a confidential one only that it is told on the phone."""
    if service.place_is_confidential:
        return _("We tell the place only to those who come. Call us.")
    places = [", ".join(filter(None, [place.name, place.address])) for place in service.public_locations]
    return places if len(places) > 1 else "".join(places)


def runner_of(service):
    if not service.provider_note or service.provider_note in service.provider.name:
        return service.provider.name
    return f"{service.provider.name}; {service.provider_note}"


def document_of(document):
    if document["is_required"]:
        return document["name"]
    return _("%(document)s, if you have it") % {"document": document["name"]}


def capacity_of(row):
    if row.capacity is None:
        return ""
    places = ngettext("%(count)s place", "%(count)s places", row.capacity) % {"count": row.capacity}
    return f"{places} ({row.get_capacity_period_display()})"


def waiting_of(row):
    return _("We put you on the waiting list, in the order of the requests.") if row.keeps_waiting_list else ""


def regime_of(row):
    match row.regime:
        case Regime.PROGRAMME:
            return _("Without a decision, by the rules of the programme. Only a refusal is a decision.")
        case Regime.DECISION:
            return _("By a decision on paper. You may appeal against it.")
        case Regime.PARTNER:
            return _("By the rules of the institution that runs it.")
        case _:
            return _("Without formalities.")


def basis_of(row, on):
    """Name the resolution or law and say since when it holds, until when, or that it has ended."""
    ends = min(filter(None, [row.valid_to, row.programme.valid_to]), default=None)
    names = {"programme": row.programme.title, "end": day(ends), "start": day(row.valid_from)}
    if row.valid_from > on:
        return _("%(programme)s; from %(start)s") % names
    if not row.is_in_force:
        return _("%(programme)s; ended on %(end)s") % names
    if row.programme.kind == Programme.Kind.PARTNER:
        return row.programme.title
    if ends:
        return _("%(programme)s; in force until %(end)s") % names
    return _("%(programme)s; in force") % names


def steps_of(service):
    return [{"title": step["title"], "text": step["text"], "state": "next"} for step in service.step_list]
