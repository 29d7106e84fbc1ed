"""What a foreign HSDS record means in the catalogue's words: each field is taken if it can be, and named if not."""

import html
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from math import isfinite

from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from services.models import Service

MOST_OF_TEXT, MOST_ROWS = 20_000, 20
UNSEEN = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
EVENT = re.compile(r"(-?\d)?(MO|TU|WE|TH|FR|SA|SU)")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKS = {None: None, "": None, "1": 1, "2": 2, "3": 3, "4": 4, "-1": -1}
LANGUAGES = {
    "pl": "pl",
    "pol": "pl",
    "polski": "pl",
    "polish": "pl",
    "uk": "uk",
    "ukr": "uk",
    "ukrainian": "uk",
    "ukraiński": "uk",
    "en": "en",
    "eng": "en",
    "english": "en",
    "angielski": "en",
    "ru": "ru",
    "rus": "ru",
    "russian": "ru",
    "rosyjski": "ru",
    "pso": "pjm",
    "pjm": "pjm",
    "polski język migowy": "pjm",
}


@dataclass
class Foreign:
    """One record, understood: columns of the service, and what belongs to it."""

    id: str
    columns: dict = field(default_factory=dict)
    provider: dict | None = None
    places: list = field(default_factory=list)
    parts: dict = field(default_factory=dict)  # word as in kinds.SERVICE_PARTS: rows of columns
    codes: set = field(default_factory=set)  # of terms, which may be those of our own lists
    fee: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    def facts(self):
        return [self.columns, self.provider, self.places, self.parts, sorted(self.codes), self.fee]


class Refused(ValueError):
    """Nothing can be made of the record; the text says why."""


# -- one value -------------------------------------------------------------------------------------------
def plain_text(value):
    """Return a text without tags, scripts and control characters; of anything but a text or number, nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = UNSEEN.sub(" ", CONTROL.sub(" ", str(value)[: 10 * MOST_OF_TEXT]))
    try:
        text = strip_tags(re.sub(r"<(br|/p|/li|/div|/h\d)\b[^>]*>", "\n", text, flags=re.IGNORECASE))
    except SuspiciousOperation:  # thousands of tags inside each other
        text = re.sub(r"[<>]", " ", text)
    lines = (" ".join(line.split()) for line in CONTROL.sub(" ", html.unescape(text)).splitlines())
    return "\n".join(filter(None, lines))


class Fields:
    """Takes values out of one record and notes what is wrong with them."""

    def __init__(self, raw, problems):
        self.raw = raw if isinstance(raw, dict) else {}
        self.problems = problems

    def note(self, word, problem):
        self.problems.append(f"{word}: {problem}")

    def text(self, word, most, *, says=True):
        value = self.raw.get(word)
        if value is not None and not isinstance(value, str | int | float):
            self.note(word, _("not a text; left out."))
        text = plain_text(value)
        if most < MOST_OF_TEXT:
            text = " ".join(text.split())
        if len(text) > most:
            if says:
                self.note(word, _("too long; cut."))
            text = text[: most - 1].rstrip() + "…"
        return text

    def checked(self, word, validator, most=200):
        text = self.text(word, MOST_OF_TEXT).replace("\n", "")
        try:
            if text:
                validator(text)
                if len(text) > most:
                    raise ValidationError("long")
        except ValidationError:
            self.note(word, _("not a valid address; left out."))
            return ""
        return text

    def url(self, word):
        return self.checked(word, URLValidator(schemes=["http", "https"]))

    def email(self, word):
        return self.checked(word, EmailValidator(), 254)

    def day(self, *words):
        for word in words:
            try:
                return date.fromisoformat(str(self.raw[word])[:10])
            except KeyError:
                continue
            except ValueError:
                self.note(word, _("not a day; left out."))
        return None

    def number(self, word, lowest, highest):
        value = self.raw.get(word)
        if value in (None, ""):
            return None
        try:
            found = float(str(value)) if not isinstance(value, bool) else float("nan")
        except ValueError:
            found = float("nan")
        if isfinite(found) and lowest <= found <= highest:
            return found
        self.note(word, _("not a number that is possible here; left out."))
        return None

    def rows(self, word):
        """Return the records of a list, as many as a page can bear."""
        value = self.raw.get(word)
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(word, _("not a list; left out."))
            return []
        found = [Fields(row, self.problems) for row in value if isinstance(row, dict)]
        if len(found) < len(value) or len(found) > MOST_ROWS:
            self.note(word, _("some of the list is left out."))
        return found[:MOST_ROWS]

    def one(self, word):
        value = self.raw.get(word)
        if value is not None and not isinstance(value, dict):
            self.note(word, _("not a record; left out."))
        return Fields(value, self.problems) if isinstance(value, dict) else None


# -- one record ------------------------------------------------------------------------------------------
def understood(raw, *, on):
    """Return the record as a Foreign, or raise Refused."""
    if not isinstance(raw, dict):
        raise Refused(_("not a record."))
    foreign = Foreign(identifier(raw))
    fields = Fields(raw, foreign.problems)
    if raw.get("status") in ("inactive", "defunct"):
        raise Refused(_("no longer given, as its source says."))
    name = fields.text("name", 160)
    if not name:
        raise Refused(_("it has no name."))
    texts = [fields.text("description", MOST_OF_TEXT), fields.text("application_process", MOST_OF_TEXT)]
    whom = fields.text("eligibility_description", MOST_OF_TEXT)
    lines = " ".join((texts[0] or name).split())
    foreign.columns = {
        "name": name,
        "plain_name": fields.text("alternate_name", 120, says=False) or cut(name, 120),
        "summary": cut(lines, 240),
        "description": cut("\n\n".join(filter(None, [*texts, whom if len(whom) > 240 else ""])) or name, MOST_OF_TEXT),
        "for_whom": cut(" ".join(whom.split()), 240) or _("as the institution says"),
        "website": fields.url("url"),
        "languages": languages(fields),
        "phone": next((phone for row in fields.rows("phones") if (phone := row.text("number", 40))), ""),
        "quality_standard": fields.text("accreditations", 240),
        "reviewed_on": min(fields.day("assured_date", "last_modified") or on, on),
        "delivery_modes": [Service.Delivery.ON_SITE],
    }
    foreign.provider = provider(fields.one("organization"))
    foreign.places = [place for row in fields.rows("service_at_locations") if (place := a_place(row.one("location")))]
    foreign.parts = {
        "hours": [hour for row in fields.rows("schedules") for hour in hours(row)],
        "documents": [
            {"name": text} for row in fields.rows("required_documents") if (text := row.text("document", 200))
        ],
        "contacts": [contact for row in fields.rows("contacts") if (contact := a_contact(row))],
        "eligibility": ages(fields, foreign.columns["for_whom"]),
    }
    foreign.codes = {
        term.text("code", 60, says=False) for row in fields.rows("attributes") if (term := row.one("taxonomy_term"))
    } - {""}
    foreign.fee = fee(fields)
    return foreign


def identifier(raw):
    value = raw.get("id")
    text = plain_text(value)
    if not isinstance(value, str) or not text or len(text) > 120:
        raise Refused(_("it has no identifier, so it could not be recognised again."))
    return text


def cut(text, most):
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def languages(fields):
    found = []
    for row in fields.rows("languages"):
        said = row.text("code", 40) or row.text("name", 40)
        known = LANGUAGES.get(said.lower()) or LANGUAGES.get(row.text("name", 40).lower())
        if known is None:
            fields.note("languages", _("nobody here knows “%(language)s”; left out.") % {"language": said})
        elif known not in found:
            found.append(known)
    return found


def provider(fields):
    if fields is None or not (name := fields.text("name", 200)):
        return None
    found = {
        "id": fields.text("id", 120) or name,
        "name": name,
        "short_name": fields.text("alternate_name", 60, says=False) or cut(name, 60),
        "email": fields.email("email"),
        "website": fields.url("website"),
        "note": fields.text("description", 2000),
        "phone": next((phone for row in fields.rows("phones") if (phone := row.text("number", 40))), ""),
    }
    for row in fields.rows("organization_identifiers"):
        kind = f"{row.text('identifier_scheme', 20)} {row.text('identifier_type', 20)}".upper()
        number = re.sub(r"\D", "", row.text("identifier", 40))
        for word, lengths in {"nip": {10}, "regon": {9, 14}, "krs": {10}}.items():
            if word.upper() in kind and len(number) in lengths:
                found[word] = number
    return found


def a_place(fields):
    if fields is None or fields.raw.get("location_type") == "virtual":
        return None
    address = next(iter(fields.rows("addresses")), Fields({}, fields.problems))
    street, city, code = address.text("address_1", 100), address.text("city", 60), address.text("postal_code", 20)
    written = ", ".join(filter(None, [street, f"{code} {city}".strip()]))
    name = fields.text("name", 120) or cut(written, 120)
    if not name:
        return None
    point = {word: fields.number(word, -most, most) for word, most in (("latitude", 90), ("longitude", 180))}
    if None in point.values():
        point = dict.fromkeys(point)
    return {
        "id": fields.text("id", 120) or f"{name} {written}",
        "name": name,
        "address": written,
        "postal_code": code if re.fullmatch(r"\d{2}-\d{3}", code) else "",
        "phone": next((phone for row in fields.rows("phones") if (phone := row.text("number", 40))), ""),
        "transport": fields.text("transportation", 240),
        "accessibility": "\n".join(
            filter(None, (row.text("description", 500) for row in fields.rows("accessibility")))
        ),
        **{word: number if number is None else round(number, 6) for word, number in point.items()},
    }


def a_contact(fields):
    label = fields.text("name", 120) or fields.text("title", 120) or fields.text("department", 120)
    phone = next((found for row in fields.rows("phones") if (found := row.text("number", 40))), "")
    email = fields.email("email")
    return {"label": label or _("contact"), "phone": phone, "email": email} if phone or email else None


def hours(fields):
    """Yield the opening rules that an event means; of a kind of event that the catalogue does not know, none."""
    clocks = [HOUR.match(fields.text(word, 40)) for word in ("opens_at", "closes_at")]
    events = [EVENT.fullmatch(part.strip()) for part in fields.text("byday", 200).upper().split(",")]
    if None in clocks or None in events:
        if fields.text("byday", 200):
            fields.note("schedules", _("an event that cannot be read; left out."))
        return
    opens, closes = (f"{int(clock[1]):02}:{clock[2]}" for clock in clocks)
    valid = {"valid_from": fields.day("valid_from"), "valid_to": fields.day("valid_to")}
    in_order = None in valid.values() or valid["valid_from"] <= valid["valid_to"]
    for event in events:
        if opens >= closes or not in_order or event[1] not in WEEKS:
            fields.note("schedules", _("an event that cannot be read; left out."))
            return
        yield (
            {"weekday": WEEKDAYS.index(event[2]), "week_of_month": WEEKS[event[1]], "opens_at": opens}
            | valid
            | {"closes_at": closes}
        )


def ages(fields, label):
    lowest, highest = fields.number("minimum_age", 0, 130), fields.number("maximum_age", 0, 130)
    if lowest is not None and highest is not None and lowest > highest:
        fields.note("minimum_age", _("above the highest age; both are left out."))
        return []
    if lowest is None and highest is None:
        return []
    whole = (None if age is None else int(age) for age in (lowest, highest))
    return [dict(zip(("label", "age_from", "age_to"), (cut(label, 160), *whole), strict=True))]


def fee(fields):
    """Return free of charge where every option says so, else the words of the source."""
    amounts = []
    for row in fields.rows("cost_options"):
        try:
            amounts.append(Decimal(str(row.raw.get("amount"))))
        except InvalidOperation:
            amounts.append(None)
    if amounts and all(amount == 0 for amount in amounts):
        return {"fee_kind": "free"}
    words = fields.text("fees_description", 200) or fields.text("fees", 200)
    return {"fee_kind": "none_set", "fee_note": words}
