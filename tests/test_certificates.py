"""A disability certificate that ends while help rests on it: warned of, waited for, never cut off on the day."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError

from coordination.actions.delivery import end_service
from coordination.actions.plans import end_plan_early
from coordination.copies import copy_of
from coordination.reminders import REMINDERS, due_reminders
from residents.actions.people import add_certificate, apply_for_certificate, end_fact
from residents.alerts import alerts_of
from residents.certificates import ending_of
from residents.models import DisabilityCertificate
from tests.coordination_world import make_plan
from tests.delivery_world import make_provision
from tests.desk import move, page, words
from tests.factories import NOW, TODAY, at, make_resident

LAST = date(2027, 3, 4)
DAY = timedelta(days=1)
OF_CERTIFICATES = [one for one in REMINDERS if one.name == "certificate_ends"]
WARNED, GRACE = timedelta(days=60), timedelta(days=30)

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(case, ola):
    return add_certificate(case.resident, kind="severe", valid_to=LAST, by=ola, now=NOW)


def told(case, on, by):
    return [line for line in alerts_of(case.resident, on=on, by=by) if "rzeczenie" in line]


def test_case_42_the_page_warns_sixty_days_before_and_says_what_to_do(case, certificate, ola):
    assert told(case, LAST - WARNED - DAY, ola) == []
    [line] = told(case, LAST - WARNED, ola)
    assert "ważne do 04.03.2027" in line
    assert "złożenie nowego wniosku" in line
    [line] = told(case, LAST + DAY, ola)
    assert "pomoc trwa do 03.04.2027" in line
    [line] = told(case, LAST + GRACE + DAY, ola)
    assert "na czym teraz opiera się pomoc" in line


def test_case_42_while_a_new_application_is_pending_help_goes_on_without_a_day(case, certificate, ola):
    apply_for_certificate(case.resident, certificate=certificate, applied_on=TODAY, by=ola, now=NOW)
    for day in (LAST - WARNED, LAST + DAY, LAST + timedelta(days=400)):
        [line] = told(case, day, ola)
        assert "Pomoc trwa do nowej decyzji" in line
    add_certificate(case.resident, kind="moderate", valid_from=LAST + DAY, by=ola, now=NOW)
    assert told(case, LAST + DAY, ola) == [], "one without an end has come in its place"


def test_case_42_the_coordinator_is_reminded_before_and_after_and_less_once_it_is_applied_for(case, certificate, ola):
    def reminded():
        days = (LAST - timedelta(days=count) for count in range(61, -3, -1))
        rows = [(day, row) for day in days for row in due_reminders(day, OF_CERTIFICATES)]
        assert {row.obj for _day, row in rows} == {case}
        assert {row.recipient for _day, row in rows} == {case.coordinator}
        return sorted({row.day for _day, row in rows})

    assert reminded() == [LAST - WARNED, LAST - timedelta(days=14), LAST + DAY]
    apply_for_certificate(case.resident, certificate=certificate, applied_on=TODAY, by=ola, now=NOW)
    assert reminded() == [LAST - WARNED, LAST + DAY]


def test_case_42_a_service_does_not_end_on_the_day_and_not_while_a_new_one_is_awaited(case, certificate, tomek, ola):
    given = make_provision(case=case)
    for last_day in (LAST, LAST + GRACE - DAY):
        with pytest.raises(ValidationError, match="3 kwietnia 2027"):
            end_service(given, reason="certificate", last_day=last_day, by=tomek, now=at(LAST))
    apply_for_certificate(case.resident, certificate=certificate, applied_on=TODAY, by=ola, now=NOW)
    with pytest.raises(ValidationError, match="12 listopada 2026"):
        end_service(given, reason="certificate", last_day=LAST + timedelta(days=400), by=tomek, now=at(LAST))
    given.refresh_from_db()
    assert given.status == "active"
    DisabilityCertificate.objects.update(applied_on=None)
    end_service(given, reason="certificate", last_day=LAST + GRACE, by=tomek, now=at(LAST))
    assert (given.status, given.ends_on) == ("ended", LAST + GRACE)


def test_case_42_nor_does_a_plan(case, certificate, tomek):
    plan = make_plan(case, status="approved")
    with pytest.raises(ValidationError, match="3 kwietnia 2027"):
        end_plan_early(plan, end_reason="certificate", results="x", by=tomek, now=at(LAST + DAY))
    plan.refresh_from_db()
    assert plan.status == "approved"


EXTENSION = {
    "ended_from": LAST - 9 * DAY,
    "ended_to": LAST + 9 * DAY,
    "valid_until": LAST + 180 * DAY,
    "basis": "art. 1 ustawy o przykładach",
}


def test_case_42_a_law_that_extends_certificates_is_a_row_of_the_centres_file(case, certificate, tomek, ola, settings):
    given = make_provision(case=case)
    settings.CENTRE = settings.CENTRE | {"certificate_extensions": [EXTENSION]}
    until = EXTENSION["valid_until"]
    for day in (LAST - WARNED, LAST + DAY, until):
        [line] = told(case, day, ola)
        assert "z mocy prawa obowiązuje do 31.08.2027 (art. 1 ustawy o przykładach)" in line
    [line] = told(case, until + DAY, ola)
    assert "pomoc trwa do 30.09.2027" in line
    with pytest.raises(ValidationError, match="30 września 2027"):
        end_service(given, reason="certificate", last_day=until + GRACE - DAY, by=tomek, now=at(LAST))
    days = [LAST + timedelta(days=number) for number in range(-61, 185)]
    rows = [row for day in days for row in due_reminders(day, OF_CERTIFICATES)]
    assert sorted({row.day for row in rows}) == [LAST - WARNED, until - timedelta(days=14), until + DAY]
    assert ending_of(case.resident_id).holds_until == until
    certificate.valid_to = LAST + 10 * DAY
    certificate.save()
    assert ending_of(case.resident_id).holds_until == LAST + 10 * DAY, "the law names the days of those it extends"


def test_case_42_the_days_of_a_certificate_are_those_in_force_on_its_last_day(case, certificate, ola, settings):
    newer = {"valid_from": LAST, "warned_days": 90, "grace_days": 14}
    settings.CENTRE = settings.CENTRE | {"certificate_terms": [newer, *settings.CENTRE["certificate_terms"]]}
    assert told(case, LAST - timedelta(days=91), ola) == []
    assert told(case, LAST - timedelta(days=90), ola)
    assert ending_of(case.resident_id).may_end_from == LAST + timedelta(days=15)
    certificate.valid_to = LAST - DAY
    certificate.save()
    assert ending_of(case.resident_id).may_end_from == LAST - DAY + GRACE + DAY


def test_case_42_without_a_certificate_on_record_it_is_no_reason(case, tomek):
    given = make_provision(case=case)
    with pytest.raises(ValidationError, match="nie ma orzeczenia"):
        end_service(given, reason="certificate", last_day=TODAY, by=tomek, now=NOW)
    end_service(given, reason="resigned", last_day=TODAY, by=tomek, now=NOW)


def test_of_several_the_last_one_counts(case, ola):
    for last in (date(2026, 1, 1), LAST, None):
        add_certificate(case.resident, kind="light", valid_to=last, by=ola, now=NOW)
    assert ending_of(case.resident_id) is None
    endless = case.resident.certificates.get(valid_to=None)
    end_fact(case.resident, fact=endless, ended_on=TODAY, reason="uchylone", by=ola, now=NOW)
    assert ending_of(case.resident_id).ends_on == LAST


def test_an_application_is_of_this_person_and_not_of_tomorrow(case, certificate, ola):
    with pytest.raises(ValidationError):
        apply_for_certificate(case.resident, certificate=certificate, applied_on=TODAY + DAY, by=ola, now=NOW)
    with pytest.raises(ValidationError):
        apply_for_certificate(make_resident("Jan", "Inny"), certificate=certificate, applied_on=TODAY, by=ola, now=NOW)
    certificate.refresh_from_db()
    assert certificate.applied_on is None


def test_the_desk_records_it_on_the_page_of_the_person(case, certificate, ola, sign_in):
    with time_machine.travel(NOW, tick=False):
        desk = sign_in(ola)
        key = f"disabilitycertificate-{certificate.pk}"
        address = move(case.resident, "apply_for_certificate")
        assert address in desk.get(page(case.resident)).content.decode()
        assert desk.post(address, {"certificate": key, "applied_on": "2.11.2026"}).status_code == 302
        shown = words(desk.get(page(case.resident)))
    assert "znaczny stopień, wniosek o nowe z 02.11.2026" in shown


def test_the_copy_of_the_persons_data_holds_it(case, certificate):
    assert "znaczny stopień" in str(copy_of(case.resident, left_out=[], on=TODAY))
