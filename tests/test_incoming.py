"""What comes to the centre from others: the desk's and the partner's way in, one life, and who sees what."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from coordination.actions import incoming as actions
from coordination.actions import incoming_course as course
from coordination.actions.institutions import merge_institution
from coordination.incoming import oddities_of
from coordination.models import IncomingReferral
from coordination.removal import blank_requests, forget_incoming
from cus_portal.audit.log import history
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from residents.models import RefusalDecision, RequestItem, RequestParty, ServiceRequest
from tests import personas
from tests.coordination_world import make_incoming
from tests.factories import NOW, TODAY, make_request

pytestmark = pytest.mark.django_db
S = IncomingReferral.Status
FACTS = {
    "kind": "service_referral",
    "priority": "routine",
    "first_name": "Leon",
    "last_name": "Żuk",
    "phone": "600 700 800",
    "address": "Polna 3",
    "need": "Mieszka sam, nie radzi sobie z zakupami.",
    "consent_for": "help",
    "confidentiality": "ordinary",
}


def file_one(by, *, sender=None, **facts):
    sender = sender or personas.institution(personas.CLINIC)
    return actions.file_incoming(by=by, now=NOW, sender=sender, **FACTS | facts)


def take_down_one(by, **facts):
    said = {"how": "paper", "received_on": TODAY, "said_by": "Anna Listek, pedagog", "proof": "SP.12.2026"}
    return actions.take_down_incoming(by=by, now=NOW, **FACTS | said | facts)


def room(incoming):
    return incoming.get_absolute_url()


def test_a_partner_files_and_the_desk_accepts_answers_and_closes(bartek, ola, clinic):
    incoming = file_one(bartek)
    assert (incoming.status, incoming.how, incoming.said_by) == (S.SENT, "portal", "Bartek Dudek")
    assert list(IncomingReferral.objects.unopened()) == [incoming]

    actions.claim_incoming(incoming, by=ola, now=NOW)
    assert not IncomingReferral.objects.unopened().exists()
    actions.accept_incoming(incoming, by=ola, now=NOW)
    request = incoming.request
    person = request.parties.get(role=RequestParty.Role.PERSON)
    applicant = request.parties.get(role=RequestParty.Role.APPLICANT)
    assert (person.get_full_name(), person.phone) == ("Leon Żuk", "600 700 800")
    assert (applicant.basis, applicant.institution) == (RequestParty.Basis.INSTITUTION, clinic.name)
    assert (request.channel, request.received_on) == (ServiceRequest.Channel.REPORT, TODAY)

    course.start_incoming(incoming, first_contact_on=TODAY, by=ola, now=NOW)
    done = {"outcome": "met", "outcome_on": TODAY, "text": "Pan Leon ma opiekunkę."}
    course.complete_incoming(incoming, **done, by=ola, now=NOW)
    assert (incoming.status, incoming.outcome, incoming.ended_at) == (S.COMPLETED, "met", NOW)
    told = Message.objects.filter(template="incoming_news", recipient_type="accounts.user", recipient_id=bartek.pk)
    assert told.count() == 3
    assert {"Leon", "Żuk"}.isdisjoint(str(told.values_list("context", flat=True)).split())


def test_it_joins_the_request_that_runs_already(bartek, ola, client, sign_in):
    known = make_request(applicant={"first_name": "Leon", "last_name": "Żuk", "phone": "600700800"})
    incoming = file_one(bartek)
    sign_in(ola)
    form = client.get(reverse("admin:coordination_incomingreferral_move", args=[incoming.pk, "accept"]))
    assert known.reference in form.content.decode()
    before = ServiceRequest.objects.count()
    answer = client.post(form.request["PATH_INFO"], {"joins": known.pk, "version": incoming.version})
    assert answer.status_code == 302
    incoming.refresh_from_db()
    assert (incoming.request, incoming.status) == (known, S.ACCEPTED)
    told = client.get(incoming.get_absolute_url()).content.decode()
    assert "Przyjęto, jest zgłoszenie" in told
    assert "powstało zgłoszenie" not in told
    assert ServiceRequest.objects.count() == before
    page = client.get(known.get_absolute_url()).content.decode()
    assert f'<a href="{incoming.get_absolute_url()}">{incoming.number}</a> ({incoming.sender})' in page


def test_case_58_that_a_person_declines_help_is_recorded_and_is_no_refusal_of_the_centre(bartek, ola):
    incoming = file_one(bartek)
    declined = {"end_reason": "declined", "declined_on": TODAY, "safety_note": "Rozmowa w domu, córka pomaga."}
    for doubt in ({"understands": False, "is_safe": True}, {"understands": True, "is_safe": False}):
        with pytest.raises(ValidationError, match="sąd"):
            actions.end_incoming(incoming, **declined, **doubt, by=ola, now=NOW)
    incoming.refresh_from_db()
    assert incoming.status == S.SENT
    with pytest.raises(ValidationError):
        actions.end_incoming(incoming, end_reason="declined", understands=True, is_safe=True, by=ola, now=NOW)
    actions.end_incoming(incoming, **declined, understands=True, is_safe=True, by=ola, now=NOW)
    assert (incoming.status, incoming.end_reason, incoming.declined_on) == (S.NOT_FULFILLED, "declined", TODAY)
    assert not RefusalDecision.objects.exists()
    assert not RequestItem.objects.filter(status=RequestItem.Status.REFUSED).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        IncomingReferral.objects.filter(pk=incoming.pk).update(safety_note="")


def test_case_12_a_notice_by_law_needs_no_consent_and_becomes_a_request_by_law(ola, pcpr):
    with pytest.raises(ValidationError):
        take_down_one(ola, sender=pcpr, consent_for="")
    notice = take_down_one(ola, sender=pcpr, consent_for="", statute="art. 12 KPC", kind="statutory_notice")
    actions.accept_incoming(notice, by=ola, now=NOW)
    assert notice.request.parties.get(role=RequestParty.Role.APPLICANT).basis == RequestParty.Basis.LAW
    assert notice.request.channel == ServiceRequest.Channel.PAPER


def test_an_unknown_sender_waits_until_the_organiser_has_confirmed_it(ola, beata, pcpr):
    incoming = take_down_one(ola, sender_name="Fundacja Nieznana")
    assert incoming.status == S.HELD
    with pytest.raises(TransitionNotAllowed):
        actions.accept_incoming(incoming, by=ola, now=NOW)
    with pytest.raises(PermissionDenied):
        actions.admit_sender(incoming, sender=pcpr, by=ola, now=NOW)
    actions.admit_sender(incoming, sender=pcpr, by=beata, now=NOW)
    assert (incoming.status, incoming.sender) == (S.SENT, pcpr)
    other = take_down_one(ola, sender_name="Fundacja Inna")
    actions.turn_away(other, by=beata, now=NOW)
    assert (other.status, other.reject_reason) == (S.REJECTED, "unknown_sender")


def test_a_question_stops_our_clock_and_the_reply_lets_it_go_on(bartek, ola):
    incoming = file_one(bartek)
    due = incoming.respond_by
    actions.ask_partner(incoming, text="Czy zgodziła się córka?", by=ola, now=NOW)
    assert incoming.status == S.INFO_REQUESTED
    assert not IncomingReferral.objects.overdue(due + timedelta(days=9)).exists()
    later = NOW + timedelta(days=7)
    actions.reply_to_centre(incoming, text="Tak.", by=bartek, now=later)
    assert (incoming.status, incoming.notes.last().text) == (S.SENT, "Tak.")
    assert incoming.respond_by > due


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"last_name": "Test"}, "próbę"),
        ({"first_name": "Bartek", "last_name": "Dudek"}, "tak samo"),
        ({"phone": "81 517 00 00"}, "telefonem tej instytucji"),
    ],
)
def test_what_is_odd_is_said_before_it_is_taken_up(bartek, ola, clinic, facts, words, client, sign_in):
    clinic.phone = "815170000"
    clinic.save()
    incoming = file_one(bartek, **facts)
    assert any(words in said for said in oddities_of(incoming)), oddities_of(incoming)
    sign_in(ola)
    assert words in client.get(room(incoming)).content.decode()


def test_an_ordinary_one_is_not_odd_and_the_same_person_again_is(bartek, ola):
    first = file_one(bartek)
    assert oddities_of(first) == []
    again = take_down_one(ola, sender=first.sender)
    assert first.number in oddities_of(again)[0]


def test_the_centre_does_not_refer_to_itself(ola, centre):
    with pytest.raises(ValidationError):
        take_down_one(ola, sender=centre)


def test_a_partner_sees_its_own_and_nothing_of_another_or_of_the_request(bartek, ewa, ola, client, sign_in):
    incoming = file_one(bartek)
    actions.accept_incoming(incoming, by=ola, now=NOW)
    mine = reverse("coordination:sent_to_centre_one", args=[incoming.pk])
    sign_in(bartek)
    page = client.get(mine).content.decode()
    assert "przyjęte" in page
    assert incoming.request.reference not in page
    assert incoming.number in client.get(reverse("coordination:sent_to_centre")).content.decode()
    sign_in(ewa)
    assert client.get(mine).status_code == 404
    assert incoming.number not in client.get(reverse("coordination:sent_to_centre")).content.decode()
    with pytest.raises(PermissionDenied):
        actions.withdraw_incoming(incoming, reason="pomyłka", by=ewa, now=NOW)
    with pytest.raises(PermissionDenied):
        file_one(ewa)


def test_the_partners_form_asks_for_consent_or_statute_and_files(bartek, ola, client, sign_in):
    sign_in(bartek)
    new = reverse("coordination:sent_to_centre_new")
    form = {name: value for name, value in FACTS.items() if name != "consent_for"}
    assert set(client.post(new, form).context["form"].errors) == {"consent_for"}
    assert set(client.post(new, form | {"consent_for": "nothing"}).context["form"].errors) == {"statute"}
    assert set(client.post(new, form | {"consent_for": "information"}).context["form"].errors) == {"consent_for"}
    assert not IncomingReferral.objects.exists()
    client.post(new, form | {"consent_for": "help"})
    incoming = IncomingReferral.objects.get()
    assert incoming.sender.code == "spzoz"
    withdraw = reverse("coordination:sent_to_centre_move", args=[incoming.pk, "withdraw"])
    assert client.get(withdraw).status_code == 200
    assert set(client.post(withdraw, {"version": incoming.version}).context["form"].errors) == {"reason"}
    client.post(withdraw, {"version": incoming.version, "reason": "Rodzina pomoże sama."})
    incoming.refresh_from_db()
    assert incoming.status == S.WITHDRAWN
    assert history(incoming).first().reason == "Rodzina pomoże sama."
    sign_in(ola)
    assert "Rodzina pomoże sama." in client.get(incoming.get_absolute_url()).content.decode()


@pytest.mark.parametrize("form", ["csv", "pdf"])
def test_an_institution_narrows_and_saves_what_it_has_sent(form, bartek, ewa, ola, clinic, pcpr, sign_in, time_machine):
    time_machine.move_to(NOW + timedelta(days=30))
    late, urgent, protected = (
        make_incoming(clinic, **facts) for facts in ({}, {"priority": "urgent"}, {"confidentiality": "protected"})
    )
    mistake, theirs = make_incoming(clinic, status="entered_in_error"), make_incoming(pcpr)
    room = reverse("coordination:sent_to_centre")
    page = sign_in(bartek).get(room)
    assert [row for row, _state in page.context["rows"]] == [protected, urgent, late]
    assert "dni po terminie" in page.content.decode()
    for query, rows in ({"priority": "urgent"}, [urgent]), ({"number": late.number}, [late]), ({"status": "sent"}, 3):
        shown = [row for row, _state in sign_in(bartek).get(room, query).context["rows"]]
        assert shown == rows or len(shown) == rows
    assert "text/html" in sign_in(bartek).post(room, {"file_format": form, "reason": ""}).headers["Content-Type"]
    saved = sign_in(bartek).post(f"{room}?priority=routine", {"file_format": form, "reason": "zebranie"})
    if form == "csv":
        cells = saved.content.decode()
        assert late.number in cells
        assert not any(word in cells for word in (urgent.number, protected.number, mistake.number, theirs.number))
        assert late.last_name not in cells
    event = AuditEvent.objects.get(action="export")
    assert (event.actor, event.reason, event.facts) == (bartek, "zebranie", {"screen": "sent_to_centre", "rows": 1})
    assert sign_in(ola).post(room, {"file_format": form, "reason": "zebranie"}).status_code == 403


def test_a_sender_learns_that_what_it_sent_was_put_away_as_a_mistake(bartek, ola):
    incoming = file_one(bartek)
    told = Message.objects.filter(recipient_type="accounts.user", recipient_id=bartek.pk, about_id=incoming.pk)
    assert not told.exists()
    actions.discard_incoming(incoming, reason="druga taka sama", by=ola, now=NOW)
    assert [message.template for message in told] == ["incoming_news"]


def test_the_desks_form_writes_down_what_came_on_paper(ola, pcpr, client, sign_in, time_machine):
    time_machine.move_to(NOW, tick=False)
    sign_in(ola)
    add = reverse("admin:coordination_incomingreferral_add")
    assert client.get(add).status_code == 200
    said = {"sender": pcpr.pk, "said_by": "Anna Listek", "how": "paper", "received_on": TODAY.isoformat()}
    answer = client.post(add, FACTS | said)
    assert answer.status_code == 302, answer.content.decode()
    assert IncomingReferral.objects.get().sender == pcpr
    desk = client.get(reverse("admin:index")).content.decode()
    rooms = reverse("admin:coordination_incomingreferral_changelist")
    assert f"{rooms}?state=unopened" in desk
    for state, listed in (("", True), ("unopened", True), ("held", False), ("late", False)):
        found = client.get(rooms, {"state": state} if state else {}).content.decode()
        assert (IncomingReferral.objects.get().number in found) == listed, state


def test_a_take_over_takes_what_the_sender_waits_for_with_it(bartek, beata, clinic, pcpr):
    incoming = file_one(bartek)
    merge_institution(clinic, into=pcpr, by=beata, now=NOW)
    incoming.refresh_from_db()
    assert incoming.sender == pcpr


def test_nothing_of_the_person_stays_when_the_request_goes_or_two_years_after_it_ended(bartek, ola):
    linked, alone = file_one(bartek), file_one(bartek, last_name="Bąk")
    actions.accept_incoming(linked, by=ola, now=NOW)
    course.report_incoming(linked, text="Pan Leon nie otwiera.", by=ola, now=NOW)
    actions.ask_partner(alone, text="Czy to Bąk z Polnej?", by=ola, now=NOW)
    there = {"text": "Tak, Polna 3.", "said_by": "Ewa Gil"}
    with pytest.raises(ValidationError) as refused:
        actions.take_reply(alone, **there, answered_on=TODAY + timedelta(days=1), by=ola, now=NOW)
    assert set(refused.value.message_dict) == {"answered_on"}
    actions.take_reply(alone, **there, answered_on=TODAY, by=ola, now=NOW)
    assert alone.notes.last().text == "Ewa Gil, 12 listopada 2026: Tak, Polna 3."
    actions.reject_incoming(alone, reject_reason="wrong_address", text="Proszę pytać PCPR.", by=ola, now=NOW)
    blank_requests(ServiceRequest.objects.filter(pk=linked.request_id))
    assert forget_incoming(on=TODAY + timedelta(days=729)) == 0
    assert forget_incoming(on=TODAY + timedelta(days=732)) == 1
    for incoming in (linked, alone):
        incoming.refresh_from_db()
        left = " ".join(map(str, [*vars(incoming).values(), *incoming.notes.values_list("text", flat=True)]))
        assert not any(word in left for word in ("Leon", "Żuk", "Bąk", "600 700", "Polna", "zakupami", "Dudek"))
