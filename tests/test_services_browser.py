"""The catalogue in a real browser, with and without JavaScript. What axe says of its pages: test_pages_browser."""

import pytest

from tests.real_catalogue import put_real_catalogue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def catalogue(db):
    put_real_catalogue()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_resident_finds_a_service_by_word_and_filter(open_page, catalogue, javascript):
    page = open_page("/", size="phone", javascript=javascript)
    page.get_by_label("Szukaj pomocy").fill("opiekunki")
    page.get_by_role("button", name="Szukaj").click()
    assert page.get_by_label("Czego potrzebujesz?").input_value() == "opiekunki"
    page.get_by_text("Zawęź listę").click()
    page.get_by_label("Koszt").select_option("paid")
    page.get_by_role("button", name="Pokaż").click()
    assert "price=paid" in page.url
    assert "q=opiekunki" in page.url
    page.get_by_role("link", name="Ktoś do pomocy w domu").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Ktoś do pomocy w domu"
    page.go_back()
    assert page.get_by_label("Koszt").input_value() == "paid"


def test_leaving_quickly_leaves_no_way_back_to_the_page(open_page, catalogue):
    page = open_page("/uslugi/", size="phone")
    page.goto(page.url + "grupa-wsparcia-przemoc/")
    page.route(
        "https://www.pogodynka.pl/**", lambda route: route.fulfill(body="<h1>Pogoda</h1>", content_type="text/html")
    )
    page.get_by_role("link", name="Opuść szybko tę stronę").click()
    page.wait_for_url("https://www.pogodynka.pl/**")
    page.go_back()
    assert page.url.endswith("/uslugi/")
