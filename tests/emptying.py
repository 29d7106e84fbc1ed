"""How a test that commits leaves the database: empty again, in milliseconds where the server lets us.

Django truncates every table and makes content types and permissions anew, which takes half a second a test. These two
say what the code says, no test changes them, and few other tables hold anything.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase

STAY = ("django_migrations", "django_content_type", "auth_permission")
TABLES = "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL(%s)"
_as_django_does = TransactionTestCase._fixture_teardown


def empty_tables(test):
    """Delete what lies in any table, with no trigger or foreign key asked: only who may switch these off can."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        if cursor.fetchone()[0]:
            with transaction.atomic():
                _delete_all(cursor)
        else:
            _as_django_does(test)


def _delete_all(cursor):
    """As a truncation would, first wait for what a thread of a live server still does."""
    cursor.execute(f"SELECT string_agg(quote_ident(relname), ', ') {TABLES}", [[*STAY]])
    cursor.execute(f"LOCK TABLE {cursor.fetchone()[0]} IN ACCESS EXCLUSIVE MODE")
    cursor.execute(f"SELECT quote_ident(relname) {TABLES} AND pg_relation_size(oid) > 0", [[*STAY]])
    deletions = [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]  # noqa: S608 (from the catalogue, quoted)
    cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *deletions]))
