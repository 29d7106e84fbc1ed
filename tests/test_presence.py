"""Two people at one form: each sees that the other has it open, nobody is locked out, and no version is lost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.actions.plans import change_plan
from cus_portal.cache import ForgivingRedisCache
from cus_portal.presence import LASTS, leave_form, open_form
from residents.actions import join_team
from residents.actions.notes import write_note
from tests import personas
from tests.coordination_world import make_case, make_plan
from tests.desk import words
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


def test_at_a_note_and_at_an_assessment_the_other_is_named_too(case, tomek):
    note = write_note(case, text="…", sight="team", token=uuid4(), by=tomek, now=NOW)
    mine, hers = both(case)
    for url in (note.get_absolute_url(), reverse("admin:residents_case_assess", args=[case.pk])):
        assert OPEN not in words(mine.get(url))
        assert f"Tomek Lis {OPEN}" in words(hers.get(url))
