"""The dashboard, the needs with no partner and the resources as files: the tables of the page, no more and no less."""

import html
import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pypdf import PdfReader

from coordination.figures import count_answers
from coordination.models import AnswerSpeed
from cus_portal.audit.models import AuditEvent
from tests import board_world as world
from tests.community_world import make_community_organiser
from tests.delivery_world import done, make_provision, plan
from tests.factories import NOW, TODAY

DASHBOARD, GAPS, RESOURCES = "/praca/", "/praca/braki/", "/praca/zasoby/"
ROWS_OF_A_LIST = "Po terminie"  # leave from the list itself, without those that are protected
TITLES = {"Listopad 2026": "Co zrobili realizatorzy: Listopad 2026"}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def busy(tomek, kasia, pcpr, clinic):
    type(pcpr).objects.filter(pk=pcpr.pk).update(short_name="=PCPR()")
    world.every_state(tomek, [pcpr, clinic])
    world.every_state(kasia, [clinic, pcpr])
    world.referral(world.case(kasia), pcpr, area=None, due=TODAY - timedelta(days=40))
    count_answers(on=TODAY)
    AnswerSpeed.objects.filter(institution=pcpr).update(reasons={"no_place": 7, "other": 9})
    world.unmet_needs()
    world.queues(tomek)
    provision = make_provision()
    plan(provision)
    done(provision.records.order_by("starts_at").first(), by=provision.case.coordinator)


def words(cell):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).replace("\xa0", "").split())


def told(row):
    """Return what the row is of, and its numbers."""
    first, *rest = (str(cell) if cell is not None else "" for cell in row)
    return first.removeprefix("'"), re.findall(r"\d+", " ".join(rest).replace("\xa0", ""))


def on_page(page):
    """Return the rows of each table of a page by its title."""
    found = {}
    for title, body in re.findall(r'aria-label="([^"]+)"[^>]*>\s*<table.*?<tbody>(.*?)</tbody>', page, re.DOTALL):
        rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
        found[html.unescape(title)] = [
            told(map(words, re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL))) for row in rows
        ]
    return found


def in_file(response):
    """Return the rows of each sheet by the title that stands above it."""
    found = {}
    for sheet in load_workbook(io.BytesIO(response.content)):
        rows = list(sheet.iter_rows(values_only=True))
        head = int(sheet.freeze_panes.removeprefix("A")) - 1
        found[rows[0][0]] = [told(row) for row in rows[head:]]
    return found


def saved(client, path, kind="xlsx"):
    return client.post(path, {"reason": "narada zespołu", "file_format": kind})


def tiles_of(page):
    found = re.findall(r'<a class="count[^>]*><b>(\d+)</b>(.*?)</a>', page, re.DOTALL)
    return [(words(label), number) for number, label in found]


@pytest.mark.parametrize("name", ["danuta", "tomek"])
def test_the_file_of_the_dashboard_has_the_numbers_of_the_page(request, sign_in, busy, pcpr, kasia, name):
    client, seen = sign_in(request.getfixturevalue(name)), set()
    for query in ("", f"?institution={pcpr.pk}", "?priority=urgent", f"?coordinator={kasia.pk}"):
        page, answer = client.get(DASHBOARD + query).content.decode(), saved(client, DASHBOARD + query)
        file = in_file(answer)
        tiles = file.pop("Dzisiaj")
        assert file == {title: rows for title, rows in on_page(page).items() if title != ROWS_OF_A_LIST}
        sheet = load_workbook(io.BytesIO(answer.content))["Dzisiaj"]
        numbers = [(row[1], str(row[2])) for row in sheet.iter_rows(values_only=True) if isinstance(row[2], int)]
        assert numbers[: len(tiles_of(page))] == tiles_of(page)
        assert len(numbers) == len(tiles) > 10
        seen |= set(file)
    assert len(seen) >= {"danuta": 9, "tomek": 7}[name]


def test_the_file_of_the_needs_has_the_numbers_of_the_page(sign_in, busy, tomek):
    client = sign_in(tomek)
    for query in ("", "?place=none", "?reason=no_service"):
        *_chart, (title, rows) = on_page(client.get(GAPS + query).content.decode()).items()
        assert in_file(saved(client, GAPS + query)) == {title: rows}


def test_the_file_of_the_resources_has_what_its_reader_sees(sign_in, busy, beata):
    files = {}
    for person in (beata, make_community_organiser()):
        client = sign_in(person)
        page = client.get(RESOURCES).content.decode()
        files[person] = file = in_file(saved(client, RESOURCES))
        for title, rows in on_page(page).items():
            assert file[TITLES.get(title.capitalize(), title)] == rows, title
        told_in_lists = [
            (place, [number]) for place, number in re.findall(r'<li><a href="[^"]+">(.*?): (\d+)</a>', page)
        ]
        assert file.get("Niezaspokojone potrzeby według miejscowości", []) == told_in_lists
        assert [(label, [number]) for label, number in tiles_of(page)] == file.get("Potrzeby, które czekają", [])
    whole, part = files.values()
    assert set(whole) - set(part) == {
        "Umowy", "Potrzeby, które czekają", "Niezaspokojone potrzeby według miejscowości"
    }  # fmt: skip


@pytest.mark.parametrize(("path", "screen"), [(DASHBOARD, "dashboard"), (GAPS, "gaps"), (RESOURCES, "resources")])
def test_each_file_is_told_to_the_audit_with_its_reason(sign_in, busy, danuta, path, screen):
    client = sign_in(danuta)
    rows = sum(map(len, in_file(saved(client, path)).values()))
    for kind in ("csv", "xlsx", "pdf"):
        answer = saved(client, path, kind)
        assert answer["Content-Disposition"] == f'attachment; filename="{screen}-2026-11-12.{kind}"'
        event = AuditEvent.objects.filter(action="export").latest("pk")
        assert (event.actor, event.reason) == (danuta, "narada zespołu")
        assert event.facts == {"screen": screen, "rows": rows}
    assert AuditEvent.objects.filter(action="export").count() == 4


def test_a_file_says_its_filters_and_runs_nothing(sign_in, busy, danuta, pcpr):
    client, path = sign_in(danuta), f"{DASHBOARD}?institution={pcpr.pk}"
    assert "=PCPR()" in client.get(path).content.decode()
    lines = saved(client, path, "csv").content.decode("utf-8-sig").splitlines()
    assert lines[:3] == ["Pulpit", "Stan na dzień;12.11.2026", "Instytucja;'=PCPR()"]
    assert not [cell for line in lines for cell in line.split(";") if cell.startswith("=")]
    assert any(line.startswith("'=PCPR();") for line in lines)
    paper = PdfReader(io.BytesIO(saved(client, path, "pdf").content))
    text = " ".join(page.extract_text() for page in paper.pages)
    assert "Instytucje według stanu" in text
    assert "zwykły powód odmowy" in text


@pytest.mark.parametrize("path", [DASHBOARD, GAPS, RESOURCES])
def test_no_file_without_a_right_or_a_reason(request, sign_in, busy, danuta, path):
    for name in ("ewa", "ola", "iwona", "renata", "root", "stranger"):
        answer = saved(sign_in(request.getfixturevalue(name)), path)
        assert answer.status_code == 403, name
    answer = sign_in(danuta).post(path, {"reason": " ", "file_format": "csv"})
    assert answer.status_code == 200
    assert answer.context["export_form"].errors["reason"]
    page = answer.content.decode()
    ids = re.findall(r' id="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    assert not AuditEvent.objects.filter(action="export").exists()


@pytest.mark.parametrize("path", [DASHBOARD, GAPS, RESOURCES])
def test_a_file_costs_what_its_page_costs_and_its_line_in_the_audit(sign_in, busy, danuta, path):
    client = sign_in(danuta)
    with CaptureQueriesContext(connection) as page:
        client.get(path)
    with CaptureQueriesContext(connection) as file:
        saved(client, path)
    assert len(file) <= len(page) + 3
