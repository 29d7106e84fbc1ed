"""What a person asks about his own data: its month, the copy, and the officer who looks it through."""

import io
import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from pypdf import PdfReader

from coordination.actions.referrals import reply_to_receiver
from coordination.actions.rights import (
    answer_data_request,
    extend_data_request,
    pass_copy,
    prepare_copy,
    record_data_request,
    refuse_data_request,
)
from coordination.copies import copy_document, copy_of, pieces_of
from coordination.models import DataRequest, IncomingReferral
from coordination.reminders import due_reminders
from cus_portal.accounts.actors import AccountHolder, PublicActor
from cus_portal.audit.log import record_read
from cus_portal.audit.models import AuditEvent
from cus_portal.workdays import deadline_in_months
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import join_request, report_need
from residents.actions.restricted import restrict_file
from residents.models import Household, HouseholdMember, NeedReport, RequestParty, ResidentAccount, ServiceRequest
from residents.models.account import email_index
from tests import personas
from tests.coordination_world import make_case, make_incoming, make_plan, make_referral
from tests.desk import words
from tests.factories import NOW, TODAY, make_request, make_resident

FEAR = "Boję się męża, mieszkam teraz u siostry na ul. Cichej 3."


def ask(case, *, kind="copy", by="ola", **fields):
    facts = {"received_on": TODAY, "by": personas.person(by), "now": NOW}
    return record_data_request(case.resident, kind=kind, **facts | fields)


def address(asked, form="json"):
    return reverse("admin:coordination_datarequest_copy", args=[asked.pk, form])


@pytest.fixture
def filed_by_his_wife(tomek):
    """A husband's case whose request his wife filed, with her phone and her words: he now asks for his data."""
    case = make_case(tomek)
    request = case.requests.get()
    ServiceRequest.objects.filter(pk=request.pk).update(situation=FEAR, for_whom="other")
    RequestParty.objects.filter(request=request).delete()
    wife = {"first_name": "Anna", "last_name": "Cicha", "phone": "600 777 888", "email": "anna@demo.example"}
    RequestParty.objects.create(request=request, role="applicant", basis="carer", **wife)
    record_read(request, by=tomek, screen="admin")
    return case


# -- the month --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("received", "months", "raw", "moved"),
    [
        (date(2026, 11, 12), 1, date(2026, 12, 12), date(2026, 12, 14)),  # a Saturday
        (date(2026, 11, 24), 1, date(2026, 12, 24), date(2026, 12, 28)),  # Christmas Eve, Christmas, a weekend
        (date(2027, 1, 31), 1, date(2027, 2, 28), date(2027, 3, 1)),
        (date(2026, 11, 12), 3, date(2027, 2, 12), date(2027, 2, 12)),
    ],
)
def test_a_term_of_months_ends_on_the_same_date_or_the_last_day(received, months, raw, moved):
    found = deadline_in_months(received, months=months)
    assert (found.raw, found.moved) == (raw, moved)


def test_an_answer_is_due_in_a_month_and_once_in_two_months_more(tomek, danuta):
    asked = ask(make_case(tomek), kind="objection")
    assert (asked.number, asked.due_on) == ("RD-2026-0001", date(2026, 12, 14))
    extend_data_request(asked, reason="wiele spraw", by=danuta, now=NOW)
    assert DataRequest.objects.get().due_on == date(2027, 2, 12)
    with pytest.raises(ValidationError):
        extend_data_request(asked, reason="jeszcze", by=danuta, now=NOW)


def test_director_and_officer_are_told_a_week_before(tomek, danuta, iwona):
    asked = ask(make_case(tomek), kind="correction")
    for days, told in ((8, set()), (7, {danuta, iwona})):
        due = due_reminders(asked.due_on - timedelta(days=days))
        assert {row.recipient for row in due if row.reminder.name == "data_request_due"} == told


# -- who ----------------------------------------------------------------------------------------------------
def test_the_officer_looks_through_and_the_desk_answers(tomek, ola, iwona):
    asked = ask(make_case(tomek))
    with pytest.raises(PermissionDenied):
        prepare_copy(asked, by=iwona, now=NOW)
    prepare_copy(asked, by=ola, now=NOW)
    with pytest.raises(PermissionDenied):
        pass_copy(asked, left_out=[], by=ola, now=NOW)
    pass_copy(asked, left_out=[], by=iwona, now=NOW)
    answer_data_request(asked, answer="Kopia wydana przy okienku.", by=ola, now=NOW)
    assert DataRequest.objects.get().status == "answered"
    with pytest.raises(TransitionNotAllowed):
        refuse_data_request(asked, answer="jednak nie", by=ola, now=NOW)


def test_a_correction_is_answered_without_a_review(tomek, ola):
    asked = ask(make_case(tomek), kind="correction")
    with pytest.raises(ValidationError):
        prepare_copy(asked, by=ola, now=NOW)
    answer_data_request(asked, answer="Poprawiono adres.", by=ola, now=NOW)
    assert asked.status == "answered"


def test_an_institution_writes_down_nothing(tomek, ewa):
    with pytest.raises(PermissionDenied):
        ask(make_case(tomek), by="ewa")
    assert not DataRequest.objects.exists()


# -- case 11 --------------------------------------------------------------------------------------------------
def test_case_11_nobody_gets_a_copy_before_the_officer_has_looked_it_through(sign_in, filed_by_his_wife, ola):
    asked = ask(filed_by_his_wife)
    client = sign_in(ola)
    assert client.get(address(asked)).status_code == 403
    with pytest.raises(ValidationError):
        answer_data_request(asked, answer="Wydano.", by=ola, now=NOW)
    prepare_copy(asked, by=ola, now=NOW)
    assert client.get(address(asked)).status_code == 403
    assert not AuditEvent.objects.filter(action="datarequest.copy").exists()


def test_case_11_who_filed_her_phone_and_her_words_are_in_no_copy(sign_in, filed_by_his_wife, ola, iwona):
    asked = ask(filed_by_his_wife)
    prepare_copy(asked, by=ola, now=NOW)
    review = reverse("admin:coordination_datarequest_move", args=[asked.pk, "pass"])
    form = sign_in(iwona).get(review).context["form"]
    assert FEAR in str(form)
    assert form.fields["left_out"].initial
    sign_in(iwona).post(review, {"left_out": form.fields["left_out"].initial})
    answer = sign_in(ola).get(address(asked))
    copy = answer.content.decode()
    for others in ("Anna", "Cicha", "600 777 888", "anna@demo.example", "siostry", "Tomek", "Lis"):
        assert others not in copy, others
    assert filed_by_his_wife.resident.first_name in copy
    assert filed_by_his_wife.case_sign in copy
    assert "koordynator indywidualnych planów (1)" in copy
    assert json.loads(copy)["sections"]
    event = AuditEvent.objects.get(action="datarequest.copy")
    assert (event.actor, event.facts) == (ola, {"edition": "json"})


def test_case_11_what_the_officer_keeps_the_person_reads(filed_by_his_wife):
    resident = filed_by_his_wife.resident
    assert FEAR in str(copy_of(resident, left_out=[], on=TODAY))
    mine = [piece for piece in pieces_of(resident) if piece.text == FEAR]
    assert [piece.by_other for piece in mine] == [True]
    assert FEAR not in str(copy_of(resident, left_out=[mine[0].key], on=TODAY))


def test_case_11_a_restricted_file_is_in_no_copy(filed_by_his_wife, beata):
    case = filed_by_his_wife
    restrict_file(case, kind="violence", reason="Niebieska Karta", by=beata, now=NOW)
    copy = str(copy_of(case.resident, left_out=[], on=TODAY))
    assert case.case_sign not in copy


def test_case_11_whoever_reads_the_copy_does_not_learn_that_a_restricted_file_is_read(filed_by_his_wife, beata):
    case = filed_by_his_wife

    def told():
        sections = copy_of(case.resident, left_out=[], on=TODAY)["sections"]
        return [row for section in sections if section["title"] == "Kto oglądał dane" for row in section["rows"]]

    request = case.requests.get()
    for thing in (case, request, request.items.get(), make_plan(case)):
        record_read(thing, by=beata, screen="admin")
    assert any(who.endswith("(4)") for _day, who in told())
    restrict_file(case, kind="violence", by=beata, now=NOW)
    record_read(case.resident, by=beata, screen="admin")
    assert [who.rpartition(" ")[2] for _day, who in told()] == ["(1)"]


def test_the_copy_is_a_tagged_pdf_in_the_persons_language(filed_by_his_wife):
    paper = PdfReader(io.BytesIO(copy_document(copy_of(filed_by_his_wife.resident, left_out=[], on=TODAY))))
    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
    text = " ".join(page.extract_text() for page in paper.pages)
    assert "Kopia Twoich danych osobowych" in text
    assert filed_by_his_wife.case_sign in text


def test_a_request_about_data_is_recorded_on_the_page_of_the_person(sign_in, filed_by_his_wife, ola):
    page = reverse("admin:residents_resident_move", args=[filed_by_his_wife.resident_id, "ask_about_data"])
    client = sign_in(ola)
    person = reverse("admin:residents_resident_change", args=[filed_by_his_wife.resident_id])
    assert "Zapisz żądanie dotyczące danych" in words(client.get(person))
    assert client.get(page).status_code == 200
    answer = client.post(page, {"kind": "copy", "received_on": "12.11.2026", "said": "chcę wszystko"})
    asked = DataRequest.objects.get()
    assert answer.url == asked.get_absolute_url()
    assert "12 listopada 2026" in words(client.get(answer.url)) or "12.11.2026" in words(client.get(answer.url))


# -- facts with their days, reports of needs -----------------------------------------------------------------
def copied(case, left_out=()):
    return json.dumps(copy_of(case.resident, left_out=left_out, on=TODAY), ensure_ascii=False)


def test_the_copy_tells_what_is_on_record_with_its_days_and_nothing_of_others(tomek):
    case = make_case(tomek)
    person, other = case.resident, make_case(tomek).resident
    type(other).objects.filter(pk=other.pk).update(first_name="Zenon", last_name="Kruk")
    other.refresh_from_db()
    person.identifiers.create(kind="passport", country="UA", number="FA123456", number_index="x")
    person.addresses.create(kind="lives", address="Stara 1", valid_from=date(2020, 1, 1), valid_to=date(2024, 5, 5))
    person.contacts.create(kind="phone", value="600 500 400")
    person.contacts.create(kind="phone", value="600 999 999", whose="others")
    home = Household.objects.create()
    for who, role in ((person, "babcia"), (other, "wnuk")):
        HouseholdMember.objects.create(household=home, resident=who, role=role)
    person.representations.create(representative=other, basis="proxy", scope="odbiór pism", valid_from=TODAY)
    person.represents.create(resident=other, basis="carer")
    said = copied(case)
    told = ["FA123456 UA", "Stara 1 (od 01.01.2020 do 05.05.2024)", "600 500 400", "babcia", "odbiór pism"]
    assert [words for words in told if words not in said] == []
    assert [words for words in ("600 999 999", "wnuk", "Zenon", "Kruk") if words in said] == []


def test_where_a_person_hides_from_a_representative_is_left_out_unless_the_officer_keeps_it(tomek):
    case = make_case(tomek)
    case.resident.addresses.create(kind="lives", address="Schronisko 9")
    case.resident.representations.create(name="Ojciec", basis="parent", address_is_hidden=True)
    ticked = [piece.key for piece in pieces_of(case.resident) if piece.by_other]
    said = copied(case, ticked)
    assert "Schronisko" not in said
    assert "Lipowa" not in said
    assert "Schronisko" in copied(case)


def test_the_copy_tells_that_somebody_reported_a_need_and_not_who(tomek):
    case = make_case(tomek)
    report = report_need(
        what_seen="Nie wychodzi z domu.", reporter="Maria Kos", reporter_contact="600 321 321", token=uuid4(),
        by=PublicActor(), now=NOW,
    )  # fmt: skip
    NeedReport.objects.filter(pk=report.pk).update(status="turned", request=case.requests.get())
    ticked = [piece.key for piece in pieces_of(case.resident) if piece.by_other]
    assert report.reference in copied(case, ticked)
    assert "Nie wychodzi" not in copied(case, ticked)
    assert "Nie wychodzi" in copied(case)
    assert [words for words in ("Maria", "Kos", "600 321 321") if words in copied(case)] == []
    restrict_file(case.requests.get(), kind="violence", by=tomek, now=NOW)
    assert report.reference not in copied(case)


def test_the_copy_tells_what_an_institution_wrote_to_us_and_not_who_there(tomek, clinic):
    case = make_case(tomek)
    incoming = make_incoming(clinic, status="completed")
    incoming.notes.create(kind="news", text="Była w domu.", author=tomek, created_at=NOW)
    move = IncomingReferral.objects.filter(pk=incoming.pk)
    move.update(request=case.requests.get())
    ticked = [piece.key for piece in pieces_of(case.resident) if piece.by_other]
    told = ("zakupami", "Była w domu", "Ma opiekunkę", incoming.number, clinic.name)
    assert [word in copied(case) for word in told] == [True] * 5
    assert [word in copied(case, ticked) for word in told] == [False, False, True, True, True]
    assert incoming.said_by not in copied(case)
    move.update(confidentiality="protected")
    assert incoming.number not in copied(case)


def test_the_copy_tells_what_was_said_about_a_referral_of_ours_and_not_who_there(tomek, ewa, pcpr):
    case = make_case(tomek)
    referral = make_referral(case, pcpr, status="info_requested")
    question = referral.notes.get()
    reply_to_receiver(referral, by=tomek, now=NOW, text="Orzeczenie jest w drodze.")
    ticked = [piece.key for piece in pieces_of(case.resident) if piece.by_other]
    told = (question.text, "w drodze", referral.number)
    assert [word in copied(case) for word in told] == [True] * 3
    assert [word in copied(case, ticked) for word in told] == [False, True, True]
    assert ewa.last_name not in copied(case)
    type(referral).objects.filter(pk=referral.pk).update(confidentiality="protected")
    assert [word in copied(case) for word in told] == [False] * 3


def test_the_copy_holds_the_persons_own_account_and_no_account_of_another(tomek):
    case = make_case(tomek)
    request = case.requests.get()
    request.parties.update(email="krystyna@demo.example")
    theirs = {"created_at": NOW, "entered_at": NOW}
    for mailbox in ("Krystyna@demo.example", "sasiad@demo.example"):
        account = ResidentAccount.objects.create(email=mailbox, email_index=email_index(mailbox), **theirs)
        join_request(account, request, by=AccountHolder(account_id=account.pk), now=NOW)
    own, foreign = ResidentAccount.objects.order_by("pk").first(), make_request()
    join_request(own, foreign, by=AccountHolder(account_id=own.pk), now=NOW)
    (section,) = [part for part in json.loads(copied(case))["sections"] if part["title"] == "Konto w portalu"]
    said = dict(section["rows"])
    assert said["e-mail"] == "Krystyna@demo.example"
    assert request.reference in str(said)
    assert foreign.reference not in copied(case)
    assert "sasiad" not in copied(case)


# -- who asks for the person ------------------------------------------------------------------------------
def speaks_for(resident, basis, **facts):
    return resident.representations.create(
        name="Anna Cicha", basis=basis, valid_from=TODAY, court_sign="III RNs 1/26", **facts
    )


@pytest.mark.parametrize("basis", ["guardian", "proxy"])
def test_who_signs_for_the_person_may_ask_and_is_named_on_the_request(sign_in, tomek, basis):
    case = make_case(tomek)
    guardian = speaks_for(case.resident, basis)
    asked = ask(case, asked_by=guardian)
    assert asked.asked_by == guardian
    shown = words(sign_in(personas.person("ola")).get(asked.get_absolute_url()))
    assert f"Anna Cicha, {guardian.get_basis_display()}" in shown
    assert AuditEvent.objects.get(action="datarequest.add").facts["basis"] == basis


@pytest.mark.parametrize(("basis", "until"), [("carer", None), ("curator", None), ("proxy", TODAY - timedelta(days=1))])
def test_who_does_not_sign_for_the_person_may_not_ask_for_his_data(tomek, basis, until):
    case = make_case(tomek)
    row = speaks_for(case.resident, basis)
    type(row).objects.filter(pk=row.pk).update(valid_to=until, valid_from=None)
    with pytest.raises(ValidationError):
        ask(case, asked_by=row)
    assert not DataRequest.objects.exists()


def test_who_signs_for_another_person_may_not_ask_for_this_ones_data(tomek):
    case, other = make_case(tomek), make_case(tomek)
    with pytest.raises(ValidationError):
        ask(case, asked_by=speaks_for(other.resident, "guardian"))


def test_the_desk_chooses_who_asks_and_of_whom_is_hidden_it_learns_no_name(sign_in, tomek):
    case, wife = make_case(tomek), make_resident(first_name="Anna", last_name="Cicha")
    row = case.resident.representations.create(representative=wife, basis="proxy", valid_from=TODAY)
    restrict_file(wife, kind="violence", by=tomek, now=NOW)
    address = reverse("admin:residents_resident_move", args=[case.resident_id, "ask_about_data"])
    client = sign_in(personas.person("ola"))
    form = words(client.get(address))
    assert "pełnomocnik" in form
    assert "Cicha" not in form
    said = {"kind": "objection", "received_on": TODAY, "asked_by": row.pk}
    client.post(address, said)
    asked = DataRequest.objects.get()
    assert asked.asked_by == row
    assert "Cicha" not in words(client.get(asked.get_absolute_url()))
    client.post(address, said | {"asked_by": "99999"})
    assert DataRequest.objects.count() == 1


# -- what the officer reads before he decides -------------------------------------------------------------
def test_the_officer_reads_what_is_asked_beside_his_answer_and_that_it_is_his_move(sign_in, tomek, iwona):
    asked = ask(make_case(tomek), kind="objection", said="Nie chcę, żeby to czytano.")
    client = sign_in(iwona)
    assert "inspektor ochrony danych" in words(client.get(asked.get_absolute_url()))
    for move in ("grant", "turn_down"):
        address = reverse("admin:coordination_datarequest_move", args=[asked.pk, move])
        shown = words(client.get(address))
        assert "Nie chcę, żeby to czytano." in shown, move
        assert asked.resident.get_full_name() in shown, move
