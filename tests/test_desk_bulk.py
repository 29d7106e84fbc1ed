"""One move on many rows: each row by its own right, and a report of what was done and what was not, and why."""

import pytest
from django.urls import reverse

from coordination.models import Referral
from cus_portal import bulk
from cus_portal.audit.models import AuditEvent
from residents.actions import restrict_file, take_up
from residents.models import Case, RequestItem, ServiceRequest
from tests.coordination_world import make_case as make_referral_case
from tests.coordination_world import make_referral
from tests.desk import NEEDS, QUEUE, file_today, now, words
from tests.factories import make_case
from tests.test_residents_queue import waiting, with_row

CASES = reverse("admin:residents_case_changelist")
LIVE = reverse("coordination:worklist", args=["live"])
REFERRALS = reverse("admin:coordination_referral_changelist")
pytestmark = pytest.mark.django_db


def key(row):
    row.refresh_from_db()
    return f"{row.pk}:{row.version}"


def several(where, name):
    return f"{where}bulk/{name}/"


def report(client, response):
    assert response.status_code == 302, words(response)
    return words(client.get(response.url))


def acts(action):
    return set(AuditEvent.objects.filter(action=action).values_list("object_id", flat=True))


# -- cases -----------------------------------------------------------------------------------------
def test_the_director_hands_ticked_cases_over_and_reads_what_was_not_done(sign_in, tomek, kasia, danuta):
    mine, closed, untouched = (make_case(coordinator=tomek, now=now()) for _one in range(3))
    Case.objects.filter(pk=closed.pk).update(status="closed", closed_on=now().date(), close_reason="resigned")
    client = sign_in(danuta)
    rows = {"row": [key(mine), key(closed)]}
    seen = client.post(several(CASES, "assign"), rows)
    assert "Krystyna Wilga, Tomek Lis" in words(seen)
    assert "w 1 wierszu" in words(seen)
    assert f'name="row" value="{key(closed)}"' not in seen.content.decode()
    assert not acts("case.assign")
    again = client.post(several(CASES, "assign"), rows | {"sure": "1", "coordinator": kasia.pk})
    shown = report(client, again)
    assert closed.case_sign in shown
    assert mine.case_sign in shown
    assert "Nie zrobiono w 1 wierszu" in shown
    assert acts("case.assign") == {mine.pk}
    assert list(Case.objects.filter(coordinator=kasia)) == [mine]
    untouched.refresh_from_db()
    assert untouched.coordinator == tomek


def test_nobody_moves_in_bulk_what_he_could_not_move_singly(sign_in, tomek, kasia, beata, danuta):
    hers = make_case(coordinator=kasia, now=now())
    own = make_case(coordinator=tomek, now=now())
    sure = {"row": [key(hers), key(own)], "sure": "1", "coordinator": danuta.pk}
    assert sign_in(tomek).post(several(CASES, "assign"), sure).status_code == 200  # the director is no coordinator
    sign_in(tomek).post(several(CASES, "assign"), sure | {"coordinator": kasia.pk})
    assert acts("case.assign") == {own.pk}
    client = sign_in(beata)  # sees every case, and hands none over
    assert 'name="row"' not in client.get(CASES).content.decode()
    assert client.post(several(CASES, "assign"), sure).status_code == 403
    assert client.post(several(CASES, "close"), sure).status_code == 404
    assert client.get(several(CASES, "assign")).status_code == 405


def test_a_restricted_file_is_no_row_for_whoever_does_not_see_it(sign_in, tomek, kasia):
    shut = file_today()
    restrict_file(take_up(shut, by=kasia, now=now()), kind="violence", by=kasia, now=now())
    client = sign_in(tomek)
    answer = client.post(several(QUEUE, "hand_over"), {"row": [key(shut)]}, follow=True)
    assert "Zaznacz co najmniej jeden wiersz" in words(answer)
    assert shut.reference not in words(answer)


# -- requests --------------------------------------------------------------------------------------
def test_all_that_the_list_shows_is_what_its_filters_leave(sign_in, ola, beata):
    free, taken = [file_today() for _one in range(3)], file_today()
    take_up(taken, by=beata, now=now())
    client = sign_in(ola)
    where = several(QUEUE, "take_up") + "?whose=nobody"
    seen = words(client.post(where, {"scope": "shown"}))
    assert all(one.reference in seen for one in free)
    assert taken.reference not in seen
    shown = report(client, client.post(where, {"row": [key(one) for one in free], "sure": "1"}))
    assert "w 3 wierszach" in shown
    assert acts("servicerequest.take_up") == {one.pk for one in [*free, taken]}
    assert set(ServiceRequest.objects.filter(assigned_to=ola)) == set(free)


def test_the_report_names_each_row_left_and_keeps_it_ticked_for_another_try(sign_in, ola, beata):
    free, late, taken = (file_today() for _one in range(3))
    take_up(taken, by=beata, now=now())
    client = sign_in(ola)
    preview = client.post(several(QUEUE, "take_up"), {"row": [key(free), key(late), key(taken)]})
    sent = {"row": [key(free), key(late)], "left": key(taken), "sure": "1"}
    assert f'name="left" value="{key(taken)}"' in preview.content.decode()
    take_up(late, by=beata, now=now())
    page = client.get(client.post(several(QUEUE, "take_up"), sent).url)
    whys = {line["name"]: line["why"] for line in page.context["not_done"]}
    assert whys[str(taken)] == "W obecnym stanie nie można tego zrobić."
    assert "Beata Sowa" in whys[str(late)]
    ticked = [line["key"] for line in page.context["not_done"]]
    assert ticked == [key(late), key(taken)]
    assert all(f'value="{one}"' in page.content.decode() for one in ticked)
    assert [one["url"] for one in page.context["bulk_moves"]] == [several(QUEUE, "hand_over")]
    again = client.post(several(QUEUE, "hand_over"), {"row": ticked, "back": f"{QUEUE}?whose=nobody"})
    assert [line["row"] for line in again.context["lines"]] == [late, taken]
    assert [one["url"] for one in client.get(QUEUE, {"whose": "all"}).context["bulk_moves"]] == [
        several(QUEUE, "hand_over")
    ]


def test_a_row_somebody_changed_meanwhile_is_left_and_the_report_says_who(sign_in, ola, beata):
    slow, other = file_today(), file_today()
    seen = [key(slow), key(other)]
    take_up(slow, by=beata, now=now())
    client = sign_in(ola)
    shown = report(client, client.post(several(QUEUE, "take_up"), {"row": seen, "sure": "1"}))
    assert f"{slow.reference} W międzyczasie zmienił(a) to Beata Sowa" in shown
    assert list(ServiceRequest.objects.filter(assigned_to=ola)) == [other]
    assert "Beata Sowa" in words(client.get(several(QUEUE, "take_up").replace("take_up/", "")))


def test_no_more_rows_than_the_bound_are_moved_at_once(sign_in, ola, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_ROWS", 2)
    rows = [file_today() for _one in range(3)]
    client = sign_in(ola)
    for chosen in ({"scope": "shown"}, {"row": [key(one) for one in rows]}, {}):
        answer = client.post(several(QUEUE, "take_up"), chosen | {"sure": "1"})
        assert answer.url == QUEUE
    assert not acts("servicerequest.take_up")


@pytest.mark.parametrize("row", ["", "x", "1;2", "9" * 40, "١:1", "7:9999999999"])
def test_a_forged_row_moves_nothing(sign_in, ola, row):
    file_today()
    assert sign_in(ola).post(several(QUEUE, "take_up"), {"row": row, "sure": "1"}).url == QUEUE
    assert not acts("servicerequest.take_up")


# -- needs and referrals -----------------------------------------------------------------------------
def test_places_are_offered_in_the_order_of_the_queue_while_there_are_any(sign_in, tomek):
    basis = with_row(capacity=2, capacity_period="year")
    last, first, second = waiting(basis, 1, 9, 5, by=tomek)
    client = sign_in(tomek)
    rows = {"row": [key(last), key(second), key(first)], "sure": "1"}
    shown = report(client, client.post(several(NEEDS, "offer"), rows))
    assert "w 2 wierszach" in shown
    assert "Nie zrobiono w 1 wierszu" in shown
    offered = RequestItem.objects.filter(status=RequestItem.Status.OFFERED)
    assert set(offered) == {first, second}


def test_whoever_is_not_first_is_offered_nothing(sign_in, tomek):
    first, second = waiting(with_row(capacity=2, capacity_period="year"), 9, 5, by=tomek)
    client = sign_in(tomek)
    client.post(several(NEEDS, "offer"), {"row": [key(second)], "sure": "1"})
    assert not RequestItem.objects.filter(status=RequestItem.Status.OFFERED).exists()
    assert first.queue_place.pk


def test_referrals_are_withdrawn_together_where_the_table_allows(sign_in, tomek, pcpr, clinic):
    case = make_referral_case(tomek)
    sent, done = make_referral(case, pcpr), make_referral(case, clinic, status=Referral.Status.COMPLETED)
    client = sign_in(tomek)
    rows = {"row": [key(sent), key(done)], "sure": "1"}
    assert "reason" in client.post(several(REFERRALS, "withdraw"), rows).context["form"].errors
    shown = report(client, client.post(several(REFERRALS, "withdraw"), rows | {"reason": "Pani wyjeżdża."}))
    assert "Nie zrobiono w 1 wierszu" in shown
    assert list(Referral.objects.filter(status="withdrawn")) == [sent]
    answers = {"acknowledgement": "Plan bez zmian.", "person_told": "yes"}
    client.post(several(REFERRALS, "acknowledge"), rows | answers)
    assert acts("referral.acknowledge") == {done.pk}


# -- worklists -------------------------------------------------------------------------------------
def test_rows_ticked_in_a_worklist_go_the_same_way_and_lead_back_to_it(sign_in, tomek, pcpr, clinic):
    case = make_referral_case(tomek)
    sent, done = make_referral(case, pcpr), make_referral(case, clinic, status=Referral.Status.COMPLETED)
    client = sign_in(tomek)
    make_referral(case, pcpr, status=Referral.Status.DRAFT)  # with a draft none of the moves begins
    page = client.get(LIVE)
    assert len(page.context["rows"]) == 3
    assert page.content.decode().count('name="row"') == 2
    assert sign_in(tomek).get(REFERRALS).content.decode().count('name="row"') == 2
    withdraw, acknowledge = several(REFERRALS, "withdraw"), several(REFERRALS, "acknowledge")
    assert {withdraw, acknowledge} <= {one["url"] for one in page.context["bulk_moves"]}
    rows = {"row": [key(sent), key(done)], "back": f"{LIVE}?page=1"}
    assert client.post(withdraw, {"back": LIVE}).url == LIVE
    seen = client.post(withdraw, rows)
    assert f'name="back" value="{LIVE}?page=1"' in seen.content.decode()
    answer = client.post(withdraw, rows | {"sure": "1", "reason": "Pani wyjeżdża."})
    shown = client.get(answer.url)
    assert f'href="{LIVE}?page=1"' in shown.content.decode()
    assert "Nie zrobiono w 1 wierszu" in words(shown)
    assert list(Referral.objects.filter(status="withdrawn")) == [sent]
    assert [one["url"] for one in client.get(LIVE).context["bulk_moves"]] == [acknowledge]


@pytest.mark.parametrize(
    "forged", ["https://zly.example/", "//zly.example/", "/\\\\zly.example", "javascript:alert(1)"]
)
def test_the_way_back_leads_nowhere_else(sign_in, tomek, forged):
    assert sign_in(tomek).post(several(REFERRALS, "withdraw"), {"back": forged}).url == REFERRALS


def test_a_worklist_has_no_ticks_for_whoever_may_do_nothing_with_its_rows(sign_in, tomek, beata):
    make_case(coordinator=tomek, now=now())
    where = reverse("coordination:worklist", args=["cases"])
    assert 'name="row"' in sign_in(tomek).get(where).content.decode()
    assert 'name="row"' not in sign_in(beata).get(where).content.decode()


@pytest.mark.parametrize("name", ["live", "cases"])
def test_ticks_in_a_worklist_cost_no_query_a_row(
    sign_in, tomek, pcpr, name, django_assert_max_num_queries, django_assert_num_queries
):
    client, where = sign_in(tomek), reverse("coordination:worklist", args=[name])
    make_referral(make_referral_case(tomek), pcpr)
    client.get(where)
    with django_assert_max_num_queries(40) as asked:
        client.get(where)
    for _one in range(4):
        make_referral(make_referral_case(tomek), pcpr)
    with django_assert_num_queries(len(asked)):
        assert client.get(where).content.decode().count('name="row"') == 5


@pytest.mark.parametrize("rows", [1, 6])
def test_a_list_with_ticks_takes_as_many_queries_as_before(sign_in, tomek, rows, django_assert_max_num_queries):
    for _one in range(rows):
        make_case(coordinator=tomek, now=now())
    client = sign_in(tomek)
    with django_assert_max_num_queries(14):
        assert client.get(CASES).content.decode().count('name="row"') == rows
