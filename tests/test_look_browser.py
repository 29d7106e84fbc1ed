"""The look in a real browser: no accessibility violation, no sideways scroll, nothing stopped by the CSP."""

import pytest
from django.urls import reverse

from tests.pages import has_new_pieces, scrolls_sideways, small_targets, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = [320, 390, 640, 1280]  # 640: a desktop at 200 % zoom
PAGES = {
    "style guide": "/demo/styl/",
    "sign-in": "/logowanie/",
    "contact": "/kontakt/",
    "mails": "/demo/poczta/",
}


@pytest.fixture
def open_at(browser, live_server, settings):
    """Return a function that opens a path in a window of that width; page.said holds the console's complaints."""
    settings.DEMO = True
    contexts = []

    def open_(path, width=390, user_cookies=()):
        context = browser.new_context(viewport={"width": width, "height": 900}, base_url=live_server.url)
        context.add_cookies([cookie | {"url": live_server.url} for cookie in user_cookies])
        contexts.append(context)
        page = context.new_page()
        page.said = []
        page.on("console", lambda said: page.said.append(said.text) if said.type == "error" else None)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()


def complaints(page):
    """Return what is wrong with the page at any width; what axe finds in new pieces is asked at the two ends."""
    found = [text for text in page.said if "404" not in text]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if scrolls_sideways(page):
            found.append(f"{width}: scrolls sideways")
        found += [f"{width}: small {target}" for target in small_targets(page)]
        if width in (WIDTHS[0], WIDTHS[-1]) and has_new_pieces(page):
            found += [f"{width}: {violation}" for violation in violations(page)]
    return found


def test_every_common_page_is_accessible_and_fits_every_width(open_at):
    found = {name: complaints(open_at(path)) for name, path in PAGES.items()}
    assert found == {name: [] for name in PAGES}


def test_the_typeface_is_ours_also_for_polish_and_ukrainian_letters(open_at):
    page = open_at("/demo/styl/")
    loaded = page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].filter(face => face.status == 'loaded').length)"
    )
    assert loaded >= 6


def test_the_first_tab_leads_past_the_menus(open_at):
    page = open_at("/kontakt/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_ring_of_focus_is_black_on_yellow(open_at):
    page = open_at("/kontakt/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    ring = page.evaluate("(style => [style.outlineColor, style.boxShadow])(getComputedStyle(document.activeElement))")
    assert ring[0] == "rgb(27, 35, 40)"
    assert "rgb(255, 213, 74)" in ring[1]


def test_a_wrong_form_takes_the_focus_to_its_summary(open_at):
    page = open_at("/logowanie/")
    page.fill("[name=username]", "nikt@demo.example")
    page.fill("[name=password]", "nie-to-haslo")
    page.click("main button[type=submit]")
    assert page.evaluate("document.activeElement.id") == "error-summary"
    assert page.input_value("[name=username]") == "nikt@demo.example"
    assert violations(page) == []


def test_a_link_of_the_summary_leads_to_its_field(open_at):
    page = open_at("/demo/styl/")
    page.click('.error-summary a[href="#wrong_name"]')
    assert page.evaluate("document.activeElement.id") == "wrong_name"


def test_a_whole_line_of_a_choice_can_be_tapped(open_at):
    page = open_at("/demo/styl/")
    line = page.locator(".choice", has=page.locator("#id_contact_1"))
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    assert page.is_checked("#id_contact_1")


def test_paper_shows_the_content_and_no_menus(open_at):
    page = open_at("/dostepnosc/")
    page.emulate_media(media="print")
    assert page.is_visible("h1")
    assert not page.is_visible(".mainnav")
    assert not page.is_visible(".emergency")


def test_staff_pages_are_of_the_same_house(open_at, sign_in, root, pcpr):
    cookies = [{"name": "sessionid", "value": sign_in(root).cookies["sessionid"].value}]
    institution = reverse("admin:accounts_institution_change", args=[pcpr.pk])
    for path in ("/admin/", "/admin/accounts/institution/", institution, "/konto/haslo/"):
        for width in (390, 1280):
            page = open_at(path, width, user_cookies=cookies)
            assert page.said == []
            assert "Atkinson Hyperlegible" in page.evaluate("getComputedStyle(document.body).fontFamily")
            assert not scrolls_sideways(page)
            assert violations(page) == []


def test_an_object_in_the_admin_is_headed_by_its_name_and_ends_with_its_history(open_at, sign_in, root, pcpr):
    cookies = [{"name": "sessionid", "value": sign_in(root).cookies["sessionid"].value}]
    page = open_at(reverse("admin:accounts_institution_change", args=[pcpr.pk]), user_cookies=cookies)
    assert page.inner_text("h1") == str(pcpr)
    assert page.is_visible("#history-title")
