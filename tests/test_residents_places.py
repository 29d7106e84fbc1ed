"""How full a service is: counted from the needs when one is decided, and shown by the catalogue."""

from datetime import date, timedelta

import pytest

from residents.actions import close_case, qualify_item, waitlist_item, withdraw_item
from residents.places import count_all_places
from services.models import BasisLoad
from tests.factories import NOW, at, holder_of, make_case, make_request, make_service

pytestmark = pytest.mark.django_db
LATER = at(date(2026, 12, 1))


@pytest.fixture
def service():
    return make_service()


def asked(service, *, now=NOW):
    return make_request(needs=[(service, "")], now=now).items.get()


def load(service):
    return BasisLoad.objects.get(basis__service=service)


def period(service, capacity_period):
    service.programme_services.update(capacity=10, capacity_period=capacity_period)


def test_a_decision_counts_the_places_and_those_who_wait(service, tomek):
    qualify_item(asked(service), by=tomek, now=NOW)
    waitlist_item(asked(service), by=tomek, now=NOW)
    waiting = asked(service)
    waitlist_item(waiting, by=tomek, now=NOW)
    assert (load(service).taken, load(service).waiting, load(service).counted_at) == (1, 2, NOW)
    withdraw_item(waiting, by=holder_of(waiting.request), now=LATER)
    assert (load(service).waiting, load(service).counted_at) == (1, LATER)


def test_a_place_is_free_again_when_the_case_is_closed(service, tomek):
    case = make_case(coordinator=tomek, request=make_request(needs=[(service, "")]))
    assert load(service).taken == 1
    close_case(case, reason="goal_reached", summary="Udało się.", by=tomek, now=LATER)
    assert load(service).taken == 0


@pytest.mark.parametrize(("capacity_period", "taken"), [("month", 0), ("year", 1), ("edition", 1)])
def test_a_new_month_or_year_frees_its_places_by_night(service, tomek, capacity_period, taken):
    period(service, capacity_period)
    qualify_item(asked(service), by=tomek, now=NOW)
    assert load(service).taken == 1
    count_all_places(now=LATER)
    assert load(service).taken == taken


def test_a_typical_wait_is_told_only_of_enough_people(service, tomek):
    for days in (10, 20, 30, 40):
        qualify_item(asked(service, now=NOW - timedelta(days)), by=tomek, now=NOW)
    assert load(service).typical_wait is None
    qualify_item(asked(service, now=NOW - timedelta(50)), by=tomek, now=NOW)
    assert load(service).typical_wait == 30


def test_a_need_in_own_words_counts_nowhere(tomek):
    qualify_item(make_request().items.get(), by=tomek, now=NOW)
    assert not BasisLoad.objects.exists()
