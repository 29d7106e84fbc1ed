"""Plans that are kept on the connection give what the statement gives, and are bounded."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cus_portal.accounts.models import Institution
from cus_portal.planned import KEPT, kept_planned
from tests import board_world
from tests.personas import person

DASHBOARD = reverse("coordination:dashboard")


def kept():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'kept%'")
        return cursor.fetchone()[0]


def named(name):
    with kept_planned():
        return list(Institution.objects.filter(name=name).values_list("short_name", flat=True))


@pytest.mark.django_db
def test_a_kept_plan_reads_what_stands_there_now_and_never_anothers_values():
    assert named("100 % 'pewna' \\ \"nazwa\"") == []
    for short in ("Pierwsza", "Druga"):
        Institution.objects.create(name="100 % 'pewna' \\ \"nazwa\"", short_name=short, code=short)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_institution")
    with CaptureQueriesContext(connection) as asked:
        assert sorted(named("100 % 'pewna' \\ \"nazwa\"")) == ["Druga", "Pierwsza"]
    assert [one["sql"].split()[0] for one in asked.captured_queries] == ["EXECUTE"]
    assert named("100 % 'pewna'") == []


@pytest.mark.django_db
def test_few_plans_are_kept_the_oldest_goes_and_a_failure_keeps_none():
    for number in range(KEPT + 3):
        named(f"Instytucja {number}")
    assert kept() == KEPT
    with CaptureQueriesContext(connection) as asked:
        for number in (KEPT + 2, 3, 0):
            named(f"Instytucja {number}")
    assert [one["sql"].split()[0] for one in asked.captured_queries] == ["EXECUTE", "EXECUTE", "DEALLOCATE"]
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
    assert sum(one["sql"].startswith("EXECUTE") for one in asked.captured_queries) >= 2
    for name in ("tiles", "sums", "institutions"):
        assert first.context[name] == again.context[name], name
