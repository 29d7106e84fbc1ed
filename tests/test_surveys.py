"""The questions at the end of a service: bound to the item's end, nobody's answer, shown from five on."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coordination.actions.delivery import end_service
from coordination.actions.surveys import ask_how_it_was, take_answer
from coordination.models import Plan, SurveyAnswer, SurveyInvitation
from coordination.reports import REPORTS, Period
from cus_portal.accounts.actors import PublicActor
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.actions import restrict_file
from residents.models import Resident
from services.models import Service
from tests.coordination_world import make_case, make_plan
from tests.delivery_world import MONDAY, make_contract, make_provision, visit
from tests.desk import words
from tests.factories import NOW, TODAY, make_service
from tests.intake import errors, html

ENTER, THANKS = "/ankieta/", "/ankieta/dziekujemy/"
ADD = reverse("admin:coordination_surveyanswer_add")
ANSWERS = reverse("admin:coordination_surveyanswer_changelist")
NOVEMBER = Period(date(2026, 11, 1))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ended(tomek):
    return make_plan(make_case(tomek), status=Plan.Status.COMPLETED)


@pytest.fixture
def invitation(ended):
    ask_how_it_was(on=TODAY)
    return SurveyInvitation.objects.get()


def answers(service, count, **said):
    for _one in range(count):
        SurveyAnswer.objects.create(service=service, month=TODAY.replace(day=1), **{"helped": 3} | said)


# -- asking ---------------------------------------------------------------------------------------
def test_each_service_of_an_ended_plan_is_asked_about_once(ended):
    assert [ask_how_it_was(on=TODAY), ask_how_it_was(on=TODAY), ask_how_it_was(on=TODAY + timedelta(1))] == [1, 0, 0]
    invitation = SurveyInvitation.objects.get()
    assert (invitation.item.plan, invitation.service) == (ended, ended.items.get().service)
    mail = Message.objects.get(template="how_was_it")
    assert mail.context == {"code": invitation.code}
    assert mail.recipient_id == ended.case.requests.get().pk


def test_an_item_that_ends_before_its_plan_is_asked_about_when_it_ends(tomek):
    plan = make_plan(make_case(tomek), status=Plan.Status.APPROVED)
    assert ask_how_it_was(on=plan.ends_on) == 0
    plan.items.update(ends_on=TODAY + timedelta(days=30))
    assert [ask_how_it_was(on=TODAY + timedelta(days=days)) for days in (30, 31, 32)] == [0, 1, 0]


def test_nobody_is_asked_about_an_action_that_is_no_service_or_what_ended_long_ago(ended):
    assert ask_how_it_was(on=TODAY + timedelta(days=90)) == 0
    ended.items.update(service=None, action="sąsiadka przynosi zakupy")
    assert ask_how_it_was(on=TODAY) == 0


def test_the_dead_are_not_asked_and_a_restricted_file_gets_no_mail(tomek, ended):
    Resident.objects.update(died_on=TODAY, death_source="akt zgonu")
    assert ask_how_it_was(on=TODAY) == 0
    Resident.objects.update(died_on=None, death_source="")
    restrict_file(ended.case.resident, kind="violence", by=tomek, now=NOW)
    assert ask_how_it_was(on=TODAY) == 1
    assert not Message.objects.filter(template="how_was_it").exists()


def give_and_end(case, *, contract=None, visited=True, last_day=MONDAY):
    """Return a service given in the case that ends on the day, after a visit or before any."""
    provision = make_provision(contract, case=case)
    if visited:
        visit(provision, MONDAY)
    end_service(provision, reason="resigned", last_day=last_day, by=case.coordinator, now=NOW)
    provision.refresh_from_db()
    return provision


def test_a_service_given_without_a_plan_is_asked_about_once_after_its_last_day(sign_in, tomek, kasia):
    provision = give_and_end(make_case(tomek))
    assert [ask_how_it_was(on=MONDAY + timedelta(days=days)) for days in (0, 1, 1, 2)] == [0, 1, 0, 0]
    invitation = SurveyInvitation.objects.get()
    assert (invitation.provision, invitation.item) == (provision, None)
    assert invitation.service == provision.contract.basis.service
    assert Message.objects.get(template="how_was_it").recipient_id == provision.case.requests.get().pk
    paper = reverse("coordination:survey_pdf", args=[invitation.pk])
    assert sign_in(tomek).get(paper).content[:4] == b"%PDF"
    assert provision.case.case_sign in words(
        sign_in(tomek).get(reverse("admin:coordination_surveyinvitation_changelist"))
    )
    assert sign_in(kasia).get(paper).status_code == 404


def test_nobody_is_asked_about_a_service_that_never_came_or_ended_long_ago(tomek):
    give_and_end(make_case(tomek), visited=False)
    provision = give_and_end(make_case(tomek))
    assert ask_how_it_was(on=MONDAY + timedelta(days=90)) == 0
    Resident.objects.filter(pk=provision.case.resident_id).update(died_on=TODAY, death_source="akt zgonu")
    assert ask_how_it_was(on=MONDAY + timedelta(days=1)) == 0


def test_one_help_that_stands_in_the_plan_too_or_was_given_twice_is_asked_about_once(tomek):
    case = make_case(tomek)
    contract = make_contract()
    first = give_and_end(case, contract=contract)
    make_plan(case, status=Plan.Status.COMPLETED).items.update(service=contract.basis.service)
    assert ask_how_it_was(on=TODAY) == 1
    SurveyInvitation.objects.all().delete()
    Plan.objects.update(ended_on=TODAY + timedelta(days=30))
    again = make_provision(contract, case=case, starts_on=MONDAY + timedelta(days=1))
    visit(again, MONDAY + timedelta(days=1))
    end_service(again, reason="resigned", last_day=MONDAY + timedelta(days=1), by=tomek, now=NOW)
    assert [ask_how_it_was(on=TODAY + timedelta(days=days)) for days in (0, 1, 30)] == [1, 0, 0]
    assert SurveyInvitation.objects.get().provision in (first, again)


# -- answering ------------------------------------------------------------------------------------
def test_somebody_answers_by_the_link_once_and_nothing_leads_back_to_him(client, invitation):
    page = f"/ankieta/{invitation.code}/"
    shown = html(client.get(page))
    assert invitation.service.plain_name in shown
    assert "Wilga" not in shown
    assert "pytań" in str(errors(client.post(page, {})))
    assert client.post(page, {"helped": "3", "in_time": "2", "words": "Częściej."}).url == THANKS
    answer = SurveyAnswer.objects.get()
    assert (answer.service, answer.month) == (invitation.service, date(2026, 11, 1))
    assert (answer.helped, answer.in_time, answer.respected, answer.words) == (3, 2, None, "Częściej.")
    held = {field.name for field in SurveyAnswer._meta.concrete_fields}
    assert not held & {"item", "invitation", "resident", "case", "created_at", "code"}
    invitation.refresh_from_db()
    assert invitation.used
    assert client.get(page).url == ENTER
    with pytest.raises(ValidationError):
        take_answer(invitation, helped=1, by=PublicActor(), now=NOW)
    assert not AuditEvent.objects.filter(object_type__contains="survey").exists()


def test_a_code_typed_from_paper_opens_the_questions_and_a_wrong_or_old_one_does_not(client, invitation):
    assert client.post(ENTER, {"code": invitation.code.lower()}).url == f"/ankieta/{invitation.code}/"
    assert list(errors(client.post(ENTER, {"code": "AAA-AAA-AAA"}))) == ["code"]
    assert client.get("/ankieta/AAA-AAA-AAA/").url == ENTER
    with time_machine.travel(NOW + timedelta(days=91), tick=False):
        assert client.get(f"/ankieta/{invitation.code}/").url == ENTER


def test_the_desk_enters_a_paper_and_who_gave_the_help_may_not(sign_in, ola, tomek, invitation):
    desk = sign_in(ola)
    assert list(errors(desk.post(ADD, {"code": "AAA-AAA-AAA", "helped": "1"}))) == ["code"]
    assert desk.post(ADD, {"code": invitation.code, "helped": "1"}).url == ADD
    assert SurveyAnswer.objects.get().on_paper
    event = AuditEvent.objects.about(invitation).get()
    assert (event.action, event.facts) == ("surveyinvitation.enter", {})
    assert sign_in(tomek).get(ADD).status_code == 403
    with pytest.raises(PermissionDenied):
        take_answer(invitation, on_paper=True, helped=3, by=tomek, now=NOW)


def test_the_coordinator_prints_the_questions_of_his_own_plans_in_large_letters(sign_in, tomek, kasia, invitation):
    paper = reverse("coordination:survey_pdf", args=[invitation.pk])
    assert sign_in(tomek).get(paper).content[:4] == b"%PDF"
    assert sign_in(kasia).get(paper).status_code == 404
    SurveyInvitation.objects.update(used=True)
    assert sign_in(tomek).get(paper).status_code == 404


# -- what is shown --------------------------------------------------------------------------------
def test_answers_are_shown_from_the_fifth_on(sign_in, beata, danuta, tomek):
    few, enough = make_service("Obiady"), make_service("Transport")
    answers(few, 4, words="za zimne")
    answers(enough, 5, words="kierowca czeka")
    for person in (beata, danuta):
        assert {answer.service for answer in SurveyAnswer.objects.visible_to(person)} == {enough}
    assert not danuta.has_perm("coordination.view_surveyanswer", SurveyAnswer.objects.filter(service=few).first())
    shown = words(sign_in(beata).get(ANSWERS))
    assert "kierowca czeka" in shown
    assert "za zimne" not in shown
    assert sign_in(tomek).get(ANSWERS).status_code == 403
    answers(few, 1)
    assert SurveyAnswer.objects.visible_to(beata).count() == 10


def test_the_figures_name_services_with_enough_answers_and_put_the_few_together():
    for name, count in (("Obiady", 3), ("Transport", 6), ("Zakupy", 1)):
        answers(make_service(name), count)
    answers(Service.objects.get(name="Transport"), 2, helped=1, respected=2)
    rows = REPORTS["satisfaction"].table(NOVEMBER, TODAY)["rows"]
    assert rows[0] == ["Transport", 8, 75, 50, None, None]
    assert rows[1][1:] == [4, None, None, None, None]
    assert len(rows) == 2


def test_the_response_rate_counts_who_was_asked(client, invitation, tomek):
    make_plan(make_case(tomek), status=Plan.Status.COMPLETED)
    ask_how_it_was(on=TODAY)
    client.post(f"/ankieta/{invitation.code}/", {"helped": "3"})
    assert REPORTS["response"].table(NOVEMBER, TODAY)["rows"][0][1:] == [2, 1, 50]
