"""Templates of plans: dated versions by life situation; a plan begins with a copy, never with a link."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.urls import reverse

from coordination.actions.plan_templates import renew_template
from coordination.actions.plans import draft_plan
from coordination.models import Plan, PlanTemplate
from cus_portal.accounts.models import Institution
from tests.coordination_world import make_case, make_template
from tests.desk import move
from tests.factories import NOW, TODAY, make_service

DAY = timedelta(days=1)
DAYS = {"starts_on": TODAY, "ends_on": date(2027, 5, 31)}
pytestmark = pytest.mark.django_db


def rows(plan):
    return [(item.position, item.goal, str(item), item.provider.is_centre) for item in plan.items.order_by("position")]


def test_a_plan_begins_with_a_copy_that_no_later_change_of_the_template_reaches(tomek):
    template = make_template()
    said = {"needs": "Po upadku.", "goals": ""}
    plan = draft_plan(make_case(tomek), **DAYS, template=template, **said, by=tomek, now=NOW)
    plan.refresh_from_db()
    assert (plan.needs, plan.goals) == ("Po upadku.", "Mieszkać u siebie.")
    before = rows(plan)
    assert [row[:2] for row in before] == [(1, "Pomoc"), (2, "Ludzie")]
    first, second = plan.items.order_by("position")
    assert first.provider == template.items.get(position=1).service.provider
    assert second.provider == Institution.objects.get(is_centre=True)
    assert (first.starts_on, first.ends_on, first.scope) == (TODAY, date(2027, 5, 31), "2 godziny")
    template.items.update(goal="Inny cel")
    template.items.filter(position=2).delete()
    PlanTemplate.objects.update(goals="Co innego.")
    plan.refresh_from_db()
    assert rows(plan) == before
    assert plan.goals == "Mieszkać u siebie."


def test_a_version_that_holds_is_followed_by_a_copy_and_stays_as_it_was(beata, tomek):
    template = make_template()
    later = TODAY + 10 * DAY
    with pytest.raises(PermissionDenied):
        renew_template(template, valid_from=later, by=tomek, now=NOW)
    new = renew_template(template, valid_from=later, by=beata, now=NOW)
    template.refresh_from_db()
    assert (template.valid_to, new.valid_from, new.code) == (later - DAY, later, template.code)
    assert new.items.count() == template.items.count() == 2
    for day, held in ((TODAY, template), (later - DAY, template), (later, new)):
        assert list(PlanTemplate.objects.in_force(day)) == [held]
    with pytest.raises(ValidationError):
        renew_template(template, valid_from=later, by=beata, now=NOW)


def test_the_coordinator_starts_from_a_template_on_the_page_of_the_case(sign_in, tomek):
    template, gone = make_template(), make_template(code="dawny", valid_to=date(2026, 11, 1))
    case = make_case(tomek)
    client = sign_in(tomek)
    told = {"version": case.version, "starts_on": "12.11.2026", "ends_on": "31.05.2027"}
    for refused in ({}, {"template": gone.pk}):
        assert client.post(move(case, "draft_plan"), told | refused).status_code == 200
    assert not Plan.objects.exists()
    answer = client.post(move(case, "draft_plan"), told | {"template": template.pk})
    plan = Plan.objects.get()
    assert answer.url == plan.get_absolute_url()
    assert plan.items.count() == 2


def test_the_organiser_writes_a_template_and_rewrites_none_that_holds(sign_in, beata, tomek):
    held = make_template()
    page = reverse("admin:coordination_plantemplate_add")
    empty = {"items-TOTAL_FORMS": "1", "items-INITIAL_FORMS": "0", "items-0-position": "1", "items-0-goal": "Cel"}
    facts = {"name": "Nowa", "code": "nowa", "needs": "…", "goals": "…", "valid_from": "01.12.2099"}
    client = sign_in(beata)
    unsaid = client.post(page, facts | empty)
    assert "jedno z dwojga" in unsaid.content.decode()
    service = make_service("Klub")
    assert client.post(page, facts | empty | {"items-0-service": service.pk}).status_code == 302
    new = PlanTemplate.objects.get(code="nowa")
    assert client.post(new.get_absolute_url(), facts | {"name": "Inna"} | empty).status_code in {200, 302}
    shown = client.get(held.get_absolute_url()).content.decode()
    assert 'name="needs"' not in shown
    assert "/move/renew/" in shown
    assert sign_in(tomek).get(page).status_code == 403
    assert 'name="needs"' not in sign_in(tomek).get(new.get_absolute_url()).content.decode()


def test_the_first_templates_come_from_a_file_once(settings, tmp_path):
    settings.CATALOGUE_DIR = tmp_path
    call_command("load_plan_templates", verbosity=0)
    service = make_service("Klub")
    path = tmp_path / "plan_templates.yaml"
    path.write_text(
        "- {code: a, name: A, valid_from: 2026-01-01, needs: n, goals: g, items: "
        f"[{{goal: x, service: {service.code}}}, {{goal: y, action: z}}]}}",
        encoding="utf-8",
    )
    for _time in range(2):
        call_command("load_plan_templates", verbosity=0)
    assert [str(item) for item in PlanTemplate.objects.get().items.all()] == ["Klub", "z"]
    path.write_text(path.read_text(encoding="utf-8").replace("code: a", "code: b").replace(service.code, "U99"))
    with pytest.raises(Exception, match="U99"):
        call_command("load_plan_templates", verbosity=0)
    assert PlanTemplate.objects.count() == 1
