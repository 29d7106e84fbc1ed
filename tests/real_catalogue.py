"""The real catalogue in the database of a test: loaded once, afterwards put back by COPY, also by others of the run."""

import io
import json
import os

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


class Shared:
    """Where the processes of one run leave what they have loaded for each other; None where there is only one."""

    folder = None

    def read(self, now):
        if now not in _kept and self._file(now) and self._file(now).exists():
            _kept[now] = json.loads(self._file(now).read_text(encoding="utf-8"))
        return _kept.get(now)

    def write(self, now, rows):
        _kept[now] = rows
        if self.folder:
            draft = self.folder / f"{os.getpid()}.json"
            draft.write_text(json.dumps(rows), encoding="utf-8")
            draft.replace(self._file(now))

    def _file(self, now):
        return self.folder and self.folder / f"catalogue-{now.timestamp()}.json"


SHARED = Shared()


def put_real_catalogue(now=NOW):
    """Load the files that Bełżyce starts with, and the privacy notice."""
    is_empty = not any(map(_has_rows, _tables()))
    if is_empty and (kept := SHARED.read(now)):
        _put_back(kept)
        return
    load_catalogue(FOLDER, now=now)
    load_notice(FOLDER / "privacy_notice.yaml")
    if is_empty:
        SHARED.write(now, _rows())


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
