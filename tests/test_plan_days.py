"""The days of a plan: what was agreed and when, since when it is in force, and what the lists tell of them."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination.actions import plans
from coordination.models import Plan, PlanNote, PlanVersion, Referral
from coordination.worklists import WORKLISTS
from residents.models import RequestItem
from tests import board_world as world
from tests.coordination_world import all_done, make_case, make_plan, make_referral
from tests.delivery_world import make_contract, make_need, make_provision
from tests.factories import NOW, TODAY, make_service

P = Plan.Status
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(tomek, danuta):
    return make_case(tomek)


def test_nobody_agrees_to_words_that_were_written_later(case, tomek, danuta, pcpr):
    """Not before the day of the last change: of the plan, of an item, and of a change to what was approved."""
    plan = make_plan(case)
    said = {"by": tomek, "agreement": "signed"}
    item = {"goal": "Zakupy", "action": "sąsiadka", "provider": pcpr, "starts_on": TODAY, "ends_on": TODAY + 9 * DAY}
    words = {"starts_on": plan.starts_on, "ends_on": plan.ends_on, "needs": "Inne.", "goals": "Inne."}
    with pytest.raises(ValidationError, match="12 listopada 2026"):
        plans.agree_plan(plan, now=NOW, agreed_on=TODAY - DAY, **said)
    later = {"by": tomek, "now": NOW + DAY}
    acts = [
        lambda: plans.add_plan_item(plan, **item, **later),
        lambda: plans.change_plan_item(plan.items.last(), **item, **later),
        lambda: plans.remove_plan_item(plan.items.last(), **later),
        lambda: plans.change_plan(plan, **words, **later),
    ]
    for act in acts:
        Plan.objects.filter(pk=plan.pk).update(worded_on=TODAY)
        act()
        plan = Plan.objects.get(pk=plan.pk)
        with pytest.raises(ValidationError, match="13 listopada 2026"):
            plans.agree_plan(plan, now=NOW + 2 * DAY, agreed_on=TODAY, **said)
    plans.agree_plan(plan, now=NOW + 2 * DAY, agreed_on=TODAY + DAY, **said)
    plans.submit_plan(plan, by=tomek, now=NOW)
    plans.approve_plan(plan, by=danuta, now=NOW)
    plans.amend_plan(plan, by=tomek, now=NOW + 30 * DAY, reason="Nowy cel.")
    with pytest.raises(ValidationError, match="12 grudnia 2026"):
        plans.agree_plan(plan, now=NOW + 31 * DAY, agreed_on=TODAY + DAY, **said)
    assert Plan.objects.get().status == P.DRAFT


def test_the_closing_talk_sums_up_what_has_been(case, tomek):
    """It is held while the plan is in force or after; of a plan that never began, after the person agreed to it."""
    plan = make_plan(case, status=P.APPROVED)
    said = {"by": tomek, "results": "Cel osiągnięty."}
    later = NOW + 20 * DAY
    ends = {"complete": {"items": all_done(plan)}, "end_early": {"end_reason": "resigned"}}
    acts = {"complete": plans.complete_plan, "end_early": plans.end_plan_early}
    for name, facts in ends.items():
        for talk, words in ((TODAY - DAY, "12 listopada 2026"), (later.date() + DAY, "dopiero")):
            with pytest.raises(ValidationError, match=words) as refused:
                acts[name](plan, now=later, closing_talk_on=talk, **facts, **said)
            assert set(refused.value.message_dict) == {"closing_talk_on"}
    ahead = {"starts_on": TODAY + 9 * DAY, "in_force_from": TODAY + 9 * DAY, "agreed_on": TODAY - 3 * DAY}
    Plan.objects.filter(pk=plan.pk).update(**ahead)
    plan = Plan.objects.get()
    with pytest.raises(ValidationError, match="21 listopada 2026"):
        plans.complete_plan(plan, now=NOW, closing_talk_on=TODAY, **ends["complete"], **said)
    with pytest.raises(ValidationError, match="9 listopada 2026"):
        plans.end_plan_early(plan, now=NOW, closing_talk_on=TODAY - 4 * DAY, **ends["end_early"], **said)
    plans.end_plan_early(plan, now=NOW, closing_talk_on=TODAY - 2 * DAY, **ends["end_early"], **said)
    assert (plan.status, plan.closing_talk_on) == (P.ENDED_EARLY, TODAY - 2 * DAY)


def test_a_plan_is_in_force_from_its_approval_and_not_before(case, tomek, danuta, sign_in):
    """The year counts from the day that the plan names, so that this day stays when it is changed."""
    plan, later = make_plan(case, status=P.SUBMITTED), NOW + 100 * DAY
    with pytest.raises(ValidationError, match="11 maja 2027"):
        plans.approve_plan(plan, by=danuta, now=NOW + 181 * DAY)
    assert Plan.objects.get().status == P.SUBMITTED
    plans.approve_plan(plan, by=danuta, now=later)
    day = later.date()
    assert (plan.starts_on, plan.in_force_from) == (TODAY, day)
    assert not Plan.objects.in_force(day - DAY).exists()
    assert Plan.objects.in_force(day).get() == plan
    assert "Obowiązuje od" in sign_in(tomek).get(plan.get_absolute_url()).content.decode()
    plans.amend_plan(plan, by=tomek, now=later, reason="Krócej.")
    same = {"starts_on": TODAY, "ends_on": plan.ends_on, "needs": "Inne.", "goals": "Inne."}
    for days, words in (({"starts_on": TODAY + 30 * DAY}, "12 listopada"), ({"ends_on": day - DAY}, "20 lutego")):
        with pytest.raises(ValidationError, match=words):
            plans.change_plan(plan, by=tomek, now=later, **same | days)
    plans.change_plan(plan, by=tomek, now=later, **same)
    plans.agree_plan(plan, by=tomek, now=later, agreed_on=day, agreement="signed")
    plans.submit_plan(plan, by=tomek, now=later)
    plans.approve_plan(plan, by=danuta, now=later + 9 * DAY)
    assert plan.in_force_from == day


def test_the_list_of_thirty_days_says_how_far_the_plan_is_and_so_whose_move_it_is(
    sign_in, tomek, django_assert_max_num_queries
):
    """What waits for the director is told from what the coordinator still has to do, and can be left out."""
    client, url = sign_in(tomek), "/praca/listy/plans-due/"
    for status in (None, P.DRAFT, P.SUBMITTED):
        case = world.case(tomek, opened_on=TODAY - 60 * DAY)
        if status:
            world.plan(case, status=status)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(url)
    queries = len(asked)
    column = list(page.context["header"]).index("Plan")
    cells = [row[column][1] for row in page.context["rows"]]
    told = [("nierozpoczęty", "mine"), ("szkic", "mine"), ("czeka na zatwierdzenie", "wait")]
    assert sorted((cell.value, cell.tag) for cell in cells) == sorted(told)
    for chosen, number in (("ours", 2), ("director", 1)):
        assert client.get(f"{url}?plan={chosen}").context["count"] == number
    world.plan(world.case(tomek, opened_on=TODAY - 60 * DAY))
    with django_assert_max_num_queries(queries):
        client.get(url)


def test_the_list_of_plans_without_a_note_says_when_one_was_due_and_when_the_last_was_written(sign_in, tomek):
    for due, noted in ((9, 69), (40, None)):
        plan = world.plan(world.case(tomek), status=P.APPROVED, note_due_on=TODAY - due * DAY)
        for days in filter(None, (noted, noted and noted + 30)):
            PlanNote.objects.create(
                plan=plan, on=TODAY - days * DAY, kind="phone", text="Idzie.", author=tomek, written_at=NOW
            )
    rows = sign_in(tomek).get("/praca/listy/plans-without-note/").context["rows"]
    last = [{str(name): cell.value for name, cell in row[-2:]} for row in rows]
    assert last == [
        {"Ostatnia notatka": None, "Termin notatki": "40 dni po terminie"},
        {"Ostatnia notatka": TODAY - 69 * DAY, "Termin notatki": "9 dni po terminie"},
    ]


def test_a_need_granted_after_the_plan_is_in_a_list_until_it_is_planned_and_begun(case, tomek, danuta, pcpr):
    contract = make_contract()
    need = make_need(case, contract.basis.service)
    plan = world.plan(case, status=P.APPROVED)
    case.requests.update(received_on=TODAY - 40 * DAY)
    RequestItem.objects.filter(pk=need.pk).update(decided_at=NOW - 31 * DAY)

    def in_lists(on=TODAY):
        return [name for name in ("plans-to-extend", "not-begun") if WORKLISTS[name].rows(tomek, on).exists()]

    assert in_lists() == ["plans-to-extend", "not-begun"]
    assert in_lists(TODAY - 20 * DAY) == []
    PlanVersion.objects.create(plan=plan, number=1, content={}, approved_by=danuta, approved_at=NOW)
    assert in_lists() == ["not-begun"]
    asked = world.referral(case, pcpr, service=need.service)
    assert in_lists() == []
    Referral.objects.filter(pk=asked.pk).update(status="withdrawn", ended_at=NOW, decided_at=NOW)
    assert in_lists() == ["not-begun"]
    make_provision(contract, case=case)
    assert in_lists() == []


def test_the_list_of_what_has_not_begun_names_the_needs_and_leads_to_each(tomek, danuta, pcpr, sign_in):
    """A protected referral is no beginning to who does not know of it; the queries stay as many."""

    def shown(user):
        client = sign_in(user)
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/praca/listy/not-begun/")
        column = list(page.context["header"]).index("Potrzeba")
        cells = [row[column][1] for row in page.context["rows"]]
        assert all(f'href="{url}"' in page.content.decode() for cell in cells for _name, url in cell.links)
        return [[name for name, _url in cell.links] for cell in cells], len(asked)

    def granted(*names):
        case = make_case(tomek)
        for name in names:
            need = make_need(case, make_service(name))
            RequestItem.objects.filter(pk=need.pk).update(decided_at=NOW - 31 * DAY)
        world.plan(case, status=P.APPROVED)
        return case, need

    case, need = granted("Pomoc domowa", "Masaże")
    found, queries = shown(tomek)
    assert found == [["Pomoc domowa", "Masaże"]]
    make_referral(case, pcpr, service=need.service, confidentiality="protected")
    assert shown(danuta)[0] == [["Pomoc domowa", "Masaże"]]
    granted("Dowóz")
    assert shown(tomek) == ([["Pomoc domowa"], ["Dowóz"]], queries)
    told = sign_in(tomek).post("/praca/listy/not-begun/", {"reason": "kontrola", "file_format": "csv"})
    assert "Pomoc domowa" in told.content.decode()
    assert "Masaże" not in told.content.decode()
