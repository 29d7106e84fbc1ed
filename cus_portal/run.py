"""make run: the whole portal on this machine. Servers, database, catalogue, demonstration, web, worker with its beat.

Ctrl-C or SIGTERM stops what was started here and nothing else. The state folder keeps a list of the processes, so that
the next run can end those that a killed run left behind.
"""

import argparse
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil

from cus_portal import embedded
from cus_portal.embedded.places import ROOT

READY_WITHIN = 60
STOP_WITHIN = 8
# One pool of memory for all threads; a worker without the checks, for which it would load every page and the admin.
THRIFTY = {"MALLOC_ARENA_MAX": "1", "CELERY_SKIP_CHECKS": "1"}


HOW = """\
PORT              the port of the web server (8000); the next free one where it is taken
PORTAL_STATE_DIR  the folder of database, files and logs
DEMO=0            no invented persons and cases
"""


def main():
    written = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser("cus_portal.run", description=__doc__, epilog=HOW, formatter_class=written).parse_args()
    try:
        with embedded.locked("run", wait=False):
            return Run().go()
    except embedded.Busy:
        return f"The portal already runs from this folder, at {noted().get('address')}: stop that one first (Ctrl-C)."
    except embedded.EmbeddedError as error:
        return str(error)


class Stop(Exception):  # noqa: N818
    """Somebody asked the run to end."""


class Run:
    def __init__(self):
        self.children = {}
        self.servers = []
        self.address = ""

    def go(self):
        on_signal(self.ask_to_stop)
        try:
            self.servers = end_leftovers(noted())
            self.start()
            self.watch()
        except Stop:
            say("Stopping.")
            return 0
        except Failed as failure:
            return str(failure)
        finally:
            self.stop()

    def ask_to_stop(self, *_signal):
        raise Stop

    def start(self):
        began = time.monotonic()
        self.servers += [name for name, runs in embedded.status().items() if not runs]
        self.note()
        embedded.start()
        port = free_port(wanted_port())
        self.address = f"http://127.0.0.1:{port}/"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")
        os.environ.setdefault("PUBLIC_URL", self.address.rstrip("/"))
        self.prepare()
        for name, command in commands(port).items():
            self.children[name] = launch(name, command)
            self.note()
        self.wait_until_ready(port)
        with contextlib.suppress(FileNotFoundError):
            say((embedded.state_dir() / "sign-ins.txt").read_text().rstrip())
        say(f"The portal is at {self.address} (ready in {time.monotonic() - began:.1f} s). Ctrl-C stops it.")

    def prepare(self):
        child = subprocess.Popen([sys.executable, "manage.py", "prepare_run"], cwd=ROOT, start_new_session=True)
        self.children["set-up"] = child
        self.note()
        if child.wait():
            raise Failed("The set-up failed; the lines above say where.")
        del self.children["set-up"]

    def wait_until_ready(self, port):
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            self.check()
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/zdrowie/")
                connection.getresponse()
                return
            time.sleep(0.1)
        raise Failed(f"The web server did not answer within {READY_WITHIN} seconds: see {log_of('web')}.")

    def watch(self):
        while True:
            self.check()
            time.sleep(0.5)

    def check(self):
        """Fail with the name and the last words of a child that has died."""
        for name, child in self.children.items():
            if child.poll() is not None:
                said = log_of(name).read_text(errors="replace").strip()[-1500:]
                raise Failed(f"The {name} has died (status {child.returncode}), so everything stops.\n{said}")

    def note(self):
        """Write down what runs, for a next run that finds it after kill -9."""
        children = [[child.pid, psutil.Process(child.pid).create_time()] for child in self.children.values()]
        noted_file().write_text(json.dumps({"address": self.address, "servers": self.servers, "children": children}))

    def stop(self):
        on_signal(signal.SIG_IGN)
        end([psutil.Process(child.pid) for child in self.children.values() if child.poll() is None])
        for child in self.children.values():
            child.wait()
        embedded.stop(self.servers)
        noted_file().unlink(missing_ok=True)


class Failed(Exception):  # noqa: N818
    """The run cannot go on; the message says why."""


def on_signal(do):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, do)


def say(line):
    print(line, flush=True)  # noqa: T201


def commands(port):
    gunicorn = f"gunicorn cus_portal.wsgi --bind 127.0.0.1:{port} --worker-class gthread --threads 3"
    return {
        "web": [sys.executable, "-m", *gunicorn.split(), "--no-control-socket", "--graceful-timeout", "5"],
        "worker": [sys.executable, "-m", "cus_portal.worker", str(embedded.state_dir() / "beat-schedule")],
    }


def launch(name, command):
    """Start a process in its own session: Ctrl-C in the terminal reaches only the run, which ends them in order."""
    log_of(name).parent.mkdir(mode=0o700, exist_ok=True)
    with log_of(name).open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=THRIFTY | os.environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def log_of(name):
    return embedded.state_dir() / "logs" / f"{name}.log"


def wanted_port():
    port = os.environ.get("PORT") or "8000"
    if not (port.isdecimal() and 1 <= int(port) <= 65435):
        raise Failed(f"PORT must be a number from 1 to 65435, not {port!r}.")
    return int(port)


def free_port(wanted):
    """Return the wanted port, or the next one that nobody has."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                if port != wanted:
                    say(f"Port {wanted} is taken: using {port}.")
                return port
    raise Failed(f"No free port from {wanted} to {wanted + 99}: set PORT.")


# -- what an earlier run left ---------------------------------------------------------------------
def noted_file():
    return embedded.state_dir() / "run.json"


def noted():
    with contextlib.suppress(OSError, ValueError):
        return json.loads(noted_file().read_text())
    return {}


def end_leftovers(earlier):
    """End the processes of a run that was killed; return the servers it had started, which are ours now."""
    left = []
    for pid, created in earlier.get("children", []):
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if abs(process.create_time() - created) < 1:  # else the number has gone to somebody else
                left.append(process)
    if left:
        say("An earlier run was killed: ending what it left.")
        end(left)
    return earlier.get("servers", [])


def end(processes):
    """End processes and their children: first politely, after some seconds by force."""
    family = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            family += process.children(recursive=True)
            process.terminate()
    if not embedded.wait_until(lambda: not alive(family), STOP_WITHIN):
        for process in alive(family):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        embedded.wait_until(lambda: not alive(family), 2)


def alive(processes):
    def is_alive(process):
        with contextlib.suppress(psutil.NoSuchProcess):
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return False

    return [process for process in processes if is_alive(process)]


if __name__ == "__main__":
    sys.exit(main())
