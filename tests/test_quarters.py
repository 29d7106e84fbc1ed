"""What a quarter tells beyond its months: distinct persons, and places by areas; nothing hidden is reckoned from it."""

from collections import defaultdict
from datetime import date
from io import BytesIO
from itertools import product

import pytest
from pypdf import PdfReader

from coordination.models import ReportSnapshot
from coordination.outside import tables_for
from coordination.packs import Quarter, snapshots_of, tables_of
from coordination.reckoning import QUARTER_GAPS, QUARTER_PERSONS, gives_away, reckoned
from coordination.report_files import pack_facts, pack_pdf
from coordination.reports import REPORTS, Period, make_monthly_report
from coordination.suppression import HIDDEN
from residents.actions import keep_unmet, restrict_file
from residents.models import RequestItem, ServiceRequest
from tests.factories import PERSON, at, make_locality, make_request, make_resident, make_service


def persons_table(name, *rows):
    columns = [["Kto", ""], *[["ile", "count"]] * len(rows[0])]
    lines = [[f"wiersz {place}", *numbers] for place, numbers in enumerate(rows)]
    return {"name": name, "columns": columns, "has_total": False, "has_whole": False, "rows": lines}


def left(months, of_quarter, of_year):
    """Return what leaves of one row of persons: its months are (hidden or a number) as they left."""
    year = [(date(2026, 1 + place, 1), [persons_table("persons", [value])]) for place, value in enumerate(months)]
    year[-1][1].append(persons_table(QUARTER_PERSONS, [of_quarter, of_year]))
    return reckoned(year)[-1]["rows"][0][1:]


# -- the rule ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("months", "quarter", "shown"),
    [
        ([10, 12, 20], 30, 30),
        ([10, 0, 20], 30, 30),
        ([10, HIDDEN, 20], 30, 30),  # the hidden ones may have come in the other months too
        ([10, HIDDEN, 12], 23, 23),
        ([10, HIDDEN, 12], 24, HIDDEN),  # the hidden month has two at least
        ([10, 12, 20], 23, HIDDEN),  # three came in the other months only
        ([10, 12, 20], 40, HIDDEN),  # two came in more than one month
        ([0, 0, HIDDEN], 3, HIDDEN),
    ],
)
def test_persons_of_a_quarter_stay_in_the_house_when_they_tell_of_a_month(months, quarter, shown):
    assert left(months, quarter, quarter)[0] == shown


def test_persons_of_the_year_are_told_when_all_of_its_months_and_quarters_are():
    assert left([10, 12, 20], 30, 30) == [30, 30]
    assert left([10, HIDDEN, 20], 30, 30) == [30, HIDDEN]
    assert left([10, 12, 20], 40, 40) == [HIDDEN, HIDDEN]


def test_case_59_no_hidden_month_is_reckoned_from_the_quarter_by_whoever_knows_the_rule():
    """Persons of three months with every overlap possible: each hidden one may be any small number still."""
    alike = defaultdict(set)
    for months in product((0, 1, 2, 3, 4, 5, 6, 9), repeat=3):
        seen = tuple(HIDDEN if 0 < value < 5 else value for value in months)
        for quarter in range(max(months), sum(months) + 1):
            told = HIDDEN if gives_away(quarter, list(seen)) else quarter
            alike[seen, told].add(months)
    for (seen, told), fitting in alike.items():
        for place, cell in enumerate(seen):
            values = {months[place] for months in fitting}
            assert cell != HIDDEN or values == {1, 2, 3, 4}, (seen, told, values)


# -- counted and frozen -----------------------------------------------------------------------------
def ask(service, place, now):
    return make_request(needs=[(service, "")], now=now, applicant=PERSON | {"locality": make_locality(place)})


@pytest.fixture
def quarter(db, danuta):
    """Six people a month ask for what nobody gives, one of them each month again."""
    service = make_service("Opieka wytchnieniowa")
    regular = make_resident()
    for month in (10, 11, 12):
        now = at(date(2026, month, 10))
        for number in range(6):
            asked = ask(service, "Babin", now)
            resident = regular if number == 0 else make_resident()
            ServiceRequest.objects.filter(pk=asked.pk).update(resident=resident)
            keep_unmet(RequestItem.objects.get(request=asked), lacking="no_partner", now=now)
    for month in (10, 11, 12):
        make_monthly_report(Period(date(2026, month, 1)), by=danuta, now=at(date(2027, 1, 1)))


def rows_of(snapshots, user, name):
    return {row[0]: row[2:] for table in tables_of(snapshots, user) if table["name"] == name for row in table["rows"]}


def test_a_person_counts_once_in_a_quarter_and_a_place_beside_each_area(quarter, danuta, renata):
    last = Quarter(2026, 4)
    snapshots = snapshots_of(last, danuta)
    persons = rows_of(snapshots, danuta, QUARTER_PERSONS)
    assert next(iter(persons.values())) == [16, 16]
    gaps = rows_of(snapshots, danuta, QUARTER_GAPS)
    assert gaps["Babin"][0] == 16  # the regular one's need counts once
    assert gaps["nie podano"] == [0] * 15
    outside = rows_of(snapshots, renata, QUARTER_GAPS)
    assert outside["Babin"] == [16, *[HIDDEN] * 14]
    assert outside["nie podano"] == [HIDDEN] * 15
    # Of eighteen in three months two are the same person again: too few to be told by what lacks to the sum.
    assert next(iter(rows_of(snapshots, renata, QUARTER_PERSONS).values())) == [HIDDEN, HIDDEN]
    other_months = [snapshot for snapshot in snapshots if snapshot.period.month != 12]
    assert not rows_of(other_months, danuta, QUARTER_PERSONS)
    assert all(len(table["columns"]) == 17 for table in tables_of([], renata) if table["name"] == QUARTER_GAPS)


def test_the_months_of_a_pack_begin_below_each_other(quarter, renata):
    last = Quarter(2026, 4)
    snapshots = snapshots_of(last, renata)
    page = PdfReader(BytesIO(pack_pdf(last, snapshots, tables_of(snapshots, renata)))).pages[0]
    begins = defaultdict(list)
    page.extract_text(visitor_text=lambda text, place, *_font: begins[text.strip()].append(round(place[4])))
    assert begins["październik 2026"][1] == begins["grudzień 2026"][1]  # the first of each says when it was counted


def test_a_pack_names_the_months_that_are_not_counted_yet(quarter, renata):
    last, began = Quarter(2026, 4), Quarter(2027, 1)
    left_out = "nie ma go jeszcze w tym pakiecie"
    months = [month for month, said in pack_facts(last, snapshots_of(last, renata)[:1]) if left_out in said]
    assert months == ["listopad 2026", "grudzień 2026"]
    assert left_out not in str(pack_facts(last, snapshots_of(last, renata)))
    page = PdfReader(BytesIO(pack_pdf(began, [], []))).pages[0].extract_text()
    assert page.count(left_out) == 3


def test_a_place_that_was_hidden_in_a_month_is_not_told_by_the_quarter(quarter, renata):
    snapshots = snapshots_of(Quarter(2026, 4), renata)
    assert rows_of(snapshots, renata, QUARTER_GAPS)["Babin"][0] == 16
    november = ReportSnapshot.objects.get(period=date(2026, 11, 1))
    tables = [
        table | {"rows": [["Babin", 4], ["nie podano", 8], ["razem", 12]]}
        if table["name"] == "unmet-localities"
        else table
        for table in november.tables
    ]
    november.pk, november.edition, november.tables = None, 2, tables
    november.save(force_insert=True)
    shown = rows_of(snapshots_of(Quarter(2026, 4), renata), renata, QUARTER_GAPS)
    assert shown["Babin"] == [HIDDEN] * 15


def test_a_month_leaves_with_one_question_also_where_it_ends_a_quarter(quarter, renata, django_assert_num_queries):
    october, _november, december = ReportSnapshot.objects.order_by("period")
    assert not renata.works_at_centre()
    for snapshot in (october, december):
        with django_assert_num_queries(1):
            tables_for(snapshot, renata)


def test_case_09_a_restricted_file_tells_neither_place_nor_area_to_the_quarter(tomek, danuta):
    now = at(date(2026, 12, 10))
    shut = ask(make_service("Opieka wytchnieniowa"), "Cuple", now)
    keep_unmet(shut.items.get(), lacking="no_service", now=now)
    restrict_file(shut, kind="violence", by=tomek, now=now)
    rows = REPORTS[QUARTER_GAPS].table(Period(date(2026, 12, 1)), now.date())["rows"]
    assert {row[0]: row[1:] for row in rows} == {"Cuple": [0] * 15, "nie podano": [*[0] * 14, 1]}
