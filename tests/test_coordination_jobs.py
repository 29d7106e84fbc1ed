"""Jobs are done once: by two beats, after an outage, by whichever worker is there."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from coordination import jobs, tasks
from coordination.models import JobRun, ReminderSent, ReportSnapshot
from coordination.reports import Period
from cus_portal.notifications.models import Message
from tests import board_world as world
from tests import personas
from tests.factories import NOW, TODAY, at, make_request

OCTOBER = Period(date(2026, 10, 1))


def test_a_job_is_done_once_a_period(db):
    done = []
    assert jobs.run_once("count", "2026-11-12", done.append, now=NOW)
    assert not jobs.run_once("count", "2026-11-12", done.append, now=NOW)
    assert jobs.run_once("count", "2026-11-13", done.append, now=NOW)
    assert len(done) == 2
    assert JobRun.objects.filter(finished_at=NOW).count() == 2


def test_a_job_that_fails_leaves_its_error_and_is_done_at_the_next_tick(db):
    def fail(run):
        make_request()
        raise ValueError("Jan Kowalski")

    with pytest.raises(ValueError, match="Jan"):
        jobs.run_once("count", "2026-11-12", fail, now=NOW)
    run = JobRun.objects.get()
    assert (run.error, run.finished_at) == ("ValueError", None)
    assert not Message.objects.exists()
    assert jobs.run_once("count", "2026-11-12", lambda run: None, now=NOW)
    run.refresh_from_db()
    assert (run.error, run.finished_at) == ("", NOW)


def test_the_last_month_is_reported_on_the_first_and_missed_ones_are_caught_up(db, danuta):
    make_request(now=at(date(2026, 8, 20)))
    assert jobs.report_past_months(now=at(date(2026, 9, 1), 5, 30)) == 1
    assert jobs.report_past_months(now=at(date(2026, 9, 1), 5, 31)) == 0
    assert jobs.report_past_months(now=at(date(2026, 9, 30))) == 0
    assert jobs.report_past_months(now=at(date(2026, 11, 12))) == 2
    assert [row.period.month for row in ReportSnapshot.objects.order_by("period")] == [8, 9, 10]


def test_a_portal_without_requests_reports_nothing(db):
    assert jobs.report_past_months(now=NOW) == 0


def test_an_order_is_kept_while_the_broker_is_away_and_made_by_the_sweep(
    danuta, broker_away, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        jobs.order_report(OCTOBER, by=danuta, now=NOW)
    assert not ReportSnapshot.objects.exists()
    assert jobs.make_ordered_reports(now=NOW + timedelta(minutes=1)) == 1
    assert jobs.make_ordered_reports(now=NOW + timedelta(minutes=2)) == 0
    snapshot = ReportSnapshot.objects.get()
    assert (snapshot.period, snapshot.made_by) == (OCTOBER.first, danuta)


def test_an_order_pressed_twice_is_one(danuta):
    jobs.order_report(OCTOBER, by=danuta, now=NOW)
    jobs.order_report(OCTOBER, by=danuta, now=NOW)
    assert jobs.make_ordered_reports(now=NOW) == 1
    jobs.order_report(OCTOBER, by=danuta, now=NOW)
    assert jobs.make_ordered_reports(now=NOW) == 1
    assert list(ReportSnapshot.objects.order_by("edition").values_list("edition", flat=True)) == [1, 2]


def test_an_order_given_up_is_taken_up_by_asking_once_more(sign_in, danuta):
    late = NOW + timedelta(days=2)
    jobs.order_report(OCTOBER, by=danuta, now=NOW)
    assert jobs.make_ordered_reports(now=late) == 0
    assert not jobs.pending_orders(now=late).exists()
    jobs.order_report(OCTOBER, by=danuta, now=late)
    assert jobs.make_ordered_reports(now=late) == 1


def test_an_order_that_fails_holds_up_no_other(danuta, tomek):
    failing = jobs.order_report(OCTOBER, by=danuta, now=NOW)
    JobRun.objects.filter(pk=failing.pk).update(ordered_by=tomek)  # say, no director any more
    jobs.order_report(OCTOBER.previous, by=danuta, now=NOW)
    for _tick in range(2):
        with pytest.raises(PermissionDenied):
            jobs.make_ordered_reports(now=NOW)
    assert ReportSnapshot.objects.get().period == OCTOBER.previous.first


def test_the_director_orders_on_the_page_and_sees_that_it_is_under_way(sign_in, danuta, broker_away):
    client = sign_in(danuta)
    response = client.post("/praca/raporty/nowy/", {"month": client_month(client)}, follow=True)
    assert response.redirect_chain == [("/praca/raporty/", 302)]
    assert JobRun.objects.get().ordered_by == danuta
    assert [order.job for order in response.context["pending"]] == [jobs.ORDERED]


def client_month(client):
    return client.get("/praca/raporty/").context["form"].fields["month"].choices[1][0]


@pytest.mark.parametrize("month", ["", "1999-01", "x", "2026-13"])
def test_a_month_that_is_not_offered_is_not_counted(sign_in, danuta, month):
    sign_in(danuta).post("/praca/raporty/nowy/", {"month": month})
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("name", ["renata", "beata", "tomek", "ewa"])
def test_nobody_else_orders_a_report(request, sign_in, name):
    user = request.getfixturevalue(name)
    assert sign_in(user).post("/praca/raporty/nowy/", {"month": "2026-10"}).status_code == 403
    with pytest.raises(PermissionDenied):
        jobs.order_report(OCTOBER, by=user, now=NOW)
    assert not JobRun.objects.exists()


def test_the_tasks_run_on_an_empty_portal_and_twice(db):
    for task in (tasks.daily, tasks.monthly_report, tasks.make_ordered_reports):
        task()
        task()
    assert JobRun.objects.get().job == jobs.DAILY


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [jobs.remind, jobs.report_past_months])
def test_two_beats_at_once_do_the_day_once(act):
    tomek, pcpr = personas.person("tomek"), personas.institution(personas.PCPR)
    personas.person("danuta")
    make_request(now=at(date(2026, 10, 20)))
    for _number in range(5):
        world.referral(world.case(tomek), pcpr, due=TODAY - timedelta(days=1))
    start = threading.Barrier(2)
    results = []

    def beat():
        start.wait()
        results.append(int(act(now=NOW)))
        connection.close()

    threads = [threading.Thread(target=beat) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1]
    if act is jobs.remind:
        keys = list(ReminderSent.objects.values_list("key", flat=True))
        assert len(keys) == len(set(keys)) == 10 + 5 + 5
        assert Message.objects.filter(template="digest").count() == 2
    else:
        assert ReportSnapshot.objects.count() == 1
