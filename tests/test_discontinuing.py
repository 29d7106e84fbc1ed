"""KPA art. 105 § 1: what has become pointless is discontinued by a decision; nobody withdrew it (hard case 15)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coordination.worklists import WORKLISTS
from residents.actions import (
    identify_person,
    propose_discontinuing,
    propose_refusal,
    qualify_item,
    record_appeal,
    return_refusal,
    sign_discontinuing,
    sign_refusal,
    waitlist_item,
)
from residents.actions.life import record_death, record_move_out
from residents.alerts import alerts_of
from residents.models import Letter, QueueEvent, QueuePlace, RefusalDecision, RequestItem, UnmetNeed
from residents.tracking import public_steps
from services.models import ProgrammeService
from tests.desk import GROUNDS, NEEDS, move, page, words
from tests.factories import NOW, TODAY, make_request, make_service
from tests.test_appeals import DELIVERED, HOME, LATER, appealed, decide, hand_over, place_of

pytestmark = pytest.mark.django_db
Status = RequestItem.Status
MOVED = {
    "ground": "moved",
    "factual_grounds": "Mieszka w Lublinie od 1 listopada.",
    "legal_grounds": "art. 105 § 1 KPA",
    "appeal_instruction": "14 dni.",
}


@pytest.fixture
def waiting(tomek):
    """Two people wait for one place; the first of them has moved away."""
    service = make_service()
    ProgrammeService.objects.filter(service=service).update(capacity=1, capacity_period="year")
    needs = [make_request(needs=[(service, "")], applicant=HOME).items.get() for _twice in range(2)]
    for need in needs:
        waitlist_item(need, by=tomek, now=NOW)
    request = identify_person(needs[0].request, resident=None, by=tomek, now=NOW)
    record_move_out(request.resident, moved_on=date(2026, 11, 1), moved_to="Lublin", by=tomek, now=NOW)
    return [RequestItem.objects.select_related("request__resident").get(pk=need.pk) for need in needs]


def test_case_15_what_became_pointless_by_a_move_is_discontinued_by_a_decision_of_two_people(
    waiting, tomek, danuta, sign_in
):
    need, other = waiting
    assert "bezprzedmiotowe" in " ".join(alerts_of(need.request.resident, on=TODAY, by=tomek))
    propose_discontinuing(need, **MOVED, by=tomek, now=NOW)
    assert (need.status, list(QueuePlace.objects.waiting())) == ("refusal_proposed", [other.queue_place])
    assert public_steps(need.request, TODAY + timedelta(days=90)).needs[0].word == "rozpatrujemy"
    with pytest.raises(ValidationError, match="czekają inne"):
        qualify_item(other, by=tomek, now=NOW)
    with pytest.raises(PermissionDenied):
        sign_discontinuing(need, by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        sign_refusal(RequestItem.objects.get(pk=need.pk), by=danuta, now=NOW)
    need.refresh_from_db()
    assert list(WORKLISTS["refusals-to-sign"].rows(danuta, TODAY)) == [need]
    with time_machine.travel(NOW + timedelta(days=90), tick=False):  # it was answered in time: it waited
        director = sign_in(danuta)
        for address in (page(need), f"{NEEDS}?state=refusal_proposed", reverse("coordination:signing")):
            said = words(director.get(address))
            assert (need.request.reference in said, "po terminie" in said.partition("Skargi")[0]) == (True, False)
    sign_discontinuing(need, by=danuta, now=NOW)
    assert (need.status, need.decided_by) == (Status.DISCONTINUED, danuta)
    assert UnmetNeed.objects.get(item=need).outcome == UnmetNeed.Outcome.GONE
    letter = Letter.objects.get(refusal__item=need)
    assert (letter.kind, letter.number) == ("decision", need.refusal.number)
    assert "Umarzam postępowanie" in letter.body
    assert "odmawiam" not in letter.body
    assert "Osoba wyprowadziła się 1 listopada 2026 (Lublin)" in words(sign_in(tomek).get(letter.get_absolute_url()))
    assert list(WORKLISTS["refusals-undelivered"].rows(tomek, TODAY)) == [need]
    said = public_steps(need.request, TODAY).needs[0]
    assert (said.word, said.can_be_withdrawn, "odwołanie" in said.next_step) == ("umorzona", False, True)
    delivered = hand_over(need, tomek)
    assert delivered.refusal.appeal_on == date(2026, 12, 24) + timedelta(days=4)
    assert delivered.refusal.final_on == date(2026, 12, 29)


DISCONTINUE = (propose_discontinuing, MOVED, sign_discontinuing)
REFUSE = (propose_refusal, GROUNDS, sign_refusal)  # of a need that waits, whose conditions have fallen away


@pytest.mark.parametrize(
    ("decision", "result", "status"),
    [
        (DISCONTINUE, "upheld", "discontinued"),
        (DISCONTINUE, "changed", "waitlisted"),
        (REFUSE, "upheld", "refused"),
        (REFUSE, "changed", "waitlisted"),
    ],
)
def test_case_33_an_appeal_against_it_goes_as_one_against_a_refusal(waiting, tomek, danuta, decision, result, status):
    need, other = waiting
    propose, grounds, sign = decision
    propose(need, **grounds, by=tomek, now=NOW)
    assert place_of(other) == 1
    sign(need, by=danuta, now=NOW)
    decide(appealed(hand_over(need, tomek), tomek), tomek, result)
    need.refresh_from_db()
    assert need.status == status
    assert place_of(other) == (2 if status == Status.WAITLISTED else 1)


@pytest.mark.parametrize(("propose", "grounds", "_sign"), [DISCONTINUE, REFUSE])
def test_a_decision_that_is_sent_back_leaves_the_need_where_it_stood(
    waiting, tomek, danuta, sign_in, propose, grounds, _sign
):
    need, other = waiting
    propose(need, **grounds, by=tomek, now=NOW)
    return_refusal(need, reason="Wróciła w piątek.", by=danuta, now=NOW)
    assert (need.status, place_of(need), place_of(other)) == (Status.WAITLISTED, 1, 2)
    desk = words(sign_in(tomek).get(page(need)))
    assert ("Zaproponowano i zwrócono" in desk, grounds["factual_grounds"] in desk) == (True, False)
    told = QueueEvent.objects.filter(item=need).values_list("what", "waits")
    assert list(told) == [("joined", True), ("left", False), ("returned", True)]
    filed = make_request(needs=[(make_service("Inna"), "")]).items.get()
    propose_discontinuing(filed, **MOVED, by=tomek, now=NOW)
    assert return_refusal(filed, reason="Mieszka tu.", by=danuta, now=NOW).status == Status.SUBMITTED


def test_neither_decision_is_made_by_the_grounds_of_the_other_nor_about_what_no_decision_is_made(tomek):
    need = make_request(needs=[(make_service("Informacja"), "")]).items.get()
    with pytest.raises(ValidationError):
        propose_refusal(need, **GROUNDS | {"ground": "moved"}, by=tomek, now=NOW)
    for wrong in ({"ground": "elsewhere"}, {"factual_grounds": " "}):
        with pytest.raises(ValidationError):
            propose_discontinuing(need, **MOVED | wrong, by=tomek, now=NOW)
    ProgrammeService.objects.update(regime="informal")
    need = RequestItem.objects.get(pk=need.pk)
    with pytest.raises(ValidationError):
        propose_discontinuing(need, **MOVED, by=tomek, now=NOW)
    assert (need.status, RefusalDecision.objects.count()) == (Status.SUBMITTED, 0)


def test_case_19_who_dies_before_the_signature_leaves_no_decision(waiting, tomek, ola, danuta):
    need, _other = waiting
    propose_discontinuing(need, **MOVED, by=tomek, now=NOW)
    record_death(need.request.resident, died_on=TODAY, source="USC", by=ola, now=NOW)
    need.refresh_from_db()
    assert (need.status, RefusalDecision.objects.get().number) == (Status.DISCONTINUED, None)
    with pytest.raises(ValidationError):
        record_appeal(need, filed_on=DELIVERED, by=tomek, now=LATER)
    assert public_steps(need.request, TODAY).needs[0].next_step == ""


def test_the_desk_proposes_and_the_director_signs_by_buttons(waiting, tomek, danuta, sign_in):
    need, _other = waiting
    desk = sign_in(tomek)
    address = move(need, "propose_discontinuing")
    assert "art. 105 § 1 KPA" in desk.get(address).content.decode()
    assert desk.post(address, MOVED | {"version": need.version}).status_code == 302
    need.refresh_from_db()
    director = sign_in(danuta)
    shown = director.get(page(need)).content.decode()
    assert (move(need, "sign_discontinuing") in shown, move(need, "sign_refusal") in shown) == (True, False)
    assert "Mieszka w Lublinie" in words(director.get(move(need, "sign_discontinuing")))
    signed = director.post(move(need, "sign_discontinuing"), {"version": need.version})
    assert signed.url.startswith(reverse("admin:residents_requestitem_changelist"))
    need.refresh_from_db()
    assert need.status == Status.DISCONTINUED
