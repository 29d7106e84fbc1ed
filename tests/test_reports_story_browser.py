"""P8's part: who reads the figures from outside four times a year, on a phone and at a desk."""

import io
from datetime import datetime, time, timedelta

import pypdf
import pytest
from django.utils import timezone
from openpyxl import load_workbook

from coordination.packs import Quarter
from coordination.reports import REPORTS, Period, make_monthly_report
from coordination.suppression import HIDDEN
from residents.actions import keep_unmet
from tests import board_world as world
from tests.factories import PERSON, make_locality, make_request

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = ("Krystyna", "Wilga", "600 100 200", "Tomek Lis")


@pytest.fixture
def quarters(tomek, pcpr, clinic, danuta):
    """Freeze the last two quarters; in the last month many lack help in two villages, and two people in a third."""
    last = Quarter.of(Quarter.of(timezone.localdate()).months[0] - timedelta(days=1))
    before = Quarter.of(last.months[0] - timedelta(days=1))
    then = timezone.make_aware(datetime.combine(last.months[-1] + timedelta(days=14), time(12)))
    for place, times in (("Bychawka", 9), ("Wronów", 7), ("Matczyn", 2)):
        for _time in range(times):
            asked = make_request(now=then, applicant=PERSON | {"locality": make_locality(place)})
            keep_unmet(asked.items.get(), lacking="no_partner", now=then)
    for receiver in (pcpr, clinic):
        for _time in range(6):
            case = world.case(tomek, opened_on=then.date())
            world.referral(case, receiver, status="rejected", sent_at=then - timedelta(days=3), decided_at=then)
    for month in (*before.months, *last.months):
        make_monthly_report(Period(month), by=danuta, now=timezone.now())
    return before, last


def sheets(book):
    """Return {sheet: its first row of several cells}: the shape of a pack."""
    return {
        sheet.title: next((row for row in sheet.values if len([cell for cell in row if cell is not None]) > 1), None)
        for sheet in load_workbook(io.BytesIO(book)).worksheets
    }


def words_of(book):
    cells = [cell for sheet in load_workbook(io.BytesIO(book)).worksheets for row in sheet.values for cell in row]
    return " ".join(str(cell) for cell in cells if cell is not None)


def told_by(paper):
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper)).pages)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_story_of_p8_reads_a_quarter_of_the_same_shape_each_time_and_nobodys_name(seat, quarters, pcpr, size):
    before, last = quarters
    reader = seat("renata", size)
    reader.opens("/praca/start/")
    assert reader.page.url.endswith("/praca/raporty/")
    assert reader.sees("Pakiety kwartalne")
    packs = [reader.downloads(f"XLSX – {quarter}")[1] for quarter in quarters]
    assert sheets(packs[0]).keys() == sheets(packs[1]).keys()
    assert len(sheets(packs[1])) == len(REPORTS)
    papers = [reader.downloads(f"PDF – {quarter}") for quarter in quarters]
    assert [(kind, paper[:4]) for kind, paper in papers] == [("application/pdf", b"%PDF")] * 2
    assert str(last) in told_by(papers[1][1])

    # The last month on the screen: what lacks and where, how institutions answer; two people stay unseen.
    reader.follows(str(Period(last.months[-1])))
    assert reader.sees("Małe liczby są ukryte")
    page = reader.page.locator("main").inner_text()
    gaps = reader.page.get_by_role("region", name="Niezaspokojone potrzeby według miejscowości")
    rows = {row.locator("th").inner_text(): row.locator("td").inner_text() for row in gaps.locator("tbody tr").all()}
    # A second village is hidden with the smallest: it could be reckoned from the sum.
    assert [rows[place] for place in ("Bychawka", "Wronów", "Matczyn")] == ["9", HIDDEN, HIDDEN]
    assert "żadna instytucja tu tego nie daje" in page
    flow = reader.page.get_by_role("row").filter(has_text=pcpr.name)
    assert flow.locator("td").first.inner_text() == "6"

    _kind, slides = reader.downloads("Zapisz jako XLSX")
    _kind, paper = reader.downloads("Zapisz jako PDF")
    told = [page, words_of(slides), told_by(paper), *map(words_of, packs), *(told_by(one) for _kind, one in papers)]
    for text in told:
        assert not [name for name in NAMES if name in text]

    # Beside other municipalities, by the indicators of SMUP.
    reader.opens("/praca/raporty/")
    reader.follows("Obok SMUP")
    beside = reader.page.get_by_role("region", name="Wskaźniki").inner_text()
    assert "osoby z otwartą sprawą na 1000 mieszkańców" in beside
    assert "÷ liczba mieszkańców × 1000" in beside

    # Nothing else of the portal opens: neither people nor numbers too small to leave the house.
    for address in ("/praca/", "/praca/braki/", "/praca/zasoby/", f"/praca/raporty/niezaspokojone/{last.year}/"):
        assert reader.context.request.get(address).status == 403
    assert reader.context.request.get("/admin/residents/unmetneed/").status == 403
