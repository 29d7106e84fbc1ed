"""What leaves the house gives no small number back: not by a known sum, not to whoever knows how it is done."""

from collections import defaultdict
from datetime import date
from itertools import product

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from coordination import refusals
from coordination.models import ReportSnapshot
from coordination.outside import tables_for
from coordination.packs import Quarter, snapshots_of, tables_of
from coordination.reports import REPORTS, Period, make_monthly_report
from coordination.suppression import HIDDEN, SMALL, hidden_rows, says_itself, suppress
from cus_portal.audit.models import AuditEvent
from tests.coordination_world import make_case, make_referral
from tests.factories import NOW


def published(values):
    hidden = hidden_rows(values)
    return tuple(HIDDEN if row in hidden else value for row, value in enumerate(values))


@pytest.mark.parametrize("length", [2, 3, 4])
def test_case_59_no_hidden_number_can_be_reckoned_even_with_the_sum_and_the_rule_known(length):
    """All columns of so many rows: each hidden number may be at least two, whatever else is known."""
    alike = defaultdict(list)
    for values in product(range(10), repeat=length):
        if sum(values) >= SMALL and not says_itself(
            values
        ):  # a smaller sum is a small number itself, hidden everywhere
            alike[published(values), sum(values)].append(values)
    for (shown, _sum), columns in alike.items():
        for row, cell in enumerate(shown):
            assert cell != HIDDEN or len({values[row] for values in columns}) > 1, (shown, columns)


@pytest.mark.parametrize(("institutions", "reasons"), [(2, ("no_place", "other")), (3, ("no_place",))])
def test_no_hidden_refusal_follows_from_the_sums_of_the_municipality_and_a_narrowed_board(institutions, reasons):
    """All ways to refuse with few institutions and reasons: a hidden number may always be another one too."""
    alike = defaultdict(list)
    for values in product(range(10), repeat=institutions * len(reasons)):
        rows = iter(values)
        found = {key: {one: next(rows) for one in reasons} for key in range(institutions)}
        views = [[(key, key) for key in keys] for keys in (found, [0], [1])]
        told = [table for shown in views for table in refusals.tables(found, shown)]
        alike[str([(table["head"], table["rows"], table["folded"]) for table in told])].append(values)
    for told, cases in alike.items():
        for place in range(len(values)):
            known = {values[place] for values in cases}
            assert len(known) > 1 or known.isdisjoint(range(1, SMALL)), (told, cases)


def test_refusals_by_institution_name_the_large_numbers_and_fold_the_rest():
    found = {1: {"no_place": 9, "other": 2}, 2: {"no_place": 6}, 3: {"no_place": 1, "other": 2}, 4: {}}
    found |= {5: {"no_place": 20, "not_eligible": 5}}
    whole, table = refusals.tables(found, [(1, "A"), (2, "B"), (3, "C"), (4, "D")])
    assert whole["rows"] == [["brak miejsca", 36], ["niespełnione warunki, inne: razem", 9]]
    assert (table["head"], table["rows"]) == (["Instytucja", "brak miejsca"], [["A", 9]])
    assert table["folded"].startswith("Nie pokazujemy liczb 2 instytucji")


@given(st.lists(st.integers(0, 60), min_size=2, max_size=30), st.data())
def test_a_small_number_and_the_larger_one_hidden_with_it_could_be_the_other_way_round(values, data):
    hidden = hidden_rows(values)
    shown = [value for row, value in enumerate(values) if row not in hidden]
    assert not [value for value in shown if 0 < value < SMALL]
    if hidden:
        small = data.draw(st.sampled_from([row for row in sorted(hidden) if 0 < values[row] < SMALL]))
        other = data.draw(st.sampled_from(sorted(hidden)))
        swapped = list(values)
        swapped[small], swapped[other] = values[other], values[small]
        assert published(swapped) == published(values)


def test_a_column_of_ones_leaves_the_house_without_its_rows():
    table = {"columns": [["a", ""], ["b", "count"]], "has_total": True, "has_whole": False}
    ones = suppress(table | {"rows": [["Cuple", 1], ["Babin", 1], ["razem", 2]]})
    assert ones["rows"] == []


@pytest.fixture
def frozen(db, tomek, danuta, pcpr):
    make_referral(make_case(tomek), pcpr)
    for month in (10, 11):
        make_monthly_report(Period(date(2026, month, 1)), by=danuta, now=NOW)
    return make_monthly_report(Period(date(2026, 11, 1)), by=danuta, now=NOW)


def test_an_earlier_edition_with_other_columns_is_compared_by_their_words():
    first = {"columns": [["Place", ""], ["sent", "count"]], "rows": [["A", 20], ["B", 30]]}
    second = {
        "columns": [["Place", ""], ["came", "count"], ["sent", "count"]],
        "rows": [["A", 20, 22], ["B", 30, 60]],
        "has_total": False,
        "has_whole": False,
    }
    assert suppress(second, [first])["rows"] == [["A", 20, HIDDEN], ["B", 30, HIDDEN]]


def test_the_pack_of_a_quarter_has_one_shape_and_says_no_more_than_its_months(frozen, renata, danuta):
    quarter = Quarter(2026, 4)
    for who in (renata, danuta):
        snapshots = snapshots_of(quarter, who)
        assert [(one.period.month, one.edition) for one in snapshots] == [(10, 1), (11, 2)]
        pack = tables_of(snapshots, who)
        assert [table["name"] for table in pack] == list(REPORTS)
        for place, table in enumerate(pack):
            of_months = [row for one in snapshots for row in tables_for(one, who)[place]["rows"]]
            assert [[row[0], *row[2:]] for row in table["rows"]] == of_months
    empty = tables_of([], renata)
    assert [len(table["columns"]) for table in empty] == [len(table["columns"]) for table in pack]


def test_the_pack_is_saved_by_its_readers_and_written_down(frozen, renata, tomek, client, sign_in):
    sign_in(renata)
    xlsx, pdf = (reverse(f"coordination:quarter_{form}", args=[2026, 4]) for form in ("xlsx", "pdf"))
    listed = client.get(reverse("coordination:reports")).content.decode()
    assert xlsx in listed
    assert pdf in listed
    assert client.get(xlsx).content[:2] == b"PK"
    assert client.get(pdf).content[:4] == b"%PDF"
    assert AuditEvent.objects.filter(action=AuditEvent.EXPORT, facts__screen="quarter-2026-4").count() == 2
    for year, number in ((2026, 1), (2026, 5), (2030, 1)):
        assert client.get(reverse("coordination:quarter_xlsx", args=[year, number])).status_code == 404
    assert sign_in(tomek).get(xlsx).status_code == 403
    assert ReportSnapshot.objects.count() == 3
