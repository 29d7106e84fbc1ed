"""The centre beside other municipalities: by formula, from what has left with a report, and from a file of theirs."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from coordination import smup
from coordination.models import ReportSnapshot
from coordination.reckoning import QUARTER_PERSONS
from coordination.reports import Period, make_monthly_report
from coordination.suppression import HIDDEN
from cus_portal.audit.models import AuditEvent
from tests.factories import at

HEAD = "indicator;teryt;municipality;year;value;source"
LINES = (
    "population;own;;2026;13000;GUS, 2.12.2026",
    "served_per_1000;0609033;Niedrzwica Duża;2026;21,5;SMUP, 3.12.2026",
    "served_per_1000;0609033;Niedrzwica Duża;2025;20;SMUP, 4.12.2025",
    "filed_per_1000;0609092;Wojciechów;2026;3;SMUP, 3.12.2026",
)


def write(folder, *lines, head=HEAD):
    path = folder / smup.FILE
    path.write_text("\n".join([head, *lines]), encoding="utf-8")
    return path


@pytest.fixture
def december(db, danuta):
    """Freeze a year whose last report tells 260 people served, 39 filed and 3 with a plan."""
    snapshot = make_monthly_report(Period(date(2026, 12, 1)), by=danuta, now=at(date(2027, 1, 1)))
    people = {"persons": [[39], [260], [0], [0], [3]], QUARTER_PERSONS: [[39, 39], [260, 260], [0, 0], [0, 0], [3, 3]]}
    tables = [
        table | {"rows": [[row[0], *new] for row, new in zip(table["rows"], people[table["name"]], strict=True)]}
        if table["name"] in people
        else table
        for table in snapshot.tables
    ]
    ReportSnapshot(
        period=snapshot.period, edition=2, definition=snapshot.definition, as_of=snapshot.as_of, tables=tables
    ).save()


def test_the_year_stands_beside_each_municipality_of_the_file(december, danuta, renata, tmp_path):
    lines = smup.references(write(tmp_path, *LINES))
    assert smup.table(2026, danuta, lines)["head"][5:] == ["Niedrzwica Duża", "Wojciechów"]
    note = smup.table(2026, danuta, lines)["note"]
    assert note.endswith("Niedrzwica Duża: SMUP, 3.12.2026. Wojciechów: SMUP, 3.12.2026.")
    rows = smup.table(2026, danuta, lines)["rows"]
    assert {row[2] for row in rows} == {"raport za grudzień, osoby od stycznia; mieszkańcy: GUS, 2.12.2026"}
    whole = [row[3:] for row in rows]
    assert whole == [
        [39, Decimal("3.0"), None, Decimal(3)],
        [260, Decimal("20.0"), Decimal("21.5"), None],
        [3, Decimal("0.2"), None, None],
    ]
    outside = [row[3:5] for row in smup.table(2026, renata, lines)["rows"]]
    # Three is a small number, and the next larger goes with it; a rate would give either back.
    assert outside == [[HIDDEN, HIDDEN], [260, Decimal("20.0")], [HIDDEN, HIDDEN]]
    assert [row[3:5] for row in smup.table(2025, danuta, lines)["rows"]] == [[None, None]] * 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nothing;0609033;Gmina;2026;1;SMUP", "line 2"),
        ("population;own;;2026;wiele;GUS", "line 2"),
        ("population;own;;2026;-1;GUS", "line 2"),
        ("population;own;;rok;1;GUS", "line 2"),
        ("population;own", "line 2"),
        ("population;own;;2026;13000", "line 2"),
        ("population;own;;2026;13000; ", "line 2: .*gdzie"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, told):
    with pytest.raises(ValueError, match=told):
        smup.references(write(tmp_path, line))
    with pytest.raises(ValueError, match="columns"):
        smup.references(write(tmp_path, head="a;b"))
    assert smup.references(tmp_path / "none.csv") == []


def test_the_page_and_its_workbook_open_to_readers_of_reports(december, sign_in, renata, tomek, settings, tmp_path):
    settings.CATALOGUE_DIR = tmp_path
    page, book = (reverse(name, args=[2026]) for name in ("coordination:smup_year", "coordination:smup_year_xlsx"))
    with time_machine.travel(at(date(2027, 1, 2)), tick=False):
        client = sign_in(renata)
        assert "Nie ma jeszcze danych innych gmin" in client.get(page).content.decode()
        write(tmp_path, *LINES)
        shown = client.get(page).content.decode()
        assert "Wojciechów" in shown
        assert "Nie ma jeszcze danych innych gmin" not in shown
        assert client.get(book).content[:2] == b"PK"
        write(tmp_path, "nothing;0609033;Gmina;2026;1")
        assert "smup.csv, line 2: nothing" in client.get(page).content.decode()
        assert client.get(book).content[:2] == b"PK"
        assert AuditEvent.objects.filter(action=AuditEvent.EXPORT, facts__screen="smup-2026").count() == 2
        assert client.get(reverse("coordination:smup_year", args=[2028])).status_code == 404
        assert sign_in(tomek).get(page).status_code == 403
