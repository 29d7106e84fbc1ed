"""What is written at length with a move of a plan or a case is kept while it is typed, and goes when it is made."""

import pytest
import time_machine
from django.urls import reverse

from coordination.models import Plan, PlanNote
from residents.models import AssessmentDraft, Case
from tests.coordination_world import make_case, make_plan
from tests.factories import NOW, TODAY

NOTE = {"on": f"{TODAY:%d.%m.%Y}", "kind": "phone", "text": "Rodzina przychodzi w soboty."}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def plan(tomek):
    return make_plan(make_case(tomek), status=Plan.Status.APPROVED)


def move_of(obj, name):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_move", args=[obj.pk, name])


def test_a_note_on_a_plan_is_kept_as_typed_by_who_types_it_and_begins_with_it_again(sign_in, tomek, danuta, plan):
    client, page = sign_in(tomek), move_of(plan, "note")
    assert f'data-autosave="{page}?draft=1"' in client.get(page).content.decode()
    saved = client.post(f"{page}?draft=1", {"text": "Rodzina przychodzi w sob", "kind": "phone", "on": "12"})
    assert saved.content.decode() == "Wersja robocza zapisana o 14:05."
    client.post(f"{page}?draft=1", NOTE)
    draft = AssessmentDraft.objects.get()
    assert (draft.case, draft.author) == (plan.case, tomek)
    assert not PlanNote.objects.exists()
    assert NOTE["text"] in client.get(page).content.decode()
    assert NOTE["text"] not in sign_in(danuta).get(page).content.decode()
    client = sign_in(tomek)
    assert client.post(f"{page}?draft=1", NOTE | {"draft": "1"}).url == plan.get_absolute_url()
    assert client.post(page, NOTE | {"version": plan.version}).status_code == 302
    assert PlanNote.objects.get().text == NOTE["text"]
    assert not AssessmentDraft.objects.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("complete", {"closing_talk_on": f"{TODAY:%d.%m.%Y}", "results": "Chodzi sama do klubu."}),
        ("end_early", {"end_reason": "moved", "results": "Wyjechała do córki."}),
    ],
)
def test_results_of_a_plan_are_kept_and_go_when_it_ends(sign_in, tomek, plan, name, said):
    client, page = sign_in(tomek), move_of(plan, name)
    client.post(f"{page}?draft=1", said)
    assert said["results"] in client.get(page).content.decode()
    plan.refresh_from_db()
    assert plan.status == Plan.Status.APPROVED
    ends = {f"item_{item.pk}": "done" for item in plan.items.all()}
    assert client.post(page, said | ends | {"version": plan.version}).status_code == 302
    plan.refresh_from_db()
    assert (plan.results, plan.status in Plan.OPEN) == (said["results"], False)
    assert not AssessmentDraft.objects.exists()


def test_the_summary_of_a_case_is_kept_and_goes_when_it_is_closed(sign_in, tomek):
    case = make_case(tomek)
    case.requests.get().items.update(status="withdrawn", decided_at=NOW)
    client, page = sign_in(tomek), move_of(case, "close")
    said = {"reason": "other", "summary": "Sprawa załatwiona telefonem."}
    client.post(f"{page}?draft=1", said)
    assert said["summary"] in client.get(page).content.decode()
    response = client.post(page, said)
    case.refresh_from_db()
    assert (response.status_code, case.status) == (302, Case.Status.CLOSED)
    assert not AssessmentDraft.objects.exists()


def test_nobody_keeps_a_draft_of_what_he_may_not_do(sign_in, kasia, tomek, plan):
    page = f"{move_of(plan, 'note')}?draft=1"
    assert sign_in(kasia).post(page, NOTE).status_code == 404
    page = f"{move_of(make_plan(make_case(tomek), status=Plan.Status.COMPLETED), 'note')}?draft=1"
    assert sign_in(tomek).post(page, NOTE).status_code == 403
    assert not AssessmentDraft.objects.exists()
