"""Complaining and saying how a service was, in a browser: accessible and fit for every width on the way."""

import pytest
from django.utils import timezone

from coordination.actions.surveys import ask_how_it_was
from coordination.models import Plan, SurveyAnswer, SurveyInvitation
from residents.actions import answer_complaint, examine_complaint
from residents.models import Complaint
from tests.coordination_world import make_case, make_plan
from tests.factories import make_notice
from tests.test_pages_browser import press_on, start_of, wrong_with

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "size"), [("pl", "phone"), ("uk", "desktop")])
def test_somebody_complains_and_reads_the_answer(open_page, danuta, language, size):
    make_notice()
    page = open_page(start_of(language) + "/skargi/", size=size)
    found = {}

    def look(name):
        found[name] = wrong_with(page, language)

    press_on(page)
    look("nothing filled in")
    for name, value in (("kind", "complaint"), ("about", "service")):
        page.check(f"[name={name}][value={value}]", force=True)
    page.fill("[name=text]", "Nikt nie przyjechał.")
    press_on(page)
    look("taken")
    now = timezone.now()
    complaint = examine_complaint(Complaint.objects.get(), by=danuta, now=now)
    answer_complaint(complaint, answer="Przepraszamy.", result="founded", by=danuta, now=now)
    page.locator("main a[href*='/skargi/stan/']").click()
    page.fill("[name=reference]", complaint.reference)
    page.fill("[name=code]", complaint.access_code)
    press_on(page)
    assert "Przepraszamy." in page.inner_text("main")
    look("answered")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert page.problems == []


@pytest.mark.parametrize(("language", "size"), [("pl", "phone"), ("uk", "desktop")])
def test_somebody_says_how_it_was(open_page, tomek, language, size):
    make_plan(make_case(tomek), status=Plan.Status.COMPLETED, now=timezone.now())
    plan = Plan.objects.get()
    ask_how_it_was(on=plan.ended_on)
    SurveyInvitation.objects.update(asked_on=timezone.localdate())
    page = open_page(start_of(language) + "/ankieta/", size=size)
    page.fill("[name=code]", SurveyInvitation.objects.get().code)
    press_on(page)
    found = {"questions": wrong_with(page, language)}
    page.check("[name=helped][value='3']", force=True)
    press_on(page)
    found["thanks"] = wrong_with(page, language)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert page.problems == []
    assert SurveyAnswer.objects.get().helped == 3
