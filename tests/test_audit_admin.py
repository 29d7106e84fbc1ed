"""The data protection officer reads the log in words, at a constant cost."""

import pytest
from django.urls import reverse

from cus_portal.audit.log import record, record_export, record_read
from cus_portal.audit.models import AuditEvent
from residents.actions import take_up
from residents.models import ServiceRequest
from tests.desk import file_today, now, words

LOG = reverse("admin:audit_auditevent_changelist")


@pytest.fixture
def told(ola, db):
    filed = file_today()
    take_up(filed, by=ola, now=now())
    record_read(filed, by=ola, screen="admin")
    record_export(ServiceRequest, by=ola, screen="overdue", rows=3, reason="kontrola")
    return filed


def test_acts_roles_and_things_are_said_in_words(sign_in, told, iwona):
    shown = words(sign_in(iwona).get(LOG))
    for said in ("Obejrzano", "Podjęto zgłoszenie", "Zapisano listę jako plik", "pracownik pierwszego kontaktu"):
        assert said in shown
    for code in ("residents.servicerequest", "take_up", " clerk "):
        assert code not in shown


@pytest.mark.parametrize(
    ("act", "kept", "dropped"),
    [
        ("reads", "Obejrzano", "Podjęto zgłoszenie"),
        ("changes", "Podjęto zgłoszenie", "Obejrzano"),
        ("files", "Zapisano listę jako plik", "Obejrzano"),
    ],
)
def test_the_filter_keeps_one_sort_of_act(sign_in, told, iwona, act, kept, dropped):
    page = sign_in(iwona).get(LOG, {"act": act}).content.decode()
    rows = page[page.index('id="result_list"') : page.index("</table>")]
    assert kept in rows
    assert dropped not in rows


def test_the_filter_keeps_one_sort_of_thing(sign_in, told, iwona, pcpr, ola):
    record("institution.change", pcpr, by=ola)
    rows = sign_in(iwona).get(LOG, {"thing": "accounts.institution"}).context["cl"].result_list
    assert {event.object_type for event in rows} == {"accounts.institution"}


@pytest.mark.parametrize("text", ["Wro", "Ola", "ola wro"])
def test_acts_are_found_by_who_acted(sign_in, told, iwona, pcpr, tomek, text):
    record("institution.change", pcpr, by=tomek)
    found = sign_in(iwona).get(LOG, {"q": text}).context["cl"].result_list
    assert {event.actor_label for event in found} == {"Ola Wrona"}


def test_acts_are_found_by_the_number_of_their_object(sign_in, told, iwona):
    found = sign_in(iwona).get(LOG, {"q": str(told.pk)}).context["cl"].result_list
    assert {event.object_id for event in found} == {told.pk}


@pytest.mark.parametrize("text", ["²", "9" * 30, "%", "nikt"])
def test_odd_words_find_no_act_and_break_nothing(sign_in, told, iwona, text):
    assert list(sign_in(iwona).get(LOG, {"q": text}).context["cl"].result_list) == []


def test_one_event_is_a_page_in_words(sign_in, told, iwona):
    event = AuditEvent.objects.changes().first()
    shown = words(sign_in(iwona).get(reverse("admin:audit_auditevent_change", args=[event.pk])))
    assert "residents.servicerequest" not in shown


def test_the_facts_of_an_event_are_words_and_no_code(sign_in, told, iwona, ola):
    record("servicerequest.submit", told, by=ola, channel="counter", fields=["channel", "due_on"], files=2)
    event = AuditEvent.objects.changes().first()
    shown = words(sign_in(iwona).get(reverse("admin:audit_auditevent_change", args=[event.pk])))
    assert "{" not in shown
    assert "droga wpływu: przy okienku" in shown or "droga wpływu: osobiście" in shown
    assert "pliki: 2" in shown


def test_the_officer_may_look_at_the_institutions_of_the_accounts(sign_in, iwona, pcpr):
    assert sign_in(iwona).get(reverse("admin:accounts_institution_change", args=[pcpr.pk])).status_code == 200


@pytest.mark.parametrize("rows", [1, 12])
def test_the_log_costs_the_same(sign_in, ola, iwona, pcpr, rows, django_assert_max_num_queries):
    for _row in range(rows):
        record("institution.change", pcpr, by=ola)
    client = sign_in(iwona)
    with django_assert_max_num_queries(8):
        client.get(LOG)
