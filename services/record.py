"""One service's page: all that its record says, on a day, in the order in which people ask for it."""

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cus_portal.templatetags.portal import day
from services.eligibility import counts_delivery
from services.models import Location, Programme, ProgrammeService, Service
from services.presentation import (
    POLISH,
    alert_lines,
    exception_lines,
    fee_facts,
    fee_table,
    fill,
    hours_lines,
    joined,
    named,
    open_state,
    polish,
    said,
    said_in,
    tags_of,
)
from services.structured import as_script, government_service
from services.units import limit_of_basis

Regime, Period = ProgrammeService.Regime, ProgrammeService.CapacityPeriod
TRANSLATED = ("plain_name", "summary", "description", "for_whom", "certificate")
BODIES_KEPT = 500


class Body(NamedTuple):
    """A page without its frame, and the moment at which it ceases to be true."""

    title: str
    for_machines: str
    is_hidden: bool
    way: str
    html: str
    changes_at: datetime | None


class Record:
    """A published version as its page shows it. Without `now` nothing is said about being open."""

    def __init__(self, version, *, on, now=None, alerts=(), load=None):
        self.version, self.page = version, version.page
        self.on, self.now, self.load = on, now, load
        self.alerts = alerts
        self.texts = self.page["texts"].get(get_language(), {})
        self.state = version.availability(on)
        self.next_start = version.next_start(on)
        self.tags = tags_of(version, on, suspended=self.is_suspended)
        shown = version.basis_shown(on)
        self.basis = next((basis for basis in self.page["bases"] if shown and basis["id"] == shown["id"]), None)

    # -- words ------------------------------------------------------------------------------------
    def word(self, name, translated=""):
        return said({get_language(): self.texts.get(translated or name, ""), POLISH: self.page.get(name, "")})

    def _own(self, name):
        return self.page.get(name, "") if get_language() == POLISH else self.texts.get(name, "")

    @property
    def name(self):
        return self.word("plain_name")

    @property
    def title(self):
        return self._own("plain_name") or self.page["plain_name"]

    @property
    def summary(self):
        return self.word("summary")

    @property
    def description(self):
        return self._own("description") or self.page["description"]

    @property
    def description_is_polish(self):
        return not self._own("description")

    @property
    def is_partly_polish(self):
        return any(self.page.get(name) and not self._own(name) for name in TRANSLATED)

    @property
    def direct_entry(self):
        return self.word("direct_entry", "direct_entry_note")

    @property
    def area(self):
        """The code and the name of the first area, for the way back."""
        areas = self.page["areas"]
        return (areas[0]["code"], said(areas[0]["name"])) if areas else None

    # -- what stands in the way ---------------------------------------------------------------------
    @property
    def is_suspended(self):
        return any(alert.suspends for alert in self.alerts)

    @property
    def can_be_asked_for(self):
        return self.state == Service.Availability.IN_FORCE and not self.is_suspended

    # -- facts --------------------------------------------------------------------------------------
    def facts(self):
        """Return (term, value) rows; empty values are left out by the component."""
        return [
            (_("For whom"), self.for_whom()),
            (_("Certificate"), self.word("certificate")),
            (_("Where you live"), self.where_you_live()),
            (_("How"), self.how()),
            (_("Where"), _("We tell the place only to those who come. Call us.") if self.is_hidden else ""),
            *(self.basis_facts() if self.basis else []),
            (_("We speak"), ", ".join(str(Service.Spoken(code).label) for code in self.page.get("languages", []))),
            (_("Who runs it"), self.runner()),
        ]

    def basis_facts(self):
        basis = self.basis
        return [
            (_("How much"), joined([limit_of_basis(basis), polish(basis.get("limit", ""))], "; ")),
            (_("How long"), polish(basis.get("duration", ""))),
            (_("Cost"), fee_facts(basis)),
            (_("Places"), self.places_left()),
            (_("How long one waits"), self.wait()),
            (_("When places run out"), waiting_of(basis)),
            (_("Conditions"), polish(basis.get("conditions", ""))),
        ]

    @property
    def is_hidden(self):
        return self.page.get("confidential_place", False)

    def for_whom(self):
        """Return the words about it, and each way in: whoever fits one of them may ask."""
        ways = [
            said_in(way, "label")
            for way in self.page.get("eligibility", [])
            if not way.get("programme") or (self.basis and self.basis["programme"]["code"] == way["programme"])
        ]
        whole = self.word("for_whom")
        if len(ways) < 2:
            return whole
        return [whole, *(fill(_("or: %(way)s"), way=way) if number else way for number, way in enumerate(ways))]

    def where_you_live(self):
        if self.page["localities"]:
            places = polish(", ".join(place["name"] for place in self.page["localities"]))
            if counts_delivery(self.page):
                return fill(_("%(places)s: the help is given only there, wherever you live here"), places=places)
            return places
        return fill(_("the whole municipality: %(municipality)s"), municipality=polish(settings.CENTRE["municipality"]))

    def how(self):
        modes = [Service.Delivery(mode).label for mode in self.page["delivery"]]
        return joined([*modes, polish(self.page.get("format", ""))])

    def runner(self):
        provider, note = self.page["provider"]["name"], self.page.get("provider_note", "")
        return polish(provider if not note or note in provider else f"{provider}; {note}")

    def places_left(self):
        """Say how many places there are, and how many of them are free where the intake counts them."""
        capacity = self.basis.get("capacity")
        if capacity is None:
            return ""
        places = ngettext("%(count)s place", "%(count)s places", capacity) % {"count": capacity}
        whole = f"{places} ({Period(self.basis['capacity_period']).label})"
        if not self.load or self.basis["capacity_period"] == Period.START:
            return whole
        left = max(capacity - self.load.taken, 0)
        free = ngettext("%(count)s place left", "%(count)s places left", left) % {"count": left}
        return [whole, self._counted(free if left else _("no place left"))]

    def wait(self):
        if not self.load or not self.load.typical_wait:
            return ""
        return self._counted(_("usually %(time)s") % {"time": about(self.load.typical_wait)})

    def _counted(self, words):
        return _("%(words)s (as of %(day)s)") % {"words": words, "day": day(self.load.counted_at)}

    @cached_property
    def fee_rows(self):
        return fee_table(self.basis) if self.basis else []

    # -- documents, steps, people, places -------------------------------------------------------------
    def documents(self):
        """Return each document: its name, where one gets it, and the form to download."""
        return [
            {
                "name": said_in(row, "name"),
                "optional": not row.get("required", True),
                "where_from": polish(row.get("where_from", "")),
                "form": row.get("form"),
            }
            for row in self.page.get("documents", [])
        ]

    def steps(self):
        rows = self.page.get("steps", [])
        return [{"title": said_in(row, "title"), "text": said_in(row, "text"), "state": "next"} for row in rows]

    def contacts(self):
        """Return whom to call or write to: the service's own people, then who runs it."""
        provider = self.page["provider"]
        rows = list(self.page.get("contacts", []))
        if provider.get("phone") or provider.get("email"):
            rows.append({"label": provider["name"], "address": "" if self.is_hidden else provider.get("address", "")})
            rows[-1] |= {word: provider[word] for word in ("phone", "email", "website") if word in provider}
        return rows

    @property
    def website(self):
        return self.page.get("website", "")

    @cached_property
    def own_hours(self):
        return Opening(self.page, self.on, self.now) if self.page.get("hours") else None

    @cached_property
    def places(self):
        return [Place(row, self.on, self.now) for row in self.page["places"]]

    @property
    def changes_at(self):
        """The moment at which what the page says about being open ceases to be true."""
        openings = [*(place.opening for place in self.places), *filter(None, [self.own_hours])]
        return min((opening.state[2] for opening in openings if opening.state), default=None)

    def body(self, *, address, no_day=""):
        is_draft = self.version.pk is None
        context = {
            "record": self,
            "centre": settings.CENTRE,
            "is_draft": is_draft,
            "address": address,
            "alerts": alert_lines(self.alerts),
            "other_day": None if self.now else self.on,
            "no_day": no_day,
        }
        machines = "" if is_draft else as_script(government_service(self.page, url=address, language=get_language()))
        return Body(
            title=self.title,
            for_machines=machines,
            is_hidden=self.is_hidden,
            way=render_to_string("services/way.html", context),
            html=render_to_string("services/record.html", context),
            changes_at=self.changes_at,
        )

    # -- for the office and the curious ------------------------------------------------------------------
    def office_facts(self):
        page = self.page
        return [
            (_("Official name"), polish(page["name"]) if page["name"] != page["plain_name"] else ""),
            (_("Areas of the Act"), joined(named(page["areas"]))),
            *(granting_facts(self.basis, self.on) if self.basis else []),
            (_("Other bases"), self.other_bases()),
            (_("Quality standard"), polish(page.get("quality_standard", ""))),
            (_("Last checked"), day(date.fromisoformat(page["reviewed_on"]))),
        ]

    def other_bases(self):
        return [basis_of(basis, self.on) for basis in self.page["bases"] if basis is not self.basis]


def body_of(version, load, entries, *, on, now, address, no_day=""):
    """Return the body of a version's page on a day; no_day is what somebody wrote who meant another day.

    Of what is public each process keeps the bodies it has drawn since the last publication.
    """
    kept = entries.bodies if version.pk and not no_day else {}
    numbers = load and (load.taken, load.typical_wait, load.counted_at)
    key = version.pk, get_language(), on, on == now.date(), numbers, address
    body = kept.get(key)
    if body is None or (body.changes_at and body.changes_at <= now):
        if len(kept) >= BODIES_KEPT:
            kept.clear()
        record = _record_of(version, load, entries, on=on, now=now)
        body = kept[key] = record.body(address=address, no_day=no_day)
    return body


def _record_of(version, load, entries, *, on, now):
    """Return the page of the day; what holds only now (alerts, places left, open or not) is told of today only."""
    if on != now.date():
        return Record(version, on=on)
    alerts = entries.alerts_on(on, service=version.service_id, places=version.places)
    return Record(version, on=on, now=now, alerts=alerts, load=load)


class Opening:
    """When a place or a service is open, in words; `state` is None where nobody can say."""

    def __init__(self, row, on, now):
        rules, exceptions = row.get("hours", []), row.get("exceptions", [])
        self.lines = hours_lines(rules, on)
        self.exceptions = exception_lines(exceptions, on)
        self.state = open_state(rules, exceptions, now) if now and rules else None


class Place:
    """A place that anybody may know."""

    def __init__(self, row, on, now):
        self.row = row
        self.opening = Opening(row, on, now)
        self.access = [str(Location.Access(code).label) for code in row.get("access", [])]
        self.is_on_map = "latitude" in row
        self.anchor = f"miejsce-{row['code']}"

    @property
    def name(self):
        return polish(self.row["name"])

    @property
    def transport(self):
        return polish(self.row.get("transport", ""))

    @property
    def accessibility(self):
        return polish(self.row.get("accessibility", ""))

    @property
    def address(self):
        address, locality = self.row.get("address", ""), self.row.get("locality", "")
        return polish(address if locality in address else ", ".join(filter(None, [address, locality])))


def about(days):
    """Say a time as people do: in days up to a fortnight, in weeks up to three months, then in months."""
    if days < 14:
        return ngettext("about %(count)s day", "about %(count)s days", days) % {"count": days}
    if days < 91:
        weeks = round(timedelta(days) / timedelta(weeks=1))
        return ngettext("about %(count)s week", "about %(count)s weeks", weeks) % {"count": weeks}
    months = round(days / 30.4)
    return ngettext("about %(count)s month", "about %(count)s months", months) % {"count": months}


def waiting_of(basis):
    if not basis.get("waiting_list"):
        return ""
    return _("We put you on the waiting list, in the order of the requests.")


def granting_facts(basis, on):
    return [
        (_("How it is granted"), regime_of(basis)),
        (_("Basis"), basis_of(basis, on)),
        (_("Published in"), polish(basis["programme"].get("journal", ""))),
        (_("Paid from"), polish(basis["programme"].get("funding", ""))),
    ]


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
    names = {"programme": polish(programme["title"]), "end": day(ends), "start": day(begins)}
    if begins > on:
        return fill(_("%(programme)s; from %(start)s"), **names)
    if ends and ends < on:
        return fill(_("%(programme)s; ended on %(end)s"), **names)
    if programme["kind"] == Programme.Kind.PARTNER:
        return names["programme"]
    if ends:
        return fill(_("%(programme)s; in force until %(end)s"), **names)
    return fill(_("%(programme)s; in force"), **names)
