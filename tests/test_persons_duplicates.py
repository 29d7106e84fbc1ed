"""Two records of one person: seen in time, joined by people, taken apart exactly."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from coordination.models import ReportSnapshot
from coordination.reports import Period, make_monthly_report
from cus_portal.audit.models import AuditEvent
from residents.actions import declare_conflict, identify_person, restrict_file
from residents.actions.duplicates import join_filing, merge_residents, relations, unmerge_residents
from residents.actions.people import add_contact, add_representation, change_pesel, join_household
from residents.matching import ALIKE, matches_of, same_filings
from residents.models import Case, Merge, Resident, ServiceRequest
from residents.tracking import public_steps
from tests import personas
from tests.desk import PESEL, move, page, words
from tests.factories import NOW, PERSON, TODAY, at, make_case, make_locality, make_request, make_resident, make_service

ADD = reverse("admin:residents_resident_add")
OTHER_PESEL = "44051412315"
BORN = date(1948, 11, 12)


def alike(person):
    return [match.resident for match in matches_of(person, among=Resident.objects.all())]


def everything():
    """Return all rows of residents and of what points to them, as plain values."""
    tables = [Resident, *(relation.related_model for relation in relations())]
    assert {table.__name__ for table in tables} >= {"ServiceRequest", "Case", "HouseholdMember", "Representation"}
    return {table.__name__: list(table._base_manager.order_by("pk").values()) for table in tables}


# -- who is alike -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({"first_name": "Anna", "last_name": "Lucka"}, True),
        ({"first_name": "ŁUCKA", "last_name": "ANNA"}, True),
        ({"first_name": "mgr Anna", "last_name": "Łucka", "birth_date": BORN}, True),
        ({"first_name": "Ana", "last_name": "Łucka", "birth_date": BORN}, True),
        ({"first_name": "Anna", "last_name": "Łucka", "birth_date": date(1950, 1, 1)}, False),
        ({"first_name": "Maria", "last_name": "Łucka", "birth_date": BORN, "phone": "600 100 200"}, False),
        ({"first_name": "Piotr", "last_name": "Kos", "pesel": PESEL}, True),
        ({"first_name": "Anna", "last_name": "Łucka", "pesel": OTHER_PESEL, "birth_date": BORN}, False),
    ],
)
def test_case_13_who_is_alike_is_scored_by_name_number_and_birth(db, known, found):
    record = make_resident(**known)
    asked = Resident(first_name="Anna", last_name="Łucka", birth_date=BORN, phone="600100200", pesel_index="")
    asked.pesel_index = make_resident("X", "Y").pesel_index
    if known.get("pesel"):
        asked.pesel_index = record.pesel_index if known["pesel"] == PESEL else "another"
    assert alike(asked) == ([record] if found else [])


def test_case_13_twins_are_two_people(db):
    home = {"address": "Leśna 1", "locality": make_locality(), "phone": "600 100 200", "birth_date": date(2019, 2, 28)}
    zosia, hania = make_resident("Zosia", "Bocian", **home), make_resident("Hania", "Bocian", **home)
    assert alike(zosia) == alike(hania) == []


def test_case_13_father_and_son_of_one_name_are_two_people(db):
    father = make_resident("Jan", "Wilga", birth_date=date(1950, 1, 1), phone="600 100 200")
    son = make_resident("Jan", "Wilga", birth_date=date(1980, 1, 1), phone="600 100 200")
    assert alike(father) == alike(son) == []


def test_what_speaks_for_a_match_is_told_and_the_likeliest_stands_first(db):
    home = {"address": "Leśna 1", "locality": make_locality(), "phone": "600 100 200"}
    person = make_resident("Anna", "Łucka", birth_date=BORN, **home)
    named, same = make_resident("Anna", "Łucka"), make_resident("Anna", "Lucka", birth_date=BORN, **home)
    found = matches_of(person, among=Resident.objects.all())
    assert [match.resident for match in found] == [same, named]
    assert [str(reason) for reason in found[0].reasons] == [
        "to samo imię i nazwisko",
        "ta sama data urodzenia",
        "ten sam telefon",
        "ten sam adres",
    ]
    assert found[0].score > found[1].score >= ALIKE


def test_a_former_pesel_tells_that_it_is_the_same_person(db, ola):
    person = make_resident("Krystian", "Kos", pesel=PESEL)
    change_pesel(person, pesel=OTHER_PESEL, reason="sprostowanie", by=ola, now=NOW)
    party = make_request(applicant={"first_name": "Krystyna", "last_name": "Wilga", "pesel": PESEL}).parties.get()
    assert alike(party) == [person]


def test_the_desk_sees_who_is_alike_before_a_person_is_put_on_record_twice(sign_in, db, ola):
    known = make_resident("Anna", "Łucka", birth_date=BORN)
    client = sign_in(ola)
    typed = {"last_name": "Lucka", "first_name": "Anna", "birth_date": "12.11.1948"}
    shown = client.post(ADD, typed)
    assert "Anna Łucka" in words(shown)
    assert page(known) in shown.content.decode()
    assert Resident.objects.count() == 1
    made = client.post(ADD, typed | {"is_another": "1"})
    assert made.status_code == 302
    assert Resident.objects.count() == 2
    assert "Być może to ta sama osoba" in words(client.get(made.url))


def test_nothing_is_ever_joined_by_itself(db, ola):
    make_resident("Krystyna", "Wilga", birth_date=BORN)
    request = make_request(applicant=PERSON | {"birth_date": BORN})
    identify_person(request, resident=None, by=ola, now=NOW)
    assert Resident.objects.filter(merged_into=None).count() == 2
    assert not Merge.objects.exists()


# -- joined and taken apart ---------------------------------------------------------------------------
@pytest.fixture
def two(db, ola, tomek):
    """Two records of one person, each with a request, a case, a contact, a household and a carer."""
    kept = make_resident("Anna", "Łucka", birth_date=BORN)
    absorbed = make_resident("Anna", "Lucka", pesel=PESEL, phone="600 100 200", address="Leśna 1")
    for person in (kept, absorbed):
        make_case(coordinator=tomek, resident=person, request=make_request(applicant=PERSON))
        add_contact(person, kind="email", value=f"a{person.pk}@demo.example", is_main=False, by=ola, now=NOW)
        join_household(person, other=make_resident("Ewa", f"Kos{person.pk}"), valid_from=TODAY, by=ola, now=NOW)
        add_representation(person, basis="carer", name=f"Jan {person.pk}", valid_from=TODAY, by=ola, now=NOW)
    return kept, absorbed


def join(two, by, reason="ten sam dowód"):
    return merge_residents(two[0], absorbed=two[1], reason=reason, by=by, now=NOW)


def test_a_merge_links_all_to_the_record_that_stays_and_both_numbers_lead_there(sign_in, two, ola):
    kept, absorbed = two
    join(two, ola)
    kept.refresh_from_db()
    assert ServiceRequest.objects.filter(resident=kept).count() == Case.objects.filter(resident=kept).count() == 2
    assert kept.contacts.count() == kept.memberships.count() == kept.representations.count() == 2
    assert (kept.pesel, kept.phone, kept.address, kept.birth_date) == (PESEL, "600 100 200", "Leśna 1", BORN)
    assert {event.pgh_obj_id for event in absorbed.events.all()} == {absorbed.pk}
    client = sign_in(ola)
    led = client.get(page(absorbed))
    assert (led.status_code, led.url) == (302, page(kept))
    assert set(Resident.objects.search(PESEL)) == {kept, absorbed}
    assert alike(kept) == []
    events = AuditEvent.objects.filter(action="resident.merge")
    assert {event.object_id for event in events} == {kept.pk, absorbed.pk}
    assert {event.reason for event in events} == {"ten sam dowód"}


def test_what_is_written_down_of_a_merge_tells_nothing_of_the_person(two, ola):
    merge = join(two, ola)
    kept = f"{merge.moved} {merge.filled}"
    for secret in (PESEL, "600", "Leśna", "Łucka"):
        assert secret not in kept


def test_case_14_a_wrong_merge_is_taken_apart_exactly(two, ola):
    before = everything()
    merge = join(two, ola)
    assert everything() != before
    freed = unmerge_residents(two[0], merge=merge, reason="dwie siostry", by=ola, now=NOW)
    assert freed == two[1]
    assert everything() == before
    with pytest.raises(ValidationError):
        unmerge_residents(two[0], merge=Merge.objects.get(), reason="x", by=ola, now=NOW)
    assert AuditEvent.objects.filter(action="resident.unmerge").count() == 2


def test_what_came_after_the_merge_stays_where_it_came(two, ola):
    merge = join(two, ola)
    later = make_request(applicant=PERSON)
    identify_person(later, resident=Resident.objects.get(pk=two[1].pk), by=ola, now=NOW)
    assert later.resident == two[0]
    change_pesel(Resident.objects.get(pk=two[0].pk), pesel=OTHER_PESEL, reason="nowy", by=ola, now=NOW)
    unmerge_residents(two[0], merge=merge, reason="dwie siostry", by=ola, now=NOW)
    later.refresh_from_db()
    kept = Resident.objects.get(pk=two[0].pk)
    assert (later.resident, kept.pesel) == (two[0], OTHER_PESEL)


def test_merges_are_undone_in_the_order_of_their_making_only(two, ola):
    first = join(two, ola)
    third = make_resident("Anna", "Łucka")
    second = merge_residents(third, absorbed=Resident.objects.get(pk=two[0].pk), reason="ta sama", by=ola, now=NOW)
    with pytest.raises(ValidationError):
        unmerge_residents(two[0], merge=first, reason="x", by=ola, now=NOW)
    unmerge_residents(third, merge=second, reason="x", by=ola, now=NOW)
    unmerge_residents(two[0], merge=Merge.objects.get(pk=first.pk), reason="x", by=ola, now=NOW)
    assert not Resident.objects.exclude(merged_into=None).exists()


def test_who_lives_with_or_speaks_for_the_other_is_not_the_same_person(db, ola):
    mother, child = make_resident("Anna", "Kos"), make_resident("Anna", "Kos")
    join_household(mother, other=child, valid_from=TODAY, by=ola, now=NOW)
    with pytest.raises(ValidationError):
        join((mother, child), ola)
    aunt = make_resident("Anna", "Kos")
    add_representation(child, basis="parent", representative=aunt, valid_from=TODAY, by=ola, now=NOW)
    with pytest.raises(ValidationError):
        join((aunt, child), ola)
    with pytest.raises(ValidationError):
        join((aunt, aunt), ola)
    with pytest.raises(ValidationError):
        join((aunt, mother), ola, reason=" ")
    assert not Merge.objects.exists()


@pytest.mark.parametrize("name", ["danuta", "iwona", "ewa", "root"])
def test_who_does_not_handle_requests_joins_nobody(two, name):
    with pytest.raises(PermissionDenied):
        join(two, personas.person(name))
    assert not Merge.objects.exists()
    assert ServiceRequest.objects.filter(resident=two[1]).count() == 1


def test_a_frozen_report_stays_as_it_is(two, ola, danuta):
    snapshot = make_monthly_report(Period.of(TODAY), by=danuta, now=NOW)
    before = ReportSnapshot.objects.filter(pk=snapshot.pk).values().get()
    join(two, ola)
    assert ReportSnapshot.objects.filter(pk=snapshot.pk).values().get() == before


def test_the_desk_joins_and_takes_apart_by_its_buttons(sign_in, two, ola):
    kept, absorbed = two
    client = sign_in(ola)
    form = client.get(move(kept, "merge"))
    assert f"karta nr {absorbed.pk}" in words(form)
    done = client.post(move(kept, "merge"), {"absorbed": str(absorbed.pk), "reason": "ten sam dowód"})
    assert (done.status_code, done.url) == (302, page(kept))
    assert Resident.objects.get(pk=absorbed.pk).merged_into == kept
    merge = Merge.objects.get()
    done = client.post(move(kept, "unmerge"), {"merge": str(merge.pk), "reason": "siostry"})
    assert (done.status_code, done.url) == (302, page(absorbed))
    by_number = {"absorbed": "other", "other": str(absorbed.pk), "reason": "ten sam dowód"}
    assert client.post(move(kept, "merge"), by_number).status_code == 302
    assert Merge.objects.filter(undone_at=None).count() == 1


# -- restricted files and conflicts -----------------------------------------------------------------
def test_a_restricted_record_is_joined_to_no_open_one_and_shown_to_nobody_else_as_alike(two, ola, kasia):
    kept, absorbed = two
    restrict_file(absorbed, kind="violence", reason="x", by=ola, now=NOW)
    with pytest.raises(ValidationError):
        join(two, ola)
    with pytest.raises(PermissionDenied):
        join(two, kasia)
    assert not Merge.objects.exists()
    assert matches_of(kept, among=Resident.objects.visible_to(kasia)) == []


def test_who_knows_one_of_the_two_knows_the_record_that_stays(two, ola, kasia):
    declare_conflict(two[1], relation="family", by=kasia, now=NOW)
    merge = join(two, ola)
    assert not Resident.objects.visible_to(kasia).filter(pk=two[0].pk).exists()
    unmerge_residents(two[0], merge=merge, reason="x", by=ola, now=NOW)
    kasia = type(kasia).objects.get(pk=kasia.pk)
    assert Resident.objects.visible_to(kasia).filter(pk=two[0].pk).exists()
    assert not Resident.objects.visible_to(kasia).filter(pk=two[1].pk).exists()


# -- one request by two ways ------------------------------------------------------------------------
def test_case_47_one_request_by_two_ways_is_seen_and_goes_on_once_by_the_earlier_clock(sign_in, db, ola):
    service = make_service()
    today = timezone.localdate()
    anna = PERSON | {"birth_date": BORN}
    online = make_request(needs=[(service, "")], applicant=anna, on=today)
    paper = make_request(
        needs=[(service, "")], applicant=anna | {"phone": ""}, on=today - timedelta(days=6), channel="paper", by=ola
    )
    other_need = make_request(needs=[(make_service("Obiady"), "")], applicant=anna, on=today)
    other_person = make_request(needs=[(service, "")], applicant=anna | {"birth_date": date(1950, 1, 1)}, on=today)
    everyones = ServiceRequest.objects.all()
    assert same_filings(paper, among=everyones) == [online]
    assert same_filings(other_need, among=everyones) == []
    assert same_filings(other_person, among=everyones) == [online]  # the phone is the same: people decide
    ServiceRequest.objects.filter(pk=other_person.pk).update(received_on=today - timedelta(days=100))
    client = sign_in(ola)
    assert online.reference in words(client.get(page(paper)))
    done = client.post(move(paper, "join_filing"), {"version": paper.version, "other": online.pk})
    assert done.status_code == 302
    paper.refresh_from_db()
    due = online.due_on
    online.refresh_from_db()
    assert paper.status == ServiceRequest.Status.WITHDRAWN
    assert (online.status, online.received_on) == (ServiceRequest.Status.SUBMITTED, today - timedelta(days=6))
    assert online.due_on == paper.due_on < due
    assert paper.reference in words(client.get(page(online)))
    assert f"prowadzimy je dalej jako {online.reference}" in public_steps(paper, today).heading


@pytest.mark.parametrize(
    "facts", [{"applicant": PERSON | {"first_name": "Jan"}}, {"safe_contact": True}, {"applicant": {"phone": "1"}}]
)
def test_case_47_nobody_learns_from_his_own_page_what_another_has_filed(db, ola, facts):
    mine, theirs = make_request(applicant=PERSON), make_request(**{"applicant": PERSON} | facts)
    join_filing(mine, other=theirs, by=ola, now=NOW)
    shown = public_steps(mine, TODAY)
    assert theirs.reference not in f"{shown.heading} {shown.lead}"
    assert shown.heading == "To zgłoszenie jest zamknięte"


def test_case_47_the_term_of_the_plan_runs_from_the_earlier_filing_too(db, ola):
    case, other = make_case(), make_case(resident=make_resident("Jan"))
    for opened, days in ((case, 6), (other, 0)):
        paper = make_request(on=TODAY - timedelta(days=days), channel="paper", by=ola)
        join_filing(paper, other=opened.requests.get(), by=ola, now=NOW)
        opened.refresh_from_db()
    assert (case.plan_due_on, case.plan_due_moved_on) == (date(2026, 12, 6), date(2026, 12, 7))
    assert other.plan_due_on == date(2026, 12, 12)


def test_case_46_a_back_dated_paper_runs_from_the_day_it_came_and_tells_the_day_it_was_entered(db, ola):
    entered = at(date(2027, 1, 4))
    paper = make_request(channel="paper", on=date(2026, 12, 28), now=entered, by=ola)
    assert paper.received_on == date(2026, 12, 28)
    assert paper.due_on == make_request(on=date(2026, 12, 28), now=at(date(2026, 12, 28))).due_on
    assert paper.reference.startswith("CUS-2027-")
    assert (paper.filed_by, AuditEvent.objects.get(action="servicerequest.submit", object_id=paper.pk).actor) == (
        ola,
        ola,
    )
