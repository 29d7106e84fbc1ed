"""Lists that grow: walked by sealed marks, on and back, in any order; counted up to a limit."""

import base64
import re
from datetime import date, timedelta
from urllib.parse import parse_qs

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce, Length, Lower
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from coordination.columns import TABLES, table_of
from coordination.worklists import WORKLISTS
from cus_portal import paging
from cus_portal.accounts.models import Institution, Membership, User
from cus_portal.admin import PortalModelAdmin, sealed
from cus_portal.crypto import encrypt
from cus_portal.notifications.models import Message
from cus_portal.paging import MARK, capped_count, page_of, slice_of
from tests import board_world as world
from tests import personas
from tests.factories import NOW, TODAY, make_resident
from tests.pages import violations
from tests.signing import sign_in_as

MESSAGES = reverse("admin:notifications_message_changelist")
USERS = reverse("admin:accounts_user_changelist")
RESIDENTS = reverse("admin:residents_resident_changelist")
ORDERS = {
    "key": ["-id"],
    "ties": ["template"],
    "ties, descending": ["-template"],
    "one up, one down": ["template", "-recipient_id"],
    "nulls last": ["about_id"],
    "nulls first": ["-about_id"],
    "nulls first, ascending": [F("sent_at").asc(nulls_first=True), "-about_id"],
    "nulls last, descending": [F("sent_at").desc(nulls_last=True), "template"],
    "three columns": ["-template", "sent_at", F("about_id").asc(nulls_first=True)],
    "annotated": ["-length", "sent_at"],
    "an expression": [Lower("template").desc(), Coalesce("about_id", 5).asc()],
    "a bare column": [F("template"), "recipient_id"],
}


def write_messages(facts):
    """Write one message for each (template, recipient, about, days since it was sent)."""
    return Message.objects.bulk_create(
        Message(
            dedupe_key=f"paging:{number}",
            template=template,
            recipient_type="accounts.user",
            recipient_id=recipient,
            about_id=about,
            sent_at=days and NOW - timedelta(days=days, microseconds=days),
        )
        for number, (template, recipient, about, days) in enumerate(facts)
    )


def walk(rows, way, mark="", *, per_page):
    """Return the pages that one comes to by the links of one way, as lists of keys, and the last of them."""
    pages = []
    while True:
        part = slice_of(rows, mark, per_page=per_page)
        pages.append([row.pk for row in part.rows])
        mark = getattr(part, way)
        if not mark:
            return pages, part
        assert len(pages) <= 100


def in_order(rows, order):
    """Return the keys as PostgreSQL sorts them; rows that tie stand as the last column does."""
    last = order[-1]
    falls = last.startswith("-") if isinstance(last, str) else getattr(last, "descending", False)
    return [row.pk for row in rows.order_by(*order, "-pk" if falls else "pk")]


# -- the walk -------------------------------------------------------------------------------------
few = st.tuples(
    st.sampled_from(["a", "B", "bb"]),
    st.integers(1, 3),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 3),
)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_a_walk_comes_to_each_row_once_and_back_by_the_same_pages(db, order):
    @examples(max_examples=20)
    @given(facts=st.lists(few, max_size=14), per_page=st.integers(1, 5))
    def check(facts, per_page):
        Message.objects.all().delete()
        write_messages(facts)
        rows = Message.objects.annotate(length=Length("template")).order_by(*order)
        pages, last = walk(rows, "following", per_page=per_page)
        assert [pk for page in pages for pk in page] == in_order(rows, order)
        assert all(len(page) == per_page for page in pages[:-1])
        if last.previous:
            back, _first = walk(rows, "previous", last.previous, per_page=per_page)
            assert [*reversed(back), pages[-1]] == pages

    check()


@pytest.mark.parametrize("order", [["user"], ["-user", "institution"], ["institution", "-valid_to"]], ids=str)
def test_a_relation_is_walked_in_the_order_of_what_it_leads_to(order, danuta, tomek, ewa, bartek, kasia, ola):
    Membership.objects.filter(user=ewa).update(valid_to=date(2030, 1, 1))
    rows = Membership.objects.order_by(*order)
    pages, _last = walk(rows, "following", per_page=2)
    assert [pk for page in pages for pk in page] == in_order(rows, order)
    assert len(pages) > 2


@pytest.mark.parametrize("by", ["template", "-template", "-sent_at"])
def test_rows_written_meanwhile_neither_repeat_nor_hide_the_others(db, by):
    old = write_messages([("b", 1, None, None), ("b", 1, None, 2)] * 5)
    rows = Message.objects.order_by(by)
    part = slice_of(rows, "", per_page=3)
    seen = [row.pk for row in part.rows]
    while part.following:
        for template, sent in (("a", None), ("b", NOW), ("c", NOW - timedelta(days=9))):
            Message.objects.create(
                dedupe_key=f"new:{template}:{len(seen)}",
                template=template,
                recipient_type="accounts.user",
                recipient_id=1,
                sent_at=sent,
            )
        part = slice_of(rows, part.following, per_page=3)
        seen += [row.pk for row in part.rows]
    assert len(seen) == len(set(seen))
    assert {row.pk for row in old} <= set(seen)


def test_a_mark_holds_its_place_when_its_row_has_gone(db):
    rows = write_messages([("a", 1, None, None)] * 7)
    listed = Message.objects.order_by("id")
    first = slice_of(listed, "", per_page=3)
    rows[2].delete()
    assert [row.pk for row in slice_of(listed, first.following, per_page=3).rows] == [row.pk for row in rows[3:6]]


def test_when_all_behind_a_mark_has_gone_the_end_is_shown(db):
    rows = write_messages([("a", 1, None, None)] * 7)
    listed = Message.objects.order_by("id")
    mark = slice_of(listed, slice_of(listed, "", per_page=3).following, per_page=3).following
    Message.objects.filter(pk=rows[6].pk).delete()
    part = slice_of(listed, mark, per_page=3)
    assert [row.pk for row in part.rows] == [row.pk for row in rows[3:6]]
    assert part.previous
    assert not part.following
    Message.objects.all().delete()
    assert slice_of(listed, mark, per_page=3) == paging.Slice(rows=[])


def test_the_way_back_to_a_start_that_grew_shows_the_start(db):
    write_messages([("b", 1, None, None)] * 6)
    listed = Message.objects.order_by("template")
    second = slice_of(listed, slice_of(listed, "", per_page=3).following, per_page=3)
    Message.objects.create(dedupe_key="x", template="a", recipient_type="accounts.user", recipient_id=1)
    middle = slice_of(listed, second.previous, per_page=3)
    assert [row.template for row in middle.rows] == ["b", "b", "b"]
    start = slice_of(listed, middle.previous, per_page=3)
    assert [row.template for row in start.rows] == ["a", "b", "b"]
    assert not start.previous


# -- marks ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "mark",
    ["", None, "~", "2", "2026-01-01~1", "ąę", "x" * 5000, "AAAA", base64.b64encode(b'["after", 1]' * 3).decode()],
)
def test_a_mark_that_is_none_gives_the_start(db, mark):
    rows = write_messages([("a", 1, None, None)] * 3)
    part = slice_of(Message.objects.order_by("id"), mark, per_page=2)
    assert [row.pk for row in part.rows] == [row.pk for row in rows[:2]]
    assert not part.previous


def test_a_mark_of_another_list_order_or_purpose_gives_the_start(db, ola, tomek, danuta):
    rows = write_messages([("a", 1, None, None)] * 3)
    by_key = slice_of(Message.objects.order_by("id"), "", per_page=2).following
    others = [
        slice_of(User.objects.order_by("id"), "", per_page=2).following,
        slice_of(Message.objects.order_by("-id"), "", per_page=2).following,
        slice_of(Message.objects.order_by("template"), "", per_page=2).following,
        encrypt('["after", 1]', purpose="residents.resident.pesel"),
        sealed('["after", 1]'),
        by_key[:-4] + ("AAA=" if by_key[-4:] != "AAA=" else "BBB="),
    ]
    assert all(others)
    for mark in others:
        assert [row.pk for row in slice_of(Message.objects.order_by("id"), mark, per_page=2).rows] == [
            rows[0].pk,
            rows[1].pk,
        ]


def test_a_mark_tells_nothing_of_the_row_it_was_made_from(sign_in, ola):
    for number in range(51):
        make_resident(last_name="Zażółcka", first_name=f"Nr {number:02}")
    page = sign_in(ola).get(RESIDENTS, {"q": sealed("Zażółcka")})
    mark = page.context["cl"].part.following
    assert len(page.context["cl"].result_list) == 50
    last = page.context["cl"].result_list[-1]
    assert all(word.encode() not in base64.b64decode(mark) for word in ("Za", "Nr", last.name_sort, last.search_name))
    assert mark != sign_in(ola).get(RESIDENTS, {"q": sealed("Zażółcka")}).context["cl"].part.following


def test_a_mark_opens_only_what_its_reader_may_see(sign_in, tomek, kasia, danuta, pcpr):
    mine = [world.referral(world.case(tomek), pcpr) for _number in range(2)]
    for _number in range(51):
        world.referral(world.case(kasia), pcpr)
    url = "/praca/listy/live/"
    whole = sign_in(danuta).get(url)
    assert len(whole.context["rows"]) == 50
    page = sign_in(tomek).get(url, {MARK: whole.context["part"].following})
    assert {row[0][1].value for row in page.context["rows"]} == {row.number for row in mine}


# -- what it costs ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("order", "most"), [(["-id"], 1), (["template"], 3), (["about_id", "-template"], 5)])
def test_a_page_costs_no_more_queries_the_deeper_it_lies(db, order, most):
    write_messages([("a" if number < 20 else "b", 1, number % 3 or None, None) for number in range(40)])
    rows, mark, costs = Message.objects.order_by(*order), "", []
    while mark or not costs:
        with CaptureQueriesContext(connection) as captured:
            mark = slice_of(rows, mark, per_page=4).following
        costs.append(len(captured))
        assert "OFFSET" not in str(captured.captured_queries)
    assert len(costs) == 10
    assert costs[0] == 1
    assert max(costs) <= most


def test_what_a_page_shows_is_joined_only_to_the_rows_found_behind_a_place(danuta, tomek, pcpr):
    for _number in range(9):
        world.referral(world.case(tomek), pcpr)
    rows = TABLES["referral"].joined(WORKLISTS["live"].rows(danuta, TODAY))
    mark = slice_of(rows, "", per_page=4).following
    with CaptureQueriesContext(connection) as captured:
        part = slice_of(rows, mark, per_page=4)
    assert part.rows == list(rows[4:8])
    *searched, shown = ["accounts_institution" in query["sql"] for query in captured.captured_queries]
    assert shown
    assert searched
    assert not any(searched)


def test_counting_stops_at_the_limit(db, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 3)
    write_messages([("a", 1, None, None)] * 3)
    assert capped_count(Message.objects.order_by("template")) == 3
    write = Message(dedupe_key="x", template="a", recipient_type="accounts.user", recipient_id=1)
    write.save()
    assert capped_count(Message.objects.all()) == 4


@pytest.mark.parametrize(
    ("name", "model", "query"),
    [
        ("danuta", "residents.servicerequest", {}),
        ("danuta", "residents.servicerequest", {"state": "all"}),
        ("danuta", "residents.servicerequest", {"state": "settled"}),
        ("danuta", "residents.requestitem", {}),
        ("danuta", "residents.requestitem", {"state": "informed"}),
        ("danuta", "residents.case", {}),
        ("danuta", "residents.case", {"state": "all"}),
        ("tomek", "residents.case", {"state": "all"}),
        ("ola", "residents.resident", {"q": "wilga"}),
        ("danuta", "coordination.plan", {"state": "approved"}),
        ("danuta", "coordination.referral", {"state": "sent"}),
        ("iwona", "audit.auditevent", {}),
        ("iwona", "audit.auditevent", {"act": "files"}),
        ("iwona", "audit.auditevent", {"thing": "residents.case"}),
        ("danuta", "notifications.message", {}),
        ("iwona", "accounts.user", {}),
    ],
)
def test_an_index_gives_the_order_of_a_list(rf, db, name, model, query):
    make_resident(last_name="Wilga")  # a search for nobody asks nothing
    request = rf.get("/", query)
    request.user = personas.person(name)
    rows = admin.site._registry[apps.get_model(model)].get_changelist_instance(request).queryset
    assert sorts(rows) == []


@pytest.mark.parametrize("name", ["live", "overdue", "requests-overdue"])
def test_an_index_gives_the_order_of_a_worklist(danuta, name):
    chosen = WORKLISTS[name]
    assert sorts(table_of(chosen).joined(chosen.rows(danuta, TODAY))) == []


def sorts(rows):
    """Return what PostgreSQL would have to sort, were sorting the last thing to do."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        sql, values = rows[:50].query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", values)
        return [line for (line,) in cursor.fetchall() if "Sort" in line]


# -- lists of the admin -------------------------------------------------------------------------------
def listed(response):
    return [row.pk for row in response.context["cl"].result_list]


def links(response):
    """Return the pager's links as {rel: query}."""
    pager = response.content.decode().partition('<nav class="pages"')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]+)"(?: rel="(\w+)")?>', pager)
    return {rel or "start": href.replace("&amp;", "&") for href, rel in found}


@pytest.fixture
def short_pages(monkeypatch):
    monkeypatch.setattr(PortalModelAdmin, "list_per_page", 4)


def test_a_row_beyond_the_count_is_reached_by_paging(sign_in, danuta, monkeypatch, short_pages):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 5)
    rows = write_messages([("a", 1, None, None)] * 18)
    client = sign_in(danuta)
    page, seen = client.get(MESSAGES), []
    assert "więcej niż 5 pozycji" in page.content.decode()
    while "next" in links(page):
        seen.append(listed(page))
        page = client.get(MESSAGES + links(page)["next"])
    assert sum(seen, []) + listed(page) == [row.pk for row in reversed(rows)]
    while "prev" in links(page):
        page = client.get(MESSAGES + links(page)["prev"])
        assert listed(page) == seen.pop()
    assert not seen
    assert "start" not in links(page)


@pytest.mark.parametrize("column", ["1", "-1", "2", "3", "-3", "2.-3"])
def test_a_sorted_and_filtered_list_of_accounts_keeps_both_on_its_way(sign_in, iwona, short_pages, column):
    for number in range(11):
        User.objects.create_user(
            f"u{number % 4}{number}@demo.example",
            first_name="U",
            last_name=f"{number % 3}",
            last_login=None if number % 2 else NOW - timedelta(days=number // 3),
            is_active=number != 5,
        )
    client = sign_in(iwona)
    page, pages = client.get(USERS, {"o": column, "is_active__exact": "1"}), []
    while True:
        pages.append(listed(page))
        if "next" not in links(page):
            break
        assert f"o={column}" in links(page)["next"]
        assert "is_active__exact=1" in links(page)["next"]
        page = client.get(USERS + links(page)["next"])
    whole = sum(pages, [])
    assert sorted(whole) == sorted(User.objects.filter(is_active=True).values_list("pk", flat=True))
    assert len(pages) > 2
    back = client.get(USERS + links(page)["prev"])
    assert listed(back) == pages[-2]
    assert listed(client.get(USERS + links(back)["start"])) == pages[0]


def test_whoever_saves_an_account_comes_back_to_its_page_of_the_list(sign_in, root, short_pages):
    for number in range(9):
        User.objects.create_user(f"u{number}@demo.example", first_name="U", last_name=f"Z{number}")
    client = sign_in(root)
    place = links(client.get(USERS, {"o": "1"}))["next"]
    page = client.get(USERS + place)
    href = re.search(r'<th class="field-get_full_name"><a href="([^"]+)"', page.content.decode())[1]
    change = client.get(href.replace("&amp;", "&"))
    fields = change.context["adminform"].form.initial
    answers = {name: fields.get(name) or "" for name in ("email", "first_name", "last_name", "phone")}
    saved = client.post(href.replace("&amp;", "&"), {**answers, "first_name": "Inna", "is_active": "on"})
    assert saved.status_code == 302, change.context["adminform"].form.errors
    assert saved.url.partition("?")[0] == USERS
    assert parse_qs(saved.url.partition("?")[2]) == parse_qs(place[1:])
    assert listed(client.get(saved.url)) == listed(page)


def test_a_big_list_is_sorted_by_its_own_order_only(sign_in, danuta):
    write_messages([("b", 1, None, None), ("a", 1, None, None)])
    assert listed(sign_in(danuta).get(MESSAGES, {"o": "1"})) == listed(sign_in(danuta).get(MESSAGES))


def test_words_sealed_in_the_address_stay_on_the_way(sign_in, ola, short_pages):
    people = [make_resident(last_name="Wilga", first_name=f"A{number}") for number in range(6)]
    make_resident(last_name="Inna")
    client = sign_in(ola)
    first = client.get(RESIDENTS, {"q": sealed("wilga")})
    second = client.get(RESIDENTS + links(first)["next"])
    assert listed(first) + listed(second) == [person.pk for person in people]
    assert second.context["cl"].search_words == "wilga"


@pytest.mark.parametrize("mark", ["2", "-1", "x", "9" * 5000, "AAAA", "\x00"])
@pytest.mark.parametrize("url", [MESSAGES, "/praca/listy/live/", "/praca/raporty/"])
def test_a_forged_mark_shows_the_start(sign_in, danuta, url, mark):
    assert sign_in(danuta).get(url, {MARK: mark}).status_code == 200


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_director_walks_the_outbox_on_and_back(client, open_page, short_pages, size):
    danuta = personas.person("danuta")
    rows = [str(row.recipient_id) for row in reversed(write_messages([("a", n, None, None) for n in range(1, 11)]))]
    sign_in_as(client, danuta)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key}
    page = open_page(MESSAGES, size=size, cookies=[cookie])

    def shown():
        return [text.split()[-1] for text in page.locator("td.field-recipient").all_inner_texts()]

    assert shown() == rows[:4]
    page.click("text=Następna strona")
    assert shown() == rows[4:8]
    page.click("text=Następna strona")
    assert shown() == rows[8:]
    assert page.locator("text=Następna strona").count() == 0
    assert violations(page) == []
    page.click("text=Poprzednia strona")
    assert shown() == rows[4:8]
    page.click("text=Na początek")
    assert shown() == rows[:4]
    assert page.problems == []


# -- numbered pages -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "given"), [("1", 1), ("3", 3), ("999999999", 3), ("0", 1), ("-1", 1), ("x", 1), (None, 1)]
)
def test_any_page_number_gives_a_page(db, asked, given):
    for number in range(5):
        Institution.objects.create(code=f"i{number}", name=str(number), short_name=str(number), kind="other")
    assert page_of(Institution.objects.all(), asked, per_page=2).number == given
