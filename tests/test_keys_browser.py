"""Single keys as shortcuts for staff: none until they are turned on, none while one types, and off again at will."""

import pytest

from tests import board_world as world
from tests.pages import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST, REFERRALS = "/praca/listy/live/", "/admin/coordination/referral/"


def test_keys_walk_the_lists_of_whoever_turned_them_on(seat, tomek, pcpr):
    rows = [world.referral(world.case(tomek), pcpr) for _number in range(2)]
    desk = seat("tomek")
    page, key = desk.page, desk.page.keyboard.press
    focused = lambda: page.evaluate("document.activeElement.innerText")  # noqa: E731
    desk.opens(LIST)
    shown = page.locator("table.board tbody th a").all_inner_texts()
    assert sorted(shown) == sorted(row.number for row in rows)
    for one in "j?/ho":
        key(one)
    assert page.url.endswith(LIST)
    assert focused() not in shown
    keys = page.locator("dialog[open]")
    assert not keys.count()

    page.get_by_role("button", name="Skróty", exact=True).click()
    desk.complain(*violations(page))
    keys.get_by_role("checkbox").check()
    key("j")
    keys.get_by_role("button").click()
    walked = []
    for one in "jjjk":
        key(one)
        walked.append(focused())
    assert walked == [shown[0], shown[1], shown[1], shown[0]]
    key("Control+j")
    assert focused() == shown[0]
    key("/")
    assert page.locator("details.filters[open]").count()
    assert page.evaluate("document.activeElement.closest('details.filters') !== null")
    page.locator("table.board tbody th a").first.focus()
    with page.expect_navigation():
        key("o")
    assert page.url.endswith(next(row for row in rows if row.number == shown[0]).get_absolute_url())
    with page.expect_navigation():
        key("h")
    assert page.url.endswith("/praca/")

    desk.opens(REFERRALS)
    key("/")
    page.keyboard.type("j?xh")
    assert page.locator("#searchbar").input_value() == "j?xh"
    assert not keys.count()
    page.locator("#searchbar").blur()
    key("j")
    key("x")
    assert page.locator("#result_list input[name=row]:checked").count() == 1
    key("j")
    key("?")
    desk.complain(*violations(page))
    keys.get_by_role("checkbox").uncheck()
    key("Escape")
    key("?")
    assert not keys.count()
