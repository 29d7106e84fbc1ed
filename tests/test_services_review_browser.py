"""The story of one change in a real browser: written by an organiser, sent back, mended, published by the director."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse

from tests import personas
from tests.editorial import make_public, public
from tests.pages import RULES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in_as(open_page, name, path, *, size="desktop"):
    client = Client()
    client.force_login(personas.person(name), backend="cus_portal.accounts.backend.PortalBackend")
    return open_page(path, size=size, cookies=[{"name": "sessionid", "value": client.cookies["sessionid"].value}])


def look(page):
    """Hold the page to axe, and to the width of a phone. What axe itself does to a page is no problem of ours."""
    page.wait_for_load_state()
    assert page.problems == []
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    page.problems.clear()


def press(page, name):
    page.get_by_role("link", name=name, exact=True).click()
    look(page)


@pytest.mark.timeout(300)  # axe reads a long form six times
def test_a_change_is_written_sent_back_mended_and_published(open_page):
    service = make_public("Logopeda")
    entry = reverse("admin:services_service_change", args=[service.pk])

    beata = sign_in_as(open_page, "beata", entry)
    look(beata)
    press(beata, "Zmień")
    beata.get_by_role("button", name="Zmień").click()
    look(beata)
    beata.get_by_label("Jedno zdanie").first.fill("Pomoc w nauce mówienia.")
    beata.get_by_role("button", name="Zapisz i kontynuuj edycję").click()
    look(beata)
    assert "Pomoc w nauce mówienia." in beata.locator(".changes").inner_text()
    press(beata, "Przekaż do sprawdzenia")
    beata.get_by_label("Co zostało zmienione i dlaczego?").fill("Prostsze zdanie.")
    beata.get_by_role("button", name="Przekaż do sprawdzenia").click()

    danuta = sign_in_as(open_page, "danuta", reverse("admin:index"), size="phone")
    danuta.get_by_role("link", name="wpisy czekają na Twoje sprawdzenie").click()
    danuta.get_by_role("link", name="Logopeda").first.click()
    look(danuta)
    press(danuta, "Zwróć do poprawy")
    danuta.get_by_label("Co trzeba poprawić?").fill("Dopisz wiek dzieci.")
    danuta.get_by_role("button", name="Zwróć do poprawy").click()

    beata.goto(entry)
    assert "Dopisz wiek dzieci." in beata.locator(".history").inner_text()
    beata.get_by_label("Jedno zdanie").first.fill("Pomoc w nauce mówienia dla dzieci do 7 lat.")
    beata.get_by_role("button", name="Zapisz i kontynuuj edycję").click()
    press(beata, "Przekaż do sprawdzenia")
    beata.get_by_label("Co zostało zmienione i dlaczego?").fill("Jest wiek.")
    beata.get_by_role("button", name="Przekaż do sprawdzenia").click()
    assert not beata.get_by_role("link", name="Opublikuj", exact=True).count()

    danuta.goto(entry)
    press(danuta, "Opublikuj")
    assert "Pomoc w nauce mówienia dla dzieci do 7 lat." in danuta.locator("dl.facts").inner_text()
    danuta.get_by_role("button", name="Opublikuj").click()
    assert public(service).page["summary"] == "Pomoc w nauce mówienia dla dzieci do 7 lat."
    press(danuta, "Wersje i stan na dzień")
    danuta.get_by_role("button", name="Porównaj").click()
    look(danuta)
