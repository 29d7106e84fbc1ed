"""The data protection officer reads the log in words, at a constant cost."""

import io

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from cus_portal.audit.log import record, record_export, record_read
from cus_portal.audit.models import AuditEvent
from residents.actions import take_up
from residents.models import Resident, ServiceRequest, pesel_fields
from tests.coordination_world import make_case, make_plan
from tests.desk import PESEL, file_today, now, words
from tests.factories import make_request

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


def test_what_was_done_with_a_request_of_nobody_known_is_found_by_its_number(sign_in, ola, iwona):
    asked = make_request()
    sign_in(ola).get(reverse("admin:residents_servicerequest_change", args=[asked.pk]))
    found = sign_in(iwona).get(LOG, {"q": asked.reference}).context["cl"].result_list
    assert {(event.object_id, event.actor_label) for event in found} >= {(asked.pk, "Ola Wrona")}


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


# -- about a person, on a day, one act -----------------------------------------------------------------
@pytest.fixture
def two_people(tomek, kasia):
    """Two cases with their requests and plans; return them with the log of what their coordinators read."""
    mine, theirs = make_case(tomek), make_case(kasia)
    Resident.objects.filter(pk=mine.resident_id).update(**pesel_fields(PESEL))
    for case, by in ((mine, tomek), (theirs, kasia)):
        for thing in (case, case.resident, case.requests.get(), make_plan(case)):
            record_read(thing, by=by, screen="admin")
    return mine, theirs


def objects(response):
    return {(event.object_type, event.object_id) for event in response.context["cl"].result_list}


def about(case):
    request, plan = case.requests.get(), case.plans.get()
    things = [case, case.resident, request, plan, *request.items.all()]
    return {(thing._meta.label_lower, thing.pk) for thing in things}


def test_everything_done_with_one_persons_data_is_one_list(sign_in, two_people, iwona):
    mine, theirs = two_people
    client = sign_in(iwona)
    shown = objects(client.get(LOG, {"person": mine.resident_id}))
    assert {kind for kind, _number in shown} >= {"residents.resident", "residents.case", "coordination.plan"}
    assert shown <= about(mine)
    assert not shown & about(theirs)
    assert f"osoba nr {mine.resident_id}" in words(client.get(LOG))


@pytest.mark.parametrize("known_by", ["reference", "sign", "pesel"])
def test_a_person_is_named_by_number_sign_or_pesel(sign_in, two_people, iwona, known_by):
    mine, _theirs = two_people
    text = {"reference": mine.requests.get().reference, "sign": mine.case_sign, "pesel": PESEL}[known_by]
    client = sign_in(iwona)
    found = client.post(LOG + "find/", {"q": text}).url
    assert text not in found
    assert objects(client.get(found)) <= about(mine)
    assert ("residents.resident", mine.resident_id) in objects(client.get(found))


def test_one_day_is_shown_as_typed(sign_in, told, iwona, ola):
    client = sign_in(iwona)
    today = timezone.localdate()
    narrowed = client.get(LOG, {"typed_day": f"{today:%d.%m.%Y}", "act": "reads"})
    assert narrowed.url == f"{LOG}?act=reads&day={today}"
    assert client.get(narrowed.url).context["cl"].result_list
    assert not client.get(LOG, {"day": "2020-01-01"}).context["cl"].result_list
    assert client.get(client.get(LOG, {"typed_day": "wczoraj"}).url).context["cl"].result_list


def test_one_act_is_chosen_by_its_name(sign_in, told, iwona):
    client = sign_in(iwona)
    of_requests = {"thing": "residents.servicerequest"}
    assert "Podjęto zgłoszenie" in words(client.get(LOG, of_requests))
    rows = client.get(LOG, of_requests | {"move": "servicerequest.take_up"}).context["cl"].result_list
    assert [event.action for event in rows] == ["servicerequest.take_up"]


def test_the_log_leaves_as_a_file_in_words_and_that_is_logged(sign_in, told, iwona):
    client = sign_in(iwona)
    answer = client.post(f"{LOG}export/?act=changes", {"reason": "kontrola NIK", "file_format": "csv"})
    text = answer.content.decode()
    assert "Podjęto zgłoszenie" in text
    assert "Obejrzano" not in text
    event = AuditEvent.objects.filter(action="export").first()
    assert (event.actor, event.object_type, event.reason) == (iwona, "audit.auditevent", "kontrola NIK")
    # Who was searched for stays out of the file, and that somebody was does not.
    answer = client.post(f"{LOG}export/?q=44051401359", {"reason": "kontrola NIK", "file_format": "xlsx"})
    above = [row[0] for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(max_row=2, values_only=True)]
    assert above[1] == "Szukane słowa: nie powtarzamy ich tutaj, bo mogą wskazywać osobę"


def test_only_the_officer_reads_or_saves_the_log(sign_in, told, tomek, danuta, root):
    for person in (tomek, danuta, root):
        client = sign_in(person)
        answer = client.post(f"{LOG}export/", {"reason": "ciekawość", "file_format": "csv"})
        assert (client.get(LOG).status_code, answer.status_code) == (403, 403)
