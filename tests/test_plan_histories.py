"""Random histories of a case's plans against a slow model in plain Python.

A version is never written over, one plan is in force on a day, a renewal is linked, and what differs from the version
in force is told line by line.
"""

from calendar import monthrange
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from coordination.actions import plans
from coordination.differences import changes_of
from coordination.models import Plan, PlanItem, PlanVersion
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import join_team
from tests import histories, personas
from tests.coordination_world import make_case
from tests.factories import NOW, make_service

REFUSED = (ValidationError, TransitionNotAllowed)
TOO_SHORT, SHORTEST, HALF_A_YEAR, A_YEAR, TOO_LONG = (3, -1), (3, 0), (6, 0), (12, 0), (12, 1)  # months, and days more
AFTER_HALF_A_YEAR = 181  # days
# The model's own table: from which states a press does something, and where to.
MOVES = {
    "change": (("draft",), None),
    "agree": (("draft",), "agreed"),
    "rework": (("agreed",), "draft"),
    "submit": (("agreed",), "submitted"),
    "approve": (("submitted",), "approved"),
    "send_back": (("submitted",), "draft"),
    "amend": (("approved",), "draft"),
    "drop_changes": (("draft", "agreed"), "approved"),
    "complete": (("approved",), "completed"),
    "end_early": (("approved",), "ended_early"),
}
NEEDS_AGREEMENT_ANEW = ("rework", "send_back", "amend")
NOTE_EACH = timedelta(60)  # days, as the centre's file says
ODD_NAMES = {"drop_changes": "drop_plan_changes", "send_back": "send_back_plan", "end_early": "end_plan_early"}
# What is said of an item, and in what words it comes back; what is more than the programme gives is refused.
AMOUNTS = [
    ({"scope": "według potrzeb"}, "według potrzeb"),
    ({"units": Decimal(20), "unit": "hour", "period": "month", "scope": "rano"}, "20 godzin w miesiącu, rano"),
    ({"units": Decimal("2.5"), "unit": "visit", "period": "week"}, "2,5 wizyty w tygodniu"),
    ({"units": Decimal(10000), "unit": "hour", "period": "month"}, ""),
]
UNITS = {said: facts.get("units") for facts, said in AMOUNTS}
FEES = [
    ({}, lambda amount: ""),
    (
        {"fee_kind": "fixed", "fee_amount": Decimal(3), "fee_unit": "hour"},
        lambda amount: (
            "3,00 zł za godzinę" + (", najwyżej 60,00 zł w miesiącu" if amount.get("unit") == "hour" else "")
        ),
    ),
    ({"fee_kind": "exempt", "fee": "dochód"}, lambda amount: "zwolnienie z opłaty: dochód"),
]
lengths = st.sampled_from([TOO_SHORT, HALF_A_YEAR, HALF_A_YEAR, A_YEAR, TOO_LONG])
one_of_them = st.integers(0, 99)
goals = st.sampled_from(["Mieszka u siebie.", "Wraca do pracy.", "Ma z kim rozmawiać."])


def last_day(first, length):
    """Return the last day of so many months, the same day of the month before, and so many days more."""
    months, more = length
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1])) + timedelta(more - 1)


class Known:
    """What the model knows of one plan: how it stands, what it says, what was approved, on which days it holds."""

    def __init__(self, plan, days, goals, items, follows):
        self.plan, self.state, self.days, self.goals, self.items = plan, "draft", days, goals, items
        self.follows, self.versions, self.force = follows, [], None
        self.agreed_on, self.note_due_on, self.author = None, None, plan.author_id
        self.worded_on = plan.worded_on

    def says(self):
        return self.days, self.goals, dict(self.items)

    def holds(self, day):
        return self.force is not None and self.force[0] <= day <= self.force[1]


class Histories(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.tomek, self.danuta = personas.person("tomek"), personas.person("danuta")
        self.provider = personas.institution(personas.PCPR)
        self.service = make_service("Opieka")
        limit = {"person_units": Decimal(9999), "person_unit": "hour", "person_period": "start"}
        self.service.programme_services.update(**limit)
        self.case, self.now, self.known = make_case(self.tomek), NOW, []
        kasia = personas.person("kasia")
        join_team(self.case, user=kasia, role="deputy", valid_from=self.today(), by=self.tomek, now=NOW)
        self.kasia = type(kasia).objects.get(pk=kasia.pk)

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    # -- the model ------------------------------------------------------------------------------
    def today(self):
        return self.now.date()

    def latest(self):
        return next((one for one in reversed(self.known) if one.versions), None)

    def fits(self, days, follows, one=None):
        """Tell whether the law and the other plans of the case allow these days."""
        others = [other.force for other in self.known if other is not one and other.force]
        return (
            days[1] <= last_day(days[0], A_YEAR)
            and (follows is not None or days[1] >= last_day(days[0], SHORTEST))
            and not any(first <= days[1] and days[0] <= last for first, last in others)
            and not (follows and follows.force and days[0] <= follows.force[1])
            and not (one and one.force and (days[0] != one.versions[-1][1][0][0] or days[1] < one.force[0]))
        )

    def press(self, one, name, *, may=True, by=None, **facts):
        """Press a button, and say whether the model lets it happen."""
        sources, target = MOVES[name]
        act = getattr(plans, ODD_NAMES.get(name, f"{name}_plan"))
        plan = Plan.objects.get(pk=one.plan.pk)
        try:
            with transaction.atomic():
                act(plan, by=by or self.tomek, now=self.now, **facts)
        except REFUSED:
            assert one.state not in sources or not may, name
            return False
        assert one.state in sources, name
        assert may, name
        one.state = target or one.state
        if name in NEEDS_AGREEMENT_ANEW:
            one.agreed_on = None
        return True

    def pick(self, number, *states):
        found = [one for one in self.known if one.state in states] or self.known
        return found[number % len(found)]

    # -- what may happen ------------------------------------------------------------------------
    @initialize(renewed=st.booleans(), length=st.sampled_from([A_YEAR, SHORTEST]))
    def begin(self, renewed, length):
        """Begin with a plan in force that was changed once, at times with the one that continues it approved ahead.

        Whether that one ever begins is another matter: at times it ends before, and a third is asked for.
        """
        for length_refused in (TOO_SHORT, TOO_LONG):
            self.draft(0, length_refused, "Mieszka u siebie.", False)
        self.draft(0, HALF_A_YEAR, "Mieszka u siebie.", True)
        self.go_on(times=4)
        self.draft(AFTER_HALF_A_YEAR - 1, HALF_A_YEAR, "Mieszka u siebie.", True)
        if renewed:
            self.draft(AFTER_HALF_A_YEAR, HALF_A_YEAR, "Mieszka u siebie.", True)
            self.go_on(times=4)
            self.end(1, "end_early")
            self.draft(AFTER_HALF_A_YEAR - 1, HALF_A_YEAR, "Wraca do pracy.", True)
            self.draft(AFTER_HALF_A_YEAR, HALF_A_YEAR, "Wraca do pracy.", True)
            self.go_on(times=4)
        self.time_passes(1)
        self.amend(0, length, "Wraca do pracy.", 3, False)
        self.amend(0, length, "Ma z kim rozmawiać.", 1, True)
        self.press_any(0, "rework")
        self.each_plan_is_as_the_model_says()
        self.change(0, length, 1, "Ma z kim rozmawiać.")
        self.write_item(0, 0)
        self.write_item(1, 0)
        self.what_differs_leads_from_the_old_lines_to_the_new()
        self.leave_the_changes(0)
        self.each_plan_is_as_the_model_says()

    @initialize(ended=st.booleans())
    def end_the_first_early(self, ended):
        if ended and self.known:
            self.time_passes(1)
            self.end(0, "complete")
            self.each_plan_is_as_the_model_says()

    @rule(wait=st.sampled_from([0, 1, 100, 181]), length=lengths, goals=goals, take_over=st.booleans())
    def draft(self, wait, length, goals, take_over):
        first = self.today() + timedelta(wait)
        days, follows = (first, last_day(first, length)), self.latest()
        may = self.fits(days, follows) and not any(one.state in Plan.IN_PREPARATION for one in self.known)
        facts = {"starts_on": days[0], "ends_on": days[1], "needs": "Zakupy.", "goals": goals}
        try:
            with transaction.atomic():
                plan = plans.draft_plan(self.case, by=self.tomek, now=self.now, take_over=take_over, **facts)
        except REFUSED:
            assert not may
            return
        assert may
        old = follows.items.values() if follows and take_over else []
        taken = [(goal, days, *told) for goal, _old, *told in old]
        items = dict(zip(plan.items.order_by("position", "pk").values_list("pk", flat=True), taken, strict=True))
        self.known.append(Known(plan, days, goals, items, follows))

    @rule(number=one_of_them, length=lengths, later=st.sampled_from([0, 0, 1]), goals=goals)
    def change(self, number, length, later, goals):
        one = self.pick(number, "draft")
        first = one.days[0] + timedelta(later)
        days = (first, last_day(first, length))
        facts = {"starts_on": days[0], "ends_on": days[1], "goals": goals}
        if self.press(one, "change", may=self.fits(days, one.follows, one), **facts):
            one.days, one.goals, one.worded_on = days, goals, self.today()

    @rule(number=one_of_them, outside=st.sampled_from([0, 0, 0, 1]))
    def write_item(self, number, outside):
        """Add an item to a draft, or write its first one anew."""
        one = self.pick(number, "draft")
        plan, days = Plan.objects.get(pk=one.plan.pk), (one.days[0], one.days[1] + timedelta(outside))
        amount, fee = AMOUNTS[number % len(AMOUNTS)], FEES[number % len(FEES)]
        facts = {"goal": f"Cel {number}", "service": self.service, "provider": self.provider, **amount[0], **fee[0]}
        facts |= {"starts_on": days[0], "ends_on": days[1], "by": self.tomek, "now": self.now}
        try:
            with transaction.atomic():
                if number % 2 and one.items:
                    item = plans.change_plan_item(PlanItem.objects.get(pk=min(one.items)), **facts)
                else:
                    item = plans.add_plan_item(plan, **facts)
        except REFUSED:
            assert one.state != "draft" or outside or not amount[1]
            return
        assert one.state == "draft"
        assert not outside
        assert amount[1]
        one.items[item.pk] = (facts["goal"], days, amount[1], fee[1](amount[0]))
        one.worded_on = self.today()

    @precondition(lambda self: any(one.items for one in self.known))
    @rule(number=one_of_them)
    def take_item_out(self, number):
        one = self.pick(number, "draft")
        if not one.items:
            return
        pk = sorted(one.items)[number % len(one.items)]
        try:
            with transaction.atomic():
                plans.remove_plan_item(PlanItem.objects.get(pk=pk), by=self.tomek, now=self.now)
        except REFUSED:
            assert one.state != "draft"
            return
        assert one.state == "draft"
        del one.items[pk]
        one.worded_on = self.today()

    @rule(times=st.integers(1, 4))
    def go_on(self, times):
        """Bring the plan that is being prepared so many steps further: to an item, agreed, submitted, approved."""
        one = self.pick(0, *Plan.IN_PREPARATION)
        for _step in range(times):
            if one.state == "draft" and not one.items:
                self.write_item(4, 0)  # with an amount and a fee
            elif one.state == "draft":
                if self.press(one, "agree", agreed_on=self.today(), agreement="signed"):
                    one.agreed_on = self.today()
            elif one.state == "agreed":
                within = all(
                    one.days[0] <= days[0] <= days[1] <= one.days[1] for _goal, days, *_told in one.items.values()
                )
                self.press(one, "submit", may=bool(one.items) and within and self.fits(one.days, one.follows, one))
            elif one.state == "submitted":
                self.approve(one)

    def approve(self, one):
        begins = one.force[0] if one.force else max(one.days[0], self.today())
        may = begins <= one.days[1] and self.fits(one.days, one.follows, one)
        if self.press(one, "approve", may=may, by=self.danuta):
            one.force = (begins, one.days[1])
            one.note_due_on = one.note_due_on or max(self.today(), one.days[0]) + NOTE_EACH
            version = one.plan.versions.first()
            one.versions.append((PlanVersion.objects.filter(pk=version.pk).values().get(), one.says()))
            one.agreed_to_version, one.author_of_version = one.agreed_on, one.author
            assert version.number == len(one.versions)

    @rule(number=one_of_them, name=st.sampled_from(["agree", "rework", "send_back"]), ago=st.sampled_from([0, 0, 1]))
    def press_any(self, number, name, ago=0):
        """Press a button of a plan in whatever state it is. Nobody agrees to words that were written later."""
        one = self.known[number % len(self.known)]
        day, by = self.today() - timedelta(ago), self.danuta if name == "send_back" else None
        facts = {"send_back": {"reason": "Termin."}, "agree": {"agreed_on": day, "agreement": "signed"}}
        if self.press(one, name, by=by, may=name != "agree" or day >= one.worded_on, **facts.get(name, {})):
            one.agreed_on = day if name == "agree" else None

    @rule(number=one_of_them)
    def note(self, number):
        """Write down how a plan goes: the next note is due later, and never earlier than it was."""
        one = self.pick(number, "approved")
        plan = Plan.objects.get(pk=one.plan.pk)
        facts = {"on": self.today(), "kind": "visit", "text": "Idzie dobrze.", "by": self.tomek, "now": self.now}
        try:
            with transaction.atomic():
                plans.note_progress(plan, **facts)
        except REFUSED:
            assert one.state in ("completed", "ended_early")
            return
        one.note_due_on = one.note_due_on and max(one.note_due_on, self.today() + NOTE_EACH)

    @rule(number=one_of_them, length=lengths, goals=goals, steps=st.sampled_from([0, 1, 3, 3, 3]), deputy=st.booleans())
    def amend(self, number, length, goals, steps, deputy):
        """Begin to change an approved plan, and bring the change so many steps further. Who begins is its author."""
        one = self.pick(number, "approved")
        alone = not any(other.state in Plan.IN_PREPARATION for other in self.known)
        by = self.kasia if deputy else self.tomek
        if self.press(one, "amend", may=alone, reason="Nowa potrzeba.", by=by):
            one.author, one.worded_on = by.pk, self.today()
            self.each_plan_is_as_the_model_says()
            self.change(self.known.index(one), length, 0, goals)
            self.go_on(steps)

    @rule(number=one_of_them)
    def leave_the_changes(self, number):
        one = self.pick(number, "draft", "agreed")
        if self.press(one, "drop_changes", may=bool(one.versions)):
            one.days, one.goals, items = one.versions[-1][1]
            one.items = dict(items)
            one.agreed_on, one.author = one.agreed_to_version, one.author_of_version
            one.worded_on = one.agreed_on

    @rule(number=one_of_them, name=st.sampled_from(["complete", "end_early"]))
    def end(self, number, name):
        one = self.pick(number, "approved")
        facts = {"results": "Jest lepiej."}
        said = {"closing_talk_on": self.today(), "items": dict.fromkeys(one.items, "done")}
        facts |= said if name == "complete" else {"end_reason": "moved"}
        ahead = one.force is not None and one.force[0] > self.today()  # a talk today sums up nothing yet
        if self.press(one, name, may=name == "end_early" or not ahead, **facts):
            began = one.force[0] <= self.today()
            one.force = (one.force[0], min(one.force[1], self.today())) if began else None

    @rule(days=st.sampled_from([1, 30, 181]))
    def time_passes(self, days):
        self.now += timedelta(days)

    # -- what always holds ----------------------------------------------------------------------
    @invariant()
    def each_plan_is_as_the_model_says(self):
        rows = Plan.objects.prefetch_related("items").in_bulk([one.plan.pk for one in self.known])
        for one in self.known:
            plan = rows[one.plan.pk]
            assert (plan.status, plan.starts_on, plan.ends_on, plan.goals) == (one.state, *one.days, one.goals)
            assert (plan.in_force_from, plan.in_force_until) == (one.force or (None, None))
            assert (plan.agreed_on, plan.note_due_on) == (one.agreed_on, one.note_due_on)
            assert plan.author_id == one.author
            assert plan.follows_id == (one.follows.plan.pk if one.follows else None)
            items = {
                item.pk: (item.goal, (item.starts_on, item.ends_on), item.units, item.fee_amount)
                for item in plan.items.all()
            }
            assert items == {
                pk: (goal, days, UNITS[amount], Decimal(3) if fee.startswith("3,00") else None)
                for pk, (goal, days, amount, fee) in one.items.items()
            }

    @invariant()
    def no_version_was_ever_written_over(self):
        kept = [row for one in self.known for row, _said in one.versions]
        assert sorted(PlanVersion.objects.values(), key=lambda row: row["id"]) == sorted(kept, key=lambda r: r["id"])
        for one in self.known:
            for row, (days, goals, items) in one.versions:
                content = row["content"]
                assert (content["starts_on"], content["ends_on"]) == tuple(day.isoformat() for day in days)
                assert content["goals"] == goals
                assert {item["id"]: item["goal"] for item in content["items"]} == {
                    pk: said[0] for pk, said in items.items()
                }

    @invariant()
    def one_plan_at_most_is_in_force_on_a_day(self):
        edges = {day for one in self.known if one.force for day in one.force}
        for day in {self.today()} | edges | {day + timedelta(1) for day in edges}:
            held = [one.plan.pk for one in self.known if one.holds(day)]
            assert list(Plan.objects.in_force(day).values_list("pk", flat=True)) == held
            assert len(held) <= 1

    @invariant()
    def what_differs_leads_from_the_old_lines_to_the_new(self):
        for one in self.known:
            if not (one.force and one.state in Plan.IN_PREPARATION):
                continue
            changes = changes_of(Plan.objects.get(pk=one.plan.pk))
            old, new = (self.lines(*said) for said in (one.versions[-1][1], one.says()))
            out = Counter(line for change in changes for line in change.taken_out)
            put = Counter(line for change in changes for line in change.put_in)
            assert old - out + put == new
            assert bool(changes) == (old != new)

    def lines(self, days, goals, items):
        return Counter(
            [self.span(days), goals]
            + [
                ", ".join(filter(None, ["Opieka", goal, self.provider.name, amount, fee, self.span(spans)]))
                for goal, spans, amount, fee in items.values()
            ]
        )

    def span(self, days):
        return " – ".join(date_format(day, "j E Y") for day in days)


@pytest.mark.django_db
def test_random_histories_of_plans_go_as_the_plain_model_says():
    histories.run(
        Histories,
        [(Histories.begin, True, A_YEAR)],
        [(Histories.begin, False, SHORTEST), (Histories.end_the_first_early, True)],
        examples=6,
        steps=8,
    )
