"""Where the embedded servers live: the state folder, their sockets, local secrets, the URLs."""

import base64
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "portal"
ROLES = {"owner": "portal_owner", "app": "portal_app"}
# A unix socket's path has 108 bytes on Linux and 104 on macOS, and PostgreSQL adds /.s.PGSQL.5432.lock to the folder.
SOCKET_DIR_MAX_BYTES = 80


class EmbeddedError(RuntimeError):
    """Something a person has to set right; the message says what."""


def state_dir():
    return Path(os.environ.get("PORTAL_STATE_DIR") or ROOT / ".local").resolve()


def socket_dir():
    """Return the sockets' folder: in the state folder, or a short private one where that path is long or unusual."""
    inside = state_dir() / "sockets"
    if _suits_a_socket(inside):
        return inside
    temporary = Path(tempfile.gettempdir())
    if not _suits_a_socket(temporary / ("x" * 24)):
        temporary = Path("/tmp")  # noqa: S108  # made private and checked by make_private()
    tag = hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]
    return temporary / f"cus-{os.geteuid()}-{tag}"


def _suits_a_socket(folder):
    return len(os.fsencode(folder)) <= SOCKET_DIR_MAX_BYTES and re.fullmatch(r"[A-Za-z0-9/._-]+", str(folder))


def make_private(folder, owner=None):
    """Make a folder that only its owner may enter. Refuse one that somebody else has put there."""
    folder.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {os.geteuid(), owner}:
        raise EmbeddedError(f"{folder} is another user's: remove it, or set PORTAL_STATE_DIR to a folder of yours.")
    if owner not in {None, found.st_uid}:
        os.chown(folder, owner, -1)
    folder.chmod(0o700)


class Busy(EmbeddedError):
    """Another process holds the lock."""


@contextlib.contextmanager
def locked(name, wait=True):
    """Hold the named lock of the state folder; whoever comes second waits, or gets Busy."""
    try:
        state_dir().mkdir(mode=0o711, parents=True, exist_ok=True)
        file = (state_dir() / f"{name}.lock").open("a")
    except PermissionError:
        raise EmbeddedError(f"{state_dir()} is not writable: set PORTAL_STATE_DIR to a folder of yours.") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"Another process works in {state_dir()}.") from None
        yield


def local_secret(name):
    """Return a random secret that this state folder keeps, made on first use."""
    file = state_dir() / "secrets" / name
    with contextlib.suppress(FileNotFoundError):
        return file.read_text()
    with locked("secrets"):
        if not file.exists():
            make_private(file.parent)
            draft = file.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
            draft.replace(file)
    return file.read_text()


def database_url(role="app"):
    return f"postgresql://{ROLES[role]}@/{DATABASE}?host={quote(str(socket_dir()), safe='')}"


def broker_socket():
    return socket_dir() / "redis.sock"


def broker_url():
    return f"redis+socket://{quote(str(broker_socket()))}?virtual_host={_first_redis_db()}"


def cache_url():
    return f"unix://{quote(str(broker_socket()))}?db={_first_redis_db() + 1}"


def _first_redis_db():
    # Each parallel test process has its own pair of numbers: jobs in the even one, cache in the odd one.
    return int(os.environ.get("PORTAL_REDIS_DB", "0"))


def wait_until(condition, seconds):
    """Ask again and again; return whether the answer became yes in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def living_in(folder):
    """Return the processes that have this folder as their working directory, as both servers do with their data."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
