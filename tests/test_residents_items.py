"""What becomes of a need: the rules of deciding, passing on and refusing."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connections, transaction
from django.utils.timezone import localdate

from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    appeal_instruction,
    ask_resident,
    forward_item,
    inform_item,
    offer_place,
    propose_refusal,
    qualify_item,
    return_refusal,
    sign_refusal,
    waitlist_item,
)
from residents.models import Consent, GivenPlace, RefusalDecision, RequestItem, ServiceRequest
from services.models import ProgrammeService
from tests import personas
from tests.desk import move, page, words
from tests.factories import NOW, TODAY, at, make_request, make_service
from tests.intake import MAIL

TWO_NEEDS = [(None, "pomoc w domu"), (None, "dowóz do lekarza")]
GROUNDS = {
    "factual_grounds": "Osoba mieszka poza gminą Bełżyce.",
    "legal_grounds": "Uchwała nr XLI/445/2021, § 4.",
    "appeal_instruction": "Odwołanie w ciągu 14 dni.",
}
CONSENT = {
    "data_scope": "imię, nazwisko, telefon, opis potrzeby",
    "purpose_note": "załatwienie sprawy w PCPR",
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


def need_of(regime):
    row = make_service().programme_services.get()
    ProgrammeService.objects.filter(pk=row.pk).update(regime=regime)
    return make_request(needs=[(row.service, "")]).items.get()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("number", "day", "lacking"),
    [
        (" ", TODAY, "decision_number"),
        ("CUS.4110.7.2026", None, "decision_on"),
        ("CUS.4110.7.2026", TODAY + timedelta(1), "decision_on"),
    ],
)
def test_domain_1_8_what_is_granted_by_decision_is_not_granted_without_its_number_and_day(tomek, number, day, lacking):
    item = need_of("decision")
    with pytest.raises(ValidationError) as refused:
        qualify_item(item, decision_number=number, decision_on=day, by=tomek, now=NOW)
    assert list(refused.value.message_dict) == [lacking]
    assert nothing_happened(item)
    assert not GivenPlace.objects.exists()
    qualify_item(item, decision_number="CUS.4110.7.2026", decision_on=TODAY, by=tomek, now=NOW)
    item.refresh_from_db()
    assert (item.status, item.decision_number, item.decision_on) == ("qualified", "CUS.4110.7.2026", TODAY)


def test_domain_1_8_no_place_is_offered_where_a_decision_grants_it(db, tomek):
    item = waitlist_item(need_of("decision"), by=tomek, now=NOW)
    with pytest.raises(ValidationError, match="decyzj"):
        offer_place(item, by=tomek, now=NOW)
    item.refresh_from_db()
    assert item.status == "waitlisted"


@pytest.mark.django_db
@pytest.mark.parametrize("regime", ["informal", "partner"])
def test_domain_1_8_what_is_given_without_a_decision_is_not_refused_by_one(tomek, regime):
    item = need_of(regime)
    with pytest.raises(ValidationError):
        propose_refusal(item, **GROUNDS, by=tomek, now=NOW)
    assert nothing_happened(item)
    assert not RefusalDecision.objects.exists()
    inform_item(item, answer="Klub jest otwarty w środy.", by=tomek, now=NOW)
    assert item.status == "informed"


def test_the_page_of_a_need_says_how_it_is_granted_and_asks_for_the_decision(sign_in, db, tomek):
    item, plain, client = need_of("decision"), need_of("informal"), sign_in(tomek)
    assert "decyzją administracyjną" in words(client.get(page(item)))
    assert move(plain, "propose_refusal") not in client.get(page(plain)).content.decode()
    assert "decision_number" not in client.get(move(plain, "qualify")).context["form"].fields
    sent = {"version": item.version, "decision_number": "CUS.4110.7.2026", "decision_on": f"{localdate():%d.%m.%Y}"}
    assert client.post(move(item, "qualify"), sent | {"decision_number": ""}).status_code == 200
    assert client.post(move(item, "qualify"), sent).status_code == 302
    assert "CUS.4110.7.2026" in words(client.get(page(item)))


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
        {"purpose_note": ""},
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
