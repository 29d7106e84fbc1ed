"""What a page of a long list costs at any depth: python -m benchmarks.lists, in an empty database of its own.

DATABASE_URL names it, as its owner. Migrates it, fills it (lists.sql; --rows of each kind), and reads each list as its
page does: the first page, the one in the middle and the last, by marks. Prints the table of docs/benchmarks.md; with
--explain also what PostgreSQL does for the page in the middle.
"""

import argparse
import os
from functools import partial
from pathlib import Path

import django
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from benchmarks.filled import let_columns_be_empty
from cus_portal.planned import AS_PLANNED

RUNS = 5
PER_PAGE = 50
# (list, who reads it, label of the admin's model or name of the worklist, what the address says)
ADMIN = [
    ("requests, open", "u1", "residents.servicerequest", {}),
    ("requests, all", "u1", "residents.servicerequest", {"state": "all"}),
    ("requests, settled", "u1", "residents.servicerequest", {"state": "settled"}),
    ("needs, not decided", "u1", "residents.requestitem", {}),
    ("needs, informed", "u1", "residents.requestitem", {"state": "informed"}),
    ("cases, open", "u1", "residents.case", {}),
    ("cases, all", "u1", "residents.case", {"state": "all"}),
    ("cases, all of a coordinator", "u2", "residents.case", {"state": "all"}),
    ("cases, a sign searched", "u1", "residents.case", {"state": "all", "q": "CUS.5.4711"}),
    ("cases, a name searched", "u1", "residents.case", {"state": "all", "q": "Wilga4"}),
    ("cases, two parts of names searched", "u1", "residents.case", {"state": "all", "q": "kryst ilga47"}),
    ("cases of a coordinator, a name searched", "u2", "residents.case", {"state": "all", "q": "Wilga4"}),
    ("residents, one letter searched", "u2", "residents.resident", {"q": "k"}),
    ("plans", "u1", "coordination.plan", {}),
    ("plans, approved", "u1", "coordination.plan", {"state": "approved"}),
    ("plans of a coordinator", "u2", "coordination.plan", {}),
    ("referrals", "u1", "coordination.referral", {}),
    ("referrals, sent", "u1", "coordination.referral", {"state": "sent"}),
    ("referrals of a coordinator", "u2", "coordination.referral", {}),
    ("audit", "u22", "audit.auditevent", {}),
    ("audit, files", "u22", "audit.auditevent", {"act": "files"}),
    ("audit, plans", "u22", "audit.auditevent", {"thing": "coordination.plan"}),
    ("messages", "u1", "notifications.message", {}),
    ("messages to send", "u1", "notifications.message", {"state": "unsent"}),
    ("accounts", "u22", "accounts.user", {}),
]


def fill(rows):
    from cus_portal.accounts.models import User

    call_command("migrate", verbosity=0)
    let_columns_be_empty(connection)
    if User.objects.exists():
        return
    sql = Path(__file__).with_suffix(".sql").read_text()
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT event_object_table FROM information_schema.triggers")
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute(sql, {"rows": rows})
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        cursor.execute("VACUUM ANALYZE")


def lists():
    """Yield (name, rows) as the pages have them."""
    from django.apps import apps
    from django.utils import timezone

    from coordination import inbox, worklists
    from coordination.columns import table_of
    from cus_portal.accounts.models import User

    def person(name):
        return User.objects.get(email=f"{name}@bench.example")

    for name, who, label, query in ADMIN:
        request = RequestFactory().get("/", query)
        request.user = person(who)
        room = admin.site._registry[apps.get_model(label)]
        yield name, room.get_changelist_instance(request).queryset
    on = timezone.localdate()
    for who in ("u1", "u2"):
        for listed in ("live", "overdue", "requests-overdue"):
            chosen = worklists.WORKLISTS[listed]
            yield f"worklist {listed}, {who}", table_of(chosen).joined(chosen.rows(person(who), on))
    for box in (inbox.ALL_OPEN, inbox.ALL_ENDED):
        yield f"inbox, {box.by}", inbox.rows_of(person("u30"), box, on=on).order_by(box.by)


def marks(rows):
    """Return the marks of the start, of the middle and of the last page, and how many rows there are."""
    from cus_portal.paging import slice_of

    light = rows.select_related(None).prefetch_related(None).defer(None).only("pk")
    length = light.order_by().count()

    def behind(number):
        return slice_of(light, "", per_page=number).following if number > 0 else ""

    return length, ["", behind(length // 2), behind(length - PER_PAGE)]


def cost(read, runs=RUNS):
    """Return what PostgreSQL spends on the SELECTs of a page, as cost_of() does."""
    with CaptureQueriesContext(connection) as captured:
        read()
    return cost_of([query["sql"] for query in captured.captured_queries], runs)


def cost_of(statements, runs=RUNS):
    """Return the milliseconds of SELECTs, the part spent on planning, and the blocks read; of each the least run."""
    took = planned = blocks = 0
    with connection.cursor() as cursor:
        for sql in statements:
            times = []
            for _run in range(runs):
                as_planned, statement = AS_PLANNED * sql.startswith(AS_PLANNED), sql.removeprefix(AS_PLANNED)
                cursor.execute(f"{as_planned}EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}")
                (found,) = cursor.fetchone()[0]
                times.append((found["Planning Time"] + found["Execution Time"], found["Planning Time"]))
            least, planning = min(times)
            took, planned = took + least, planned + planning
            blocks += found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"]
    return took, planned, blocks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--only", default="", help="lists whose name has this")
    parser.add_argument("--explain", action="store_true", help="show the plan of the page in the middle")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")
    django.setup()
    fill(options.rows)
    from cus_portal.paging import capped_count, slice_of

    print("| list | rows | first page | in the middle | last page | count |\n|---|---|---|---|---|---|")  # noqa: T201
    for name, rows in lists():
        if options.only not in name:
            continue
        length, places = marks(rows)
        reads = [partial(slice_of, rows, mark, per_page=PER_PAGE) for mark in places]
        costs = [cost(read) for read in [*reads, partial(capped_count, rows)]]
        figures = " | ".join(f"{took:.1f} ms, {blocks:,}" for took, _planned, blocks in costs)
        print(f"| {name} | {length:,} | {figures} |", flush=True)  # noqa: T201
        if options.explain:
            explain(reads[1])


def explain(read):
    with CaptureQueriesContext(connection) as captured:
        read()
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) " + query["sql"])
            print("\n".join(line for (line,) in cursor.fetchall()), end="\n\n")  # noqa: T201


if __name__ == "__main__":
    main()
