"""The catalogue in a real browser: with and without JavaScript, on a phone and a desktop, checked by axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from services.exchange.loader import load_catalogue
from tests.factories import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = {
    "open data": "/api/hsds/docs",
    "home": "/",
    "home in Ukrainian": "/uk/",
    "list": "/uslugi/",
    "list with a wrong choice": "/uslugi/?group=senior&area=nonsense&q=dom",
    "nothing found": "/uslugi/?q=smok",
    "service": "/uslugi/terapia-logopedyczna/",
    "service in a break": "/uslugi/opieka-wytchnieniowa-calodobowa/",
    "service in a confidential place": "/uslugi/grupa-wsparcia-przemoc/",
    "check before applying": "/uslugi/terapia-logopedyczna/czy-dla-mnie/",
    "guide": "/krok-po-kroku/co-sie-dzieje/",
    "guide in Ukrainian": "/uk/krok-po-kroku/krzywda/",
    "end of the guide": "/krok-po-kroku/w-domu/1/",
    "service in English": "/en/uslugi/uslugi-opiekuncze/",
    "service in Ukrainian": "/uk/uslugi/uslugi-opiekuncze/",
    "list with chosen filters": "/uslugi/?group=senior&price=free",
    "list of another day": "/uslugi/?na-dzien=2025-06-01",
    "service on a day that is none": "/uslugi/uslugi-opiekuncze/?na-dzien=wczoraj",
    "places": "/mapa/",
    "places in English": "/en/mapa/",
}


@pytest.fixture
def catalogue(db):
    return load_catalogue(settings.BASE_DIR / "services" / "data", now=NOW)


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, catalogue, path):
    page = open_page(path, size="desktop" if path == "/" else "phone")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in found] == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= 321")
    assert page.problems == []


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
