"""What a proxy sees and does: as far as the power of attorney on record reaches, on every surface, to its last day."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from cus_portal.accounts.actors import AccountHolder
from cus_portal.notifications.outbox import deliver_due
from residents.actions import (
    add_attachments,
    answer_question,
    ask_resident,
    confirm_interest,
    correct_contact,
    draft_letter,
    identify_person,
    join_request,
    offer_place,
    qualify_item,
    waitlist_item,
    withdraw_request,
    write_message,
)
from residents.actions.life import end_powers
from residents.actions.people import add_representation, end_fact
from residents.models import Letter, RequestParty, ResidentAccount, ServiceRequest
from residents.thread import news_reach
from residents.tracking import lines_of, public_steps
from tests.factories import NOW, TODAY, at, holder_of, make_request, make_service
from tests.intake import STATUS, html, prove, scan

SON = {"first_name": "Jan", "last_name": "Kos", "email": "jan@demo.example", "address": "Długa 1", "basis": "proxy"}
MOTHER = {"first_name": "Maria", "last_name": "Lis", "address": "Lipowa 7"}
WHO_LOOKED, RECEIPT, THREAD = (
    reverse(f"residents:{name}") for name in ("who_looked", "request_receipt", "request_messages")
)
ENDS = date(2026, 11, 20)
AFTER = ENDS + timedelta(days=1)
NEED = "Zapraszamy w środę"


def filed(scope="", until=None, needs=None):
    return make_request(applicant=SON | {"scope": scope, "acts_until": until}, person=MOTHER, needs=needs)


def decided(scope, tomek, until=None):
    """A request of which the one need is granted, with an answer in words."""
    request = filed(scope, until)
    qualify_item(request.items.get(), answer=f"{NEED}.", by=tomek, now=NOW)
    request.refresh_from_db()
    return request


@pytest.mark.parametrize("scope", ["", "filing"])
def test_case_1_without_a_recorded_scope_a_proxy_sees_only_that_he_filed(client, tomek, scope):
    request = decided(scope, tomek)
    prove(client, request)
    page = html(client.get(STATUS))
    assert "Odpowiedź przekażemy osobie" in page
    assert NEED not in page
    assert client.get(WHO_LOOKED).url == STATUS
    assert client.get(RECEIPT).status_code == 200
    with pytest.raises(PermissionDenied):
        withdraw_request(request, by=holder_of(request), now=NOW)


def test_case_1_a_proxy_for_everything_sees_what_the_person_would(client, tomek):
    prove(client, decided("everything", tomek))
    assert NEED in html(client.get(STATUS))
    assert client.get(WHO_LOOKED).status_code == 200


def test_case_1_who_only_filed_does_not_learn_of_case_and_plan(ola, tomek):
    request = decided("", tomek)
    shown = public_steps(request, TODAY)
    assert (shown.heading, shown.lead) == (lines_of([request], TODAY)[0].heading, lines_of([request], TODAY)[0].lead)
    assert "osobie" in shown.lead
    assert not shown.can_be_withdrawn
    assert all(step["title"] != "obiady: przyznane" for step in shown.history)


def test_case_1_in_an_account_the_proxy_opens_no_more_than_by_the_code(client, tomek):
    request = decided("filing", tomek, until=ENDS)
    account = ResidentAccount.objects.create(email="jan@demo.example", email_index="x", created_at=NOW, entered_at=NOW)
    join_request(account, request, by=AccountHolder(account_id=account.pk), now=NOW)
    assert account.joined.standing().count() == 1
    assert "osobie" in lines_of([request], ENDS)[0].lead
    assert "Nie działasz" in lines_of([request], AFTER)[0].heading
    end_powers(on=AFTER)
    assert not account.joined.standing().exists()


def test_case_1_no_letter_with_an_answer_goes_to_who_only_filed(ola):
    def to(request, kind, on=TODAY):
        return draft_letter(request, kind=kind, by=ola, now=at(on)).recipient

    assert to(filed("everything"), Letter.Kind.ANSWER) == "Jan Kos"  # KPA art. 40 § 2
    assert to(filed(""), Letter.Kind.ANSWER) == "Maria Lis"
    assert to(filed(""), Letter.Kind.CALL) == "Jan Kos"
    ended = filed("everything", ENDS)
    assert to(ended, Letter.Kind.ANSWER, ENDS) == "Jan Kos"
    assert to(ended, Letter.Kind.ANSWER, AFTER) == to(ended, Letter.Kind.CALL, AFTER) == "Maria Lis"


def test_case_1_no_place_in_a_queue_is_offered_to_who_only_filed(tomek, client):
    for scope in ("everything", ""):
        item = filed(scope, needs=[(make_service(), "")]).items.get()
        waitlist_item(item, by=tomek, now=NOW)
        offer_place(item, by=tomek, now=NOW)
    with pytest.raises(PermissionDenied):
        confirm_interest(item, by=holder_of(item.request), now=NOW)
    deliver_due(now=timezone.now)
    assert sum("miejsce" in letter.body.lower() for letter in mail.outbox) == 1


def test_case_1_the_desk_is_told_before_it_writes_who_will_read_it(db):
    assert "wszystkiego w tej sprawie" in str(news_reach(filed("everything")))
    assert "nie pisz tu odpowiedzi" in str(news_reach(filed(""))).lower()


def test_case_1_after_its_last_day_the_power_opens_nothing(client, ola):
    request = filed("everything", ENDS)
    ask_resident(request, text="Prosimy o skan.", by=ola, now=NOW)
    with time_machine.travel(at(ENDS), tick=False):
        prove(client, request)
        assert client.get(THREAD).status_code == 200
    with time_machine.travel(at(AFTER), tick=False):
        prove(client, request)
        page = html(client.get(STATUS))
        assert "Nie działasz tu już za tę osobę" in page
        assert "Prosimy o skan." not in page
        assert {client.get(path).url for path in (WHO_LOOKED, RECEIPT, THREAD)} == {STATUS}
    acts = [
        (add_attachments, {"files": [scan()]}),
        (answer_question, {"answer": "x"}),
        (correct_contact, {"contact": {}}),
        (withdraw_request, {}),
        (write_message, {"text": "x", "token": request.submit_token}),
    ]
    for act, said in acts:
        with pytest.raises(PermissionDenied):
            act(request, **said, by=holder_of(request), now=at(AFTER))
    assert end_powers(on=ENDS) == 0
    assert end_powers(on=AFTER) == 1
    known = ServiceRequest.objects.get()
    assert known.access_code != request.access_code
    assert (known.code_is_the_persons, known.notification_email) == (True, "")
    assert end_powers(on=AFTER) == 0


def test_case_1_a_power_taken_back_ends_the_requests_filed_by_it_and_no_others(ola):
    mine, other = filed("everything"), filed("everything")
    identify_person(mine, resident=None, by=ola, now=NOW)
    power = add_representation(
        mine.resident, basis="proxy", name="Jan Kos", scope="sprawy w CUS", valid_from=TODAY, by=ola, now=NOW
    )
    end_fact(mine.resident, fact=power, ended_on=TODAY, reason="cofnięte", by=ola, now=NOW)
    ends = dict(RequestParty.objects.filter(role="applicant").values_list("request", "acts_until"))
    assert ends == {mine.pk: TODAY, other.pk: None}
    assert end_powers(on=TODAY + timedelta(days=1)) == 1
