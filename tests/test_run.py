"""make run: everything comes up, ends together, and touches nothing it did not start."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

from cus_portal import embedded
from cus_portal.run import alive, end_leftovers, noted

pytestmark = pytest.mark.processes


# What a test run may have set, and a portal with servers of its own must not see.
ELSEWHERE = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "PORTAL_REDIS_DB",
    "PORTAL_TEST_TEMPLATE",
    "DJANGO_SETTINGS_MODULE",
)


class Portal:
    """A run of the portal in a state folder of its own."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.environment = {**os.environ, "PORTAL_STATE_DIR": str(folder), "DEMO": "0", "PORT": "8300", **environment}
        for name in ELSEWHERE:
            self.environment.pop(name, None)
        self.said = ""
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cus_portal.run"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C stops it" in line:
                break
        else:
            pytest.fail(f"The portal did not start:\n{self.said}")
        self.address = re.search(r"http://127.0.0.1:\d+/", self.said)[0]
        return self

    def finish(self, number=None):
        """Send the signal, if any; return the exit status after the end."""
        if number:
            self.process.send_signal(number)
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode

    def processes(self):
        """Return what the run has started itself: web, worker, beat and their children."""
        children = [
            psutil.Process(pid) for pid, _created in json.loads((self.folder / "run.json").read_text())["children"]
        ]
        return [*children, *(grandchild for child in children for grandchild in child.children(recursive=True))]

    def family(self):
        """Return all that the run is made of, servers included."""
        folders = [*self.folder.glob("pg*/data"), self.folder / "redis"]
        return self.processes() + [process for folder in folders for process in embedded.living_in(folder)]

    def get(self, path):
        with urllib.request.urlopen(self.address.rstrip("/") + path, timeout=20) as answer:
            return answer.status


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One state folder for all runs of this file: the first of them begins with nothing."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def portal(folder):
    run = Portal(folder)
    yield run
    if run.process:
        with contextlib.suppress(OSError):
            run.process.kill()
        run.process.communicate()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTAL_STATE_DIR", str(folder))
        end_leftovers(noted())
        embedded.stop()


def test_a_run_takes_a_free_port_refuses_a_second_and_stops_all_it_started_and_nothing_else(portal):
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        portal.environment["PORT"] = port
        portal.start()
    assert f"Port {port} is taken: using {portal.address.rsplit(':')[-1].strip('/')}." in portal.said
    assert portal.get("/zdrowie/") == 200

    second = subprocess.run(
        [sys.executable, "-m", "cus_portal.run"], env=portal.environment, capture_output=True, text=True, timeout=60
    )
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"The portal already runs from this folder, at {portal.address}: stop that one first (Ctrl-C).\n"
    )
    assert portal.get("/zdrowie/") == 200

    family = portal.family()
    assert {process.name().split(":")[0] for process in family} >= {"postgres", "valkey-server"}
    began = time.monotonic()
    assert portal.finish(signal.SIGINT) == 0
    assert time.monotonic() - began < 12
    assert alive(family) == []
    assert not (portal.folder / "run.json").exists()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


@pytest.mark.parametrize(
    ("module", "word"), [("cus_portal.run", "PORTAL_STATE_DIR"), ("benchmarks.measure", "--tests")]
)
def test_a_question_for_help_and_a_word_not_known_start_nothing(tmp_path, module, word):
    environment = os.environ | {"PORTAL_STATE_DIR": str(tmp_path)}
    for asked, status in (("--help", 0), ("--hlep", 2)):
        command = [sys.executable, "-m", module, asked]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
        assert done.returncode == status
        assert (word if asked == "--help" else asked) in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_an_impossible_port_is_refused_in_one_line(portal, port):
    done = subprocess.run(
        [sys.executable, "-m", "cus_portal.run"],
        env=portal.environment | {"PORT": port},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == f"PORT must be a number from 1 to 65435, not '{port}'.\n"


def test_the_death_of_a_child_is_named_and_ends_the_run_but_not_servers_that_ran_before(portal):
    command = [sys.executable, "-m", "cus_portal.embedded", "up"]
    subprocess.run(command, env=portal.environment, check=True, capture_output=True)
    portal.start()
    processes = portal.processes()
    (worker,) = [process for process in processes if "cus_portal.worker" in process.cmdline()]
    worker.kill()
    assert portal.finish() == 1
    assert "The worker has died (status -9), so everything stops." in portal.said
    assert alive(processes) == []
    assert len(embedded.living_in(portal.folder / "redis")) == 1


def test_a_killed_run_is_cleared_away_by_the_next_one(portal):
    portal.start()
    orphans = portal.processes()
    portal.finish(signal.SIGKILL)
    assert alive(orphans) == orphans
    portal.start()
    assert "An earlier run was killed: ending what it left." in portal.said
    assert alive(orphans) == []
    family = portal.family()
    assert portal.finish(signal.SIGTERM) == 0
    assert alive(family) == []
