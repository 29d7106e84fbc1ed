"""Fixtures every test may ask for: the people, the institutions, a client whose reads write nothing."""

import gc
import os
import re

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation
from hypothesis import settings
from xdist.scheduler.loadscope import LoadScopeScheduling

from cus_portal.celery import app
from tests import personas
from tests.coordination_world import make_case
from tests.emptying import empty_tables
from tests.leaks import nobody_gets_out, nobody_is_left_in_redis  # noqa: F401 (run around each test and all)
from tests.pages import Visitor
from tests.pieces import LOOKED_OVER
from tests.real_catalogue import SHARED
from tests.signing import sign_in_as

# The same examples each time under CI; no deadline, for the machine may be busy.
settings.register_profile("portal", deadline=None, derandomize=os.environ.get("CI") == "true", max_examples=30)
settings.load_profile("portal")

TransactionTestCase._fixture_teardown = empty_tables
WHOLE_PORTALS = ("tests/test_processes.py", "tests/test_run.py", "tests/test_embedded.py")
# The longest files of their kind begin first, so that at the end no core waits for another's long test.
LONGEST = [
    *WHOLE_PORTALS,
    *(f"tests/test_{name}.py" for name in ("story_browser", "urls", "forms_fuzz", "pages_browser", "hsds_import")),
    *(f"tests/test_{name}_browser.py" for name in ("services_review", "residents", "desk", "residents_account")),
    *(f"tests/test_{name}.py" for name in ("community_browser", "days_browser", "coordination_demo", "no_trace")),
]
WRITES = re.compile(r"^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(?P<table>\w+)", re.IGNORECASE)
# What a read may leave behind: who read it, and the session itself.
WRITTEN_BY_READS = {"audit_auditevent", "accounts_session", "cus_portal_throttle"}


class ReadingClient(Client):
    """A client that fails a test when a GET or HEAD writes anything but the audit and the session."""

    def request(self, **environ):
        if environ.get("REQUEST_METHOD", "GET") not in {"GET", "HEAD"}:
            return super().request(**environ)
        written = []

        def watch(execute, sql, params, many, context):
            match = WRITES.match(sql)
            if match and match["table"] not in WRITTEN_BY_READS:
                written.append(sql[:120])
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            response = super().request(**environ)
        assert not written, f"a GET wrote: {written}"
        return response


class Together(LoadScopeScheduling):
    """Gives out test by test, but the tests that start whole portals to one core, one after the other.

    What `--dist loadgroup` is for; pytest-xdist 3.8 cannot mark a group any more since pytest 9.2.
    """

    def _split_scope(self, nodeid):
        return "processes" if nodeid.startswith(WHOLE_PORTALS) else nodeid


@pytest.hookimpl(tryfirst=True)  # before pytest-django puts the tests that empty the database behind the others
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(tuple(LONGEST)))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Read 230 files without the collector, which would go through their trees again and again and find nothing."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish(session):
    """Spare the collector what stays until the end: a fifth of the time of an ordinary test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let no connection of a live server's thread keep the test database from being dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True, scope="session")
def looked_over(tmp_path_factory, testrun_uid):
    """Let the processes of this run tell each other which pieces of the pages they look over, and share a catalogue."""
    of_all = tmp_path_factory.getbasetemp().parent
    LOOKED_OVER.file = of_all / f"looked-over-{testrun_uid}"
    SHARED.folder = of_all if "PYTEST_XDIST_WORKER" in os.environ else None


@pytest.fixture(autouse=True)
def fresh_plans(nobody_gets_out):  # noqa: F811 (the fixture: this one ends before it, with the database still open)
    """Let the database look at its tables again before it checks what a test has left.

    A plan for a foreign key that was made while its table had a few rows reads the whole table for each new row.
    """
    yield
    if connection.in_atomic_block and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("DISCARD PLANS")


@pytest.fixture(autouse=True)
def polish():
    """Begin in Polish: the language of the last page that was asked for outlives its request."""
    translation.activate("pl")


@pytest.fixture
def broker_away():
    """Lead Celery to a broker that is not there; its pools of connections outlive the address they were made for."""
    there, app.conf.broker_url = app.conf.broker_url, "redis+socket:///nowhere/redis.sock"
    app._pool = app.amqp._producer_pool = None
    yield
    app.conf.broker_url = there
    app._pool = app.amqp._producer_pool = None


@pytest.fixture
def client():
    return ReadingClient()


@pytest.fixture
def sign_in(client):
    """Sign a persona in and return the client."""

    def as_(user):
        return sign_in_as(client, user)

    return as_


def _persona(name):
    @pytest.fixture(name=name)
    def fixture(db):
        return personas.person(name)

    return fixture


for _name in [*personas.PEOPLE, "root"]:
    globals()[_name] = _persona(_name)


@pytest.fixture
def seat(browser, live_server):
    """Return a function that seats one of the staff, signed in, at a browser."""
    seated = []

    def seat_(name, size="desktop"):
        client = sign_in_as(Client(), personas.person(name))
        visitor = Visitor(browser, live_server.url, size=size)
        visitor.context.add_cookies(
            [{"name": key, "value": one.value, "url": live_server.url} for key, one in client.cookies.items()]
        )
        seated.append(visitor)
        return visitor

    yield seat_
    wrong = [complaint for visitor in seated for complaint in visitor.wrong]
    for visitor in seated:
        visitor.context.close()
    assert "\n".join(wrong) == ""


@pytest.fixture
def centre(db):
    return personas.institution(personas.CENTRE)


@pytest.fixture
def pcpr(db):
    return personas.institution(personas.PCPR)


@pytest.fixture
def clinic(db):
    return personas.institution(personas.CLINIC)


@pytest.fixture
def case(tomek):
    return make_case(tomek)


@pytest.fixture
def private_files(settings, tmp_path):
    """Keep what is uploaded in a folder of this test."""
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path
