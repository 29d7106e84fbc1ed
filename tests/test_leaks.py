"""The scan after each test finds what it is there for."""

import logging

import pytest
from django.core import mail

from tests.leaks import numbers_in


@pytest.mark.shows_pesel
def test_a_number_in_a_log_or_mail_is_found(caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("person %s", "44051401359")
    mail.EmailMessage("x", "PESEL 44051401359", to=["a@demo.example"]).send()
    assert numbers_in(caplog.text) == ["44051401359"]
    assert numbers_in(mail.outbox[0].body) == ["44051401359"]


def test_other_long_numbers_are_no_pesel():
    assert numbers_in("44051401358 144051401359 20260101 600100200") == []
