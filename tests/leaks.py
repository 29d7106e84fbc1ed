"""Nobody's PESEL number, name, phone or e-mail gets out: after each test not in what was logged, mailed, kept in the
audit or given to a worker, and after the last one in nothing that the run has left in Redis: jobs that wait, results,
cached pages and counters.
"""

import base64
import binascii
import re

import pytest
import redis
from celery.signals import before_task_publish, task_prerun
from django.conf import settings
from django.core import mail
from django.db import connection

from cus_portal.celery import app
from residents.models.numbers import is_valid_pesel

NUMBER = re.compile(r"(?<![\w-])\d{11}(?![\w-])")  # alone: a random mark of a request may hold eleven digits
# Whom the worlds of the tests make, in the cases of her surname, with her phone and her e-mail.
PERSON = re.compile(r"\bWilg(?:a|i|ę|ą|o)\b|\b600[ -]?100[ -]?200\b|\bkrystyna@", re.IGNORECASE)
KEPT = (
    "SELECT string_agg(facts::text || reason || actor_label, ' ') FROM audit_auditevent",
    "SELECT string_agg(context::text || dedupe_key || last_error, ' ') FROM notifications_message",
)


JOBS = []  # what the jobs of this test were given


def numbers_in(text):
    return sorted(set(filter(is_valid_pesel, NUMBER.findall(text))))


def found_in(text):
    """Return what a text tells of a person."""
    return sorted({*numbers_in(text), *PERSON.findall(text)})


@before_task_publish.connect
def note_sent(body, **_facts):
    JOBS.append(str(body))


@task_prerun.connect
def note_begun(args, kwargs, **_facts):
    JOBS.append(f"{args} {kwargs}")


BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")  # a job's arguments travel so
READ = {
    b"string": lambda store, key: [store.get(key)],
    b"list": lambda store, key: store.lrange(key, 0, -1),
    b"set": lambda store, key: store.smembers(key),
    b"zset": lambda store, key: store.zrange(key, 0, -1),
    b"hash": lambda store, key: [part for pair in store.hgetall(key).items() for part in pair],
}


def left_in_redis():
    """Return what lies in the broker and in the cache of this run, with what is packed in it."""
    found = []
    with app.connection_for_read() as broker, redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]) as cache:
        for store in (broker.default_channel.client, cache):
            for key in store.scan_iter(count=1000):
                found += [key, *READ[store.type(key)](store, key)]
    texts = [part.decode("latin-1") for part in found if part]
    return texts + [unpacked(word) for text in texts for word in BASE64.findall(text)]


def unpacked(word):
    try:
        return base64.b64decode(word, validate=True).decode("latin-1")
    except binascii.Error:
        return ""


@pytest.fixture(autouse=True, scope="session")
def nobody_is_left_in_redis():
    yield
    assert found_in(" ".join(left_in_redis())) == [], "a person in Redis"


@pytest.fixture(autouse=True)
def nobody_gets_out(request, caplog):
    """A test that shows a person on purpose says so with the mark `shows_pesel`."""
    uses_database = request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & {*request.fixturenames}
    if uses_database:
        request.getfixturevalue("_django_db_helper")
    JOBS.clear()
    yield
    if request.node.get_closest_marker("shows_pesel"):
        return
    logged = [record.getMessage() for phase in ("setup", "call") for record in caplog.get_records(phase)]
    assert found_in(" ".join(logged)) == [], "a person in the log"
    assert found_in(" ".join(JOBS)) == [], "a person in what a job was given"
    letters = getattr(mail, "outbox", [])
    mailed = [f"{letter.subject} {letter.body} {getattr(letter, 'alternatives', '')}" for letter in letters]
    assert found_in(" ".join(mailed)) == [], "a person in a mail"
    if uses_database and not connection.needs_rollback:
        with connection.cursor() as cursor:
            for question in KEPT:
                cursor.execute(question)
                assert found_in(cursor.fetchone()[0] or "") == [], "a person in the audit or the outbox"
