"""The main job in real browsers, from a daughter's phone to the director's report, and back to the phone."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from cus_portal.notifications.outbox import deliver_due
from residents.models import ServiceRequest
from residents.notices import load_notice
from services.loader import load_catalogue
from tests import personas
from tests.pages import visitor  # noqa: F401  (a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PDF = {"name": "zaświadczenie.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n" + b"x" * 200}
SPEECH = "Logopeda — ćwiczenia mowy"
OWN_WORDS = "ktoś, kto zrobi mamie zakupy"


@pytest.fixture(autouse=True)
def world(transactional_db):
    """The catalogue of Bełżyce as its files say it, the privacy notice, nobody's request yet."""
    load_catalogue(settings.CATALOGUE_DIR)
    load_notice(settings.CATALOGUE_DIR / "privacy_notice.yaml")


# -- chapters ---------------------------------------------------------------------------------------
def finds_a_service(resident):
    resident.opens("/")
    resident.types("Szukaj pomocy", "logopeda")
    resident.presses("Szukaj")
    assert resident.sees(SPEECH)
    resident.page.locator("summary", has_text="Zawęź listę").click()
    resident.chooses("Koszt", "bezpłatnie")
    resident.presses("Pokaż")
    assert resident.sees("1 filtr")
    resident.follows(SPEECH)
    assert resident.heading == SPEECH


def asks_for_help_for_her_mother(resident):
    """Go from the service through all steps to the last page: two needs, for another person."""
    resident.follows("Złóż zgłoszenie")
    assert resident.field(SPEECH).is_checked()
    resident.types("Albo napisz własnymi słowami", OWN_WORDS)
    resident.presses("Dalej")
    resident.ticks("Osoba, którą się opiekuję")
    resident.presses("Dalej")
    resident.types("Imię", "Krystyna")
    resident.types("Nazwisko", "Wilga")
    resident.types("Kim jest dla Ciebie", "mama")
    resident.presses("Dalej")
    resident.types("Imię", "Anna")
    resident.types("Nazwisko", "Wilga")
    resident.presses("Dalej")
    resident.ticks("e-mailem")
    resident.presses("Dalej")
    assert resident.sees("Wpisz adres e-mail")  # forgotten; what was chosen stays
    resident.types("E-mail", "anna@demo.example")
    resident.presses("Dalej")
    assert resident.heading == "Sprawdź i wyślij"
    for answer in (SPEECH, OWN_WORDS, "Krystyna", "mama", "anna@demo.example"):
        assert resident.sees(answer)


def sends_it(resident):
    resident.presses("Wyślij zgłoszenie")
    assert resident.heading == "Mamy Twoje zgłoszenie"
    request = ServiceRequest.objects.latest("pk")
    assert resident.sees(request.reference)
    assert resident.sees(request.access_code)
    return request


def follows_it(resident, request, heading):
    """Open the page of one's own request by number and code, as on a device that knows nothing."""
    resident.opens("/moja-sprawa/")
    resident.types("Numer", request.reference.lower())
    resident.types("Kod", request.access_code.replace("-", " ").lower())
    resident.presses("Pokaż")
    assert resident.heading == heading


def read_mail():
    """Send what is due and return the last mail: its subject and text, and the link it carries."""
    deliver_due()
    last = mail.outbox[-1]
    return last.subject, last.body, re.search(r"http\S+", last.body)[0]


# -- the resident alone -------------------------------------------------------------------------------
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no_scripts"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_resident_files_follows_and_withdraws(visitor, size, javascript):
    anna = visitor(size, javascript=javascript, resident=True)
    finds_a_service(anna)
    asks_for_help_for_her_mother(anna)
    request = sends_it(anna)
    assert request.items.count() == 2
    anna.reloads()
    assert ServiceRequest.objects.count() == 1
    anna.presses("Zakończ")
    follows_it(anna, request, "Mamy Twoje zgłoszenie")
    assert anna.sees("Logopeda")
    assert anna.sees(OWN_WORDS)
    anna.follows("Wycofaj całe zgłoszenie")
    anna.presses("Tak, wycofaj")
    assert anna.heading == "To zgłoszenie jest wycofane"


def test_the_receipt_comes_by_mail_and_its_link_leads_to_the_request(visitor):
    anna = visitor("phone", javascript=False, resident=True)
    finds_a_service(anna)
    asks_for_help_for_her_mother(anna)
    request = sends_it(anna)
    subject, body, link = read_mail()
    assert mail.outbox[-1].to == ["anna@demo.example"]
    assert request.reference in subject
    assert request.access_code in body
    anna = visitor("phone", resident=True)
    anna.opens(link)
    anna.types("Numer", request.reference)
    anna.types("Kod", request.access_code)
    anna.presses("Pokaż")
    assert anna.heading == "Mamy Twoje zgłoszenie"


def test_an_impatient_double_click_files_one_request(visitor):
    anna = visitor("phone", resident=True)
    anna.opens("/oddzwonimy/")
    anna.types("Twój numer telefonu", "600 100 200")
    anna.page.get_by_role("button", name="Oddzwońcie do mnie").dblclick()
    anna.page.get_by_role("heading", name="Mamy Twoje zgłoszenie").wait_for()
    anna.look()
    anna.reloads()
    assert ServiceRequest.objects.count() == 1


def test_a_request_needs_no_mouse(visitor):
    anna = visitor()
    anna.opens("/zgloszenie/")
    anna.tabs_to("Albo napisz własnymi słowami")
    anna.page.keyboard.type("ktoś do pomocy w domu")
    anna.tabs_to("Dalej")
    anna.hits("Enter")
    anna.tabs_to("Ja")
    anna.page.keyboard.press("Space")
    anna.hits("Enter")
    anna.tabs_to("Imię")
    anna.page.keyboard.type("Anna")
    anna.tabs_to("Nazwisko")
    anna.page.keyboard.type("Wilga")
    anna.hits("Enter")
    anna.tabs_to("telefonicznie")
    anna.page.keyboard.press("Space")
    anna.tabs_to("Telefon")
    anna.page.keyboard.type("600 100 200")
    anna.hits("Enter")
    anna.tabs_to("Wyślij zgłoszenie")
    anna.hits("Enter")
    assert anna.heading == "Mamy Twoje zgłoszenie"
    assert ServiceRequest.objects.get().parties.get().phone
