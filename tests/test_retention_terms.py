"""How long each kind of record is kept: by the rule of the day on which it ended, in full years, from 1 January."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from coordination.models import DestructionLine, RecordKind, RetentionHold, RetentionRule
from coordination.terms import due_records, living_of, records_of, rule_of
from residents.models import Case, RequestItem, Resident, ServiceRequest
from tests.coordination_world import make_case
from tests.factories import NOW, TODAY, make_request, make_resident
from tests.retention_world import closed_case, make_hold, make_list, make_rule

SOON = date(2040, 1, 1)


def due(on, limit=100):
    return [(record.kind, record.number) for record in due_records(on, limit=limit)]


@pytest.mark.parametrize(
    ("closed", "years", "last"),
    [
        (date(2026, 1, 1), 5, date(2031, 12, 31)),
        (date(2026, 12, 31), 5, date(2031, 12, 31)),
        (date(2024, 2, 29), 10, date(2034, 12, 31)),
        (date(2026, 5, 5), 0, date(2026, 12, 31)),
    ],
)
def test_years_are_full_and_run_from_1_january_after_the_end(closed, years, last):
    assert RetentionRule(category="B", years=years).kept_until(closed) == last


def test_category_a_is_kept_for_ever(tomek):
    make_rule(category="A", years=None)
    closed_case(tomek)
    assert due(date(2140, 1, 1)) == []


def test_a_case_comes_on_the_list_on_the_first_day_after_its_term(tomek):
    make_rule(years=5)
    case = closed_case(tomek, date(2026, 3, 14))
    assert due(date(2031, 12, 31)) == []
    assert due(date(2032, 1, 1)) == [("case", case.case_sign)]


def test_an_open_case_and_one_with_an_open_request_have_not_ended(tomek):
    make_rule()
    make_case(tomek)
    closed_case(tomek).requests.update(status="in_review")
    assert due(SOON) == []


def test_without_a_rule_nothing_is_ever_taken_out(tomek):
    closed_case(tomek)
    assert due(date(2140, 1, 1)) == []


def test_the_rule_of_the_class_goes_before_the_general_one(tomek):
    make_rule(years=5)
    longer = make_rule(years=10, filing_class="4012")
    own, other = closed_case(tomek), closed_case(tomek)
    Case.objects.filter(pk=own.pk).update(case_sign="CUS.4012.1.2026")
    assert due(date(2032, 1, 1)) == [("case", other.case_sign)]
    assert due(date(2037, 1, 1)) == [("case", other.case_sign), ("case", "CUS.4012.1.2026")]
    assert rule_of("case", TODAY, number="CUS.4012.1.2026") == longer


def test_a_rule_changed_later_does_not_shorten_what_ended_before(tomek):
    make_rule(years=10, valid_to=date(2026, 6, 30))
    make_rule(years=2, valid_from=date(2026, 7, 1))
    closed_case(tomek, date(2026, 6, 30))
    later = closed_case(tomek, date(2026, 7, 1))
    assert due(date(2029, 1, 1)) == [("case", later.case_sign)]


def test_two_rules_for_the_same_are_not_in_force_on_one_day(db):
    make_rule(valid_to=date(2026, 6, 30))
    with pytest.raises(ValidationError, match="inny termin"):
        RetentionRule(kind="case", category="B", years=1, legal_source="x", valid_from=date(2026, 6, 30)).full_clean()
    RetentionRule(kind="case", category="B", years=1, legal_source="x", valid_from=date(2026, 7, 1)).full_clean()


@pytest.mark.parametrize(
    "facts",
    [
        {"category": "A", "years": 5},
        {"category": "B", "years": None},
        {"category": "BE", "needs_consent": False},
        {"kind": "log", "years": 1},
        {"kind": "request", "filing_class": "4010"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_the_database(db, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_rule(**facts)


def test_a_request_without_a_case_ends_with_its_last_answer(db):
    make_rule("request", years=1)
    request = make_request()
    assert due(SOON) == []
    RequestItem.objects.update(status="informed", decided_at=NOW)
    ServiceRequest.objects.update(status="settled")
    assert due(date(2027, 12, 31)) == []
    assert due(date(2028, 1, 1)) == [("request", request.reference)]


def test_a_need_that_waits_for_a_place_keeps_its_request(db):
    make_rule("request", years=1)
    make_request()
    RequestItem.objects.update(status="waitlisted", decided_at=NOW)
    ServiceRequest.objects.update(status="settled")
    assert due(SOON) == []


def test_people_go_with_the_last_record_about_them(tomek):
    make_rule("case", years=5)
    make_rule("person", years=1)
    case = closed_case(tomek)
    assert due(SOON) == [("case", case.case_sign), ("person", str(case.resident_id))]


def test_a_person_with_another_living_case_stays(tomek):
    make_rule("case", years=5)
    make_rule("person", years=1)
    case, living = closed_case(tomek), make_case(tomek)
    Case.objects.filter(pk=living.pk).update(resident=case.resident_id)
    assert due(SOON)[:1] == [("case", case.case_sign)]
    assert ("person", str(case.resident_id)) not in due(SOON)
    assert living_of(case.resident) == [living.case_sign]


def test_who_speaks_for_another_stays(tomek):
    make_rule("person", years=1)
    mother, child = make_resident("Ewa"), make_resident("Jaś")
    child.representations.create(representative=mother, basis="parent")
    assert due(SOON) == [("person", str(child.pk))]


def test_a_person_on_record_with_nothing_else_goes_after_the_term(db):
    make_rule("person", years=1)
    person = make_resident()
    Resident.objects.filter(pk=person.pk).update(created_at=NOW)
    assert due(date(2027, 12, 31)) == []
    assert due(date(2028, 1, 1)) == [("person", str(person.pk))]


@pytest.mark.parametrize("kind", ["case", "person"])
def test_what_is_held_is_on_no_list(tomek, kind):
    make_rule()
    case = closed_case(tomek)
    held = case.pk if kind == "case" else case.resident_id
    hold = make_hold(case, kind=kind, object_id=held)
    assert due(SOON) == []
    RetentionHold.objects.filter(pk=hold.pk).update(lifted_at=NOW, lifted_by=tomek)
    assert len(due(SOON)) == 1


def test_what_is_on_a_list_or_was_taken_off_for_a_time_is_on_no_other(tomek):
    rule = make_rule()
    case = closed_case(tomek)
    of = make_list()
    line = DestructionLine.objects.create(
        destruction_list=of,
        kind="case",
        object_id=case.pk,
        number=case.case_sign,
        ended_on=TODAY,
        kept_until=TODAY,
        rule=rule,
    )
    assert due(SOON) == []
    line.taken_off_at, line.taken_off_by, line.taken_off_reason = NOW, tomek, "kontrola"
    line.not_before = SOON + timedelta(days=1)
    line.save()
    assert due(SOON) == []
    assert due(SOON + timedelta(days=1)) == [("case", case.case_sign)]


def test_the_terms_of_one_person_are_known(tomek):
    make_rule(years=5)
    case = closed_case(tomek)
    assert [(record.number, record.kept_until) for record in records_of(case.resident)] == [
        (case.case_sign, date(2031, 12, 31))
    ]


def test_the_file_of_the_centre_is_loaded_once_and_what_the_office_changed_stays(db):
    call_command("load_terms", verbosity=0)
    assert set(RetentionRule.objects.values_list("kind", flat=True)) == set(RecordKind), "a kind would never go"
    RetentionRule.objects.filter(kind="case").update(years=25)
    call_command("load_terms", verbosity=0)
    assert RetentionRule.objects.count() == len(RecordKind)
    assert RetentionRule.objects.get(kind="case").years == 25
