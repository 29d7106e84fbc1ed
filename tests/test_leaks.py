"""The scan after each test finds what it is there for."""

import logging

import pytest
from django.core import mail
from django.core.cache import cache

from cus_portal.celery import app
from tests.leaks import JOBS, found_in, left_in_redis, numbers_in


@pytest.mark.shows_pesel
def test_a_number_in_a_log_or_mail_is_found(caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("person %s", "44051401359")
    mail.EmailMessage("x", "PESEL 44051401359", to=["a@demo.example"]).send()
    assert numbers_in(caplog.text) == ["44051401359"]
    assert numbers_in(mail.outbox[0].body) == ["44051401359"]


def test_other_long_numbers_are_no_pesel():
    assert numbers_in("44051401358 144051401359 20260101 600100200") == []


@pytest.mark.parametrize("said", ["p. Wilgi", "Wilgę", "tel. 600 100 200", "600100200", "krystyna@demo.example"])
def test_a_person_of_the_tests_is_found(said):
    assert len(found_in(f"Napisz: {said}.")) == 1


def test_damp_walls_and_another_phone_are_nobody():
    assert found_in("wilgoć, wilgotno, 600 100 201, krystyna.nowak@demo.example") == []


# -- what the run leaves in Redis -----------------------------------------------------------------
@pytest.mark.parametrize("kept", ["44051401359", {"what": "person 44051401359"}])
def test_a_number_in_the_cache_is_found(kept):
    cache.set("leak", kept)
    try:
        assert numbers_in(" ".join(left_in_redis())) == ["44051401359"]
    finally:
        cache.delete("leak")


@pytest.mark.shows_pesel
def test_a_number_in_the_arguments_of_a_job_is_found():
    app.send_task("nobody.knows.it", args=["44051401359"], queue="leak")
    try:
        assert "44051401359" in numbers_in(" ".join(left_in_redis()))
        assert numbers_in(" ".join(JOBS)) == ["44051401359"]
    finally:
        with app.connection_for_write() as connection:
            connection.default_channel.queue_purge("leak")
