"""What becomes of a need: the rules of deciding, passing on and refusing."""

import threading
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connections, transaction

from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    appeal_instruction,
    ask_resident,
    forward_item,
    inform_item,
    propose_refusal,
    qualify_item,
    return_refusal,
    sign_refusal,
    waitlist_item,
)
from residents.models import Consent, RefusalDecision, RequestItem, ServiceRequest
from tests import personas
from tests.factories import NOW, at, make_request
from tests.intake import MAIL

TWO_NEEDS = [(None, "pomoc w domu"), (None, "dowóz do lekarza")]
GROUNDS = {
    "factual_grounds": "Osoba mieszka poza gminą Bełżyce.",
    "legal_grounds": "Uchwała nr XLI/445/2021, § 4.",
    "appeal_instruction": "Odwołanie w ciągu 14 dni.",
}
CONSENT = {
    "data_scope": "imię, nazwisko, telefon, opis potrzeby",
    "purpose": "załatwienie sprawy w PCPR",
    "form": Consent.Form.ORAL,
    "given_on": date(2026, 11, 12),
}


@pytest.fixture
def item(db):
    return make_request(needs=TWO_NEEDS).items.first()


@pytest.fixture
def proposed(item, tomek):
    return propose_refusal(item, **GROUNDS, by=tomek, now=NOW)


def nothing_happened(item, status=RequestItem.Status.SUBMITTED):
    item.refresh_from_db()
    return item.status == status and item.decided_at is None


# -- qualifying and the other ways ---------------------------------------------------------------
def test_a_coordinator_qualifies_without_a_decision(item, tomek):
    qualify_item(item, by=tomek, now=NOW)
    item.refresh_from_db()
    assert (item.status, item.decided_at, item.decided_by) == ("qualified", NOW, tomek)
    assert not RefusalDecision.objects.exists()


def test_the_resident_is_told_of_each_answer_without_a_word_of_what_it_is(item, tomek):
    item.request.parties.update(email=MAIL["email"])
    qualify_item(item, by=tomek, now=NOW)
    message = Message.objects.get(template="request_news")
    assert message.context == {"number": item.request.reference}
    letter = compose(message)
    said = " ".join([letter.subject, letter.body, letter.alternatives[0].content])
    assert item.request.reference in said
    for word in ("pomoc w domu", "Wilga", "Krystyna", item.request.access_code):
        assert word not in said


def test_who_asked_for_discreet_contact_gets_no_mail_about_any_answer(db, tomek, ola):
    request = make_request(needs=TWO_NEEDS, applicant=MAIL, safe_contact=True)
    first, last = request.items.all()
    ask_resident(request, text="Jaki adres?", by=ola, now=NOW)
    qualify_item(first, by=tomek, now=NOW)
    waitlist_item(last, by=tomek, now=NOW)
    assert set(Message.objects.values_list("template", flat=True)) == {
        "question_asked",
        "request_news",
        "request_settled",
    }
    assert [compose(message) for message in Message.objects.all()] == [None, None, None]


def test_the_last_answer_settles_the_request_and_is_told_once(item, tomek):
    qualify_item(item, by=tomek, now=NOW)
    item.request.refresh_from_db()
    assert item.request.status == ServiceRequest.Status.SUBMITTED
    waitlist_item(item.request.items.last(), by=tomek, now=NOW)
    item.request.refresh_from_db()
    assert item.request.status == ServiceRequest.Status.SETTLED
    assert list(Message.objects.order_by("pk").values_list("template", flat=True)) == [
        "request_news",
        "request_settled",
    ]


def test_a_place_that_comes_free_is_told_after_the_request_was_settled(db, tomek):
    item = make_request().items.get()
    waitlist_item(item, by=tomek, now=NOW)
    qualify_item(item, by=tomek, now=at(date(2026, 12, 1)))
    assert item.status == RequestItem.Status.QUALIFIED
    assert Message.objects.filter(template="request_news").count() == 1


def test_informing_needs_words(item, tomek):
    with pytest.raises(ValidationError):
        inform_item(item, answer="  ", by=tomek, now=NOW)
    assert nothing_happened(item)
    inform_item(item, answer="Takiej usługi nie ma. Proszę zadzwonić do ZUS.", by=tomek, now=NOW)
    assert item.status == RequestItem.Status.INFORMED


def test_a_clerk_does_not_decide_needs(item, ola):
    for act in (qualify_item, waitlist_item):
        with pytest.raises(PermissionDenied):
            act(item, by=ola, now=NOW)
    with pytest.raises(PermissionDenied):
        propose_refusal(item, **GROUNDS, by=ola, now=NOW)
    assert nothing_happened(item)
    assert not AuditEvent.objects.filter(object_type="residents.requestitem").exists()


def test_a_second_answer_is_told_who_was_faster(item, tomek, kasia):
    stale = RequestItem.objects.get(pk=item.pk)
    qualify_item(item, by=tomek, now=NOW)
    with pytest.raises(TransitionNotAllowed, match="Tomek Lis"):
        waitlist_item(stale, by=kasia, now=NOW)
    item.refresh_from_db()
    assert item.status == RequestItem.Status.QUALIFIED


# -- passing on ----------------------------------------------------------------------------------
def test_a_need_is_passed_on_with_a_consent_that_names_receiver_data_and_purpose(item, tomek, pcpr):
    forward_item(item, receiver=pcpr, **CONSENT, by=tomek, now=NOW)
    item.refresh_from_db()
    assert (item.status, item.forwarded_to) == ("forwarded", pcpr)
    assert (item.consent.receiver, item.consent.taken_by, item.consent.request) == (pcpr, tomek, item.request)


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_scope": " "},
        {"purpose": ""},
        {"given_on": date(2026, 11, 13)},
        {"valid_until": date(2026, 11, 11)},
    ],
)
def test_a_need_is_not_passed_on_without_a_whole_consent(item, tomek, pcpr, wrong):
    with pytest.raises(ValidationError):
        forward_item(item, receiver=pcpr, **(CONSENT | wrong), by=tomek, now=NOW)
    assert nothing_happened(item)
    assert not Consent.objects.exists()


def test_a_need_is_not_passed_on_to_ourselves(item, tomek, centre):
    with pytest.raises(ValidationError):
        forward_item(item, receiver=centre, **CONSENT, by=tomek, now=NOW)
    assert nothing_happened(item)


# -- refusing ------------------------------------------------------------------------------------
def test_a_proposed_refusal_waits_for_the_director_and_decides_nothing(proposed, tomek):
    assert nothing_happened(proposed, RequestItem.Status.REFUSAL_PROPOSED)
    assert (proposed.refusal.proposed_by, proposed.refusal.number) == (tomek, None)
    assert not Message.objects.exists()


@pytest.mark.parametrize("missing", ["factual_grounds", "legal_grounds", "appeal_instruction"])
def test_a_refusal_has_grounds_and_instruction_on_appeal(item, tomek, missing):
    with pytest.raises(ValidationError):
        propose_refusal(item, **(GROUNDS | {missing: "  "}), by=tomek, now=NOW)
    assert nothing_happened(item)
    assert not RefusalDecision.objects.exists()


def test_the_instruction_names_fourteen_days_and_the_appeals_board():
    text = appeal_instruction()
    assert "Samorządowego Kolegium Odwoławczego" in text
    assert "14" in text


def test_the_director_signs_and_the_decision_gets_its_number(proposed, danuta):
    sign_refusal(proposed, by=danuta, now=NOW)
    proposed.refresh_from_db()
    assert (proposed.status, proposed.decided_by) == ("refused", danuta)
    assert proposed.refusal.number == "CUS.4011.1.2026"
    assert (proposed.refusal.signed_by, proposed.refusal.signed_at) == (danuta, NOW)


def test_a_refusal_is_never_signed_by_its_proposer_whatever_the_role(proposed, tomek):
    centre = personas.institution(personas.CENTRE)
    tomek.memberships.create(institution=centre, role="director", valid_from=date(2026, 1, 1))
    both = type(tomek).objects.get(pk=tomek.pk)
    assert both.granted("residents.sign_refusal")
    with pytest.raises(PermissionDenied):
        sign_refusal(proposed, by=both, now=NOW)
    assert nothing_happened(proposed, RequestItem.Status.REFUSAL_PROPOSED)
    assert RefusalDecision.objects.get().number is None


@pytest.mark.parametrize("name", ["ola", "kasia", "beata", "iwona", "ewa", "renata", "root", "stranger"])
def test_only_the_director_signs(proposed, name):
    with pytest.raises(PermissionDenied):
        sign_refusal(proposed, by=personas.person(name), now=NOW)
    assert nothing_happened(proposed, RequestItem.Status.REFUSAL_PROPOSED)


def test_a_refusal_sent_back_opens_the_need_again_and_keeps_its_text(proposed, danuta, kasia):
    with pytest.raises(ValidationError):
        return_refusal(proposed, reason="", by=danuta, now=NOW)
    return_refusal(proposed, reason="Proszę sprawdzić adres.", by=danuta, now=NOW)
    assert nothing_happened(proposed)
    assert RefusalDecision.objects.get().factual_grounds == GROUNDS["factual_grounds"]
    propose_refusal(proposed, **(GROUNDS | {"legal_grounds": "§ 5"}), by=kasia, now=NOW)
    decision = RefusalDecision.objects.get()
    assert (decision.proposed_by, decision.legal_grounds) == (kasia, "§ 5")


@pytest.mark.parametrize(
    ("now", "number"),
    [
        (at(date(2026, 12, 31), 23, 59), "CUS.4011.1.2026"),
        (at(date(2027, 1, 1), 0, 1), "CUS.4011.1.2027"),  # 23:01 of the old year in UTC
    ],
)
def test_the_year_of_a_decision_turns_at_midnight_in_warsaw(proposed, danuta, now, number):
    sign_refusal(proposed, by=danuta, now=now)
    assert proposed.refusal.number == number


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_decision_numbers_have_no_gap_when_many_sign_at_once():
    tomek, danuta = personas.person("tomek"), personas.person("danuta")
    items = [make_request().items.get() for _ in range(6)]
    for item in items:
        propose_refusal(item, **GROUNDS, by=tomek, now=NOW)
    lost = []
    start = threading.Barrier(len(items) * 2)

    def sign(pk):
        try:
            director = type(danuta).objects.get(pk=danuta.pk)
            item = RequestItem.objects.get(pk=pk)
            start.wait(10)
            sign_refusal(item, by=director, now=NOW)
        except TransitionNotAllowed:
            lost.append(pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sign, args=[item.pk]) for item in items for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    numbers = RefusalDecision.objects.values_list("number", flat=True)
    assert sorted(numbers) == [f"CUS.4011.{n}.2026" for n in range(1, 7)]
    assert sorted(lost) == sorted(item.pk for item in items)


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_of_two_who_decide_the_last_two_needs_at_once_one_settles_the_request():
    people = [personas.person("tomek"), personas.person("kasia")]
    request = make_request(needs=TWO_NEEDS)
    start = threading.Barrier(2)

    def decide(item, by):
        try:
            start.wait(10)
            qualify_item(item, by=by, now=NOW)
        finally:
            connections.close_all()

    pairs = zip(request.items.all(), people, strict=True)
    threads = [threading.Thread(target=decide, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.SETTLED
    assert AuditEvent.objects.filter(action="servicerequest.settle").count() == 1


def test_the_database_refuses_a_signature_of_the_proposer(proposed, tomek):
    with pytest.raises(IntegrityError), transaction.atomic():
        RefusalDecision.objects.update(signed_by=tomek, signed_at=NOW, number="X")
