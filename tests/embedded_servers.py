"""Servers for the test run, before Django reads its settings: a pytest plugin, loaded with -p.

They live in .local/test and give up safety for speed. A second pytest in the same folder waits for the first. The
migrated database is kept as a template, so a run whose migrations are unchanged only copies it. With DATABASE_URL and
REDIS_URL set, those servers are used and nothing is started.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest

from cus_portal import embedded
from cus_portal.embedded import postgres
from cus_portal.embedded.places import ROLES, ROOT

_held = contextlib.ExitStack()


def prepare():
    """Start what is needed and tell settings where it is, by the environment that xdist's workers inherit."""
    os.environ["PORTAL_STATE_DIR"] = str(embedded.state_dir() / "test")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs an event loop
    try:
        _held.enter_context(embedded.locked("session", wait=False))
    except embedded.Busy:
        print("Another test run in this folder is under way: waiting for it.", file=sys.stderr, flush=True)
        _held.enter_context(embedded.locked("session"))
    _held.callback(embedded.stop)
    embedded.start(fast=True)
    manage("translations", "compile")
    if not os.environ.get("DATABASE_URL"):
        os.environ["PORTAL_TEST_TEMPLATE"] = make_template()


def make_template():
    """Return the name of the migrated database of this state of the code.

    Where it is not there, one that lacks only the newest migrations is migrated on, else one is made from nothing.
    """
    parts = [ROOT / "requirements.txt", *sorted(ROOT.glob("[a-z]*/**/migrations/*.py"))]
    name = f"template_{hashlib.sha256(b''.join(part.read_bytes() for part in parts)).hexdigest()[:16]}"
    made_of = {str(part.relative_to(ROOT)): hashlib.sha256(part.read_bytes()).hexdigest()[:16] for part in parts}
    with contextlib.closing(postgres.connect()) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLES['owner']}")  # tests/emptying.py
        cursor.execute(
            r"SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname LIKE 'template\_%'"
        )
        found = dict(cursor.fetchall())
        if name not in found:
            older = [old for old, parts in found.items() if parts and json.loads(parts).items() <= made_of.items()]
            cursor.execute(f"DROP DATABASE IF EXISTS {name}_draft WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name}_draft OWNER {ROLES['owner']} TEMPLATE {[*older, 'template1'][0]}")
            migrate(f"{name}_draft")
            cursor.execute(f"ALTER DATABASE {name}_draft RENAME TO {name}")
        cursor.execute(f"COMMENT ON DATABASE {name} IS %s", [json.dumps(made_of)])
        for old in found.keys() - {name}:
            cursor.execute(f"DROP DATABASE IF EXISTS {old} WITH (FORCE)")
    return name


def migrate(database):
    url = embedded.database_url("owner").replace("@/portal?", f"@/{database}?")
    manage("setup_database", "--verbosity=0", "--skip-checks", DATABASE_URL=url)


def manage(*command, **environment):
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "cus_portal.settings.test"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise pytest.UsageError(f"{command[0]} fails, so no test can run:\n{done.stderr.strip()[-3000:]}")


def use_own_redis_numbers():
    """Give each xdist worker its own pair of Redis numbers, so that no job or cached value crosses over."""
    number = 2 * (1 + int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")))
    os.environ["PORTAL_REDIS_DB"] = str(number)
    if url := os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{number % 16}"))


if "PYTEST_XDIST_WORKER" in os.environ:
    use_own_redis_numbers()
else:
    try:
        prepare()
    except BaseException as error:
        _held.close()
        if isinstance(error, embedded.EmbeddedError):
            raise pytest.UsageError(str(error)) from None
        raise


def pytest_unconfigure():
    _held.close()
