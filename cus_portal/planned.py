"""Statements that stay planned on their connection (PREPARE), where planning costs more than running.

A dashboard that every open browser reads again each minute asks the very same thing. psycopg2 prepares nothing by
itself. PostgreSQL plans anew by itself once a table's statistics or form have changed.
"""

from collections import OrderedDict
from contextlib import contextmanager
from itertools import count
from weakref import WeakKeyDictionary

from django.db import connection

# On one connection: the dashboards of eight people at once, three statements and 1.3 MB of the server each.
KEPT = 24
_names = count(1)
_plans: WeakKeyDictionary = WeakKeyDictionary()


@contextmanager
def kept_planned():
    """Let each SELECT in this block keep its plan, with its values in it; what was asked for longest ago goes."""
    with connection.execute_wrapper(_execute_planned):
        yield


def _execute_planned(execute, sql, params, many, context):
    cursor = context["cursor"].cursor
    if many or not sql.lstrip("(").startswith("SELECT"):
        return execute(sql, params, many, context)
    whole = cursor.mogrify(sql, params).decode()
    kept = _plans.setdefault(cursor.connection, OrderedDict())
    if whole in kept:
        kept.move_to_end(whole)
        return execute(f"EXECUTE {kept[whole]}", None, many, context)
    dropped = f"DEALLOCATE {kept.popitem(last=False)[1]}; " if len(kept) == KEPT else ""
    name = f"kept_{next(_names)}"
    answer = execute(f"{dropped}PREPARE {name} AS {whole}; EXECUTE {name}", None, many, context)
    kept[whole] = name
    return answer
