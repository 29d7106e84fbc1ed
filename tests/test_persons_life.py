"""What changes everything at once: a death, a move away, a coming of age, the death of who cared."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from coordination.reminders import due_reminders
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from residents.actions import ask_resident, identify_person, qualify_item, waitlist_item
from residents.actions.life import end_minority, record_death, record_move_out, undo_death
from residents.actions.people import add_address, add_representation, join_household
from residents.alerts import alerts_of
from residents.models import Case, Consent, RequestItem, Resident, ServiceRequest
from services.models import BasisLoad, ProgrammeService
from tests import personas
from tests.coordination_world import make_referral
from tests.desk import page, words
from tests.factories import NOW, PERSON, TODAY, at, make_case, make_request, make_resident, make_service

COMES_OF_AGE = "08312312314"
BIRTHDAY = date(2026, 11, 23)
DAY = timedelta(days=1)
MAIL = PERSON | {"email": "krystyna@demo.example"}


def die(person, by, **facts):
    return record_death(person, **({"died_on": TODAY, "source": "akt zgonu"} | facts), by=by, now=NOW)


def request_of(person, by, **fields):
    request = make_request(applicant=MAIL, **fields)
    identify_person(request, resident=person, by=by, now=NOW)
    request.refresh_from_db()
    return request


# -- death ------------------------------------------------------------------------------------------
def test_case_19_a_death_stops_mails_at_once_and_frees_needs_and_places(db, ola, tomek):
    person, service = make_resident(), make_service()
    asked = request_of(person, ola)
    ask_resident(asked, text="Jaki adres?", by=ola, now=NOW)
    waiting = request_of(person, ola, needs=[(service, "")])
    waitlist_item(waiting.items.get(), by=tomek, now=NOW)
    basis = ProgrammeService.objects.get(service=service)
    assert BasisLoad.objects.get(basis=basis).waiting == 1
    assert Message.objects.unsent().exists()
    die(person, ola)
    deliver_due(now=timezone.now)
    assert [letter for letter in mail.outbox if MAIL["email"] in letter.to] == []
    assert ServiceRequest.objects.get(pk=asked.pk).status == ServiceRequest.Status.SETTLED
    assert set(RequestItem.objects.values_list("status", flat=True)) == {RequestItem.Status.DISCONTINUED}
    assert BasisLoad.objects.get(basis=basis).waiting == 0


def test_case_19_the_mails_of_a_dead_person_go_to_nobody_even_when_written_later(db, ola):
    person = make_resident()
    request = request_of(person, ola)
    assert request.notification_email == MAIL["email"]
    die(person, ola)
    assert ServiceRequest.objects.get(pk=request.pk).notification_email == ""


def test_case_19_reminders_stop_and_the_coordinator_is_told_without_a_name(db, ola, tomek, pcpr):
    case = make_case(coordinator=tomek, on=TODAY - timedelta(days=40), now=NOW)
    make_referral(case, pcpr)
    later = TODAY + timedelta(days=30)
    assert {row.reminder.name for row in due_reminders(later)} >= {"plan_due", "referral_unopened"}
    Message.objects.all().delete()
    die(case.resident, ola)
    assert not [row for row in due_reminders(later) if row.reminder.name.startswith(("plan", "referral"))]
    told = Message.objects.get(template="case_news")
    assert (told.recipient_id, told.context["number"]) == (tomek.pk, case.case_sign)
    assert "Wilga" not in str(told.context)
    deliver_due(now=timezone.now)
    (letter,) = [letter for letter in mail.outbox if tomek.email in letter.to]
    assert "Wilga" not in letter.subject + letter.body


def test_case_19_the_place_of_a_granted_need_is_free_and_the_case_offers_its_reason(sign_in, db, ola, tomek):
    service = make_service()
    basis = ProgrammeService.objects.get(service=service)
    case = make_case(coordinator=tomek, request=make_request(needs=[(service, "")]))
    assert BasisLoad.objects.get(basis=basis).taken == 1
    die(case.resident, ola)
    assert BasisLoad.objects.get(basis=basis).taken == 0
    client = sign_in(tomek)
    assert "Osoba zmarła" in words(client.get(page(case)))
    form = client.get(f"/admin/residents/case/{case.pk}/move/close/").context["form"]
    assert form["reason"].value() == Case.CloseReason.DIED


def test_case_19_nobody_of_the_household_is_written_to_and_memberships_end(db, ola):
    wife, husband = make_resident("Ewa", "Wilga"), make_resident("Jan", "Wilga")
    home = join_household(wife, other=husband, valid_from=date(2010, 1, 1), by=ola, now=NOW)
    die(husband, ola)
    assert list(home.members.in_force(TODAY + DAY).values_list("resident", flat=True)) == [wife.pk]
    assert not Message.objects.exists()


@pytest.mark.parametrize("facts", [{"died_on": TODAY + DAY}, {"source": " "}])
def test_a_death_has_a_day_that_has_come_and_a_source(db, ola, facts):
    person = make_resident()
    with pytest.raises(ValidationError):
        die(person, ola, **facts)
    assert not Resident.objects.exclude(died_on=None).exists()


def test_a_death_recorded_by_mistake_is_taken_back(db, ola):
    person = make_resident()
    die(person, ola)
    with pytest.raises(ValidationError):
        die(person, ola)
    undo_death(person, reason="pomyłka osoby", by=ola, now=NOW)
    person.refresh_from_db()
    assert (person.died_on, person.death_source) == (None, "")


@pytest.mark.parametrize("name", ["danuta", "iwona", "ewa", "root"])
def test_who_does_not_handle_requests_records_no_death(db, name):
    person = make_resident()
    with pytest.raises(PermissionDenied):
        die(person, personas.person(name))
    person.refresh_from_db()
    assert person.died_on is None


def test_case_20_when_the_carer_dies_the_one_who_lives_is_urgent(sign_in, db, ola, tomek):
    mother, son = make_resident("Ewa", "Wilga"), make_resident("Adam", "Wilga", birth_date=date(1990, 1, 1))
    add_representation(
        son,
        basis="guardian",
        representative=mother,
        court_sign="III RNs 1/20",
        valid_from=date(2020, 1, 1),
        by=ola,
        now=NOW,
    )
    case = make_case(coordinator=tomek, resident=son)
    request = request_of(son, ola)
    assert not request.is_urgent
    die(mother, ola)
    request.refresh_from_db()
    assert request.is_urgent
    assert not son.representations.in_force(TODAY + DAY).exists()
    told = alerts_of(son, on=TODAY + DAY, by=personas.person("ola"))[0]
    assert told.startswith("Pilne:")
    assert "nikogo, kto tę osobę reprezentuje" in told
    assert Message.objects.filter(template="case_news", recipient_id=tomek.pk).count() == 1
    assert told in words(sign_in(tomek).get(page(case)))


# -- moving away --------------------------------------------------------------------------------------
def test_case_15_who_moves_away_lived_here_until_that_day_and_nothing_is_cut_off(sign_in, db, ola, tomek):
    case = make_case(coordinator=tomek)
    person = case.resident
    add_address(person, kind="lives", address="Rynek 1", valid_from=date(2020, 1, 1), by=ola, now=NOW)
    record_move_out(person, moved_on=TODAY, moved_to="Lublin", by=ola, now=NOW)
    assert person.addresses.of_residence(TODAY - DAY).exists()
    assert not person.addresses.of_residence(TODAY).exists()
    case.refresh_from_db()
    assert case.status == Case.Status.OPEN
    assert "Mieszka gdzie indziej" in alerts_of(person, on=TODAY, by=personas.person("ola"))[0]
    form = sign_in(tomek).get(f"/admin/residents/case/{case.pk}/move/close/").context["form"]
    assert form["reason"].value() == Case.CloseReason.MOVED


# -- coming of age ------------------------------------------------------------------------------------
@pytest.fixture
def teenager(db, ola, tomek):
    """Turns eighteen on 23 November 2026; the birth date is known from the PESEL only."""
    mother = {"first_name": "Ewa", "last_name": "Bocian", "email": "ewa@demo.example", "basis": "statutory"}
    request = make_request(applicant=mother, person={"first_name": "Jan", "last_name": "Bocian", "pesel": COMES_OF_AGE})
    qualify_item(request.items.get(), by=tomek, now=NOW)
    request.refresh_from_db()
    identify_person(request, resident=None, by=ola, now=NOW)
    person = request.resident
    add_representation(person, basis="parent", name="Ewa Bocian", valid_from=date(2008, 11, 23), by=ola, now=NOW)
    return person


def test_case_40_the_parents_right_ends_on_the_eighteenth_birthday_and_not_a_day_before(teenager):
    assert (teenager.birth_date, teenager.of_age_on) == (date(2008, 11, 23), BIRTHDAY)
    assert teenager.representations.in_force(BIRTHDAY - DAY).exists()
    assert not teenager.representations.in_force(BIRTHDAY).exists()


def test_case_40_the_job_ends_rights_consents_mails_and_code_once_and_late(teenager, pcpr):
    request = teenager.requests.get()
    consent = Consent.objects.create(
        request=request, receiver=pcpr, data_scope="a", purpose="help", form="written", given_on=TODAY
    )
    teenager.representations.update(valid_to=None)
    code = request.access_code
    assert request.notification_email == "ewa@demo.example"
    assert end_minority(on=BIRTHDAY - DAY) == 0
    assert end_minority(on=BIRTHDAY + timedelta(days=3)) == 1
    row = teenager.representations.get()
    assert (row.valid_to, row.end_reason) == (BIRTHDAY - DAY, "pełnoletność")
    consent.refresh_from_db()
    assert consent.valid_until == BIRTHDAY - DAY
    request = ServiceRequest.objects.get(pk=request.pk)
    assert request.notification_email == ""
    assert request.access_code != code
    changed = request.access_code
    assert end_minority(on=BIRTHDAY + timedelta(days=4)) == 0
    assert ServiceRequest.objects.get(pk=request.pk).access_code == changed


def test_case_40_who_files_for_himself_keeps_code_and_mails(db, ola):
    person = make_resident(birth_date=date(2008, 11, 23))
    request = request_of(person, ola)
    assert end_minority(on=BIRTHDAY) == 1
    after = ServiceRequest.objects.get(pk=request.pk)
    assert (after.access_code, after.notification_email) == (request.access_code, MAIL["email"])


def test_case_40_a_child_whose_birth_becomes_known_late_is_found_by_its_parent(teenager):
    Resident.objects.filter(pk=teenager.pk).update(birth_date=date(2000, 1, 1))
    teenager.representations.update(valid_to=None, valid_from=date(2019, 1, 1))
    make_resident("Jan", "Dorosły", birth_date=date(1980, 1, 1))
    assert end_minority(on=BIRTHDAY) == 1
    assert not teenager.representations.in_force(BIRTHDAY).exists()
    assert teenager.representations.get().valid_to == date(2019, 1, 1)


def test_case_40_what_a_court_ordered_for_an_adult_does_not_end_with_minority(teenager, ola):
    add_representation(
        teenager, basis="guardian", name="Ewa Bocian", court_sign="III RNs 1/26", valid_from=BIRTHDAY, by=ola, now=NOW
    )
    end_minority(on=BIRTHDAY)
    assert teenager.representations.in_force(BIRTHDAY).get().basis == "guardian"
    with pytest.raises(ValidationError):
        add_representation(teenager, basis="parent", name="Jan", valid_from=BIRTHDAY, by=ola, now=NOW)


def test_case_40_the_coordinator_is_reminded_ninety_days_before_and_the_page_says_so(teenager, tomek):
    case = make_case(coordinator=tomek, resident=teenager, now=at(BIRTHDAY - timedelta(days=120)))

    def reminded(on):
        return [row.obj for row in due_reminders(on) if row.reminder.name == "of_age"]

    assert reminded(BIRTHDAY - timedelta(days=91)) == []
    assert reminded(BIRTHDAY - timedelta(days=90)) == [case]
    assert alerts_of(teenager, on=BIRTHDAY - timedelta(days=91), by=personas.person("ola")) == []
    assert "23.11.2026" in alerts_of(teenager, on=BIRTHDAY - timedelta(days=90), by=personas.person("ola"))[0]
    assert "Pełnoletnia" in alerts_of(teenager, on=BIRTHDAY, by=personas.person("ola"))[0]


def test_case_40_who_was_born_on_29_february_comes_of_age_on_1_march(db):
    person = make_resident(birth_date=date(2008, 2, 29))
    assert person.of_age_on == date(2026, 3, 1)
