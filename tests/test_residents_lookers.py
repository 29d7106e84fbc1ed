"""Who looked at my data: told by day and role, without a name, and without a hint at what is restricted."""

import pytest
from django.urls import reverse

from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record_read
from cus_portal.audit.models import AuditEvent
from residents.lookers import about_request, looks, said
from tests.desk import words
from tests.factories import holder_of, make_request
from tests.intake import STATUS, prove

WHO = reverse("residents:who_looked")


def test_the_person_sees_days_and_roles_and_no_name(client, ola, tomek):
    request = make_request()
    for reader in (ola, ola, tomek):
        record_read(request, by=reader, screen="admin")
    record_read(request.items.get(), by=tomek, screen="admin")
    prove(client, request)
    assert WHO in client.get(STATUS).content.decode()
    shown = words(client.get(WHO))
    assert "pracownik pierwszego kontaktu (2 razy)" in shown
    assert "koordynator indywidualnych planów (2 razy)" in shown
    for name in ("Wrona", "Ola ", "Tomek", "Lis"):
        assert name not in shown


def test_looking_oneself_is_not_told_and_nobody_elses_request_either(client, ola):
    mine, foreign = make_request(), make_request()
    record_read(mine, by=holder_of(mine), screen="track")
    record_read(foreign, by=ola, screen="admin")
    prove(client, mine)
    assert "Nikt w biurze nie otworzył jeszcze Twojego zgłoszenia" in words(client.get(WHO))
    assert looks(about_request(mine)) == []


@pytest.mark.parametrize("roles", [Role.PROTECTION, Role.DPO, f"{Role.PROTECTION},{Role.STEERING}", ""])
def test_case_9_a_role_that_would_betray_a_restriction_is_said_as_any_other(db, roles):
    """A keeper of restricted files who reads a request must not tell its reader that it is restricted."""
    assert said(roles) == "upoważniony pracownik centrum"
    assert said(f"clerk,{Role.PROTECTION}") == "pracownik pierwszego kontaktu"


def test_without_number_and_code_nothing_is_told(client, db):
    assert client.get(WHO).url == reverse("residents:request_track")


@pytest.mark.parametrize("reads", [1, 12])
def test_it_costs_the_same_however_many_looked(client, ola, reads, django_assert_max_num_queries):
    request = make_request()
    for _read in range(reads):
        record_read(request, by=ola, screen="admin")
    prove(client, request)
    with django_assert_max_num_queries(8):
        client.get(WHO)
    assert AuditEvent.objects.filter(action="read", actor=ola).count() == reads
