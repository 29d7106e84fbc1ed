"""The embedded servers come up from whatever state an earlier run left, and go down without a trace."""

import contextlib
import signal
import stat
import subprocess
import sys
import time

import psutil
import psycopg2
import pytest
import redis

from cus_portal import embedded
from cus_portal.embedded import places, postgres

pytestmark = pytest.mark.processes
# Spaces, Polish letters, and longer than a socket's path may be.
AWKWARD = "kopia portalu (ósma) – zażółć gęślą jaźń, ŁÓDŹ " + "x" * 80


@pytest.fixture
def state(tmp_path, monkeypatch, request):
    """A state folder of its own, whose servers are stopped at the end whatever happens."""
    folder = tmp_path / getattr(request, "param", "state")
    monkeypatch.setenv("PORTAL_STATE_DIR", str(folder))
    for name in ("DATABASE_URL", "REDIS_URL", "PORTAL_REDIS_DB"):
        monkeypatch.delenv(name, raising=False)
    forget()
    yield folder
    embedded.stop()
    forget()


def forget():
    postgres.find.cache_clear()
    postgres._namespace.cache_clear()
    postgres._other_uid.cache_clear()
    postgres._other_user.cache_clear()


def ask(sql, role="owner"):
    with contextlib.closing(postgres.connect(places.ROLES[role], places.DATABASE)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


def postmaster(state):
    (data,) = state.glob("pg*/data")
    return int((data / "postmaster.pid").read_text().splitlines()[0])


def everything_alive(state):
    return [process for folder in [*state.glob("pg*/data"), state / "redis"] for process in embedded.living_in(folder)]


def test_both_servers_start_and_stop_and_keep_their_data(state):
    embedded.start()
    ask("CREATE TABLE note AS SELECT 'kept' AS text")
    redis.Redis.from_url(embedded.cache_url()).close()
    embedded.stop()
    assert embedded.status() == {"PostgreSQL": False, "broker": False}
    assert everything_alive(state) == []
    embedded.start()
    assert ask("SELECT text FROM note") == "kept"


def test_a_second_start_changes_nothing(state):
    embedded.start()
    first = postmaster(state)
    embedded.start()
    assert postmaster(state) == first


def test_the_server_speaks_utf8_and_utc_and_has_the_extensions(state):
    embedded.start()
    assert ask("SHOW server_encoding") == "UTF8"
    assert ask("SHOW timezone") == "UTC"
    for extension in ("pg_trgm", "unaccent", "btree_gist"):
        ask(f"CREATE EXTENSION {extension}")
    assert ask("SELECT unaccent(lower('ŁÓDŹ'))") == "lodz"


def test_the_application_role_may_not_define_anything(state):
    embedded.start()
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask("CREATE TABLE mine (id int)", role="app")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask("CREATE EXTENSION pg_trgm", role="app")
    assert ask("SELECT count(*) FROM pg_tables WHERE tableowner = 'portal_app'") == 0


@pytest.mark.parametrize("state", [AWKWARD], indirect=True)
def test_a_long_path_with_spaces_and_polish_letters_works(state):
    embedded.start()
    assert ask("SELECT 1") == 1
    with contextlib.closing(redis.Redis.from_url(embedded.cache_url())) as client:
        assert client.ping()
    sockets = embedded.socket_dir()
    assert len(str(sockets)) < 60
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    embedded.stop()
    assert not sockets.exists()


@pytest.mark.parametrize("state", [AWKWARD], indirect=True)
def test_a_socket_folder_somebody_else_has_made_is_refused(state, tmp_path):
    embedded.socket_dir().symlink_to(tmp_path)
    try:
        with pytest.raises(embedded.EmbeddedError, match="is another user's: remove it"):
            embedded.start()
    finally:
        embedded.socket_dir().unlink()


def test_servers_killed_at_once_start_again_with_their_data(state):
    embedded.start()
    ask("CREATE TABLE note AS SELECT 'kept' AS text")
    with contextlib.closing(redis.Redis.from_url(embedded.cache_url())) as client:
        client.lpush("celery", "a job")
    for process in everything_alive(state):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    embedded.start()
    assert ask("SELECT text FROM note") == "kept"
    with contextlib.closing(redis.Redis.from_url(embedded.cache_url())) as client:
        assert client.lrange("celery", 0, -1) == [b"a job"]


def test_a_pid_file_that_names_a_stranger_is_no_obstacle_and_no_victim(state):
    embedded.start()
    (data,) = state.glob("pg*/data")
    lines = (data / "postmaster.pid").read_text().splitlines()
    embedded.stop()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]))
        embedded.start()
        assert ask("SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_whose_socket_was_swept_away_is_replaced(state):
    embedded.start()
    first = postmaster(state)
    for socket in embedded.socket_dir().iterdir():
        socket.unlink()
    embedded.start()
    assert ask("SELECT 1") == 1
    assert postmaster(state) != first
    assert len(embedded.living_in(state / "redis")) == 1


def test_dead_sockets_and_half_made_clusters_are_no_obstacle(state):
    _binaries, major = postgres.find()
    (state / f"pg{major}" / "draft").mkdir(parents=True)
    (state / f"pg{major}" / "draft" / "PG_VERSION").write_text(f"{major}\n")
    places.make_private(embedded.socket_dir())
    (embedded.socket_dir() / "redis.sock").write_text("")
    embedded.start()
    assert embedded.status() == {"PostgreSQL": True, "broker": True}


def test_what_the_environment_names_is_not_started(state, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/portal")
    embedded.start()
    assert embedded.status() == {"PostgreSQL": False, "broker": True}


def test_two_starts_at_once_end_in_one_pair_of_servers(state):
    command = [sys.executable, "-m", "cus_portal.embedded", "up"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [run.communicate(timeout=60)[0] for run in runs] == ["PostgreSQL runs, broker runs\n"] * 2
    assert len(embedded.living_in(state / "redis")) == 1


def test_a_folder_without_a_server_is_refused_in_one_line(state, monkeypatch, tmp_path):
    monkeypatch.setenv("PORTAL_PG_BIN", str(tmp_path))
    done = subprocess.run([sys.executable, "-m", "cus_portal.embedded", "up"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"PORTAL_PG_BIN={tmp_path} holds no PostgreSQL 15 to 18.\n"


def test_a_cluster_keeps_its_major(state, monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "_candidates", lambda: [tmp_path / "18", tmp_path / "16"])
    monkeypatch.setattr(postgres, "_major", lambda folder: int(folder.name))
    assert postgres.find() == (tmp_path / "18", 18)
    (state / "pg16" / "data").mkdir(parents=True)
    (state / "pg16" / "data" / "PG_VERSION").write_text("16\n")
    forget()
    assert postgres.find() == (tmp_path / "16", 16)
    (state / "pg16").rename(state / "pg17")
    forget()
    with pytest.raises(embedded.EmbeddedError, match="needs PostgreSQL 17: install it, or move that folder away"):
        postgres.find()


def test_root_without_namespaces_becomes_another_user_even_in_a_closed_folder(state, monkeypatch):
    monkeypatch.setenv("PORTAL_NO_USERNS", "1")
    forget()
    state.parent.chmod(0o700)
    embedded.start()
    assert ask("SELECT 1") == 1
    assert psutil.Process(postmaster(state)).uids().effective != 0


def test_a_local_secret_is_made_once_and_kept_private(state):
    secret = embedded.local_secret("key")
    assert len(secret) == 44
    assert embedded.local_secret("key") == secret
    assert embedded.local_secret("other") != secret
    assert stat.S_IMODE((state / "secrets" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((state / "secrets").stat().st_mode) == 0o700


def test_a_second_holder_of_a_lock_waits_or_is_told(state):
    held = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time\nfrom cus_portal import embedded\nwith embedded.locked('run'):\n time.sleep(60)",
        ]
    )
    until = time.monotonic() + 20
    try:
        while time.monotonic() < until:
            try:
                with embedded.locked("run", wait=False):
                    time.sleep(0.05)
            except embedded.Busy:
                break
        else:
            pytest.fail("the lock was never held")
    finally:
        held.send_signal(signal.SIGKILL)
        held.wait()
    with embedded.locked("run", wait=False):
        pass
