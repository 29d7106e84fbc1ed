"""What the portal costs: python -m benchmarks.measure, from the checkout's folder, with its environment.

Starts the portal twice in a new state folder (the first start makes database, catalogue and demonstration), opens
pages, and adds up the memory of all its processes.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import psutil

PAGES = ["/", "/uslugi/", "/kontakt/", "/zgloszenie/", "/logowanie/", "/moja-sprawa/"]
VISITS = 20


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
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)


def memory(state):
    """Return (PSS, RSS) in MB. RSS counts what processes share once for each of them, PSS once in all."""
    pss = rss = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("PORTAL_STATE_DIR") == state or process.cwd().startswith(state):
                used = process.memory_full_info()
                pss, rss = pss + used.pss, rss + used.rss
    return round(pss / 2**20), round(rss / 2**20)


def main():
    with tempfile.TemporaryDirectory(prefix="cus-measure-") as folder:
        state = str(Path(folder).resolve())
        process, _address, first = start(state)
        stop(process)
        process, address, second = start(state)
        try:
            for page in PAGES * VISITS:
                with urllib.request.urlopen(address.rstrip("/") + page, timeout=20) as answer:  # noqa: S310
                    answer.read()
            pss, rss = memory(state)
        finally:
            stop(process)
    print(f"first start  {first:5.1f} s")  # noqa: T201
    print(f"second start {second:5.1f} s")  # noqa: T201
    print(f"memory       {pss:5} MB (PSS), {rss} MB (sum of RSS), after {VISITS * len(PAGES)} pages")  # noqa: T201


if __name__ == "__main__":
    main()
