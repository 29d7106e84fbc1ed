"""Random histories of visits against a slow model in plain Python: limits, hours and fees to the grosz."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coordination.actions.contracts import end_contract
from coordination.actions.delivery import set_fee, suspend_service
from coordination.actions.settlements import close_month, count_month
from coordination.actions.visits import take_back_mark, write_visit
from coordination.models import Contract, Provision, ServiceRecord, Settlement
from tests import histories, personas
from tests.coordination_world import make_case
from tests.delivery_world import clock, make_contract, make_provision
from tests.factories import NOW, make_service

FIRST, LENGTH = date(2026, 9, 1), 60
GIVEN, BOUGHT, FOR_ONE = Decimal(6), Decimal(11), Decimal(8)  # in a month; in all; by the first programme to one
RATES = {0: Decimal("7.35"), 1: Decimal("5.05")}
PRICES = (Decimal("31.33"), Decimal("40.05"))
day_of = st.integers(0, LENGTH - 1)
half_hours = st.integers(1, 6)
which = st.integers(0, 1)
months = st.sampled_from([FIRST, date(2026, 10, 1)])
one_of_them = st.integers(0, 999)


class Histories(RuleBasedStateMachine):
    """One person, two services of two programmes. The model keeps visits as (service, day, from, to) and adds up."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.tomek, self.beata = personas.person("tomek"), personas.person("beata")
        case = make_case(self.tomek)
        self.services = []
        for number, price in enumerate(PRICES):
            fee = {"fee_kind": "flat", "fee_amount": RATES[number], "fee_unit": "hour"}
            if number == 0:
                fee |= {"person_units": FOR_ONE, "person_unit": "hour", "person_period": "edition"}
            contract = make_contract(
                make_service(f"Usługa {number}", public=False), units=BOUGHT, unit_price=price, fee=fee
            )
            facts = {"case": case, "units": GIVEN, "worker": None, "starts_on": FIRST}
            self.services.append(make_provision(contract, **facts).pk)
        self.visits, self.away, self.relief, self.closed = {}, {0: set(), 1: set()}, {0: {}, 1: {}}, set()
        self.last_day = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def service(self, number):
        rows = Provision.objects.select_related("contract__basis", "case__resident")
        return rows.get(pk=self.services[number])

    # -- the model ----------------------------------------------------------------------------------
    def hours(self, number=None, month=None):
        found = [
            (end - begin) / Decimal(2)
            for one, day, begin, end in self.visits.values()
            if number in (None, one) and month in (None, day.replace(day=1))
        ]
        return sum(found, Decimal(0))

    def allows(self, number, day, begin, end):
        month, length = day.replace(day=1), (end - begin) / Decimal(2)
        meets = any(on == day and begin < to and start < end for _one, on, start, to in self.visits.values())
        return (
            not meets
            and day not in self.away[number]
            and day <= self.last_day.get(number, day)
            and (number, month) not in self.closed
            and self.hours(number, month) + length <= GIVEN
            and self.hours(number) + length <= (BOUGHT if number else FOR_ONE)
        )

    def fee(self, number, month):
        exact = Decimal(0)
        for one, day, begin, end in self.visits.values():
            if one == number and day.replace(day=1) == month:
                percent = max(((since, part) for since, part in self.relief[number].items() if since <= day), default=0)
                exact += (end - begin) / Decimal(2) * RATES[number] * (100 - (percent[1] if percent else 0)) / 100
        return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)

    # -- what may happen ------------------------------------------------------------------------------
    @rule(number=which, ahead=day_of, begin=st.integers(14, 24), length=half_hours)
    def visit(self, number, ahead, begin, length):
        day, end, key = FIRST + timedelta(ahead), begin + length, uuid4()
        allowed = self.allows(number, day, begin, end)
        for _time in range(2):  # sent twice
            try:
                record = write_visit(
                    self.service(number), day=day, begins=clock(begin / 2), ends=clock(end / 2), key=key,
                    by=self.tomek, now=NOW,
                )  # fmt: skip
            except ValidationError:
                assert not allowed
            else:
                assert allowed
                self.visits[record.pk] = (number, day, begin, end)

    @precondition(lambda self: self.visits)
    @rule(number=one_of_them)
    def take_back(self, number):
        pk = list(self.visits)[number % len(self.visits)]
        one, day, *_times = self.visits[pk]
        record = ServiceRecord.objects.get(pk=pk)
        try:
            take_back_mark(record, reason="pomyłka", by=self.tomek, now=NOW)
        except ValidationError:
            assert (one, day.replace(day=1)) in self.closed
        else:
            assert (one, day.replace(day=1)) not in self.closed
            ServiceRecord.objects.filter(pk=pk).update(status="called_off")
            del self.visits[pk]

    @precondition(lambda self: len(self.last_day) < len(PRICES))
    @rule(number=which, ahead=st.integers(LENGTH // 2, LENGTH - 1))
    def end_the_contract(self, number, ahead):
        if number not in self.last_day:
            self.last_day[number] = FIRST + timedelta(ahead)
            end_contract(
                self.service(number).contract, last_day=self.last_day[number], reason="upadłość", by=self.beata, now=NOW
            )

    @rule(number=which, ahead=day_of, length=st.integers(0, 9))
    def go_away(self, number, ahead, length):
        days = {FIRST + timedelta(ahead + more) for more in range(length + 1)}
        visited = any(one == number and day in days for one, day, *_times in self.visits.values())
        try:
            suspend_service(
                self.service(number), kind="absence", first_day=min(days), last_day=max(days), by=self.tomek, now=NOW
            )
        except ValidationError:
            assert visited or days & self.away[number]
        else:
            assert not visited
            assert not days & self.away[number]
            self.away[number] |= days

    @rule(number=which, ahead=day_of, percent=st.sampled_from([0, 33, 50, 100]))
    def give_relief(self, number, ahead, percent):
        day = FIRST + timedelta(ahead)
        after = [month for one, month in self.closed if one == number and month >= day.replace(day=1)]
        settled = any(self.hours(number, month) for month in after)
        try:
            set_fee(
                self.service(number),
                valid_from=day,
                relief_percent=percent,
                relief_reason="§ 7",
                by=self.tomek,
                now=NOW,
            )
        except ValidationError:
            assert settled
        else:
            assert not settled
            self.relief[number] = {since: part for since, part in self.relief[number].items() if since < day}
            self.relief[number][day] = percent

    @rule(number=which, month=months)
    def close(self, number, month):
        contract = self.service(number).contract
        try:
            settlement = close_month(contract, month=month, by=self.beata, now=NOW)
        except ValidationError:
            assert (number, month) in self.closed
            return
        assert (number, month) not in self.closed
        self.closed.add((number, month))
        for line in settlement.lines.all():
            assert line.fee == self.fee(number, month)
            due = self.hours(number, month) * PRICES[number]
            assert line.amount == due.quantize(Decimal("0.01"), ROUND_HALF_UP)

    @rule(number=which, month=months)
    def count(self, number, month):
        counted = [one.fee for one in count_month(self.service(number).contract, month)]
        assert counted == [self.fee(number, month)]

    # -- what chance seldom leads to --------------------------------------------------------------------
    @rule(number=which, month=months)
    def the_limits_are_filled(self, number, month):
        """Of the month, of one person, of the contract: to the last half an hour."""
        for day, length in enumerate((6, 6, 4, 1), start=(month - FIRST).days + 1):
            self.visit(number, day, 14 + 10 * number, length)

    @rule(number=which, ahead=day_of, percent=st.sampled_from([0, 33, 100]))
    def relief_begins_with_a_visit(self, number, ahead, percent):
        for day in (ahead, ahead + 1):
            self.visit(number, day, 20, 1)
            self.count(number, (FIRST + timedelta(day)).replace(day=1))
        for day, part in ((ahead, 50), (ahead + 1, percent)):
            self.give_relief(number, day, part)
            self.count(number, (FIRST + timedelta(day)).replace(day=1))

    @rule(number=which, ahead=st.integers(3, LENGTH - 1))
    def away_until_a_visit(self, number, ahead):
        """An absence holds on its last day, so it cannot end with a visit, but the day before."""
        self.visit(number, ahead, 14, 1)
        self.go_away(number, ahead - 3, 3)
        self.go_away(number, ahead - 3, 2)
        self.visit(number, ahead - 1, 14, 1)

    @rule(number=which, month=months)
    def nothing_changes_once_it_is_closed(self, number, month):
        first = (month - FIRST).days
        self.visit(number, first, 14, 1)
        self.close(number, month)
        self.visit(number, first + 1, 14, 1)
        for day in (29, 30 + (month != FIRST)):
            self.give_relief(number, first + day, 33)
        for order, visit in enumerate(list(self.visits.values())):
            if visit[:2] == (number, month):
                self.take_back(order)

    # -- what always holds ------------------------------------------------------------------------------
    @invariant()
    def nobody_gets_more_and_no_contract_gives_more(self):
        for number, pk in enumerate(self.services):
            contract = Contract.objects.with_use().get(provisions=pk)
            assert contract.used == self.hours(number) <= (BOUGHT if number else FOR_ONE)
            for month in (FIRST, date(2026, 10, 1)):
                assert self.hours(number, month) <= GIVEN

    @invariant()
    def no_hour_is_paid_twice(self):
        spans = sorted(ServiceRecord.objects.done().values_list("starts_at", "ends_at"))
        assert all(end <= start for (_from, end), (start, _to) in zip(spans, spans[1:], strict=False))
        assert len(spans) == len(self.visits)

    @invariant()
    def what_is_closed_stays(self):
        closed = {
            (one.contract_id, one.month): sorted(one.lines.values_list("fee")) for one in Settlement.objects.all()
        }
        kept = getattr(self, "kept", {})
        assert {key: closed[key] for key in kept} == kept
        self.kept = closed


@pytest.mark.django_db
def test_random_histories_of_visits_go_as_the_plain_model_says():
    october = date(2026, 10, 1)
    filled = [(Histories.the_limits_are_filled, number, month) for month in (FIRST, october) for number in (0, 1)]
    closed = Histories.nothing_changes_once_it_is_closed
    histories.run(
        Histories,
        filled,
        [(Histories.relief_begins_with_a_visit, 1, 3, 33), (closed, 1, FIRST), (closed, 0, october)],
        [(Histories.away_until_a_visit, 0, 10)],
        examples=2,
        steps=8,
    )
