"""Random histories of a queue against a slow model in plain Python: order kept, limit never passed, log true."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from residents.actions import (
    accept_offer,
    lapse_offers,
    offer_place,
    pass_offer,
    qualify_item,
    waitlist_item,
    withdraw_item,
)
from residents.models import GivenPlace, QueueEvent, QueuePlace, RequestItem
from services.models import ProgrammeService
from tests import personas
from tests.factories import NOW, holder_of, make_request, make_service

CAPACITY, OFFER_DAYS = 3, 3
one_of_them = st.integers(0, 999)


class Histories(RuleBasedStateMachine):
    """The model: needs as [received, moved to the end, number], one list that waits, offers, and places of a month."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.row = make_service().programme_services.get()
        rules = {"capacity": CAPACITY, "capacity_period": "month", "offer_days": OFFER_DAYS, "unanswered": "end"}
        ProgrammeService.objects.filter(pk=self.row.pk).update(**rules)
        self.tomek, self.now = personas.person("tomek"), NOW
        self.filed, self.waits, self.offers, self.held = {}, {}, {}, {}
        self.past = []

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # -- the model ----------------------------------------------------------------------------------
    def order(self):
        return sorted(self.waits, key=lambda pk: self.waits[pk])

    def free(self):
        return CAPACITY - sum(month == f"{self.now:%Y-%m}" for month in self.held.values())

    def give(self, pk, act, *, reason):
        """Say whether the model lets this need have a place now."""
        mine = self.waits.get(pk) or self.filed[pk]
        ahead = [other for other in self.waits if other != pk and self.waits[other] < mine]
        allowed = self.free() > 0 and (reason or not ahead)
        try:
            act(self.item(pk), skip_reason=reason, by=self.tomek, now=self.now)
        except ValidationError:
            assert not allowed
            return False
        assert allowed
        if ahead:
            self.skips = getattr(self, "skips", 0) + len(ahead)
        self.waits.pop(pk, None)
        self.filed.pop(pk, None)
        self.held[pk] = f"{self.now:%Y-%m}"
        return True

    def item(self, pk):
        return RequestItem.objects.select_related("request", "programme_service").get(pk=pk)

    # -- what may happen ------------------------------------------------------------------------------
    @rule(days=st.integers(0, 9))
    def file(self, days):
        item = make_request(needs=[(self.row.service, "")], now=self.now - timedelta(days)).items.get()
        self.filed[item.pk] = (False, 0, item.request.received_on, item.request.created_at, item.pk)

    @precondition(lambda self: self.filed)
    @rule(number=one_of_them)
    def wait(self, number):
        pk = list(self.filed)[number % len(self.filed)]
        waitlist_item(self.item(pk), by=self.tomek, now=self.now)
        self.waits[pk] = self.filed.pop(pk)

    @precondition(lambda self: self.waits)
    @rule(number=one_of_them, reason=st.sampled_from(["", "Pilne."]))
    def offer(self, number, reason):
        pk = self.order()[number % len(self.waits)]
        standing = self.waits[pk]
        if self.give(pk, offer_place, reason=reason):
            self.offers[pk] = (self.now.date() + timedelta(OFFER_DAYS), standing)

    @precondition(lambda self: self.filed)
    @rule(number=one_of_them, reason=st.sampled_from(["", "Pilne."]))
    def qualify(self, number, reason):
        self.give(list(self.filed)[number % len(self.filed)], qualify_item, reason=reason)

    @precondition(lambda self: self.offers)
    @rule(number=one_of_them, takes=st.booleans())
    def answer(self, number, takes):
        pk = list(self.offers)[number % len(self.offers)]
        item, standing = self.item(pk), self.offers.pop(pk)[1]
        (accept_offer if takes else pass_offer)(item, by=holder_of(item.request), now=self.now)
        if not takes:
            del self.held[pk]
            self.waits[pk] = (True, self.now, *standing[2:])

    @rule(days=st.integers(1, 20))
    def days_pass(self, days):
        self.past.append((self.now, self.order()))
        self.now += timedelta(days)
        late = [pk for pk, (until, _standing) in self.offers.items() if until < self.now.date()]
        assert lapse_offers(now=self.now) == len(late)
        for pk in late:
            standing = self.offers.pop(pk)[1]
            del self.held[pk]
            self.waits[pk] = (True, self.now, *standing[2:])

    @precondition(lambda self: self.waits or self.offers)
    @rule(number=one_of_them)
    def withdraw(self, number):
        pk = [*self.waits, *self.offers][number % (len(self.waits) + len(self.offers))]
        item = self.item(pk)
        withdraw_item(item, by=holder_of(item.request), now=self.now)
        self.waits.pop(pk, None)
        if self.offers.pop(pk, None):
            del self.held[pk]

    # -- what always holds ------------------------------------------------------------------------------
    @invariant()
    def the_queue_is_the_models(self):
        waiting = QueuePlace.objects.waiting().of_row(self.row)
        assert list(waiting.values_list("item", flat=True)) == self.order()

    @invariant()
    def no_more_is_held_than_the_limit(self):
        held = GivenPlace.objects.held(self.row, f"{self.now:%Y-%m}")
        assert held.count() == CAPACITY - self.free() <= CAPACITY

    @invariant()
    def the_log_tells_today_and_every_past_day(self):
        assert self.told(self.now) == self.order()
        assert [(moment, self.told(moment)) for moment, _order in self.past[-3:]] == self.past[-3:]

    @invariant()
    def each_skip_has_its_reason(self):
        skips = QueueEvent.objects.filter(what="skipped", basis=self.row)
        assert skips.count() == getattr(self, "skips", 0)
        assert not skips.filter(reason="").exists()

    def told(self, moment):
        return list(QueueEvent.objects.queue(self.row, moment).values_list("item", flat=True))


@pytest.mark.django_db
def test_random_histories_of_a_queue_go_as_the_plain_model_says():
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=5, stateful_step_count=20, deadline=None, suppress_health_check=checks),
    )
