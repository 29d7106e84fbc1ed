"""When a place is open: rules, exceptions, Polish days off, and the two nights on which the clock is moved."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hours import closes_at, intervals, is_open, next_opening
from services.presentation import exception_lines, hours_lines, open_state
from tests.factories import WARSAW, at

OFFICE = [{"weekday": day, "opens_at": "07:30", "closes_at": "15:30"} for day in range(5)]
THURSDAY = date(2026, 11, 12)


def rule(weekday, opens="08:00", closes="12:00", **more):
    return {"weekday": weekday, "opens_at": opens, "closes_at": closes, **more}


def closed(first, last, **more):
    return {"from": first.isoformat(), "to": last.isoformat(), **more}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (THURSDAY, [("07:30", "15:30")]),
        (date(2026, 11, 14), []),  # a Saturday
        (date(2026, 11, 11), []),  # Independence Day, a Wednesday
        (date(2025, 12, 24), []),  # a day off since 2025
        (date(2024, 12, 24), [("07:30", "15:30")]),
    ],
)
def test_an_office_is_open_on_working_days(day, expected):
    assert intervals(OFFICE, [], day) == expected


def test_a_rule_may_hold_on_days_off_too():
    assert intervals([rule(2, on_days_off=True)], [], date(2026, 11, 11)) == [("08:00", "12:00")]


@pytest.mark.parametrize(
    ("week", "days"),
    [(1, [7]), (2, [14]), (4, [28]), (-1, [28]), (None, [7, 14, 21, 28])],
)
def test_a_rule_of_once_a_month(week, days):
    rules = [rule(5, week_of_month=week)]
    assert [day for day in range(1, 31) if intervals(rules, [], date(2026, 11, day))] == days


def test_a_rule_holds_within_its_own_days():
    rules = [rule(3, valid_from="2026-11-12", valid_to="2026-11-19")]
    open_on = [day for day in (5, 12, 19, 26) if intervals(rules, [], date(2026, 11, day))]
    assert open_on == [12, 19]


def test_an_exception_sets_the_rules_aside_and_closing_wins():
    shorter = closed(THURSDAY, THURSDAY, opens="09:00", closes="11:00")
    assert intervals(OFFICE, [shorter], THURSDAY) == [("09:00", "11:00")]
    assert intervals(OFFICE, [shorter, closed(THURSDAY, THURSDAY)], THURSDAY) == []
    saturday = date(2026, 11, 14)
    assert intervals(OFFICE, [closed(saturday, saturday, opens="10:00", closes="13:00")], saturday)


def test_it_opens_at_the_first_minute_and_is_closed_at_the_last():
    assert not is_open(OFFICE, [], at(THURSDAY, 7, 29))
    assert is_open(OFFICE, [], at(THURSDAY, 7, 30))
    assert is_open(OFFICE, [], at(THURSDAY, 15, 29))
    assert not is_open(OFFICE, [], at(THURSDAY, 15, 30))
    assert closes_at(OFFICE, [], at(THURSDAY, 12)) == at(THURSDAY, 15, 30)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(THURSDAY, 6), at(THURSDAY, 7, 30)),
        (at(THURSDAY, 16), at(date(2026, 11, 13), 7, 30)),
        (at(date(2026, 11, 13), 16), at(date(2026, 11, 16), 7, 30)),
        (at(date(2026, 11, 10), 16), at(THURSDAY, 7, 30)),  # past Independence Day
    ],
)
def test_the_next_opening(now, opens):
    assert next_opening(OFFICE, [], now) == opens


def test_nobody_knows_when_it_opens_without_rules():
    assert next_opening([], [], at(THURSDAY)) is None
    assert open_state([], [], at(THURSDAY)) is None


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (at(THURSDAY, 12), "otwarte teraz do 15:30"),
        (at(THURSDAY, 6), "teraz zamknięte, otworzymy dziś o 7:30"),
        (at(THURSDAY, 16), "teraz zamknięte, otworzymy jutro o 7:30"),
        (at(date(2026, 11, 13), 16), "teraz zamknięte, otworzymy w poniedziałek o 7:30"),
    ],
)
def test_it_is_said_as_people_say_it(now, words):
    assert open_state(OFFICE, [], now)[1] == words


def test_a_far_opening_is_said_with_its_day():
    break_of_summer = closed(date(2026, 11, 12), date(2026, 11, 30))
    assert open_state(OFFICE, [break_of_summer], at(THURSDAY))[1] == "teraz zamknięte, otworzymy 1 grudnia o 7:30"


def test_hours_are_written_a_line_for_the_days_that_have_the_same():
    rules = [*OFFICE, rule(5, "09:00", "12:00", week_of_month=1), rule(3, "16:00", "18:00", week_of_month=-1)]
    assert hours_lines(rules, THURSDAY) == [
        ("poniedziałek–piątek", "7:30–15:30"),
        ("sobota, 1. w miesiącu", "9:00–12:00"),
        ("czwartek, ostatni raz w miesiącu", "16:00–18:00"),
    ]
    assert hours_lines([rule(0), rule(0, "14:00", "16:00")], THURSDAY) == [("poniedziałek", "8:00–12:00, 14:00–16:00")]
    assert hours_lines([rule(0, valid_to="2026-11-01")], THURSDAY) == []
    later = hours_lines([rule(0, valid_from="2027-01-01")], THURSDAY)
    assert later == [("poniedziałek, od 1 stycznia 2027", "8:00–12:00")]


def test_exceptions_are_told_until_they_have_passed():
    exceptions = [closed(THURSDAY, date(2026, 11, 14), note="remont"), closed(date(2026, 1, 1), date(2026, 1, 1))]
    assert exception_lines(exceptions, THURSDAY) == [("12 listopada 2026 – 14 listopada 2026", "nieczynne (remont)")]


# -- properties -------------------------------------------------------------------------------------
clocks = st.times().map(lambda moment: f"{moment:%H:%M}")
spans = st.tuples(clocks, clocks).filter(lambda pair: pair[0] < pair[1])
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
rules = st.lists(
    st.builds(
        lambda weekday, span, week, off: rule(weekday, *span, week_of_month=week, on_days_off=off),
        *(st.integers(0, 6), spans, st.sampled_from([None, 1, 2, 3, 4, -1]), st.booleans()),
    ),
    max_size=8,
)
exceptions = st.lists(
    st.builds(
        lambda first, length, span: closed(
            first, first + timedelta(length), **({"opens": span[0], "closes": span[1]} if span else {})
        ),
        *(days, st.integers(0, 20), st.none() | spans),
    ),
    max_size=3,
)
naive = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1))  # noqa: DTZ001 hypothesis puts the zone
moments = naive.map(lambda moment: moment.replace(tzinfo=WARSAW))


@given(rules=rules, exceptions=exceptions, day=days)
def test_intervals_are_in_order_and_never_touch(rules, exceptions, day):
    found = intervals(rules, exceptions, day)
    assert all(opens < closes for opens, closes in found)
    assert all(before[1] < after[0] for before, after in zip(found, found[1:], strict=False))


@given(rules=rules, exceptions=exceptions, now=moments)
def test_being_open_agrees_with_the_intervals_of_the_day(rules, exceptions, now):
    clock = f"{now:%H:%M}"
    expected = any(opens <= clock < closes for opens, closes in intervals(rules, exceptions, now.date()))
    assert is_open(rules, exceptions, now) is expected
    if expected:
        assert not is_open(rules, exceptions, closes_at(rules, exceptions, now))


@given(rules=rules, exceptions=exceptions, now=moments)
def test_it_is_open_at_the_next_opening_and_not_before(rules, exceptions, now):
    opens = next_opening(rules, exceptions, now)
    if opens is None:
        return
    assert opens.replace(tzinfo=None) > now.replace(tzinfo=None)
    assert is_open(rules, exceptions, opens)
    assert not is_open(rules, exceptions, opens - timedelta(minutes=1)) or f"{opens:%H:%M}" == "00:00"
    between = [opens.date() - timedelta(days) for days in range(1, (opens.date() - now.date()).days)]
    assert not any(intervals(rules, exceptions, day) for day in between)


@given(rules=rules, day=days)
def test_days_off_are_closed_unless_a_rule_says_otherwise(rules, day):
    off = date(day.year, 5, 3)
    plain = [{**one, "on_days_off": False} for one in rules]
    assert intervals(plain, [], off) == []


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])  # Sundays on which the clock is moved
def test_on_the_nights_when_the_clock_is_moved_the_wall_clock_counts(day):
    night = [rule(6, "00:30", "04:00", on_days_off=True)]
    assert next_opening(night, [], at(day - timedelta(1), 20)) == at(day, 0, 30)
    assert is_open(night, [], at(day, 1))
    assert is_open(night, [], at(day, 3, 59))
    assert closes_at(night, [], at(day, 1)) == datetime.combine(day, time(4), tzinfo=WARSAW)
    hours = (closes_at(night, [], at(day, 1)).timestamp() - at(day, 1).timestamp()) / 3600
    assert hours == (2 if day.month == 3 else 4)
