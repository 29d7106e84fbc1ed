"""Random histories of the clocks of two needs against a slow model that counts day by day: one stands, one runs on.

The days off are written out here as the domain's part 5.8 has them, not taken from the calendar under test.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cus_portal.accounts.permissions import BlockedError
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import answer_question, ask_resident, inform_item, open_case, reopen_case, withdraw_request
from residents.models import Case, RequestItem, Resident, ServiceRequest
from tests import histories, personas
from tests.factories import holder_of, make_request

REFUSED = (ValidationError, TransitionNotAllowed, BlockedError)
WARSAW = ZoneInfo("Europe/Warsaw")
ANSWER_DAYS, PLAN_DAYS = 14, 30
DAYS_OFF = {
    2026: "01-01 01-06 04-05 04-06 05-01 05-03 05-24 06-04 08-15 11-01 11-11 12-24 12-25 12-26",
    2027: "01-01 01-06 03-28 03-29 05-01 05-03 05-16 05-27 08-15 11-01 11-11 12-24 12-25 12-26",
}
OFF = {date.fromisoformat(f"{year}-{day}") for year, days in DAYS_OFF.items() for day in days.split()}
# Before Christmas, before Easter, before the long weekend of May, and the nights in which the hour changes.
beginnings = st.sampled_from([date(2026, 3, 28), date(2026, 10, 24), date(2026, 12, 9), date(2027, 2, 25)])
hours = st.sampled_from([timedelta(0), timedelta(hours=22, minutes=50), timedelta(hours=23, minutes=50)])


def walk(first, count):
    """Return the day so many days after the first, one step at a time, and where it is moved to."""
    raw = first
    for _day in range(count):
        raw += timedelta(1)
    moved = raw
    while moved.weekday() in (5, 6) or moved in OFF:
        moved += timedelta(1)
    return raw, moved


class Need:
    """What the model knows of one need: its term, the days its clock stood, since when it stands."""

    def __init__(self, item, due):
        self.item, self.due, self.stood, self.since, self.is_open = item, due, set(), None, True

    def stop(self, today):
        """Count each day from the question to the day before this one as one that stood."""
        while self.since is not None and self.since < today:
            self.stood.add(self.since)
            self.since += timedelta(1)
        self.since = None


class Histories(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.ola, self.tomek, self.beata = (personas.person(name) for name in ("ola", "tomek", "beata"))

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @initialize(day=beginnings, hour=hours, on_paper=st.integers(0, 5))
    def file(self, day, hour, on_paper):
        """File it now, or some days ago on paper; a third need is granted already, so that a case may begin."""
        self.now = datetime(day.year, day.month, day.day, tzinfo=WARSAW).astimezone(UTC) + hour
        self.received = self.today() - timedelta(on_paper)
        self.request = make_request(
            now=self.now, on=self.received, needs=[(None, "opieka"), (None, "bus"), (None, "x")]
        )
        resident = Resident.objects.create(first_name="Ewa", last_name="Zych")
        ServiceRequest.objects.filter(pk=self.request.pk).update(resident=resident)
        *items, granted = self.request.items.order_by("position")
        self.request.items.filter(pk=granted.pk).update(status="qualified", decided_at=self.now)
        self.needs = [Need(item, walk(self.received, ANSWER_DAYS)) for item in items]
        self.cases, self.ended = [], False
        self.due = self.needs[0].due

    def today(self):
        return self.now.astimezone(WARSAW).date()

    def fresh(self):
        return ServiceRequest.objects.get(pk=self.request.pk)

    @property
    def open_needs(self):
        return [need for need in self.needs if need.is_open]

    @property
    def asked(self):
        return [need for need in self.open_needs if need.since is not None]

    @property
    def running(self):
        return [need for need in self.open_needs if need.since is None]

    def go_on(self):
        """The request is due with the first of its needs that runs, else with the first that waits."""
        if left := self.running or self.open_needs:
            self.due = min((need.due for need in left), key=lambda due: due[1])
        self.ended = self.ended or not self.open_needs

    # -- what may happen ------------------------------------------------------------------------
    @rule(named=st.sampled_from([(0,), (1,), (0, 1), ()]))
    def ask(self, named):
        needs = [self.needs[number] for number in named]
        try:
            with transaction.atomic():
                items = [need.item for need in needs]
                ask_resident(self.fresh(), text="?", needs=items, by=self.ola, now=self.now)
        except REFUSED:
            assert self.asked or self.ended or len(self.cases) > 1 or not all(need.is_open for need in needs)
            return
        assert not self.asked
        assert not self.ended
        assert len(self.cases) < 2  # the request stays with the closed case, and rests
        for need in needs or self.open_needs:
            assert need.is_open
            need.since = self.today()
        self.go_on()

    @rule()
    def answer(self):
        try:
            with transaction.atomic():
                answer_question(self.fresh(), answer="tak", by=holder_of(self.request), now=self.now)
        except REFUSED:
            assert not self.asked
            return
        assert self.asked
        for need in self.asked:
            need.stop(self.today())
            later = walk(self.received, ANSWER_DAYS + len(need.stood))
            need.due = max(need.due, later, key=lambda due: due[1]) if later[1] != need.due[1] else later
        self.go_on()

    @rule(passes=st.sampled_from([1, 6, 20]), named=st.sampled_from([(0,), (1,), ()]))
    def ask_and_hear_days_later(self, passes, named):
        if not self.asked:
            self.ask(named)
        self.now += timedelta(passes)
        self.answer()

    @precondition(lambda self: self.open_needs and not self.ended and len(self.cases) < 2)
    @rule(number=st.integers(0, 1), sure=st.integers(0, 2))
    def decide(self, number, sure):
        """Decide one need: what only it was asked for falls away, and the rest goes on."""
        if sure:
            return
        need = self.open_needs[number % len(self.open_needs)]
        inform_item(RequestItem.objects.get(pk=need.item.pk), answer="tak", by=self.tomek, now=self.now)
        need.is_open = False
        need.stop(self.today())
        self.go_on()

    @precondition(lambda self: not self.ended and len(self.cases) < 2)
    @rule(sure=st.integers(0, 5))
    def withdraw(self, sure):
        if sure:
            return
        withdraw_request(self.fresh(), by=holder_of(self.request), now=self.now)
        for need in self.open_needs:
            need.is_open = False
            need.stop(self.today())
        self.ended = True

    @precondition(lambda self: not self.ended)
    @rule()
    def begin_the_case(self):
        """The 30 days of the plan run from the day the request came, however often its own clock stood."""
        try:
            with transaction.atomic():
                case = open_case(self.fresh(), coordinator=self.tomek, by=self.tomek, now=self.now)
        except REFUSED:
            assert self.cases
            return
        assert not self.cases
        self.cases.append((case.pk, *walk(self.received, PLAN_DAYS)))

    @precondition(lambda self: self.cases and not self.asked)
    @rule()
    def reopen(self):
        """Close the last case and go on in another: its 30 days begin anew, those of the closed one stay."""
        case = Case.objects.get(pk=self.cases[-1][0])
        Case.objects.filter(pk=case.pk).update(status="closed", closed_on=self.today(), close_reason="other")
        case.refresh_from_db()
        opened = reopen_case(case, reason="same_need", coordinator=self.tomek, by=self.beata, now=self.now)
        self.cases.append((opened.pk, *walk(self.today(), PLAN_DAYS)))

    @rule(passes=st.sampled_from([timedelta(minutes=20), timedelta(1), timedelta(2), timedelta(5), timedelta(35)]))
    def time_passes(self, passes):
        self.now += passes

    # -- what always holds ----------------------------------------------------------------------
    @invariant()
    def the_answer_is_due_when_the_model_says(self):
        request = self.fresh()
        assert (request.due_raw_on, request.due_on) == self.due
        assert (request.status == "waiting") == bool(self.open_needs and not self.running)
        for day in (self.due[1], self.due[1] + timedelta(1)):
            late = day > self.due[1] and bool(self.running)
            assert ServiceRequest.objects.overdue(day).filter(pk=request.pk).exists() == late

    @invariant()
    def each_need_has_its_own_term_and_is_ready_while_its_clock_runs(self):
        rows = RequestItem.objects.order_by("pk").values_list("pk", "due_raw_on", "due_on")
        assert list(rows)[:2] == [(need.item.pk, *need.due) for need in self.needs]
        ready = RequestItem.objects.undecided().ready().order_by("pk")
        assert list(ready) == [need.item for need in self.running]

    @invariant()
    def the_pauses_are_intervals_that_hold_each_day_once(self):
        for need in self.needs:
            pauses = list(need.item.pauses.order_by("began_on", "pk"))
            days = [
                one.began_on + timedelta(step) for one in pauses if one.ended_on
                for step in range((one.ended_on - one.began_on).days)
            ]  # fmt: skip
            assert len(days) == len(set(days))
            assert set(days) == need.stood
            assert [one.began_on for one in pauses if one.ended_on is None] == ([need.since] if need.since else [])

    @invariant()
    def each_plan_is_due_on_its_own_days(self):
        rows = Case.objects.order_by("pk").values_list("pk", "plan_due_on", "plan_due_moved_on")
        assert list(rows) == self.cases


@pytest.mark.django_db
def test_random_histories_of_the_clocks_go_as_the_plain_model_says():
    filed, days = (Histories.file, date(2026, 12, 9), timedelta(0), 2), (Histories.time_passes, timedelta(5))
    histories.run(
        Histories,
        [filed, (Histories.ask_and_hear_days_later, 6, (0,)), (Histories.ask, (1,))],
        [filed, (Histories.ask, (0,)), days, (Histories.decide, 0, 0)],
        [filed, (Histories.begin_the_case,), days, (Histories.reopen,)],
        examples=6,
        steps=10,
    )
