"""Places: their address, point, access for disabled people and hours."""

import re

from django.conf import settings

from services.api.ids import id_of
from services.api.records import filled
from services.api.records.schedule import schedules
from services.models import Location

VOIVODESHIPS = {
    "02": "dolnośląskie",
    "04": "kujawsko-pomorskie",
    "06": "lubelskie",
    "08": "lubuskie",
    "10": "łódzkie",
    "12": "małopolskie",
    "14": "mazowieckie",
    "16": "opolskie",
    "18": "podkarpackie",
    "20": "podlaskie",
    "22": "pomorskie",
    "24": "śląskie",
    "26": "świętokrzyskie",
    "28": "warmińsko-mazurskie",
    "30": "wielkopolskie",
    "32": "zachodniopomorskie",
}
ADDRESS = re.compile(r"(?P<street>.*?)[\s,]*(?P<code>\d{2}-\d{3})\s+(?P<city>[^,]+)(?P<rest>.*)")


def phone(owner, number, description="", languages=()):
    return filled(
        id=id_of("phone", owner, number),
        number=number,
        type="voice",
        description=description,
        languages=list(languages),
    )


def address(owner, text, *, postal_code="", city=""):
    """Return the parts of an address as people write it: ul. Szkolna 7, 00-001 Miasto."""
    match = ADDRESS.fullmatch(text)
    street = f"{match['street']}{match['rest']}" if match else text
    return filled(
        id=id_of("address", owner),
        address_1=street or (match and match["city"]),
        city=match["city"] if match else city or settings.CENTRE["municipality"],
        state_province=VOIVODESHIPS.get(settings.CENTRE["municipality_teryt"][:2], "–"),
        country="PL",
        address_type="physical",
    ) | {"postal_code": match["code"] if match else postal_code}


def postal_code_of(place):
    match = ADDRESS.fullmatch(place.get("address", ""))
    return place.get("postal_code") or (match["code"] if match else "")


def location_brief(place):
    """Return what a place says of itself in a line."""
    return filled(
        id=id_of("location", place["code"]),
        location_type="physical",
        name=place["name"],
        transportation=place.get("transport"),
        latitude=_number(place.get("latitude")),
        longitude=_number(place.get("longitude")),
    )


def location_full(place, on):
    brief = location_brief(place)
    owner = brief["id"]
    where = address(
        owner, place.get("address", ""), postal_code=place.get("postal_code", ""), city=place.get("locality", "")
    )
    return brief | filled(
        addresses=[where] if place.get("address") else [],
        phones=[phone(owner, place["phone"])] if place.get("phone") else [],
        accessibility=_accessibility(owner, place),
        schedules=schedules(owner, place, on),
    )


def _accessibility(owner, place):
    """Return one line a thing that is accessible, and the words of whoever described the place."""
    lines = [(code, str(Location.Access(code).label)) for code in place.get("access", [])]
    if place.get("accessibility"):
        lines.append(("words", place["accessibility"]))
    return [filled(id=id_of("accessibility", owner, code), description=text) for code, text in lines]


def _number(value):
    return None if value is None else float(value)
