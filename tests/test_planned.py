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
UNPLANNABLE = Institution.objects.extra(where=["no_such_column"])
DIVIDING_BY_ZERO = Institution.objects.extra(where=["1 / (SELECT 0) > 0"])
ODD = "100 % 'pewna' \\ \"nazwa\""


def plans():
    """Return the names of the plans on this connection, the newest last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'kept%' ORDER BY prepare_time, name")
        return [name for (name,) in cursor.fetchall()]


def executed(asked):
    """Return how many statements went by a plan."""
    return sum(one["sql"].startswith(f"{AS_PLANNED}EXECUTE") for one in asked.captured_queries)


@kept_planned()
def named(name):
    return list(Institution.objects.filter(name=name, pk__gt=0).values_list("short_name", flat=True))


@pytest.mark.django_db
def test_a_kept_plan_reads_what_stands_there_now_and_never_anothers_words():
    assert named(ODD) == []
    for short in ("Pierwsza", "Druga"):
        Institution.objects.create(name=ODD, short_name=short, code=short)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_institution")
    before = plans()
    with CaptureQueriesContext(connection) as asked:
        assert sorted(named(ODD)) == ["Druga", "Pierwsza"]
    assert (executed(asked), plans()) == (1, before)
    assert named("100 % 'pewna'") == []


@pytest.mark.django_db
def test_one_plan_serves_all_numbers_and_days(tomek):
    case = board_world.case(tomek, opened_on=TODAY)

    @kept_planned()
    def found(keys, below, day):
        return list(Case.objects.filter(pk__among=keys, pk__lt=below, opened_on__lte=day).values_list("pk", flat=True))

    assert found([case.pk], 10**6, TODAY) == [case.pk]
    before = plans()
    with CaptureQueriesContext(connection) as asked:
        assert found([], 10**6, TODAY) == []
        assert found([case.pk + 1, str(case.pk), -1], 10**6, TODAY) == [case.pk]
        assert found([case.pk], case.pk, TODAY) == []
        assert found([case.pk], 10**6, date(1918, 11, 11)) == []
    assert (executed(asked), plans()) == (4, before)
    assert found([case.pk], 2**40, TODAY) == [case.pk]
    assert len(plans()) == len(before) + 1  # for a number of another type


@pytest.mark.django_db
def test_what_cannot_be_prepared_is_asked_as_it_stands(pcpr):
    before = plans()
    with kept_planned(), connection.cursor() as cursor:
        cursor.execute("SELECT '100 %'")
        assert cursor.fetchone() == ("100 %",)
        assert pcpr in Institution.objects.iterator()
    assert plans() == before


@pytest.mark.django_db
def test_few_plans_are_kept_and_the_one_asked_for_longest_ago_goes():
    for number in range(KEPT + 3):
        named(f"Instytucja {number}")
    before = plans()
    assert len(before) == KEPT
    for number in (KEPT + 2, 3):
        named(f"Instytucja {number}")
    assert plans() == before
    named("Instytucja 0")
    assert plans()[:-1] == [before[0], *before[2:]]


@pytest.mark.django_db
@pytest.mark.parametrize("broken", [UNPLANNABLE, DIVIDING_BY_ZERO])
def test_what_fails_leaves_one_plan_at_most_and_breaks_nothing_after_it(broken):
    before = plans()
    for _thrice in range(3):
        with pytest.raises(DatabaseError), kept_planned(), transaction.atomic():
            list(broken.all())
    assert len(plans()) - len(before) <= 1
    for number in range(KEPT):
        named(f"Instytucja {number}")
    assert len(plans()) == KEPT
    with transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic():
            list(broken.all())
        assert named("Instytucja 0") == []


@pytest.mark.django_db
def test_the_dashboard_is_planned_once_and_shows_the_same(sign_in, tomek, pcpr):
    board_world.every_state(tomek, [pcpr])
    board_world.queues(person("beata"))
    client = sign_in(person("danuta"))
    first, before = client.get(DASHBOARD), plans()
    with CaptureQueriesContext(connection) as asked:
        again = client.get(DASHBOARD)
    assert (executed(asked) >= 5, plans()) == (True, before)
    for name in ("tiles", "sums", "institutions"):
        assert first.context[name] == again.context[name], name


@pytest.mark.django_db
def test_the_plans_of_a_coordinator_serve_his_colleague_who_sees_her_own(sign_in, tomek, pcpr):
    board_world.every_state(tomek, [pcpr])
    kasia = person("kasia")
    hers = board_world.referral(board_world.case(kasia), pcpr)
    his_page = sign_in(tomek).get(DASHBOARD)
    before = plans()
    page = sign_in(kasia).get(DASHBOARD)
    assert plans() == before
    assert his_page.context["sums"]["live"] != page.context["sums"]["live"] == "skierowania w toku: 1"
    assert hers.case.case_sign not in his_page.content.decode()
