"""Two people at one form: each sees that the other has it open, nobody is locked out, and no version is lost."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.actions.plans import change_plan
from coordination.models import PlanTemplate, PlanTemplateItem, Volunteer
from cus_portal.accounts.models import Membership
from cus_portal.accounts.roles import Role
from cus_portal.cache import ForgivingRedisCache
from cus_portal.presence import LASTS, leave_form, open_form
from residents.actions import join_team
from residents.actions.notes import write_note
from services.models import TargetGroup
from tests import personas
from tests.community_world import make_volunteer
from tests.coordination_world import make_case, make_plan
from tests.desk import words
from tests.editorial import filled, second_organiser
from tests.factories import make_service
from tests.signing import sign_in_as

NOW = timezone.now()
FORM = "/a/form/"
OPEN = "ma otwarty ten formularz"


@pytest.fixture(autouse=True)
def nobody_is_at_it(db):
    cache.clear()


def test_who_opens_a_form_sees_who_has_it_open_and_since_when(tomek, kasia, ola):
    assert open_form(FORM, by=tomek, now=NOW) == []
    later = NOW + timedelta(minutes=5)
    assert open_form(FORM, by=kasia, now=later) == [(tomek, NOW)]
    assert open_form(FORM, by=tomek, now=later) == [(kasia, later)]
    assert open_form(FORM, by=ola, now=later) == [(tomek, NOW), (kasia, later)]
    assert open_form("/another/", by=ola, now=later) == []


def test_a_mark_goes_when_the_form_is_written_or_by_itself(tomek, kasia):
    open_form(FORM, by=tomek, now=NOW)
    leave_form(FORM, by=tomek, now=NOW)
    assert open_form(FORM, by=kasia, now=NOW) == []
    assert open_form(FORM, by=tomek, now=NOW + LASTS) == []


def test_without_the_cache_nobody_is_shown_and_nobody_is_stopped(tomek, kasia, monkeypatch):
    away = ForgivingRedisCache("redis://127.0.0.1:1/0", {})
    monkeypatch.setattr("cus_portal.presence.cache", away)
    open_form(FORM, by=tomek, now=NOW)
    assert open_form(FORM, by=kasia, now=NOW) == []


def test_the_mark_holds_numbers_and_moments_only(tomek):
    open_form(FORM, by=tomek, now=NOW)
    assert cache.get(f"open-form:{FORM}") == {tomek.pk: (NOW, NOW)}


@pytest.fixture
def case(tomek, kasia):
    case = make_case(tomek)
    join_team(case, user=kasia, role="deputy", valid_from=timezone.localdate(), by=tomek, now=NOW)
    return case


def both(case):
    return [sign_in_as(Client(), personas.person(name)) for name in ("tomek", "kasia")]


def test_of_a_plan_changed_by_two_both_versions_are_shown_and_the_second_press_writes(case, tomek):
    plan = make_plan(case)
    mine, hers = both(case)
    url = reverse("admin:coordination_plan_move", args=[plan.pk, "change"])
    mine.get(url)
    shown = hers.get(url)
    assert f"Tomek Lis {OPEN}" in words(shown)
    form = shown.context["form"]
    typed = {name: form[name].value() for name in form.fields}
    typed |= {name: f"{typed[name]:%d.%m.%Y}" for name in ("starts_on", "ends_on")}
    typed |= {"goals": "Cel Kasi.", "version": shown.context["version"]}
    facts = {name: getattr(plan, name) for name in ("starts_on", "ends_on", "needs")}
    change_plan(plan, **facts, goals="Cel Tomka.", by=tomek, now=NOW)
    answer = hers.post(url, typed)
    assert answer.status_code == 200
    assert answer.context["form"]["goals"].value() == "Cel Kasi."
    assert [str(value) for _term, value in answer.context["meanwhile"]] == ["Cel Tomka."]
    assert "Cel Tomka." in words(answer)
    plan.refresh_from_db()
    assert plan.goals == "Cel Tomka."
    assert hers.post(url, typed | {"version": answer.context["version"]}).status_code == 302
    plan.refresh_from_db()
    assert plan.goals == "Cel Kasi."
    assert OPEN not in words(mine.get(url))  # Kasia has written hers and left


def test_of_an_act_without_what_could_be_compared_the_version_stays_and_one_looks_anew(case, tomek):
    plan = make_plan(case)
    mine, _hers = both(case)
    url = reverse("admin:coordination_plan_move", args=[plan.pk, "agree"])
    version = mine.get(url).context["version"]
    facts = {name: getattr(plan, name) for name in ("starts_on", "ends_on", "needs")}
    change_plan(plan, **facts, goals="Inny cel.", by=tomek, now=NOW)
    typed = {"agreed_on": f"{timezone.localdate():%d.%m.%Y}", "agreement": "spoken", "version": version}
    for _press in range(2):
        answer = mine.post(url, typed)
        assert (answer.status_code, str(answer.context["version"])) == (200, str(version))
    plan.refresh_from_db()
    assert plan.status == "draft"


def test_of_an_item_of_a_plan_changed_by_two_both_versions_are_shown(case, tomek, pcpr):
    item = make_plan(case).items.get()
    mine, hers = both(case)
    url = reverse("coordination:plan_item", args=[item.pk])
    mine.get(url)
    shown = hers.get(url)
    assert f"Tomek Lis {OPEN}" in words(shown)
    days = {name: f"{getattr(item, name):%d.%m.%Y}" for name in ("starts_on", "ends_on")}
    typed = days | {"goal": "Cel Kasi.", "service": item.service_id, "provider": pcpr.pk, "version": item.plan.version}
    assert mine.post(url, typed | {"goal": "Cel Tomka."}).status_code == 302
    answer = hers.post(url, typed)
    assert answer.context["form"]["goal"].value() == "Cel Kasi."
    assert [value for _term, value in answer.context["meanwhile"]] == ["Cel Tomka."]
    item.refresh_from_db()
    assert item.goal == "Cel Tomka."
    plan = item.plan
    plan.refresh_from_db()
    assert hers.post(url, typed | {"version": plan.version}).status_code == 302
    item.refresh_from_db()
    assert item.goal == "Cel Kasi."


def test_of_a_plain_form_of_the_office_changed_by_two_both_versions_are_shown_and_the_second_press_writes(tomek, kasia):
    volunteer = make_volunteer()
    for person in (tomek, kasia):
        facts = {"institution": personas.institution(personas.CENTRE), "role": Role.COMMUNITY}
        Membership.objects.create(user=person, valid_from=date(2020, 1, 1), **facts)
    mine, hers = (sign_in_as(Client(), person) for person in (tomek, kasia))
    url = volunteer.get_absolute_url()
    mine.get(url)
    shown = hers.get(url)
    assert f"Tomek Lis {OPEN}" in words(shown)
    typed = filled(shown, first_name="Kasi", agreement_from="01.02.2026")
    Volunteer.objects.filter(pk=volunteer.pk).update(first_name="Tomka", phone="600 700 800")
    answer = hers.post(url, typed)
    form = answer.context["adminform"].form
    assert form["first_name"].value() == "Kasi"
    now_says = {str(term).lower(): value for term, value in form.meanwhile}
    assert (now_says["imię"], now_says["telefon"]) == ("Tomka", "600 700 800")
    assert "Tomka" in words(answer)
    volunteer.refresh_from_db()
    assert volunteer.first_name == "Tomka"
    assert hers.post(url, typed | {"seen": answer.context["seen"]}).status_code == 302
    volunteer.refresh_from_db()
    assert volunteer.first_name == "Kasi"
    assert OPEN not in words(mine.get(url))  # Kasia has written hers and left


@pytest.fixture
def template_of_two(beata):
    """A plan template with two rows, open before two organisers."""
    template = PlanTemplate.objects.create(
        name="Senior sam w domu", code="senior", needs="Sam.", goals="Nie sam.", valid_from=timezone.localdate()
    )
    for number, goal in enumerate(["Ma zakupy.", "Ma z kim rozmawiać."], start=1):
        PlanTemplateItem.objects.create(template=template, position=number, goal=goal, action="sąsiadka")
    mine, hers = (sign_in_as(Client(), person) for person in (beata, second_organiser()))
    url = template.get_absolute_url()
    return template, url, (mine, filled(mine.get(url))), (hers, filled(hers.get(url)))


def goals_of(template):
    return list(template.items.order_by("position", "pk").values_list("goal", flat=True))


def test_of_a_row_inside_a_form_changed_by_two_both_versions_are_shown_and_the_second_press_writes(template_of_two):
    template, url, (mine, my_page), (hers, her_page) = template_of_two
    assert mine.post(url, my_page | {"items-0-goal": "Ma obiady."}).status_code == 302
    answer = hers.post(url, her_page | {"items-0-goal": "Ma sprzątane.", "name": "Senior"})
    assert answer.status_code == 200
    part = answer.context["inline_admin_formsets"][0].formset
    assert part.forms[0]["goal"].value() == "Ma sprzątane."
    assert [value for _term, value in part.meanwhile] == ["Ma obiady."]
    assert "Ma obiady." in words(answer)
    template.refresh_from_db()
    assert (template.name, goals_of(template)) == ("Senior sam w domu", ["Ma obiady.", "Ma z kim rozmawiać."])
    assert hers.post(url, filled(answer)).status_code == 302
    template.refresh_from_db()
    assert (template.name, goals_of(template)) == ("Senior", ["Ma sprzątane.", "Ma z kim rozmawiać."])


def test_a_row_changed_by_another_is_not_brought_back_by_who_left_it_alone(template_of_two):
    template, url, (mine, my_page), (hers, her_page) = template_of_two
    mine.post(url, my_page | {"items-0-goal": "Ma obiady."})
    answer = hers.post(url, her_page | {"items-1-goal": "Ma psa."})
    assert answer.status_code == 200
    assert goals_of(template) == ["Ma obiady.", "Ma z kim rozmawiać."]


def test_a_row_changed_by_another_is_not_taken_out_unread(template_of_two):
    template, url, (mine, my_page), (hers, her_page) = template_of_two
    mine.post(url, my_page | {"items-0-goal": "Ma obiady."})
    answer = hers.post(url, her_page | {"items-0-DELETE": "on"})
    assert "Ma obiady." in words(answer)
    assert goals_of(template) == ["Ma obiady.", "Ma z kim rozmawiać."]
    assert hers.post(url, filled(answer, **{"items-0-DELETE": "on"})).status_code == 302
    assert goals_of(template) == ["Ma z kim rozmawiać."]


def test_a_row_taken_out_meanwhile_comes_back_last_with_what_was_typed_and_only_if_pressed_again(template_of_two):
    template, url, (mine, my_page), (hers, her_page) = template_of_two
    assert mine.post(url, my_page | {"items-0-DELETE": "on"}).status_code == 302
    answer = hers.post(url, her_page | {"items-0-goal": "Ma obiady.", "items-1-goal": "Ma psa."})
    assert answer.status_code == 200
    part = answer.context["inline_admin_formsets"][0].formset
    assert [form["goal"].value() for form in part.forms] == ["Ma psa.", "Ma obiady."]
    assert (len(part.initial_forms), part.forms[1]["id"].value()) == (1, "")
    assert goals_of(template) == ["Ma z kim rozmawiać."]
    assert hers.post(url, filled(answer)).status_code == 302
    assert sorted(goals_of(template)) == ["Ma obiady.", "Ma psa."]


def test_a_row_added_by_another_stays_and_stops_nobody(template_of_two):
    template, url, (mine, my_page), (hers, her_page) = template_of_two
    added = {
        "items-TOTAL_FORMS": 3,
        "items-2-position": 3,
        "items-2-goal": "Chodzi na spacer.",
        "items-2-action": "brat",
    }
    assert mine.post(url, my_page | added).status_code == 302
    assert hers.post(url, her_page | {"items-1-goal": "Ma psa."}).status_code == 302
    assert goals_of(template) == ["Ma zakupy.", "Ma psa.", "Chodzi na spacer."]


def test_the_groups_that_an_entry_is_for_are_not_written_over_unseen(beata):
    """What a form chooses many of stands in no column of the row."""
    service = make_service(status="draft")
    other = TargetGroup.objects.create(code="senior", name="Seniorzy", position=1)
    mine, hers = (sign_in_as(Client(), person) for person in (beata, second_organiser()))
    url = reverse("admin:services_service_change", args=[service.pk])
    my_page, her_page = (filled(client.get(url)) for client in (mine, hers))
    assert mine.post(url, my_page | {"target_groups": [other.pk]}).status_code == 302
    answer = hers.post(url, her_page | {"summary": "Inaczej."})
    assert answer.status_code == 200
    assert str(other) in words(answer)
    assert other in service.target_groups.all()
    service.refresh_from_db()
    assert service.summary != "Inaczej."


def test_at_a_note_and_at_an_assessment_the_other_is_named_too(case, tomek):
    note = write_note(case, text="…", sight="team", token=uuid4(), by=tomek, now=NOW)
    mine, hers = both(case)
    for url in (note.get_absolute_url(), reverse("admin:residents_case_assess", args=[case.pk])):
        assert OPEN not in words(mine.get(url))
        assert f"Tomek Lis {OPEN}" in words(hers.get(url))
