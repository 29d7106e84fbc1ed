"""The calendar: the vectors of the domain's part 5.8."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cus_portal.workdays import Deadline, add_workdays, days_off, deadline, is_workday, next_workday


@pytest.mark.parametrize(
    ("start", "days", "raw", "moved"),
    [
        (date(2026, 11, 24), 30, date(2026, 12, 24), date(2026, 12, 28)),
        (date(2026, 11, 25), 30, date(2026, 12, 25), date(2026, 12, 28)),
        (date(2026, 12, 2), 30, date(2027, 1, 1), date(2027, 1, 4)),
        (date(2027, 2, 25), 30, date(2027, 3, 27), date(2027, 3, 30)),
        (date(2026, 12, 10), 14, date(2026, 12, 24), date(2026, 12, 28)),
    ],
)
def test_a_term_that_ends_on_a_day_off_ends_on_the_next_working_day(start, days, raw, moved):
    assert deadline(start, days=days) == Deadline(raw=raw, moved=moved)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2026, 12, 22), 3, date(2026, 12, 29)),
        (date(2026, 12, 22), 5, date(2026, 12, 31)),
        (date(2027, 4, 30), 3, date(2027, 5, 6)),
    ],
)
def test_working_days_skip_weekends_and_days_off(start, count, expected):
    assert add_workdays(start, count) == expected


def test_the_days_off_of_2026_are_those_of_the_act():
    named = {(1, 1), (1, 6), (4, 5), (4, 6), (5, 1), (5, 3), (5, 24), (6, 4), (8, 15), (11, 1), (11, 11)}
    named |= {(12, 24), (12, 25), (12, 26)}
    assert {(day.month, day.day) for day in days_off(2026)} == named


def test_christmas_eve_is_a_day_off_since_2025_only():
    assert date(2024, 12, 24) not in days_off(2024)
    assert date(2025, 12, 24) in days_off(2025)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(0, 40))
def test_adding_working_days_equals_counting_them(start, count):
    end = add_workdays(start, count)
    between = [start + timedelta(days=step) for step in range(1, (end - start).days + 1)]
    assert sum(is_workday(day) for day in between) == count
    assert count == 0 or is_workday(end)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_the_next_working_day_is_never_more_than_five_days_away(day):
    assert day <= next_workday(day) <= day + timedelta(days=5)
