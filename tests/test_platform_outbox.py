"""The outbox: written with what it tells of, sent once, never lost, never in the way."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from cus_portal.celery import app
from cus_portal.notifications import outbox
from cus_portal.notifications.models import LEASE, MAX_ATTEMPTS, Message
from tests.factories import make_request


@pytest.fixture
def note(ola):
    """Write one message to Ola and return it. Its template is that of the tests."""

    def write(key="k1", **options):
        outbox.notify(ola, "test_note", dedupe_key=key, number="CUS-2026-0001", **options)
        return Message.objects.filter(dedupe_key=key).first()

    return write


@pytest.fixture(autouse=True)
def _test_template(settings, tmp_path):
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "test_note.txt").write_text("Sprawa {{ number }}\n\nTreść {{ number }} {{ centre.phone }}\n")
    (folder / "test_note.html").write_text("<p>{{ number }}</p>")
    (folder / "test_broken.txt").write_text("{% load no_such_library %}")
    templates = [dict(settings.TEMPLATES[0])]
    templates[0]["DIRS"] = [tmp_path, *templates[0]["DIRS"]]
    settings.TEMPLATES = templates


def test_a_message_goes_out_once_however_often_the_sender_runs(note):
    row = note()
    assert [outbox.deliver_due(), outbox.deliver_due()] == [1, 0]
    row.refresh_from_db()
    assert row.sent_at
    assert [(letter.subject, letter.to) for letter in mail.outbox] == [("Sprawa CUS-2026-0001", ["ola@demo.example"])]
    assert f"<message-{row.pk}@" in mail.outbox[0].message()["Message-ID"]


def test_the_same_key_again_writes_nothing(note, ola):
    note()
    assert not outbox.notify(ola, "test_note", dedupe_key="k1", number="CUS-2026-0002")
    assert Message.objects.count() == 1


def test_a_message_of_a_rolled_back_act_never_existed(note):
    with transaction.atomic():
        note()
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_a_message_is_dropped_when_its_reason_is_gone(note, ola):
    request = make_request()
    row = note(about=request, only_while=["waiting"])
    outbox.deliver_due()
    row.refresh_from_db()
    assert row.dropped_at
    assert not mail.outbox


def test_a_message_waits_for_its_time(note):
    later = timezone.now() + timedelta(hours=1)
    note(due_at=later)
    assert outbox.deliver_due() == 0
    assert outbox.deliver_due(lambda: later + timedelta(seconds=1)) == 1


def test_a_leased_row_is_left_alone_until_its_lease_ends(note):
    note()
    now = timezone.now()
    assert len(outbox.claim(now)) == 1
    assert outbox.claim(now) == []
    assert len(outbox.claim(now + LEASE + timedelta(seconds=1))) == 1


def test_a_worker_whose_lease_ran_out_does_not_send(note):
    row = note()
    [mine] = outbox.claim(timezone.now())
    Message.objects.filter(pk=row.pk).update(lease_until=timezone.now() + timedelta(hours=1))
    assert outbox.deliver_one(mine, now=timezone.now()) == 0
    assert not mail.outbox


def test_a_broken_message_does_not_hold_up_the_others_and_is_given_up_in_the_end(note, ola):
    outbox.notify(ola, "test_broken", dedupe_key="broken")
    note()
    assert outbox.deliver_due() == 1
    now = timezone.now()
    for _attempt in range(MAX_ATTEMPTS):
        now += timedelta(days=1)
        outbox.deliver_due(lambda moment=now: moment)
    broken = Message.objects.get(dedupe_key="broken")
    assert (broken.attempts, broken.last_error) == (MAX_ATTEMPTS, "TemplateSyntaxError")
    assert list(Message.objects.failed()) == [broken]


def test_a_broker_that_is_away_costs_no_message(note, broker_away, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        note()
    assert outbox.deliver_due() == 1


def test_the_list_of_messages_names_the_kind_of_recipient_and_no_person(note, ola, root, sign_in):
    note()
    shown = sign_in(root).get("/admin/notifications/message/").content.decode()
    assert f"użytkownik {ola.pk}" in shown
    assert "accounts.user" not in shown
    assert "referral_sent" not in shown
    assert "Wrona" not in shown


def test_a_job_that_ends_after_its_connection_is_no_death_of_the_worker(caplog):
    connection = app.connection_for_write()
    queue = connection.SimpleQueue("of-this-test")
    queue.put("a job")
    job = queue.get(timeout=10)
    connection.close()
    job.ack_log_error(logging.getLogger("celery"), connection.connection_errors)
    assert "the connection on which the job came is gone" in caplog.text
    with app.connection_for_write() as again:
        again.SimpleQueue("of-this-test").clear()
