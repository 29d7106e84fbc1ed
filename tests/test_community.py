"""The community organiser: a plan of the year, supporting actions that are no services, events, volunteers' checks."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coordination.actions import community, plans
from coordination.models import SignUp, Volunteer
from coordination.reports import REPORTS, Period
from cus_portal.audit.models import AuditEvent
from cus_portal.workflow import TransitionNotAllowed
from tests.community_world import (
    make_action,
    make_community_organiser,
    make_community_plan,
    make_event,
    make_volunteer,
)
from tests.coordination_world import make_case, make_plan
from tests.desk import words
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def olga(db):
    return make_community_organiser()


@pytest.fixture
def plan(db):
    return make_community_plan()


@pytest.fixture
def action(plan):
    return make_action(plan)


def move(obj, name):
    return reverse(f"admin:coordination_{obj._meta.model_name}_move", args=[obj.pk, name])


# -- no service -----------------------------------------------------------------------------------
def test_case_70_a_supporting_action_in_a_plan_has_no_fee(tomek, pcpr):
    draft = make_plan(make_case(tomek))
    item = {"goal": "x", "action": "sąsiadka", "provider": pcpr, "starts_on": draft.starts_on, "ends_on": draft.ends_on}
    with pytest.raises(ValidationError):
        plans.add_plan_item(draft, by=tomek, now=NOW, fee="10 zł", **item)
    plans.add_plan_item(draft, by=tomek, now=NOW, **item)
    assert draft.items.get(action="sąsiadka").fee == ""


# -- the plan of a year ---------------------------------------------------------------------------
def test_the_plan_of_a_year_is_adopted_by_the_director_and_summed_up_with_its_figures(sign_in, olga, danuta, plan):
    make_action(plan)
    with pytest.raises(PermissionDenied):
        community.adopt_community_plan(plan, by=olga, now=NOW)
    community.adopt_community_plan(plan, by=danuta, now=NOW)
    assert (plan.status, plan.adopted_on) == ("adopted", TODAY)
    community.count_who_came(make_event(plan.actions.get(), on=TODAY), came=31, by=olga, now=NOW)
    assert "31" in words(sign_in(olga).get(plan.get_absolute_url()))
    community.sum_up_community_plan(plan, summary="Dwanaście spotkań.", by=olga, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        community.sum_up_community_plan(plan, summary="Jeszcze raz.", by=olga, now=NOW)


def test_a_plan_without_an_action_is_not_adopted(danuta, plan):
    with pytest.raises(ValidationError):
        community.adopt_community_plan(plan, by=danuta, now=NOW)


# -- volunteers -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "fields",
    [
        {"agreement_until": TODAY - timedelta(days=1)},
        {"insured_until": TODAY - timedelta(days=1)},
        {"agreement_from": TODAY + timedelta(days=1)},
    ],
)
def test_nobody_helps_without_agreement_and_insurance_in_force(olga, action, fields):
    with pytest.raises(ValidationError):
        community.record_hours(action, volunteer=make_volunteer(**fields), on=TODAY, hours=Decimal(2), by=olga, now=NOW)


def test_with_children_helps_only_who_was_looked_up_and_whose_check_is_fresh(olga, plan):
    lessons = make_action(plan, with_minors=True)
    unchecked = make_volunteer("1")
    stale = make_volunteer("2", register_checked_on=date(2025, 1, 1), checks_valid_until=TODAY - timedelta(days=1))
    fresh = make_volunteer("3", register_checked_on=date(2026, 10, 1), checks_valid_until=TODAY)
    for volunteer in (unchecked, stale):
        with pytest.raises(ValidationError):
            community.record_hours(lessons, volunteer=volunteer, on=TODAY, hours=Decimal(1), by=olga, now=NOW)
    community.record_hours(lessons, volunteer=fresh, on=TODAY, hours=Decimal("1.5"), by=olga, now=NOW)
    with pytest.raises(ValidationError):
        community.record_hours(lessons, volunteer=fresh, on=TODAY, hours=Decimal(1), by=olga, now=NOW)
    assert list(Volunteer.objects.ending(TODAY)) == [stale, fresh]


def test_days_in_the_wrong_order_are_said_at_their_field(sign_in, olga):
    typed = {"first_name": "Ewa", "last_name": "Sroka", "agreement_number": "1", "agreement_from": "10.11.2026"}
    typed["insured_until"] = "31.12.2026"
    wrong = typed | {"agreement_until": "09.11.2026", "register_checked_on": "01.11.2026"}
    page = sign_in(olga).post(reverse("admin:coordination_volunteer_add"), wrong)
    said = page.context["adminform"].form.errors
    assert said["agreement_until"] == ["Ostatni dzień nie może być wcześniejszy niż pierwszy."]
    assert set(said) == {"agreement_until", "checks_valid_until"}
    assert not Volunteer.objects.exists()


def test_the_organiser_is_told_whose_papers_end_and_a_clerk_sees_no_volunteer(sign_in, olga, ola):
    make_volunteer(insured_until=TODAY + timedelta(days=20))
    assert "30 dni" in words(sign_in(olga).get(reverse("admin:index")))
    assert sign_in(ola).get(reverse("admin:coordination_volunteer_changelist")).status_code == 403


# -- events ---------------------------------------------------------------------------------------
def test_the_desk_signs_people_up_until_the_places_are_taken(sign_in, ola, action):
    event, desk = make_event(action), sign_in(ola)
    for name in ("Krystyna Wilga", "Jan Kos", "Anna Sroka"):
        response = desk.post(move(event, "sign_up"), {"name": name})
    assert "Brak wolnych miejsc" in words(response)
    assert list(SignUp.objects.values_list("name", flat=True)) == ["Krystyna Wilga", "Jan Kos"]
    desk.post(move(event, "take_off"), {"who": SignUp.objects.first().pk})
    community.sign_up(event, name="Anna Sroka", by=ola, now=NOW)
    assert SignUp.objects.count() == 2
    facts = AuditEvent.objects.about(event).values_list("facts", flat=True)
    assert all(not fact for fact in facts)
    assert "Anna Sroka" in words(desk.get(event.get_absolute_url()))
    assert desk.get(move(event, "came")).status_code == 302


def test_who_signed_up_is_forgotten_a_month_after_and_how_many_came_stays(olga, ola, action):
    event = make_event(action, on=TODAY)
    community.sign_up(event, name="Jan Kos", by=ola, now=NOW)
    community.count_who_came(event, came=1, by=olga, now=NOW)
    assert community.forget_sign_ups(on=TODAY + timedelta(days=30)) == 0
    assert community.forget_sign_ups(on=TODAY + timedelta(days=31)) == 1
    event.refresh_from_db()
    assert event.came == 1


def test_the_figures_count_events_people_volunteers_and_hours(olga, action):
    community.count_who_came(make_event(action, on=TODAY), came=12, by=olga, now=NOW)
    make_event(action, on=TODAY - timedelta(days=1))
    for number, hours in (("1", "2.5"), ("2", "4")):
        community.record_hours(
            action, volunteer=make_volunteer(number), on=TODAY, hours=Decimal(hours), by=olga, now=NOW
        )
    rows = REPORTS["community"].table(Period(date(2026, 11, 1)), TODAY)["rows"]
    assert [row[1] for row in rows] == [1, 12, 2, 6]


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_of_events_costs_the_same(sign_in, olga, action, rows, django_assert_max_num_queries):
    for _one in range(rows):
        make_event(action)
    room = reverse("admin:coordination_communityevent_changelist")
    desk = sign_in(olga)
    desk.get(room)
    with django_assert_max_num_queries(14):
        assert desk.get(room).status_code == 200


def test_the_community_organiser_reads_no_case_no_request_and_no_complaint(sign_in, olga, tomek):
    case = make_case(tomek)
    for room in ("residents_case", "residents_servicerequest", "residents_complaint", "coordination_plan"):
        assert sign_in(olga).get(reverse(f"admin:{room}_changelist")).status_code == 403, room
    assert sign_in(olga).get(reverse("admin:residents_case_change", args=[case.pk])).status_code == 404
