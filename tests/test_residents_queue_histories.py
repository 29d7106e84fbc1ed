"""Random histories of a queue against a slow model in plain Python: order kept, limit never passed, log true.

The needs are bare rows; what happens to them goes through the actions. Two rows of one service, so that the queue of
one can be carried into the other.
"""

from datetime import timedelta
from decimal import Decimal
from math import ceil

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from residents.actions import (
    accept_offer,
    carry_queue,
    close_case,
    give_place_up,
    lapse_offers,
    offer_place,
    open_case,
    pass_appeal_on,
    pass_offer,
    propose_discontinuing,
    propose_refusal,
    qualify_item,
    record_appeal,
    record_appeal_result,
    return_refusal,
    sign_discontinuing,
    sign_refusal,
    waitlist_item,
    withdraw_item,
)
from residents.models import (
    ClockPause,
    GivenPlace,
    QueueEvent,
    QueuePlace,
    RefusalDecision,
    RequestItem,
    RequestQuestion,
    Resident,
    ServiceRequest,
)
from residents.models.queue import ORDER
from residents.places import count_all_places
from services.models import BasisLoad, ProgrammeService
from tests import histories, personas
from tests.desk import GROUNDS
from tests.factories import NOW, holder_of, make_programme, make_resident, make_service

OFFER_DAYS, FOR_ONE = 3, Decimal("1.5")
LIMITED_FOR_ONE = ("month", "year", "edition")
POINTLESS = GROUNDS | {"ground": "pointless"}
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
        self.appeal, self.is_over = "", False

    def standing(self):
        moved = self.moved.timestamp() if self.moved else 0
        return (not self.preferred, moved, self.received, self.complete, self.item.pk)


class Histories(RuleBasedStateMachine):
    service = beata = tomek = danuta = people = None  # given by the test: made once, before the first history

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now, self.needs, self.events, self.past = NOW, [], [], []
        self.ended = set()

    @initialize(
        period=st.sampled_from(["month", "year", "edition", "start", "at_once"]),
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
        if period in LIMITED_FOR_ONE:
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

    def word(self, need=None):
        """In which time a place given now counts; for one person, from the day of the first within a year."""
        if self.period != "start":
            names = {"month": f"{self.now:%Y-%m}", "year": f"{self.now:%Y}", "edition": "edition", "at_once": ""}
            return names[self.period]
        today = f"{self.now:%Y-%m-%d}"
        mine = [one.held[1] for one in self.holding(need.row) if one.person == need.person and one is not need]
        return min((day for day in mine if day <= today < f"{int(day[:4]) + 1}{day[4:]}"), default=today)

    def holding(self, row):
        """Who holds a place: counted at once, until the case is closed."""
        those = [one for one in self.those("offered", "qualified") if one.held[0] == row]
        return [one for one in those if not (one.is_over and self.period == "at_once")]

    def free(self, row, word, person):
        held = [one for one in self.holding(row) if one.held[1] == word]
        held = [one.held[2] for one in held if self.period != "start" or one.person == person]
        return self.rows[row].capacity - sum(held)

    def left(self, need):
        """What the row may still give, and the first row to the person of the need."""
        if need.row in self.ended:
            return Decimal(0)
        word = self.word(need)
        free = self.free(need.row, word, need.person)
        if need.row or self.period not in LIMITED_FOR_ONE:
            return free
        of_one = [one.held[2] for one in self.holding(0) if one.person == need.person and one.held[1] == word]
        return min(free, FOR_ONE - sum(of_one))

    def ahead(self, need):
        """Who waits, and who has no answer yet, and would be passed over; where nothing runs out, who waits."""
        states = ("waitlisted",) if self.period == "start" else ("waitlisted", "submitted", "proposed")
        found = [one for one in self.those(*states) if one.row == need.row and not one.owes]
        return sorted((one for one in found if one.standing() < need.standing()), key=Need.standing)

    def give(self, need, act, state, *, amount, reason):
        """Give the need a place, and say whether the model lets it have one now."""
        ahead, left, word = self.ahead(need), self.left(need), self.word(need)
        try:
            with transaction.atomic():
                act(self.fresh(need), units=amount, skip_reason=reason, by=self.tomek, now=self.now)
        except ValidationError:
            assert (ahead and not reason) or left < amount
            return
        assert left >= amount
        assert reason or not ahead
        self.events += [(one.item.pk, "skipped", reason, need.item.pk) for one in ahead]
        need.state, need.held = state, (need.row, word, amount)
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

    def add(self, row, days, minutes, person=None):
        number = len(self.needs) + 1
        person = number % 2 if person is None else person
        request = ServiceRequest.objects.create(
            reference=f"H-{number}",
            resident=self.people[person],
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
        )
        self.needs.append(Need(item, row))
        return self.needs[-1]

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

    @rule(row=rows, person=st.integers(0, 1), days=st.sampled_from([0, 1, 182, 364, 365]))
    def one_person_is_given_again_and_again(self, row, person, days):
        """So many days apart: within a month, within the person's own year, on its last day and after it."""
        for apart in (0, days, days):
            self.time_passes(apart)
            need = self.add(row, 0, 0, person)
            self.give(need, qualify_item, "qualified", amount=Decimal("1.5"), reason="Pilne.")

    @precondition(lambda self: self.those("qualified"))
    @rule(number=any_of_them, all_of_them=st.booleans())
    def cases_are_closed(self, number, all_of_them):
        """A place of a month, a year or an edition was given all the same."""
        given = [need for need in self.those("qualified") if not need.is_over]
        for need in given if all_of_them else given[number % max(len(given), 1) :][:1]:
            case = open_case(self.fresh(need).request, coordinator=self.tomek, by=self.tomek, now=self.now)
            close_case(case, reason="goal_reached", summary="Jest lepiej.", by=self.tomek, now=self.now)
            need.is_over = True

    @precondition(lambda self: all(need.person != self.people[2].pk for need in self.needs))
    @rule(row=rows)
    def one_dies_who_was_given(self, row):
        """Whatever the time of the place, it is free again."""
        need = self.add(row, 0, 0, person=2)
        self.give(need, qualify_item, "qualified", amount=Decimal("1.5"), reason="Pilne.")
        if need.state == "qualified":
            Resident.objects.filter(pk=need.person).update(died_on=self.now.date(), death_source="Akt zgonu")
            need.state = "dead"
            count_all_places(now=self.now)

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

    @precondition(lambda self: self.those("waitlisted"))
    @rule(row=rows)
    def the_first_says_nothing(self, row):
        """The offer stands on its last day, and no longer."""
        self.offer_to_the_first(row, Decimal("0.5"))
        for days in (OFFER_DAYS, 1):
            self.time_passes(days)

    @precondition(lambda self: self.those("waitlisted"))
    @rule(row=rows)
    def the_row_has_ended(self, row):
        """Nothing is given until it goes on."""
        ended = ProgrammeService.objects.filter(pk=self.rows[row].pk)
        ended.update(valid_to=self.now.date() - timedelta(1))
        self.ended.add(row)
        self.offer_to_the_first(row, Decimal("0.5"))
        ended.update(valid_to=None)
        self.ended.clear()

    @rule(days=st.sampled_from([0, 1, 4, 30, 200]))
    def time_passes(self, days):
        self.past.append((self.now, self.orders()))
        self.now += timedelta(days, seconds=1)
        late = [need for need in self.those("offered") if need.until < self.now.date()]
        assert lapse_offers(now=self.now) == len(late)
        for need in sorted(late, key=lambda need: need.item.queue_place.pk):
            self.waits_on(need, "lapsed")
        count_all_places(now=self.now)

    @precondition(lambda self: self.those("waitlisted", "offered"))
    @rule(number=any_of_them)
    def withdraw(self, number):
        found = self.those("waitlisted", "offered")
        need = found[number % len(found)]
        withdraw_item(self.fresh(need), by=holder_of(need.item.request), now=self.now)
        need.state, need.held = "withdrawn", None
        self.happened(need, "left")

    @precondition(lambda self: self.those("qualified"))
    @rule(number=any_of_them)
    def gives_the_place_up(self, number):
        """Before any help: the next gets the place."""
        given = [need for need in self.those("qualified") if not need.is_over]
        for need in given[number % max(len(given), 1) :][:1]:
            give_place_up(self.fresh(need), reason="Wyjazd.", by=holder_of(need.item.request), now=self.now)
            need.state, need.held = "withdrawn", None
            self.happened(need, "left", "Wyjazd.")

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

    @rule(row=rows)
    def one_was_not_complete_before_another(self, row):
        """Of one day: the answer came later than the other need."""
        late, _other = self.add(row, 0, 1), self.add(row, 0, 0)
        self.now += timedelta(seconds=1)
        said = {"text": "?", "asked_at": NOW, "asked_by": self.tomek, "answered_at": self.now}
        question = RequestQuestion.objects.create(request=late.item.request, **said)
        days = {"began_on": self.now.date(), "ended_on": self.now.date()}
        ClockPause.objects.create(question=question, item=late.item, **days)
        late.complete = self.now
        self.wait(preferred=False, number=0)

    # -- what is decided against somebody -------------------------------------------------------------
    @precondition(lambda self: self.those("submitted"))
    @rule(number=any_of_them)
    def refuse(self, number):
        filed = self.those("submitted")
        need = filed[number % len(filed)]
        propose_refusal(self.fresh(need), **GROUNDS, by=self.tomek, now=self.now)
        sign_refusal(self.fresh(need), by=self.danuta, now=self.now)
        self.decided_against(need)

    @precondition(lambda self: self.those("waitlisted"))
    @rule(number=any_of_them)
    def propose_to_discontinue(self, number):
        """The need steps out of the queue, and nobody gets its place unsaid before the director has decided."""
        self.propose(number, propose_discontinuing, POINTLESS, sign_discontinuing, "to be discontinued (KPA art. 105)")

    @precondition(lambda self: self.those("waitlisted"))
    @rule(number=any_of_them)
    def propose_to_refuse(self, number):
        self.propose(number, propose_refusal, GROUNDS, sign_refusal, "a refusal was proposed")

    def propose(self, number, act, grounds, sign, words):
        waiting = self.those("waitlisted")
        need = waiting[number % len(waiting)]
        act(self.fresh(need), **grounds, by=self.tomek, now=self.now)
        need.state, need.sign = "proposed", sign
        self.happened(need, "left", gettext(words))

    @precondition(lambda self: self.those("proposed"))
    @rule(number=any_of_them, signs=st.booleans())
    def the_director_decides(self, number, signs):
        proposed = self.those("proposed")
        need = proposed[number % len(proposed)]
        if signs:
            need.sign(self.fresh(need), by=self.danuta, now=self.now)
            self.decided_against(need)
        else:
            return_refusal(self.fresh(need), reason="Wraca.", by=self.danuta, now=self.now)
            need.state = "waitlisted"
            self.happened(need, "returned", "Wraca.")

    def decided_against(self, need):
        """It is signed, and delivered the same day. What was asked is asked no more."""
        on = self.now.date()
        RequestQuestion.objects.filter(request=need.item.request_id).delete()
        decision = RefusalDecision.objects.filter(item=need.item)
        decision.update(delivered_on=on, appeal_raw_on=on + timedelta(14), appeal_on=on + timedelta(14))
        need.state, need.owes, need.appeal = "refused", False, ""

    @rule(row=rows, result=st.sampled_from(["changed", "corrected", "returned"]))
    def an_appeal_is_won_while_others_wait(self, row, result):
        """Who was refused stands where he would have stood: before those who came since."""
        need = self.add(row, 2, 0)
        self.refuse(self.those("submitted").index(need))
        self.file(row, [(1, 0), (0, 0)])
        self.wait(preferred=False, number=0)
        for step in ("", result, "", result):
            if need.state == "refused":
                self.appeal(self.those("refused").index(need), step)

    @precondition(lambda self: self.those("refused"))
    @rule(number=any_of_them, result=st.sampled_from(["", "changed", "corrected", "returned", "upheld", "withdrawn"]))
    def appeal(self, number, result):
        """One step further: filed, passed on, decided. The board decides only on what it has got."""
        refused = self.those("refused")
        need = refused[number % len(refused)]
        act = {"by": self.tomek, "now": self.now}
        try:
            with transaction.atomic():
                if not result and not need.appeal:
                    record_appeal(self.fresh(need), filed_on=self.now.date(), **act)
                elif not result:
                    pass_appeal_on(self.fresh(need), forwarded_on=self.now.date(), **act)
                else:
                    told = {"result": result, "decided_on": self.now.date(), "board_number": "SKO.1"}
                    record_appeal_result(self.fresh(need), **told, **act)
        except ValidationError:
            by_board = result in ("changed", "returned", "upheld")
            assert need.appeal in ("", "ended") or (by_board and need.appeal == "filed")
            return
        assert need.appeal != "ended"
        if not result:
            need.appeal = "passed on" if need.appeal else "filed"
            return
        assert need.appeal == "passed on" or (need.appeal and result in ("corrected", "withdrawn"))
        need.appeal = "ended"
        if result in ("changed", "corrected"):
            need.state = "waitlisted"
            self.happened(need, "returned", "SKO.1")
        elif result == "returned":
            need.state = "submitted"

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
        if not self.needs:
            return
        words = {one.held[:2] for one in self.those("offered", "qualified")}
        for row, word in words:
            held = GivenPlace.objects.held(self.rows[row], word).values_list("item__request__resident", "units")
            found = list(held)
            for person in {who for who, _units in found} or {None}:
                units = [amount for who, amount in found if self.period != "start" or who == person]
                assert sum(units) == self.rows[row].capacity - self.free(row, word, person) <= self.rows[row].capacity
        assert GivenPlace.objects.holding().count() == len(self.those("offered", "qualified"))

    @invariant()
    def the_catalogue_tells_of_the_same(self):
        for load in BasisLoad.objects.all():
            row = next(number for number, one in enumerate(self.rows) if one.pk == load.basis_id)
            held = [one.held[2] for one in self.holding(row) if one.held[1] == self.word(one)]
            assert load.taken == (0 if self.period == "start" else ceil(sum(held)))
            assert load.waiting == len(self.order(row))

    def the_log_tells_each_past_day_and_all_that_happened(self):
        for moment, orders in [*self.past, (self.now, self.orders())]:
            events = [QueueEvent.objects.queue(row, moment) for row in self.rows]
            assert [list(told.values_list("item", flat=True)) for told in events] == orders
        assert list(QueueEvent.objects.values_list("item", "what", "reason", "instead")) == self.events


@pytest.mark.django_db
def test_random_histories_of_a_queue_go_as_the_plain_model_says():
    Histories.service = make_service(public=False)
    ProgrammeService.objects.create(
        service=Histories.service,
        programme=make_programme(),
        valid_from=NOW.date().replace(year=2021),
        regime="programme",
        fee_kind="free",
    )
    for name in ("tomek", "beata", "danuta"):
        setattr(Histories, name, personas.person(name))
    Histories.people = [make_resident(), make_resident("Jan"), make_resident("Adam")]
    begun = {
        period: (Histories.begin, period, "end", 0, 0) for period in ("month", "year", "edition", "start", "at_once")
    }
    given, late = Histories.one_person_is_given_again_and_again, Histories.the_first_says_nothing
    unsure = Histories.one_was_not_complete_before_another
    preferred = [
        (Histories.file, 0, [(0, 0)]),
        (Histories.wait, True, 0),
        (Histories.propose_to_discontinue, -1),
        (Histories.the_director_decides, 0, False),
        (Histories.carry, 0),
    ]
    histories.run(
        Histories,
        [begun["start"], (given, 0, 0, 0), (given, 0, 1, 182)],
        [begun["start"], (given, 1, 1, 365)],
        [begun["at_once"], (given, 0, 0, 0), (Histories.cases_are_closed, 0, True), (given, 0, 0, 1)],
        [begun["edition"], (Histories.an_appeal_is_won_while_others_wait, 0, "changed"), (late, 0)],
        [begun["year"], (Histories.one_dies_who_was_given, 1), (given, 1, 0, 0)],
        [begun["month"], (unsure, 0), (late, 0), (Histories.the_row_has_ended, 0), *preferred],
        examples=10,
        steps=12,
    )
