"""From a request to a case: who the person is, the case sign, the thirty days, the coordinator."""

import threading
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import assign_case, close_case, identify_person, open_case, qualify_item
from residents.matching import matches_of
from residents.models import Case, Resident, ServiceRequest
from tests import personas
from tests.factories import NOW, PERSON, at, make_case, make_request, make_resident

PESEL = "48111200009"  # born 12 November 1948, invented


@pytest.fixture
def request_(db):
    return make_request()


@pytest.fixture
def ready(request_, tomek):
    """A request with a known person and a qualified need."""
    identify_person(request_, resident=None, by=tomek, now=NOW)
    qualify_item(request_.items.get(), by=tomek, now=NOW)
    request_.refresh_from_db()
    return request_


# -- who the person is ---------------------------------------------------------------------------
def test_the_clerk_records_a_new_person_from_the_request(request_, ola):
    identify_person(request_, resident=None, by=ola, now=NOW)
    request_.refresh_from_db()
    assert (request_.resident.get_full_name(), request_.resident.phone) == ("Krystyna Wilga", "600 100 200")


def test_the_person_is_the_one_who_needs_help_not_the_one_who_files(db, ola):
    request = make_request(person={"first_name": "Zosia", "last_name": "Wilga"})
    identify_person(request, resident=None, by=ola, now=NOW)
    assert request.resident.first_name == "Zosia"


def test_a_known_person_is_linked_and_never_changed(request_, ola):
    known = make_resident("Krystyna", "Wilga-Nowak", phone="81 000 00 00")
    identify_person(request_, resident=known, by=ola, now=NOW)
    known.refresh_from_db()
    assert (request_.resident, known.last_name, known.phone) == (known, "Wilga-Nowak", "81 000 00 00")
    assert Resident.objects.count() == 1


def test_a_request_without_a_name_makes_nobody(db, ola):
    request = make_request(applicant={"phone": "600 100 200"})
    with pytest.raises(ValidationError):
        identify_person(request, resident=None, by=ola, now=NOW)
    assert not Resident.objects.exists()


def test_one_pesel_is_one_person(db, ola):
    make_resident(pesel=PESEL)
    request = make_request(applicant=PERSON | {"pesel": PESEL})
    with pytest.raises(ValidationError, match="PESEL"):
        identify_person(request, resident=None, by=ola, now=NOW)
    assert Resident.objects.count() == 1


def test_after_a_case_is_opened_the_person_stays(db, tomek):
    request = make_case().requests.get()
    with pytest.raises(ValidationError):
        identify_person(request, resident=make_resident("Inna"), by=tomek, now=NOW)
    request.refresh_from_db()
    assert request.resident.first_name == "Krystyna"


@pytest.mark.parametrize("name", ["danuta", "iwona", "ewa", "renata", "root", "stranger"])
def test_who_does_not_handle_requests_identifies_nobody(request_, name):
    with pytest.raises(PermissionDenied):
        identify_person(request_, resident=None, by=personas.person(name), now=NOW)
    assert not Resident.objects.exists()


@pytest.mark.parametrize(
    ("known", "asked", "found"),
    [
        ({"pesel": PESEL, "last_name": "Inna"}, {"pesel": PESEL}, True),
        ({"birth_date": date(1948, 11, 12)}, {"birth_date": date(1948, 11, 12)}, True),
        ({"birth_date": date(1948, 11, 12)}, {"birth_date": date(1950, 1, 1)}, False),
        ({"birth_date": None}, {"birth_date": date(1950, 1, 1)}, True),
        ({"birth_date": date(1948, 11, 12)}, {}, True),
        ({"first_name": "KRYSTYNA", "last_name": "wilgą"}, {}, True),
        ({"first_name": "Kryst"}, {}, False),
    ],
)
def test_who_it_may_be_is_found_by_pesel_or_by_name_and_date_of_birth(db, known, asked, found):
    make_resident(**({"first_name": "Krystyna", "last_name": "Wilga"} | known))
    party = make_request(applicant=PERSON | asked).parties.get()
    assert bool(matches_of(party, among=Resident.objects.all())) is found


def test_a_request_without_a_name_resembles_nobody(db):
    make_resident("", "")
    party = make_request(applicant={"phone": "600 100 200"}).parties.get()
    assert matches_of(party, among=Resident.objects.all()) == []


# -- opening -------------------------------------------------------------------------------------
def test_a_case_gets_its_sign_its_person_and_its_coordinator(ready, tomek):
    case = open_case(ready, coordinator=tomek, by=tomek, now=NOW)
    assert (case.case_sign, case.resident, case.coordinator) == ("CUS.4010.1.2026", ready.resident, tomek)
    assert (case.status, case.opened_on) == (Case.Status.OPEN, date(2026, 11, 12))
    ready.refresh_from_db()
    assert ready.case == case


@pytest.mark.parametrize(
    ("received", "raw", "moved"),
    [
        (date(2026, 11, 24), date(2026, 12, 24), date(2026, 12, 28)),
        (date(2026, 11, 25), date(2026, 12, 25), date(2026, 12, 28)),
        (date(2026, 12, 2), date(2027, 1, 1), date(2027, 1, 4)),
        (date(2027, 2, 25), date(2027, 3, 27), date(2027, 3, 30)),
    ],
)
def test_the_plan_is_due_thirty_days_after_the_request_on_both_days(db, received, raw, moved):
    case = make_case(now=at(received))
    assert (case.plan_due_on, case.plan_due_moved_on) == (raw, moved)


def test_the_thirty_days_run_from_the_request_not_from_the_case(db, tomek):
    request = make_request(on=date(2026, 11, 1))
    case = make_case(request=request, now=at(date(2026, 11, 20)))
    assert case.plan_due_on == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("now", "sign"),
    [
        (at(date(2026, 12, 31), 23, 59), "CUS.4010.1.2026"),
        (at(date(2027, 1, 1), 0, 1), "CUS.4010.1.2027"),  # 23:01 of the old year in UTC
    ],
)
def test_the_year_of_a_case_sign_turns_at_midnight_in_warsaw(db, now, sign):
    assert make_case(now=now).case_sign == sign


def test_no_case_without_a_known_person(request_, tomek):
    qualify_item(request_.items.get(), by=tomek, now=NOW)
    request_.refresh_from_db()
    with pytest.raises(ValidationError):
        open_case(request_, coordinator=tomek, by=tomek, now=NOW)
    assert not Case.objects.exists()


def test_no_case_without_a_qualified_need(request_, tomek):
    identify_person(request_, resident=None, by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        open_case(request_, coordinator=tomek, by=tomek, now=NOW)
    assert not Case.objects.exists()


def test_no_case_for_somebody_who_is_no_coordinator(ready, tomek, ola, ewa):
    for person in (ola, ewa):
        with pytest.raises(ValidationError):
            open_case(ready, coordinator=person, by=tomek, now=NOW)
    assert not Case.objects.exists()


@pytest.mark.parametrize("name", ["ola", "danuta", "ewa", "root", "stranger"])
def test_only_coordinators_open_cases(ready, tomek, name):
    with pytest.raises(PermissionDenied):
        open_case(ready, coordinator=tomek, by=personas.person(name), now=NOW)
    assert not Case.objects.exists()


def test_a_request_has_one_case(ready, tomek):
    open_case(ready, coordinator=tomek, by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        open_case(ready, coordinator=tomek, by=tomek, now=NOW)
    assert Case.objects.count() == 1


def test_a_second_request_joins_the_open_case_of_the_same_person_and_coordinator(ready, tomek, kasia):
    case = open_case(ready, coordinator=tomek, by=tomek, now=NOW)
    second = make_request()
    identify_person(second, resident=ready.resident, by=tomek, now=NOW)
    qualify_item(second.items.get(), by=tomek, now=NOW)
    second.refresh_from_db()
    with pytest.raises(ValidationError):
        open_case(second, coordinator=kasia, join=case, by=kasia, now=NOW)
    assert open_case(second, coordinator=tomek, join=case, by=tomek, now=NOW) == case
    assert set(case.requests.all()) == {ready, second}
    assert Case.objects.count() == 1


def test_a_request_never_joins_the_case_of_another_person(ready, tomek):
    foreign = make_case(coordinator=tomek, resident=make_resident("Inna"))
    with pytest.raises(ValidationError):
        open_case(ready, coordinator=tomek, join=foreign, by=tomek, now=NOW)
    ready.refresh_from_db()
    assert ready.case is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_case_signs_have_no_gap_when_many_open_at_once():
    tomek = personas.person("tomek")
    ready = []
    for _ in range(4):
        request = make_request()
        identify_person(request, resident=None, by=tomek, now=NOW)
        qualify_item(request.items.get(), by=tomek, now=NOW)
        ready.append(request.pk)
    start, lost = threading.Barrier(8), []

    def open_one(pk):
        try:
            by = type(tomek).objects.get(pk=tomek.pk)
            request = ServiceRequest.objects.get(pk=pk)
            start.wait(10)
            open_case(request, coordinator=by, by=by, now=NOW)
        except TransitionNotAllowed:
            lost.append(pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=open_one, args=[pk]) for pk in ready * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    signs = Case.objects.values_list("case_sign", flat=True)
    assert sorted(signs) == [f"CUS.4010.{n}.2026" for n in range(1, 5)]
    assert sorted(lost) == sorted(ready)
    assert make_case().case_sign == "CUS.4010.5.2026"


# -- handing over and closing --------------------------------------------------------------------
def test_the_director_hands_a_case_over(db, danuta, kasia):
    case = make_case()
    assign_case(case, coordinator=kasia, by=danuta, now=NOW)
    case.refresh_from_db()
    assert case.coordinator == kasia
    assert AuditEvent.objects.filter(action="case.assign").count() == 1


def test_a_coordinator_hands_over_his_own_cases_only(db, tomek, kasia):
    case = make_case(coordinator=tomek)
    with pytest.raises(PermissionDenied):
        assign_case(case, coordinator=kasia, by=kasia, now=NOW)
    case.refresh_from_db()
    assert case.coordinator == tomek
    assign_case(case, coordinator=kasia, by=tomek, now=NOW)
    assert Case.objects.get(pk=case.pk).coordinator == kasia
    assert Message.objects.get(template="case_handed_over").recipient_id == kasia.pk


def test_a_case_is_closed_by_its_coordinator_with_reason_and_summary(db, tomek, kasia):
    case = make_case(coordinator=tomek)
    with pytest.raises(PermissionDenied):
        close_case(case, reason="goal_reached", summary="Cel osiągnięty.", by=kasia, now=NOW)
    for wrong in ({"reason": "", "summary": "x"}, {"reason": "moved", "summary": " "}):
        with pytest.raises(ValidationError):
            close_case(case, **wrong, by=tomek, now=NOW)
    close_case(case, reason="goal_reached", summary="Cel osiągnięty.", by=tomek, now=NOW)
    case.refresh_from_db()
    assert (case.status, case.closed_on, case.close_reason) == ("closed", date(2026, 11, 12), "goal_reached")


def test_a_closed_case_is_not_closed_again(db, tomek):
    case = make_case(coordinator=tomek)
    close_case(case, reason="moved", summary="Wyjazd.", by=tomek, now=NOW)
    with pytest.raises(TransitionNotAllowed, match="Tomek Lis"):
        close_case(case, reason="moved", summary="Wyjazd.", by=tomek, now=NOW)
