"""What the screens of a day's work cost over a long history: python -m benchmarks.screens --rows 1000000.

Starts servers of its own in a new state folder and removes them. Makes the open work of a centre (60 coordinators, 60
cases each) and a tenth of --rows closed cases behind it, each with its request, place, service, visits and three
referrals; opens each screen as its page does, makes the rest, and opens them again. Prints the table of
docs/benchmarks.md: SQL statements of a page, what PostgreSQL spends on its SELECTs (planning included, of each the
least of 25), blocks read, and the whole answer of the portal (the median of ten); ratios within the run.
"""

import argparse
import statistics
import time

from benchmarks.referrals import WORKERS, add_history, run, say, settle, with_servers_of_our_own

OPENINGS = 10
RUNS = 25  # others work on the same machine


def screens():
    """Yield (screen, whose sign-in, address)."""
    from django.urls import reverse

    from residents.models import Case, RequestItem, ServiceRequest

    cases = Case.objects.filter(status="open", restricted_file=None)
    case = cases.filter(coordinator__email="u2@bench.example").earliest("pk")
    waiting = RequestItem.objects.filter(status="waitlisted").earliest("pk")

    def page(name, *args):
        return reverse(f"admin:{name}", args=args)

    queue = page("residents_requestitem_queue", waiting.programme_service_id)
    for who, role in (("u2", "coordinator"), ("u1", "director")):
        yield f"first page, {role}", who, "/admin/"
        yield f"board, {role}", who, "/praca/"
        yield f"a case, {role}", who, page("residents_case_change", case.pk)
    yield "its request", "u1", page("residents_servicerequest_change", ServiceRequest.objects.get(case=case).pk)
    yield "a need that waits", "u1", page("residents_requestitem_change", waiting.pk)
    yield "the person", "u1", page("residents_resident_change", case.resident_id)
    yield "its plan", "u1", page("coordination_plan_change", case.plans.get().pk)
    yield "its service and visits", "u1", page("coordination_provision_change", case.provisions.get().pk)
    yield "queues", "u1", page("residents_requestitem_queues")
    yield "one queue", "u1", queue
    yield "to sign, at risk", "u1", reverse("coordination:signing")
    yield "resources", "u1", reverse("coordination:resources")


def measure():
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from benchmarks.lists import cost_of
    from cus_portal.accounts.models import User
    from tests.signing import sign_in_as

    found = {}
    for name, who, address in screens():
        client = Client(headers={"host": "127.0.0.1"})
        sign_in_as(client, User.objects.get(email=f"{who}@bench.example"))
        opened(client, address)
        with CaptureQueriesContext(connection) as captured:
            opened(client, address)
        asked = [query["sql"] for query in captured.captured_queries]
        times = [opened(client, address) for _time in range(OPENINGS)]
        selects = [sql for sql in asked if sql.lstrip("(").startswith(("SELECT", "EXECUTE"))]
        took, _planned, blocks = cost_of(selects, RUNS)
        found[name] = (len(asked), took, blocks, statistics.median(times))
    return found


def opened(client, address):
    """Open the page; return the milliseconds it took. Anything but the page ends the measurement."""
    begun = time.perf_counter()
    status = client.get(address).status_code
    took = (time.perf_counter() - begun) * 1000
    if status != 200:
        raise SystemExit(f"{address} answered {status}")
    return took


def table(first, second):
    say("| screen | statements | in PostgreSQL | blocks | the whole answer | times the first size: SQL, answer |")
    say("|---|---|---|---|---|---|")
    for name, (asked, took, blocks, whole) in second.items():
        fewer, sooner, less, before = first[name]
        say(
            f"| {name} | {fewer}, {asked} | {sooner:.1f}, {took:.1f} ms | {less:,}, {blocks:,} "
            f"| {before:.0f}, {whole:.0f} ms | {took / sooner:.2f}, {whole / before:.2f} |"
        )


def compare(rows):
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.filled import let_columns_be_empty

    call_command("migrate", verbosity=0)
    let_columns_be_empty(connection)
    begun = time.monotonic()
    run(connection, "referrals", {"workers": WORKERS})
    run(connection, "screens", {"after": 0})
    sizes = []
    for done, wanted in ((0, rows // 10), (rows // 10, rows)):
        after = add_history(connection, done * 3, wanted * 3)
        run(connection, "screens", {"after": after})
        settle(connection)
        sizes.append(measure())
        say(f"\n{wanted:,} closed cases: made and measured {time.monotonic() - begun:.0f} s after the start.")
    table(*sizes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="closed cases of the second size")
    with_servers_of_our_own(compare, parser.parse_args().rows // 10 * 10)


if __name__ == "__main__":
    main()
