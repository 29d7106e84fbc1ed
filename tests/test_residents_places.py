"""How full a service is: counted from the needs when one is decided, and shown by the catalogue."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from coordination.actions.needs import give_up_need
from coordination.actions.plans import finish_case
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import close_case, qualify_item, waitlist_item, withdraw_item
from residents.models import RequestItem
from residents.places import count_all_places
from services.models import BasisLoad
from tests.delivery_world import make_contract, make_provision
from tests.desk import words
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


def granted(service, tomek):
    """Return a need with the only place of the year, in a case of its own."""
    service.programme_services.update(capacity=1, capacity_period="year")
    case = make_case(coordinator=tomek, request=make_request(needs=[(service, "")]))
    return RequestItem.objects.get(request__case=case)


def test_who_gives_a_place_up_before_help_began_frees_it_for_the_next(service, tomek, kasia, client):
    item = granted(service, tomek)
    RequestItem.objects.filter(pk=item.pk).update(answer="Zadzwonimy, żeby umówić pierwszą rozmowę.")
    client.post(
        reverse("residents:request_track"), {"reference": item.request.reference, "code": item.request.access_code}
    )
    address = reverse("delivery:give_place_up", args=[item.position])
    status = reverse("residents:request_status")
    assert address in client.get(status).content.decode()
    assert "Zadzwonimy" in words(client.get(status))
    assert "Rezygnujesz z przyznanego miejsca?" in words(client.get(address))
    with pytest.raises(PermissionDenied):
        give_up_need(item, by=holder_of(make_request()), now=NOW)
    assert load(service).taken == 1
    assert client.post(address).status_code == 302
    assert "Zadzwonimy" not in words(client.get(status))
    item.refresh_from_db()
    assert (item.status, load(service).taken) == ("withdrawn", 0)
    assert [(event.what, event.waits) for event in item.queue_events.all()] == [("qualified", False), ("left", False)]
    assert Message.objects.filter(template="request_withdrawn", recipient_id=tomek.pk).exists()
    qualify_item(asked(service), by=tomek, now=NOW)
    for again in (client.post(address, follow=True), client.get(address, follow=True)):
        assert "W międzyczasie coś się zmieniło" in words(again)
    assert client.get(reverse("delivery:give_place_up", args=[9])).status_code == 404


def test_once_help_has_begun_it_is_ended_and_no_place_given_up(service, tomek, client):
    provision = make_provision(make_contract(service))
    item = provision.item
    with pytest.raises(TransitionNotAllowed):
        give_up_need(item, by=tomek, now=NOW)
    request = item.request
    client.post(reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code})
    told = client.get(reverse("delivery:give_place_up", args=[item.position]))
    assert "Ta pomoc już się zaczęła" in words(told)
    assert client.post(reverse("delivery:give_place_up", args=[item.position])).status_code == 302
    item.refresh_from_db()
    assert item.status == "qualified"


def test_the_end_of_a_case_frees_the_places_for_which_nothing_was_given(service, tomek, sign_in):
    item, client = granted(service, tomek), sign_in(tomek)
    give_up = reverse("admin:residents_requestitem_move", args=[item.pk, "give_up"])
    assert client.get(give_up).status_code == 200
    finish_case(item.request.case, reason="resigned", summary="Pani rezygnuje.", by=tomek, now=LATER)
    item.refresh_from_db()
    assert client.get(give_up).status_code == 302  # nothing is left to give up
    assert (item.status, load(service).taken) == ("qualified", 0)
    left = item.queue_events.last()
    assert (left.what, left.reason) == ("left", "sprawę zamknięto: rezygnacja osoby")
    qualify_item(asked(service), by=tomek, now=LATER)


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
