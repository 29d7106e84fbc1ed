"""The pages of a resident's account at each width, from the address to the end."""

import pytest
from django.utils import timezone

from cus_portal.accounts.sessions import SessionStore
from cus_portal.providers import Provider
from residents.actions import ask_resident, enter_by_identity
from residents.models import AccountLink
from residents.views.base import ACCOUNT
from tests.factories import NOW, make_request
from tests.intake import MAIL
from tests.test_pages_browser import press_on, wrong_with

PESEL = "44051401359"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_coming_in_by_a_provider_is_accessible(open_page, settings):
    known = {"kind": "oidc", "name": "Węzeł próbny", "claims": {}, "options": {}}
    settings.IDENTITY = {role: Provider(role=role, **known) for role in ("residents", "staff")}
    mine = make_request(applicant=MAIL | {"pesel": PESEL})
    account = enter_by_identity(name="Krystyna Wilga", pesel=PESEL, account=None, language="pl", now=timezone.now())
    page = open_page("/moje-sprawy/wejscie/", size="phone")
    found = {"the way in": wrong_with(page, "pl")}
    for language in ("uk", "en", "pl"):
        start = "" if language == "pl" else f"/{language}"
        page.goto(f"{start}/moje-sprawy/wezel/powrot/?error=access_denied")
        found[f"broken off: {language}"] = wrong_with(page, language)
    page.goto("/logowanie/konto-centrum/powrot/?error=access_denied")
    found["staff refused"] = wrong_with(page, "pl")
    page.goto("/logowanie/")
    found["staff"] = wrong_with(page, "pl")
    session = SessionStore()
    at = timezone.now().timestamp()
    session[ACCOUNT] = {"pk": account.pk, "epoch": 1, "begun": at, "seen": at, "is_person": True}
    session.save()
    page.context.add_cookies([{"name": "sessionid", "value": session.session_key, "domain": "localhost", "path": "/"}])
    page.goto("/moje-sprawy/")
    assert mine.reference in page.inner_text("main")
    found["filed with the number"] = wrong_with(page, "pl")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


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
        page.locator("label[for=id_only_mine]").click()
        press_on(page)

    look("come in")
    page.fill("[name=email]", "krystyna@demo.example")
    press_on(page)
    look("link sent")
    link = AccountLink.objects.get().path
    page.goto(link)
    look("the mailed link")
    press_on(page)
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
    with page.expect_navigation():
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
