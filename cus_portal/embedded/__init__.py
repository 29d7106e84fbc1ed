"""Real PostgreSQL and a real Redis-protocol server for people who have neither. Never in production.

Used only where DATABASE_URL and REDIS_URL do not name others. The servers listen on private unix sockets, so no port
can be taken; everything they keep is in the state folder (.local, or PORTAL_STATE_DIR).
"""

import contextlib
import os

from . import broker, postgres
from .places import (
    Busy,
    EmbeddedError,
    broker_url,
    cache_url,
    database_url,
    living_in,
    local_secret,
    locked,
    socket_dir,
    state_dir,
    wait_until,
)

__all__ = [
    "Busy",
    "EmbeddedError",
    "broker_url",
    "cache_url",
    "database_url",
    "living_in",
    "local_secret",
    "locked",
    "socket_dir",
    "start",
    "state_dir",
    "status",
    "stop",
    "wait_until",
]


SERVERS = {"PostgreSQL": (postgres, "DATABASE_URL"), "broker": (broker, "REDIS_URL")}


def start(fast=False):
    """Start what the environment does not name and what does not run yet. `fast` gives up safety for test speed."""
    with locked("servers"):
        for server, variable in SERVERS.values():
            if not os.environ.get(variable):
                server.start(fast=fast)


def stop(names=tuple(SERVERS)):
    """Stop these servers of this state folder; the data stay."""
    with locked("servers"):
        for name in names:
            SERVERS[name][0].stop()
        if socket_dir().parent != state_dir():
            with contextlib.suppress(OSError):
                socket_dir().rmdir()  # only when empty: a server that stays keeps its socket there


def status():
    return {name: server.is_running() for name, (server, _variable) in SERVERS.items()}
