"""Catalogues for the tests of the open data: one entry with all its parts, and many entries."""

from datetime import date, time

from services.models import (
    Alert,
    BasisLoad,
    EligibilityRule,
    FeeBand,
    Location,
    OpeningException,
    OpeningRule,
    RequiredDocument,
    ServiceContact,
    ServiceStep,
    ServiceText,
    TargetGroup,
    Topic,
)
from services.publishing import publish_all
from tests.factories import NOW, make_form, make_locality, make_service

ROOT = "/api/hsds"


def get(client, path, **asked):
    return client.get(f"{ROOT}{path}", asked)


def contents(client, path, **asked):
    response = get(client, path, **asked)
    assert response.status_code == 200, response.content.decode()
    return response.json()["contents"]


def make_place(code="dom", **fields):
    return Location.objects.create(
        **{"code": code, "name": "Dom na Rynku", "address": "Rynek 1, 24-200 Bełżyce"} | fields
    )


def make_full_service(**fields):
    """Return a service with every part that the catalogue knows, published."""
    service = make_service(
        "Opieka w domu",
        **{
            "name": "Usługi opiekuńcze",
            "languages": ["pl", "uk", "pjm"],
            "certificate": "orzeczenie o niepełnosprawności",
            "otherwise": "Zadzwoń, poszukamy czegoś innego.",
            "easy_text": "Ktoś przychodzi do Ciebie do domu.",
            "sign_film": "https://example.pl/film",
            "quality_standard": "standard usług opiekuńczych",
            "direct_entry": True,
            "direct_entry_note": "Rynek 1",
            "phone": "81 517 00 00",
            "delivery_modes": ["at_home", "on_site"],
        }
        | fields,
    )
    place = make_place(
        latitude="51.174000",
        longitude="22.279000",
        phone="81 517 11 11",
        transport="bus 5",
        access=["step_free", "loop"],
        accessibility="Wejście od podwórza.",
    )
    service.locations.add(place)
    service.target_groups.add(TargetGroup.objects.create(code="seniors", name="Seniorzy", hint="60+", position=1))
    parent = Topic.objects.create(code="home", name="W domu")
    service.topics.add(Topic.objects.create(code="care", name="Opieka", parent=parent))
    service.localities.add(make_locality("Babin"))
    for owner in ({"location": place}, {"service": service}):
        for weekday in range(5):
            OpeningRule.objects.create(weekday=weekday, opens_at=time(7, 30), closes_at=time(15, 30), **owner)
        OpeningRule.objects.create(weekday=5, week_of_month=-1, opens_at=time(9), closes_at=time(12), **owner)
        OpeningException.objects.create(first_on=date(2026, 12, 28), last_on=date(2026, 12, 31), note="remont", **owner)
    ServiceStep.objects.create(service=service, position=1, title="Dzwonisz", text="Albo przychodzisz.")
    RequiredDocument.objects.create(service=service, position=1, name="Dowód osobisty")
    RequiredDocument.objects.create(
        service=service, position=2, name="Zaświadczenie", is_required=False, form=make_form()
    )
    ServiceContact.objects.create(service=service, position=1, label="Biuro", phone="81 1", email="b@example.pl")
    EligibilityRule.objects.create(service=service, position=1, label="Seniorzy", age_from=60, age_to=99)
    EligibilityRule.objects.create(service=service, position=2, label="Inni", age_from=18, age_to=120)
    for language in ("uk", "en"):
        ServiceText.objects.create(
            service=service, language=language, plain_name=f"Care {language}", description="At home.", for_whom="All."
        )
    basis = service.programme_services.get()
    basis.fee_kind, basis.conditions, basis.limit_text = "income_table", "po rozmowie", "do 20 godzin"
    basis.save()
    FeeBand.objects.create(basis=basis, position=1, income_to="1010.00", percent=0)
    FeeBand.objects.create(basis=basis, position=2, amount="25.50")
    BasisLoad.objects.create(basis=basis, taken=3, waiting=2, typical_wait=30, counted_at=NOW)
    Alert.objects.create(service=service, text="W święta krócej.", first_on=date(2026, 11, 1))
    basis.programme.funding, basis.programme.journal = "budżet gminy", "Dz. Urz. 2021"
    basis.programme.save()
    publish_all(now=NOW)
    return service


def make_many(number, *, at=NOW):
    """Publish so many services, each at one place."""
    place = Location.objects.filter(code="dom").first() or make_place()
    for index in range(number):
        make_service(f"Usługa {index:05}").locations.add(place)
    publish_all(now=at)
