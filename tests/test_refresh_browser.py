"""The dashboard and its lists bring themselves up to date, and whoever looks at them keeps the place."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests import board_world as world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINUTE = 61_000
WHERE = "() => [Math.round(scrollY), document.activeElement.getAttribute('href')]"


@pytest.fixture
def late(tomek, pcpr, clinic):
    """Let two institutions be late with referrals; return how to make another one."""
    today = timezone.localdate()

    def one_more(receiver=pcpr):
        return world.referral(world.case(tomek), receiver, due=today - timedelta(days=3))

    for _number in range(6):
        one_more()
        one_more(clinic)
    return one_more


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_refresh_keeps_the_place(seat, late, size):
    """What is scrolled to, what is open and what has the focus stay when the numbers change around them.

    On a phone each part is a line with its sum until it is opened; on a wide screen no part has such a line.
    """
    desk = seat("tomek", size)
    desk.page.clock.install()
    desk.opens("/praca/")
    page = desk.page
    tile = page.locator("a.count[href='/praca/listy/live/'] b")
    assert tile.inner_text() == "12"
    folded = page.locator("details.part > summary:visible")
    assert folded.count() == (4 if size == "phone" else 0)
    if size == "phone":
        assert page.locator("table:visible").count() == 0
        assert page.evaluate("document.documentElement.scrollHeight") < 4000
        page.locator("summary", has_text=re.compile("^Instytucje")).first.click()
        page.locator("summary", has_text="Instytucje według stanu").press("Enter")
        assert page.locator("summary", has_text="Instytucje według stanu").inner_text().split()[-1] == "12"
    page.get_by_text("Te same liczby w tabeli").click()
    link = page.locator("table.board a[href*='institution=']").last
    link.scroll_into_view_if_needed()
    link.focus()
    before = page.evaluate(WHERE)
    assert before[0] > 0
    assert "institution=" in before[1]
    late()
    page.clock.fast_forward(MINUTE)
    tile.get_by_text("13", exact=True).wait_for()
    assert page.evaluate(WHERE) == before
    assert page.locator("figure.chart details").get_attribute("open") is not None
    assert page.locator("details.part[open]").count() == (2 if size == "phone" else 0)
    desk.look()


def test_a_list_refreshes_too_and_leaves_alone_what_is_typed_and_marked(seat, late):
    desk = seat("tomek")
    desk.page.clock.install()
    desk.opens("/praca/listy/live/")
    page = desk.page
    page.get_by_text("Zapisz tę listę jako plik").click()
    page.locator("[name=reason]").fill("odprawa zespołu")
    asked = []
    page.on("request", lambda request: asked.extend(request.headers.get("x-refresh", "")))
    late()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('main'))")
    page.clock.fast_forward(MINUTE)
    assert page.locator("[data-refresh] tbody tr").count() == 12
    assert asked == []
    page.evaluate("getSelection().removeAllRanges()")
    page.clock.fast_forward(MINUTE)
    page.locator("[data-refresh] tbody tr").nth(12).wait_for()
    assert asked == ["1"]
    assert page.locator("[name=reason]").input_value() == "odprawa zespołu"
