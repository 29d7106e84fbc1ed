"""Take the pictures of docs/screenshots from a running demonstration portal (`make run`), as its people see it.

    .venv/bin/python -m docs.take_screenshots http://127.0.0.1:8000

Needs requirements-dev.txt. It files one request more and asks its resident a question, as people would.
"""

import io
import os
import re
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from PIL import Image
from playwright.sync_api import sync_playwright

from tests import browser

FOLDER = Path(__file__).parent / "screenshots"
SIZES = {"390": {"width": 390, "height": 844}, "1280": {"width": 1280, "height": 900}}
COLOURS = 128
PASSWORD = os.environ.get("DEMO_PASSWORD", "demo-belzyce-2026")
SPEECH = "Logopeda — ćwiczenia mowy"


class Photographer:
    def __init__(self, chromium, address):
        self.chromium, self.address = chromium, address

    def seat(self, width, email=""):
        """Return a page of somebody with a device of that width, signed in when there is an address."""
        context = self.chromium.new_context(
            base_url=self.address, viewport=SIZES[width], device_scale_factor=2, locale="pl-PL", reduced_motion="reduce"
        )
        page = context.new_page()
        if email:
            page.goto("/logowanie/")
            page.fill("[name=username]", email)
            page.fill("[name=password]", PASSWORD)
            press(page, "Zaloguj się")
            page.fill("[name=code]", page.locator(".callout b").first.inner_text())
            press(page, "Zaloguj się kodem")
        return page

    def take(self, page, name):
        """Keep what the window shows."""
        page.wait_for_load_state("load")
        page.evaluate("document.fonts.ready")
        keep(page.screenshot(), f"{name}-{page.viewport_size['width']}")


def keep(shot, name):
    """Keep a picture in few colours: pages of text need no more."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    path = FOLDER / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} kB\n")


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def follow(page, name):
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).first.click()


def file_request(page, take):
    """Ask for help for oneself; return number and code."""
    page.goto("/zgloszenie/?usluga=terapia-logopedyczna")
    take(page, "request")
    page.get_by_label("Albo napisz własnymi słowami").fill("ktoś, kto zrobi zakupy")
    press(page, "Dalej")
    press(page, "Dalej")
    page.get_by_label("mnie", exact=True).check(force=True)
    press(page, "Dalej")
    page.get_by_label("Imię").fill("Krystyna")
    page.get_by_label("Nazwisko").fill("Wilga")
    page.get_by_label("Data urodzenia").fill("05.03.1948")
    press(page, "Dalej")
    page.get_by_label("telefonicznie").check(force=True)
    page.fill("[name=phone]", "600 100 200")
    press(page, "Dalej")
    press(page, "Wyślij zgłoszenie")
    return page.locator(".big-number").all_inner_texts()


def ask(page, number, take):
    """Take the request up at the desk and ask for a paper."""
    page.goto("/admin/residents/servicerequest/")
    page.locator("#searchbar").fill(number)
    press(page, "Szukaj")
    follow(page, number)
    press(page, "Podejmij")
    follow(page, "Zapytaj mieszkańca")
    page.get_by_label("O co pytasz?").fill("Prosimy o skierowanie od lekarza. Wystarczy zdjęcie.")
    press(page, "Zapytaj mieszkańca")
    page.reload()
    take(page, "desk")


def open_account(page, number, code, take):
    """Come in by the mailed link, which a demonstration shows, and add the request."""
    page.goto("/moje-sprawy/wejscie/")
    page.get_by_label("Adres e-mail").fill("krystyna@demo.example")
    press(page, "Wyślij mi link")
    link = None
    while not link:
        page.goto("/demo/poczta/")
        link = re.search(r"/moje-sprawy/wejscie/[^\s/]+/", page.inner_text("main"))
    page.goto(link[0])
    press(page, "Wejdź")
    page.goto("/moje-sprawy/dodaj/")
    page.get_by_label("Numer").fill(number)
    page.get_by_label("Kod").fill(code)
    page.get_by_label("Nikt poza mną nie czyta mojej poczty").check(force=True)
    press(page, "Dodaj zgłoszenie")
    take(page, "account")


def take_office(photographer, take):
    """A queue and the resources for the organiser; what waits for the director's signature."""
    organiser = photographer.seat("1280", "beata@demo.example")
    organiser.goto("/admin/residents/requestitem/queues/")
    organiser.locator("tbody a").first.click()
    take(organiser, "queue")
    organiser.goto("/praca/zasoby/")
    take(organiser, "resources")
    take_partners(organiser, take)
    director = photographer.seat("1280", "danuta@demo.example")
    director.goto("/praca/podpis/")
    take(director, "signing")
    director.goto("/admin/coordination/plan/?state=submitted")
    director.locator("#result_list tbody a").first.click()
    take(director, "plan")
    director.goto("/praca/raporty/")
    director.locator("tbody th a").first.click()
    take(director, "report")
    take_pack(director)


def take_case(photographer, take):
    """The newest case, which has its notes and its team; a talk about needs, written down on a phone."""
    coordinator = photographer.seat("1280", "tomek@demo.example")
    take_worklist(coordinator, take)
    coordinator.goto("/praca/listy/cases/")
    while coordinator.locator("a[rel=next]").count():
        with coordinator.expect_navigation():
            coordinator.locator("a[rel=next]").click()
    with coordinator.expect_navigation():
        coordinator.locator("tbody th a").last.click()
    take(coordinator, "case")
    coordinator.set_viewport_size(SIZES["390"])
    coordinator.goto(re.sub("change/$", "assess/", coordinator.url))
    coordinator.get_by_label("Kto był obecny").fill("pani i jej sąsiadka")
    coordinator.get_by_label("Sytuacja").fill("Mieszka sama na piętrze, bez windy. Córka przyjeżdża w soboty.")
    take(coordinator, "assessment")


def take_for_others(photographer, take):
    """What other municipalities see: the cards and events, and a visit to sign up for."""
    for width in ("1280", "390"):
        guest = photographer.seat(width)
        guest.goto("/dla-gmin/")
        take(guest, "exchange")
        follow(guest, "Jedno okienko od środka")
        take(guest, "visit")


def take_worklist(coordinator, take):
    """What is late, at the desk and on a phone."""
    coordinator.goto("/praca/listy/overdue/")
    for width in ("390", "1280"):
        coordinator.set_viewport_size(SIZES[width])
        take(coordinator, "worklist")


def take_partners(organiser, take):
    """A referral that was passed on; what nobody gives; an institution."""
    organiser.goto("/admin/coordination/referral/?state=redirected")
    organiser.locator("#result_list tbody th a").first.click()
    take(organiser, "chain")
    organiser.goto("/praca/braki/")
    organiser.get_by_role("heading", name="Według miejscowości i obszaru").evaluate("title => title.scrollIntoView()")
    take(organiser, "gaps")
    organiser.goto("/admin/accounts/institution/?q=PCPR")
    organiser.locator("#result_list tbody th a").first.click()
    take(organiser, "institution")


def take_pack(director):
    """The first page of the last whole quarter, as it is printed."""
    director.goto("/praca/raporty/")
    address = director.locator("a[href$='pakiet.pdf']").nth(1).get_attribute("href")
    with TemporaryDirectory() as folder:
        sheet = Path(folder, "sheet.typ")
        sheet.write_text('#set page(margin: 0pt, width: auto, height: auto)\n#image("pack.pdf")', encoding="utf-8")
        sheet.with_name("pack.pdf").write_bytes(director.request.get(address).body())
        keep(typst.compile(sheet, format="png", ppi=144), "pack-a4")


def take_link(photographer, take):
    """A referral to a body where nobody has an account: sent by a coordinator, opened from the mail on a phone."""
    coordinator = photographer.seat("1280", "kasia@demo.example")
    coordinator.goto("/admin/residents/case/")
    coordinator.locator("#result_list tbody th a").first.click()
    case = re.search(r"/(\d+)/change/", coordinator.url)[1]
    coordinator.goto(f"/praca/skierowania/nowe/{case}/")
    coordinator.locator("[name=receiver]").select_option(label="Polski Komitet Pomocy Społecznej")
    coordinator.fill("[name=need]", "Paczka żywnościowa raz w miesiącu, do domu: pani nie wychodzi sama.")
    coordinator.fill("[name=wanted_outcome]", "Pierwsza paczka w tym miesiącu.")
    for field in ("name", "address", "phone"):
        coordinator.locator(f"[name=disclosed_fields][value={field}]").check(force=True)
    coordinator.locator("[name=basis][value=new]").check(force=True)
    coordinator.locator("[name=consent_form]").select_option(index=1)
    coordinator.fill("[name=consent_given_on]", f"{date.today():%d.%m.%Y}")  # noqa: DTZ011 (as the clerk types it)
    press(coordinator, "Zapisz i zobacz, co zostanie wysłane")
    take(coordinator, "preview")
    press(coordinator, "Wyślij")
    phone = photographer.seat("390")
    link = None
    while not link:
        phone.goto("/demo/poczta/")
        link = re.search(r"/skierowanie/link/[^\s/]+/", phone.inner_text("main"))
    phone.goto(link[0])
    press(phone, "Otwórz skierowanie")
    take(phone, "link")


def take_all(photographer):
    take = photographer.take
    for width in ("1280", "390"):
        resident = photographer.seat(width)
        resident.goto("/krok-po-kroku/co-sie-dzieje/")
        take(resident, "guide")
        resident.goto("/uslugi/?q=logopeda")
        take(resident, "services")
        follow(resident, SPEECH)
        take(resident, "service")
    number, code = file_request(resident, take)
    ask(photographer.seat("1280", "ola@demo.example"), number, take)
    follow(resident, "Sprawdź, co się z nim dzieje")
    take(resident, "status")
    coordinator = photographer.seat("1280", "tomek@demo.example")
    coordinator.goto("/praca/")
    take(coordinator, "dashboard")
    worker = photographer.seat("390", "ewa@demo.example")
    worker.goto("/praca/skierowania/")
    take(worker, "inbox")
    open_account(photographer.seat("390"), number, code, take)
    take_office(photographer, take)
    take_case(photographer, take)
    take_for_others(photographer, take)
    take_link(photographer, take)


def main(address):
    FOLDER.mkdir(exist_ok=True)
    arguments = ["--lang=pl", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    path = browser.find()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=arguments)
        take_all(Photographer(chromium, address))
        chromium.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
