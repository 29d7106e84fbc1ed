"""What the portal costs: python -m benchmarks.measure, from the checkout's folder, with its environment.

Starts the portal twice in a new state folder (the first start makes database, catalogue and demonstration), counts the
SQL queries of its pages, opens all of them, adds up the memory of all its processes, and with --tests times the suite.
Prints the tables of docs/benchmarks.md.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

VISITS = 10


def start(state):
    process = subprocess.Popen(
        [sys.executable, "-m", "cus_portal.run"],
        env={**os.environ, "PORTAL_STATE_DIR": state, "PORT": "8600"},
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if found := re.search(r"The portal is at (\S+) \(ready in ([\d.]+) s\)", line):
            return process, found[1], float(found[2])
    sys.exit("The portal did not start.")


def stop(process):
    """Ask for the end as Ctrl-C does; return the seconds until everything is down."""
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    return time.monotonic() - began


def pages(state):
    command = [sys.executable, "-m", "benchmarks.pages"]
    done = subprocess.run(
        command, env={**os.environ, "PORTAL_STATE_DIR": state}, stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return found["rows"], found["sessions"]


def visit(address, session=None):
    headers = {"Cookie": f"sessionid={session}"} if session else {}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:  # noqa: S310
        answer.read()


def memory(state):
    """Return (RSS, PSS) in MB. RSS counts what processes share once for each of them, PSS once in all."""
    pss = rss = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("PORTAL_STATE_DIR") == state or process.cwd().startswith(state):
                used = process.memory_full_info()
                pss, rss = pss + used.pss, rss + used.rss
    return round(rss / 2**20), round(pss / 2**20)


def table(head, rows):
    print("|", " | ".join(head), "|")  # noqa: T201
    print("|", " | ".join("---" for _ in head), "|")  # noqa: T201
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")  # noqa: T201
    print()  # noqa: T201


def main():
    figures = []
    with tempfile.TemporaryDirectory(prefix="cus-measure-") as folder:
        state = str(Path(folder).resolve())
        process, _address, first = start(state)
        ended = stop(process)
        process, address, second = start(state)
        try:
            idle = memory(state)
            rows, sessions = pages(state)
            public = [page for name, page, *_counts in rows if not name]
            for page in public * VISITS:
                visit(address.rstrip("/") + page)
            after_public = memory(state)
            for name, page, *_counts in rows:
                visit(address.rstrip("/") + page, sessions.get(name))
            after_all = memory(state)
        finally:
            stop(process)
    figures += [("new state folder, packages there: first start with the demonstration", f"{first:.1f} s")]
    figures += [("second start", f"{second:.1f} s"), ("Ctrl-C until everything is down", f"{ended:.1f} s")]
    for when, (rss, pss) in [
        ("after the start", idle),
        (f"after {len(public) * VISITS} public pages", after_public),
        ("after all pages of staff too", after_all),
    ]:
        figures.append((f"memory {when}: sum of RSS (PSS)", f"{rss} MB ({pss} MB)"))
    if "--tests" in sys.argv:
        began = time.monotonic()
        status = subprocess.run(["make", "test"], stdout=subprocess.DEVNULL).returncode
        figures.append((f"`make test` (status {status})", f"{time.monotonic() - began:.0f} s"))
    load = os.getloadavg()[1]
    print(f"Load {load:.1f} on {os.cpu_count()} cores.\n")  # noqa: T201
    table(["what", "measured"], figures)
    table(["page", "seen by", "queries, cache empty", "queries, again"], [[p, n or "all", a, b] for n, p, a, b in rows])


if __name__ == "__main__":
    main()
