"""What the coordinators' board costs over a long history: python -m benchmarks.referrals --rows 3000000.

Starts servers of its own in a new state folder and removes them. Makes the open work of a centre (60 coordinators, 60
cases each) and a tenth of --rows ended referrals behind it, measures, makes the rest, measures again, then with ten
times the open work. Prints the tables of docs/benchmarks.md: SQL statements, what PostgreSQL spends on them (planning
included, of each the least of fifty) and blocks read; the right column compares with the first size of the same run.
A dashboard is measured with its plans kept on the connection, then as who opens it first there waits for it.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from benchmarks.filled import let_columns_be_empty

WORKERS = 60
RUNS = 50  # others work on the same machine
BEFORE_THE_VIEW = 2  # the session and the user, which a request made by hand does not ask for
HERE = Path(__file__).parent


def say(line):
    print(line, flush=True)  # noqa: T201


def run(connection, name, values):
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT event_object_table FROM information_schema.triggers")
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute((HERE / f"{name}.sql").read_text(), values)
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def add_history(connection, first, last):
    """Make ended referrals and their cases; return the key after which these cases come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM residents_case")
        (after,) = cursor.fetchone()
    run(connection, "referrals_ended", {"first": first, "last": last - 1, "after": after})
    return after


def settle(connection):
    """Do what the night does: plans of PostgreSQL, and the answers counted."""
    from django.utils import timezone

    from coordination.figures import count_answers

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    begun = time.monotonic()
    count_answers(on=timezone.localdate())
    return time.monotonic() - begun


def things():
    """Yield (what, function that reads it) as the pages do."""
    from django.contrib import admin
    from django.test import RequestFactory
    from django.utils import timezone

    from coordination.columns import TABLES
    from coordination.models import Referral
    from coordination.views import board
    from coordination.worklists import WORKLISTS
    from cus_portal import planned
    from cus_portal.accounts.models import User
    from cus_portal.paging import AFTER, _sealed, keys_of, slice_of

    def request(who):
        made = RequestFactory().get("/praca/")
        made.user = User.objects.get(email=f"{who}@bench.example")
        made.session = {}
        return made

    def deep(rows, share):
        keys = keys_of(rows)
        light = rows.annotate(**{key.name: key.expression for key in keys}).order_by(*(key.order for key in keys))
        place = int(rows.order_by().count() * share)
        purpose = f"paging.{rows.model._meta.label_lower}.{','.join(map(str, keys))}"
        return _sealed(AFTER, light[place : place + 1][0], keys, purpose)

    def planned_anew(asked):
        with patch.object(planned, "_execute_planned", lambda execute, *statement: execute(*statement)):
            board.dashboard(asked)

    for who, role in (("u1", "director"), ("u2", "coordinator")):
        asked = request(who)
        yield f"dashboard, {role}", lambda asked=asked: board.dashboard(asked)
        yield f"dashboard, {role}, opened first", lambda asked=asked: planned_anew(asked)
    user, on = request("u1").user, timezone.localdate()
    room = admin.site._registry[Referral]
    lists = {
        "worklist, live": TABLES["referral"].joined(WORKLISTS["live"].rows(user, on)),
        "worklist, overdue": TABLES["referral"].joined(WORKLISTS["overdue"].rows(user, on)),
        "all referrals": room.get_changelist_instance(request("u1")).queryset,
    }
    for name, rows in lists.items():
        for part, share in (("first page", None), ("middle", 0.5), ("near the end", 0.98)):
            mark = "" if share is None else deep(rows, share)
            yield f"{name}: {part}", lambda rows=rows, mark=mark: slice_of(rows, mark, per_page=50)


def measure():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from benchmarks.lists import cost

    found = {}
    for name, read in things():
        with CaptureQueriesContext(connection) as captured:
            read()
        asked = len(captured.captured_queries) + (BEFORE_THE_VIEW if "dashboard" in name else 0)
        found[name] = (asked, *cost(read, RUNS))
    return found


def table(title, found, first):
    say(f"\n| {title} | statements | in PostgreSQL | of it planning | blocks | times the first size |")
    say("|---|---|---|---|---|---|")
    for name, (asked, took, planned, blocks) in found.items():
        say(f"| {name} | {asked} | {took:.1f} ms | {planned:.1f} ms | {blocks:,} | {took / first[name][1]:.2f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=3_000_000)
    rows = parser.parse_args().rows // 30 * 30  # three referrals to an ended case, a tenth of them first
    with_servers_of_our_own(compare, rows)


def with_servers_of_our_own(compare, rows):
    """Measure in servers that are started for it and removed after it."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PORTAL_STATE_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")
        from cus_portal import embedded

        embedded.start(fast=True)
        os.environ["DATABASE_URL"] = embedded.database_url("owner")
        try:
            set_up()
            compare(rows)
        finally:
            del os.environ["DATABASE_URL"]  # or the servers would be taken for somebody else's
            embedded.stop()


def set_up():
    import django
    from django.conf import settings

    django.setup()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"


def compare(rows):
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    let_columns_be_empty(connection)
    begun = time.monotonic()
    run(connection, "referrals", {"workers": WORKERS})
    add_history(connection, 0, rows // 10)
    settle(connection)
    first = measure()
    table(f"{rows // 10:,} ended referrals", first, first)
    add_history(connection, rows // 10, rows)
    night = settle(connection)
    say(f"\nMade in {time.monotonic() - begun:.0f} s; the answers of a year are counted in {night:.1f} s.")
    table(f"{rows:,}", measure(), first)
    run(connection, "referrals", {"workers": WORKERS * 10})
    settle(connection)
    table(f"{rows:,}, ten times the open work", measure(), first)
    say(f"\nLoad of the machine at the end: {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
