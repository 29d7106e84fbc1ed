"""The office's list of all referrals: narrowed to an institution, an area, a kind and when they were sent."""

import io
import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.urls import reverse
from openpyxl import load_workbook

from coordination.models import Referral
from cus_portal.audit.models import AuditEvent
from cus_portal.paging import slice_of
from tests import personas
from tests.coordination_world import make_referral
from tests.desk import words
from tests.factories import NOW, TODAY, make_area

ROOM = reverse("admin:coordination_referral_changelist")
S = Referral.Status
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def area():
    return make_area()


@pytest.fixture
def ended(case, pcpr, area):
    """A referral of the year before that has ended."""
    sent = NOW - timedelta(days=365)
    referral = make_referral(case, pcpr, status=S.WITHDRAWN)
    Referral.objects.filter(pk=referral.pk).update(area=area, sent_at=sent)
    referral.refresh_from_db()
    return referral


def listed(client, **query):
    shown = client.get(ROOM, query).context["cl"]
    assert shown.result_count == len(shown.result_list)
    return set(shown.result_list)


def test_ended_referrals_of_one_institution_area_kind_and_year_are_listed(
    case, ended, clinic, pcpr, area, danuta, sign_in
):
    new, there = make_referral(case, pcpr, kind="handover"), make_referral(case, clinic)
    client = sign_in(danuta)
    assert listed(client) == {ended, new, there}
    assert listed(client, institution=pcpr.pk) == {ended, new}
    assert listed(client, institution=pcpr.pk, state="withdrawn") == {ended}
    assert listed(client, institution=pcpr.pk, state="open") == {new}
    assert listed(client, area=area.pk) == {ended}
    assert listed(client, area="none") == {new, there}
    assert listed(client, kind="handover") == {new}
    assert listed(client, year=TODAY.year - 1) == {ended}
    assert listed(client, year=TODAY.year, institution=clinic.pk) == {there}
    assert listed(client, sent_from=TODAY) == {new, there}
    assert listed(client, sent_to=TODAY - timedelta(days=365), sent_from=TODAY - timedelta(days=365)) == {ended}
    assert listed(client, sent_to="9999-12-31", institution="x") == {ended, new, there}  # what is none narrows nothing


def test_an_institution_and_days_are_typed_as_people_write_them(clinic, pcpr, danuta, sign_in):
    client = sign_in(danuta)
    name = clinic.name[2:-2].upper()
    typed = {"typed_institution": name, "typed_sent_from": "12.11.2025", "typed_sent_to": "", "state": "open"}
    assert client.get(ROOM, typed).url == f"{ROOM}?state=open&institution={clinic.pk}&sent_from=2025-11-12"
    assert clinic.name in words(client.get(ROOM, {"institution": clinic.pk}))
    assert client.get(ROOM, {"typed_institution": pcpr.code}).url == f"{ROOM}?institution={pcpr.pk}"
    several = client.get(ROOM, {"typed_institution": "e", "typed_sent_to": "jutro", "kind": "handover"}, follow=True)
    assert several.redirect_chain == [(f"{ROOM}?kind=handover", 302)]
    assert f"{clinic.name} ({clinic.code})" in words(several)
    assert "Nie ma takiego dnia" in words(several)
    assert "Żadna instytucja" in words(client.get(ROOM, {"typed_institution": "zzz"}, follow=True))


def test_no_filter_tells_of_a_protected_referral(case, pcpr, clinic, tomek, danuta, area, sign_in):
    seen = make_referral(case, pcpr)

    def told(client):
        pages = (client.get(ROOM, query) for query in ({}, {"institution": clinic.pk}, {"area": area.pk}))
        return [re.sub(r"nonce=\S+|value=\S+", "", page.content.decode()) for page in pages]

    before = told(sign_in(danuta))
    hidden = make_referral(case, clinic, confidentiality="protected", area=area)
    assert told(sign_in(danuta)) == before
    assert listed(sign_in(danuta)) == {seen}
    assert listed(sign_in(tomek), institution=clinic.pk, area=area.pk, year=TODAY.year) == {hidden}


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ({"institution": 1}, ["receiver"]),
        ({"area": 1}, ["area"]),
        ({"area": 1, "state": "rejected"}, ["area", "status"]),
        ({"kind": "handover"}, ["kind"]),
        ({"institution": 1, "year": 2025}, ["receiver"]),
        ({"year": 2025}, []),
    ],
)
def test_a_page_walks_an_index_however_it_is_narrowed(
    case, pcpr, area, danuta, query, columns, django_assert_num_queries
):
    """Of empty tables the plan tells only that the order can be walked; that an index narrows too, the model tells."""
    query = query | ({"institution": pcpr.pk} if "institution" in query else {})
    query = query | ({"area": area.pk} if "area" in query else {})
    request = RequestFactory().get("/", query)
    request.user = danuta
    rows = admin.site._registry[Referral].get_changelist_instance(request).queryset
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    with django_assert_num_queries(1) as asked:
        slice_of(rows, "", per_page=50)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + asked.captured_queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Sort" not in plan
    assert [*columns, "-sent_at", "-id"] in [index.fields for index in Referral._meta.indexes if not index.condition]


@pytest.mark.parametrize("rows", [1, 12])
def test_a_narrowed_list_costs_the_same_for_one_and_for_twelve(
    rows, case, tomek, pcpr, sign_in, django_assert_num_queries
):
    for _number in range(rows):
        make_referral(case, pcpr)
    client = sign_in(tomek)
    with django_assert_num_queries(9):
        client.get(ROOM, {"institution": pcpr.pk, "year": TODAY.year})


def test_the_list_leaves_as_a_file_that_says_what_it_was_narrowed_to_and_holds_nothing_protected(
    case, ended, pcpr, tomek, sign_in
):
    seen = make_referral(case, pcpr)
    hidden = make_referral(case, pcpr, confidentiality="protected")
    client = sign_in(tomek)
    query = f"?institution={pcpr.pk}&year={TODAY.year}&sent_from=2026-01-01"
    assert listed(client, institution=pcpr.pk, year=TODAY.year) == {seen, hidden}
    assert f"{ROOM}export/{query}".replace("&", "&amp;") in client.get(ROOM + query).content.decode()
    answer = client.post(f"{ROOM}export/{query}", {"reason": "przegląd roku", "file_format": "csv"})
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in lines[1:]] == [seen.number]
    assert f";{TODAY:%d.%m.%Y};" in lines[1]
    assert "<" not in lines[1]
    book = client.post(f"{ROOM}export/{query}", {"reason": "przegląd roku", "file_format": "xlsx"})
    notes = [row[0].value for row in load_workbook(io.BytesIO(book.content)).active.iter_rows(max_row=4)]
    assert notes[1:] == [f"Instytucja: {pcpr.name}", "Wysłano w roku: 2026", "Wysłano od dnia: 1 stycznia 2026"]
    event = AuditEvent.objects.filter(action=AuditEvent.EXPORT).latest("pk")
    assert (event.reason, event.facts["rows"]) == ("przegląd roku", 1)


# -- the page of an institution ----------------------------------------------------------------------
@pytest.mark.parametrize(("name", "number"), [("tomek", 3), ("danuta", 2), ("beata", 2)])
def test_the_number_of_open_referrals_leads_to_the_list_that_equals_it(
    name, number, case, ended, clinic, pcpr, tomek, sign_in
):
    for fields in ({}, {"status": S.DRAFT}, {"confidentiality": "protected"}):
        make_referral(case, pcpr, **fields)
    make_referral(case, clinic)
    client = sign_in(personas.person(name))
    page = client.get(reverse("admin:accounts_institution_change", args=[pcpr.pk])).content.decode()
    address, told = re.search(rf'<a href="({ROOM}\?[^"]+)">(\d+)</a>', page).groups()
    assert int(told) == number
    assert client.get(address.replace("&amp;", "&")).context["cl"].result_count == number
