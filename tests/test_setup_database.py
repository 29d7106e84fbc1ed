"""The application's role may do its work and no more; the evidence it may only add to."""

import contextlib
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from cus_portal.management.commands import setup_database
from cus_portal.management.commands.setup_database import append_only_tables, grant_rights

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ROLE = "portal_app"


@pytest.fixture
def app_role(db):
    """Grant the rights and become the application's role until the test ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [ROLE])
        if not cursor.fetchone()[0]:
            pytest.skip(f"this server has no role {ROLE}")
        grant_rights(ROLE)
        cursor.execute(f"SET ROLE {ROLE}")
        yield cursor
        cursor.execute("RESET ROLE")


def refused(cursor, sql):
    with pytest.raises(ProgrammingError) as caught, transaction.atomic():
        cursor.execute(sql)
    return isinstance(caught.value.__cause__, psycopg2.errors.InsufficientPrivilege)


def test_the_evidence_is_the_audit_and_every_history_of_rows():
    tables = append_only_tables()
    assert {"audit_auditevent", "residents_residentevent", "services_programmeevent"} <= set(tables)
    assert not {"residents_resident", "pghistory_context", "notifications_message"} & set(tables)


@pytest.mark.parametrize("table", ["audit_auditevent", "residents_residentevent"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
def test_the_application_cannot_change_the_evidence(app_role, table, sql):
    assert refused(app_role, sql.format(table))


@pytest.mark.parametrize(
    "sql",
    [
        "TRUNCATE services_service CASCADE",
        "ALTER TABLE services_service ADD COLUMN x int",
        "CREATE TABLE mine (id int)",
        "DROP TABLE services_service CASCADE",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_the_application_cannot_define_or_empty_anything(app_role, sql):
    assert refused(app_role, sql)


def test_the_application_can_read_and_write_its_rows(app_role):
    app_role.execute(
        "INSERT INTO accounts_session (session_key, session_data, expire_date, device) VALUES ('k', 'd', now(), '')"
    )
    app_role.execute("UPDATE accounts_session SET session_data = 'e' WHERE session_key = 'k'")
    app_role.execute("DELETE FROM accounts_session WHERE session_key = 'k'")
    assert app_role.rowcount == 1


def test_setting_up_twice_says_that_nothing_is_to_be_done():
    said = StringIO()
    call_command("setup_database", stdout=said)
    assert said.getvalue().startswith("The database is up to date.\n")


def test_a_database_that_stopped_among_the_joined_migrations_is_told_where_to_go_on():
    rows = MigrationRecorder(connection).migration_qs.filter(app="residents")
    rows.filter(name__in=["0001_schema", "0027_rules_that_know_all_they_compare"]).delete()
    with pytest.raises(CommandError, match=r"stopped at residents.0026_a_consent_given_anew\. .* has residents.0027_"):
        call_command("setup_database")
    rows.exclude(name__in=["0001_initial", "0002_case_plan_approved_on"]).delete()
    with pytest.raises(CommandError, match=r"stopped at residents.0002_case_plan_approved_on"):
        call_command("setup_database")


def test_a_database_that_had_run_all_joined_migrations_goes_on_as_it_is():
    MigrationRecorder(connection).migration_qs.filter(name="0001_schema").delete()
    said = StringIO()
    call_command("setup_database", stdout=said)
    assert said.getvalue().startswith("The database is up to date.\n")
    assert MigrationRecorder(connection).migration_qs.filter(name="0001_schema").count() == 7


def test_without_the_role_nothing_is_granted_and_it_is_said(settings):
    settings.DATABASE_APP_ROLE = "nobody_here"
    said = StringIO()
    call_command("setup_database", stdout=said)
    assert "No rights granted: the role nobody_here does not exist." in said.getvalue()


def test_a_second_set_up_waits_for_the_first(monkeypatch):
    first = psycopg2.connect(**{**connection.get_connection_params(), "cursor_factory": None})
    waited = []
    with contextlib.closing(first):
        first.cursor().execute("SELECT pg_advisory_lock(%s)", [setup_database.LOCK])

        def sleep(seconds):
            waited.append(seconds)
            first.cursor().execute("SELECT pg_advisory_unlock(%s)", [setup_database.LOCK])

        monkeypatch.setattr(setup_database.time, "sleep", sleep)
        with setup_database.alone():
            assert waited == [1]
