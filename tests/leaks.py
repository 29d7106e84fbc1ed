"""After each test: no PESEL number in what was logged, mailed, kept in the audit or given to a worker."""

import re

import pytest
from django.core import mail
from django.db import connection

from residents.models.numbers import is_valid_pesel

NUMBER = re.compile(r"(?<![\w-])\d{11}(?![\w-])")  # alone: a random mark of a request may hold eleven digits
KEPT = (
    "SELECT string_agg(facts::text || reason || actor_label, ' ') FROM audit_auditevent",
    "SELECT string_agg(context::text || dedupe_key || last_error, ' ') FROM notifications_message",
)


def numbers_in(text):
    return sorted(set(filter(is_valid_pesel, NUMBER.findall(text))))


@pytest.fixture(autouse=True)
def no_pesel_gets_out(request, caplog):
    """A test that shows a number on purpose says so with the mark `shows_pesel`."""
    uses_database = request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & {*request.fixturenames}
    if uses_database:
        request.getfixturevalue("_django_db_helper")
    yield
    if request.node.get_closest_marker("shows_pesel"):
        return
    logged = [record.getMessage() for phase in ("setup", "call") for record in caplog.get_records(phase)]
    assert numbers_in(" ".join(logged)) == [], "a PESEL number in the log"
    mailed = [f"{letter.subject} {letter.body} {letter.alternatives}" for letter in getattr(mail, "outbox", [])]
    assert numbers_in(" ".join(mailed)) == [], "a PESEL number in a mail"
    if uses_database and not connection.needs_rollback:
        with connection.cursor() as cursor:
            for question in KEPT:
                cursor.execute(question)
                assert numbers_in(cursor.fetchone()[0] or "") == [], "a PESEL number in the audit or the outbox"
