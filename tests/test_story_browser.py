"""The main job in real browsers, from a daughter's phone to the director's report, and back to the phone."""

import io
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from openpyxl import load_workbook

from coordination import jobs
from cus_portal.notifications.outbox import deliver_due
from residents.models import ServiceRequest
from tests import personas
from tests.factories import NOW
from tests.pages import Visitor
from tests.real_catalogue import put_real_catalogue
from tests.signing import code, give_app

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PDF = {"name": "zaświadczenie.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n" + b"x" * 200}
SPEECH = "Logopeda — ćwiczenia mowy"
THERAPY = "Terapia logopedyczna"  # as the office calls it
OWN_WORDS = "ktoś, kto zrobi mamie zakupy"


@pytest.fixture(autouse=True)
def world(transactional_db):
    """The catalogue of Bełżyce as its files say it, the privacy notice, nobody's request yet."""
    put_real_catalogue(NOW)


@pytest.fixture
def visitor(browser, live_server, settings):
    """Return a function that seats somebody at a browser: ``visitor("phone", javascript=False, resident=True)``."""
    settings.PUBLIC_URL = live_server.url
    seated = []

    def seat(size="desktop", **facts):
        seated.append(Visitor(browser, live_server.url, size=size, **facts))
        return seated[-1]

    yield seat
    wrong = []
    for person in seated:
        wrong += person.wrong
        person.context.close()
    assert wrong == []


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
    assert resident.sees("W nocy, w weekendy i święta nikt tu nie czyta.")
    resident.presses("Dalej")
    resident.ticks("osoby, którą się opiekuję")
    resident.presses("Dalej")
    resident.types("Imię", "Krystyna")
    resident.types("Nazwisko", "Wilga")
    resident.types("Kim jest dla Ciebie", "mama")
    resident.presses("Dalej")
    resident.ticks("wie i się zgadza")
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


def follows_it(resident, request, heading, address="/moja-sprawa/"):
    """Open the page of one's own request by number and code."""
    resident.opens(address)
    resident.types("Numer", request.reference.lower())
    resident.types("Kod", request.access_code.replace("-", " ").lower())
    resident.presses("Pokaż moje zgłoszenie")
    assert resident.heading == heading


def gets_the_receipt_by_mail(resident, request):
    """Send what is due; the mail has number and code, and its link leads to where they are asked for."""
    deliver_due()
    [receipt] = mail.outbox
    assert receipt.to == ["anna@demo.example"]
    assert request.reference in receipt.subject
    assert request.access_code in receipt.body
    link = re.search(r"http\S+", receipt.body)[0]
    follows_it(resident, request, "Mamy Twoje zgłoszenie", address=link)


def signed_in(visitor, name):
    """Seat one of the staff and sign him in through the form."""
    person = personas.person(name)
    give_app(person)
    staff = visitor()
    staff.opens("/logowanie/")
    staff.types("E-mail", person.email)
    staff.types("Hasło", personas.PASSWORD)
    staff.presses("Zaloguj się")
    staff.types("Kod", code())
    staff.presses("Zaloguj się kodem")
    return staff


def takes_it_up_and_asks_for_a_paper(ola, request):
    ola.opens("/admin/")
    ola.follows("Zgłoszenia")
    ola.follows(request.reference)
    ola.presses("Podejmij")
    assert ola.sees("Prowadzisz to zgłoszenie.")
    ola.follows("Zapytaj mieszkańca")
    ola.types("O co pytasz?", "Prosimy o zaświadczenie od lekarza.")
    ola.presses("Zapytaj mieszkańca")
    assert ola.sees("Termin jest wstrzymany.")


def answers_with_a_file(resident, request):
    follows_it(resident, request, "Twoja kolej: prosimy o odpowiedź na jedno pytanie")
    assert resident.sees("Prosimy o zaświadczenie od lekarza.")
    resident.follows("Odpowiedz albo dodaj dokument")
    resident.types("Twoja odpowiedź", "Przesyłam skan.")
    resident.attaches("Dokumenty", PDF)
    resident.presses("Wyślij odpowiedź")
    assert resident.sees("Dziękujemy. Teraz nasza kolej.")
    assert resident.sees("zaświadczenie.pdf")


def decides_both_needs(tomek, request):
    tomek.opens(request.get_absolute_url())
    assert tomek.sees("Przesyłam skan.")
    assert tomek.downloads("zaświadczenie.pdf") == ("application/pdf", PDF["buffer"])
    tomek.follows("Poinformuj (nie ma czego przyznać)", within=tomek.section(OWN_WORDS))
    tomek.presses("Poinformuj (nie ma czego przyznać)")
    assert tomek.sees("Wypełnij to pole")  # a resident is never told nothing
    tomek.types("Co przeczyta mieszkaniec", "Zakupy zrobi wolontariusz z Klubu Seniora.")
    tomek.presses("Poinformuj (nie ma czego przyznać)")
    tomek.opens(request.get_absolute_url())
    tomek.follows("Zakwalifikuj", within=tomek.section(THERAPY))
    tomek.presses("Zakwalifikuj")
    assert tomek.sees("Potrzeba jest zakwalifikowana.")


def opens_a_case(tomek, request):
    tomek.opens(request.get_absolute_url())
    tomek.follows("Wskaż, kim jest osoba")
    assert tomek.field("Nowa osoba: Krystyna Wilga").is_checked()
    tomek.presses("Wskaż, kim jest osoba")
    assert tomek.sees("Osoba jest zapisana.")
    tomek.follows("Otwórz sprawę")
    tomek.presses("Otwórz sprawę")
    assert tomek.sees("Sprawa jest otwarta.")
    request.refresh_from_db()
    return request.case


def writes_a_plan(tomek, case, today):
    tomek.opens(case.get_absolute_url())
    tomek.follows("Rozpocznij plan")
    tomek.types("Plan zaczyna się", f"{today:%d.%m.%Y}")
    tomek.types("i kończy się", f"{today + timedelta(days=180):%d.%m.%Y}")
    tomek.types("Rozpoznane potrzeby", "Mówi niewyraźnie po udarze.")
    tomek.types("Cele", "Rozmawia swobodnie z rodziną.")
    tomek.presses("Rozpocznij plan")
    tomek.follows("Dodaj pozycję")
    tomek.types("Cel", "Wyraźna mowa")
    tomek.chooses("Jaka usługa?", SPEECH)
    tomek.chooses("Realizuje", "Powiatowe Centrum Pomocy Rodzinie w Lublinie")
    tomek.types("Zakres słowami", "1 godzina w tygodniu")
    tomek.presses("Dodaj pozycję")
    assert tomek.sees("Wyraźna mowa")
    tomek.follows("Zapisz zgodę osoby na plan")
    tomek.types("Kiedy osoba zgodziła się na plan?", f"{today:%d.%m.%Y}")
    tomek.ticks("podpisany przez osobę")
    tomek.presses("Zapisz zgodę osoby na plan")
    tomek.presses("Przekaż do zatwierdzenia")
    assert tomek.sees("Plan czeka na zatwierdzenie.")
    assert tomek.page.get_by_role("button", name="Zatwierdź").count() == 0  # never by its author


def approves_it(danuta):
    danuta.opens("/admin/")
    danuta.follows("1 plany do zatwierdzenia", exact=False)
    danuta.page.locator("#result_list th a").first.click()
    danuta.look()
    danuta.presses("Zatwierdź")
    assert danuta.sees("Plan zatwierdzony.")
    kind, content = danuta.downloads("PDF")
    assert kind == "application/pdf"
    assert content.startswith(b"%PDF")


def refers_her(tomek, case, today):
    """Send a referral from the plan's item, after seeing what the institution will see."""
    tomek.opens(case.plans.get().get_absolute_url())
    tomek.follows("Nowe skierowanie", exact=False)
    assert tomek.heading == "Nowe skierowanie"
    tomek.ticks("Kto prosił w imieniu osoby")  # her mother has no phone: they write to the daughter
    tomek.ticks("zgoda, którą zapisuję teraz")
    tomek.chooses("W jakiej formie wyrażono zgodę?", "na piśmie")
    tomek.types("Kiedy?", f"{today:%d.%m.%Y}")
    tomek.presses("Zapisz i zobacz, co zostanie wysłane")
    assert tomek.sees("Krystyna Wilga")
    tomek.presses("Wyślij")
    assert tomek.sees("Skierowanie zostało wysłane.")
    return case.referrals.get()


def helps_her(ewa, referral, today):
    """Open the envelope, accept, record the first contact and the outcome."""
    assert ewa.heading == "Skierowania do nas"
    ewa.follows(referral.number)
    assert not ewa.page.get_by_text("Wilga").count()  # sealed until opened
    ewa.presses("Otwórz skierowanie")
    assert ewa.sees("Anna Wilga, mama, anna@demo.example")
    ewa.types("Kiedy zaczniecie?", f"{today + timedelta(days=7):%d.%m.%Y}")
    ewa.presses("Przyjmij")
    ewa.follows("Zapisz pierwszy kontakt")
    ewa.types("Kiedy był pierwszy kontakt z osobą?", f"{today:%d.%m.%Y}")
    ewa.presses("Zapisz pierwszy kontakt")
    ewa.follows("Zapisz wynik")
    ewa.ticks("potrzeba zaspokojona")
    ewa.types("Kiedy pomoc się zakończyła?", f"{today:%d.%m.%Y}")
    ewa.types("Jakiej pomocy udzielono?", "Ćwiczenia mowy u logopedy.")
    ewa.presses("Zapisz wynik")


def closes_the_loop(tomek, referral):
    tomek.opens(referral.get_absolute_url())
    tomek.follows("Zamknij skierowanie")
    tomek.types("Co zmienia się w sprawie albo w planie?", "Cel osiągnięty.")
    tomek.ticks("Tak, osoba została przeze mnie poinformowana")
    tomek.presses("Zamknij skierowanie")
    assert tomek.sees("Skierowanie jest zamknięte.")


def sees_each_number_open_its_list(tomek):
    tomek.opens("/praca/")
    found = tomek.opens_the_list_of_each_number()
    assert [number for words, number in found.items() if "do zamknięcia" in words] == [1]


def reads_the_months_report(danuta, today):
    danuta.opens("/praca/raporty/")
    danuta.page.locator("summary", has_text="Policz miesiąc").click()
    danuta.page.locator("[name=month]").select_option(f"{today:%Y-%m}")
    danuta.presses("Policz")
    jobs.make_ordered_reports(now=timezone.now())  # the worker
    danuta.opens("/praca/raporty/")
    danuta.page.locator("tbody th a").first.click()
    danuta.look()
    kind, content = danuta.downloads("XLSX")
    assert load_workbook(io.BytesIO(content)).sheetnames
    kind, content = danuta.downloads("PDF")
    assert content.startswith(b"%PDF")


# -- the whole way --------------------------------------------------------------------------------------
def test_one_request_goes_its_whole_way(visitor, seat):
    today = timezone.localdate()
    anna = visitor("phone", javascript=False, resident=True)
    finds_a_service(anna)
    asks_for_help_for_her_mother(anna)
    request = sends_it(anna)
    gets_the_receipt_by_mail(anna, request)

    ola = seat("ola")
    takes_it_up_and_asks_for_a_paper(ola, request)
    answers_with_a_file(anna, request)

    tomek = seat("tomek")
    decides_both_needs(tomek, request)
    case = opens_a_case(tomek, request)
    writes_a_plan(tomek, case, today)
    danuta = seat("danuta")
    approves_it(danuta)
    referral = refers_her(tomek, case, today)
    ewa = signed_in(visitor, "ewa")
    helps_her(ewa, referral, today)
    sees_each_number_open_its_list(tomek)
    closes_the_loop(tomek, referral)
    reads_the_months_report(danuta, today)

    follows_it(anna, request, "Twój plan jest gotowy, pomoc trwa")
    assert anna.sees("Zakupy zrobi wolontariusz z Klubu Seniora.")
    assert anna.sees(f"{SPEECH}: pomoc przyznana")


# -- the resident alone -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("size", "javascript"), [("phone", True), ("desktop", True), ("desktop", False)]
)  # on a phone without scripts: the whole way above
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


def test_an_impatient_double_click_files_one_request(visitor):
    anna = visitor("phone", resident=True)
    anna.opens("/oddzwonimy/")
    anna.types("Twój numer telefonu", "600 100 200")
    anna.page.get_by_role("button", name="Oddzwońcie do mnie").dblclick()
    anna.page.get_by_role("heading", name="Oddzwonimy do Ciebie").wait_for()
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
    anna.tabs_to("Dalej")
    anna.hits("Enter")
    anna.tabs_to("mnie")
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
