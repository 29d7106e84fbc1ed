"""Restriction (art. 18), objection (art. 21) and erasure (art. 17): decided by the officer, and with an effect."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coordination.actions.plans import draft_plan
from coordination.actions.retention import sign_list
from coordination.actions.rights import (
    answer_data_request,
    grant_erasure,
    grant_restriction,
    lift_processing_restriction,
    record_data_request,
    refuse_data_request,
    turn_down,
)
from coordination.models import DataRequest, DestructionList
from coordination.retention import draw_up_list
from cus_portal.accounts.permissions import BlockedError
from cus_portal.audit.models import AuditEvent
from residents.actions import people, take_up, withdraw_request
from residents.actions.life import record_death
from residents.actions.restriction import use_restricted
from residents.models import Case, ProcessingRestriction, Resident, ServiceRequest
from tests import personas
from tests.coordination_world import make_case
from tests.desk import words
from tests.factories import NOW, TODAY, at, holder_of
from tests.retention_world import carry_out, closed_case, make_rule


def ask(case, kind):
    return record_data_request(case.resident, kind=kind, received_on=TODAY, by=personas.person("ola"), now=NOW)


@pytest.fixture
def restricted(tomek, iwona):
    case = make_case(tomek)
    grant_restriction(ask(case, "restriction"), ground="accuracy", answer="Ograniczono.", by=iwona, now=NOW)
    return case


def test_the_desk_does_not_decide(tomek, ola):
    for kind in ("restriction", "objection", "erasure"):
        asked = ask(make_case(tomek), kind)
        for act in (answer_data_request, refuse_data_request):
            with pytest.raises(ValidationError):
                act(asked, answer="x", by=ola, now=NOW)
        with pytest.raises(PermissionDenied):
            turn_down(asked, answer="x", by=ola, now=NOW)
    assert not DataRequest.objects.exclude(status="received").exists()


def test_while_restricted_nothing_is_done_with_the_data(restricted, tomek, ola):
    request = restricted.requests.get()
    acts = [
        lambda: people.add_contact(restricted.resident, kind="phone", value="600 1", whose="own", by=ola, now=NOW),
        lambda: take_up(request, by=ola, now=NOW),
        lambda: draft_plan(
            restricted, by=tomek, now=NOW, starts_on=TODAY, ends_on=TODAY + timedelta(days=9), needs="x", goals="y"
        ),
    ]
    for act in acts:
        with pytest.raises(BlockedError, match="inspektor"):
            act()
    assert not restricted.plans.exists()
    assert ServiceRequest.objects.get(pk=request.pk).status == "submitted"


def test_it_stays_visible_is_marked_and_says_who_may_lift_it(restricted, client, sign_in, ola, tomek):
    person = reverse("admin:residents_resident_change", args=[restricted.resident_id])
    said = words(sign_in(ola).get(person))
    assert "Przetwarzanie danych tej osoby jest ograniczone" in said
    assert "Krystyna" in said
    case = words(sign_in(tomek).get(reverse("admin:residents_case_change", args=[restricted.pk])))
    assert "Przetwarzanie danych tej osoby jest ograniczone" in case
    move = reverse("admin:residents_servicerequest_move", args=[restricted.requests.get().pk, "take_up"])
    answer = sign_in(ola).post(move)
    assert answer.status_code == 200
    assert "tylko inspektor ochrony danych" in words(answer).lower()


def test_a_page_that_may_not_be_opened_for_now_says_why_in_the_houses_own_words(restricted, sign_in, tomek):
    page = sign_in(tomek).get(reverse("coordination:referral_new", args=[restricted.pk]))
    assert page.status_code == 403
    assert "Teraz nie można tego zrobić" in words(page)
    assert "tylko inspektor ochrony danych" in words(page)
    assert "Twoje konto nie otwiera" not in words(page)


def test_what_the_person_does_goes_through(restricted):
    request = restricted.requests.get()
    withdraw_request(request, by=holder_of(request), now=NOW)
    assert ServiceRequest.objects.get(pk=request.pk).status == "withdrawn"


def test_a_death_is_recorded_all_the_same_and_the_log_says_why(restricted, ola):
    """Art. 18 ust. 2: an important reason of public interest."""
    person = restricted.resident
    record_death(person, died_on=TODAY, source="akt zgonu", by=ola, now=NOW)
    used = AuditEvent.objects.about(person).get(action="resident.use_restricted")
    assert (used.actor, used.reason, used.facts) == (ola, "akt zgonu", {"ground": "public"})
    assert Resident.objects.get(pk=person.pk).died_on == TODAY
    assert {item.status for item in ServiceRequest.objects.get(resident=person).items.all()} == {"discontinued"}


def test_what_the_law_asks_for_is_done_by_who_gives_its_ground_and_by_nobody_else(restricted, ola, tomek, sign_in):
    request, person = restricted.requests.get(), restricted.resident
    move = reverse("admin:residents_resident_move", args=[person.pk, "use_restricted"])
    desk = sign_in(ola)
    assert "mimo ograniczenia" in words(desk.get(reverse("admin:residents_resident_change", args=[person.pk])))
    assert desk.post(move, {"ground": "claims", "reason": " "}).status_code == 200
    with pytest.raises(BlockedError):
        take_up(request, by=ola, now=NOW)
    desk.post(move, {"ground": "claims", "reason": "biegnie termin odwołania"})
    assert "Masz zapisaną podstawę" in words(desk.get(reverse("admin:residents_resident_change", args=[person.pk])))
    with pytest.raises(BlockedError):
        take_up(request, by=tomek, now=NOW)
    take_up(request, by=ola, now=NOW)
    used = AuditEvent.objects.about(person).get(action="resident.use_restricted")
    assert (used.actor, used.reason) == (ola, "biegnie termin odwołania")


def test_without_a_restriction_no_ground_is_written_down(tomek, ola):
    with pytest.raises(ValidationError):
        use_restricted(make_case(tomek).resident, ground="claims", reason="x", by=ola, now=NOW)
    assert not AuditEvent.objects.filter(action="resident.use_restricted").exists()


def test_it_is_lifted_by_the_officer_after_the_person_was_told(restricted, iwona, ola):
    asked = DataRequest.objects.get()
    with pytest.raises(ValidationError, match="powiadom"):
        lift_processing_restriction(asked, reason="sprawdzono", told_on=TODAY + timedelta(days=1), by=iwona, now=NOW)
    with pytest.raises(PermissionDenied):
        lift_processing_restriction(asked, reason="sprawdzono", told_on=TODAY, by=ola, now=NOW)
    lift_processing_restriction(asked, reason="sprawdzono", told_on=TODAY, by=iwona, now=NOW)
    assert ProcessingRestriction.objects.get().told_on == TODAY
    take_up(restricted.requests.get(), by=ola, now=NOW)


def test_what_is_restricted_is_on_no_destruction_list(restricted):
    make_rule()
    restricted.requests.update(status="settled")
    Case.objects.update(status="closed", closed_on=TODAY, close_reason="other")
    assert draw_up_list(on=date(2040, 1, 1)) is None


def test_an_objection_has_the_same_effect(tomek, iwona, ola):
    case = make_case(tomek)
    grant_restriction(ask(case, "objection"), ground="objection", answer="Uwzględniono.", by=iwona, now=NOW)
    with pytest.raises(BlockedError):
        take_up(case.requests.get(), by=ola, now=NOW)


# -- erasure ------------------------------------------------------------------------------------------------
def test_an_erasure_refused_says_what_is_kept_by_what_law_and_until_when(tomek, iwona):
    make_rule(years=10, legal_source="JRWA 4010")
    case = closed_case(tomek, date(2026, 3, 14))
    asked = turn_down(ask(case, "erasure"), answer="Nie możemy usunąć.", by=iwona, now=NOW)
    assert asked.status == "refused"
    assert "Nie możemy usunąć." in asked.answer
    assert f"{case.case_sign}: przechowujemy do 31 grudnia 2036 (JRWA 4010)" in asked.answer


def test_an_erasure_granted_goes_through_the_same_door(tomek, iwona, danuta):
    make_rule(years=10)
    make_rule("person", years=1)
    case = closed_case(tomek)
    asked = grant_erasure(ask(case, "erasure"), answer="Usuniemy.", by=iwona, now=NOW)
    made = DestructionList.objects.get(asked=asked)
    assert Resident.objects.get(pk=case.resident_id).last_name == "Wilga"
    with pytest.raises(ValidationError, match="Archiwum"):
        sign_list(made, by=danuta, now=NOW)
    DestructionList.objects.update(archive_sign="APL.5", archive_consent_on=TODAY)
    made.refresh_from_db()
    sign_list(made, by=danuta, now=at(TODAY))
    carry_out(made)
    assert Resident.objects.get(pk=case.resident_id).last_name == ""


@pytest.mark.parametrize("category", ["A", "BE"])
def test_what_the_archive_keeps_is_not_erased_on_request(tomek, iwona, category):
    make_rule(category=category, years=None if category == "A" else 5)
    case = closed_case(tomek)
    with pytest.raises(ValidationError, match="Nie ma niczego"):
        grant_erasure(ask(case, "erasure"), answer="Usuniemy.", by=iwona, now=NOW)


def test_what_is_not_finished_is_not_erased(tomek, iwona):
    make_rule()
    case = make_case(tomek)
    with pytest.raises(ValidationError, match=case.case_sign):
        grant_erasure(ask(case, "erasure"), answer="Usuniemy.", by=iwona, now=NOW)
    assert DataRequest.objects.get().status == "received"


def test_the_officer_decides_in_the_office(tomek, iwona, sign_in):
    make_rule(years=10)
    asked = ask(closed_case(tomek, date(2026, 3, 14)), "erasure")
    move = reverse("admin:coordination_datarequest_move", args=[asked.pk, "turn_down"])
    assert "przechowujemy do 31 grudnia 2036" in words(sign_in(iwona).get(move))
    sign_in(iwona).post(move, {"answer": "Nie możemy."})
    restriction = ask(make_case(tomek), "restriction")
    move = reverse("admin:coordination_datarequest_move", args=[restriction.pk, "grant"])
    said = words(sign_in(iwona).post(move, {"ground": "claims", "answer": "Ograniczono."}, follow=True))
    assert "Od teraz przetwarzanie jest ograniczone" in said
    assert "Potrwa to, dopóki nie zniesiesz ograniczenia na tej stronie" in said
    assert sorted(DataRequest.objects.values_list("status", flat=True)) == ["answered", "refused"]
    lift = reverse("admin:coordination_datarequest_move", args=[restriction.pk, "lift"])
    sign_in(iwona).post(lift, {"told_on": "01.11.2026", "reason": "wyrok"})
    assert ProcessingRestriction.objects.get().lifted_by == iwona
