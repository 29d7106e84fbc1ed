"""Waiting for a place at another institution: is there a list, whose turn is it, is a place left."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from coordination.actions import referrals
from coordination.actors import InTheNameOf
from coordination.columns import due_of_referral
from coordination.models import Referral
from coordination.reports import REPORTS, Period
from coordination.waiting import is_full, position_of
from cus_portal.audit.models import AuditEvent
from residents.actions import identify_person, open_case, qualify_item
from residents.models import ServiceRequest
from tests import personas
from tests.coordination_world import make_case, make_referral
from tests.factories import NOW, TODAY, at, make_request, make_resident, make_service

S = Referral.Status
NOVEMBER = Period(date(2026, 11, 1))


pytestmark = pytest.mark.django_db


def limited(service, capacity, period="at_once", unit="person"):
    service.programme_services.update(capacity=capacity, capacity_period=period, capacity_unit=unit)
    return service


def accept(referral, by, **reasons):
    return referrals.accept_referral(referral, by=by, now=NOW, planned_start_on=TODAY, **reasons)


def words(answer):
    return answer.content.decode()


def detail(referral):
    return reverse("coordination:referral_detail", args=[referral.pk])


# -- whether there is a list ------------------------------------------------------------------------
def test_a_service_without_a_waiting_list_lets_nobody_wait(case, pcpr, ewa):
    referral = make_referral(case, pcpr, service=make_service())
    with pytest.raises(ValidationError, match="nie prowadzi listy"):
        referrals.waitlist(referral, by=ewa, now=NOW)
    referral.refresh_from_db()
    assert referral.status == S.SENT
    assert not AuditEvent.objects.filter(action="referral.waitlist").exists()


@pytest.mark.parametrize("keeps", [True, False])
def test_the_button_of_the_waiting_list_is_offered_where_there_is_one(keeps, case, pcpr, sign_in, ewa):
    service = make_service()
    service.programme_services.update(keeps_waiting_list=keeps)
    referral = make_referral(case, pcpr, service=service, opened=True)
    move = reverse("coordination:referral_move", args=[referral.pk, "waitlist"])
    client = sign_in(ewa)
    assert (move in client.get(detail(referral)).content.decode()) is keeps
    client.post(move, {"version": referral.version})
    assert Referral.objects.get().status == (S.WAITLISTED if keeps else S.SENT)


def test_a_referral_for_no_named_service_may_wait_by_the_institutions_own_rules(case, pcpr, ewa):
    referral = make_referral(case, pcpr, status=S.DRAFT)
    Referral.objects.update(service=None)
    referral.refresh_from_db()
    referrals.send_referral(referral, by=case.coordinator, now=NOW)
    referrals.waitlist(referral, by=ewa, now=NOW)
    assert (referral.status, position_of(referral, of_all=True)) == (S.WAITLISTED, 1)


# -- whose turn it is -------------------------------------------------------------------------------
@pytest.fixture
def second(case, pcpr, tomek):
    """The second of two who wait at the PCPR; at the clinic and for another service others wait longer."""
    service = make_service()
    facts = {"status": S.WAITLISTED, "now": at(TODAY - timedelta(days=3))}
    make_referral(make_case(tomek), pcpr, service=service, **facts)
    make_referral(make_case(tomek), pcpr, service=make_service(), **facts)
    personas.person("bartek")
    make_referral(make_case(tomek), personas.institution(personas.CLINIC), service=service, **facts)
    return make_referral(case, pcpr, service=service, status=S.WAITLISTED, opened=True)


def test_the_position_is_told_to_the_institution_to_the_coordinator_and_to_the_person(second, sign_in, client):
    for who in ("ewa", "tomek"):
        assert "numer 2 w kolejności" in words(sign_in(personas.person(who)).get(detail(second)))
    asked = second.consent.request
    client.post(reverse("residents:request_track"), {"reference": asked.reference, "code": asked.access_code})
    assert "Masz numer 2 na liście" in words(client.get(reverse("delivery:referrals")))


def test_the_position_moves_up_when_somebody_before_leaves(second, tomek):
    first = Referral.objects.exclude(pk=second.pk).get(receiver=second.receiver, service=second.service)
    assert [position_of(one, of_all=False) for one in (first, second)] == [1, 2]
    referrals.withdraw_referral(first, by=tomek, now=NOW, reason="zmiana planu")
    assert [position_of(one, of_all=False) for one in (first, second)] == [None, 1]


def test_a_worklist_says_to_ask_again_and_not_how_late_somebody_is_who_waits(second):
    day = second.respond_by
    assert due_of_referral(second, day - timedelta(days=1)).value == day
    assert due_of_referral(second, day + timedelta(days=5)).value == "zapytaj, czy miejsce jest nadal potrzebne"


def test_who_went_before_others_shows_in_the_report_with_how_many_were_passed_over(second, ewa):
    accept(second, ewa, out_of_order_reason="wolne tylko miejsce dla kobiet")
    rows = REPORTS["exceptions"].table(NOVEMBER, TODAY)["rows"]
    assert rows == [[f"{second.receiver.name}: {second.service.plain_name}", 1, 1, 0], ["razem", 1, 1, 0]]


def first_is_protected(second):
    """Let nobody outside of its own team and the institution know of the one that waits before."""
    first = Referral.objects.exclude(pk=second.pk).get(receiver=second.receiver, service=second.service)
    Referral.objects.filter(pk=first.pk).update(confidentiality="protected")
    return first


def test_a_place_in_the_list_tells_of_nothing_protected_but_to_the_institution(second, sign_in, client):
    first_is_protected(second)
    kasia = personas.person("kasia")
    type(second.case).objects.filter(pk=second.case_id).update(coordinator=kasia)
    assert "numer 2 w kolejności" in words(sign_in(personas.person("ewa")).get(detail(second)))
    assert "numer 1 w kolejności" in words(sign_in(kasia).get(detail(second)))
    asked = second.consent.request
    client.post(reverse("residents:request_track"), {"reference": asked.reference, "code": asked.access_code})
    assert "Masz numer 1 na liście" in words(client.get(reverse("delivery:referrals")))


def test_going_before_a_protected_one_has_a_reason_that_its_own_history_alone_keeps(second, ewa):
    first = first_is_protected(second)
    with pytest.raises(ValidationError, match="Ktoś czeka na to dłużej"):
        accept(second, ewa)
    second.refresh_from_db()
    accept(second, ewa, out_of_order_reason="wolne tylko miejsce dla kobiet")
    assert second.passed_over == 0
    assert AuditEvent.objects.get(action="referral.accept").reason == ""
    kept = AuditEvent.objects.get(action="referral.passed_over")
    assert (kept.object_id, kept.reason) == (first.pk, "wolne tylko miejsce dla kobiet")
    assert REPORTS["exceptions"].table(NOVEMBER, TODAY)["rows"] == []


def test_who_takes_the_answer_down_learns_of_nothing_protected(second):
    first_is_protected(second)
    kasia = personas.person("kasia")
    type(second.case).objects.filter(pk=second.case_id).update(coordinator=kasia)
    second.refresh_from_db()
    accept(second, InTheNameOf(kasia, second))
    assert second.status == S.ACCEPTED


def test_the_button_of_the_opened_page_asks_for_the_reason_alone_and_keeps_the_rest(second, ewa, sign_in, time_machine):
    time_machine.move_to(NOW)
    client = sign_in(ewa)
    shown = words(client.get(detail(second)))
    short = re.search(r"<form[^>]*/accept/.*?</form>", shown, re.DOTALL)[0]
    said = dict(re.findall(r'name="(version|accept_reason)" value="([^"]*)"', short))
    asked = words(client.post(f"{detail(second)}accept/", said | {"planned_start_on": "20.11.2026"}))
    assert "Ktoś czeka na to dłużej" in asked
    assert re.search(r"value=\"as_asked\"[^>]* checked", asked)
    assert "(nieobowiązkowe)" not in asked


def test_a_reason_that_was_not_needed_is_no_exception(case, pcpr, ewa):
    referral = make_referral(case, pcpr)
    accept(referral, ewa, out_of_order_reason="na wszelki wypadek", over_limit_reason="też")
    assert AuditEvent.objects.get(action="referral.accept").reason == ""
    assert REPORTS["exceptions"].table(NOVEMBER, TODAY)["rows"] == []


def test_the_report_of_exceptions_has_nothing_protected(second, ewa):
    accept(second, ewa, out_of_order_reason="pilne")
    Referral.objects.filter(pk=second.pk).update(confidentiality="protected")
    assert REPORTS["exceptions"].table(NOVEMBER, TODAY)["rows"] == []


# -- whether a place is left ------------------------------------------------------------------------
@pytest.mark.parametrize("period", ["at_once", "month", "year", "edition"])
def test_over_the_limit_nobody_is_accepted_without_a_reason(period, case, pcpr, ewa, tomek):
    service = limited(make_service(), 1, period)
    accept(make_referral(make_case(tomek), pcpr, service=service), ewa)
    referral = make_referral(case, pcpr, service=service)
    with pytest.raises(ValidationError, match="Nie ma tu wolnego miejsca"):
        accept(referral, ewa)
    referral.refresh_from_db()
    assert referral.status == S.SENT
    accept(referral, ewa, over_limit_reason="dołączyła druga opiekunka")
    assert (referral.status, referral.is_over_limit) == (S.ACCEPTED, True)
    assert AuditEvent.objects.filter(action="referral.accept").first().reason == "dołączyła druga opiekunka"
    assert REPORTS["exceptions"].table(NOVEMBER, TODAY)["rows"][-1] == ["razem", 0, 0, 1]


def test_a_place_is_free_again_when_the_help_has_ended(case, pcpr, ewa, tomek):
    service = limited(make_service(), 1)
    make_referral(make_case(tomek), pcpr, service=service, status=S.COMPLETED)
    assert not is_full(make_referral(case, pcpr, service=service), on=TODAY)


def test_places_that_the_centre_gave_count_and_their_holder_needs_no_second_one(pcpr, tomek):
    service = limited(make_service(), 1)
    need = make_request(needs=[(service, "")]).items.get()
    identify_person(need.request, resident=make_resident(), by=tomek, now=NOW)
    qualify_item(need, by=tomek, now=NOW)
    holder = open_case(ServiceRequest.objects.get(pk=need.request_id), coordinator=tomek, by=tomek, now=NOW)
    assert is_full(make_referral(make_case(tomek), pcpr, service=service), on=TODAY)
    assert not is_full(make_referral(holder, pcpr, service=service), on=TODAY)


def test_a_limit_of_each_person_or_none_at_all_stops_nobody(case, pcpr, ewa, tomek):
    for service in (make_service(), limited(make_service(), 1, "start")):
        accept(make_referral(make_case(tomek), pcpr, service=service), ewa)
        assert not is_full(make_referral(case, pcpr, service=service), on=TODAY)


# -- in two clicks ----------------------------------------------------------------------------------
def test_the_opened_referral_is_accepted_by_one_press_with_the_next_working_day(case, pcpr, ewa, sign_in):
    referral = make_referral(case, pcpr)
    client = sign_in(ewa)
    client.post(reverse("coordination:referral_open", args=[referral.pk]))
    page = client.get(detail(referral)).content.decode()
    move = reverse("coordination:referral_move", args=[referral.pk, "accept"])
    form = re.search(rf'<form[^>]*action="{move}".*?</form>', page, re.DOTALL)[0]
    offered = dict(re.findall(r'name="(version|planned_start_on)"[^>]*? value="([^"]+)"', form))
    assert re.fullmatch(r"\d\d\.\d\d\.\d{4}", offered["planned_start_on"])
    client.post(move, offered)
    assert Referral.objects.get().status == S.ACCEPTED


def test_without_the_right_to_answer_no_form_to_accept_is_shown(case, pcpr, sign_in, tomek):
    referral = make_referral(case, pcpr, opened=True)
    assert "planned_start_on" not in sign_in(tomek).get(detail(referral)).content.decode()
