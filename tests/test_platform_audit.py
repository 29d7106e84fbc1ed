"""The audit only grows."""

import json
import logging
import logging.config

import pytest
from django.conf import settings as portal_settings
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from cus_portal.accounts.actors import PublicActor
from cus_portal.audit.log import history, record, record_read, told_as_of
from cus_portal.audit.models import AuditEvent


@pytest.fixture
def event(ola, pcpr):
    return record("institution.change", pcpr, by=ola, reason="nowy telefon", fields=["phone"])


@pytest.mark.database
@pytest.mark.parametrize("sql", ["UPDATE audit_auditevent SET reason = ''", "DELETE FROM audit_auditevent"])
def test_not_even_sql_changes_or_deletes_a_row(event, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert AuditEvent.objects.get(pk=event.pk).reason == "nowy telefon"


def test_the_history_of_an_object_leaves_out_who_read_it(event, ola, pcpr, clinic):
    record_read(pcpr, by=ola, screen="admin")
    record("institution.change", clinic, by=ola)
    assert list(history(pcpr)) == [event]


def test_the_role_held_is_kept_with_the_act(event):
    assert (event.actor_label, event.role) == ("Ola Wrona", "clerk")


def test_nobody_but_the_demonstration_dates_the_audit(db, settings):
    settings.DEMO = False
    with pytest.raises(RuntimeError), told_as_of(None):
        pass


def test_who_acted_is_written_in_the_centres_language(pcpr):
    with translation.override("uk"):
        event = record("institution.change", pcpr, by=PublicActor())
    assert event.actor_label == "mieszkaniec (strona publiczna)"


def test_the_log_holds_no_searched_word_and_no_address(client, db, caplog):
    with caplog.at_level("INFO"):
        client.get("/uslugi/?q=przemoc", REMOTE_ADDR="198.51.100.7")
    assert "GET /uslugi/" in caplog.text
    assert "przemoc" not in caplog.text
    assert "198.51.100.7" not in caplog.text


def test_a_logged_error_tells_where_and_not_what_was_typed(capsys):
    formatter = logging.config.DictConfigurator(portal_settings.LOGGING).configure_formatter(
        dict(portal_settings.LOGGING["formatters"]["json"])
    )
    logger = logging.Logger("portal")
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    try:
        int("44051401359 Krystyna")
    except ValueError:
        logger.exception("broken")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["exception"]) == ("broken", "ValueError")
    assert line["places"][0].endswith("test_a_logged_error_tells_where_and_not_what_was_typed")
    assert "44051401359" not in str(line)
