"""Statements that stay planned on their connection (PREPARE), where planning costs more than running.

A dashboard that every open browser reads again each minute asks the same thing, of other people on other days: numbers
and days are parameters, so one plan serves all who see the same page. Words stay in the statement: partial indexes and
the shares of states are chosen by them. psycopg2 prepares nothing by itself. PostgreSQL plans anew by itself once a
table's statistics or form have changed.
"""

from collections import OrderedDict
from contextlib import contextmanager
from datetime import date
from itertools import count
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import Lookup
from psycopg2.extensions import AsIs

# On one connection: eight kinds of dashboard, by role and by what narrows them, six statements and 1.3 MB each.
KEPT = 48
# Otherwise PostgreSQL plans the first five times for the values at hand. It holds to the end of the transaction.
AS_PLANNED = "SET LOCAL plan_cache_mode = force_generic_plan; "
INTEGER = range(-(2**31), 2**31)
_names = count(1)
_plans: WeakKeyDictionary = WeakKeyDictionary()


@contextmanager
def kept_planned():
    """Let each SELECT in this block, or function, keep its plan; what was asked for longest ago goes."""
    with connection.execute_wrapper(_execute_planned):
        yield


class Keys(list):
    """Keys of rows, as one parameter."""


class Among(Lookup):
    """`pk__among=[1, 2]`: what `in` finds, with one parameter for all keys, so that one plan serves any number.

    Every field has it from the start (apps.py).
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, Keys(map(int, self.rhs))]


def _type_of(value) -> str | None:
    """Return the type of a parameter of the plan, as PostgreSQL reads it in a statement; None for others."""
    if type(value) is date:
        return "date"
    if type(value) is int:
        return "integer" if value in INTEGER else "bigint"
    if type(value) is Keys:
        return "bigint[]"
    return None


def _execute_planned(execute, sql, params, many, context):
    cursor = context["cursor"].cursor
    # What a server-side cursor asks cannot be prepared, what has no parameters at all was not written to be filled in.
    if many or params is None or cursor.name or not sql.lstrip("(").startswith("SELECT"):
        return execute(sql, params, many, context)
    values = [value for value in params if _type_of(value)]
    numbers = count(1)
    places = [AsIs(f"${next(numbers)}::{kind}") if (kind := _type_of(value)) else value for value in params]
    name = _plan(cursor, cursor.mogrify(sql, places).decode())
    asked = f"({', '.join(['%s'] * len(values))})" if values else ""
    return execute(f"{AS_PLANNED}EXECUTE {name}{asked}", values, many, context)


def _plan(cursor, statement: str) -> str:
    """Return the name of the statement's plan on this connection. No rollback takes a plan away again."""
    kept = _plans.setdefault(cursor.connection, OrderedDict())
    if statement in kept:
        kept.move_to_end(statement)
        return kept[statement]
    name = f"kept_{next(_names)}"
    with connection.wrap_database_errors:
        cursor.execute(f"PREPARE {name} AS {statement}")
        kept[statement] = name
        if len(kept) > KEPT:
            oldest = next(iter(kept))
            cursor.execute(f"DEALLOCATE {kept[oldest]}")
            del kept[oldest]
    return name
