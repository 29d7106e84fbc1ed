"""Random histories of letters and appeals against a slow model that counts day by day: calls, decisions, terms."""

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    change_letter,
    deliver_letter,
    draft_letter,
    pass_appeal_on,
    presume_delivered,
    propose_refusal,
    record_appeal,
    record_appeal_result,
    record_notice,
    send_letter,
    sign_refusal,
    waive_appeal,
)
from residents.actions.items import leave_unexamined
from residents.actions.messages import write_message
from residents.models import Letter, RefusalAppeal, RefusalDecision, RequestItem
from tests import histories, personas
from tests.desk import GROUNDS
from tests.factories import PERSON, at, holder_of, make_request
from tests.test_clock_histories import beginnings, walk

REFUSED = (ValidationError, TransitionNotAllowed)
HOME = PERSON | {"address": "Lipowa 7", "postal_code": "24-200"}
channels = st.sampled_from(["post", "post", "edelivery"])
any_of_them = st.integers(0, 99)
which = st.integers(0, 1)
results = st.sampled_from(["upheld", "inadmissible", "withdrawn"])


class Histories(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.tomek, self.danuta = personas.person("tomek"), personas.person("danuta")
        self.letters, self.wrote, self.state = {}, [], "submitted"
        self.appeal = None

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @initialize(day=beginnings)
    def file(self, day):
        self.today = day
        self.request = make_request(now=at(day), on=day, applicant=HOME)
        self.item = self.request.items.get()

    def fresh(self):
        return RequestItem.objects.select_related("request", "programme_service", "refusal").get(pk=self.item.pk)

    def act(self, function, *args, **facts):
        """Do it, and tell whether it was let."""
        by = facts.pop("by", self.tomek)
        try:
            with transaction.atomic():
                function(*args, **facts, by=by, now=at(self.today))
        except REFUSED:
            return False
        return True

    def one_of(self, number):
        pk = list(self.letters)[number % len(self.letters)]
        return Letter.objects.get(pk=pk), self.letters[pk]

    @rule(days=st.sampled_from([1, 2, 6, 14, 16]))
    def time_passes(self, days):
        self.today += timedelta(days)

    @precondition(lambda self: self.today < date(2027, 9, 1))
    @rule(channel=channels, days=st.sampled_from([7, 7, 10]))
    def call(self, channel, days):
        letter = draft_letter(self.request, kind="call", by=self.tomek, now=at(self.today))
        facts = {"recipient": letter.recipient, "address": letter.address, "subject": letter.subject, "body": "Dowód."}
        assert not self.act(change_letter, letter, **facts, term_days=6)
        assert self.act(change_letter, letter, **facts, term_days=days)
        self.send(letter, channel, days)

    def send(self, letter, channel, days=None):
        assert self.act(send_letter, letter, channel=channel, sent_on=self.today)
        self.letters[letter.pk] = SimpleNamespace(
            kind=letter.kind,
            channel=channel,
            days=days,
            sent=self.today,
            deemed=None,
            delivered=None,
            term=(None, None),
        )

    @precondition(lambda self: self.letters)
    @rule(number=any_of_them)
    def it_waits_to_be_collected(self, number):
        letter, known = self.one_of(number)
        assert self.act(record_notice, letter, waits_since=self.today) == (known.delivered is None)
        if known.delivered is None:
            late = self.today + timedelta(15)
            known.deemed = walk(self.today, 14)[1] if known.channel == "post" else late

    @precondition(lambda self: self.letters)
    @rule(number=any_of_them)
    def it_is_delivered(self, number):
        letter, known = self.one_of(number)
        let = known.delivered is None and not (known.deemed and known.deemed < self.today)
        assert self.act(deliver_letter, letter, delivered_on=self.today) == let
        if let:
            self.delivered(known, self.today)

    @precondition(lambda self: self.letters)
    @rule(number=any_of_them, days=st.sampled_from([0, 15, 17]))
    def nobody_collects_it(self, number, days):
        self.today += timedelta(days)
        letter, known = self.one_of(number)
        let = known.delivered is None and known.deemed is not None and known.deemed < self.today
        assert self.act(presume_delivered, letter) == let
        if let:
            self.delivered(known, known.deemed)

    def delivered(self, known, day):
        known.delivered = day
        known.term = walk(day, known.days) if known.days else (None, None)

    @precondition(lambda self: self.today < date(2027, 9, 1))
    @rule(channel=channels, days=st.sampled_from([7, 10]), by_law=st.booleans(), writes=st.booleans())
    def a_call_runs_to_its_end(self, channel, days, by_law, writes):
        """What the last day still holds, the next one does not: to collect it, to answer."""
        self.call(channel, days)
        number = len(self.letters) - 1
        self.comes(number, by_law)
        self.today = self.one_of(number)[1].term[1]
        self.the_lists_of_letters_hold_what_the_model_says()
        self.leave_it_unexamined(number, 0)
        if writes and self.state == "submitted":
            self.the_person_writes()
        self.today += timedelta(1)
        self.the_lists_of_letters_hold_what_the_model_says()
        self.leave_it_unexamined(number, 0)

    def comes(self, number, by_law):
        """It is collected, or counts as delivered when the last day to collect it is over."""
        self.it_waits_to_be_collected(number)
        if by_law:
            self.today = self.one_of(number)[1].deemed
            self.the_lists_of_letters_hold_what_the_model_says()
            self.nobody_collects_it(number, 0)
            self.today += timedelta(1)
            self.the_lists_of_letters_hold_what_the_model_says()
        self.it_is_delivered(number)
        self.nobody_collects_it(number, 0)

    @precondition(lambda self: self.state == "submitted")
    @rule()
    def the_person_writes(self):
        told = {"text": "Doniosę.", "token": uuid4()}
        if self.act(write_message, self.request, **told, by=holder_of(self.request)):
            self.wrote.append(self.today)

    def nobody_answered(self):
        """The calls whose term is over, and in whose time nothing came."""
        calls = {pk: one for pk, one in self.letters.items() if one.kind == "call" and one.delivered}
        late = {pk: one for pk, one in calls.items() if one.term[1] < self.today and self.state == "submitted"}
        return {pk for pk, one in late.items() if not any(one.sent <= day <= one.term[1] for day in self.wrote)}

    @precondition(lambda self: self.letters)
    @rule(number=any_of_them, days=st.sampled_from([0, 8, 11]))
    def leave_it_unexamined(self, number, days):
        self.today += timedelta(days)
        letter, _known = self.one_of(number)
        let = letter.pk in self.nobody_answered()
        assert self.act(leave_unexamined, letter) == let
        if let:
            self.state = "unexamined"

    # -- the decision ---------------------------------------------------------------------------------
    @precondition(lambda self: self.state == "submitted")
    @rule(channel=channels, sure=st.integers(0, 1))
    def refuse(self, channel, sure):
        if not sure:
            return
        assert self.act(propose_refusal, self.fresh(), **GROUNDS)
        assert self.act(sign_refusal, self.fresh(), by=self.danuta)
        self.state = "refused"
        self.send(Letter.objects.get(refusal__item=self.item), channel)

    def decision(self):
        return next((one for one in self.letters.values() if one.kind == "decision"), None)

    def may_appeal(self):
        decision = self.decision()
        return decision is not None and decision.delivered is not None and self.appeal is None

    @precondition(lambda self: self.decision())
    @rule(days=st.sampled_from([0, 0, 14]))
    def appeal_against_it(self, days):
        """A late one is taken too, and marked."""
        self.today += timedelta(days)
        let = self.may_appeal()
        assert self.act(record_appeal, self.fresh(), filed_on=self.today) == let
        if let:
            late = self.today > walk(self.decision().delivered, 14)[1]
            self.appeal = SimpleNamespace(filed=self.today, late=late, passed=False, result="", ended=None)

    @precondition(lambda self: self.decision())
    @rule()
    def waive_it(self):
        let = self.may_appeal() and self.today <= walk(self.decision().delivered, 14)[1]
        assert self.act(waive_appeal, self.fresh(), waived_on=self.today) == let
        if let:
            self.appeal = SimpleNamespace(filed=None, result="waived", ended=self.today)

    @precondition(lambda self: self.appeal and self.appeal.filed)
    @rule()
    def pass_it_on(self):
        let = not self.appeal.result
        assert self.act(pass_appeal_on, self.fresh(), forwarded_on=self.today) == let
        self.appeal.passed = self.appeal.passed or let

    @precondition(lambda self: self.appeal and self.appeal.filed)
    @rule(result=results)
    def it_is_dismissed(self, result):
        let = not self.appeal.result and (self.appeal.passed or result == "withdrawn")
        told = {"result": result, "decided_on": self.today, "board_number": "SKO.1"}
        assert self.act(record_appeal_result, self.fresh(), **told) == let
        if let:
            self.appeal.result, self.appeal.ended = result, self.today

    @precondition(lambda self: self.state == "submitted" and self.today < date(2027, 9, 1))
    @rule(channel=channels, by_law=st.booleans(), late=which, waives=which, result=results, sure=which)
    def refuse_and_wait_for_an_appeal(self, channel, by_law, late, waives, result, sure):
        """Until the last day, or the next; then it is waived, or appealed against and soon decided."""
        if not sure:
            return
        self.refuse(channel, 1)
        self.comes(len(self.letters) - 1, by_law)
        self.the_decision_is_final_when_the_model_says()
        self.today = walk(self.decision().delivered, 14)[1] + timedelta(late)
        if waives:
            self.waive_it()
        if self.may_appeal():
            self.appeal_against_it(0)
            self.it_is_dismissed(result)
            self.pass_it_on()
            self.it_is_dismissed(result)

    def final(self):
        decision = self.decision()
        if decision is None or decision.delivered is None:
            return None
        if self.appeal is None or self.appeal.result == "withdrawn":
            return walk(decision.delivered, 14)[1] + timedelta(1)
        return self.appeal.ended

    # -- what always holds ----------------------------------------------------------------------------
    @invariant()
    def each_term_runs_from_its_delivery(self):
        rows = Letter.objects.filter(pk__in=self.letters).values_list("pk", "delivered_on", "term_raw_on", "term_on")
        assert {pk: tuple(days) for pk, *days in rows} == {
            pk: (one.delivered, *one.term) for pk, one in self.letters.items()
        }

    @invariant()
    def the_lists_of_letters_hold_what_the_model_says(self):
        if not self.letters:
            return
        waits = {pk for pk, one in self.letters.items() if one.delivered is None}
        over = {pk for pk in waits if self.letters[pk].deemed and self.letters[pk].deemed < self.today}
        assert set(Letter.objects.presumable(self.today).values_list("pk", flat=True)) == over
        assert set(Letter.objects.unanswered(self.today).values_list("pk", flat=True)) == self.nobody_answered()

    @invariant()
    def the_decision_is_final_when_the_model_says(self):
        if self.decision() is None:
            return
        refusal = RefusalDecision.objects.select_related("appeal").get()
        assert refusal.final_on == self.final()
        if delivered := self.decision().delivered:
            assert (refusal.appeal_raw_on, refusal.appeal_on) == walk(delivered, 14)
        found = list(RefusalAppeal.objects.values_list("filed_on", "forward_by", "result"))
        filed = [self.appeal] if self.appeal and self.appeal.filed else []
        assert found == [(one.filed, walk(one.filed, 7)[1], one.result) for one in filed]
        assert [refusal.appeal.is_late for _one in filed] == [one.late for one in filed]


@pytest.mark.django_db
def test_random_histories_of_letters_and_appeals_go_as_the_plain_model_says():
    filed = (Histories.file, date(2026, 12, 10))  # fourteen days on it is Christmas Eve
    histories.run(
        Histories,
        [filed, (Histories.a_call_runs_to_its_end, "edelivery", 7, True, False)],
        [filed, (Histories.a_call_runs_to_its_end, "post", 10, True, True)],
        [filed, (Histories.refuse_and_wait_for_an_appeal, "edelivery", True, 0, 0, "upheld", 1)],
        [filed, (Histories.refuse_and_wait_for_an_appeal, "post", False, 1, 1, "inadmissible", 1)],
        [filed, (Histories.refuse_and_wait_for_an_appeal, "post", False, 0, 0, "withdrawn", 1)],
        examples=12,
        steps=12,
    )
