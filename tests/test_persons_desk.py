"""A person's page at the desk: what it shows to whom, its forms, the PESEL that a click reveals."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from cus_portal.audit.models import AuditEvent
from residents.actions import restrict_file
from residents.actions.people import add_certificate, add_contact, add_representation, join_household
from residents.models import Resident
from tests import personas
from tests.desk import INDEX, PESEL, file_today, move, page, words
from tests.factories import NOW, PERSON, TODAY, make_locality, make_resident

OTHER_PESEL = "44051412315"
ADD = reverse("admin:residents_resident_add")


def reveal(person):
    return reverse("admin:residents_resident_pesel", args=[person.pk])


@pytest.fixture
def person(db):
    return make_resident("Krystyna", "Wilga", pesel=PESEL, phone="600 100 200")


# -- the PESEL --------------------------------------------------------------------------------------
def test_a_pesel_is_shown_by_a_click_that_is_written_down(sign_in, person, ola):
    client = sign_in(ola)
    assert PESEL not in client.get(page(person)).content.decode()
    shown = client.post(reveal(person))
    assert PESEL in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    (event,) = AuditEvent.objects.filter(action="read", facts__screen="pesel")
    assert (event.object_id, event.actor_id) == (person.pk, ola.pk)
    assert PESEL not in f"{event.facts} {event.reason}"
    assert PESEL not in client.get(page(person)).content.decode()


def test_a_pesel_is_never_shown_by_an_address(sign_in, person, ola):
    client = sign_in(ola)
    assert client.get(reveal(person)).status_code == 405
    assert PESEL not in reveal(person)


@pytest.mark.parametrize(
    ("name", "status"),
    [("ola", 200), ("tomek", 200), ("danuta", 403), ("iwona", 404), ("root", 404), ("ewa", 302), ("stranger", 302)],
)
def test_who_may_see_the_whole_number(sign_in, person, name, status):
    response = sign_in(personas.person(name)).post(reveal(person))
    assert response.status_code == status
    assert (PESEL in response.content.decode()) is (status == 200)
    assert AuditEvent.objects.filter(facts__screen="pesel").exists() is (status == 200)


def test_the_number_of_a_restricted_person_is_revealed_to_who_has_been_let_in(sign_in, person, ola, kasia):
    restrict_file(person, kind="violence", reason="x", by=ola, now=NOW)
    assert sign_in(kasia).post(reveal(person)).status_code == 404
    assert PESEL in sign_in(ola).post(reveal(person)).content.decode()


def test_the_numbers_on_a_request_are_shown_by_a_click_too(sign_in, db, ola, danuta):
    request = file_today(applicant=PERSON | {"pesel": PESEL})
    url = reverse("admin:residents_servicerequest_pesel", args=[request.pk])
    client = sign_in(ola)
    assert PESEL not in client.get(page(request)).content.decode()
    shown = client.post(url)
    assert PESEL in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert AuditEvent.objects.filter(object_id=request.pk, facts__screen="pesel").count() == 1
    assert client.get(url).status_code == 405
    restrict_file(request, kind="violence", reason="x", by=ola, now=NOW)
    assert sign_in(personas.person("kasia")).post(url).status_code == 404
    assert sign_in(danuta).post(url).status_code == 403


# -- the forms ----------------------------------------------------------------------------------------
FORMS = {
    "correct": {"last_name": "Wilga-Kos", "first_name": "Krystyna", "birth_date": "", "reason": "dowód"},
    "change_pesel": {"pesel": OTHER_PESEL, "reason": "sprostowanie"},
    "add_document": {"kind": "passport", "country": "ua", "number": "FE123456", "valid_to": "1.1.2030"},
    "add_title": {"kind": "ukr", "valid_to": "4.3.2027"},
    "add_certificate": {"kind": "severe", "valid_from": "5.3.2025", "valid_to": "4.3.2027"},
    "add_address": {"kind": "lives", "address": "Rynek 1", "valid_from": "1.11.2026"},
    "add_contact": {"kind": "phone", "value": "601222333", "whose": "own", "is_main": "on"},
    "join_household": {"other": "{other}", "role": "matka", "other_role": "syn", "valid_from": "1.1.2020"},
    "add_representation": {"basis": "proxy", "name": "Jan Kos", "scope": "sprawy w CUS", "valid_from": "1.1.2026"},
    "move_out": {"moved_on": "1.11.2026", "moved_to": "Lublin"},
    "death": {"died_on": "1.11.2026", "source": "akt zgonu"},
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_of_a_person_is_filled_in_and_leads_back_with_its_line_in_the_history(sign_in, person, ola, name):
    other = make_resident("Adam", "Wilga")
    client = sign_in(ola)
    assert move(person, name) in client.get(page(person)).content.decode()
    assert client.get(move(person, name)).status_code == 200
    sent = {field: value.format(other=other.pk) for field, value in FORMS[name].items()}
    done = client.post(move(person, name), sent)
    assert (done.status_code, done.url) == (302, page(person)), words(done)[-800:]
    assert AuditEvent.objects.changes().filter(object_type="residents.resident", object_id=person.pk).exists()
    after = client.get(page(person))
    assert "None" not in words(after)


@pytest.mark.parametrize("name", [*FORMS, "merge", "end_fact"])
def test_an_empty_form_of_a_person_says_what_is_missing_and_changes_nothing(sign_in, person, ola, name):
    before = Resident.objects.values().get()
    response = sign_in(ola).post(move(person, name), {})
    assert response.status_code == 200
    assert response.context["form"].errors
    assert Resident.objects.values().get() == before


def test_something_on_record_is_ended_and_a_contact_verified_from_the_page(sign_in, person, ola):
    contact = add_contact(person, kind="phone", value="601 222 333", by=ola, now=NOW)
    client = sign_in(ola)
    key = f"residentcontact-{contact.pk}"
    assert client.post(move(person, "verify_contact"), {"contact": key}).status_code == 302
    assert f"?fact={key}" in client.get(page(person)).content.decode()
    assert client.get(move(person, "end_fact") + f"?fact={key}").context["form"]["fact"].value() == key
    sent = {"fact": key, "ended_on": f"{timezone.localdate():%d.%m.%Y}", "reason": "oddany"}
    assert client.post(move(person, "end_fact"), sent).status_code == 302
    contact.refresh_from_db()
    assert (contact.verified_on, contact.valid_to) == (timezone.localdate(), timezone.localdate())


@pytest.mark.parametrize("typed", ["abc", "999999999", "١٢٣", "-1", "44051401358", "1" * 40])
def test_another_person_is_named_by_a_number_that_is_on_record_only(sign_in, person, ola, typed):
    response = sign_in(ola).post(move(person, "join_household"), {"other": typed, "valid_from": "1.1.2020"})
    assert response.status_code == 200
    assert "other" in response.context["form"].errors
    assert not person.memberships.exists()


def test_another_person_is_named_by_the_whole_pesel_too(sign_in, person, ola):
    other = make_resident("Adam", "Wilga", pesel=OTHER_PESEL)
    sent = {"other": OTHER_PESEL, "valid_from": "1.1.2020"}
    assert sign_in(ola).post(move(person, "join_household"), sent).status_code == 302
    assert other.memberships.exists()


def test_a_new_person_is_put_on_record_with_what_is_known(sign_in, db, ola):
    client = sign_in(ola)
    assert ADD in client.get(INDEX).content.decode()
    made = client.post(ADD, {"last_name": "Kos", "first_name": "Ewa", "pesel": "510 302 12301", "born_about": ""})
    person = Resident.objects.get()
    assert (made.status_code, made.url) == (302, page(person))
    assert (person.pesel, person.birth_date) == ("51030212301", date(1951, 3, 2))


def test_a_known_pesel_is_told_before_a_person_is_put_on_record_twice(sign_in, person, ola):
    sent = {"last_name": "Kos", "first_name": "Ewa", "pesel": PESEL}
    client = sign_in(ola)
    assert page(person) in client.post(ADD, sent).content.decode()
    refused = client.post(ADD, sent | {"is_another": "1"})
    assert refused.status_code == 200
    assert Resident.objects.count() == 1


@pytest.mark.parametrize("name", ["danuta", "iwona", "root", "ewa"])
def test_who_does_not_handle_requests_finds_no_form(sign_in, person, name):
    other = make_resident("Adam", "Wilga")
    client = sign_in(personas.person(name))
    closed = 302 if name == "ewa" else 403
    assert client.get(ADD).status_code == closed
    for one, fields in FORMS.items():
        sent = {field: value.format(other=other.pk) for field, value in fields.items()}
        assert client.post(move(person, one), sent).status_code in (302, 403, 404), one
    assert not AuditEvent.objects.changes().exists()


# -- what is shown to whom ------------------------------------------------------------------------------
def test_a_restricted_member_of_the_household_is_not_there_for_others(sign_in, person, ola, kasia):
    victim = make_resident("Ewa", "Sekretna")
    join_household(person, other=victim, valid_from=TODAY, by=ola, now=NOW)
    add_representation(person, basis="proxy", representative=victim, valid_from=TODAY, by=ola, now=NOW)
    restrict_file(victim, kind="violence", reason="x", by=ola, now=NOW)
    assert "Sekretna" not in words(sign_in(kasia).get(page(person)))
    assert "Sekretna" in words(sign_in(ola).get(page(person)))
    with pytest.raises(PermissionDenied):
        join_household(victim, other=person, valid_from=TODAY, by=kasia, now=NOW)


@pytest.mark.parametrize("rows", [1, 12])
def test_a_persons_page_costs_the_same_with_one_of_each_and_with_twelve(
    sign_in, person, ola, rows, django_assert_max_num_queries
):
    for number in range(rows):
        add_contact(person, kind="phone", value=f"601 222 {number:03}", by=ola, now=NOW)
        other = make_resident("Adam", f"Wilga{number}", locality=make_locality())
        join_household(person, other=other, valid_from=TODAY, by=ola, now=NOW)
        add_representation(person, basis="proxy", representative=other, valid_from=TODAY, by=ola, now=NOW)
        add_certificate(person, kind="light", valid_to=TODAY + timedelta(days=number), by=ola, now=NOW)
    client = sign_in(ola)
    client.get(page(person))
    with django_assert_max_num_queries(40):
        assert client.get(page(person)).status_code == 200
