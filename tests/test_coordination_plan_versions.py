"""A plan that is changed after its approval, and a plan that continues another."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.actions import plans
from coordination.differences import changes_of
from coordination.models import Plan
from coordination.worklists import WORKLISTS
from cus_portal.audit.models import AuditEvent
from cus_portal.workflow import TransitionNotAllowed
from tests.coordination_world import all_done, make_case, make_plan, make_referral
from tests.factories import NOW, TODAY

P = Plan.Status
LATER = NOW + timedelta(days=60)


@pytest.fixture
def case(tomek, danuta):
    return make_case(tomek)


@pytest.fixture
def plan(case):
    return make_plan(case, status=P.APPROVED, items=2)


def amend(plan, by):
    return plans.amend_plan(plan, by=by, now=LATER, reason="Córka wyjechała.")


def facts_of(plan):
    plan.refresh_from_db()
    version, created = plan.version, plan.created_at
    row = Plan.objects.filter(pk=plan.pk).values().get() | {"version": version, "created_at": created}
    items = list(plan.items.order_by("pk").values())
    return row, [{name: said for name, said in item.items() if name != "created_at"} for item in items]


def change(plan, by, **fields):
    facts = {"starts_on": plan.starts_on, "ends_on": plan.ends_on, "needs": plan.needs, "goals": plan.goals}
    plans.change_plan(plan, by=by, now=LATER, **facts | fields)


def approve_again(plan, tomek, danuta):
    plans.agree_plan(plan, by=tomek, now=LATER, agreed_on=LATER.date(), agreement="signed")
    plans.submit_plan(plan, by=tomek, now=LATER)
    plans.approve_plan(plan, by=danuta, now=LATER)


# -- changed --------------------------------------------------------------------------------------
def test_while_a_plan_is_changed_its_approved_version_holds(plan, tomek, danuta):
    amend(plan, tomek)
    change(plan, tomek, ends_on=TODAY + timedelta(days=300))
    first = plan.in_force_until
    assert (plan.status, first) == (P.DRAFT, TODAY + timedelta(days=180))
    assert Plan.objects.in_force(first).get() == plan
    assert not Plan.objects.in_force(first + timedelta(days=1)).exists()
    assert WORKLISTS["plans-ending"].rows(danuta, first).get() == plan
    approve_again(plan, tomek, danuta)
    assert Plan.objects.in_force(first + timedelta(days=1)).get() == plan
    assert [version.content["ends_on"] for version in plan.versions.all()] == ["2027-09-08", "2027-05-11"]


def test_a_change_is_agreed_and_approved_anew_by_another_than_who_wrote_it(plan, tomek, danuta):
    amend(plan, tomek)
    assert (plan.agreed_on, plan.agreement, plan.author) == (None, "", tomek)
    assert AuditEvent.objects.first().reason == "Córka wyjechała."
    with pytest.raises(TransitionNotAllowed):
        plans.submit_plan(plan, by=tomek, now=LATER)
    plans.agree_plan(plan, by=tomek, now=LATER, agreed_on=LATER.date(), agreement="signed")
    plans.submit_plan(plan, by=tomek, now=LATER)
    with pytest.raises(PermissionDenied):
        plans.approve_plan(plan, by=tomek, now=LATER)


def test_a_change_does_not_begin_the_year_anew(plan, tomek):
    amend(plan, tomek)
    with pytest.raises(ValidationError, match="12 listopada 2026"):
        change(plan, tomek, starts_on=TODAY + timedelta(days=30), ends_on=TODAY + timedelta(days=390))


def test_what_changes_is_told_line_by_line(plan, tomek, pcpr):
    assert changes_of(plan) == []
    amend(plan, tomek)
    assert changes_of(plan) == []
    change(plan, tomek, needs="Nie robi zakupów sama.\nNie gotuje.")
    plans.remove_plan_item(plan.items.first(), by=tomek, now=LATER)
    days = {"starts_on": plan.starts_on, "ends_on": plan.ends_on}
    plans.add_plan_item(plan, by=tomek, now=LATER, goal="Obiady", action="sąsiadka", provider=pcpr, **days)
    needs, items = changes_of(plan)
    assert (needs.taken_out, needs.put_in) == ((), ("Nie gotuje.",))
    assert len(items.taken_out) == 1
    assert "Cel 1" in items.taken_out[0]
    assert "sąsiadka, Obiady" in items.put_in[0]


def test_changes_that_are_left_leave_the_plan_as_it_was_word_for_word(plan, tomek, pcpr):
    before = facts_of(plan)
    amend(plan, tomek)
    change(plan, tomek, needs="Inne.", ends_on=TODAY + timedelta(days=300))
    first, second = plan.items.order_by("pk")
    days = {"starts_on": plan.starts_on, "ends_on": plan.ends_on}
    plans.remove_plan_item(first, by=tomek, now=LATER)
    plans.change_plan_item(second, by=tomek, now=LATER, goal="Inny", action="sąsiadka", provider=pcpr, **days)
    plans.add_plan_item(plan, by=tomek, now=LATER, goal="Nowy", action="sąsiadka", provider=pcpr, **days)
    plans.agree_plan(plan, by=tomek, now=LATER, agreed_on=LATER.date(), agreement="spoken")
    plans.drop_plan_changes(plan, by=tomek, now=LATER)
    after = facts_of(plan)
    assert {**after[0], "version": 0} == {**before[0], "version": 0}
    assert after[1] == before[1]


def test_changes_are_not_left_while_a_referral_stands_on_them(plan, case, tomek, pcpr):
    amend(plan, tomek)
    days = {"starts_on": plan.starts_on, "ends_on": plan.ends_on}
    item = plans.add_plan_item(plan, by=tomek, now=LATER, goal="Nowy", action="sąsiadka", provider=pcpr, **days)
    make_referral(case, pcpr, plan_item=item)
    with pytest.raises(ValidationError):
        plans.drop_plan_changes(plan, by=tomek, now=LATER)
    assert Plan.objects.get(pk=plan.pk).status == P.DRAFT


def test_what_was_never_approved_has_no_changes_to_leave(case, tomek):
    plan = make_plan(case)
    with pytest.raises(TransitionNotAllowed):
        plans.drop_plan_changes(plan, by=tomek, now=NOW)


@pytest.mark.parametrize(("days", "until"), [(-3, None), (0, 0), (200, 180)])
def test_a_plan_that_ends_is_in_force_no_longer(days, until, plan, tomek):
    now = NOW + timedelta(days=days)
    plans.end_plan_early(plan, by=tomek, now=now, end_reason="moved", results="Wyjazd.")
    assert plan.in_force_until == (None if until is None else TODAY + timedelta(days=until))


def test_the_change_is_read_before_it_is_signed(plan, tomek, danuta, sign_in):
    amend(plan, tomek)
    change(plan, tomek, goals="Wraca do pracy.")
    page = sign_in(tomek).get(plan.get_absolute_url()).content.decode()
    assert "None" not in page
    for words in ("Co się zmienia w zatwierdzonym planie", "Wraca do pracy.", "Zostaw plan taki, jak zatwierdzono"):
        assert words in page
    plans.agree_plan(plan, by=tomek, now=LATER, agreed_on=LATER.date(), agreement="signed")
    plans.submit_plan(plan, by=tomek, now=LATER)
    page = sign_in(danuta).get(reverse("admin:coordination_plan_move", args=[plan.pk, "approve"])).content.decode()
    assert "<del>" in page or "Usunięto:" in page


# -- how it goes ----------------------------------------------------------------------------------
def test_a_plan_in_force_asks_for_a_note_each_sixty_days(plan, tomek):
    due = TODAY + timedelta(days=60)
    listed = WORKLISTS["plans-without-note"]
    assert plan.note_due_on == due
    assert not listed.rows(tomek, due - timedelta(days=1)).exists()
    assert listed.rows(tomek, due).get() == plan
    note = {"by": tomek, "now": LATER, "kind": "visit", "text": "Wychodzi z domu."}
    plans.note_progress(plan, on=TODAY + timedelta(days=50), **note)
    assert not listed.rows(tomek, due).exists()
    assert plan.note_due_on == TODAY + timedelta(days=110)
    plans.note_progress(plan, on=TODAY, **note)  # a note written in late moves nothing
    assert plan.note_due_on == TODAY + timedelta(days=110)
    plans.complete_plan(plan, by=tomek, now=LATER, closing_talk_on=TODAY, results="Cel.", items=all_done(plan))
    assert not listed.rows(tomek, TODAY + timedelta(days=400)).exists()


def test_a_note_of_tomorrow_is_refused(plan, tomek):
    with pytest.raises(ValidationError):
        plans.note_progress(plan, by=tomek, now=NOW, on=TODAY + timedelta(days=1), kind="visit", text="Będzie.")


def test_notes_stand_on_the_page_of_the_plan_the_newest_day_first(plan, tomek, sign_in):
    move = reverse("admin:coordination_plan_move", args=[plan.pk, "note"])
    client = sign_in(tomek)
    for day, text in (("14.11.2026", "Chodzi do klubu."), ("20.11.2026", "Zrezygnowała z klubu.")):
        data = {"on": day, "kind": "phone", "text": text, "version": plan.version}
        assert client.post(move, data).status_code == 302
        plan.refresh_from_db()
    page = client.get(plan.get_absolute_url()).content.decode()
    assert page.index("Zrezygnowała") < page.index("Chodzi do klubu")


# -- continued ------------------------------------------------------------------------------------
def draft(case, by, **fields):
    facts = {"starts_on": date(2027, 5, 12), "ends_on": date(2027, 6, 30), "needs": "Zakupy.", "goals": "W domu."}
    return plans.draft_plan(case, by=by, now=LATER, **facts | fields)


def test_a_plan_continues_the_last_one_is_linked_and_may_be_short(plan, case, tomek):
    new = draft(case, tomek, take_over=True)
    assert new.follows == plan
    old_items, new_items = plan.items.order_by("pk"), new.items.order_by("pk")
    assert [item.goal for item in new_items] == [item.goal for item in old_items]
    assert {(item.starts_on, item.ends_on) for item in new_items} == {(new.starts_on, new.ends_on)}


def test_two_plans_of_a_case_are_never_in_force_on_one_day(plan, case, tomek):
    with pytest.raises(ValidationError, match="11 maja 2027"):
        draft(case, tomek, starts_on=date(2027, 5, 11))
    new = draft(case, tomek)
    days = {"in_force_from": date(2027, 5, 11), "in_force_until": date(2027, 6, 30)}
    with pytest.raises(IntegrityError, match="one_plan_of_a_case"), transaction.atomic():
        Plan.objects.filter(pk=new.pk).update(**days)


def test_a_case_prepares_one_plan_at_a_time(plan, case, tomek):
    draft(case, tomek)
    with pytest.raises(TransitionNotAllowed):
        draft(case, tomek)


def test_a_plan_is_not_changed_while_the_next_one_is_prepared(plan, case, tomek):
    draft(case, tomek)
    with pytest.raises(TransitionNotAllowed, match="już przygotowywany"):
        amend(plan, tomek)
    plan.refresh_from_db()
    assert plan.status == P.APPROVED


def test_a_plan_is_not_made_longer_into_the_days_of_the_next_one(plan, case, tomek, danuta):
    new = draft(case, tomek, take_over=True)
    approve_again(new, tomek, danuta)
    amend(plan, tomek)
    with pytest.raises(ValidationError, match="12 maja 2027"):
        change(plan, tomek, ends_on=date(2027, 5, 12))
    plans.drop_plan_changes(plan, by=tomek, now=LATER)
    assert list(Plan.objects.in_force(date(2027, 5, 12))) == [new]


def test_after_a_renewal_that_never_began_the_next_one_still_waits_for_the_plan_in_force(plan, case, tomek, danuta):
    new = draft(case, tomek, take_over=True)
    approve_again(new, tomek, danuta)
    plans.end_plan_early(new, by=tomek, now=LATER, end_reason="resigned", results="Woli inaczej.")
    with pytest.raises(ValidationError, match="11 maja 2027"):
        draft(case, tomek, starts_on=date(2027, 5, 1), ends_on=date(2027, 9, 1))


def test_the_next_plan_begins_with_what_the_last_one_said(plan, case, tomek, sign_in):
    move = reverse("admin:residents_case_move", args=[case.pk, "draft_plan"])
    with time_machine.travel(LATER, tick=False):
        client = sign_in(tomek)
        form = client.get(move).context["form"]
        assert form.initial["starts_on"] == date(2027, 5, 12)
        assert form.initial["needs"] == plan.needs
        data = {"starts_on": "12.05.2027", "ends_on": "11.05.2028", "needs": "A", "goals": "B", "take_over": "on"}
        client.post(move, data | {"version": case.version})
    assert case.plans.get(status=P.DRAFT).items.count() == 2
