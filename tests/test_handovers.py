"""What came and belongs elsewhere: passed on, watched until it is taken up there, sent back, and at most five times."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from coordination.actions import handovers
from coordination.actions import incoming as actions
from coordination.actions.chains import PassedOnTooOftenError
from coordination.actions.institutions import what_is_open_at
from coordination.models import Handover, IncomingReferral
from coordination.reminders import due_reminders
from coordination.removal import GONE, forget_incoming
from cus_portal.accounts.models import Institution
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workdays import add_workdays
from cus_portal.workflow import TransitionNotAllowed
from residents.models import ServiceRequest
from tests import personas
from tests.coordination_world import make_incoming
from tests.factories import NOW, TODAY, at

pytestmark = pytest.mark.django_db
S = IncomingReferral.Status
DAY = timedelta(days=1)
THERE = {"said_by": "Iga Wilk", "answered_on": TODAY}


@pytest.fixture
def rops():
    return personas.institution(personas.ROPS)


def passed_on(sender, receiver, *, by, **facts):
    row = make_incoming(sender, **facts)
    return handovers.redirect_incoming(
        row, receiver=receiver, agreed_on=TODAY, text="Proszę pytać tam.", sign="CUS.5.2026", by=by, now=NOW
    )


def page_of(client, row):
    return client.get(reverse("coordination:sent_to_centre_one", args=[row.pk])).content.decode()


def test_it_goes_on_a_legal_basis_and_the_sender_learns_whom_to_ask(bartek, ola, clinic, rops, client, sign_in):
    row = make_incoming(clinic)
    words = {"text": "Proszę pytać w ROPS.", "by": ola, "now": NOW}
    with pytest.raises(ValidationError) as refused:
        handovers.redirect_incoming(row, receiver=rops, **words)
    assert set(refused.value.message_dict) == {"agreed_on"}
    for wrong in (clinic, personas.institution(personas.CENTRE)):
        with pytest.raises(ValidationError) as refused:
            handovers.redirect_incoming(row, receiver=wrong, agreed_on=TODAY, **words)
        assert set(refused.value.message_dict) == {"receiver"}
    handovers.redirect_incoming(row, receiver=rops, agreed_on=TODAY, **words)
    assert (row.status, row.respond_by) == (S.REDIRECTED, add_workdays(TODAY, 10))
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(incoming=make_incoming(clinic), receiver=rops, handed_over_on=TODAY)
    sign_in(bartek)
    page = page_of(client, row)
    assert rops.name in page
    assert "Proszę pytać w ROPS." in page
    assert "jeszcze nieprzejęte" in page


def test_until_it_is_taken_up_there_it_is_in_a_list_and_its_day_is_told(ola, beata, clinic, rops, client, sign_in):
    row = passed_on(clinic, rops, by=ola)
    rows = IncomingReferral.objects.visible_to(ola)
    assert list(rows.live()) == list(rows.watched()) == list(rows.handed_on()) == [row]
    assert (rows.waiting(TODAY)["handed_on"], rows.waiting(TODAY)["late"]) == (1, 0)
    assert list(rows.overdue(row.respond_by + DAY)) == [row]
    told = {(due.reminder.name, due.recipient) for due in due_reminders(row.respond_by + DAY)}
    assert {("incoming_not_taken_up", ola), ("incoming_not_taken_up", beata)} <= told
    sign_in(ola)
    listed = reverse("admin:coordination_incomingreferral_changelist")
    assert row.number in client.get(f"{listed}?state=handed_on").content.decode()
    handovers.take_up_elsewhere(row, **THERE, by=ola, now=NOW)
    assert not rows.live().exists()
    assert not any(due.reminder.name == "incoming_not_taken_up" for due in due_reminders(row.respond_by + DAY))
    assert row.number not in client.get(f"{listed}?state=handed_on").content.decode()


def test_the_sender_reads_that_it_was_taken_up_and_the_desk_who_said_so(bartek, ola, clinic, rops, client, sign_in):
    row = passed_on(clinic, rops, by=ola)
    sign_in(ola)
    answer = client.post(
        reverse("admin:coordination_incomingreferral_move", args=[row.pk, "take_up"]),
        {"said_by": "Iga Wilk", "answered_on": TODAY.isoformat(), "version": row.version},
        follow=True,
    )
    assert "Iga Wilk" in answer.content.decode()
    row.refresh_from_db()
    assert row.taken_up_on == TODAY
    with pytest.raises(TransitionNotAllowed):
        handovers.take_up_elsewhere(row, **THERE, by=ola, now=NOW)
    sign_in(bartek)
    page = page_of(client, row)
    assert "tam przejęte" in page
    assert "Iga Wilk" not in page


@pytest.mark.parametrize("day", [TODAY + DAY, TODAY - DAY])
def test_the_day_of_their_answer_lies_between_the_handover_and_today(day, ola, clinic, rops):
    row = passed_on(clinic, rops, by=ola)
    for act, words in ((handovers.take_up_elsewhere, {}), (handovers.take_back_incoming, {"text": "Nie nasze."})):
        with pytest.raises(ValidationError) as refused:
            act(row, said_by="Iga Wilk", answered_on=day, **words, by=ola, now=NOW)
        assert set(refused.value.message_dict) == {"answered_on"}


def test_what_is_sent_back_is_ours_again_and_goes_to_nobody_twice(bartek, ola, clinic, rops, pcpr, client, sign_in):
    row = passed_on(clinic, rops, by=ola)
    later = at(TODAY + 5 * DAY)
    handovers.take_back_incoming(row, **THERE, text="Gmina jest właściwa.", by=ola, now=later)
    assert (row.status, row.ended_at) == (S.SENT, None)
    assert [(note.kind, note.created_at) for note in row.notes.all()] == [("handover", NOW), ("sent_back", later)]
    assert row.respond_by == add_workdays(TODAY + 5 * DAY, 10)
    with pytest.raises(ValidationError) as refused:
        handovers.redirect_incoming(row, receiver=rops, agreed_on=TODAY, text="Jeszcze raz.", by=ola, now=later)
    assert set(refused.value.message_dict) == {"receiver"}
    handovers.redirect_incoming(row, receiver=pcpr, statute="art. 65 KPA", text="Proszę do PCPR.", by=ola, now=later)
    assert [link.receiver for link in row.handovers.all()] == [rops, pcpr]
    sign_in(bartek)
    page = page_of(client, row)
    for words in (rops.name, pcpr.name, "Proszę pytać tam.", "Gmina jest właściwa.", "Proszę do PCPR."):
        assert words in page


def test_what_is_sent_back_is_accepted_with_the_request_that_it_has(ola, clinic, rops):
    row = passed_on(clinic, rops, by=ola, status="accepted")
    kept = row.request
    handovers.take_back_incoming(row, **THERE, text="Nie nasze.", by=ola, now=NOW)
    actions.accept_incoming(row, by=ola, now=NOW)
    assert (row.status, row.request) == (S.ACCEPTED, kept)


def test_after_five_the_leaders_are_told_and_it_stays_with_the_centre(ola, beata, danuta, clinic):
    row = make_incoming(clinic)
    bodies = [
        Institution.objects.create(code=f"organ-{n}", name=f"Organ {n}", short_name=f"O{n}", kind="other")
        for n in range(6)
    ]
    for receiver in bodies[:5]:
        handovers.redirect_incoming(row, receiver=receiver, agreed_on=TODAY, text="Tam.", by=ola, now=NOW)
        handovers.take_back_incoming(row, **THERE, text="Nie nasze.", by=ola, now=NOW)
    for _press in range(2):
        with pytest.raises(PassedOnTooOftenError):
            handovers.redirect_incoming(row, receiver=bodies[5], agreed_on=TODAY, text="Tam.", by=ola, now=NOW)
    assert (row.status, row.handovers.count()) == (S.SENT, 5)
    told = Message.objects.filter(template="referral_bounced").values_list("recipient_id", flat=True)
    assert sorted(told) == sorted([beata.pk, danuta.pk])
    assert AuditEvent.objects.filter(action="incomingreferral.passed_on_too_often").count() == 2


def test_the_desk_reads_who_has_taken_the_next_institution_over(ola, clinic, rops, pcpr, client, sign_in):
    row = passed_on(clinic, rops, by=ola)
    Institution.objects.filter(pk=pcpr.pk).update(phone="81 517 00 00")
    Institution.objects.filter(pk=rops.pk).update(is_active=False, closed_on=TODAY, merged_into=pcpr)
    sign_in(ola)
    page = client.get(row.get_absolute_url()).content.decode()
    assert f"{rops.name} (teraz: {pcpr.name})" in page
    assert "81 517 00 00" in page


def test_an_institution_is_closed_once_it_has_taken_up_what_was_passed_on_to_it(beata, ola, clinic, rops):
    row = passed_on(clinic, rops, by=ola)
    passed_on(clinic, rops, by=beata, confidentiality="protected")
    open_there = [f"przekazane jej, jeszcze nieprzejęte: {row.number}"]
    assert what_is_open_at(rops) == open_there
    handovers.take_up_elsewhere(row, **THERE, by=ola, now=NOW)
    assert what_is_open_at(rops) == []


def test_of_a_protected_one_the_leaders_read_the_path_alone(beata, danuta, clinic, rops):
    row = passed_on(clinic, rops, by=beata, confidentiality="protected")
    assert not IncomingReferral.objects.visible_to(personas.person("ola")).handed_on().exists()
    due = [due for due in due_reminders(row.respond_by + DAY) if due.reminder.name == "incoming_not_taken_up"]
    assert {one.recipient for one in due} == {beata, danuta}


def test_the_links_of_the_chain_stay_as_they_were(ola, clinic, rops, pcpr):
    link = passed_on(clinic, rops, by=ola).handovers.get()
    rows = Handover.objects.filter(pk=link.pk)
    for change in ({"receiver": pcpr}, {"handed_over_on": TODAY - DAY}, {"agreed_on": TODAY - DAY}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(incoming=link.incoming, receiver=pcpr, handed_over_on=TODAY, agreed_on=TODAY)


def test_the_person_reads_where_it_went(ola, clinic, rops, client):
    row = passed_on(clinic, rops, by=ola, status="accepted")
    ServiceRequest.objects.filter(pk=row.request_id).update(code_is_the_persons=True)
    known = {"reference": row.request.reference, "code": row.request.access_code}
    client.post(reverse("residents:request_track"), known)
    assert f"innej instytucji: {rops.name}." in client.get(reverse("delivery:referrals")).content.decode()


def test_the_words_go_with_the_years(ola, clinic, rops):
    row = passed_on(clinic, rops, by=ola)
    handovers.take_up_elsewhere(row, **THERE, by=ola, now=NOW)
    assert forget_incoming(on=TODAY + timedelta(days=740)) == 1
    link = row.handovers.get()
    assert (link.sign, link.said_by, link.receiver) == ("", GONE, rops)
