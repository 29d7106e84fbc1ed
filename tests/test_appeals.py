"""A refusal after its signature: delivered, appealed or waived, final; and the way back to the old place (case 33)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.formats import date_format
from hypothesis import given
from hypothesis import strategies as st

from coordination.reminders import due_reminders, send_due_reminders
from cus_portal.notifications.models import Message
from cus_portal.workdays import is_workday
from residents.actions import (
    change_letter,
    deliver_letter,
    discard_letter,
    pass_appeal_on,
    presume_delivered,
    propose_refusal,
    record_appeal,
    record_appeal_result,
    record_notice,
    send_letter,
    sign_refusal,
    waitlist_item,
    waive_appeal,
)
from residents.delivery import appeal_until
from residents.models import Letter, RefusalAppeal, RefusalDecision, RequestItem, ServiceRequest
from residents.tracking import public_steps
from tests.desk import GROUNDS, INDEX, move, page, words
from tests.factories import NOW, PERSON, TODAY, at, make_case, make_request, make_service
from tests.intake import MAIL

pytestmark = pytest.mark.django_db
Status, Result = RequestItem.Status, RefusalAppeal.Result
HOME = {**PERSON, "address": "Lipowa 7", "postal_code": "24-200"}
DELIVERED = date(2026, 12, 10)
LATER = at(date(2027, 2, 1))


def refuse(item, tomek, danuta, *, now=NOW):
    propose_refusal(item, **GROUNDS, by=tomek, now=now)
    return sign_refusal(item, by=danuta, now=now)


@pytest.fixture
def refused(tomek, danuta):
    return refuse(make_request(applicant=HOME | {"email": MAIL["email"]}).items.get(), tomek, danuta)


@pytest.fixture
def delivered(refused, tomek):
    return hand_over(refused, tomek)


def hand_over(item, tomek, *, day=DELIVERED):
    letter = Letter.objects.get(refusal__item=item)
    send_letter(letter, channel="post", sent_on=TODAY, by=tomek, now=LATER)
    deliver_letter(letter, delivered_on=day, by=tomek, now=LATER)
    return RequestItem.objects.select_related("refusal__appeal", "request").get(pk=item.pk)


def appealed(item, tomek, *, filed_on=DELIVERED + timedelta(days=5)):
    record_appeal(item, filed_on=filed_on, by=tomek, now=LATER)
    pass_appeal_on(item, forwarded_on=filed_on + timedelta(days=2), by=tomek, now=LATER)
    return item


def decide(item, tomek, result):
    return record_appeal_result(
        item, result=result, decided_on=date(2027, 1, 20), board_number="SKO.1", by=tomek, now=LATER
    )


# -- the decision as a letter -------------------------------------------------------------------
def test_kpa_art_107_the_signed_decision_is_a_letter_with_all_that_the_law_asks_for(refused):
    letter = refused.refusal.letter
    assert letter.number == refused.refusal.number
    assert letter.subject == f"Decyzja nr {letter.number}"
    for part in (*[GROUNDS[name] for name in ("factual_grounds", "legal_grounds", "appeal_instruction")], "odmawiam"):
        assert part in letter.body
    assert refused.refusal.get_ground_display() == "nie mieszka w gminie"
    assert list(RefusalDecision.objects.to_deliver()) == [refused.refusal]


def test_a_signed_decision_is_neither_rewritten_nor_discarded_but_its_address_is_mended(refused, tomek):
    letter = refused.refusal.letter
    text = {"recipient": letter.recipient, "address": "Nowa 1", "subject": letter.subject, "body": letter.body}
    with pytest.raises(ValidationError):
        change_letter(letter, **(text | {"body": "inna treść"}), by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        discard_letter(letter, by=tomek, now=NOW)
    change_letter(letter, **text, by=tomek, now=NOW)
    assert letter.address == "Nowa 1"


# -- the days -----------------------------------------------------------------------------------
def test_case_32_the_fourteen_days_run_from_delivery_by_the_vector_of_5_8(delivered):
    refusal = delivered.refusal
    assert (refusal.delivered_on, refusal.appeal_raw_on, refusal.appeal_on) == (
        date(2026, 12, 10),
        date(2026, 12, 24),
        date(2026, 12, 28),
    )
    assert refusal.final_on == date(2026, 12, 29)


@given(st.dates(min_value=date(2025, 1, 1), max_value=date(2040, 12, 31)))
def test_the_last_day_to_appeal_is_a_working_day_and_never_before_the_fourteenth(day):
    last = appeal_until(day)
    assert last.raw == day + timedelta(days=14)
    assert last.moved >= last.raw
    assert is_workday(last.moved)
    between = (last.raw + timedelta(days=ahead) for ahead in range((last.moved - last.raw).days))
    assert not any(map(is_workday, between))


def test_a_decision_nobody_collects_is_delivered_by_law_and_its_term_runs(refused, tomek):
    letter = refused.refusal.letter
    send_letter(letter, channel="post", sent_on=TODAY, by=tomek, now=NOW)
    record_notice(letter, waits_since=date(2026, 12, 10), by=tomek, now=LATER)
    presume_delivered(letter, by=tomek, now=LATER)
    refusal = RefusalDecision.objects.get()
    assert (refusal.delivered_on, refusal.appeal_on) == (date(2026, 12, 28), date(2027, 1, 11))


def test_without_delivery_nothing_is_final_appealed_or_waived(refused, tomek):
    assert refused.refusal.final_on is None
    for act, day in ((record_appeal, "filed_on"), (waive_appeal, "waived_on")):
        with pytest.raises(ValidationError, match="doręczenie"):
            act(refused, **{day: TODAY}, by=tomek, now=LATER)


# -- waiver and appeal --------------------------------------------------------------------------
def test_kpa_art_127a_who_waives_makes_the_decision_final_that_day_and_appeals_no_more(delivered, tomek):
    for day in (DELIVERED - timedelta(days=1), date(2026, 12, 29)):
        with pytest.raises(ValidationError):
            waive_appeal(delivered, waived_on=day, by=tomek, now=LATER)
    waive_appeal(delivered, waived_on=date(2026, 12, 11), by=tomek, now=LATER)
    refusal = RefusalDecision.objects.get()
    assert refusal.final_on == date(2026, 12, 11)
    with pytest.raises(ValidationError):
        record_appeal(delivered, filed_on=date(2026, 12, 12), by=tomek, now=LATER)


def test_kpa_art_133_an_appeal_goes_on_within_seven_days_and_stops_the_decision(delivered, tomek):
    record_appeal(delivered, filed_on=date(2026, 12, 17), by=tomek, now=LATER)
    appeal = RefusalAppeal.objects.get()
    assert appeal.forward_by == date(2026, 12, 28)  # the 24th is off, then Christmas and a Sunday
    assert appeal.decision.final_on is None
    with pytest.raises(ValidationError):
        record_appeal(delivered, filed_on=date(2026, 12, 18), by=tomek, now=LATER)
    with pytest.raises(ValidationError, match="przekazano"):
        decide(delivered, tomek, Result.UPHELD)


def test_kpa_art_134_a_late_appeal_is_recorded_too_and_marked(delivered, tomek):
    record_appeal(delivered, filed_on=date(2026, 12, 29), by=tomek, now=LATER)
    assert RefusalAppeal.objects.get().is_late


@pytest.mark.parametrize(
    ("result", "status", "final_on"),
    [
        (Result.UPHELD, Status.REFUSED, date(2027, 1, 20)),
        (Result.INADMISSIBLE, Status.REFUSED, date(2027, 1, 20)),
        (Result.WITHDRAWN, Status.REFUSED, date(2026, 12, 29)),
        (Result.CHANGED, Status.WAITLISTED, None),
        (Result.CORRECTED, Status.WAITLISTED, None),
        (Result.RETURNED, Status.SUBMITTED, None),
    ],
)
def test_each_result_of_an_appeal_leaves_the_need_where_the_law_wants_it(delivered, tomek, result, status, final_on):
    decide(appealed(delivered, tomek), tomek, result)
    item = RequestItem.objects.get(pk=delivered.pk)
    refusal = RefusalDecision.objects.select_related("appeal").get()
    assert (item.status, refusal.final_on) == (status, final_on)
    assert (refusal.item_id is None) == (status != Status.REFUSED)
    assert Message.objects.filter(template="request_news").exists()


def test_case_33_who_wins_the_appeal_is_back_at_the_old_place(tomek, danuta):
    speech = make_service()
    first, second, third = (make_request(needs=[(speech, "")], applicant=HOME).items.get() for _number in range(3))
    waitlist_item(first, by=tomek, now=NOW)
    waitlist_item(third, by=tomek, now=NOW)
    refuse(second, tomek, danuta)
    assert place_of(third) == 2
    decide(appealed(hand_over(second, tomek), tomek), tomek, Result.CHANGED)
    assert [place_of(item) for item in (first, second, third)] == [1, 2, 3]


def place_of(item):
    word = public_steps(item.request.__class__.objects.get(pk=item.request_id), TODAY).needs[0].word
    return int(word.rsplit(" ", 1)[-1])


def test_what_the_board_sets_aside_is_refused_anew_by_another_decision_and_the_first_one_stays(
    delivered, tomek, danuta
):
    decide(appealed(delivered, tomek), tomek, Result.RETURNED)
    item = RequestItem.objects.get(pk=delivered.pk)
    again = refuse(item, tomek, danuta, now=LATER)
    assert item.former_refusals.get().number != again.refusal.number
    assert Letter.objects.filter(kind="decision").count() == 2


def test_a_refusal_answers_one_need_now_or_formerly(refused):
    with pytest.raises(IntegrityError), transaction.atomic():
        RefusalDecision.objects.update(item=None)


# -- rights and pages ---------------------------------------------------------------------------
def test_who_only_takes_requests_in_reads_whom_to_hand_an_appeal_to(delivered, sign_in, tomek, ola):
    def said(who):
        client = sign_in(who)
        return [words(client.get(where)) for where in (page(delivered), page(delivered.request))]

    assert all("Zapisuje je: koordynator lub organizator usług." in one for one in said(ola))
    assert not any("Zapisuje je" in one for one in said(tomek))
    record_appeal(delivered, filed_on=DELIVERED, by=tomek, now=LATER)
    case = make_case(coordinator=tomek, now=NOW)
    ServiceRequest.objects.filter(pk=delivered.request_id).update(case=case, resident=case.resident)
    assert all("Odwołanie prowadzi: Tomek Lis." in one for one in said(ola))


def test_who_only_takes_requests_in_handles_no_appeal(delivered, ola, danuta):
    for person in (ola, danuta):
        with pytest.raises(PermissionDenied):
            record_appeal(delivered, filed_on=DELIVERED, by=person, now=LATER)


def test_the_desk_goes_from_delivery_to_the_result_and_the_person_reads_the_last_day(delivered, sign_in, tomek):
    shown = public_steps(delivered.request, TODAY).needs[0]
    assert "do 28 grudnia 2026" in shown.next_step
    client = sign_in(tomek)
    assert {"appeal", "waive"} <= {one["name"] for one in client.get(page(delivered)).context["moves"]}
    record_appeal(delivered, filed_on=date(2026, 12, 17), by=tomek, now=LATER)
    assert "Mamy Twoje odwołanie" in public_steps(delivered.request, TODAY).needs[0].next_step
    listed = words(client.get(page(delivered)))
    assert "28 grudnia 2026" in listed
    names = {one["name"] for one in client.get(page(delivered)).context["moves"]}
    assert {"pass_on", "appeal_result"} <= names
    assert not {"appeal", "waive"} & names
    assert client.get(move(delivered, "appeal_result")).status_code == 200


# -- who is told ----------------------------------------------------------------------------------
def test_the_seven_days_of_an_appeal_are_told_before_they_end_and_no_more_once_it_is_passed_on(
    delivered, tomek, ola, danuta
):
    record_appeal(delivered, filed_on=DELIVERED, by=tomek, now=LATER)
    last = date(2026, 12, 17)
    assert RefusalAppeal.objects.get().forward_by == last

    def told(on):
        due = [row for row in due_reminders(on) if row.reminder.name == "appeal_to_pass_on"]
        return {(row.recipient, row.day) for row in due}

    assert told(last - timedelta(days=4)) == set()
    assert told(last - timedelta(days=3)) == {(person, last - timedelta(days=3)) for person in (ola, danuta)}
    assert told(last) == {(person, last) for person in (ola, danuta)}
    send_due_reminders(on=last, now=LATER)
    pass_appeal_on(delivered, forwarded_on=last, by=tomek, now=LATER)
    assert told(last + timedelta(days=1)) == set()


def test_decisions_that_nobody_has_received_stand_on_the_first_page(refused, sign_in, tomek):
    make_request()
    client = sign_in(tomek)
    assert "decyzje do doręczenia" in words(client.get(INDEX))
    letter = Letter.objects.get(refusal__item=refused)
    assert letter.number in words(client.get("/admin/residents/letter/?wait=decisions"))
    hand_over(refused, tomek)
    assert letter.number not in words(client.get("/admin/residents/letter/?wait=decisions"))


def test_a_decision_does_not_leave_before_it_was_signed(refused, tomek):
    letter = refused.refusal.letter
    with pytest.raises(ValidationError, match="Podaj dzień od 12 listopada 2026 do"):
        send_letter(letter, channel="post", sent_on=TODAY - timedelta(days=1), by=tomek, now=LATER)


def test_an_appeal_that_lies_here_is_the_centres_move_until_it_is_passed_on(delivered, sign_in, tomek):
    def said(kind, obj):
        obj.refresh_from_db()
        return words(sign_in(tomek).get(reverse(f"admin:residents_{kind}_change", args=[obj.pk])))

    request = delivered.request
    assert "Czyj ruch: nikt" in said("servicerequest", request)
    record_appeal(delivered, filed_on=DELIVERED + timedelta(days=5), by=tomek, now=LATER)
    by = date_format(RefusalAppeal.objects.get().forward_by, "j E Y")
    assert "Czyj ruch: centrum" in said("servicerequest", request)
    assert f"odwołanie przekazać do {by}" in said("requestitem", delivered)
    form = words(sign_in(tomek).get(reverse("admin:residents_requestitem_move", args=[delivered.pk, "pass_on"])))
    assert delivered.refusal.number in form
    pass_appeal_on(delivered, forwarded_on=DELIVERED + timedelta(days=6), by=tomek, now=LATER)
    assert "Czyj ruch: nikt" in said("servicerequest", request)
