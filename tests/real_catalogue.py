"""The real catalogue in the database of a test: loaded once in a process, afterwards put back by COPY."""

import io

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from pghistory.models import Event

from residents.notices import load_notice
from services.exchange.loader import load_catalogue
from services.publishing import renew_stamp
from tests.factories import NOW

FOLDER = settings.BASE_DIR / "services" / "data"
_kept = {}  # moment of loading -> table -> its columns and rows


def put_real_catalogue(now=NOW):
    """Load the files that Bełżyce starts with, and the privacy notice."""
    is_empty = not any(map(_has_rows, _tables()))
    if is_empty and now in _kept:
        _put_back(_kept[now])
        return
    load_catalogue(FOLDER, now=now)
    load_notice(FOLDER / "privacy_notice.yaml")
    if is_empty:
        _kept[now] = _rows()


def _tables():
    """Return the tables, without those that triggers fill."""
    models = apps.get_models(include_auto_created=True)
    there = set(connection.introspection.table_names()) - {"auth_permission", "django_content_type"}
    return [model._meta.db_table for model in models if not issubclass(model, Event) and model._meta.db_table in there]


def _rows():
    found = {}
    with connection.cursor() as cursor:
        for table in filter(_has_rows, _tables()):
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ',') FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
                [table],
            )
            columns, rows = cursor.fetchone()[0], io.StringIO()
            cursor.copy_expert(f'COPY (SELECT {columns} FROM "{table}") TO STDOUT', rows)  # noqa: S608
            found[table] = columns, rows.getvalue()
    return found


def _put_back(kept):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'word_forms'")
        make_index = cursor.fetchone()[0]
        cursor.execute("DROP INDEX word_forms")  # to make it whole takes less time than to add to it
        for table, (columns, rows) in kept.items():
            cursor.copy_expert(f'COPY "{table}" ({columns}) FROM STDIN', io.StringIO(rows))
            if "id" in columns.split(","):
                serial = f"""pg_get_serial_sequence('"{table}"', 'id')"""
                cursor.execute(f'SELECT setval({serial}, max(id)) FROM "{table}" WHERE {serial} IS NOT NULL')  # noqa: S608
        cursor.execute("DISCARD PLANS")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(make_index)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        renew_stamp()


def _has_rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')  # noqa: S608
        return cursor.fetchone()[0]
