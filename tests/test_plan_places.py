"""Beside each service of a plan stands what the person holds of the programme's limit, before anybody approves it."""

from decimal import Decimal

import pytest
from django.urls import reverse

from coordination.actions import plans
from coordination.plan_places import places_of
from residents.actions import qualify_item, waitlist_item
from tests import personas
from tests.coordination_world import make_case, make_plan
from tests.desk import words
from tests.factories import NOW, TODAY, make_service

pytestmark = pytest.mark.django_db


def limited(name, **fields):
    service = make_service(name)
    service.programme_services.update(**{"capacity": 500, "capacity_period": "at_once"} | fields)
    return service


def need(case, service):
    request = case.requests.get()
    return request.items.create(
        position=request.items.count() + 1,
        service=service,
        programme_service=service.programme_services.get(),
        due_on=request.due_on,
    )


def held(case, *services):
    """Return what stands beside each of the services in a plan of the case, as (colour, words)."""
    plan = make_plan(case, items=0)
    for service in services:
        plans.add_plan_item(
            plan, goal="x", service=service, provider=personas.institution(personas.PCPR), starts_on=plan.starts_on,
            ends_on=plan.ends_on, by=case.coordinator, now=NOW,
        )  # fmt: skip
    found = places_of(case, list(plan.items.order_by("pk")), on=TODAY)
    return [(one.kind, one.words) if (one := found.get(item.pk)) else None for item in plan.items.order_by("pk")]


def test_a_place_given_one_waited_for_and_none_are_told_apart(case, tomek):
    given, waited, none, free = limited("Klub"), limited("Opieka"), limited("Transport"), make_service("Porady")
    qualify_item(need(case, given), by=tomek, now=NOW)
    waitlist_item(need(case, waited), by=tomek, now=NOW)
    assert held(case, given, waited, none, free) == [
        ("ok", "ma miejsce"),
        ("wait", "czeka na miejsce"),
        ("late", "nie przyznano miejsca z limitu programu"),
        None,
    ]


def test_what_is_counted_in_hours_says_how_many_were_given(case, tomek):
    hours = limited("Opieka", capacity_unit="hour", capacity_period="month")
    qualify_item(need(case, hours), units=Decimal(20), by=tomek, now=NOW)
    assert held(case, hours) == [("ok", "przyznano: 20 godzin w miesiącu")]


def test_of_two_needs_of_one_service_the_one_with_a_place_counts(case, tomek):
    service = limited("Klub")
    qualify_item(need(case, service), by=tomek, now=NOW)
    waitlist_item(need(case, service), by=tomek, now=NOW)
    assert held(case, service) == [("ok", "ma miejsce")]


def test_a_draft_offers_what_was_granted_in_the_case_and_is_not_in_it_yet(case, tomek, danuta, sign_in):
    """Of several needs of one service one is offered, and no need of another case."""
    service, waited = limited("Klub"), limited("Opieka")
    granted = [qualify_item(need(case, service), by=tomek, now=NOW) for _twice in range(2)]
    waitlist_item(need(case, waited), by=tomek, now=NOW)
    foreign = qualify_item(need(make_case(tomek), limited("Transport")), by=tomek, now=NOW)
    plan = make_plan(case, items=0)
    client, page = sign_in(tomek), plan.get_absolute_url()
    add = reverse("admin:coordination_plan_move", args=[plan.pk, "add_item"])
    assert [one.pk for one, _place in client.get(page).context["granted"]] == [granted[1].pk]
    assert "Przyznane, a jeszcze nie w planie Klub ma miejsce Dodaj do planu" in words(client.get(page))
    initial = client.get(f"{add}?potrzeba={granted[1].pk}").context["form"].initial
    assert (initial["service"], initial["starts_on"]) == (service.pk, plan.starts_on)
    assert "service" not in client.get(f"{add}?potrzeba={foreign.pk}").context["form"].initial
    provider = personas.institution(personas.PCPR)
    days = {"starts_on": plan.starts_on, "ends_on": plan.ends_on}
    plans.add_plan_item(plan, goal="x", service=service, provider=provider, by=tomek, now=NOW, **days)
    assert client.get(page).context["granted"] == []
    assert sign_in(danuta).get(page).context["granted"] == []


def test_who_approves_reads_it_on_the_page_and_before_the_signature(case, danuta, sign_in):
    plan = make_plan(case, items=0)
    plans.add_plan_item(
        plan, goal="x", service=limited("Klub"), provider=personas.institution(personas.PCPR), scope="raz w tygodniu",
        starts_on=plan.starts_on, ends_on=plan.ends_on, by=case.coordinator, now=NOW,
    )  # fmt: skip
    plans.agree_plan(plan, by=case.coordinator, now=NOW, agreed_on=TODAY, agreement="signed")
    plans.submit_plan(plan, by=case.coordinator, now=NOW)
    desk = sign_in(danuta)
    for address in (plan.get_absolute_url(), reverse("admin:coordination_plan_move", args=[plan.pk, "approve"])):
        assert "nie przyznano miejsca z limitu programu" in words(desk.get(address))
