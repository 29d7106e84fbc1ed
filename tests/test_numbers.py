"""Each number that is a link opens a list of that length: on every page of numbers, for whom it is made."""

import html
import io
import re
from datetime import timedelta
from urllib.parse import urljoin
from uuid import uuid4

import pytest
import time_machine
from openpyxl import load_workbook

from coordination.models import Plan, Referral
from coordination.views import board
from cus_portal.accounts.actors import PublicActor
from residents.actions import Words, file_complaint, propose_refusal
from residents.models import Case, Complaint, TeamMember
from tests import board_world as world
from tests.coordination_world import make_incoming
from tests.factories import NOW, TODAY, make_request

LINK = re.compile(r'<a\s[^>]*?href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
TILE = re.compile(r"\s*<b>(\d+)</b>")
# Alone, behind a colon, or in brackets at the end, where a queue has its year.
NUMBER = re.compile(r"(?:^|: |\()(\d{1,3})\)?$")
# Who reads which pages, and in how many numbers they must differ from nothing.
PAGES = (
    ("danuta", ("/praca/", "/praca/?refusal=no_place", "/praca/podpis/", "/praca/zasoby/", "/admin/")),
    ("beata", ("/praca/", "/praca/zasoby/", "/praca/braki/", "/admin/")),
    ("tomek", ("/praca/", "/praca/?refusal=other", "/admin/")),
    ("ola", ("/admin/",)),
    ("ewa", ("/praca/skierowania/",)),
)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def at_work(tomek, kasia, pcpr, clinic):
    """Something in every list: referrals in each state and refused for each reason, plans, requests, complaints."""
    world.every_state(tomek, [pcpr, clinic])
    world.every_state(kasia, [clinic, pcpr])
    for number, reason in enumerate(Referral.RejectReason):
        for worker in (tomek, kasia)[: 1 + number % 2]:
            world.referral(world.case(worker), pcpr, status="rejected", reject_reason=reason)
    for position, status in enumerate(Plan.Status):
        worker = tomek if position % 2 else kasia
        world.plan(world.case(worker), status=status, ends_on=TODAY + timedelta(days=20))
    for days in (0, 5, 60):
        make_request(on=TODAY - timedelta(days=days))
    world.unmet_needs()
    world.queues(tomek)
    item = make_request(on=TODAY).items.get()
    propose_refusal(item, factual_grounds="…", legal_grounds="…", appeal_instruction="…", by=tomek, now=NOW)
    for days in (1, 40):
        said = Words(kind="complaint", text="…", about="office", about_words="", name="", email="x@demo.example")
        file_complaint(said, received_on=TODAY - timedelta(days=days), token=uuid4(), by=PublicActor(), now=NOW)
    Complaint.objects.filter(pk=Complaint.objects.latest("pk").pk).update(status="withdrawn", ended_on=TODAY)
    make_incoming(pcpr)
    since = {"added_by": tomek, "added_at": NOW}
    for number, case in enumerate(Case.objects.filter(coordinator=tomek)[:3]):
        joins = {"case": case, "valid_from": TODAY, **since}
        TeamMember.objects.create(user=kasia, role="deputy" if number else "nurse", **joins)
        TeamMember.objects.create(
            name="Anna Bąk",
            role="nurse",
            valid_to=TODAY - timedelta(days=number),
            **joins | {"valid_from": TODAY - timedelta(days=9)},
        )


def numbers_in(page):
    """Yield (address, number) of all links whose words end with a number."""
    for url, inside in LINK.findall(page):
        words = " ".join(re.sub(r"<[^>]+>", "", inside).replace("\xa0", "").split())
        found = TILE.match(inside) or NUMBER.search(words)
        if found:
            yield html.unescape(url), int(found[1])


def length_of(response):
    """Return how many rows a list says or shows that it has."""
    if "cl" in response.context:
        return response.context["cl"].result_count
    part = response.context["part"]
    return response.context["count"] if part.following else len(part.rows)


@pytest.mark.parametrize(("name", "pages"), PAGES, ids=[name for name, _pages in PAGES])
def test_every_number_that_is_a_link_opens_a_list_of_that_length(request, sign_in, at_work, name, pages):
    client = sign_in(request.getfixturevalue(name))
    opened, wrong = {}, []
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        numbers = dict.fromkeys((urljoin(page, url), number) for url, number in numbers_in(response.content.decode()))
        assert any(number for _url, number in numbers), page
        for url, number in numbers:
            if url not in opened:
                opened[url] = length_of(client.get(url))
            if opened[url] != number:
                wrong.append((page, url, number, opened[url]))
    assert not wrong


def test_care_teams_are_counted_by_worker_and_by_role(sign_in, at_work, danuta, tomek, kasia):
    context = sign_in(danuta).get("/praca/").context
    found = {load.name: load for load in context["loads"]}
    assert [found[worker.get_full_name()].teams[0] for worker in (tomek, kasia)] == [0, 3]
    opened, live = Case.objects.open().count(), Referral.objects.live().count()
    assert (found["razem"].cases[0], found["razem"].live[0]) == (opened, live)
    roles = {role: number for role, _none, number, _url in context["care_teams"]}
    assert roles == {"zastępca koordynatora": 2, "pielęgniarka": 1}


def test_why_institutions_did_not_accept_is_counted_by_reason(sign_in, at_work, danuta, tomek, pcpr, clinic):
    def counted(user, query=""):
        matrix = sign_in(user).get(f"/praca/{query}").context["reason_matrix"]
        rows = [(name, [count for count, _url in cells]) for name, cells in matrix["rows"]]
        return [str(label) for label in matrix["states"]], dict(rows)

    labels = [str(label) for label in Referral.RejectReason.labels]
    own = Referral.objects.live().filter(status="rejected")
    for user, rows in ((danuta, own), (tomek, own.filter(case__coordinator=tomek))):
        states, found = counted(user)
        assert states == labels
        for place in (pcpr, clinic):
            expected = [rows.filter(receiver=place, reject_reason=one).count() for one in Referral.RejectReason]
            assert found.get(place.short_name, [0] * len(labels)) == expected
    assert counted(danuta, f"?institution={pcpr.pk}&refusal=no_service")[0] == ["nie mamy takiej pomocy"]
    url = f"/praca/listy/live/?institution={pcpr.pk}&refusal=no_service"
    response = sign_in(danuta).post(url, {"reason": "rozmowa z PCPR", "file_format": "csv"})
    lines = response.content.decode().strip().splitlines()[1:]
    assert len(lines) == own.filter(receiver=pcpr, reject_reason="no_service").count() == 2
    assert all("odmowa przyjęcia, nie mamy takiej pomocy" in line for line in lines)


def test_the_file_of_a_very_long_list_has_its_first_rows_and_says_so(sign_in, at_work, danuta, monkeypatch):
    monkeypatch.setattr(board, "MOST_ROWS", 2)
    asked = {"reason": "rozmowa z PCPR", "file_format": "xlsx"}
    response = sign_in(danuta).post("/praca/listy/live/", asked)
    rows = [row for sheet in load_workbook(io.BytesIO(response.content)) for row in sheet.iter_rows(values_only=True)]
    numbers = Referral.objects.live().values_list("number", flat=True)
    assert sum(cell in set(numbers) for row in rows for cell in row) == 2 < len(numbers)
    assert any("pierwsze 2 z listy" in str(cell) for row in rows for cell in row)
