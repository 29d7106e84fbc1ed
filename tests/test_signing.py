"""The page of whoever approves: what waits for a name, what is at risk; a number equals the list that it opens."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from coordination import signing
from coordination.models import Plan
from residents.models import Complaint
from tests.coordination_world import make_case, make_plan, make_referral
from tests.desk import words
from tests.factories import NOW
from tests.test_complaints import complain
from tests.test_resources import rows_of_list

PAGE = reverse("coordination:signing")
LATER = NOW + timedelta(days=40)
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tomek, kasia, beata, pcpr):
    make_plan(make_case(tomek), status=Plan.Status.SUBMITTED)
    make_plan(make_case(kasia), status=Plan.Status.SUBMITTED)
    make_referral(make_case(tomek), pcpr)
    complain()
    complain(about="director")
    complain(about="other")


def test_each_number_opens_a_list_of_that_many_and_the_first_rows_stand_under_it(sign_in, world, danuta):
    with time_machine.travel(LATER, tick=False):
        client = sign_in(danuta)
        page = client.get(PAGE)
        to_sign, at_risk = signing.waiting_and_at_risk(danuta, LATER.date())
        numbers = [(one.count, one.url) for one in (*to_sign, *at_risk, *signing.complaints(danuta, LATER.date()))]
        assert [one.count for one in to_sign] == [2, 0, 0]
        assert sum(one.count for one in at_risk) >= 4
        assert [count for count, _url in numbers[-2:]] == [1, 1]  # hers only, not the one about her
        for count, url in numbers:
            assert not count or url.replace("&", "&amp;") in page.content.decode()
            listed = Complaint.objects.visible_to(danuta).count() if "complaint" in url else rows_of_list(client, url)
            assert listed == count, url
    assert len(to_sign[0].rows) == 2
    assert "Żaden plan nie czeka" not in words(page)


@pytest.mark.parametrize("number", [1, 4])
def test_it_costs_the_same_however_much_waits(sign_in, tomek, danuta, number, django_assert_num_queries):
    for _one in range(number):
        make_plan(make_case(tomek), status=Plan.Status.SUBMITTED)
    client = sign_in(danuta)
    client.get(PAGE)
    with django_assert_num_queries(11):
        assert client.get(PAGE).status_code == 200


def test_an_empty_office_is_told_so_and_who_approves_nothing_has_no_such_page(sign_in, danuta, beata, tomek):
    page = words(sign_in(danuta).get(PAGE))
    for said in ("Żaden plan nie czeka", "Żadna decyzja nie czeka", "Żadnej umowie"):
        assert said in page
    assert f'href="{PAGE}"' in sign_in(danuta).get(reverse("coordination:dashboard")).content.decode()
    for person in (beata, tomek):
        assert sign_in(person).get(PAGE).status_code == 403
        assert PAGE not in sign_in(person).get(reverse("coordination:dashboard")).content.decode()
