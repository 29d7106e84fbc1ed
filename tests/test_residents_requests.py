"""Filing once, the clock, the questions, the withdrawal: what happens to a request before its needs are decided."""

import re
import threading
import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from cus_portal.accounts.actors import PublicActor
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    add_attachments,
    answer_question,
    ask_resident,
    settle_if_decided,
    submit_request,
    take_up,
    withdraw_item,
    withdraw_request,
)
from residents.models import Attachment, ClockPause, RequestItem, ServiceRequest
from residents.workflow import ITEM
from tests.factories import (
    NOW,
    PERSON,
    TODAY,
    at,
    holder_of,
    make_filing,
    make_locality,
    make_notice,
    make_request,
    make_service,
)

PDF = b"%PDF-1.4\n" + b"x" * 200
MAIL = {**PERSON, "email": "krystyna@demo.example"}


def scan(name="orzeczenie.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def actions_of(obj):
    return list(AuditEvent.objects.about(obj).order_by("pk").values_list("action", flat=True))


# -- filing -------------------------------------------------------------------------------------
def test_a_request_keeps_everything_that_was_filed(db):
    speech, notice, village = make_service(), make_notice(), make_locality()
    request = make_request(
        needs=[(speech, ""), (None, "chwila oddechu dla mnie")],
        applicant={"first_name": "Marek", "last_name": "Bocian", "email": "marek@demo.example", "basis": "statutory"},
        person={"first_name": "Zosia", "last_name": "Bocian", "locality": village, "pesel": "19222812306"},
        privacy_notice=notice,
        contact_note="po 16",
    )
    request.refresh_from_db()
    assert request.reference == "CUS-2026-0001"
    assert request.status == ServiceRequest.Status.SUBMITTED
    assert (request.received_on, request.due_on) == (date(2026, 11, 12), date(2026, 11, 26))
    assert request.for_whom == ServiceRequest.ForWhom.OTHER
    assert request.privacy_notice == notice
    assert [(item.position, str(item)) for item in request.items.all()] == [
        (1, "Terapia logopedyczna"),
        (2, "chwila oddechu dla mnie"),
    ]
    assert request.items.first().programme_service == speech.programme_services.get()
    assert {party.role: party.first_name for party in request.parties.all()} == {
        "applicant": "Marek",
        "person": "Zosia",
    }
    event = AuditEvent.objects.about(request).get()
    assert (event.action, event.to_state, event.facts) == ("servicerequest.submit", "submitted", {"channel": "portal"})


def test_the_code_is_easy_to_copy_and_not_readable_in_the_database(db):
    request = make_request()
    assert re.fullmatch(r"([A-HJKMNP-Z2-9]{3}-){2}[A-HJKMNP-Z2-9]{3}", request.access_code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_code FROM residents_servicerequest")
        assert request.access_code not in cursor.fetchone()[0]


def test_numbers_begin_anew_with_the_year_on_the_wall_clock_in_warsaw(db):
    assert make_request(now=at(date(2026, 12, 31), 23, 59)).reference == "CUS-2026-0001"
    assert make_request(now=at(date(2027, 1, 1), 0, 30)).reference == "CUS-2027-0001"  # 23:30 of the old year in UTC
    assert make_request(now=at(date(2027, 1, 1), 0, 31)).reference == "CUS-2027-0002"


@pytest.mark.parametrize(
    ("received_on", "due_on"),
    [
        (date(2026, 11, 12), date(2026, 11, 26)),
        (date(2026, 11, 14), date(2026, 11, 30)),  # the 28th is a Saturday
        (date(2026, 12, 10), date(2026, 12, 28)),  # the 24th, free since 2025, Christmas, Sunday
        (date(2026, 10, 28), date(2026, 11, 12)),  # 11 November
    ],
)
def test_the_answer_is_due_in_fourteen_days_or_on_the_next_working_day(db, received_on, due_on):
    filed = make_request(on=received_on)
    assert (filed.due_raw_on, filed.due_on) == (received_on + timedelta(14), due_on)


def test_the_basis_is_the_one_in_force_on_the_day_of_receipt(db):
    ended = make_service(valid_to=date(2026, 11, 11))
    assert make_request(needs=[(ended, "")], on=date(2026, 11, 11)).items.get().programme_service is not None
    assert make_request(needs=[(ended, "")], on=date(2026, 11, 12)).items.get().programme_service is None


def test_the_same_token_files_once(db):
    filing = make_filing(applicant=MAIL)
    first = submit_request(filing, by=PublicActor(), now=NOW)
    assert submit_request(filing, by=PublicActor(), now=NOW) == first
    assert ServiceRequest.objects.count() == RequestItem.objects.count() == Message.objects.count() == 1
    assert AuditEvent.objects.filter(action="servicerequest.submit").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_file_one_request_and_leave_no_gap():
    token, together, filed, failed = uuid.uuid4(), threading.Barrier(2), [], []

    def click():
        try:
            together.wait(10)
            filed.append(submit_request(make_filing(submit_token=token), by=PublicActor(), now=NOW).pk)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed
    assert len(set(filed)) == 1
    assert ServiceRequest.objects.get().reference == "CUS-2026-0001"
    assert make_request().reference == "CUS-2026-0002"


@pytest.mark.parametrize("needs", [1, 5, 10])
def test_filing_costs_the_same_whatever_the_number_of_needs(db, needs, django_assert_max_num_queries):
    services = [make_service(f"Usługa {number}") for number in range(needs)]
    filing = make_filing(needs=[(service, "") for service in services], applicant=MAIL, person=PERSON)
    with django_assert_max_num_queries(14):
        submit_request(filing, by=PublicActor(), now=NOW, files=[scan()])


def test_a_request_without_a_need_is_not_filed(db):
    with pytest.raises(ValueError, match="need"):
        make_request(needs=[])
    assert not ServiceRequest.objects.exists()


def test_an_institutions_worker_cannot_file(db, ewa):
    with pytest.raises(PermissionDenied):
        make_request(by=ewa)
    assert not ServiceRequest.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_clerk_files_for_who_calls(ola):
    request = make_request(by=ola, channel=ServiceRequest.Channel.PHONE)
    assert request.filed_by == ola
    assert AuditEvent.objects.about(request).get().actor == ola


# -- the receipt --------------------------------------------------------------------------------
@pytest.mark.parametrize("fields", [{"applicant": MAIL, "safe_contact": True}, {"applicant": PERSON}])
def test_no_mail_is_written_where_it_could_be_read_by_another_or_has_no_address(db, fields):
    make_request(**fields)
    assert not Message.objects.exists()


# -- taking up, asking, answering ---------------------------------------------------------------
def test_of_two_clerks_one_takes_a_request_up(ola, tomek):
    request = make_request()
    stale = ServiceRequest.objects.get(pk=request.pk)
    take_up(request, by=ola, now=NOW)
    with pytest.raises(TransitionNotAllowed, match="Ola Wrona"):
        take_up(stale, by=tomek, now=NOW)
    request.refresh_from_db()
    assert (request.status, request.assigned_to) == (ServiceRequest.Status.IN_REVIEW, ola)


def test_the_resident_cannot_take_up_his_own_request(db):
    request = make_request()
    with pytest.raises(PermissionDenied):
        take_up(request, by=holder_of(request), now=NOW)
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.SUBMITTED


def test_a_question_stops_the_clock_and_its_answer_moves_the_day(ola):
    request = make_request(applicant=MAIL)
    ask_resident(request, text="Prosimy o skan orzeczenia.", by=ola, now=at(date(2026, 11, 16)))
    assert request.status == ServiceRequest.Status.WAITING
    assert request.assigned_to == ola
    assert ClockPause.objects.get().began_on == date(2026, 11, 16)
    assert not ServiceRequest.objects.overdue(date(2027, 5, 1)).exists()

    answer_question(request, files=[scan()], by=holder_of(request), now=at(date(2026, 11, 20)))
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.IN_REVIEW
    assert ClockPause.objects.get().ended_on == date(2026, 11, 20)
    assert request.due_on == date(2026, 11, 30)  # 26 November and four days, a Monday
    question = request.questions.get()
    assert question.answered_at == at(date(2026, 11, 20))
    assert question.attachments.get().name == "orzeczenie.pdf"
    told = Message.objects.get(template="request_answered")
    assert told.recipient_id == ola.pk


def test_case_48_and_49_days_of_two_pauses_add_up_before_the_term_is_moved_off_a_day_off(ola):
    """The clock's pauses are intervals, and the term ends on no day off."""
    request = make_request()  # due on 26 November
    ask_resident(request, text="?", by=ola, now=at(date(2026, 11, 13)))
    answer_question(request, answer="tak", by=holder_of(request), now=at(date(2026, 11, 14)))
    assert request.due_on == date(2026, 11, 27)
    ask_resident(request, text="?", by=ola, now=at(date(2026, 11, 16)))
    answer_question(request, answer="tak", by=holder_of(request), now=at(date(2026, 11, 18)))
    assert request.due_on == date(2026, 11, 30)  # 26 + 1 + 2 = the 29th, a Sunday
    assert request.due_raw_on == date(2026, 11, 29)
    ask_resident(request, text="?", by=ola, now=at(date(2026, 11, 19), 8))
    answer_question(request, answer="tak", by=holder_of(request), now=at(date(2026, 11, 19), 16))
    assert request.due_on == date(2026, 11, 30)  # the same day: no day stood


def test_a_pause_over_midnight_is_counted_by_days_in_warsaw(ola):
    request = make_request()
    ask_resident(request, text="?", by=ola, now=at(date(2026, 11, 16), 23, 50))
    answer_question(request, answer="tak", by=holder_of(request), now=at(date(2026, 11, 17), 0, 20))
    assert request.due_on == date(2026, 11, 27)


def test_the_same_answer_twice_is_kept_once(ola):
    request = make_request()
    ask_resident(request, text="?", by=ola, now=NOW)
    stale = ServiceRequest.objects.get(pk=request.pk)
    answer_question(request, answer="pierwsza", by=holder_of(request), now=NOW)
    with pytest.raises(TransitionNotAllowed):
        answer_question(stale, answer="druga", by=holder_of(request), now=NOW)
    assert request.questions.get().answer == "pierwsza"


def test_the_holder_of_another_request_cannot_answer(ola):
    request, other = make_request(), make_request()
    ask_resident(request, text="?", by=ola, now=NOW)
    with pytest.raises(PermissionDenied):
        answer_question(request, answer="nie moje", by=holder_of(other), now=NOW)
    assert request.questions.get().answered_at is None
    assert ClockPause.objects.get().ended_on is None


# -- files --------------------------------------------------------------------------------------
def test_a_file_is_kept_under_a_random_name_with_its_digest(db):
    request = make_request()
    add_attachments(request, files=[scan("44051412315 orzeczenie.pdf")], by=holder_of(request), now=NOW)
    kept = Attachment.objects.get()
    assert re.fullmatch(r"attachments/[0-9a-f]{32}", kept.file.name)
    assert kept.name == "orzeczenie.pdf"
    assert (kept.content_type, kept.size) == ("application/pdf", len(PDF))
    with kept.file.open("rb") as stored:
        assert stored.read() == PDF
    assert actions_of(request) == ["servicerequest.submit", "servicerequest.attach"]


def test_a_file_of_the_wrong_kind_files_nothing(db):
    with pytest.raises(ValidationError):
        submit_request(make_filing(), by=PublicActor(), now=NOW, files=[scan(), scan("a.pdf", b"MZ" + b"\0" * 300)])
    assert not ServiceRequest.objects.exists()
    assert not Attachment.objects.exists()


def test_a_request_holds_so_many_files_and_no_more(db, monkeypatch):
    monkeypatch.setattr("residents.actions.requests.ATTACHMENTS_PER_REQUEST", 2)
    request = make_request()
    add_attachments(request, files=[scan(), scan()], by=holder_of(request), now=NOW)
    with pytest.raises(ValidationError):
        add_attachments(request, files=[scan()], by=holder_of(request), now=NOW)
    assert request.attachments.count() == 2


def test_a_closed_request_takes_no_files(db):
    request = make_request()
    withdraw_request(request, by=holder_of(request), now=NOW)
    with pytest.raises(ValidationError, match="zamknięte|closed"):
        add_attachments(request, files=[scan()], by=holder_of(request), now=NOW)
    assert not Attachment.objects.exists()


def test_what_was_closed_since_the_page_was_opened_takes_no_files(db):
    request = make_request()
    seen = ServiceRequest.objects.get(pk=request.pk)
    withdraw_request(request, by=holder_of(request), now=NOW)
    with pytest.raises(ValidationError):
        add_attachments(seen, files=[scan()], by=holder_of(request), now=NOW)
    assert not Attachment.objects.exists()


# -- withdrawing and settling -------------------------------------------------------------------
def test_withdrawing_takes_the_open_needs_along_and_tells_the_worker(ola):
    request = make_request(needs=[(make_service(), ""), (None, "opieka")])
    ask_resident(request, text="?", by=ola, now=NOW)
    withdraw_request(request, by=holder_of(request), now=at(date(2026, 11, 13)))
    request.refresh_from_db()
    assert (request.status, request.withdrawn_at) == (ServiceRequest.Status.WITHDRAWN, at(date(2026, 11, 13)))
    assert {item.status for item in request.items.all()} == {RequestItem.Status.WITHDRAWN}
    assert [pause.ended_on for pause in ClockPause.objects.all()] == [date(2026, 11, 13)] * 2
    assert request.questions.get().answered_at is not None
    assert Message.objects.get(template="request_withdrawn").recipient_id == ola.pk


def test_withdrawing_leaves_what_was_granted(tomek):
    request = make_request(needs=[(None, "opieka"), (None, "obiady")])
    granted = request.items.first()
    ITEM.move(granted, "qualify", by=tomek, decided_at=NOW, decided_by=tomek)
    withdraw_request(request, by=holder_of(request), now=NOW)
    assert [item.status for item in request.items.all()] == ["qualified", "withdrawn"]


def test_withdrawing_one_need_leaves_the_request_open(db):
    request = make_request(needs=[(None, "opieka"), (None, "obiady")])
    withdraw_item(request.items.first(), by=holder_of(request), now=NOW)
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.SUBMITTED
    assert [item.status for item in request.items.all()] == ["withdrawn", "submitted"]


def test_the_last_need_takes_the_request_with_it(db):
    request = make_request(needs=[(None, "opieka"), (None, "obiady")])
    for item in request.items.all():
        withdraw_item(item, by=holder_of(request), now=NOW)
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.WITHDRAWN


def test_withdrawing_the_last_undecided_need_settles_the_request(tomek):
    request = make_request(needs=[(None, "opieka"), (None, "obiady")])
    first, second = request.items.all()
    ITEM.move(first, "qualify", by=tomek, decided_at=NOW, decided_by=tomek)
    withdraw_item(second, by=holder_of(request), now=NOW)
    request.refresh_from_db()
    assert request.status == ServiceRequest.Status.SETTLED


def test_a_neighbour_can_withdraw_nothing_of_mine(db):
    mine, his = make_request(), make_request()
    with pytest.raises(PermissionDenied):
        withdraw_request(mine, by=holder_of(his), now=NOW)
    with pytest.raises(PermissionDenied):
        withdraw_item(mine.items.get(), by=holder_of(his), now=NOW)
    mine.refresh_from_db()
    assert mine.status == ServiceRequest.Status.SUBMITTED
    assert actions_of(mine) == ["servicerequest.submit"]


def test_a_request_settles_with_its_last_decision_and_the_open_question_falls_away(tomek):
    request = make_request(applicant=MAIL)
    ask_resident(request, text="?", by=tomek, now=NOW)
    settle_if_decided(request, by=tomek, now=NOW)
    assert request.status == ServiceRequest.Status.WAITING
    ITEM.move(request.items.get(), "inform", by=tomek, decided_at=NOW, decided_by=tomek)
    settle_if_decided(request, by=tomek, now=at(TODAY, 15))
    assert request.status == ServiceRequest.Status.SETTLED
    assert request.questions.get().answered_at == at(TODAY, 15)
    assert ClockPause.objects.get().ended_on == TODAY
    assert Message.objects.filter(template="request_settled").count() == 1
