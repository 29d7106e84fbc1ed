"""The pages of a resident's account at each width, from the address to the end."""

import pytest

from residents.actions import ask_resident
from residents.models import AccountLink
from tests.factories import NOW, make_request
from tests.intake import MAIL
from tests.test_pages_browser import press_on, wrong_with

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_coming_in_adding_requests_and_leaving_is_accessible(open_page, ola):
    asked, other = make_request(applicant=MAIL), make_request(applicant=MAIL)
    ask_resident(asked, text="Jaki adres?", by=ola, now=NOW)
    start = "/moje-sprawy/"
    page = open_page(start, size="phone")
    found = {}

    def look(name, language="pl"):
        found[name] = wrong_with(page, language)

    def join(request):
        page.goto(start + "dodaj/")
        page.fill("[name=reference]", request.reference)
        page.fill("[name=code]", request.access_code)
        page.check("[name=only_mine]", force=True)
        press_on(page)

    look("come in")
    press_on(page)
    look("no address")
    page.fill("[name=email]", "krystyna@demo.example")
    press_on(page)
    look("link sent")
    link = AccountLink.objects.get().path
    page.goto(link)
    look("the mailed link")
    press_on(page)
    look("nothing yet")
    page.goto(start + "dodaj/")
    press_on(page)
    look("nothing typed")
    for request in (asked, other):
        join(request)
    look("my matters")
    for language in ("uk", "en"):
        page.goto(f"/{language}{start}")
        look(f"my matters: {language}", language)
    page.goto(start)
    page.locator("main a[href*='/wyjmij/']").last.click()
    look("take it out")
    page.goto(start + "powiadomienia/")
    look("mails")
    page.goto(start + "usun/")
    look("delete")
    with page.expect_navigation():
        page.locator("main .btn-danger").last.click()
    page.goto(link)
    look("used link")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert [said for said in page.problems if "404" not in said] == []
