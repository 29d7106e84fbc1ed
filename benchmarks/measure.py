"""What the portal costs: python -m benchmarks.measure, from the checkout's folder, with its environment.

Starts the portal twice in a new state folder (the first start makes database, catalogue and demonstration), counts the
SQL queries of its pages, opens all of them, fetches every kind of file, has the worker do all its jobs, adds up the
memory of all its processes, and with --tests times the suite. Prints the tables of docs/benchmarks.md.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

VISITS = 10
VISITORS = 8
TOKEN = "m" * 32
# What tells the parts of the portal from each other in their command lines.
PARTS = {"cus_portal.run": "run", "gunicorn": "web", "cus_portal.worker": "worker with its beat"}
PARTS |= {"cus_portal.typesetter": "a PDF being set", "postgres": "PostgreSQL", "valkey": "broker"}


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


def helper(module, state, *arguments):
    """Run a module beside the portal; return what its last line says as JSON."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    environment = {**os.environ, "PORTAL_STATE_DIR": state}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else None


def visit(address, session=None, post=None):
    headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN} if session else {}
    data = urllib.parse.urlencode(post).encode() if post else None
    request = urllib.request.Request(address, data, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
        answer.read()


def part_of(process):
    """Return which part of the portal the process is, or None."""
    name = next((name for mark, name in PARTS.items() if mark in " ".join(process.cmdline())), None)
    if name == "web" and "gunicorn" not in " ".join(process.parent().cmdline()):
        return "web, gunicorn's master"
    return name


def memory(state):
    """Return {part: (processes, RSS, PSS)} in MB. RSS counts what processes share once for each, PSS once in all."""
    number, rss, pss = Counter(), Counter(), Counter()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            ours = process.environ().get("PORTAL_STATE_DIR") == state or process.cwd().startswith(state)
            if ours and (part := part_of(process)):
                used = process.memory_full_info()
                number[part] += 1
                rss[part] += used.rss
                pss[part] += used.pss
    return {part: (number[part], rss[part] / 2**20, pss[part] / 2**20) for part in sorted(rss)}


@contextlib.contextmanager
def watched(state):
    """Look again and again meanwhile; the list given holds in the end the moment when most memory was used."""
    most, over = [{}], threading.Event()

    def look():
        while not over.wait(0.5):
            most[0] = max(most[0], memory(state), key=lambda parts: sum(pss for *_n, pss in parts.values()))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield most
    finally:
        over.set()
        looking.join()


def total(parts):
    return f"{sum(rss for _n, rss, _pss in parts.values()):.0f} MB ({sum(pss for *_n, pss in parts.values()):.0f} MB)"


def table(head, rows):
    print("|", " | ".join(head), "|")  # noqa: T201
    print("|", " | ".join("---" for _ in head), "|")  # noqa: T201
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")  # noqa: T201
    print()  # noqa: T201


def measured(state, address):
    """Return [(when, memory by parts)] of a running portal, and the rows of its pages."""
    found = [("after the start", memory(state))]
    said = helper("pages", state)
    rows, sessions = said["rows"], said["sessions"]
    public = [page for name, page, *_counts in rows if not name]

    def see(visits):
        with ThreadPoolExecutor(VISITORS) as visitors:
            for done in [visitors.submit(visit, *arguments) for arguments in visits]:
                done.result()

    with watched(state) as most:
        see([(address + page,) for page in public * VISITS])
        found.append((f"after {len(public) * VISITS} public pages", memory(state)))
        see([(address + page, sessions.get(name)) for name, page, *_counts in rows])
        found.append(("after all pages of staff too", memory(state)))
        see([(address + page, sessions[name], post) for name, page, post in helper("files", state) * 2])
        found.append(("after every kind of XLSX, CSV and PDF too", memory(state)))
        helper("files", state, "jobs")
        found.append(("after every job of the worker too", memory(state)))
    found.append((f"at its highest, with {VISITORS} visitors at once", most[0]))
    return found, rows


def main():
    parser = argparse.ArgumentParser("benchmarks.measure", description=__doc__)
    parser.add_argument("--tests", action="store_true", help="time the whole test suite too")
    wanted, figures = parser.parse_args(), []
    with tempfile.TemporaryDirectory(prefix="cus-measure-") as folder:
        state = str(Path(folder).resolve())
        process, _address, first = start(state)
        ended = stop(process)
        process, address, second = start(state)
        try:
            found, rows = measured(state, address.rstrip("/"))
        finally:
            stop(process)
    figures += [("new state folder, packages there: first start with the demonstration", f"{first:.1f} s")]
    figures += [("second start", f"{second:.1f} s"), ("Ctrl-C until everything is down", f"{ended:.1f} s")]
    figures += [(f"memory {when}: sum of RSS (PSS)", total(parts)) for when, parts in found]
    if wanted.tests:
        began = time.monotonic()
        status = subprocess.run(["make", "test"], stdout=subprocess.DEVNULL).returncode
        figures.append((f"`make test` (status {status})", f"{time.monotonic() - began:.0f} s"))
    load = os.getloadavg()[1]
    print(f"Load {load:.1f} on {os.cpu_count()} cores.\n")  # noqa: T201
    table(["what", "measured"], figures)
    parts = [(part, n, f"{rss:.0f}", f"{pss:.0f}") for part, (n, rss, pss) in found[-2][1].items()]
    table(["part, at the end", "processes", "RSS in MB", "PSS in MB"], parts)
    table(["page", "seen by", "queries, cache empty", "queries, again"], [[p, n or "all", a, b] for n, p, a, b in rows])


if __name__ == "__main__":
    main()
