"""Plans that are kept on the connection give what the statement gives, serve others too, and are bounded."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cus_portal.accounts.models import Institution
from cus_portal.planned import AS_PLANNED, KEPT, kept_planned
from residents.models import Case
from tests import board_world
from tests.factories import TODAY
from tests.personas import person

DASHBOARD = reverse("coordination:dashboard")
ODD = "100 % 'pewna' \\ \"nazwa\""


def kept():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'kept%'")
        return cursor.fetchone()[0]


def steps(asked):
    """Return of each statement what it does first, after it was said that plans are kept."""
    return [one["sql"].removeprefix(AS_PLANNED).split()[0] for one in asked.captured_queries]


@kept_planned()
def named(name, among=range(10**6)):
    return list(Institution.objects.filter(name=name, pk__among=among).values_list("short_name", flat=True))


@pytest.mark.django_db
def test_a_kept_plan_reads_what_stands_there_now_and_never_anothers_words():
    assert named(ODD) == []
    for short in ("Pierwsza", "Druga"):
        Institution.objects.create(name=ODD, short_name=short, code=short)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_institution")
    with CaptureQueriesContext(connection) as asked:
        assert sorted(named(ODD)) == ["Druga", "Pierwsza"]
    assert steps(asked) == ["EXECUTE"]
    assert named("100 % 'pewna'") == []


@pytest.mark.django_db
def test_one_plan_serves_all_numbers_and_days(tomek):
    case = board_world.case(tomek, opened_on=TODAY)

    @kept_planned()
    def found(keys, below, day):
        return list(Case.objects.filter(pk__among=keys, pk__lt=below, opened_on__lte=day).values_list("pk", flat=True))

    assert found([case.pk], 10**6, TODAY) == [case.pk]
    with CaptureQueriesContext(connection) as asked:
        assert found([], 10**6, TODAY) == []
        assert found([case.pk + 1, case.pk, -1], 10**6, TODAY) == [case.pk]
        assert found([case.pk], case.pk, TODAY) == []
        assert found([case.pk], 10**6, date(1918, 11, 11)) == []
    assert steps(asked) == ["EXECUTE"] * 4
    assert found([case.pk], 2**40, TODAY) == [case.pk]  # of another type, so with a plan of its own


@pytest.mark.django_db
def test_what_cannot_be_prepared_is_asked_as_it_stands(pcpr):
    before = kept()
    with kept_planned(), connection.cursor() as cursor:
        cursor.execute("SELECT '100 %'")
        assert cursor.fetchone() == ("100 %",)
        assert pcpr in Institution.objects.iterator()
    assert kept() == before


@pytest.mark.django_db
def test_few_plans_are_kept_the_oldest_goes_and_a_failure_keeps_none():
    for number in range(KEPT + 3):
        named(f"Instytucja {number}")
    assert kept() == KEPT
    with CaptureQueriesContext(connection) as asked:
        for number in (KEPT + 2, 3, 0):
            named(f"Instytucja {number}")
    assert steps(asked) == ["EXECUTE", "EXECUTE", "DEALLOCATE"]
    broken = Institution.objects.extra(where=["1 / (SELECT 0) > 0"])
    for _twice in range(2):
        with pytest.raises(DatabaseError), kept_planned(), transaction.atomic():
            list(broken)
    assert named("Instytucja 0") == []


@pytest.mark.django_db
def test_the_dashboard_is_planned_once_and_shows_the_same(sign_in, tomek, pcpr):
    board_world.every_state(tomek, [pcpr])
    board_world.queues(person("beata"))
    client = sign_in(person("danuta"))
    first = client.get(DASHBOARD)
    with CaptureQueriesContext(connection) as asked:
        again = client.get(DASHBOARD)
    assert steps(asked).count("EXECUTE") >= 5
    assert "PREPARE" not in steps(asked)
    for name in ("tiles", "sums", "institutions"):
        assert first.context[name] == again.context[name], name


@pytest.mark.django_db
def test_the_plans_of_a_coordinator_serve_his_colleague_who_sees_her_own(sign_in, tomek, pcpr):
    board_world.every_state(tomek, [pcpr])
    kasia = person("kasia")
    hers = board_world.referral(board_world.case(kasia), pcpr)
    his_page = sign_in(tomek).get(DASHBOARD)
    client = sign_in(kasia)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(DASHBOARD)
    assert "PREPARE" not in steps(asked)
    assert his_page.context["sums"]["live"] != page.context["sums"]["live"] == "skierowania w toku: 1"
    assert hers.case.case_sign not in his_page.content.decode()
