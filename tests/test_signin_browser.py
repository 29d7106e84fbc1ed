"""Signing in at a real browser: with a passkey, with the keyboard of a phone, without JavaScript."""

import pytest
from django.conf import settings
from django.test import Client

from tests import personas
from tests.pages import Visitor
from tests.signing import code, give_app, sign_in_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEW_KEY = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}


@pytest.fixture
def visitor(browser, live_server):
    """Return a function that seats somebody at a device; at the end nothing may have been wrong on any page."""
    seated = []

    def seat(**kind):
        seated.append(Visitor(browser, live_server.url, **kind))
        return seated[-1]

    yield seat
    wrong = [complaint for person in seated for complaint in person.wrong]
    for person in seated:
        person.context.close()
    assert wrong == []


def types_password(visitor, person):
    visitor.opens("/logowanie/")
    visitor.types("E-mail", person.email)
    visitor.types("Hasło", personas.PASSWORD)
    visitor.presses("Zaloguj się")


def test_a_passkey_is_added_and_opens_the_account(visitor):
    ola = personas.person("ola")
    at = visitor(size="phone", resident=True)
    devices = at.context.new_cdp_session(at.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": NEW_KEY | {"automaticPresenceSimulation": True}})
    types_password(at, ola)
    assert at.heading == "Moje konto"
    at.follows("Dodaj klucz dostępu")
    at.presses("Dodaj ten klucz")
    assert at.heading == "Kody na papierze"
    at.presses("Pokaż kody")
    assert at.page.locator(".codes li").count() == 10
    at.opens("/konto/")
    assert at.sees("Klucz dostępu: Komputer w pracy")
    at.presses("Wyloguj się")
    types_password(at, ola)
    assert at.heading == "Drugi krok logowania"
    at.presses("Użyj klucza dostępu")
    assert "/admin/" in at.page.url


def test_the_application_is_set_up_and_used_without_javascript(visitor):
    tomek = personas.person("tomek")
    at = visitor(size="phone", javascript=False, resident=True)
    types_password(at, tomek)
    at.follows("Ustaw aplikację z kodami")
    secret = at.page.locator("b.text-break").inner_text()
    at.types("Kod", "123")
    at.presses("Ustaw")
    assert at.sees("Ten kod jest błędny")
    at.types("Kod", code(secret))
    at.presses("Ustaw")
    at.presses("Pokaż kody")
    paper = at.page.locator(".codes li").first.inner_text()
    at.opens("/konto/klucze/nowy/")
    assert at.sees("Klucz dostępu wymaga JavaScriptu")
    at.opens("/konto/")
    at.presses("Wyloguj się")
    types_password(at, tomek)
    at.types("Kod", paper)
    at.presses("Zaloguj się kodem")
    assert "/praca/" in at.page.url


def test_the_pages_around_signing_in_are_clean_at_320_pixels(visitor):
    """Every page that a person opens is looked over: axe, sideways scroll, small targets, English words, console."""
    ewa = personas.person("ewa")
    give_app(ewa)
    at = visitor(size="phone", resident=True)
    for path in ("/logowanie/nie-pamietam-hasla/", "/logowanie/haslo/MQ/nie-ma/"):
        at.opens(path)
    types_password(at, ewa)
    at.types("Kod", code())
    at.presses("Zaloguj się kodem")
    for path in ("/konto/", "/konto/haslo/", "/konto/aplikacja/usun/", "/konto/kody/nowe/", "/konto/klucze/nowy/"):
        at.opens(path)


def test_the_end_of_the_session_is_said_two_minutes_ahead(visitor, live_server):
    at = visitor()
    client = sign_in_as(Client(), personas.person("ola"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    at.context.add_cookies([cookie | {"url": live_server.url}])
    at.page.clock.install()
    at.opens("/admin/")
    warning = at.page.locator("[data-idle]")
    at.page.clock.fast_forward((settings.IDLE_MINUTES - 3) * 60_000)
    assert not warning.is_visible()
    at.page.clock.fast_forward(90_000)
    assert warning.get_by_text("Za dwie minuty nastąpi wylogowanie").is_visible()
    at.page.get_by_role("button", name="Jestem").click()
    warning.wait_for(state="hidden")
    at.page.clock.fast_forward(settings.IDLE_MINUTES * 60_000 + 1000)
    assert warning.get_by_text("Nastąpiło wylogowanie").is_visible()
