"""What is public is a published version: it changes when somebody publishes, and at no other time."""

from datetime import date, time

import pytest

from services.models import (
    Locality,
    Location,
    OpeningRule,
    Programme,
    ProgrammeService,
    PublicBasis,
    Service,
    ServiceText,
    ServiceVersion,
)
from services.publishing import publish, publish_all, refresh_pages
from tests.factories import NOW, at, make_service

pytestmark = pytest.mark.django_db
LATER = at(date(2026, 11, 13))
TODAY = date(2026, 11, 12)


def public(service):
    return ServiceVersion.objects.current().get(service=service)


def test_publishing_twice_makes_one_version_and_a_change_makes_a_second():
    service = make_service()
    publish_all(now=NOW)
    publish_all(now=LATER)
    first = public(service)
    assert (first.number, first.public_from, first.modified_at) == (1, NOW, NOW)
    Service.objects.update(summary="Nowe zdanie.")
    publish_all(now=LATER)
    second = public(service)
    first.refresh_from_db()
    assert (second.number, second.page["summary"], first.public_to) == (2, "Nowe zdanie.", LATER)
    assert first.content["summary"] == "Pomoc dla mieszkańców."


def test_a_draft_is_not_public_and_an_archived_entry_leaves_the_lists():
    make_service("Szkic", status="draft")
    gone = make_service("Dawna", status="archived")
    publish_all(now=NOW)
    assert [version.page["plain_name"] for version in ServiceVersion.objects.current()] == ["Dawna"]
    assert not ServiceVersion.objects.in_force(TODAY).filter(service=gone).exists()


def test_a_change_that_waits_for_review_stays_private_whatever_else_is_published():
    service = make_service()
    publish_all(now=NOW)
    Service.objects.update(summary="Jeszcze niesprawdzone.", status="review")
    publish_all(now=LATER)
    assert public(service).page["summary"] == "Pomoc dla mieszkańców."


def test_a_confidential_place_is_in_no_page():
    secret = Location.objects.create(code="tajne", name="Dom pod lasem", is_confidential=True)
    service = make_service()
    service.locations.add(secret)
    publish_all(now=NOW)
    assert public(service).page["places"] == []
    assert "lasem" not in str(public(service).page)
    shelter = make_service("Schronienie", place_is_confidential=True)
    shelter.locations.add(Location.objects.create(code="jawne", name="Znany dom"))
    publish_all(now=NOW)
    assert "Znany dom" not in str(public(shelter).page)


def test_what_an_entry_refers_to_is_refreshed_without_a_new_version():
    place = Location.objects.create(code="cus", name="Centrum", address="Stara 1")
    OpeningRule.objects.create(location=place, weekday=0, opens_at=time(8), closes_at=time(15))
    service = make_service()
    service.locations.add(place)
    publish_all(now=NOW)
    number = public(service).number
    Location.objects.update(address="Nowa 2")
    refresh_pages(Service.objects.filter(locations=place), now=LATER)
    version = public(service)
    assert (version.number, version.modified_at) == (number, LATER)
    assert version.page["places"][0]["address"] == "Nowa 2"
    assert version.places == ["cus"]
    assert version.page["places"][0]["hours"] == [{"weekday": 0, "opens_at": "08:00", "closes_at": "15:00"}]


def test_a_basis_is_cut_to_the_time_of_its_published_programme():
    service = make_service()
    row = service.programme_services.get()
    Programme.objects.update(valid_from=date(2022, 1, 1), valid_to=date(2026, 11, 12))
    publish_all(now=NOW)
    basis = PublicBasis.objects.get()
    assert (basis.pk, basis.valid_from, basis.valid_to) == (row.pk, date(2022, 1, 1), date(2026, 11, 12))
    assert ServiceVersion.objects.in_force(date(2026, 11, 12)).exists()
    assert not ServiceVersion.objects.in_force(date(2026, 11, 13)).exists()
    Programme.objects.update(status="draft")
    refresh_pages(Service.objects.all(), now=LATER)
    assert not PublicBasis.objects.exists()
    assert public(service).page["bases"] == []


def test_a_service_between_two_editions_is_on_a_break_and_has_not_ended():
    service = make_service(valid_to=date(2026, 10, 31))
    programme = service.programme_services.get().programme
    ProgrammeService.objects.create(
        programme=programme, service=service, valid_from=date(2027, 1, 1), regime="programme", fee_kind="free"
    )
    publish_all(now=NOW)
    assert ServiceVersion.objects.on_break(TODAY).get().service == service
    assert not ServiceVersion.objects.in_force(TODAY).exists()
    assert ServiceVersion.objects.offered(TODAY).get().service == service
    assert ServiceVersion.objects.in_force(date(2027, 1, 1)).exists()


def test_the_page_holds_each_language_and_the_lists_their_codes(beata):
    service = make_service()
    service.localities.add(Locality.objects.create(code="babin", name="Babin", kind="village", teryt="0609015"))
    ServiceText.objects.create(service=service, language="uk", plain_name="Логопед")
    publish(service, by=beata, now=NOW, note="Pierwsza wersja.")
    version = public(service)
    assert version.page["texts"]["uk"]["plain_name"] == "Логопед"
    assert (version.localities, version.areas, version.delivery) == (["babin"], ["area-1"], ["on_site"])
    assert (version.provider, version.places) == ("cus", [])
    assert (version.published_by, version.note) == (beata, "Pierwsza wersja.")
