"""What is known of a person and since when: numbers, addresses, contacts, household, who speaks for whom."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from cus_portal.audit.models import AuditEvent
from residents.actions import identify_person
from residents.actions.people import (
    add_address,
    add_contact,
    add_document,
    add_representation,
    add_title,
    change_pesel,
    correct_person,
    end_fact,
    join_household,
    record_resident,
    verify_contact,
)
from residents.alerts import alerts_of
from residents.models import HouseholdMember, Identifier, Representation, Resident, ResidentAddress
from tests import personas
from tests.desk import PESEL
from tests.factories import NOW, PERSON, TODAY, make_locality, make_request, make_resident

OTHER_PESEL = "44051412315"
WRONG_CHECK = "44051401358"
DAY = timedelta(days=1)


@pytest.fixture
def person(db):
    return make_resident("Krystyna", "Wilga", pesel=PESEL, phone="600 100 200")


def home_of(person, day):
    """Return the town of the list where the person lives on the day, or None."""
    row = person.addresses.of_residence(day).first()
    return row.locality


def do(action, resident, by, **facts):
    return action(resident, by=by, now=NOW, **facts)


# -- numbers ------------------------------------------------------------------------------------
def test_case_5_a_person_without_pesel_is_known_by_a_document_and_gets_a_pesel_later(db, ola):
    oksana = record_resident(first_name="Oksana", last_name="Мельник", by=ola, now=NOW)
    passport = do(add_document, oksana, ola, kind="passport", country="ua", number="FE 123456")
    assert (passport.country, passport.masked) == ("UA", "•••456")
    for typed in ("FE123456", "fe 123456", "FE-123456"):
        assert list(Resident.objects.search(typed)) == [oksana], typed
    do(change_pesel, oksana, ola, pesel=PESEL)
    assert Resident.objects.get() == oksana
    assert Resident.objects.search(PESEL).get() == Resident.objects.search("FE123456").get() == oksana
    assert not Identifier.objects.filter(kind="pesel").exists()


def test_the_number_of_a_document_is_ciphertext_in_table_and_history(person, ola):
    do(add_document, person, ola, kind="passport", country="UA", number="FE123456")
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM residents_identifier UNION ALL SELECT number FROM residents_identifierevent")
        kept = [number for (number,) in cursor.fetchall()]
    assert len(kept) == 2
    assert not any("123456" in number for number in kept)


def test_case_6_a_changed_pesel_finds_the_person_and_is_not_shown(sign_in, person, ola):
    do(change_pesel, person, ola, pesel=OTHER_PESEL, reason="sprostowanie aktu")
    person.refresh_from_db()
    assert person.pesel == OTHER_PESEL
    for typed in (PESEL, PESEL[-4:], PESEL[-6:], OTHER_PESEL):
        assert list(Resident.objects.search(typed)) == [person], typed
    page = sign_in(ola).get(f"/admin/residents/resident/{person.pk}/change/").content.decode()
    assert PESEL not in page
    assert PESEL[-4:] not in page
    assert not AuditEvent.objects.filter(reason__contains=PESEL).exists()


def test_a_change_of_pesel_asks_for_its_reason_and_the_name_before_stays_in_the_database_only(sign_in, person, ola):
    with pytest.raises(ValidationError, match="dlaczego"):
        do(change_pesel, person, ola, pesel=OTHER_PESEL)
    do(correct_person, person, ola, first_name="Krystian", last_name="Wilga", reason="sprostowanie aktu")
    page = sign_in(ola).get(f"/admin/residents/resident/{person.pk}/change/").content.decode()
    assert "Krystyna" not in page
    events = apps.get_model("residents", "ResidentEvent").objects.filter(pgh_obj=person.pk)
    assert set(events.values_list("first_name", flat=True)) == {"Krystyna", "Krystian"}


def test_the_history_holds_a_pesel_as_ciphertext_only(person, ola):
    do(change_pesel, person, ola, pesel=OTHER_PESEL, reason="błąd")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pesel FROM residents_residentevent WHERE pgh_obj_id = %s ORDER BY pgh_id", [person.pk])
        kept = [number for (number,) in cursor.fetchall()]
    assert len(kept) == 2
    assert not any(number.isdecimal() or PESEL in number or OTHER_PESEL in number for number in kept)
    events = apps.get_model("residents", "ResidentEvent").objects.filter(pgh_obj=person.pk).order_by("pgh_id")
    assert [event.pesel for event in events] == [PESEL, OTHER_PESEL]


def test_an_old_number_with_a_wrong_check_digit_is_taken_with_its_reason_only(db, ola):
    person = make_resident()
    with pytest.raises(ValidationError):
        do(change_pesel, person, ola, pesel=WRONG_CHECK)
    with pytest.raises(ValidationError):
        do(change_pesel, person, ola, pesel="02381307589", doubt="dowód")  # no such day: not a matter of a check digit
    do(change_pesel, person, ola, pesel=WRONG_CHECK, doubt="dowód osobisty z 1975 r.")
    person.refresh_from_db()
    assert (person.pesel, person.pesel_doubt) == (WRONG_CHECK, "dowód osobisty z 1975 r.")
    assert Resident.objects.search(WRONG_CHECK).get() == person


def test_a_pesel_of_somebody_else_is_refused_and_changes_nothing(person, ola):
    other = make_resident("Anna", "Kos", pesel=OTHER_PESEL)
    with pytest.raises(ValidationError, match="połącz"):
        do(change_pesel, other, ola, pesel=PESEL, reason="x")
    other.refresh_from_db()
    assert other.pesel == OTHER_PESEL
    assert not Identifier.objects.exists()


def test_case_7_a_title_of_residence_warns_before_and_after_its_end_and_cuts_nothing_off(db, ola):
    oksana = make_resident("Oksana", "Melnyk")
    assert alerts_of(oksana, on=TODAY, by=personas.person("ola")) == []
    do(add_title, oksana, ola, kind="ukr", valid_from=date(2022, 3, 20), valid_to=date(2027, 3, 4))
    assert alerts_of(oksana, on=date(2027, 1, 2), by=personas.person("ola")) == []
    assert "kończy się 04.03.2027" in alerts_of(oksana, on=date(2027, 1, 5), by=personas.person("ola"))[0]
    assert "skończył się 04.03.2027" in alerts_of(oksana, on=date(2027, 3, 5), by=personas.person("ola"))[0]
    do(add_title, oksana, ola, kind="temporary", valid_from=date(2027, 3, 5), valid_to=date(2030, 3, 5))
    assert alerts_of(oksana, on=date(2027, 3, 6), by=personas.person("ola")) == []


def test_case_8_a_date_of_birth_may_be_unknown_or_a_year(db, ola):
    person = record_resident(first_name="Jan", last_name="Bez Daty", born_about="1950", by=ola, now=NOW)
    assert (person.birth_date, person.born_about, person.of_age_on) == (None, "1950", None)
    do(correct_person, person, ola, first_name="Jan", last_name="Bez Daty", birth_date=date(1950, 3, 2), reason="akt")
    person.refresh_from_db()
    assert (person.birth_date, person.born_about) == (date(1950, 3, 2), "")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_resident(birth_date=date(1950, 3, 2), born_about="1950")


def test_case_51_a_name_in_capitals_is_tidied_on_record_and_stays_as_written_on_the_request(db, ola):
    request = make_request(applicant=PERSON | {"first_name": "ŁUCJA", "last_name": "NOWAK-ŻÓŁKIEWSKA", "pesel": PESEL})
    identify_person(request, resident=None, by=ola, now=NOW)
    assert str(request.resident) == "Łucja Nowak-Żółkiewska"
    assert request.resident.birth_date == date(1948, 11, 12)
    assert request.parties.get().last_name == "NOWAK-ŻÓŁKIEWSKA"


# -- addresses ------------------------------------------------------------------------------------
def test_an_address_ends_the_one_before_and_the_first_one_is_not_lost(db, ola):
    old, new = make_locality("Wronów"), make_locality("Bełżyce")
    person = make_resident(address="Leśna 1", locality=old)
    do(add_address, person, ola, kind="lives", address="Rynek 2", locality=new, valid_from=date(2026, 10, 1))
    person.refresh_from_db()
    assert (person.address, person.locality) == ("Rynek 2", new)
    days = date(2026, 9, 30), date(2026, 10, 1)
    assert [home_of(person, day) for day in days] == [old, new]
    with pytest.raises(ValidationError):
        do(add_address, person, ola, kind="lives", address="Polna 3", valid_from=date(2026, 9, 1))
    assert person.addresses.count() == 2


def test_case_15_and_16_residence_is_a_fact_of_its_days_and_not_a_registration(db, ola):
    here, there = make_locality("Bełżyce"), make_locality("Wronów")
    student = make_resident(locality=here, address="Rynek 1")
    do(add_address, student, ola, kind="registered", locality=there, valid_from=date(2020, 1, 1))
    do(add_address, student, ola, kind="lives", elsewhere="Lublin", valid_from=date(2026, 10, 1), beside=True)
    assert student.addresses.in_force(TODAY).filter(kind="lives").count() == 2
    assert home_of(student, date(2026, 9, 30)) == here
    do(add_address, student, ola, kind="lives", elsewhere="Kraków", valid_from=date(2026, 11, 1))
    assert student.addresses.in_force(TODAY).filter(kind="lives").get().elsewhere == "Kraków"
    assert student.addresses.in_force(date(2026, 10, 31)).filter(kind="lives").count() == 2


def test_case_17_without_a_fixed_address_there_is_a_contact_point_and_the_last_registration(db, ola):
    person = make_resident(address="", phone="")
    do(add_address, person, ola, kind="registered", address="Leśna 1", valid_from=date(2010, 1, 1))
    point = do(add_address, person, ola, kind="no_fixed", elsewhere="biurko centrum", valid_from=TODAY)
    assert person.addresses.of_residence(TODAY).first() == point
    assert person.addresses.in_force(TODAY).get(kind="registered").address == "Leśna 1"
    with pytest.raises(ValidationError):
        do(add_address, person, ola, kind="lives", valid_from=TODAY)


def test_case_18_a_stay_in_hospital_is_told_and_leaves_the_home_as_it_is(person, ola):
    home = do(add_address, person, ola, kind="lives", address="Rynek 1", valid_from=date(2020, 1, 1))
    stay = do(add_address, person, ola, kind="stays", elsewhere="Szpital w Bełżycach", valid_from=TODAY)
    assert person.addresses.of_residence(TODAY).first() == home
    assert any("Szpital w Bełżycach" in line for line in alerts_of(person, on=TODAY, by=personas.person("ola")))
    do(end_fact, person, ola, fact=stay, ended_on=TODAY + DAY, reason="wypis")
    assert not alerts_of(person, on=TODAY + 2 * DAY, by=personas.person("ola"))


# -- contacts -------------------------------------------------------------------------------------
def test_case_52_a_contact_is_verified_only_when_somebody_was_reached_there(person, ola):
    contact = do(add_contact, person, ola, kind="phone", value="601 222 333")
    assert contact.verified_on is None
    do(verify_contact, person, ola, contact=contact)
    contact.refresh_from_db()
    assert contact.verified_on == TODAY
    person.refresh_from_db()
    assert person.phone == "601 222 333"


def test_case_53_a_shared_phone_finds_each_of_the_family_and_makes_nobody_the_same(person, ola):
    son = make_resident("Adam", "Wilga")
    for one in (person, son):
        do(add_contact, one, ola, kind="phone", value="601 222 333", whose="shared", is_main=False)
    assert set(Resident.objects.search("601222333")) == {person, son}
    assert set(Resident.objects.search("2333")) == {person, son}


# -- household and representation -----------------------------------------------------------------
def test_case_64_a_household_changes_and_says_who_lived_there_on_a_day(person, ola):
    husband, child = make_resident("Jan", "Wilga"), make_resident("Zosia", "Wilga")
    home = do(join_household, person, ola, other=husband, role="żona", other_role="mąż", valid_from=date(2010, 5, 1))
    assert do(join_household, person, ola, other=child, other_role="córka", valid_from=date(2019, 2, 28)) == home
    ended = home.members.get(resident=husband)
    do(end_fact, husband, ola, fact=ended, ended_on=date(2026, 6, 30), reason="rozwód")
    here = {
        day: set(home.members.in_force(day).values_list("resident", flat=True)) for day in (date(2015, 1, 1), TODAY)
    }
    assert here == {date(2015, 1, 1): {person.pk, husband.pk}, TODAY: {person.pk, child.pk}}
    flatmate = make_resident("Ewa", "Kos")
    do(join_household, husband, ola, other=flatmate, valid_from=date(2026, 7, 1))
    with pytest.raises(ValidationError, match="innych gospodarstw"):
        do(join_household, child, ola, other=husband, valid_from=TODAY)
    assert HouseholdMember.objects.standing().count() == 4


def test_case_3_a_change_of_guardian_leaves_one_on_every_day(person, ola):
    with pytest.raises(ValidationError, match="sygnatur"):
        do(add_representation, person, ola, basis="guardian", name="Adam Kos", valid_from=date(2020, 1, 1))
    first = do(
        add_representation,
        person,
        ola,
        basis="guardian",
        name="Adam Kos",
        court_sign="III RNs 1/20",
        valid_from=date(2020, 1, 1),
    )
    do(end_fact, person, ola, fact=first, ended_on=date(2026, 10, 31), reason="zmiana opiekuna")
    second = do(
        add_representation,
        person,
        ola,
        basis="guardian",
        name="Ewa Sęk",
        court_sign="III RNs 9/26",
        valid_from=date(2026, 11, 1),
    )
    assert person.representations.in_force(date(2026, 10, 31)).get() == first
    assert person.representations.in_force(date(2026, 11, 1)).get() == second
    curator = Representation(basis="curator")
    assert (second.signs_alone, curator.signs_alone) == (True, False)


def test_case_4_of_two_parents_one_is_limited_and_must_not_learn_the_address(db, ola):
    child, mother = make_resident("Zosia", "Bocian", birth_date=date(2019, 2, 28)), make_resident("Ewa", "Bocian")
    do(add_representation, child, ola, basis="parent", representative=mother, valid_from=date(2019, 2, 28))
    father = do(
        add_representation,
        child,
        ola,
        basis="parent",
        name="Jan Bocian",
        limits="bez decyzji o leczeniu",
        court_sign="III Nsm 4/25",
        gets_letters=False,
        address_is_hidden=True,
        valid_from=date(2019, 2, 28),
    )
    assert [row.who for row in child.representations.in_force(TODAY).filter(gets_letters=True)] == ["Ewa Bocian"]
    told = " ".join(alerts_of(child, on=TODAY, by=personas.person("ola")))
    assert "Nie podawaj adresu: Jan Bocian, rodzic" in told
    assert "bez decyzji o leczeniu" in told
    assert father.valid_to == date(2037, 2, 27)


# -- rights -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["danuta", "iwona", "ewa", "root", "stranger"])
def test_who_does_not_handle_requests_records_nothing(person, name):
    by = personas.person(name)
    for act in (
        lambda: do(change_pesel, person, by, pesel=OTHER_PESEL, reason="x"),
        lambda: do(add_document, person, by, kind="passport", country="UA", number="FE123456"),
        lambda: do(add_address, person, by, kind="lives", address="Rynek 1", valid_from=TODAY),
        lambda: do(add_contact, person, by, kind="phone", value="601 222 333"),
        lambda: record_resident(first_name="A", last_name="B", by=by, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert not Identifier.objects.exists()
    assert not ResidentAddress.objects.exists()
    assert not AuditEvent.objects.exists()
