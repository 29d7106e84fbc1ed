"""Every public page in each language: what axe finds, that nothing scrolls sideways, that no script is needed."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils import timezone, translation

from coordination.models import ExchangeSignUp
from residents.actions import offer_place, waitlist_item
from residents.models import Consent, RequestItem, SavedDraft, WatchedSearch
from tests.community_world import make_open_event
from tests.exchange_world import make_exchange_event, make_practice, said
from tests.factories import make_notice, make_service
from tests.pages import has_new_pieces, resize, scrolls_sideways, skeleton, small_targets, violations
from tests.real_catalogue import put_real_catalogue
from tests.test_quality import PUBLIC

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"pl": "phone", "uk": "desktop", "en": "phone"}
FOR_AXE = {"pl", "uk"}  # the pages are the same: one language at each size
WIDTHS = [320, 390, 1280]
AXE_AT = {390: 320, 1280: 1280}
PAGES = {
    "home": "/",
    "list": "/uslugi/",
    "list with chosen filters": "/uslugi/?group=senior&price=free",
    "list with a wrong choice": "/uslugi/?group=senior&area=nonsense&q=dom",
    "list of what was searched": "/uslugi/?q=opiekunka",
    "list of another day": "/uslugi/?na-dzien=2025-06-01",
    "nothing found": "/uslugi/?q=smok",
    "service": "/uslugi/uslugi-opiekuncze/",
    "service in a break": "/uslugi/opieka-wytchnieniowa-calodobowa/",
    "service in a confidential place": "/uslugi/grupa-wsparcia-przemoc/",
    "service on a day that is none": "/uslugi/uslugi-opiekuncze/?na-dzien=wczoraj",
    "check before applying": "/uslugi/terapia-logopedyczna/czy-dla-mnie/",
    "whether a page helped": "/czy-pomoglo/terapia-logopedyczna/",
    "guide": "/krok-po-kroku/co-sie-dzieje/",
    "guide on a delicate question": "/krok-po-kroku/krzywda/",
    "end of the guide": "/krok-po-kroku/w-domu/1/",
    "places": "/mapa/",
    "did the search help": "/czy-pomoglo/?q=opiekunka",
    "did the page help": "/czy-pomoglo/uslugi-opiekuncze/",
    "search box for other sites": "/okienko/",
    "how to lend the search box": "/okienko/jak/",
    "contact": "/kontakt/",
    "emergency": "/w-naglej-sprawie/",
    "about the centre": "/o-centrum/",
    "easy words": "/latwy-tekst/",
    "sign language": "/jezyk-migowy/",
    "accessibility statement": "/dostepnosc/",
    "privacy": "/ochrona-danych/",
    "call me back": "/oddzwonimy/",
    "somebody may need help": "/zglos-potrzebe/",
    "my list": "/moja-lista/",
    "put it on my list": "/moja-lista/dodaj/uslugi-opiekuncze/",
    "news of a search": "/nowosci/?q=opiekunka",
    "look into your mailbox": "/nowosci/sprawdz-poczte/",
    "my case": "/moja-sprawa/",
    "answer to a question": "/zglos-potrzebe/odpowiedz/",
    "complaint": "/skargi/",
    "how was the help": "/ankieta/",
    "events for everybody": "/wydarzenia/",
    "for other municipalities": "/dla-gmin/",
    "look into your mailbox for a place": "/dla-gmin/zapis/sprawdz-poczte/",
    "thanks for an answer": "/ankieta/dziekujemy/",
    "where a complaint is": "/skargi/stan/",
    "no such page": "/nie-ma-takiej/",
}
POLISH_ONLY = {"open data": "/api/hsds/docs", "sign-in": "/logowanie/"}
BROKEN = ["400.html", "403.html", "403_csrf.html", "500.html", "503.html"]


# Public addresses that are no page, lead on to another one, or stand on the way of a request (below).
NO_PAGES = {
    *("brand_css", "robots", "health", "logout", "demo_mails", "style_guide", "calendar:feed"),
    *("exchange:event_calendar", "events:calendar"),
    *("practice_data:list", "practice_data:card", "practice_data:schema"),
    *(
        "services:sheet",
        "services:sitemap",
        "services:sitemap_part",
        "services:form",
        "services:guide",
        *("fhir:metadata", "fhir:code_system", "fhir:value_set", "fhir:tasks", "fhir:task", "fhir:service_request"),
        *("fhir:root", "fhir:nothing", "fhir:document_reference", "fhir:binary"),
        *("fhir:organizations", "fhir:organization"),
        "hsds:root",
        "hsds:record",
    ),
    *(
        "hsds:openapi",
        "residents:leave",
        "residents:request_receipt",
        "residents:request_forget",
        "residents:track_end",
    ),
    *("residents:service_let_go", "residents:services_let_go", "residents:services_into_account"),
}
ON_THE_WAY = {
    *("residents:request_new", "residents:request_step", "residents:request_check", "residents:request_done"),
    *("residents:request_status", "residents:draft_save", "residents:draft_saved", "residents:draft_open"),
    *("residents:complaint_done", "survey:answer"),
    *("residents:report_done", "residents:contact_correct", "residents:request_messages", "residents:place_answer"),
    "residents:consent_withdraw",
    *("residents:watched_search", "residents:search_unwatch"),
    *("events:event", "exchange:practice", "exchange:event", "exchange:sign_up", "exchange:place", "exchange:give_up"),
    "exchange:people",
}
IN_THE_STORY = {  # tests/test_residents_browser.py looks at these
    *("residents:question_answer", "residents:attachments_add", "residents:who_looked"),
    *("residents:request_withdraw", "residents:item_withdraw"),
}
IN_THE_ACCOUNT = {  # tests/test_residents_account_browser.py looks at these
    *("residents:my_matters", "residents:account_enter", "residents:account_link_sent", "residents:account_open"),
    *("residents:matter_join", "residents:matter_new", "residents:matter_open", "residents:matter_take_out"),
    *("residents:account_mails", "residents:account_leave_everywhere", "residents:account_delete"),
    *("residents:matter_open_filed", "residents:node_begin", "residents:node_return"),
    *("residents:node_receive", "residents:node_metadata"),
}
# tests/test_delivery_browser.py looks at these
DELIVERED = {"delivery:month", "delivery:objection", "delivery:give_place_up"}
# tests/test_referral_story_browser.py looks at these
BY_LINK_IN_A_MAIL = {
    *("delivery:referrals", "delivery:outcome", "delivery:give_up", "delivery:wait", "delivery:answer"),
    *("referral_link:open", "referral_link:ask", "referral_link:sent", "referral_link:referral"),
    *("referral_link:move", "referral_link:leave", "referral_link:document", "referral_link:sheet"),
}
# tests/test_signin_browser.py looks at these
SIGNING_IN = {
    *("account_login", "mfa_authenticate", "password_by_link", "forgotten_password"),
    *("sso_begin", "sso_return"),
}


@pytest.fixture
def catalogue(db):
    put_real_catalogue()


def start_of(language):
    return "" if language == settings.LANGUAGE_CODE else f"/{language}"


def pages_in(language):
    pages = {name: start_of(language) + path for name, path in PAGES.items()}
    return pages | (POLISH_ONLY if language == settings.LANGUAGE_CODE else {})


def wrong_with(page, language, *, wholly=False):
    """Axe is asked on a desktop or at 320 px, `wholly` or where the page has pieces nobody has looked over there."""
    size = page.viewport_size
    found = skeleton(page, language)
    for width in sorted(WIDTHS, key=lambda width: width != size["width"]):
        resize(page, {"width": width, "height": size["height"]})
        if language in FOR_AXE and width == AXE_AT[size["width"]] and (has_new_pieces(page) or wholly):
            found += violations(page)
        found += [f"{width}: scrolls sideways"] if scrolls_sideways(page) else []
        found += [f"{width}: small {target}" for target in small_targets(page)]
    resize(page, size)
    return found


def press_on(page):
    with page.expect_navigation():
        page.locator("main form .btn-brand").last.click()


def test_the_table_has_every_public_page():
    addresses = [address for address in (PAGES | POLISH_ONLY).values() if "nie-ma" not in address]
    seen = {resolve(urlsplit(address).path).view_name for address in addresses}
    elsewhere = ON_THE_WAY | IN_THE_STORY | IN_THE_ACCOUNT | DELIVERED | BY_LINK_IN_A_MAIL | SIGNING_IN
    assert seen == PUBLIC - NO_PAGES - elsewhere


@pytest.mark.parametrize("language", SIZES)
def test_every_public_page_is_accessible_fits_every_width_and_needs_no_script(open_page, catalogue, language):
    """In the first language a browser without JavaScript shows what one with it shows."""
    page = open_page(start_of(language) + "/kontakt/", size=SIZES[language])
    plain = open_page("/kontakt/", size=SIZES[language], javascript=False)
    found = {}
    for name, address in pages_in(language).items():
        page.goto(address)
        if language == settings.LANGUAGE_CODE:
            plain.goto(address)
            words = plain.inner_text("body")
            assert len(words) > 40, name
            assert words == page.inner_text("body"), f"{name} needs a script"
        found[name] = wrong_with(page, language, wholly=language == settings.LANGUAGE_CODE)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert [said for said in page.problems if "404" not in said] == []


@pytest.mark.parametrize("language", SIZES)
def test_asking_for_help_and_following_it_is_accessible(open_page, tomek, pcpr, language):
    make_notice()
    address = f"{start_of(language)}/zgloszenie/?usluga={make_service().slug}"
    page = open_page(address, size=SIZES[language])
    found = {}

    def look(name):
        found[name] = wrong_with(page, language)

    look("needs")
    press_on(page)
    look("what cannot wait")
    press_on(page)
    look("for whom")
    press_on(page)
    look("nobody chosen")
    page.check("[name=basis][value=self]", force=True)
    press_on(page)
    page.fill("[name=first_name]", "Krystyna")
    page.fill("[name=last_name]", "Wilga")
    look("you")
    press_on(page)
    page.check("[name=contact_by][value=phone]", force=True)
    page.fill("[name=phone]", "600 100 200")
    look("contact")
    press_on(page)
    look("check your answers")
    page.locator("main a[href*='/na-pozniej/']").click()
    look("finish another day")
    page.fill("[name=email]", "krystyna@demo.example")
    press_on(page)
    look("saved, not sent")
    page.goto(start_of(language) + "/zgloszenie/wroc/" + SavedDraft.objects.get().get_absolute_url().split("/wroc/")[1])
    look("the mailed link")
    press_on(page)
    press_on(page)
    look("done")
    page.locator("main .actions a.btn-brand").click()
    look("where it is")
    for part, name in (("kontakt", "correct the contact"), ("wiadomosci", "messages")):
        page.locator(f"main a[href*='/moja-sprawa/{part}/']").first.click()
        look(name)
        page.go_back()
    need, now = RequestItem.objects.get(), timezone.now()
    offer_place(waitlist_item(need, by=tomek, now=now), by=tomek, now=now)
    page.reload()
    page.locator("main a[href*='/moja-sprawa/miejsce/']").click()
    look("a place is free")
    Consent.objects.create(
        request=need.request,
        receiver=pcpr,
        data_scope="imię i nazwisko",
        purpose="help",
        form=Consent.Form.WRITTEN,
        given_on=timezone.localdate(now),
    )
    page.go_back()
    page.reload()
    page.locator("main a[href*='/moja-sprawa/zgoda/']").click()
    look("take a consent back")
    page.goto(start_of(language) + "/zglos-potrzebe/")
    page.check("[name=kind][value=question]", force=True)
    page.fill("[name=what_seen]", "?")
    press_on(page)
    look("reported")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert page.problems == []


def test_a_list_of_ones_own_and_news_of_a_search_are_accessible(open_page, catalogue):
    page, found = open_page("/moja-lista/dodaj/uslugi-opiekuncze/", size="phone"), {}
    press_on(page)
    found["my list"] = wrong_with(page, "pl")
    page.goto("/nowosci/?q=opiekunka")
    page.fill("[name=email]", "krystyna@demo.example")
    press_on(page)
    page.goto(WatchedSearch.objects.get().get_absolute_url())
    found["to confirm"] = wrong_with(page, "pl")
    press_on(page)
    found["watched"] = wrong_with(page, "pl")
    stop = WatchedSearch.objects.get().unsubscribe_path
    page.goto(stop)
    found["shall we stop"] = wrong_with(page, "pl")
    press_on(page)
    found["stopped"] = wrong_with(page, "pl")
    page.goto(stop)
    found["gone"] = wrong_with(page, "pl")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_signing_up_from_another_municipality_is_accessible(open_page):
    visit = make_exchange_event(on=timezone.localdate() + timedelta(days=30), sign_up_until=timezone.localdate())
    page, found = open_page(f"/uk{visit.get_absolute_url()}", size="phone"), {}

    def look(name):
        found[name] = wrong_with(page, "uk")

    look("event")
    page.locator("main a.btn-brand").click()
    press_on(page)
    look("form with errors")
    for name, text in said(name="Anna").items():
        page.fill(f"[name={name}]", str(text))
    press_on(page)
    page.goto("/uk" + ExchangeSignUp.objects.get().people_path)
    page.fill("[name=people]", "0")
    press_on(page)
    look("how many come, with an error")
    page.goto("/uk" + ExchangeSignUp.objects.get().get_absolute_url())
    look("to confirm")
    press_on(page)
    look("confirmed")
    page.goto("/uk" + make_practice(advice="Zacząć wcześniej.").get_absolute_url())
    look("good-practice card")
    page.goto("/uk" + make_open_event(on=visit.on).public_path)
    look("meeting")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("language", SIZES)
def test_pages_of_a_failure_are_accessible(open_page, rf, language):
    page = open_page(start_of(language) + "/kontakt/", size=SIZES[language])
    bodies = {f"/{template}": body_of(template, rf, language) for template in BROKEN}
    page.route(
        "**/*.html",
        lambda route: route.fulfill(content_type="text/html", body=bodies[urlsplit(route.request.url).path]),
    )
    found = {}
    for address in bodies:
        page.goto(address)
        found[address] = wrong_with(page, language)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def body_of(template, rf, language):
    request = rf.get("/")
    request.user = AnonymousUser()
    with translation.override(language):
        if template in ("500.html", "503.html"):
            return render_to_string(template, {"centre": settings.CENTRE})
        return render(request, template).content.decode()


def test_paper_shows_what_was_found_and_nothing_to_press(open_page, catalogue):
    page = open_page("/uslugi/?group=senior")
    page.emulate_media(media="print")
    said = page.inner_text("main")
    assert "Dla kogo: Senior" in said
    assert "✕" not in said
    assert not page.is_visible("#id_q")
    assert page.locator(".pages .visually-hidden").first.bounding_box()["width"] > 20, "which page this is"
    page.goto("/uslugi/?q=opiekunka")
    assert page.is_visible("#id_q")
    page.goto("/uslugi/terapia-logopedyczna/")
    assert not page.is_visible("text=Oddzwońcie do mnie")
    assert page.is_visible(".big-tel")
    website = page.locator(".panel a[href^='https://']").first
    assert website.evaluate("link => getComputedStyle(link, '::after').content") != "none"
