"""A request passed on in whole or in part, to several bodies in one go: each with a consent and a letter of its own."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cus_portal.accounts.actors import LinkHolder
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    draft_letter,
    forward_request,
    qualify_item,
    send_letter,
    withdraw_item,
    withdraw_request,
)
from residents.actions.consents import withdraw_consent
from residents.letter_texts import HANDED_OVER
from residents.models import Consent, Letter, RefusalDecision, RequestItem, ServiceRequest
from residents.tracking import public_steps
from tests.desk import move, page, words
from tests.factories import NOW, PERSON, TODAY, make_request, make_service

GIVEN = {"data": ["name", "phone"], "purpose_note": "załatwienie sprawy", "form": "written", "given_on": TODAY}
pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_three():
    needs = [(make_service("Pomoc prawna"), ""), (None, "dopłata do węgla"), (make_service("Opieka w domu"), "")]
    person = PERSON | {"phone": "600100200", "email": "wilga@demo.example", "address": "Lipowa 7"}
    return make_request(needs=needs, applicant=person)


def needs_of(request):
    return list(request.items.order_by("position"))


def statuses(request):
    return [item.status for item in needs_of(request)]


def test_each_body_gets_its_needs_a_consent_and_a_letter_and_nothing_of_the_others(
    request_of_three, tomek, pcpr, clinic
):
    law, coal, care = needs_of(request_of_three)
    letters = forward_request(request_of_three, parts={pcpr: [law, coal], clinic: [care]}, **GIVEN, by=tomek, now=NOW)
    assert statuses(request_of_three) == ["forwarded"] * 3
    assert [item.forwarded_to for item in needs_of(request_of_three)] == [pcpr, pcpr, clinic]
    consents = {item.consent for item in needs_of(request_of_three)}
    assert {(one.receiver, one.data_scope, one.purpose) for one in consents} == {
        (pcpr, "imię i nazwisko, telefon", "forwarding"),
        (clinic, "imię i nazwisko, telefon", "forwarding"),
    }
    assert {(letter.consent, letter.recipient) for letter in letters} == {(one, one.receiver.name) for one in consents}
    first, second = (letter.body for letter in letters)
    for word in ("Pomoc prawna", "dopłata do węgla", "Krystyna Wilga", "600100200"):
        assert word in first
    for word in ("Opieka w domu", "Lipowa 7", "wilga@demo.example", "1948"):
        assert word not in first
    assert "Opieka w domu" in second
    assert "Pomoc prawna" not in second


def test_the_whole_passed_on_settles_the_request_is_told_once_and_is_no_refusal(request_of_three, tomek, pcpr):
    Message.objects.all().delete()
    forward_request(request_of_three, parts={pcpr: needs_of(request_of_three)}, **GIVEN, by=tomek, now=NOW)
    request_of_three.refresh_from_db()
    assert request_of_three.status == ServiceRequest.Status.SETTLED
    assert [message.template for message in Message.objects.all()] == ["request_settled"]
    assert not RefusalDecision.objects.exists()
    assert {item.unmet.reason for item in needs_of(request_of_three)} == {"forwarded"}
    assert "PCPR" in str(public_steps(request_of_three, on=TODAY))
    assert AuditEvent.objects.filter(action="servicerequest.forward", facts={"receivers": 1}).count() == 1
    assert AuditEvent.objects.filter(action="requestitem.forward").count() == 3


def test_what_is_passed_on_in_part_leaves_the_rest_to_be_decided_here(request_of_three, tomek, pcpr):
    law, coal, care = needs_of(request_of_three)
    Message.objects.all().delete()
    forward_request(request_of_three, parts={pcpr: [law, coal]}, **GIVEN, by=tomek, now=NOW)
    request_of_three.refresh_from_db()
    assert request_of_three.is_open
    assert statuses(request_of_three) == ["forwarded", "forwarded", "submitted"]
    assert [message.template for message in Message.objects.all()] == ["request_news"]
    qualify_item(care, by=tomek, now=NOW)
    request_of_three.refresh_from_db()
    assert request_of_three.status == ServiceRequest.Status.SETTLED


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": []},
        {"purpose_note": " "},
        {"given_on": TODAY + timedelta(days=1)},
        {"valid_until": TODAY - timedelta(days=1)},
    ],
)
def test_without_a_whole_consent_nothing_at_all_is_passed_on(request_of_three, tomek, pcpr, wrong):
    with pytest.raises(ValidationError):
        forward_request(
            request_of_three, parts={pcpr: needs_of(request_of_three)}, **(GIVEN | wrong), by=tomek, now=NOW
        )
    assert_nothing_happened(request_of_three)


def test_one_wrong_body_or_a_need_decided_meanwhile_stops_all_of_it(request_of_three, tomek, kasia, ola, pcpr, centre):
    law, coal, _care = needs_of(request_of_three)
    with pytest.raises(ValidationError):
        forward_request(request_of_three, parts={pcpr: [law], centre: [coal]}, **GIVEN, by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        forward_request(request_of_three, parts={}, **GIVEN, by=tomek, now=NOW)
    with pytest.raises(PermissionDenied):
        forward_request(request_of_three, parts={pcpr: [law]}, **GIVEN, by=ola, now=NOW)
    assert_nothing_happened(request_of_three)
    law, coal, _care = needs_of(request_of_three)
    qualify_item(RequestItem.objects.get(pk=coal.pk), by=kasia, now=NOW)
    with pytest.raises(TransitionNotAllowed, match="Kasia Żuraw"):
        forward_request(request_of_three, parts={pcpr: [law, coal]}, **GIVEN, by=tomek, now=NOW)
    assert statuses(request_of_three) == ["submitted", "qualified", "submitted"]
    assert not Consent.objects.exists()


def assert_nothing_happened(request):
    assert statuses(request) == ["submitted"] * 3
    assert not Consent.objects.exists()
    assert not Letter.objects.exists()


def test_the_letter_leaves_only_while_the_consent_holds(request_of_three, tomek, pcpr):
    law, *_others = needs_of(request_of_three)
    [letter] = forward_request(request_of_three, parts={pcpr: [law]}, **GIVEN, by=tomek, now=NOW)
    withdraw_consent(letter.consent, form="oral", by=tomek, now=NOW)
    with pytest.raises(ValidationError, match="Zgoda"):
        send_letter(letter, channel="edelivery", sent_on=TODAY, by=tomek, now=NOW)
    letter.refresh_from_db()
    assert letter.status == Letter.Status.DRAFT


def test_a_letter_that_hands_over_needs_a_consent_given_for_that(request_of_three, tomek, pcpr):
    law, *_others = needs_of(request_of_three)
    [letter] = forward_request(request_of_three, parts={pcpr: [law]}, **GIVEN, by=tomek, now=NOW)
    for purpose in set(Consent.Purpose.values) - {"forwarding"}:
        Consent.objects.update(purpose=purpose)
        with pytest.raises(ValidationError, match="Zgoda"):
            send_letter(letter, channel="edelivery", sent_on=TODAY, by=tomek, now=NOW)
    Consent.objects.update(purpose="forwarding")
    assert send_letter(letter, channel="edelivery", sent_on=TODAY, by=tomek, now=NOW).status == Letter.Status.SENT


@pytest.mark.parametrize("who", ["holder", "clerk"])
def test_a_letter_that_has_not_left_goes_with_a_request_that_is_withdrawn(request_of_three, tomek, ola, pcpr, who):
    law, coal, _care = needs_of(request_of_three)
    [letter] = forward_request(request_of_three, parts={pcpr: [law]}, **GIVEN, by=tomek, now=NOW)
    call = draft_letter(request_of_three, kind="call", by=tomek, now=NOW)
    answer = draft_letter(request_of_three, kind="answer", by=tomek, now=NOW)
    by = LinkHolder(request_of_three.pk) if who == "holder" else ola
    withdraw_request(ServiceRequest.objects.get(pk=request_of_three.pk), by=by, now=NOW)
    assert statuses(request_of_three) == ["forwarded", "withdrawn", "withdrawn"]
    assert [Letter.objects.get(pk=one.pk).status for one in (letter, call, answer)] == [
        "discarded",
        "discarded",
        "draft",
    ]
    act = AuditEvent.objects.about(letter).get(action="letter.drop")
    assert act.actor_id == by.pk


def test_a_letter_that_has_left_stays_on_record(request_of_three, tomek, pcpr):
    law, *_others = needs_of(request_of_three)
    [letter] = forward_request(request_of_three, parts={pcpr: [law]}, **GIVEN, by=tomek, now=NOW)
    send_letter(letter, channel="edelivery", sent_on=TODAY, by=tomek, now=NOW)
    withdraw_request(ServiceRequest.objects.get(pk=request_of_three.pk), by=LinkHolder(request_of_three.pk), now=NOW)
    letter.refresh_from_db()
    assert letter.status == Letter.Status.SENT


def test_one_need_taken_back_leaves_the_letter_about_another(request_of_three, tomek, pcpr):
    law, coal, _care = needs_of(request_of_three)
    [letter] = forward_request(request_of_three, parts={pcpr: [law]}, **GIVEN, by=tomek, now=NOW)
    withdraw_item(coal, by=LinkHolder(request_of_three.pk), now=NOW)
    letter.refresh_from_db()
    assert letter.status == Letter.Status.DRAFT


def test_a_discreet_contact_is_told_to_whoever_gets_the_need(request_of_three, tomek, pcpr):
    ServiceRequest.objects.filter(pk=request_of_three.pk).update(safe_contact=True)
    request_of_three.refresh_from_db()
    law, *_others = needs_of(request_of_three)
    [letter] = forward_request(request_of_three, parts={pcpr: [law]}, **GIVEN, by=tomek, now=NOW)
    assert "dyskretn" in letter.body
    assert set(HANDED_OVER) >= set(GIVEN["data"])


def test_the_desk_asks_for_each_body_before_it_passes_on(sign_in, request_of_three, tomek, pcpr, clinic):
    law, coal, care = needs_of(request_of_three)
    client = sign_in(tomek)
    assert "Przekaż innym instytucjom" in words(client.get(page(request_of_three)))
    told = {
        "version": request_of_three.version,
        f"to_{law.pk}": pcpr.pk,
        f"agreed_{law.pk}": "on",
        f"to_{coal.pk}": clinic.pk,
        "data": ["name", "phone"],
        "purpose_note": "załatwienie",
        "form": "oral",
        "given_on": TODAY.strftime("%d.%m.%Y"),
    }
    unasked = client.post(move(request_of_three, "forward"), told)
    assert "Najpierw zapytaj" in words(unasked)
    assert_nothing_happened(request_of_three)
    client.post(move(request_of_three, "forward"), told | {f"agreed_{coal.pk}": "on"})
    assert statuses(request_of_three) == ["forwarded", "forwarded", "submitted"]
    shown = words(client.get(page(request_of_three)))
    assert "przekazanie innej instytucji" in shown
