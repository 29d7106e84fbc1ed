"""The catalogue in people's words: a published page as lists and the service's own page show it on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cus_portal.templatetags.portal import day, money
from services.models import Programme, ProgrammeService, Service, ServiceVersion

Fee, Regime, Period = ProgrammeService.Fee, ProgrammeService.Regime, ProgrammeService.CapacityPeriod
Availability = Service.Availability


@dataclass(frozen=True)
class Card:
    """One service in a list: its published version, and its tags, each a kind and a word."""

    version: ServiceVersion
    tags: list[tuple[str, str]]

    @property
    def page(self):
        return self.version.page


def card_of(version, on):
    return Card(version, tags_of(version, on))


def tags_of(version, on):
    """Return (kind, words): what stands in the way first, then the price and the kind of help.

    A service that keeps a waiting list need not have anybody on it, so no tag says so: the facts do.
    """
    availability = version.availability(on)
    basis = version.basis_shown(on)
    tags = []
    if availability != Availability.IN_FORCE:
        tags.append(("plain", availability.label))
    if basis and basis["fee"] == Fee.FREE:
        tags.append(("ok", _("free of charge")))
    elif basis and basis["fee"] != Fee.NONE_SET:
        tags.append(("plain", fee_of(basis)))
    if version.page.get("supporting_action"):
        tags.append(("plain", _("neighbours' help")))
    return tags


def fee_of(basis):
    """Say what it costs: an amount or the rule, then the note."""
    note = basis.get("fee_note", "")
    match basis["fee"]:
        case Fee.FLAT:
            return " ".join(filter(None, [money(Decimal(basis["amount"])), note]))
        case Fee.NONE_SET if note:
            return note
        case kind:
            return Fee(kind).label


def fee_facts(basis):
    words, note = fee_of(basis), basis.get("fee_note", "")
    return words if not note or note in words else [words, note]


def facts_of(version, on):
    """Return (term, value) rows; empty values are left out by the component."""
    page, basis = version.page, version.basis_shown(on)
    return [
        (_("For whom"), page["for_whom"]),
        (_("Certificate"), page.get("certificate", "")),
        (_("Where you live"), where_you_live(page)),
        (_("How"), how_of(page)),
        (_("Where"), places_of(page)),
        *(basis_facts(basis) if basis else []),
        (_("What to bring"), [document_of(document) for document in page.get("documents", [])]),
        (_("Who runs it"), runner_of(page)),
    ]


def basis_facts(basis):
    return [
        (_("How much"), basis.get("limit", "")),
        (_("How long"), basis.get("duration", "")),
        (_("Cost"), fee_facts(basis)),
        (_("Places"), capacity_of(basis)),
        (_("When places run out"), waiting_of(basis)),
        (_("Conditions"), basis.get("conditions", "")),
    ]


def office_facts_of(version, on):
    """Return what the office and the curious want to know, out of the way of everybody else."""
    page, basis = version.page, version.basis_shown(on)
    return [
        (_("Official name"), page["name"] if page["name"] != page["plain_name"] else ""),
        *(granting_facts(basis, on) if basis else []),
        (_("Last checked"), day(date.fromisoformat(page["reviewed_on"]))),
    ]


def granting_facts(basis, on):
    return [
        (_("How it is granted"), regime_of(basis)),
        (_("Basis"), basis_of(basis, on)),
        (_("Paid from"), basis["programme"].get("funding", "")),
    ]


def where_you_live(page):
    if page["localities"]:
        return ", ".join(place["name"] for place in page["localities"])
    return _("the whole municipality: %(municipality)s") % {"municipality": settings.CENTRE["municipality"]}


def how_of(page):
    modes = [str(Service.Delivery(mode).label) for mode in page["delivery"]]
    return ", ".join([*modes, *filter(None, [page.get("format")])])


def places_of(page):
    """Return the public places; of a confidential one only that it is told on the phone."""
    if page.get("confidential_place"):
        return _("We tell the place only to those who come. Call us.")
    places = [", ".join(filter(None, [place["name"], place.get("address")])) for place in page["places"]]
    return places if len(places) > 1 else "".join(places)


def runner_of(page):
    provider, note = page["provider"]["name"], page.get("provider_note", "")
    return provider if not note or note in provider else f"{provider}; {note}"


def document_of(document):
    if document.get("required", True):
        return document["name"]
    return _("%(document)s, if you have it") % {"document": document["name"]}


def capacity_of(basis):
    capacity = basis.get("capacity")
    if capacity is None:
        return ""
    places = ngettext("%(count)s place", "%(count)s places", capacity) % {"count": capacity}
    return f"{places} ({Period(basis['capacity_period']).label})"


def waiting_of(basis):
    if not basis.get("waiting_list"):
        return ""
    return _("We put you on the waiting list, in the order of the requests.")


def regime_of(basis):
    match basis["regime"]:
        case Regime.PROGRAMME:
            return _("Without a decision, by the rules of the programme. Only a refusal is a decision.")
        case Regime.DECISION:
            return _("By a decision on paper. You may appeal against it.")
        case Regime.PARTNER:
            return _("By the rules of the institution that runs it.")
        case _:
            return _("Without formalities.")


def basis_of(basis, on):
    """Name the resolution or law and say since when it holds, until when, or that it has ended."""
    programme = basis["programme"]
    begins, ends = date.fromisoformat(basis["from"]), basis["to"] and date.fromisoformat(basis["to"])
    names = {"programme": programme["title"], "end": day(ends), "start": day(begins)}
    if begins > on:
        return _("%(programme)s; from %(start)s") % names
    if ends and ends < on:
        return _("%(programme)s; ended on %(end)s") % names
    if programme["kind"] == Programme.Kind.PARTNER:
        return programme["title"]
    if ends:
        return _("%(programme)s; in force until %(end)s") % names
    return _("%(programme)s; in force") % names


def steps_of(page):
    return [{"title": step["title"], "text": step.get("text", ""), "state": "next"} for step in page.get("steps", [])]
