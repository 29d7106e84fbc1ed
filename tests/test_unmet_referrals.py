"""What referrals bring to the register of unmet needs: asked in vain, nobody to ask, met after all."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coordination.actions import referrals
from coordination.actions.unmet import say_no_partner
from coordination.models import Referral
from coordination.removal import blank_case
from cus_portal.accounts.actors import SystemActor
from residents.actions import (
    close_case,
    inform_item,
    restrict_file,
    say_kind,
    waitlist_item,
)
from residents.actions.life import record_death, record_move_out
from residents.models import RequestItem, ServiceRequest, UnmetNeed
from tests.coordination_world import S, end_needs, make_case, make_consent, make_draft, make_referral, worker_of
from tests.desk import words
from tests.factories import NOW, PERSON, TODAY, make_area, make_locality, make_request, make_service

pytestmark = pytest.mark.django_db
Reason, Outcome = UnmetNeed.Reason, UnmetNeed.Outcome


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def service():
    return make_service("Rehabilitacja")


def reject(referral, reason):
    by = worker_of(referral.receiver)
    return referrals.reject_referral(referral, by=by, now=NOW, reject_reason=reason, closing_note="…")


def asked_for(case, service, *, place="Wronów"):
    """File a request of the case's person for the service; return its need."""
    request = make_request(
        needs=[(service, "" if service else "ktoś do rozmowy")], applicant=PERSON | {"locality": make_locality(place)}
    )
    ServiceRequest.objects.filter(pk=request.pk).update(case=case, resident=case.resident)
    return RequestItem.objects.get(request=request)


def line():
    return UnmetNeed.objects.get()


# -- asked in vain ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("reason", "listed"),
    [
        ("no_place", Reason.PARTNER_FULL),
        ("no_service", Reason.NO_SERVICE),
        ("not_eligible", Reason.NOT_ELIGIBLE),
        ("wrong_address", None),
        ("already_served", None),
        ("other", None),
    ],
)
def test_a_refusal_comes_to_the_register_for_want_of_a_place_or_of_such_help_or_of_what_is_asked_for(
    tomek, pcpr, service, reason, listed
):
    reject(make_referral(make_case(tomek), pcpr, service=service), reason)
    assert [one.reason for one in UnmetNeed.objects.all()] == ([listed] if listed else [])


def test_what_expires_unanswered_and_what_fails_for_want_of_a_place_come_there_too(tomek, pcpr, ewa, service):
    make_referral(make_case(tomek), pcpr, service=service, status=S.EXPIRED)
    accepted = make_referral(make_case(tomek), pcpr, service=service, status=S.ACCEPTED)
    referrals.fail_referral(accepted, by=ewa, now=NOW, fail_reason="no_place")
    make_referral(make_case(tomek), pcpr, service=service, status=S.NOT_FULFILLED)  # the person did not come
    assert sorted(UnmetNeed.objects.values_list("reason", flat=True)) == [Reason.NO_ANSWER, Reason.PARTNER_FULL]


@pytest.mark.parametrize("status", [S.SENT, S.WAITLISTED, S.ACCEPTED, S.WITHDRAWN, S.REDIRECTED, S.COMPLETED])
def test_nothing_else_that_happens_to_a_referral_opens_a_line(tomek, pcpr, service, status):
    make_referral(make_case(tomek), pcpr, service=service, status=status)
    assert not UnmetNeed.objects.exists()


def test_the_line_hangs_on_the_need_that_was_asked_for_and_has_its_place(tomek, pcpr, service):
    case = make_case(tomek)
    item = asked_for(case, service, place="Matczyn")
    reject(make_referral(case, pcpr, service=service), "no_place")
    assert (line().item, line().case, line().locality.name, line().area) == (item, None, "Matczyn", make_area())
    assert (line().opened_on, line().is_repeat) == (TODAY, False)


def test_what_nobody_asked_for_hangs_on_the_case_and_has_the_place_of_its_request(tomek, pcpr, service):
    case = make_case(tomek)
    asked_for(case, make_service("Inna pomoc"), place="Matczyn")
    reject(make_referral(case, pcpr, service=service), "no_place")
    assert (line().item, line().case, line().service, line().locality.name) == (None, case, service, "Matczyn")


def test_without_a_service_the_only_need_in_own_words_is_meant(tomek, pcpr):
    case = make_case(tomek)
    item = case.requests.get().items.get()
    consent = make_consent(case, pcpr)
    draft = referrals.draft_referral(
        case, by=tomek, now=NOW, receiver=pcpr, need="Rozmowa.", consent=consent, disclosed_fields=["name"]
    )
    reject(referrals.send_referral(draft, by=tomek, now=NOW), "no_service")
    assert line().item == item


# -- counted once -----------------------------------------------------------------------------------
def test_a_need_asked_of_several_counts_once_and_only_when_the_last_of_them_cannot(tomek, pcpr, clinic, service):
    case = make_case(tomek)
    first, second = (make_referral(case, receiver, service=service) for receiver in (pcpr, clinic))
    reject(first, "no_place")
    assert not UnmetNeed.objects.exists()
    referrals.expire_referral(second, by=SystemActor(), now=NOW)
    assert line().reason == Reason.NO_ANSWER
    reject(make_referral(case, pcpr, service=service), "no_service")
    assert (line().reason, line().is_repeat) == (Reason.NO_SERVICE, False)


def test_a_refusal_that_is_taken_back_leaves_nothing_unmet(tomek, pcpr, ewa, service):
    case = make_case(tomek)
    referral = reject(make_referral(case, pcpr, service=service), "no_place")
    referrals.reopen_referral(referral, by=ewa, now=NOW)
    assert (line().closed_on, line().outcome) == (TODAY, Outcome.CHANGED)
    referrals.reject_referral(referral, by=ewa, now=NOW, reject_reason="no_place", closing_note="…")
    assert (line().reason, line().closed_on) == (Reason.PARTNER_FULL, None)


def test_what_waits_here_for_its_turn_stays_as_it_is(tomek, pcpr, service):
    case = make_case(tomek)
    waitlist_item(asked_for(case, service), by=tomek, now=NOW)
    reject(make_referral(case, pcpr, service=service), "no_place")
    assert line().reason == Reason.WAITING


def test_the_same_need_of_a_person_in_another_request_is_a_repeat(tomek, pcpr, service):
    case = make_case(tomek)
    reject(make_referral(case, pcpr, service=service), "no_place")
    waitlist_item(asked_for(case, service), by=tomek, now=NOW)
    assert list(UnmetNeed.objects.order_by("pk").values_list("is_repeat", flat=True)) == [False, True]


# -- met after all ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("outcome", "closed"), [("met", True), ("partly_met", True), ("not_met", False)])
def test_a_later_referral_that_helps_closes_the_line(tomek, pcpr, clinic, service, outcome, closed):
    case = make_case(tomek)
    reject(make_referral(case, pcpr, service=service), "no_place")
    later = make_referral(case, clinic, service=service, status=S.IN_PROGRESS)
    assert line().closed_on is None
    by = worker_of(clinic)
    referrals.complete_referral(later, by=by, now=NOW, outcome=outcome, outcome_on=TODAY, closing_note="…")
    assert (line().closed_on, line().outcome) == ((TODAY, Outcome.MET) if closed else (None, ""))


def test_a_referral_entered_in_error_leaves_no_line_open(tomek, pcpr, service):
    case = make_case(tomek)
    wrong = reject(make_referral(case, pcpr, service=service), "no_place")
    referrals.discard_referral(wrong, by=tomek, now=NOW, reason="pomyłka")
    assert (line().closed_on, line().outcome) == (TODAY, Outcome.CHANGED)


def test_a_wrong_referral_leaves_what_another_was_asked_for_in_vain(tomek, pcpr, clinic, service):
    case = make_case(tomek)
    reject(make_referral(case, clinic, service=service), "no_place")
    wrong = reject(make_referral(case, pcpr, service=service), "no_place")
    referrals.discard_referral(wrong, by=tomek, now=NOW, reason="pomyłka")
    assert line().closed_on is None


# -- nobody needs it any more -----------------------------------------------------------------------
@pytest.mark.parametrize("what", ["death", "move"])
def test_who_died_or_moved_away_lacks_nothing_here(tomek, pcpr, service, what):
    case = make_case(tomek)
    inform_item(asked_for(case, None), answer="…", lacking="no_service", by=tomek, now=NOW)
    reject(make_referral(case, pcpr, service=service), "no_place")
    reject(make_referral(make_case(tomek), pcpr, service=service), "no_place")
    if what == "death":
        record_death(case.resident, died_on=TODAY, source="akt zgonu", by=tomek, now=NOW)
    else:
        record_move_out(case.resident, moved_on=TODAY, by=tomek, now=NOW)
    outcomes = UnmetNeed.objects.order_by("pk").values_list("outcome", "closed_on")
    assert list(outcomes) == [(Outcome.GONE, TODAY), (Outcome.GONE, TODAY), ("", None)]


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("resigned", Outcome.WITHDRAWN),
        ("moved", Outcome.GONE),
        ("died", Outcome.GONE),
        ("goal_reached", ""),
        ("other", ""),
    ],
)
def test_the_end_of_a_case_closes_its_lines_when_nobody_needs_this_here_any_more(tomek, pcpr, service, reason, outcome):
    case = make_case(tomek)
    rejected = reject(make_referral(case, pcpr, service=service), "no_place")
    referrals.acknowledge_outcome(rejected, by=tomek, now=NOW, acknowledgement="…", person_told=True)
    end_needs(case)
    close_case(case, reason=reason, summary="…", by=tomek, now=NOW)
    assert line().outcome == outcome


# -- nobody to ask ----------------------------------------------------------------------------------
def test_who_tries_to_refer_says_that_nobody_gives_it(sign_in, tomek, kasia, ola, service):
    case = make_case(tomek)
    page = reverse("coordination:no_partner", args=[case.pk])
    desk = sign_in(tomek)
    assert page in desk.get(reverse("coordination:referral_new", args=[case.pk])).content.decode()
    empty = desk.post(page, {"area": ""})
    assert empty.context["form"].errors["service"]
    assert not UnmetNeed.objects.exists()
    answer = desk.post(page, {"area": make_area(3).pk}, follow=True)
    assert "jest w rejestrze niezaspokojonych potrzeb" in words(answer)
    assert (line().reason, line().item.request.case, line().area) == (Reason.NO_PARTNER, case, make_area(3))
    desk.post(page, {"area": make_area(3).pk})
    desk.post(page, {"service": service.pk})
    assert list(UnmetNeed.objects.order_by("pk").values_list("service", "area__number")) == [(None, 3), (service.pk, 1)]
    for stranger in (kasia, ola):
        with pytest.raises(PermissionDenied):
            say_no_partner(case, area=make_area(4), by=stranger, now=NOW)
    with pytest.raises(ValidationError):
        say_no_partner(case, by=tomek, now=NOW)
    assert UnmetNeed.objects.count() == 2


def test_the_desk_may_answer_a_need_that_no_institution_gives_it(service, tomek):
    case = make_case(tomek)
    inform_item(asked_for(case, service), answer="Nikt tego nie daje.", lacking="no_partner", by=tomek, now=NOW)
    assert line().reason == Reason.NO_PARTNER
    assert line().reason in UnmetNeed.GAPS


# -- who sees what ----------------------------------------------------------------------------------
def test_a_protected_referral_and_what_is_no_help_leave_nothing_in_the_register(tomek, pcpr, service):
    case = make_case(tomek)
    reject(make_referral(case, pcpr, service=service, confidentiality="protected"), "no_place")
    reject(make_referral(case, pcpr, kind=Referral.Kind.INFORMATION_REQUEST), "no_place")
    assert not UnmetNeed.objects.exists()


def test_case_09_the_line_of_a_restricted_case_is_in_no_list(tomek, kasia, danuta, pcpr, service):
    case = make_case(tomek)
    reject(make_referral(case, pcpr, service=service), "no_place")
    assert UnmetNeed.objects.visible_to(kasia).get() == line()
    restrict_file(case, kind="violence", by=tomek, now=NOW)
    assert not UnmetNeed.objects.visible_to(kasia).exists()
    assert not kasia.has_perm("residents.view_unmetneed", line())
    assert UnmetNeed.objects.visible_to(danuta).get() == line()
    assert UnmetNeed.objects.all().by("area") == {None: 1}


def test_when_the_case_is_taken_out_the_line_stays_and_leads_to_nobody(tomek, pcpr, service):
    for restricted in (False, True):
        case = make_case(tomek)
        asked_for(case, make_service("Inna pomoc"))
        reject(make_referral(case, pcpr, service=service), "no_place")
        if restricted:
            restrict_file(case, kind="violence", by=tomek, now=NOW)
        blank_case(case.pk)
    first, second = UnmetNeed.objects.order_by("pk")
    assert (first.case, first.service, first.locality.name) == (None, service, "Wronów")
    assert (second.case, second.service, second.area, second.locality) == (None, None, None, None)


def test_the_area_said_is_that_of_the_only_need_in_own_words_and_another_area_is_another_need(tomek):
    case = make_case(tomek)
    item = case.requests.get().items.get()
    for number in (3, 3, 4):
        say_no_partner(case, area=make_area(number), by=tomek, now=NOW)
    found = UnmetNeed.objects.order_by("pk").values_list("item", "case", "area__number")
    assert list(found) == [(item.pk, None, 3), (None, case.pk, 4)]


def test_a_kind_that_the_case_already_has_is_not_said_twice(tomek, beata, pcpr):
    case = make_case(tomek)
    asked_for(case, None)  # of two needs in own words neither is the one that is meant
    say_no_partner(case, area=make_area(2), by=tomek, now=NOW)
    unknown = UnmetNeed.objects.create(case=case, reason="no_answer", opened_on=TODAY)
    with pytest.raises(ValidationError):
        say_kind(unknown, area=make_area(2), by=beata, now=NOW)
    assert say_kind(unknown, area=make_area(3), by=beata, now=NOW).area == make_area(3)


def test_a_draft_asks_nobody(tomek, pcpr, clinic, service):
    case = make_case(tomek)
    make_draft(case, clinic, service=service)
    reject(make_referral(case, pcpr, service=service), "no_place")
    assert line().reason == Reason.PARTNER_FULL
