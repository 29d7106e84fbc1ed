"""Messages between the person and the desk: one thread with the questions, told of without content."""

import re
import threading
import uuid
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from cus_portal.audit.log import record
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from residents.actions import (
    answer_message,
    answer_question,
    ask_resident,
    close_case,
    inform_item,
    note_message,
    restrict_file,
    take_up,
    withdraw_request,
    write_about_case,
    write_message,
)
from residents.models import RequestMessage, ServiceRequest
from residents.thread import thread_of, thread_of_holder
from residents.views import messages as messages_view
from tests import personas
from tests.desk import INDEX, QUEUE, move, page, words
from tests.factories import NOW, TODAY, at, holder_of, make_case, make_request
from tests.intake import MAIL, STATUS, errors, html, prove, scan

pytestmark = pytest.mark.django_db
THREAD = "/moja-sprawa/wiadomosci/"
ROOM = reverse("admin:residents_requestmessage_changelist")
Status = RequestMessage.Status


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path


def write(request, text="Kiedy ktoś zadzwoni?", *, by=None, now=NOW, token=None, files=()):
    return write_message(
        request, text=text, files=files, token=token or uuid.uuid4(), by=by or holder_of(request), now=now
    )


def sent_to(obj, template):
    return Message.objects.filter(template=template, recipient_type=obj._meta.label_lower, recipient_id=obj.pk)


def token_on(response):
    return response.context["form"].initial["token"]


# -- the resident's side ------------------------------------------------------------------------
def test_what_a_resident_writes_waits_for_an_answer_until_the_third_working_day(ola):
    request = make_request()
    take_up(request, by=ola, now=NOW)
    message = write(request, now=at(date(2026, 12, 22)))
    assert (message.status, message.answer_by) == (Status.WAITING, date(2026, 12, 29))
    assert sent_to(ola, "message_received").count() == 1
    assert AuditEvent.objects.about(message).get().action == "requestmessage.write"


def test_the_thread_is_read_and_written_with_number_and_code_only(client):
    request = make_request()
    assert client.get(THREAD).url == "/moja-sprawa/"
    prove(client, request)
    opened = client.get(THREAD)
    assert "Wiadomość nie jest nowym zgłoszeniem" in html(opened)
    said = {"text": "Zmieniłam godziny pracy.", "files": [scan()], "token": token_on(opened)}
    assert client.post(THREAD, said).url == THREAD
    shown = html(client.get(THREAD))
    assert "Zmieniłam godziny pracy." in shown
    assert "orzeczenie.pdf" in shown
    assert request.attachments.get().message == request.messages.get()


def test_a_double_click_or_a_reload_writes_once_and_other_words_are_another_message(client):
    request = make_request(applicant=MAIL)
    prove(client, request)
    form = {"text": "Jedna", "token": token_on(client.get(THREAD))}
    for _click in range(2):
        assert client.post(THREAD, form).url == THREAD
    client.post(THREAD, form | {"text": "Druga"})  # typed over in a tab that went back
    assert list(request.messages.order_by("pk").values_list("text", flat=True)) == ["Jedna", "Druga"]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_write_once():
    request, token = make_request(), uuid.uuid4()
    start = threading.Barrier(2)

    def click():
        mine = ServiceRequest.objects.get(pk=request.pk)
        start.wait(10)
        write(mine, token=token)
        connection.close()

    clicks = [threading.Thread(target=click) for _number in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join(20)
    assert request.messages.count() == 1


def test_nothing_that_was_written_is_lost_when_a_file_cannot_be_kept(client):
    request = make_request()
    prove(client, request)
    form = {"text": "Proszę o telefon", "token": token_on(client.get(THREAD))}
    bad = client.post(THREAD, form | {"files": [scan("a.exe", b"MZ" + b"\0" * 99)]})
    assert list(errors(bad)) == ["files"]
    assert "Proszę o telefon" in html(bad)
    assert list(errors(client.post(THREAD, form | {"text": " "}))) == ["text"]
    assert not request.messages.exists()


def test_too_many_messages_within_an_hour_are_stopped_and_kept_in_the_form(client, monkeypatch):
    monkeypatch.setattr(messages_view, "MESSAGES_AN_HOUR", 1)
    request = make_request()
    prove(client, request)
    client.post(THREAD, {"text": "raz", "token": uuid.uuid4()})
    stopped = client.post(THREAD, {"text": "dwa", "token": uuid.uuid4()})
    assert "dwa" in html(stopped)
    assert list(errors(stopped)) == ["__all__"]
    assert request.messages.count() == 1


def test_the_status_page_tells_of_news_until_the_thread_was_opened(client, ola):
    request = make_request()
    write(request, "Zadzwonimy jutro.", by=ola, now=timezone.now())
    prove(client, request)
    assert "Napisaliśmy do Ciebie" in html(client.get(STATUS))
    shown = html(client.get(THREAD))
    assert "Zadzwonimy jutro." in shown
    assert "Wrona" not in shown  # no worker is named
    assert "Napisaliśmy do Ciebie" not in html(client.get(STATUS))
    reads = AuditEvent.objects.about(request).filter(action=AuditEvent.READ, facts__screen="messages")
    assert reads.count() == 1


def test_who_only_filed_for_another_may_write_and_whose_right_has_ended_may_not(client):
    filed = make_request(
        applicant={"first_name": "Ewa", "basis": "proxy", "scope": "everything", "acts_until": TODAY - timedelta(1)},
        person={"first_name": "Jan"},
    )
    with pytest.raises(PermissionDenied):
        write(filed)
    prove(client, filed)
    assert client.get(THREAD).url == STATUS
    school = make_request(applicant={"basis": "institution", "institution": "szkoła"}, person={"first_name": "Jan"})
    assert write(school).status == Status.WAITING


def test_another_holder_neither_reads_nor_writes(client):
    mine, foreign = make_request(), make_request()
    with pytest.raises(PermissionDenied):
        write(mine, by=holder_of(foreign))
    write(mine, "tajne słowa")
    prove(client, foreign)
    assert "tajne słowa" not in html(client.get(THREAD))


def test_case_40_who_comes_of_age_does_not_read_what_the_parent_and_we_wrote(ola):
    request = make_request(applicant={"first_name": "Anna", "basis": "statutory"}, person={"first_name": "Ala"})
    write(request, "Między nami: córka o tym nie wie.", now=timezone.now() - timedelta(days=1))
    ServiceRequest.objects.filter(pk=request.pk).update(code_is_the_persons=True)
    record("servicerequest.new_code", request, by=ola)
    request.refresh_from_db()
    write(request, "Dzień dobry, to ja.", now=timezone.now() + timedelta(seconds=1))
    assert [entry.text for entry in thread_of_holder(request)] == ["Dzień dobry, to ja."]
    assert len(thread_of(request)) == 2


# -- one thing with the questions ---------------------------------------------------------------
def test_question_and_answer_stand_in_the_thread_and_the_clock_is_theirs_alone(client, ola):
    request = make_request()
    write(request, "Dzień dobry")
    ask_resident(request, text="Prosimy o skan.", by=ola, now=at(date(2026, 11, 13)))
    prove(client, request)
    waiting = html(client.get(THREAD))
    assert "Prosimy o skan." in waiting
    assert reverse("residents:question_answer") in waiting
    assert 'name="text"' not in waiting  # the answer is written where it starts the clock
    answer_question(request, answer="Oto skan", files=[scan()], by=holder_of(request), now=at(date(2026, 11, 14)))
    entries = thread_of(request)
    assert [(entry.text, entry.is_ours, entry.is_question) for entry in entries] == [
        ("Dzień dobry", False, False),
        ("Prosimy o skan.", True, True),
        ("Oto skan", False, True),
    ]
    assert [file.name for file in entries[2].files] == ["orzeczenie.pdf"]
    before = request.due_on
    write(request, "I jeszcze jedno")
    request.refresh_from_db()
    assert (request.due_on, request.status) == (before, ServiceRequest.Status.IN_REVIEW)


# -- words of danger ----------------------------------------------------------------------------
def test_case_68_words_of_danger_put_message_and_request_on_top(client, sign_in, ola):
    calm, grave = make_request(), make_request()
    write(calm, "Dziękuję")
    write(grave, "Mąż mnie bije, boję się wracać")
    grave.refresh_from_db()
    assert (grave.is_urgent, grave.red_flags) == (True, ["words"])
    assert grave.on_top
    assert list(RequestMessage.objects.waiting())[0].request == grave
    prove(client, grave)
    assert "Nie czekaj na nas" in html(client.get(THREAD))
    desk = words(sign_in(ola).get(ROOM))
    assert desk.index(grave.reference) < desk.index(calm.reference)


# -- the desk's side ----------------------------------------------------------------------------
def test_an_answer_answers_all_that_waits_and_says_by_whom(ola):
    request = make_request(applicant=MAIL)
    first, second = write(request, "Raz"), write(request, "Dwa")
    answer_message(first, text="Jutro o 10.", token=uuid.uuid4(), by=ola, now=NOW)
    for message in (first, second):
        message.refresh_from_db()
        assert (message.status, message.answered_by) == (Status.ANSWERED, ola)
    assert request.messages.get(status=Status.SENT).written_by == ola


def test_a_message_that_needs_no_answer_is_put_aside(ola):
    message = write(make_request(), "Dziękuję!")
    note_message(message, by=ola, now=NOW)
    assert not RequestMessage.objects.waiting().exists()


@pytest.mark.parametrize("language", ["pl", "uk"])
def test_every_mail_about_a_matter_has_one_shape_in_both_languages(language):
    context = {"number": "CUS-2026-0147", "day": "3 grudnia 2026", "centre": settings.CENTRE, "public_url": "https://x"}
    names = [
        path.stem for path in (settings.BASE_DIR / "templates/mail").glob("*.txt") if "matter.txt" in path.read_text()
    ]
    assert len(names) == 8
    with override(language):
        to_matter = f"https://x{reverse('residents:request_track')}?nr=CUS-2026-0147"
        at_hand = gettext("Have the number and the code from your receipt at hand.")
        for name in names:
            subject, rest = render_to_string(f"mail/{name}.txt", context).strip().split("\n", 1)
            words, way, *_end = re.split(r"\n\n+", rest.strip())
            assert "CUS-2026-0147" in subject
            assert way == f"{at_hand}\n{to_matter}"
            page = render_to_string(f"mail/{name}.html", context)
            assert [part in page for part in (words, at_hand, f'href="{to_matter}"')] == [True] * 3, name
            assert page.count("<h1") == page.count("https://x") == 1


def test_the_mail_says_that_there_is_news_and_nothing_of_it(ola):
    request = make_request(applicant=MAIL)
    write(request, "Przyjęliśmy Panią na terapię.", by=ola)
    mail = compose(sent_to(request, "message_written").get())
    assert mail.subject == f"W sprawie nr {request.reference} jest nowa wiadomość"
    for body in (mail.body, mail.alternatives[0].content):
        assert "terapi" not in body
        assert "Wilga" not in body


def test_case_52_where_contact_must_be_discreet_no_mail_goes_and_the_worker_is_told_so(sign_in, ola):
    request = make_request(applicant=MAIL, safe_contact=True)
    write(request, "Dzień dobry", by=ola)
    assert compose(sent_to(request, "message_written").get()) is None
    assert "kontakt musi być dyskretny" in words(sign_in(ola).get(move(request, "write")))
    nobody = make_request()
    assert "zadzwoń albo wydrukuj list" in words(sign_in(ola).get(move(nobody, "write")))


def test_the_worker_writes_on_the_request_and_answers_in_the_room_of_messages(sign_in, ola):
    request = make_request()
    client = sign_in(ola)
    opened = client.get(move(request, "write"))
    form = {"text": "Dzień dobry", "token": token_on(opened), "version": request.version}
    for _click in range(2):
        assert client.post(move(request, "write"), form).url == page(request)
    assert request.messages.count() == 1
    message = write(request, "Kiedy?")
    shown = words(client.get(page(message)))
    assert "Kiedy?" in shown
    assert AuditEvent.objects.about(message).filter(action=AuditEvent.READ, actor=ola).exists()
    assert client.post(move(message, "answer"), {"text": "Jutro", "token": uuid.uuid4()}).url == page(request)
    assert "Jutro" in words(client.get(page(request)))
    assert client.get(ROOM + "?state=waiting").status_code == 200


def test_the_first_page_counts_what_waits_for_me(sign_in, ola, tomek):
    mine, others = make_request(), make_request()
    take_up(mine, by=ola, now=NOW)
    write(mine)
    write(others)
    client = sign_in(ola)
    assert "wiadomości do mnie" in words(client.get(INDEX))
    listed = words(client.get(ROOM + "?whose=me"))
    assert mine.reference in listed
    assert others.reference not in listed


@pytest.mark.parametrize("rows", [1, 8])
def test_room_and_thread_ask_as_often_for_many_messages_as_for_one(
    sign_in, ola, rows, client, django_assert_max_num_queries
):
    request = make_request()
    for number in range(rows):
        write(request, f"Wiadomość {number}")
        write(request, f"Odpowiedź {number}", by=ola)
        write(make_request(), f"Inna {number}")
    sign_in(ola)
    with django_assert_max_num_queries(22):
        client.get(ROOM)
    prove(client, request)
    with django_assert_max_num_queries(12):
        client.get(THREAD)


def test_a_case_shows_the_threads_of_all_its_requests_and_each_holder_his_own(sign_in, tomek):
    case = make_case(coordinator=tomek)
    first = case.requests.get()
    second = make_request()
    ServiceRequest.objects.filter(pk=second.pk).update(case=case, resident=case.resident)
    second.refresh_from_db()
    write(first, "od matki")
    write(second, "od szkoły")
    shown = words(sign_in(tomek).get(page(case)))
    assert "od matki" in shown
    assert "od szkoły" in shown
    assert [entry.text for entry in thread_of_holder(second)] == ["od szkoły"]
    write_about_case(case, request=second, text="Do szkoły", token=uuid.uuid4(), by=tomek, now=NOW)
    assert second.messages.filter(status=Status.SENT).count() == 1
    with pytest.raises(ValidationError):
        write_about_case(case, request=make_request(), text="…", token=uuid.uuid4(), by=tomek, now=NOW)


# -- the end ------------------------------------------------------------------------------------
def test_a_closed_case_is_read_and_not_written_to_and_says_where_to_turn(client, tomek, sign_in):
    case = make_case(coordinator=tomek)
    request = case.requests.get()
    write(request, "Dzień dobry")
    close_case(case, reason="resigned", summary="…", by=tomek, now=NOW)
    request = ServiceRequest.objects.get(pk=request.pk)
    for author in (tomek, holder_of(request)):
        with pytest.raises(ValidationError, match="zakończona"):
            write(request, by=author)
    prove(client, request)
    shown = html(client.get(THREAD))
    assert "Dzień dobry" in shown
    assert "Ta sprawa jest zakończona" in shown
    assert "<textarea" not in shown
    kept = html(client.post(THREAD, {"text": "Piszę mimo to", "token": uuid.uuid4()}))
    assert "Piszę mimo to" in kept
    assert "write" not in {one["name"] for one in sign_in(tomek).get(page(request)).context["moves"]}


def test_a_withdrawn_or_informed_request_is_closed_too(tomek):
    withdrawn, informed = make_request(), make_request()
    withdraw_request(withdrawn, by=holder_of(withdrawn), now=NOW)
    inform_item(informed.items.get(), answer="Nie mamy takiej usługi.", by=tomek, now=NOW)
    for request in (withdrawn, informed):
        with pytest.raises(ValidationError):
            write(ServiceRequest.objects.get(pk=request.pk))


# -- restricted files ---------------------------------------------------------------------------
def test_case_9_the_thread_of_a_restricted_file_is_found_by_its_people_only(sign_in, ola, tomek, danuta):
    request = make_request()
    take_up(request, by=ola, now=NOW)
    restrict_file(request, kind="violence", by=tomek, now=NOW)
    message = write(request, "Proszę nie pisać do domu")
    seen = {
        name
        for name in ("ola", "tomek", "kasia", "beata", "danuta")
        if RequestMessage.objects.visible_to(personas.person(name)).filter(pk=message.pk).exists()
    }
    assert "kasia" not in seen
    assert "beata" not in seen
    client = sign_in(personas.person("kasia"))
    assert client.get(page(message)).status_code == 404
    assert client.post(move(message, "answer"), {"text": "x", "token": uuid.uuid4()}).status_code == 404
    for address in (ROOM, ROOM + "?state=all", QUEUE, INDEX):
        assert request.reference not in words(client.get(address))
    with pytest.raises(PermissionDenied):
        write(request, by=personas.person("kasia"))
    assert not sent_to(personas.person("kasia"), "message_received").exists()
