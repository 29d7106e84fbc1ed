"""A resident at a real browser: from the first page to withdrawal, each page looked over at every width."""

import pytest
from django.utils import timezone

from residents.actions import ask_resident
from residents.models import ServiceRequest
from services.models import Service
from tests import personas
from tests.factories import make_area, make_locality, make_notice, make_service
from tests.pages import PATIENCE
from tests.test_look_browser import complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PDF = {"name": "orzeczenie.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n" + b"x" * 200}


@pytest.fixture
def look():
    """Return a function that looks a page over at every width and gathers what is wrong with it."""
    found = []

    def look_at(page):
        page.said = page.problems
        size = page.viewport_size
        found.extend((page.url, complaint) for complaint in complaints(page))
        page.set_viewport_size(size)

    yield look_at
    assert found == []


def catalogue():
    make_notice()
    for name in ("Bełżyce", "Wronów"):
        make_locality(name)
    for name in ("Terapia logopedyczna", "Psycholog"):
        make_service(name)
    health = make_area(2)
    for name in ("Opieka wytchnieniowa", "Usługi opiekuńcze"):
        make_service(name).areas.set([health])


def test_a_father_files_answers_and_withdraws(open_page, look):
    catalogue()
    slug = Service.objects.get(plain_name="Terapia logopedyczna").slug
    page = open_page(f"/zgloszenie/?usluga={slug}", size="phone")
    page.set_default_timeout(PATIENCE)
    assert page.get_by_label("Terapia logopedyczna").is_checked()
    page.get_by_role("button", name="Dalej").click()
    page.get_by_role("heading", name="Co nie może czekać").wait_for()
    look(page)
    page.get_by_role("button", name="Dalej").click()
    page.get_by_role("button", name="Dalej").click()  # nobody chosen yet
    page.get_by_role("link", name="Wybierz, kto potrzebuje pomocy").wait_for()
    look(page)
    page.get_by_text("mojego dziecka").click()
    page.get_by_role("button", name="Dalej").click()
    page.get_by_label("Imię").fill("Zosia")
    page.get_by_label("Nazwisko").fill("Bocian")
    page.get_by_label("Numer PESEL").fill("19222812307")
    page.get_by_label("Miejscowość").select_option(label="Wronów")
    page.get_by_role("button", name="Dalej").click()
    page.get_by_text("ostatnia cyfra nie pasuje").first.wait_for()
    look(page)
    page.get_by_label("Numer PESEL").fill("19222812306")
    page.get_by_role("button", name="Dalej").click()
    page.get_by_text("akt urodzenia").click()
    look(page)
    page.get_by_role("button", name="Dalej").click()
    page.get_by_label("Imię").fill("Marek")
    page.get_by_label("Nazwisko").fill("Bocian")
    look(page)
    page.get_by_role("button", name="Dalej").click()
    page.get_by_text("e-mailem", exact=True).click()
    page.get_by_label("E-mail", exact=False).last.fill("marek@demo.example")
    look(page)
    page.get_by_role("button", name="Dalej").click()
    page.get_by_label("Dokumenty, jeśli").set_input_files([PDF])
    look(page)
    page.get_by_role("button", name="Wyślij zgłoszenie").click()

    page.get_by_role("heading", name="Mamy Twoje zgłoszenie").wait_for()
    request = ServiceRequest.objects.get()
    assert page.get_by_text(request.access_code).is_visible()
    look(page)
    page.go_back()
    page.reload()
    assert ServiceRequest.objects.count() == 1

    page.goto("/moja-sprawa/")
    look(page)
    page.get_by_role("button", name="Zakończ").click()
    page.get_by_label("Numer").fill(request.reference.lower())
    page.get_by_label("Kod").fill("abc")
    page.get_by_role("button", name="Pokaż moje zgłoszenie").click()
    page.get_by_text("do siebie nie pasują").first.wait_for()
    look(page)
    page.get_by_label("Kod").fill(request.access_code.replace("-", "").lower())
    page.get_by_role("button", name="Pokaż moje zgłoszenie").click()
    page.get_by_role("heading", name="Mamy Twoje zgłoszenie").wait_for()

    ask_resident(request, text="Prosimy o opinię poradni.", by=personas.person("ola"), now=timezone.now())
    page.reload()
    page.get_by_role("heading", name="Twoja kolej").wait_for()
    look(page)
    page.get_by_role("link", name="Odpowiedz albo dodaj dokument").click()
    look(page)
    page.get_by_label("Dokumenty").set_input_files([PDF])
    page.get_by_role("button", name="Wyślij odpowiedź").click()
    page.get_by_role("heading", name="Zajmujemy się Twoim zgłoszeniem").wait_for()
    look(page)
    page.get_by_role("link", name="Kto oglądał Twoje dane").click()
    look(page)
    page.get_by_role("link", name="Wróć do zgłoszenia").click()
    page.get_by_role("link", name="Wycofaj całe zgłoszenie").click()
    look(page)
    page.get_by_role("button", name="Tak, wycofaj").click()
    page.get_by_role("heading", name="To zgłoszenie jest wycofane").wait_for()
    assert page.problems == []


def test_a_woman_of_78_leaves_her_number(open_page, look):
    catalogue()
    page = open_page("/zgloszenie/", size="phone")
    look(page)
    page.get_by_role("link", name="zostaw numer").click()
    look(page)
    page.get_by_label("Twój numer telefonu").fill("600 100 200")
    page.get_by_role("button", name="Oddzwońcie do mnie").click()
    page.get_by_role("heading", name="Oddzwonimy do Ciebie").wait_for()
    assert str(ServiceRequest.objects.get().items.get()) == "Proszę o telefon."
