"""How far the items of a plan are: said by the coordinator, begun by a referral, asked for when the plan ends."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.actions import plans, referrals
from coordination.actions.plan_items import mark_item
from coordination.models import Plan, PlanItem
from cus_portal.audit.models import AuditEvent
from cus_portal.workflow import TransitionNotAllowed
from tests import personas
from tests.coordination_world import make_case, make_plan, make_referral, worker_of
from tests.desk import words
from tests.factories import NOW, TODAY

P, S = Plan.Status, PlanItem.Status


@pytest.fixture
def plan(tomek, danuta):
    return make_plan(make_case(tomek), status=P.APPROVED, items=3)


def state(item):
    item.refresh_from_db()
    return item.status, item.state_since, item.given_up_reason


def test_an_item_goes_on_while_its_plan_is_in_force_and_one_given_up_says_why(plan, tomek, kasia, danuta):
    item, there = plan.items.first(), {"on": TODAY, "now": NOW}
    for by in (kasia, danuta, personas.person("beata")):
        with pytest.raises(PermissionDenied):
            mark_item(item, move="begin", by=by, **there)
    with pytest.raises(ValidationError, match="reason"):
        mark_item(item, move="give_up", by=tomek, **there)
    with pytest.raises(ValidationError, match="on"):
        mark_item(item, move="begin", by=tomek, on=TODAY + timedelta(1), now=NOW)
    with pytest.raises(TransitionNotAllowed):
        mark_item(item, move="take_back", by=tomek, **there)
    assert state(item) == (S.PLANNED, None, "")
    mark_item(item, move="begin", by=tomek, **there)
    assert state(item) == (S.GOING_ON, TODAY, "")
    mark_item(item, move="give_up", reason="no_place", by=tomek, **there)
    assert state(item) == (S.GIVEN_UP, TODAY, "no_place")
    stale = PlanItem.objects.get(pk=item.pk)
    mark_item(item, move="take_back", by=tomek, **there)
    with pytest.raises(TransitionNotAllowed):
        mark_item(stale, move="take_back", by=tomek, **there)
    mark_item(item, move="finish", by=tomek, **there)
    assert state(item) == (S.DONE, TODAY, "")
    acts = AuditEvent.objects.about(item).order_by("id").values_list("action", "to_state")
    assert list(acts) == [
        ("planitem.begin", "going_on"),
        ("planitem.give_up", "given_up"),
        ("planitem.take_back", "planned"),
        ("planitem.finish", "done"),
    ]
    for wrong in ({"status": "given_up", "state_since": TODAY}, {"status": "done", "state_since": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlanItem.objects.filter(pk=item.pk).update(**wrong)
    draft = make_plan(make_case(tomek)).items.get()
    with pytest.raises(TransitionNotAllowed):
        mark_item(draft, move="begin", by=tomek, **there)


def test_the_first_contact_of_a_referral_begins_its_item_and_what_was_said_stays(plan, tomek):
    clinic = personas.institution(personas.CLINIC)
    first, second, _third = plan.items.order_by("pk")
    make_referral(plan.case, clinic, status="in_progress", plan_item=first)
    assert state(first) == (S.GOING_ON, TODAY, "")
    assert AuditEvent.objects.about(first).get().actor_id is None
    mark_item(second, move="give_up", reason="resigned", on=TODAY, by=tomek, now=NOW)
    accepted = make_referral(plan.case, clinic, status="accepted", plan_item=second)
    referrals.start_referral(accepted, first_contact_on=TODAY, by=worker_of(clinic), now=NOW)
    assert state(second) == (S.GIVEN_UP, TODAY, "resigned")
    # A change of the plan that is left again touches no state; a plan that continues it begins all anew.
    plan.refresh_from_db()
    plans.amend_plan(plan, by=tomek, now=NOW, reason="Nowa potrzeba.")
    facts = {name: getattr(first, name) for name in ("goal", "service", "provider", "starts_on", "ends_on")}
    plans.change_plan_item(PlanItem.objects.get(pk=first.pk), by=tomek, now=NOW, **facts | {"goal": "Inny"})
    plans.drop_plan_changes(Plan.objects.get(pk=plan.pk), by=tomek, now=NOW)
    assert (state(first)[0], first.goal, state(second)[0]) == (S.GOING_ON, "Cel 1", S.GIVEN_UP)
    days = {"starts_on": plan.ends_on + timedelta(1), "ends_on": plan.ends_on + timedelta(100)}
    renewed = plans.draft_plan(plan.case, by=tomek, now=NOW, take_over=True, needs="x", goals="x", **days)
    assert list(renewed.items.values_list("status", flat=True)) == [S.PLANNED] * 3


def test_a_plan_that_ends_asks_of_each_item_how_it_ended(plan, tomek):
    first, second, third = plan.items.order_by("pk")
    mark_item(first, move="finish", on=TODAY, by=tomek, now=NOW)
    ends = {"by": tomek, "now": NOW, "closing_talk_on": TODAY, "results": "Jest lepiej."}
    with pytest.raises(ValidationError), transaction.atomic():
        plans.complete_plan(plan, items={second.pk: "done"}, **ends)
    plan = Plan.objects.get(pk=plan.pk)
    assert (plan.status, state(second)[0]) == (P.APPROVED, S.PLANNED)
    plans.complete_plan(plan, items={second.pk: "done", third.pk: "not_needed"}, **ends)
    assert [state(item) for item in (first, second, third)] == [
        (S.DONE, TODAY, ""),
        (S.DONE, TODAY, ""),
        (S.GIVEN_UP, TODAY, "not_needed"),
    ]
    with pytest.raises(TransitionNotAllowed):
        mark_item(third, move="take_back", on=TODAY, by=tomek, now=NOW)
    early = make_plan(make_case(tomek), status=P.ENDED_EARLY).items.get()
    assert state(early) == (S.GIVEN_UP, TODAY, "plan_ended")


def test_the_pages_tell_and_take_how_far_an_item_is(plan, tomek, sign_in):
    client, item = sign_in(tomek), plan.items.first()
    clinic = personas.institution(personas.CLINIC)
    referral = make_referral(plan.case, clinic, status="rejected", plan_item=item)
    page = reverse("coordination:plan_item_state", args=[item.pk])
    told = words(client.get(page))
    assert referral.number in told
    assert "brak miejsca" in told
    said = {"move": "give_up", "on": "12.11.2026", "version": item.version}
    assert "Napisz, dlaczego z niej zrezygnowano." in words(client.post(page, said))
    assert client.post(page, said | {"reason": "no_place"}).url == plan.get_absolute_url()
    told = words(client.get(plan.get_absolute_url()))
    assert "od 12 listopada 2026, nikt nie mógł jej dać: brak miejsca lub wykonawcy" in told
    assert f"Pozycja {item.position}: zaniechano jej" in told
    assert f"Pozycja {item.position}: zaniechano jej" in words(client.get(plan.case.get_absolute_url()))
    end = reverse("admin:coordination_plan_move", args=[plan.pk, "complete"])
    said = {"closing_talk_on": "12.11.2026", "results": "Dobrze.", "version": plan.version}
    assert words(client.post(end, said)).count("Jak się zakończyła:") >= 2
    left = plan.items.exclude(pk=item.pk)
    assert client.post(end, said | {f"item_{one.pk}": "done" for one in left}).status_code == 302
    assert {one.status for one in left.all()} == {S.DONE}
    assert client.get(page).status_code == 404


def test_an_item_of_which_there_is_nothing_to_say_or_do_has_no_label_of_it(plan, tomek, danuta, pcpr, sign_in):
    """On a phone the label would stand alone."""
    label, item = 'data-label="Skierowania i usługi"', plan.items.first()

    def labels(user):
        return sign_in(user).get(plan.get_absolute_url()).content.decode().count(label)

    assert (labels(danuta), labels(tomek)) == (0, plan.items.count())
    make_referral(plan.case, pcpr, plan_item=item)
    assert labels(danuta) == 1
