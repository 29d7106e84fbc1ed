"""The page of the organiser: places, contracts, hours by provider, what is lacking; a number equals its list."""

import re

import pytest
import time_machine
from django.urls import reverse

from coordination import resources
from residents.actions import offer_place, restrict_file, waitlist_item
from residents.models import RequestItem
from tests.community_world import make_community_organiser
from tests.coordination_world import make_case
from tests.delivery_world import done, make_contract, make_provision, plan
from tests.factories import NOW, TODAY, make_locality, make_request
from tests.test_residents_queue import waiting, with_row

PAGE = reverse("coordination:resources")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


def rows_of_list(client, url):
    """Return how many rows the list behind a number has, by its own words."""
    content = client.get(url).content.decode()
    found = re.search(r'<p class="muted">\s*(\d+)\s', content)
    return int(found[1]) if found else 0


@pytest.fixture
def world(tomek, kasia):
    row = with_row(capacity=1, capacity_period="year")
    first, *_others = waiting(row, 9, 5, 2, by=tomek)
    offer_place(first, by=tomek, now=NOW)
    villages = [make_locality("Wronów"), make_locality("Zosin")]
    for village, times in zip(villages, (2, 1), strict=True):
        for _time in range(times):
            request = make_request(needs=[(row.service, "")], applicant={"last_name": "Wilga", "locality": village})
            waitlist_item(request.items.get(), by=tomek, now=NOW)
    shut = make_case(kasia).requests.get()
    restrict_file(shut, kind="violence", by=kasia, now=NOW)
    return row


def test_each_number_opens_a_list_of_that_many(sign_in, world, beata, danuta):
    for person in (beata, danuta):
        client = sign_in(person)
        page = client.get(PAGE).content.decode()
        links = [(number, url) for _words, number, url in resources.needs_waiting(person)]
        links += [(number, url) for _place, number, url in resources.lacking_by_place(person) if url]
        assert len(links) >= 4
        for number, url in links:
            assert url.replace("&", "&amp;") in page
            assert rows_of_list(client, url) == number, url
    waiting_now = RequestItem.objects.filter(status="waitlisted").count()
    assert [row.waiting for row in resources.places(TODAY)] == [waiting_now]


def test_contracts_say_what_is_used_left_and_spent_and_hours_go_by_provider(sign_in, beata):
    provision = make_provision()
    plan(provision)
    done(provision.records.order_by("starts_at").first(), by=provision.case.coordinator)
    page = sign_in(beata).get(PAGE).content.decode()
    [use] = resources.contracts_in_use(beata, TODAY)
    assert use.contract == provision.contract
    for word in (use.used, use.left, use.spent, f"{use.percent}&nbsp;%"):
        assert word in page
    [(_month, this), (_before, last)] = resources.done_by_provider(TODAY)
    assert [row["persons"] for row in this] == [1]
    assert last == []


@pytest.mark.parametrize("contracts", [1, 6])
def test_it_costs_the_same_however_much_there_is(sign_in, beata, contracts, django_assert_max_num_queries):
    for _number in range(contracts):
        make_contract()
    client = sign_in(beata)
    with django_assert_max_num_queries(14):
        assert client.get(PAGE).status_code == 200


def test_the_community_organiser_sees_where_there_is_room_and_no_money_or_door_to_a_file(sign_in, world):
    make_provision()
    olga = make_community_organiser()
    client = sign_in(olga)
    page = client.get(PAGE).content.decode()
    assert str(world.service) in page
    queue = reverse("admin:residents_requestitem_queue", args=[world.pk])
    for closed in (queue, "/praca/listy/", "/praca/braki/", "coordination/contract/", 'id="contracts"', "PLN", " zł"):
        assert closed not in page, closed
    assert f'href="{PAGE}"' in client.get(reverse("coordination:reports")).content.decode()
    for door in re.findall(r'href="(/praca/[^"#]*)"', page):
        assert client.get(door).status_code == 200, door
    assert client.get(reverse("coordination:dashboard")).status_code == 403


def test_an_empty_office_is_told_so_and_a_coordinator_has_no_such_page(sign_in, beata, tomek):
    page = sign_in(beata).get(PAGE).content.decode()
    assert "Żadna umowa nie jest otwarta." in page
    assert f'href="{PAGE}"' in sign_in(beata).get(reverse("coordination:dashboard")).content.decode()
    assert sign_in(tomek).get(PAGE).status_code == 403
    assert PAGE not in sign_in(tomek).get(reverse("coordination:dashboard")).content.decode()
