"""Authorisations to process data: without one in force an account of the centre opens nothing."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from coordination.reminders import due_reminders, send_due_reminders
from cus_portal.accounts.models import Authorisation, User
from cus_portal.accounts.roles import Role
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from tests import personas
from tests.desk import words
from tests.personas import authorise
from tests.signing import LOGIN, give_app, type_password

DASHBOARD = reverse("coordination:dashboard")
REGISTER = reverse("admin:accounts_authorisation_changelist")
NEW = reverse("admin:accounts_authorisation_add")
EXPORT = reverse("admin:accounts_authorisation_export")
CLOSED = "Nie masz upoważnienia do przetwarzania danych"


def days(count):
    return timezone.localdate() + timedelta(days=count)


def ends(user, day):
    user.authorisations.update(valid_to=day)
    return User.objects.get(pk=user.pk)


def test_an_open_session_ends_with_the_authorisation(sign_in, tomek):
    client = sign_in(tomek)
    ends(tomek, days(0))
    assert client.get(DASHBOARD).status_code == 200
    ends(tomek, days(-1))
    answer = client.get(DASHBOARD)
    assert (answer.status_code, CLOSED in words(answer)) == (403, True)
    assert client.get(DASHBOARD).url.startswith(LOGIN)


def test_nobody_signs_in_without_one_however_right_password_and_code_are(client, tomek):
    give_app(tomek)
    ends(tomek, days(-1))
    assert CLOSED in words(type_password(client, tomek))
    assert "_auth_user_id" not in client.session
    assert "account_login" not in client.session


def test_one_that_begins_tomorrow_opens_nothing_today(client, tomek):
    tomek.authorisations.all().delete()
    authorise(tomek, valid_from=days(1))
    assert type_password(client, tomek).status_code == 403


def test_a_role_at_the_centre_holds_only_while_its_holder_may_process_data(tomek):
    assert User.objects.holding(Role.COORDINATOR, on=days(0)).contains(tomek)
    tomek = ends(tomek, days(-1))
    assert tomek.permissions == frozenset()
    assert not tomek.is_staff
    assert not User.objects.holding(Role.COORDINATOR, on=days(0)).exists()
    assert User.objects.holding(Role.COORDINATOR, on=days(-1)).contains(tomek)


def test_whoever_works_elsewhere_or_keeps_the_machine_needs_none_here(sign_in, ewa, root):
    assert not Authorisation.objects.exists()
    assert sign_in(ewa).get(reverse("coordination:inbox")).status_code == 200
    assert sign_in(root).get(REGISTER).status_code == 200


def test_the_first_one_is_written_down_by_whoever_keeps_the_machine(sign_in, root, danuta):
    danuta.authorisations.all().delete()
    said = {
        "user": danuta.pk,
        "number": "1/2026",
        "scope": "całość",
        "valid_from": "2026-01-01",
        "issued_by": "Burmistrz",
    }
    assert sign_in(root).post(NEW, said).status_code == 302
    assert not User.objects.get(pk=danuta.pk).lacks_authorisation
    assert AuditEvent.objects.filter(action="authorisation.add").exists()


@pytest.mark.parametrize(("name", "reads", "writes"), [("danuta", 200, 200), ("iwona", 200, 403), ("tomek", 403, 403)])
def test_the_director_keeps_the_register_and_the_officer_reads_it(sign_in, db, name, reads, writes):
    client = sign_in(personas.person(name))
    assert (client.get(REGISTER).status_code, client.get(NEW).status_code) == (reads, writes)


def test_being_let_costs_no_query_of_its_own(sign_in, tomek, django_assert_num_queries):
    client = sign_in(tomek)
    with django_assert_num_queries(3):  # session, user, memberships with their authorisations
        client.get(reverse("stay"))


# -- before its end ---------------------------------------------------------------------------------------
def test_director_and_officer_are_told_thirty_and_seven_days_ahead(tomek, danuta, iwona):
    authorisation = tomek.authorisations.get()
    authorisation.valid_to = days(100)
    authorisation.save()
    told = {}
    for ahead in (31, 30, 8, 7):
        on = authorisation.valid_to - timedelta(days=ahead)
        told[ahead] = send_due_reminders(on=on, now=timezone.now())
    assert told == {31: 0, 30: 2, 8: 0, 7: 2}
    mailed = Message.objects.values_list("recipient_id", flat=True)
    assert sorted(mailed) == sorted([danuta.pk, iwona.pk] * 2)
    assert tomek.last_name not in str(Message.objects.values_list("context", flat=True))


def test_nobody_is_told_when_a_new_one_follows(tomek, danuta):
    ends(tomek, days(10))
    authorise(tomek, number="2/2026", valid_from=days(11))
    assert not [row for row in due_reminders(days(5)) if row.reminder.name == "authorisation_ends"]


# -- the list as a file ---------------------------------------------------------------------------------------
def test_the_register_leaves_as_a_file_for_a_reason_that_is_kept(sign_in, iwona, tomek):
    client = sign_in(iwona)
    assert EXPORT in client.get(REGISTER).content.decode()
    assert client.post(EXPORT, {"reason": "", "file_format": "csv"}).status_code == 200
    answer = client.post(EXPORT, {"reason": "kontrola wewnętrzna", "file_format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[1] for row in rows[1:]] == ["Tomek Lis", "Iwona Czapla"]
    event = AuditEvent.objects.get(action="export")
    assert (event.actor, event.reason, event.facts["rows"]) == (iwona, "kontrola wewnętrzna", 2)


def test_the_file_holds_what_the_filter_shows(sign_in, iwona, tomek):
    ends(tomek, days(-1))
    client = sign_in(iwona)
    answer = client.post(f"{EXPORT}?in_force=ended", {"reason": "kontrola", "file_format": "csv"})
    assert "Tomek Lis" in answer.content.decode()
    assert "Iwona Czapla" not in answer.content.decode()
    # It says above by what it was narrowed, as the board's lists do.
    answer = client.post(f"{EXPORT}?in_force=ended&q=Lis", {"reason": "kontrola", "file_format": "xlsx"})
    above = [row[0] for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(max_row=4, values_only=True)]
    assert above == [f"Stan na dzień: {days(0):%d.%m.%Y}", "Szukane słowa: Lis", "W mocy: skończyła się", "numer"]
    # A choice that is none of the list narrows nothing, and nothing is said of it.
    answer = client.post(f"{EXPORT}?in_force=nonsense", {"reason": "kontrola", "file_format": "xlsx"})
    above = [row[0] for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(max_row=2, values_only=True)]
    assert above == [f"Stan na dzień: {days(0):%d.%m.%Y}", "numer"]


def test_nobody_else_gets_the_file(sign_in, tomek):
    assert sign_in(tomek).post(EXPORT, {"reason": "ciekawość", "file_format": "csv"}).status_code == 403
    assert not AuditEvent.objects.filter(action="export").exists()
