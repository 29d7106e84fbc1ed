"""A question about some needs of a request: their clocks stand, those of the others run on."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import override

from coordination.columns import need_cells
from coordination.copies import copy_of
from coordination.reminders import questions_waiting
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    answer_question,
    ask_resident,
    draft_letter,
    inform_item,
    leave_unexamined,
    qualify_item,
    send_letter,
    withdraw_item,
)
from residents.actions.queue import standing_of
from residents.models import ClockPause, Letter, QueueEvent, RequestItem, ServiceRequest
from residents.thread import thread_of
from residents.tracking import public_steps
from services.models import ProgrammeService
from tests.coordination_world import make_case
from tests.desk import move, page, words
from tests.factories import NOW, TODAY, at, holder_of, make_request, make_service
from tests.intake import ANSWER, MAIL, STATUS, html, prove

Status = ServiceRequest.Status
DAY = timedelta(1)
DUE = date(2026, 11, 26)  # of a request received on 12 November


@pytest.fixture
def request_(ola):
    """A request with two needs, taken up by nobody yet; the question is about the second one."""
    return make_request(needs=[(make_service("Klub seniora"), ""), (None, "dowóz do lekarza")], applicant=MAIL)


def needs_of(request):
    return list(RequestItem.objects.filter(request=request).with_clock().order_by("position"))


def ask_about_the_second(request, ola, *, now=NOW, text="Dokąd ma być dowóz?"):
    ask_resident(request, text=text, needs=[needs_of(request)[1]], by=ola, now=now)
    return needs_of(request)


def fresh(obj):
    return type(obj).objects.get(pk=obj.pk)


# -- the clocks -----------------------------------------------------------------------------------
def test_kpa_art_36_only_the_need_that_was_asked_about_waits_and_the_other_keeps_its_term(request_, ola):
    first, second = ask_about_the_second(request_, ola)
    request = fresh(request_)
    assert (request.status, request.assigned_to) == (Status.IN_REVIEW, ola)
    assert [first.clock_stands, second.clock_stands] == [False, True]
    assert list(RequestItem.objects.undecided().ready()) == [first]
    assert request in ServiceRequest.objects.overdue(DUE + DAY)  # the first one is late

    answer_question(request, answer="Do Kraśnika.", by=holder_of(request), now=at(TODAY + 4 * DAY))
    first, second = needs_of(request)
    assert (first.due_raw_on, first.due_on) == (DUE, DUE)
    assert (second.due_raw_on, second.due_on) == (DUE + 4 * DAY, date(2026, 11, 30))
    assert (request.status, request.due_on) == (Status.IN_REVIEW, DUE)
    assert ClockPause.objects.get().item == second


def test_the_request_is_due_with_the_first_of_its_needs_that_is_still_open(request_, ola, tomek):
    ask_about_the_second(request_, ola)
    answer_question(request_, answer="Do Kraśnika.", by=holder_of(request_), now=at(TODAY + 4 * DAY))
    inform_item(needs_of(request_)[0], answer="Zapraszamy.", by=tomek, now=at(TODAY + 5 * DAY))
    request = fresh(request_)
    assert (request.status, request.due_raw_on) == (Status.IN_REVIEW, DUE + 4 * DAY)


def test_the_messages_and_the_copy_of_data_say_of_which_needs_a_question_is(request_, ola, tomek, client, sign_in):
    case = make_case(tomek)
    ServiceRequest.objects.filter(pk=request_.pk).update(case=case, resident=case.resident)
    ask_about_the_second(request_, ola)
    prove(client, request_)
    told = {"holder": client.get(reverse("residents:request_messages")), "desk": sign_in(tomek).get(page(case))}
    for who, answer in told.items():
        said = words(answer)
        assert said.index("Pytanie dotyczy: dowóz do lekarza") < said.index("Dokąd ma być dowóz?"), who
    rows = [row for section in copy_of(case.resident, left_out=[], on=TODAY)["sections"] for row in section["rows"]]
    assert ["Pytanie dotyczy", "dowóz do lekarza"] in rows
    answer_question(request_, answer="Do Kraśnika.", by=holder_of(request_), now=at(TODAY + DAY))
    ask_resident(fresh(request_), text="Od kiedy?", by=ola, now=at(TODAY + DAY))
    assert [entry.about for entry in thread_of(request_) if entry.is_ours] == [["dowóz do lekarza"], []]


def test_once_the_rest_is_decided_the_request_waits_for_the_person(request_, ola, tomek):
    first, _second = ask_about_the_second(request_, ola)
    inform_item(first, answer="Zapraszamy.", by=tomek, now=NOW)
    request = fresh(request_)
    assert request.status == Status.WAITING
    assert not ServiceRequest.objects.overdue(date(2027, 5, 1)).exists()
    answer_question(request, answer="Do Kraśnika.", by=holder_of(request), now=at(TODAY + 4 * DAY))
    assert (request.status, request.due_raw_on) == (Status.IN_REVIEW, DUE + 4 * DAY)


def test_a_question_falls_away_with_the_last_need_it_was_about(request_, ola):
    _first, second = ask_about_the_second(request_, ola)
    withdraw_item(second, by=holder_of(request_), now=at(TODAY + DAY))
    assert request_.questions.get().answered_at == at(TODAY + DAY)
    assert ClockPause.objects.get().ended_on == TODAY + DAY
    assert fresh(request_).status == Status.IN_REVIEW
    with pytest.raises(TransitionNotAllowed):
        answer_question(fresh(request_), answer="Za późno.", by=holder_of(request_), now=at(TODAY + 2 * DAY))
    assert request_.questions.get().answer == ""


def test_one_question_waits_at_a_time_and_is_about_open_needs_of_this_request(request_, ola, tomek):
    first, second = needs_of(request_)
    inform_item(second, answer="Nie ma.", by=tomek, now=NOW)
    other = make_request().items.get()
    for named in ([second], [first, other]):
        with pytest.raises(ValidationError):
            ask_resident(fresh(request_), text="?", needs=named, by=ola, now=NOW)
    assert not ClockPause.objects.exists()
    third = make_request(needs=[(None, "a"), (None, "b")])
    ask_about_the_second(third, ola)
    with pytest.raises(TransitionNotAllowed):
        ask_resident(fresh(third), text="?", needs=needs_of(third)[:1], by=ola, now=NOW)
    assert third.questions.count() == 1


# -- the queue ------------------------------------------------------------------------------------
def test_domain_1_7_the_need_nobody_asked_about_keeps_its_turn_in_the_order_of_complete_requests(ola, tomek):
    service = make_service("Klub seniora")
    basis = service.programme_services.get()
    ProgrammeService.objects.filter(pk=basis.pk).update(capacity=5, capacity_period="year")
    request = make_request(needs=[(service, ""), (None, "dowóz")], now=NOW - 5 * DAY)
    late = make_request(needs=[(service, "")]).items.get()
    ask_about_the_second(request, ola)
    with pytest.raises(ValidationError) as asks:
        qualify_item(late, by=tomek, now=NOW)
    assert "skip_reason" in asks.value.message_dict
    qualify_item(needs_of(request)[0], by=tomek, now=NOW)
    qualify_item(late, by=tomek, now=NOW)
    assert not QueueEvent.objects.filter(what="skipped").exists()


def test_a_need_is_complete_with_the_answer_that_was_about_it(ola):
    service = make_service("Klub seniora")
    request = make_request(needs=[(service, ""), (service, "x")])
    ServiceRequest.objects.filter(pk=request.pk).update(created_at=NOW)  # when it was filed, in the tests' time
    ask_about_the_second(request, ola)
    answer_question(request, answer="tak", by=holder_of(request), now=at(TODAY + DAY))
    complete = [standing_of(item, on=TODAY).complete_at for item in needs_of(request)]
    assert complete == [NOW, at(TODAY + DAY)]


# -- the call to complete -------------------------------------------------------------------------
def test_kpa_art_64_a_call_leaves_unexamined_only_the_need_it_names(request_, ola, tomek):
    ask_about_the_second(request_, ola)
    with override("pl"):
        letter = draft_letter(fresh(request_), kind=Letter.Kind.CALL, by=ola, now=NOW)
    assert "dotyczy tej jego części:\n\n– dowóz do lekarza" in letter.body
    assert "tę część zgłoszenia bez rozpoznania (art. 64 § 2 k.p.a.)" in letter.body
    send_letter(letter, channel=Letter.Channel.IN_PERSON, sent_on=TODAY, by=ola, now=NOW)
    past = letter.term_on + DAY
    assert letter in Letter.objects.unanswered(past)
    leave_unexamined(fresh(letter), by=tomek, now=at(past))
    assert [item.status for item in needs_of(request_)] == ["submitted", "unexamined"]
    assert request_.questions.get().answered_at == at(past)
    assert fresh(request_).status == Status.IN_REVIEW
    assert not Letter.objects.unanswered(past + DAY).exists()  # the need it was about is decided


# -- the pages ------------------------------------------------------------------------------------
def test_the_desk_ticks_the_needs_and_sees_which_clock_stands(request_, sign_in, ola):
    with time_machine.travel(at(TODAY, 9), tick=False):
        desk = sign_in(ola)
        first, second = needs_of(request_)
        form = desk.get(move(request_, "ask")).context["form"]
        assert form["needs"].value() == [str(first.pk), str(second.pk)]
        data = {"text": "Dokąd?", "version": request_.version}
        assert "needs" in desk.post(move(request_, "ask"), data).context["form"].errors
        desk.post(move(request_, "ask"), data | {"needs": [second.pk]})
        shown = words(desk.get(page(request_)))
        assert "Zapytano mieszkańca o to, czego brakuje w części potrzeb" in shown
        assert "12 listopada 2026 – do odpowiedzi dowóz do lekarza" in shown
        assert "12 listopada 2026 – do odpowiedzi" in words(desk.get(page(second)))
        rows = {row.pk: row for row in RequestItem.objects.with_clock().select_related("request")}
        assert rows[second.pk].clock_stands
        assert need_cells(rows[second.pk], TODAY)[-1].value is None
        single = make_request()
        assert "needs" not in desk.get(move(single, "ask")).context["form"].fields


def test_the_person_reads_which_need_is_asked_about_and_that_the_rest_goes_on(request_, client, ola):
    ask_about_the_second(request_, ola)
    assert Message.objects.get(template="question_asked").context["some"] is True
    assert [one.request for one in questions_waiting(TODAY)] == [request_]
    with time_machine.travel(at(TODAY, 9), tick=False):
        prove(client, request_)
        shown = html(client.get(STATUS))
        assert "Pytanie dotyczy: <strong>dowóz do lekarza</strong>" in shown
        assert "W pozostałych sprawach odpowiemy do 26 listopada 2026." in shown
        assert "Pytanie dotyczy: <strong>dowóz do lekarza</strong>" in html(client.get(ANSWER))
    with override("pl"):
        states = [(need.kind, need.word) for need in public_steps(fresh(request_), TODAY).needs]
    assert states == [("wait", "rozpatrujemy"), ("warn", "czekamy na Ciebie")]
