"""Official letters: sent, waiting, delivered or presumed so, and the terms that run from the delivery."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from cus_portal.audit.models import AuditEvent
from cus_portal.workdays import is_workday
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    answer_question,
    ask_resident,
    change_letter,
    deliver_letter,
    discard_letter,
    draft_letter,
    inform_item,
    leave_unexamined,
    presume_delivered,
    record_notice,
    restrict_file,
    return_letter,
    send_letter,
    withdraw_request,
    write_again,
)
from residents.actions.messages import write_message
from residents.delivery import appeal_until, deemed_delivered, second_notice, term_from_delivery
from residents.letter_texts import DOTS
from residents.models import Attachment, Letter, RequestItem, UnmetNeed
from residents.tracking import public_steps
from tests.desk import move, page, words
from tests.factories import NOW, PERSON, TODAY, at, holder_of, make_locality, make_request, make_service
from tests.intake import STATUS, html, prove, scan

Status, Channel, Kind = Letter.Status, Letter.Channel, Letter.Kind
ROOM = reverse("admin:residents_letter_changelist")
HOME = {**PERSON, "address": "Lipowa 7", "postal_code": "24-200"}


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path


def written(request, **facts):
    """Begin a letter and fill its gaps in."""
    letter = draft_letter(request, **facts)
    letter.body = letter.body.replace(DOTS, "Dziękujemy za zgłoszenie.")
    letter.save()
    return letter


@pytest.fixture
def letter(ola):
    request = make_request(applicant=HOME | {"locality": make_locality()})
    return written(request, kind=Kind.NOTICE, by=ola, now=NOW)


def sent(letter, ola, *, channel=Channel.POST, on=TODAY):
    return send_letter(letter, channel=channel, sent_on=on, by=ola, now=NOW)


# -- the days -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("since", "raw", "moved"),
    [
        (date(2026, 12, 10), date(2026, 12, 24), date(2026, 12, 28)),  # 24 December is off since 2025 (5.8)
        (date(2026, 11, 12), date(2026, 11, 26), date(2026, 11, 26)),
        (date(2026, 11, 14), date(2026, 11, 28), date(2026, 11, 30)),  # a Saturday
        (date(2027, 3, 15), date(2027, 3, 29), date(2027, 3, 30)),  # Easter Monday
    ],
)
def test_kpa_art_44_a_letter_by_post_is_delivered_with_the_last_of_fourteen_days(since, raw, moved):
    found = deemed_delivered(Channel.POST, since)
    assert (found.raw, found.moved) == (raw, moved)
    assert second_notice(since) == since + timedelta(days=7)


def test_art_42_by_e_delivery_it_is_the_day_after_the_fourteen_and_no_day_off_moves_it():
    found = deemed_delivered(Channel.EDELIVERY, date(2026, 12, 10))
    assert found.raw == found.moved == date(2026, 12, 25)


@pytest.mark.parametrize("channel", [Channel.IN_PERSON, Channel.EPUAP])
def test_where_no_law_presumes_delivery_nothing_is_presumed(channel):
    assert deemed_delivered(channel, TODAY) is None


@pytest.mark.parametrize(
    ("delivered_on", "days", "raw", "moved"),
    [
        (date(2026, 11, 24), 30, date(2026, 12, 24), date(2026, 12, 28)),  # the vectors of 5.8
        (date(2026, 12, 2), 30, date(2027, 1, 1), date(2027, 1, 4)),
        (date(2027, 2, 25), 30, date(2027, 3, 27), date(2027, 3, 30)),
        (date(2026, 12, 10), 14, date(2026, 12, 24), date(2026, 12, 28)),
    ],
)
def test_kpa_art_57_a_term_from_delivery_moves_off_saturdays_and_days_off(delivered_on, days, raw, moved):
    found = term_from_delivery(delivered_on, days)
    assert (found.raw, found.moved) == (raw, moved)


@given(st.dates(min_value=date(2025, 1, 1), max_value=date(2040, 12, 31)), st.integers(1, 60))
def test_a_term_never_ends_early_nor_on_a_day_off_and_later_delivery_never_ends_it_sooner(day, days):
    term = term_from_delivery(day, days)
    assert term.raw == day + timedelta(days=days)
    assert is_workday(term.moved)
    assert timedelta(0) <= term.moved - term.raw <= timedelta(days=5)
    assert term_from_delivery(day + timedelta(days=1), days).moved >= term.moved
    assert appeal_until(day) == term_from_delivery(day, 14)
    post, electronic = deemed_delivered(Channel.POST, day), deemed_delivered(Channel.EDELIVERY, day)
    assert is_workday(post.moved)
    assert electronic.raw - day == timedelta(days=15)


# -- a letter's way -----------------------------------------------------------------------------
def test_a_call_begins_with_what_was_asked_and_with_seven_days(ola):
    request = make_request(applicant=HOME)
    ask_resident(request, text="Prosimy o kopię orzeczenia.", by=ola, now=NOW)
    letter = draft_letter(request, kind=Kind.CALL, by=ola, now=NOW)
    assert "Prosimy o kopię orzeczenia." in letter.body
    assert letter.term_days == 7
    text = {"recipient": "Krystyna Wilga", "address": "", "subject": "Wezwanie", "body": "Prosimy."}
    with pytest.raises(ValidationError, match="siedem dni"):
        change_letter(letter, **text, term_days=6, by=ola, now=NOW)
    change_letter(letter, **text, term_days=8, by=ola, now=NOW)
    sent(letter, ola, channel=Channel.IN_PERSON)
    assert (letter.status, letter.delivered_on, letter.term_on) == (Status.DELIVERED, TODAY, date(2026, 11, 20))


def test_a_sent_letter_has_a_number_without_gaps_and_is_not_changed_any_more(ola):
    letters = [written(make_request(applicant=HOME), kind=Kind.OTHER, by=ola, now=NOW) for _n in range(3)]
    discard_letter(letters[0], by=ola, now=NOW)
    for letter in letters[1:]:
        sent(letter, ola)
    assert [letter.number for letter in letters] == [None, "CUS-P-2026-0001", "CUS-P-2026-0002"]
    with pytest.raises(TransitionNotAllowed):
        change_letter(letters[1], recipient="x", address="x", subject="x", body="x", by=ola, now=NOW)


def test_delivery_with_its_proof_starts_the_term(letter, ola):
    change_letter(letter, recipient="Jan", address="Lipowa 7", subject="x", body="x", term_days=14, by=ola, now=NOW)
    sent(letter, ola)
    later = at(date(2026, 11, 20))
    deliver_letter(
        letter,
        delivered_on=date(2026, 11, 16),
        proof_number="(00)5590077312345",
        files=[scan("zpo.pdf")],
        by=ola,
        now=later,
    )
    letter.refresh_from_db()
    assert (letter.term_raw_on, letter.term_on) == (date(2026, 11, 30), date(2026, 11, 30))
    assert letter.attachments.get().name == "zpo.pdf"


def test_the_resident_does_not_find_the_proof_among_his_documents(client, letter, ola):
    sent(letter, ola)
    deliver_letter(letter, delivered_on=TODAY, files=[scan("zpo.pdf")], by=ola, now=NOW)
    prove(client, letter.request)
    assert "zpo.pdf" not in html(client.get(STATUS))


def test_a_letter_nobody_collects_counts_as_delivered_after_its_time_and_not_before(letter, ola):
    sent(letter, ola, on=date(2026, 11, 9))
    with pytest.raises(ValidationError, match="od którego dnia"):
        presume_delivered(letter, by=ola, now=NOW)
    record_notice(letter, waits_since=TODAY, by=ola, now=NOW)
    assert letter.deemed_on == date(2026, 11, 26)
    with pytest.raises(ValidationError, match="nie minął"):
        presume_delivered(letter, by=ola, now=at(date(2026, 11, 26)))
    assert list(Letter.objects.presumable(date(2026, 11, 26))) == []
    assert list(Letter.objects.presumable(date(2026, 11, 27))) == [letter]
    with pytest.raises(ValidationError, match="wcześniej"):
        deliver_letter(letter, delivered_on=date(2026, 11, 27), by=ola, now=at(date(2026, 11, 28)))
    presume_delivered(letter, by=ola, now=at(date(2026, 11, 30)))
    assert (letter.delivered_on, letter.delivered_how) == (date(2026, 11, 26), Letter.How.PRESUMED)


def test_a_letter_that_came_back_is_written_again_under_its_number(letter, ola):
    sent(letter, ola)
    number = letter.number
    return_letter(letter, reason="adresat nieznany", by=ola, now=NOW)
    write_again(letter, by=ola, now=NOW)
    change_letter(letter, recipient="Jan", address="Nowa 1", subject="x", body="x", by=ola, now=NOW)
    sent(letter, ola)
    assert letter.number == number


def test_since_2026_a_letter_by_epuap_delivers_nothing(letter, ola):
    with pytest.raises(ValidationError, match="ePUAP"):
        sent(letter, ola, channel=Channel.EPUAP)
    sent(letter, ola, channel=Channel.EPUAP, on=date(2025, 12, 30))
    with pytest.raises(ValidationError):
        record_notice(letter, waits_since=date(2026, 1, 2), by=ola, now=NOW)


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1)])
def test_nothing_is_sent_or_delivered_in_the_future_or_backwards(letter, ola, day):
    with pytest.raises(ValidationError):
        sent(letter, ola, on=day)
    sent(letter, ola)
    for wrong in (day, TODAY - timedelta(days=1)):
        with pytest.raises(ValidationError):
            deliver_letter(letter, delivered_on=wrong, by=ola, now=NOW)
        with pytest.raises(ValidationError):
            record_notice(letter, waits_since=wrong, by=ola, now=NOW)


# -- whom it must not reach ---------------------------------------------------------------------
def test_case_10_where_contact_must_be_discreet_a_letter_home_needs_a_word_of_the_person(ola):
    request = make_request(applicant=HOME, safe_contact=True)
    letter = written(request, kind=Kind.NOTICE, by=ola, now=NOW)
    with pytest.raises(ValidationError, match="dyskretny"):
        sent(letter, ola)
    send_letter(letter, channel=Channel.POST, sent_on=TODAY, address_is_safe=True, by=ola, now=NOW)


def test_case_17_without_an_address_the_letter_is_handed_over_at_the_desk(ola):
    letter = written(make_request(), kind=Kind.NOTICE, by=ola, now=NOW)
    with pytest.raises(ValidationError, match="osobiście"):
        sent(letter, ola)
    assert sent(letter, ola, channel=Channel.IN_PERSON).status == Status.DELIVERED


def test_case_9_letters_of_a_restricted_file_are_found_by_its_people_only(letter, sign_in, tomek, kasia):
    restrict_file(letter.request, kind="violence", by=tomek, now=NOW)
    assert not Letter.objects.visible_to(kasia).exists()
    client = sign_in(kasia)
    for address in (page(letter), reverse("admin:residents_letter_pdf", args=[letter.pk]), move(letter, "send")):
        assert client.get(address).status_code == 404
    assert letter.request.reference not in words(client.get(ROOM))
    with pytest.raises(PermissionDenied):
        sent(Letter.objects.get(pk=letter.pk), type(kasia).objects.get(pk=kasia.pk))


def test_the_holder_of_a_code_and_the_director_write_no_letters(letter, danuta):
    for actor in (holder_of(letter.request), danuta):
        with pytest.raises(PermissionDenied):
            draft_letter(letter.request, kind=Kind.OTHER, by=actor, now=NOW)


# -- the desk -----------------------------------------------------------------------------------
def test_a_letter_is_begun_read_printed_and_sent_at_the_desk(sign_in, ola, tmp_path):
    request = make_request(applicant=HOME | {"locality": make_locality()})
    client = sign_in(ola)
    begun = client.post(move(request, "letter"), {"kind": "notice", "version": request.version})
    letter = Letter.objects.get()
    assert begun.url == page(letter)
    shown = words(client.get(page(letter)))
    assert "Krystyna Wilga" in shown
    assert "Lipowa 7, 24-200 Wronów" in shown
    pdf = client.get(reverse("admin:residents_letter_pdf", args=[letter.pk]))
    path = tmp_path / "letter.pdf"
    path.write_bytes(pdf.content)
    text = PdfReader(path).pages[0].extract_text()
    assert "Zawiadomienie w sprawie zgłoszenia" in text.replace("\n", " ")
    assert "Krystyna Wilga" in text
    assert "/StructTreeRoot" in PdfReader(path).trailer["/Root"]
    assert AuditEvent.objects.about(letter).filter(action=AuditEvent.READ, facts__screen="letter").exists()
    leaves = {"channel": "post", "sent_on": "12.11.2026"}
    gap = client.post(move(letter, "send"), leaves | {"version": letter.version})
    assert "trzema kropkami" in words(gap)
    text = {"recipient": "Krystyna Wilga", "address": "Lipowa 7", "subject": "Zawiadomienie", "body": "Dziękujemy."}
    client.post(move(letter, "change"), text | {"version": letter.version})
    client.post(move(letter, "send"), leaves | {"version": letter.version + 1})
    letter.refresh_from_db()
    assert letter.status == Status.SENT
    assert letter.number in words(client.get(page(request)))
    for words_typed, found in ((letter.number.lower(), True), (request.reference, True), ("CUS-P-1999", False)):
        rows = client.get(reverse("admin:residents_letter_changelist"), {"q": words_typed})
        assert (page(letter) in rows.content.decode()) is found


@pytest.mark.parametrize("rows", [1, 8])
def test_the_room_asks_as_often_for_many_letters_as_for_one(sign_in, ola, rows, django_assert_max_num_queries):
    for _number in range(rows):
        draft_letter(make_request(applicant=HOME), kind=Kind.OTHER, by=ola, now=NOW)
    client = sign_in(ola)
    client.get(ROOM)
    with django_assert_max_num_queries(11):
        client.get(ROOM)


# -- what the person is told --------------------------------------------------------------------
def test_the_status_page_tells_that_a_letter_went_out_and_not_what_is_in_it(client, ola, letter):
    change_letter(
        letter,
        recipient="Krystyna Wilga",
        address="Lipowa 7",
        subject="tajny temat",
        body="tajna treść",
        by=ola,
        now=NOW,
    )
    prove(client, letter.request)
    assert "Nasze pisma" not in html(client.get(STATUS))  # a draft is nobody's business yet
    sent(letter, ola)
    page = html(client.get(STATUS))
    assert "wysłano pocztą 12 listopada 2026" in page
    record_notice(letter, waits_since=TODAY, by=ola, now=NOW)
    assert "czeka na Ciebie: odbierz do 26 listopada 2026" in html(client.get(STATUS))
    deliver_letter(letter, delivered_on=TODAY, by=ola, now=NOW)
    page = html(client.get(STATUS))
    assert "doręczono 12 listopada 2026" in page
    assert "tajn" not in page
    assert "Lipowa" not in page


def test_who_only_filed_is_not_told_of_the_persons_letters(ola):
    request = make_request(applicant=HOME | {"basis": "institution", "institution": "szkoła"}, person=PERSON)
    sent(written(request, kind=Kind.NOTICE, by=ola, now=NOW), ola, channel=Channel.IN_PERSON)
    assert public_steps(request, TODAY).letters == []


# -- a call that nobody answers ------------------------------------------------------------------
def called(ola, *, asked=True, on=TODAY):
    """Call somebody to complete a request, handed over on the day: seven days run, until 19 November."""
    request = make_request(applicant=HOME)
    if asked:
        ask_resident(request, text="Prosimy o kopię orzeczenia.", by=ola, now=NOW)
    letter = written(request, kind=Kind.CALL, by=ola, now=NOW)
    return sent(letter, ola, channel=Channel.IN_PERSON, on=on)


PAST_TERM = date(2026, 11, 20)


@pytest.mark.parametrize("asked", [True, False])
def test_kpa_art_64_a_call_is_unanswered_once_its_term_is_over_and_not_on_its_last_day(ola, asked):
    letter = called(ola, asked=asked)
    other = written(make_request(applicant=HOME), kind=Kind.NOTICE, by=ola, now=NOW)
    change_letter(other, recipient="Jan", address="", subject="x", body="x", term_days=1, by=ola, now=NOW)
    sent(other, ola, channel=Channel.IN_PERSON)
    assert letter.term_on == date(2026, 11, 19)
    assert not Letter.objects.unanswered(letter.term_on).exists()
    assert list(Letter.objects.unanswered(PAST_TERM)) == [letter]


def test_who_answered_or_whose_needs_are_decided_is_on_no_list_of_unanswered_calls(ola, tomek):
    answered, decided, withdrawn, wrote, late = (called(ola).request for _one in range(5))
    answer_question(answered, answer="Orzeczenie przyniosę jutro.", by=ola, now=NOW)
    inform_item(decided.items.get(), answer="Nic więcej.", by=tomek, now=NOW)
    withdraw_request(withdrawn, by=holder_of(withdrawn), now=NOW)
    for request, day in ((wrote, date(2026, 11, 19)), (late, PAST_TERM)):
        write_message(request, text="Orzeczenie będzie w piątek.", token=uuid4(), by=holder_of(request), now=at(day))
    assert [letter.request for letter in Letter.objects.unanswered(PAST_TERM)] == [late]


def test_an_answer_before_the_call_does_not_answer_it(ola):
    request = make_request(applicant=HOME)
    ask_resident(request, text="Prosimy o kopię orzeczenia.", by=ola, now=at(date(2026, 11, 9)))
    answer_question(request, answer="Nie mam.", by=ola, now=at(date(2026, 11, 10)))
    letter = written(request, kind=Kind.CALL, by=ola, now=NOW)
    sent(letter, ola, channel=Channel.IN_PERSON)
    assert list(Letter.objects.unanswered(PAST_TERM)) == [letter]


def test_the_first_page_counts_the_calls_not_answered_and_leads_to_them(sign_in, ola):
    letter, fresh = called(ola), called(ola, on=TODAY)
    answer_question(fresh.request, answer="Przynoszę.", by=ola, now=NOW)
    with time_machine.travel(at(PAST_TERM), tick=False):
        client = sign_in(ola)
        first = html(client.get(reverse("admin:index")))
        address = f"{ROOM}?state=all&amp;wait=unanswered"
        assert address in first
        rows = words(client.get(address.replace("&amp;", "&")))
        assert letter.number in rows
        assert fresh.number not in rows


def test_kpa_art_64_only_once_the_term_is_over_is_what_nobody_decided_left_unexamined(ola, tomek):
    letter = called(ola)
    need = letter.request.items.get()
    for day in (TODAY, letter.term_on):
        with pytest.raises(ValidationError, match="jeszcze nie minął"):
            leave_unexamined(letter, by=tomek, now=at(day))
    assert need.request.items.get().status == "submitted"
    leave_unexamined(letter, by=tomek, now=at(PAST_TERM))
    need.refresh_from_db()
    assert (need.status, need.decided_by, need.request.status) == ("unexamined", tomek, "settled")
    assert not Letter.objects.unanswered(PAST_TERM).exists()
    assert not UnmetNeed.objects.exists()
    with pytest.raises(ValidationError):
        leave_unexamined(letter, by=tomek, now=at(PAST_TERM))


def test_a_file_that_came_since_the_call_is_looked_at_first(ola, tomek):
    letter = called(ola)
    facts = {"name": "orzeczenie.pdf", "content_type": "application/pdf", "size": 1, "sha256": "0" * 64}
    file = ContentFile(b"x", "x.pdf")
    Attachment.objects.create(request=letter.request, file=file, uploaded_at=at(TODAY), **facts)
    assert not Letter.objects.unanswered(PAST_TERM).exists()
    with pytest.raises(ValidationError, match="odpowied"):
        leave_unexamined(letter, by=tomek, now=at(PAST_TERM))


def test_an_answer_that_came_in_time_is_never_left_unexamined(ola, tomek):
    letter = called(ola)
    answer_question(letter.request, answer="Przynoszę.", by=ola, now=NOW)
    with pytest.raises(ValidationError):
        leave_unexamined(letter, by=tomek, now=at(PAST_TERM))
    assert letter.request.items.get().status == "submitted"


def test_what_was_decided_before_stays_as_it_is(ola, tomek):
    letter = called(ola)
    service = make_service()
    granted = RequestItem.objects.create(request=letter.request, position=2, service=service, due_on=TODAY)
    inform_item(granted, answer="Tak.", by=tomek, now=NOW)
    leave_unexamined(letter, by=tomek, now=at(PAST_TERM))
    assert list(letter.request.items.values_list("status", flat=True)) == ["unexamined", "informed"]


def test_the_director_and_the_holder_leave_nothing_unexamined(ola, danuta):
    letter = called(ola)
    for actor in (holder_of(letter.request), danuta):
        with pytest.raises(PermissionDenied):
            leave_unexamined(letter, by=actor, now=at(PAST_TERM))


def test_the_desk_leaves_a_request_unexamined_and_the_person_reads_it(client, sign_in, ola, tomek):
    letter = called(ola)
    button = "Pozostaw bez rozpoznania to, czego dotyczy wezwanie"
    with time_machine.travel(at(letter.term_on), tick=False):
        assert button not in words(sign_in(tomek).get(page(letter)))
    with time_machine.travel(at(PAST_TERM), tick=False):
        desk = sign_in(tomek)
        assert button in words(desk.get(page(letter)))
        answer = desk.post(move(letter, "leave_unexamined"), {"version": letter.version})
        assert answer.url == page(letter.request)
        assert "pozostawiona bez rozpoznania" in words(desk.get(answer.url))
        client.logout()
        prove(client, letter.request)
        shown = html(client.get(STATUS))
    assert "pozostawiona bez rozpoznania" in shown
    assert "możesz złożyć ją jeszcze raz" in shown
