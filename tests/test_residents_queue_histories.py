"""Random histories of a queue against a slow model in plain Python: order kept, limit never passed, log true.

The needs are bare rows; what happens to them goes through the actions. Two rows of one service, so that the queue of
one can be carried into the other.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from residents.actions import (
    accept_offer,
    carry_queue,
    lapse_offers,
    offer_place,
    pass_offer,
    qualify_item,
    return_to_queue,
    waitlist_item,
    withdraw_item,
)
from residents.models import (
    ClockPause,
    GivenPlace,
    QueueEvent,
    QueuePlace,
    RequestItem,
    RequestQuestion,
    ServiceRequest,
)
from residents.models.queue import ORDER
from services.models import ProgrammeService
from tests import personas
from tests.factories import NOW, holder_of, make_programme, make_resident, make_service

OFFER_DAYS, FOR_ONE = 3, Decimal("1.5")
any_of_them = st.integers(0, 999)
rows = st.integers(0, 1)
units = st.sampled_from([Decimal("0.5"), Decimal(1), Decimal("1.5")])


class Need:
    """What the model knows of one need: its row, by what it stands, how it is, what it holds."""

    def __init__(self, item, row):
        self.item, self.row, self.state = item, row, item.status
        self.preferred, self.moved, self.owes = False, None, False
        self.received, self.complete = item.request.received_on, item.request.created_at
        self.person, self.held, self.until = item.request.resident_id, None, None

    def standing(self):
        moved = self.moved.timestamp() if self.moved else 0
        return (not self.preferred, moved, self.received, self.complete, self.item.pk)


class Histories(RuleBasedStateMachine):
    service = beata = tomek = people = None  # given by the test: made once, before the first history

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now, self.needs, self.events, self.past = NOW, [], [], []

    @initialize(
        period=st.sampled_from(["month", "year", "edition"]),
        unanswered=st.sampled_from(["end", "end", "keep"]),
        times=st.integers(0, 3),
        seconds=st.integers(0, 1),
    )
    def begin(self, period, unanswered, times, seconds):
        """Begin with a queue in which some have gone to the end already."""
        self.period, self.unanswered = period, unanswered
        self.rows = list(self.service.programme_services.order_by("pk"))
        for row, capacity in zip(self.rows, (3, 2), strict=True):
            row.capacity, row.capacity_period, row.preference = capacity, period, "Samotni."
            row.offer_days, row.unanswered, row.capacity_unit = OFFER_DAYS, unanswered, "hour"
            row.save()
        each = {"person_units": FOR_ONE, "person_unit": "hour", "person_period": period}
        ProgrammeService.objects.filter(pk=self.rows[0].pk).update(**each)
        for minutes in (0, 1, 0):
            self.add(0, 1, minutes)
        self.wait(preferred=False, number=0)
        self.the_first_say_not_now(0, times, seconds)

    def teardown(self):
        try:
            self.the_log_tells_each_past_day_and_all_that_happened()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # -- the model ----------------------------------------------------------------------------------
    def those(self, *states):
        return [need for need in self.needs if need.state in states]

    def order(self, row):
        return sorted((need for need in self.those("waitlisted") if need.row == row), key=Need.standing)

    def orders(self):
        return [[need.item.pk for need in self.order(row)] for row in (0, 1)]

    def word(self):
        return {"month": f"{self.now:%Y-%m}", "year": f"{self.now:%Y}", "edition": "edition"}[self.period]

    def free(self, row):
        held = (need.held[2] for need in self.those("offered", "qualified") if need.held[:2] == (row, self.word()))
        return self.rows[row].capacity - sum(held)

    def left_for_one(self, need):
        """What the first row may still give the person of the need."""
        if need.row:
            return self.rows[1].capacity
        of_one = [one for one in self.those("offered", "qualified") if one.person == need.person]
        return FOR_ONE - sum(one.held[2] for one in of_one if one.held[:2] == (0, self.word()))

    def ahead(self, need):
        """Who waits, and who has no answer yet, and would be passed over."""
        found = [one for one in self.those("waitlisted", "submitted") if one.row == need.row and not one.owes]
        return sorted((one for one in found if one.standing() < need.standing()), key=Need.standing)

    def give(self, need, act, state, *, amount, reason):
        """Give the need a place, and say whether the model lets it have one now."""
        ahead = self.ahead(need)
        try:
            with transaction.atomic():
                act(self.fresh(need), units=amount, skip_reason=reason, by=self.tomek, now=self.now)
        except ValidationError:
            assert (ahead and not reason) or min(self.free(need.row), self.left_for_one(need)) < amount
            return
        assert min(self.free(need.row), self.left_for_one(need)) >= amount
        assert reason or not ahead
        self.events += [(one.item.pk, "skipped", reason, need.item.pk) for one in ahead]
        need.state, need.held = state, (need.row, self.word(), amount)
        self.happened(need, "offered" if state == "offered" else "qualified", reason if ahead else "")
        if state == "offered":
            need.until = self.now.date() + timedelta(OFFER_DAYS)

    def waits_on(self, need, what):
        need.state, need.held, need.until = "waitlisted", None, None
        if self.unanswered == "end":
            need.moved = self.now
        self.happened(need, what)

    def happened(self, need, what, reason=""):
        self.events.append((need.item.pk, what, reason, None))

    def fresh(self, need):
        return RequestItem.objects.select_related("request", "programme_service").get(pk=need.item.pk)

    # -- what may happen ----------------------------------------------------------------------------
    @rule(row=rows, filed=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=3))
    def file(self, row, filed):
        """File needs, received so many days and complete so many minutes ago: of one day and minute, too."""
        for days, minutes in filed:
            self.add(row, days, minutes)

    def add(self, row, days, minutes, **fields):
        number = len(self.needs) + 1
        request = ServiceRequest.objects.create(
            reference=f"H-{number}",
            resident=self.people[number % 2],
            access_code="ABCD",
            channel="portal",
            received_on=self.now.date() - timedelta(days),
            due_on=self.now.date() + timedelta(60),
            created_at=NOW - timedelta(minutes=minutes),
        )
        item = RequestItem.objects.create(
            request=request,
            position=1,
            service=self.service,
            programme_service=self.rows[row],
            due_on=request.due_on,
            **fields,
        )
        self.needs.append(Need(item, row))

    @precondition(lambda self: self.those("submitted"))
    @rule(preferred=st.sampled_from([False, False, False, True]), number=any_of_them)
    def wait(self, preferred, number):
        """Let one, and all that were filed after it, wait."""
        filed = self.those("submitted")
        for need in filed[number % len(filed) :]:
            waitlist_item(self.fresh(need), is_preferred=preferred, by=self.tomek, now=self.now)
            need.state, need.preferred = "waitlisted", preferred
            self.happened(need, "joined", "Samotni." if preferred else "")

    @precondition(lambda self: self.those("waitlisted"))
    @rule(row=rows, amount=units)
    def offer_to_the_first(self, row, amount):
        if order := [need for need in self.order(row) if not need.owes]:
            self.give(order[0], offer_place, "offered", amount=amount, reason="")

    @precondition(lambda self: self.those("waitlisted"))
    @rule(number=any_of_them, amount=units, reason=st.sampled_from(["", "Pilne."]))
    def offer_to_another(self, number, amount, reason):
        waiting = self.those("waitlisted")
        self.give(waiting[number % len(waiting)], offer_place, "offered", amount=amount, reason=reason)

    @precondition(lambda self: self.those("submitted", "waitlisted"))
    @rule(number=any_of_them, amount=units, reason=st.sampled_from(["", "Pilne."]))
    def qualify(self, number, amount, reason):
        found = self.those("submitted", "waitlisted")
        self.give(found[number % len(found)], qualify_item, "qualified", amount=amount, reason=reason)

    @precondition(lambda self: self.those("offered"))
    @rule(number=any_of_them, takes=st.sampled_from([True, False, False]))
    def answer(self, number, takes):
        offered = self.those("offered")
        need = offered[number % len(offered)]
        if takes:
            accept_offer(self.fresh(need), by=holder_of(need.item.request), now=self.now)
            need.state, need.until = "qualified", None
            self.happened(need, "accepted")
        else:
            self.pass_on(need)

    def pass_on(self, need):
        pass_offer(self.fresh(need), by=holder_of(need.item.request), now=self.now)
        self.waits_on(need, "passed")

    @precondition(lambda self: self.those("waitlisted"))
    @rule(row=rows, times=st.integers(1, 3), seconds=st.integers(0, 1))
    def the_first_say_not_now(self, row, times, seconds):
        """One after the other goes to the end, or keeps the place: in one second, or each in his own."""
        for _one in range(times):
            self.offer_to_the_first(row, Decimal("0.5"))
            if offered := [need for need in self.those("offered") if need.row == row]:
                self.pass_on(offered[-1])
            self.now += timedelta(seconds=seconds)

    @rule(days=st.sampled_from([0, 1, 4, 30]))
    def time_passes(self, days):
        self.past.append((self.now, self.orders()))
        self.now += timedelta(days, seconds=1)
        late = [need for need in self.those("offered") if need.until < self.now.date()]
        assert lapse_offers(now=self.now) == len(late)
        for need in sorted(late, key=lambda need: need.item.queue_place.pk):
            self.waits_on(need, "lapsed")

    @precondition(lambda self: self.those("waitlisted", "offered"))
    @rule(number=any_of_them)
    def withdraw(self, number):
        found = self.those("waitlisted", "offered")
        need = found[number % len(found)]
        withdraw_item(self.fresh(need), by=holder_of(need.item.request), now=self.now)
        need.state, need.held = "withdrawn", None
        self.happened(need, "left")

    @precondition(lambda self: self.those("waitlisted"))
    @rule(number=any_of_them)
    def owes_an_answer_or_has_given_it(self, number):
        waiting = self.those("waitlisted")
        need = waiting[number % len(waiting)]
        need.owes = not need.owes
        asked = RequestQuestion.objects.filter(request=need.item.request_id)
        if need.owes:
            question = asked.create(request_id=need.item.request_id, text="?", asked_at=self.now, asked_by=self.tomek)
            ClockPause.objects.create(question=question, item=need.item, began_on=self.now.date())
        else:
            asked.delete()

    @rule(row=rows, days=st.integers(0, 3), minutes=st.integers(0, 2))
    def win_an_appeal(self, row, days, minutes):
        """A need that was refused comes back to where its filing puts it."""
        self.add(row, days, minutes, status="refused", decided_at=self.now)
        need = self.needs[-1]
        return_to_queue(self.fresh(need), reason="SKO.1", by=self.tomek, now=self.now)
        need.state = "waitlisted"
        self.happened(need, "returned", "SKO.1")

    @precondition(lambda self: self.those("waitlisted"))
    @rule(row=rows)
    def carry(self, row):
        carried = self.order(row)
        into = {"into": self.rows[1 - row], "reason": "Edycja", "by": self.beata, "now": self.now}
        assert carry_queue(self.rows[row], **into) == len(carried)
        for need in carried:
            need.row = 1 - row
            self.happened(need, "carried", "Edycja")

    # -- what always holds --------------------------------------------------------------------------
    @invariant()
    def the_queue_is_the_models(self):
        found = list(QueuePlace.objects.waiting().order_by("basis", *ORDER)) if self.needs else []
        orders = [[place.item_id for place in found if place.basis_id == row.pk] for row in self.rows]
        assert orders == self.orders()
        if found:
            shown = {pk: number for order in orders for number, pk in enumerate(order, start=1)}
            assert QueuePlace.objects.all().numbers_of(found) == shown

    @invariant()
    def no_more_is_held_than_the_limit(self):
        held = [GivenPlace.objects.held(row, self.word()) for row in self.rows] if self.needs else []
        held = (held[0] | held[1]).values_list("basis", "units") if held else []
        for number, row in enumerate(self.rows):
            amount = sum(units for basis, units in held if basis == row.pk)
            assert amount == row.capacity - self.free(number) <= row.capacity

    def the_log_tells_each_past_day_and_all_that_happened(self):
        for moment, orders in [*self.past, (self.now, self.orders())]:
            events = [QueueEvent.objects.queue(row, moment) for row in self.rows]
            assert [list(told.values_list("item", flat=True)) for told in events] == orders
        assert list(QueueEvent.objects.values_list("item", "what", "reason", "instead")) == self.events


@pytest.mark.django_db
def test_random_histories_of_a_queue_go_as_the_plain_model_says():
    Histories.service = make_service()
    ProgrammeService.objects.create(
        service=Histories.service,
        programme=make_programme(),
        valid_from=NOW.date().replace(year=2021),
        regime="programme",
        fee_kind="free",
    )
    Histories.tomek, Histories.beata = personas.person("tomek"), personas.person("beata")
    Histories.people = [make_resident(), make_resident("Jan")]
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=30, stateful_step_count=14, deadline=None, suppress_health_check=checks),
    )
