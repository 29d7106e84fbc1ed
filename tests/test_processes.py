"""Real processes that die: whatever is killed, and when, each message goes out once and pages are answered."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter

import psutil
import psycopg2
import pytest
from django.conf import settings

from cus_portal import embedded
from cus_portal.embedded import broker, places, postgres
from cus_portal.run import end

pytestmark = pytest.mark.processes
PORT = 8470
PAGES = ["/", "/uslugi/", "/kontakt/", "/logowanie/", "/zdrowie/"]


class World:
    """A portal of its own: servers, web, two workers, two beats, of which one is the clock of the second worker."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment
        self.processes = {}

    def manage(self, *command, **environment):
        return subprocess.run(
            [sys.executable, *command],
            env=self.environment | environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
        ).stdout

    def launch(self, name, *command):
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.processes[name] = process

    def launch_worker(self, name):
        if name == "worker-two":
            self.launch(name, "tests.processes.quick_worker", str(self.folder / "schedule-two"))
            return
        options = "--pool threads --concurrency 2 --loglevel WARNING --without-gossip --without-mingle"
        self.launch(name, "celery", "-A", "cus_portal", "worker", "-n", f"{name}@test", *options.split())

    def launch_all(self):
        bind = ["--bind", f"127.0.0.1:{PORT + places_apart()}"]
        self.launch("web", "gunicorn", "cus_portal.wsgi", *bind, "-k", "gthread", "--no-control-socket")
        self.launch_worker("worker-one")
        self.launch_worker("worker-two")
        schedule = ["--schedule", str(self.folder / "schedule-one"), "--pidfile="]
        self.launch("beat", "celery", "-A", "tests.processes.quick", "beat", *schedule)

    def write(self, count, **environment):
        """Write so many messages; return the seconds it took."""
        return float(self.manage("-m", "tests.processes.write", str(count), **environment))

    def ask(self, sql):
        with contextlib.closing(postgres.connect(places.ROLES["owner"], places.DATABASE)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None

    def unsent(self):
        try:
            return self.ask("SELECT count(*) FROM notifications_message WHERE sent_at IS NULL")
        except psycopg2.OperationalError:
            return -1

    def all_sent(self, within=90):
        return embedded.wait_until(lambda: self.unsent() == 0, within)

    def sent_wrongly(self):
        """Return {message: how often it went out} of those that did not go out exactly once."""
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
        ids = self.ask("SELECT array_agg(id) FROM notifications_message")
        copies = Counter(file.name.split(" ")[0] for file in (self.folder / "sent").glob("<*"))
        return {number: found for number in ids if (found := copies[f"<message-{number}@{domain}>"]) != 1}

    def statuses(self):
        """Return what each page answers."""
        found = {}
        for page in PAGES:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT + places_apart()}{page}", timeout=20) as answer:
                found[page] = answer.status
        return found


def places_apart():
    """Return a number that keeps parallel test processes off each other's port."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    (folder / "sent").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORTAL_REDIS_DB", "PORTAL_TEST_TEMPLATE"):
            patch.delenv(name, raising=False)
        patch.setenv("PORTAL_STATE_DIR", str(folder))
        patch.setenv("DJANGO_SETTINGS_MODULE", "tests.processes.settings")
        embedded.start(fast=True)
        world = World(folder, dict(os.environ))
        try:
            world.manage("manage.py", "setup_database")
            world.manage("manage.py", "load_catalogue")
            world.launch_all()
            assert embedded.wait_until(is_open, 60), "the web did not start"
            yield world
        finally:
            end([psutil.Process(process.pid) for process in world.processes.values() if process.poll() is None])
            for process in world.processes.values():
                process.wait()
            embedded.stop()


def is_open():
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{PORT + places_apart()}/zdrowie/"):
        return True
    return False


def test_two_workers_and_two_beats_send_each_message_once(world):
    world.write(60)
    assert world.all_sent()
    time.sleep(2)  # two more sweeps of each beat
    assert world.sent_wrongly() == {}


def test_a_worker_that_is_its_own_clock_needs_no_beat(world):
    world.processes["beat"].send_signal(signal.SIGSTOP)
    try:
        world.write(5, REDIS_URL="redis://127.0.0.1:1/0")  # no worker is woken
        assert world.all_sent()
    finally:
        world.processes["beat"].send_signal(signal.SIGCONT)
    assert world.sent_wrongly() == {}


def test_a_clock_that_cannot_go_on_ends_its_worker(world):
    world.launch("worker-three", "cus_portal.worker", str(world.folder / "no-such-folder" / "schedule"))
    world.processes.pop("worker-three").wait(timeout=60)


def test_workers_killed_between_claim_and_send_lose_nothing_and_double_nothing(world):
    hold, held_by = world.folder / "sent" / "hold", world.folder / "sent" / "held-by"
    hold.touch()
    world.write(5)
    assert embedded.wait_until(held_by.exists, 30)
    for name in ("worker-one", "worker-two"):
        world.processes[name].kill()
        world.processes[name].wait()
    hold.unlink()
    assert world.ask("SELECT count(*) FROM notifications_message WHERE lease_until > now() AND sent_at IS NULL") >= 1
    # Five minutes later: the lease of the dead has run out.
    world.ask("UPDATE notifications_message SET lease_until = now() - interval '1 second' WHERE sent_at IS NULL")
    for name in ("worker-one", "worker-two"):
        world.launch_worker(name)
    assert world.all_sent()
    assert world.sent_wrongly() == {}


HELD = 770077
HOLD_UP = f"""
    CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock({HELD});
        RETURN NEW;
    END $$;
    CREATE TRIGGER hold_up BEFORE INSERT ON notifications_message FOR EACH ROW
        WHEN (NEW.about_type = 'coordination.referral' AND NEW.about_id = %s) EXECUTE FUNCTION hold_up();
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 770077 AND NOT granted"
EXPIRED = "SELECT count(*) FROM audit_auditevent WHERE action = 'referral.expire'"
TOLD_TWICE = """
    SELECT count(*) FROM (SELECT 1 FROM notifications_message WHERE template = 'referral_expired'
    GROUP BY about_id, recipient_type, recipient_id HAVING count(*) > 1) AS twice
"""


def test_workers_killed_while_referrals_expire_expire_each_of_them_once(world):
    middle = int(world.manage("-m", "tests.processes.late_referrals", "6"))
    world.ask(HOLD_UP % middle)
    daily = ("-m", "celery", "-A", "cus_portal", "call", "coordination.tasks.daily")
    with contextlib.closing(postgres.connect(places.ROLES["owner"], places.DATABASE)) as holder:
        holder.cursor().execute(f"SELECT pg_advisory_lock({HELD})")
        world.manage(*daily)
        assert embedded.wait_until(lambda: world.ask(WAITING) == 1, 60)
        for name in ("worker-one", "worker-two"):
            world.processes[name].kill()
            world.processes[name].wait()
    assert embedded.wait_until(lambda: world.ask(WAITING.replace("AND NOT granted", "")) == 0, 30)
    assert world.ask(EXPIRED) == 3, "the one that was held goes back whole, those before it stay"
    world.ask("DROP TRIGGER hold_up ON notifications_message; DROP FUNCTION hold_up()")
    for name in ("worker-one", "worker-two"):
        world.launch_worker(name)
    for _both in range(2):
        world.manage(*daily)
    assert embedded.wait_until(lambda: world.ask(EXPIRED) >= 6, 60)
    time.sleep(2)  # whoever would expire them once more has his time
    assert world.ask(EXPIRED) == 6
    assert world.ask(EXPIRED.replace("count(*)", "count(DISTINCT object_id)")) == 6
    assert world.ask("SELECT count(*) FROM coordination_referral WHERE status = 'expired'") == 6
    assert world.ask(TOLD_TWICE) == 0
    # The news of their sending is not sent any more: the other tests wait until nothing is unsent.
    world.ask("DELETE FROM notifications_message WHERE about_type = 'coordination.referral'")


def test_a_broker_killed_and_emptied_costs_no_message_and_no_page(world):
    (server,) = embedded.living_in(broker.home())
    server.kill()
    assert embedded.wait_until(lambda: not broker.is_running(), 10)
    assert world.statuses() == dict.fromkeys(PAGES, 200)
    assert world.write(5) < 10, "whoever writes a message must not wait for the broker"
    assert world.unsent() == 5
    for file in broker.home().rglob("*.aof"):
        file.unlink()
    embedded.start(fast=True)
    assert world.all_sent()
    assert world.sent_wrongly() == {}
    assert world.statuses() == dict.fromkeys(PAGES, 200)


def test_a_database_restarted_costs_no_message_and_no_later_page(world):
    world.write(5)
    postgres.stop()
    embedded.start(fast=True)
    world.write(5)
    assert world.statuses() == dict.fromkeys(PAGES, 200)
    assert world.all_sent()
    assert world.sent_wrongly() == {}
    assert [name for name, process in world.processes.items() if process.poll() is not None] == []
