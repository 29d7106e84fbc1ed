"""A portal of which only the tables are there: every page says what it can, and nothing breaks."""

import pytest

from tests.test_pages_browser import PAGES, POLISH_ONLY

pytestmark = pytest.mark.django_db
OF_AN_ENTRY = ("/uslugi/", "/krok-po-kroku/", "/czy-pomoglo/", "/moja-lista/dodaj/")  # not there yet: a kind 404
ROOMS = ["/admin/", "/praca/start/", "/admin/services/service/", "/admin/residents/servicerequest/"]
FOR_MACHINES = [
    "/sitemap.xml",
    "/sitemap-uslugi.xml",
    "/robots.txt",
    "/api/hsds/",
    "/api/hsds/services",
    "/api/hsds/taxonomies",
]


@pytest.mark.parametrize("address", [*(PAGES | POLISH_ONLY).values(), "/zgloszenie/", *FOR_MACHINES])
def test_every_public_page_answers(client, address):
    path = address.partition("?")[0]
    missing = path == "/nie-ma-takiej/" or (path.startswith(OF_AN_ENTRY) and path not in OF_AN_ENTRY)
    assert client.get(address).status_code == (404 if missing else 200)


def test_the_guided_questions_give_way_to_the_list(client):
    assert client.get("/krok-po-kroku/").url == "/uslugi/"


@pytest.mark.parametrize("person", ["beata", "ola", "tomek", "danuta"])
def test_every_room_of_the_staff_answers(sign_in, request, person):
    client = sign_in(request.getfixturevalue(person))
    assert [client.get(room, follow=True).status_code for room in ROOMS] == [200] * len(ROOMS)
