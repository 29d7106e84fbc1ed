"""What comes to the centre lives as what goes out: one table, the sides exchanged; its class, its loop, its lists."""

from copy import copy
from datetime import timedelta

import pgtrigger
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from coordination.actions import handovers
from coordination.actions import incoming as actions
from coordination.actions import incoming_course as course
from coordination.incoming import oddities_of
from coordination.life_cycle import CONTRACT, INCOMING_ONLY, INCOMING_SOURCES, Side
from coordination.models import IncomingReferral, Referral
from coordination.removal import GONE, blank_incoming
from coordination.reports import REPORTS, Period
from coordination.suppression import HIDDEN, suppress
from coordination.workflow import INCOMING, INCOMING_SIDES, OUTGOING_SIDES, REFERRAL
from cus_portal.accounts.actors import LinkHolder, PublicActor, SystemActor
from cus_portal.audit.log import history
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workdays import add_workdays
from cus_portal.workflow import TransitionNotAllowed
from residents.models import ServiceRequest
from tests import personas
from tests.board_world import came
from tests.coordination_world import make_incoming, with_list
from tests.factories import NOW, TODAY, at, make_service

pytestmark = pytest.mark.django_db
S = IncomingReferral.Status
MUCH_LATER = at(TODAY + timedelta(days=60))
LOOP = {"acknowledgement": "Zamykamy sprawę.", "person_told": True}

# Each move as a call with everything it needs: what refuses it is the table, never a missing field.
CALLS = {
    "admit": lambda row, **by: actions.admit_sender(row, sender=personas.institution(personas.PCPR), **by),
    "turn_away": lambda row, **by: actions.turn_away(row, **by),
    "classify": lambda row, **by: actions.classify_incoming(row, confidentiality="sensitive", **by),
    "take_reply": lambda row, **by: actions.take_reply(row, text="Tak.", said_by="Ewa Gil", answered_on=TODAY, **by),
    "end": lambda row, **by: actions.end_incoming(row, end_reason="moved", **by),
    "take_acknowledgement": lambda row, **by: course.take_acknowledgement(row, **LOOP, **by),
    "ask": lambda row, **by: actions.ask_partner(row, text="Czy córka wie?", **by),
    "reply": lambda row, **by: actions.reply_to_centre(row, text="Tak.", **by),
    "accept": lambda row, **by: actions.accept_incoming(row, **by),
    "waitlist": lambda row, **by: actions.waitlist_incoming(row, service=with_list(make_service()), **by),
    "start": lambda row, **by: course.start_incoming(row, first_contact_on=TODAY, **by),
    "report": lambda row, **by: course.report_incoming(row, text="Idzie dobrze.", **by),
    "hold": lambda row, **by: course.hold_incoming(
        row, cause="person", reason="szpital", review_on=TODAY + timedelta(days=9), **by
    ),
    "resume": lambda row, **by: course.resume_incoming(row, **by),
    "plan_anew": lambda row, **by: course.plan_incoming_anew(row, planned_start_on=TODAY, **by),
    "complete": lambda row, **by: course.complete_incoming(row, outcome="met", outcome_on=TODAY, text="Jest.", **by),
    "redirect": lambda row, **by: handovers.redirect_incoming(
        row, receiver=personas.institution(personas.ROPS), statute="art. 65 KPA", text="Proszę pytać ROPS.", **by
    ),
    "take_up": lambda row, **by: handovers.take_up_elsewhere(row, said_by="Iga Wilk", answered_on=TODAY, **by),
    "take_back": lambda row, **by: handovers.take_back_incoming(
        row, said_by="Iga Wilk", answered_on=TODAY, text="To nie nasze.", **by
    ),
    "fail": lambda row, **by: course.fail_incoming(row, end_reason="no_show", **by),
    "reject": lambda row, **by: actions.reject_incoming(
        row, reject_reason="other", text="Proszę do PCPR.", **by | {"now": MUCH_LATER}
    ),
    "reopen": lambda row, **by: course.reopen_incoming(row, **by),
    "claim": lambda row, **by: actions.claim_incoming(row, **by),
    "hand_over": lambda row, **by: actions.hand_over_incoming(row, to=personas.person("ola"), **by),
    "give_back": lambda row, **by: INCOMING.move(row, "give_back", by=by["by"]),  # nobody has some of them in hand
    "withdraw": lambda row, **by: actions.withdraw_incoming(row, reason="pomyłka", **by),
    "expire": lambda row, **by: course.expire_incoming(row, **by),
    "acknowledge": lambda row, **by: course.acknowledge_incoming(row, **LOOP, **by),
    "confirm": lambda row, **by: course.confirm_answer(row, **by),
    "dispute": lambda row, **by: course.dispute_answer(row, text="Nikt nie przyszedł.", **by),
    "discard": lambda row, **by: actions.discard_incoming(row, reason="pomyłka", **by),
}
SENDER = {"reply", "withdraw", "acknowledge", "fail"}
DESK = set(CALLS) - {"admit", "turn_away", "reply", "withdraw", "acknowledge", "expire", "confirm", "dispute"}
ALLOWED = {
    "ola": DESK,
    "tomek": DESK,
    "kasia": DESK,
    "beata": DESK | {"admit", "turn_away"},
    "bartek": SENDER,
    "person": {"confirm", "dispute"},
    "system": {"expire"},
}


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW, tick=False)


def trace(row):
    changes = AuditEvent.objects.count(), Message.objects.count()
    return IncomingReferral.objects.filter(pk=row.pk).values().get(), changes


def fresh(row):
    return IncomingReferral.objects.select_related("sender", "request", "assigned_to").get(pk=row.pk)


def give_code_to_the_person(row):
    ServiceRequest.objects.filter(pk=row.request_id).update(code_is_the_persons=True)


def room(row):
    return row.get_absolute_url()


def list_for(client):
    return client.get(reverse("admin:coordination_incomingreferral_changelist")).content.decode()


# -- one table --------------------------------------------------------------------------------------
def test_every_move_of_the_contract_holds_in_both_directions_with_the_sides_exchanged():
    exchanged = {Side.SENDER: "coordination.file_incoming", Side.RECEIVER: "coordination.answer_incoming"}
    assert {side: INCOMING_SIDES[side] for side in exchanged} == exchanged
    assert set(INCOMING_SIDES) == set(OUTGOING_SIDES) == set(Side)
    for row in CONTRACT:
        out, came = REFERRAL[row.name], INCOMING[row.name]
        assert (out.sources, out.target, out.permission) == (row.sources, row.target, OUTGOING_SIDES[row.side])
        wanted = INCOMING_SOURCES.get(row.name, tuple(status for status in row.sources if status != "draft"))
        assert (came.sources, came.target, came.permission) == (wanted, row.target, INCOMING_SIDES[row.side])
        assert came.danger == out.danger
    alone = {step.name for step in INCOMING} - {row.name for row in CONTRACT}
    assert alone == {step.name for step in INCOMING_ONLY}


def test_the_states_are_those_of_a_referral_with_a_sender_to_confirm_in_place_of_drafts():
    assert set(S.values) - {"held"} == set(Referral.Status.values) - {"draft"}
    assert set(INCOMING_SOURCES) == {"expire", "discard"}  # the exceptions, whose reasons stand beside them


def test_every_move_of_the_table_has_its_call():
    assert set(CALLS) == {step.name for step in INCOMING}


@pytest.mark.parametrize("status", S.values)
def test_only_the_moves_of_the_table_happen_and_a_refused_one_leaves_no_trace(status, clinic):
    actors = {name: personas.person(name) for name in [*personas.PEOPLE, "root"]}
    actors |= {"system": SystemActor(), "public": PublicActor(), "holder": LinkHolder(request_id=0)}
    make_incoming(personas.institution(personas.PCPR))  # a stranger who owns something
    for code in (personas.ROPS, personas.PCPR):
        personas.institution(code)
    row = make_incoming(clinic, status=status)
    give_code_to_the_person(row)
    actors["person"] = LinkHolder(request_id=row.request_id or -1)
    make_service()
    before, loaded, happened = trace(row), fresh(row), set()
    point = transaction.savepoint()
    for name, who in actors.items():
        for move, call in CALLS.items():
            try:
                call(copy(loaded), by=who, now=NOW)
            except (PermissionDenied, TransitionNotAllowed):
                continue
            happened.add((name, move))
            event = history(row).first()
            assert (event.action, event.from_state) == (f"incomingreferral.{move}", status)
            assert event.to_state == IncomingReferral.objects.get(pk=row.pk).status
            transaction.savepoint_rollback(point)
        assert trace(row) == before, name
    moves = {step.name for step in INCOMING if status in step.sources}
    assert happened == {(name, move) for name, may in ALLOWED.items() for move in may & moves}


# -- under way --------------------------------------------------------------------------------------
def test_who_waits_for_a_place_has_a_request_and_is_accepted_later_with_the_same(bartek, ola, clinic):
    row, service = make_incoming(clinic), make_service()
    before = trace(row)
    with pytest.raises(ValidationError, match="nie prowadzi listy"):
        actions.waitlist_incoming(row, service=service, by=ola, now=NOW)
    assert trace(row) == before
    actions.waitlist_incoming(row, service=with_list(service), by=ola, now=NOW)
    assert (row.status, row.request.items.get().service) == (S.WAITLISTED, service)
    request = row.request
    actions.accept_incoming(row, by=ola, now=NOW)
    assert (row.status, row.request) == (S.ACCEPTED, request)
    assert row.respond_by == add_workdays(TODAY, 10)
    with pytest.raises(IntegrityError), transaction.atomic():
        IncomingReferral.objects.filter(pk=row.pk).update(request=None)


def test_a_pause_has_its_day_and_goes_on_from_where_it_was(ola, clinic):
    row = make_incoming(clinic, status="accepted")
    with pytest.raises(ValidationError):
        course.hold_incoming(row, cause="person", reason="szpital", review_on=TODAY, by=ola, now=NOW)
    course.hold_incoming(row, cause="person", reason="szpital", review_on=TODAY + timedelta(days=9), by=ola, now=NOW)
    with pytest.raises(ValidationError):
        course.resume_incoming(row, by=ola, now=NOW)
    course.plan_incoming_anew(row, planned_start_on=TODAY + timedelta(days=2), by=ola, now=NOW)
    with pytest.raises(ValidationError):
        course.start_incoming(row, first_contact_on=TODAY + timedelta(days=1), by=ola, now=NOW)
    course.start_incoming(row, first_contact_on=TODAY, by=ola, now=NOW)
    assert (row.status, row.first_contact_on) == (S.IN_PROGRESS, TODAY)
    assert not IncomingReferral.objects.overdue(TODAY + timedelta(days=59)).exists()
    assert IncomingReferral.objects.overdue(TODAY + timedelta(days=70)).exists()


def test_help_declined_after_accepting_asks_for_understanding_and_safety_too(ola, clinic):
    row = make_incoming(clinic, status="in_progress")
    said = {"end_reason": "declined", "declined_on": TODAY, "safety_note": "Rozmowa w domu."}
    with pytest.raises(ValidationError):
        course.fail_incoming(row, **said, understands=True, is_safe=False, by=ola, now=NOW)
    course.fail_incoming(row, **said, understands=True, is_safe=True, by=ola, now=NOW)
    assert (row.status, row.end_reason) == (S.NOT_FULFILLED, "declined")


def test_an_unanswered_question_has_its_fourteen_days_before_it_may_be_declined(ola, clinic):
    row = make_incoming(clinic, status="info_requested")
    refusal = {"reject_reason": "other", "text": "Brak odpowiedzi.", "by": ola}
    with pytest.raises(ValidationError):
        actions.reject_incoming(row, **refusal, now=at(add_workdays(TODAY, 14)))
    actions.reject_incoming(row, **refusal, now=at(add_workdays(TODAY, 15)))
    assert row.status == S.REJECTED


def test_a_refusal_is_taken_back_once_and_within_thirty_days(ola, clinic):
    late = make_incoming(clinic, status="rejected")
    with pytest.raises(ValidationError):
        course.reopen_incoming(late, by=ola, now=NOW + timedelta(days=31))
    row = make_incoming(clinic, status="rejected")
    course.reopen_incoming(row, by=ola, now=NOW + timedelta(days=30))
    assert (row.status, row.reject_reason, row.ended_at) == (S.SENT, "", None)
    assert "Proszę do PCPR." in row.notes.get(kind="refusal").text
    actions.reject_incoming(row, reject_reason="other", text="Jednak nie.", by=ola, now=MUCH_LATER)
    with pytest.raises(ValidationError):
        course.reopen_incoming(row, by=ola, now=MUCH_LATER)


def test_to_take_a_refusal_back_is_on_offer_for_thirty_days(ola, clinic, sign_in, time_machine):
    row = make_incoming(clinic, status="rejected")
    for days, is_offered in ((29, True), (31, False)):
        time_machine.move_to(NOW + timedelta(days=days))
        assert ("/move/reopen/" in sign_in(ola).get(room(row)).content.decode()) is is_offered


def test_what_an_unknown_sender_sent_is_not_taken_back(beata):
    row = make_incoming(personas.institution(personas.CLINIC), status="held")
    actions.turn_away(row, by=beata, now=NOW)
    with pytest.raises(ValidationError):
        course.reopen_incoming(row, by=beata, now=NOW)


def test_all_that_was_said_stays_in_its_order_on_both_pages(bartek, ola, clinic, client, sign_in):
    row = make_incoming(clinic)
    for number in ("pierwsze", "drugie"):
        actions.ask_partner(row, text=f"Pytanie {number}?", by=ola, now=NOW)
        actions.reply_to_centre(row, text=f"Odpowiedź na {number}.", by=bartek, now=NOW)
    actions.accept_incoming(row, by=ola, now=NOW)
    for number in ("Pierwsze", "Drugie"):
        course.report_incoming(row, text=f"{number} wieści.", by=ola, now=NOW)
    said = list(row.notes.values_list("kind", "text", "author__first_name"))
    assert [(kind, name) for kind, _text, name in said] == [
        *[("question", "Ola"), ("answer", "Bartek")] * 2,
        *[("news", "Ola")] * 2,
    ]
    for user, page in ((ola, room(row)), (bartek, reverse("coordination:sent_to_centre_one", args=[row.pk]))):
        sign_in(user)
        shown = client.get(page).content.decode()
        places = [shown.index(text) for _kind, text, _name in said]
        assert places == sorted(places)


@pytest.mark.database
def test_what_the_sender_filed_stays_as_it_came(ola, clinic, pcpr):
    row = make_incoming(clinic, status="in_progress")
    for change in (
        *({"need": "inaczej"}, {"need": ""}, {"last_name": "Inna"}, {"birth_date": TODAY}, {"said_by": GONE}),
        *({"kind": "handover"}, {"priority": "urgent"}, {"received_on": TODAY - timedelta(days=9)}, {"how": "paper"}),
        *({"consent_for": ""}, {"statute": "art. 12 KPC"}, {"sender": pcpr}, {"sender": None, "status": "held"}),
    ):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            IncomingReferral.objects.filter(pk=row.pk).update(**change)
    blank_incoming(IncomingReferral.objects.filter(pk=row.pk))
    row.refresh_from_db()
    assert (row.need, row.last_name, row.sender) == ("", "", clinic)


@pytest.mark.database
def test_a_word_of_the_conversation_goes_with_its_referral_alone(ola, clinic):
    row = make_incoming(clinic, status="info_requested")
    for change in ({"text": "inaczej"}, {"text": GONE}, {"author": ola}):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.notes.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.notes.all().delete()
    blank_incoming(IncomingReferral.objects.filter(pk=row.pk))
    assert row.notes.get().text == GONE


def test_what_the_person_agreed_to_is_what_it_is_about(ola, clinic, client, sign_in):
    with pytest.raises(ValidationError, match="coś innego"):
        make_incoming(clinic, kind="information_request", consent_for="help")
    make_incoming(clinic, kind="information_request", consent_for="information")
    with pytest.raises(ValidationError, match="ustawę"):
        make_incoming(clinic, kind="statutory_notice")
    row = make_incoming(clinic, kind="handover", consent_for="help", statute="art. 65 KPA")
    sign_in(ola)
    assert "na pomoc Centrum" in client.get(room(make_incoming(clinic))).content.decode()
    with pgtrigger.ignore("coordination.IncomingReferral:what_came_stays"):  # as one that came before this was asked
        IncomingReferral.objects.filter(pk=row.pk).update(statute="")
    for take_on in (CALLS["accept"], CALLS["waitlist"]):
        with pytest.raises(ValidationError, match="coś innego"):
            take_on(fresh(row), by=ola, now=NOW)
    assert (fresh(row).status, ServiceRequest.objects.count()) == (S.SENT, 0)


def test_the_sender_reads_because_of_whom_it_is_on_hold_and_not_why(bartek, ola, clinic, client, sign_in):
    row = make_incoming(clinic, status="on_hold")
    page = reverse("coordination:sent_to_centre_one", args=[row.pk])
    sign_in(bartek)
    shown = client.get(page).content.decode()
    assert "prosi o przerwę" in shown
    assert ">szpital<" not in shown
    course.resume_incoming(row, by=ola, now=NOW)
    assert "prosi o przerwę" not in client.get(page).content.decode()


# -- the loop ---------------------------------------------------------------------------------------
def test_the_sender_closes_the_loop_on_its_own_page(bartek, ola, clinic, client, sign_in):
    row = make_incoming(clinic, status="completed")
    sign_in(bartek)
    page = reverse("coordination:sent_to_centre_one", args=[row.pk])
    close = reverse("coordination:sent_to_centre_move", args=[row.pk, "acknowledge"])
    assert close in client.get(page).content.decode()
    form = {"acknowledgement": "Zamykamy sprawę.", "person_told": "no", "version": row.version}
    assert client.post(close, form).status_code == 200
    assert client.post(close, form | {"person_not_told_reason": "wyjechał"}).status_code == 302
    row.refresh_from_db()
    assert (row.acknowledged_at, row.person_told, row.person_not_told_reason) == (NOW, False, "wyjechał")
    assert close not in client.get(page).content.decode()
    assert client.get(close).status_code == 302
    with pytest.raises(TransitionNotAllowed):
        course.take_acknowledgement(row, **LOOP, by=ola, now=NOW)


def test_the_lists_of_the_desk_add_up_to_all_that_is_live(ola, clinic, client, sign_in):
    for status in S.values:
        make_incoming(clinic, status=status)
    opened = make_incoming(clinic)
    actions.claim_incoming(opened, by=ola, now=NOW)
    found = IncomingReferral.objects.waiting(TODAY)
    live = IncomingReferral.objects.live().count()
    assert sum(number for name, number in found.items() if name != "late") == live == 13
    sign_in(ola)
    rooms = reverse("admin:coordination_incomingreferral_changelist")
    page = client.get(rooms, {"state": "unacknowledged"}).content.decode()
    numbers = [row.number for row in IncomingReferral.objects.unacknowledged()]
    assert len(numbers) == 4
    assert all(number in page for number in numbers)
    assert opened.number not in page


def follow(client, request):
    client.post(reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code})


def test_what_came_stands_on_the_board_beside_what_was_sent(tomek, beata, renata, clinic, pcpr, sign_in):
    def tiles(user):
        groups = sign_in(user).get(reverse("coordination:dashboard")).context["tiles"]
        return {tile.url: tile.count for _heading, group in groups for tile in group}

    urgent, late, under_way, protected = came(clinic, pcpr)
    lists = {"incoming-new": [urgent, late], "incoming-late": [late], "incoming": [urgent, late, under_way]}
    for name, rows in lists.items():
        address = reverse("coordination:worklist", args=[name])
        assert tiles(tomek)[address] == len(rows), name
        shown = sign_in(tomek).get(address)
        assert [cells[0][1].value for cells in shown.context["rows"]] == [row.number for row in rows], name
        assert urgent.last_name not in shown.content.decode()
    address = reverse("coordination:worklist", args=["incoming"])
    assert len(sign_in(tomek).get(address, {"sender": pcpr.pk}).context["rows"]) == 1
    assert tiles(beata)[reverse("coordination:worklist", args=["incoming-new"])] == 3
    saved = sign_in(beata).post(address, {"file_format": "csv", "reason": "zebranie"}).content.decode()
    assert under_way.number in saved
    assert protected.number not in saved
    assert sign_in(renata).get(address).status_code == 403


def test_the_report_of_the_month_counts_what_came_by_institution_and_nothing_protected(clinic, pcpr):
    came(clinic, pcpr)  # one of them in the month before, one protected
    for status in ("rejected", "redirected", "entered_in_error", "held"):
        make_incoming(clinic, status=status)
    table = REPORTS["incoming"].table(Period.of(TODAY), TODAY)
    assert table["rows"] == [[clinic.name, 4, 1, 0, 1, 0, 0, 1, 1, 2, 0.0, 0.0]]
    before = REPORTS["incoming"].table(Period.of(TODAY).previous, TODAY)
    assert before["rows"] == [[pcpr.name, 1, 1, *[0] * 7, None, None]]


def test_what_is_decided_keeps_its_day_and_the_days_that_were_not_ours(clinic, bartek, ola):
    row, after = make_incoming(clinic), lambda days: at(TODAY + timedelta(days=days))
    actions.ask_partner(row, text="Czy córka wie?", by=ola, now=after(2))
    assert (row.stopped_on, row.decided_at) == (TODAY + timedelta(days=2), None)
    actions.reply_to_centre(row, text="Tak.", by=bartek, now=after(7))
    assert (row.stopped_on, row.asked_days, row.held_days) == (None, 5, 0)
    actions.reject_incoming(row, reject_reason="no_service", text="Proszę do PCPR.", by=ola, now=after(8))
    assert row.decided_at == after(8)
    course.reopen_incoming(row, by=ola, now=after(9))
    assert row.decided_at is None
    actions.accept_incoming(row, by=ola, now=after(10))
    for days, cause in ((11, "person"), (16, "centre")):
        review_on = TODAY + timedelta(days=days + 20)
        course.hold_incoming(row, cause=cause, reason="…", review_on=review_on, by=ola, now=after(days))
        first = TODAY + timedelta(days=days + 5)
        course.plan_incoming_anew(row, planned_start_on=first, by=ola, now=after(days + 3))
    review_on = TODAY + timedelta(days=40)
    course.hold_incoming(row, cause="person", reason="szpital", review_on=review_on, by=ola, now=after(20))
    course.fail_incoming(row, end_reason="moved", by=ola, now=after(24))
    row.refresh_from_db()
    assert (row.decided_at, row.asked_days, row.held_days) == (after(10), 5, 3 + 4)
    assert (row.stopped_on, row.hold_cause) == (None, "")


def test_the_report_tells_how_long_our_answers_took_and_hides_the_few(clinic, pcpr, bartek, ola, time_machine):
    time_machine.move_to(MUCH_LATER)
    asked, *others = [make_incoming(clinic) for _one in range(5)]
    protected = make_incoming(clinic, confidentiality="protected")
    actions.ask_partner(asked, text="Czy córka wie?", by=ola, now=at(TODAY + timedelta(days=1)))
    actions.reply_to_centre(asked, text="Tak.", by=bartek, now=at(TODAY + timedelta(days=7)))
    for row in (asked, *others):
        actions.accept_incoming(row, by=ola, now=at(TODAY + timedelta(days=8)))
    beata = personas.person("beata")
    actions.accept_incoming(protected, by=beata, now=at(TODAY + timedelta(days=15)))
    actions.accept_incoming(make_incoming(pcpr), by=ola, now=at(TODAY + timedelta(days=3)))
    table = REPORTS["incoming"].table(Period.of(TODAY), TODAY)
    assert [row[-3:] for row in table["rows"]] == [[1, 3.0, 3.0], [5, 8.0, 8.0]]
    assert [row[-3:] for row in suppress(table)["rows"]] == [[HIDDEN] * 3] * 2
    for row in others[:3]:
        IncomingReferral.objects.filter(pk=row.pk).update(asked_days=6)
    table = REPORTS["incoming"].table(Period.of(TODAY), TODAY)
    assert table["rows"][1][-2:] == [8.0, 2.0]


def test_the_person_says_that_nobody_came_and_the_loop_opens_again(bartek, beata, clinic, client, sign_in):
    row = make_incoming(clinic, status="completed")
    course.acknowledge_incoming(row, **LOOP, by=bartek, now=NOW)
    give_code_to_the_person(row)
    follow(client, row.request)
    listed = client.get(reverse("delivery:referrals")).content.decode()
    address = reverse("delivery:answer", args=[row.pk])
    assert clinic.name in listed
    assert address in listed
    assert client.get(address).status_code == 200
    assert client.post(address, {"helped": "no"}).status_code == 200
    assert client.post(address, {"helped": "no", "text": "Nikt nie przyszedł."}).status_code == 302
    row.refresh_from_db()
    assert (row.person_said, row.acknowledged_at, row.person_words) == ("disputed", None, "Nikt nie przyszedł.")
    assert client.post(address, {"helped": "yes"}).url == reverse("delivery:referrals")  # his word was given
    sign_in(beata)
    assert "zadzwoń do nadawcy" in client.get(room(row)).content.decode()
    told = Message.objects.filter(about_id=row.pk).order_by("-pk").values_list("template", "recipient_id")[:3]
    assert {("incoming_desk", beata.pk), ("incoming_news", bartek.pk)} <= set(told)


def news_for(row):
    return Message.objects.filter(template="help_news", about_id=row.pk, recipient_id=row.request_id).count()


@pytest.mark.parametrize(
    ("facts", "told"),
    [({}, 2), ({"statute": "art. 12 KPC", "consent_for": ""}, 0), ({"confidentiality": "protected"}, 0)],
)
def test_the_person_with_a_code_is_told_of_each_change_and_of_nothing_else(facts, told, clinic, beata):
    row = make_incoming(clinic, status="accepted", **facts)
    assert news_for(row) == 0  # the code is still with the institution that filed it
    give_code_to_the_person(row)
    row = fresh(row)
    course.start_incoming(row, first_contact_on=TODAY, by=beata, now=NOW)
    course.report_incoming(row, text="Idzie dobrze.", by=beata, now=NOW)  # for the sender alone
    course.complete_incoming(row, outcome="met", outcome_on=TODAY, text="Jest.", by=beata, now=NOW)
    assert news_for(row) == told


def test_the_person_confirms_and_says_it_once(clinic):
    row = make_incoming(clinic, status="completed")
    holder = LinkHolder(request_id=row.request_id)
    with pytest.raises(PermissionDenied):  # the code is still with the institution that filed it
        course.confirm_answer(row, by=holder, now=NOW)
    give_code_to_the_person(row)
    row = fresh(row)
    course.confirm_answer(row, by=holder, now=NOW)
    assert row.person_said == "confirmed"
    with pytest.raises(TransitionNotAllowed):
        course.dispute_answer(row, text="Nie.", by=holder, now=NOW)


@pytest.mark.parametrize("facts", [{"statute": "art. 12 KPC", "consent_for": ""}, {"confidentiality": "protected"}])
def test_what_the_person_may_not_know_of_is_not_on_the_page_of_the_person(facts, clinic, client):
    row = make_incoming(clinic, status="completed", **facts)
    give_code_to_the_person(row)
    follow(client, row.request)
    assert clinic.name not in client.get(reverse("delivery:referrals")).content.decode()
    assert client.get(reverse("delivery:answer", args=[row.pk])).status_code in (302, 404)
    with pytest.raises(PermissionDenied):
        course.confirm_answer(fresh(row), by=LinkHolder(request_id=row.request_id), now=NOW)


# -- the class --------------------------------------------------------------------------------------
def test_a_protected_one_is_open_to_the_organiser_the_director_and_who_has_it_in_hand(
    ola, tomek, beata, danuta, clinic, client, sign_in
):
    make_incoming(clinic, last_name="Zwykły")
    row = make_incoming(clinic, last_name="Chroniony", confidentiality="protected")
    for name in (*personas.PEOPLE, "root"):
        user = personas.person(name)
        listed = IncomingReferral.objects.visible_to(user).filter(pk=row.pk).exists()
        assert listed == (name in {"beata", "danuta"}) == user.has_perm("coordination.view_incomingreferral", row), name
    sign_in(ola)
    assert row.number not in list_for(client)
    assert client.get(room(row)).status_code == 404
    assert IncomingReferral.objects.visible_to(ola).waiting(TODAY)["unopened"] == 1
    again = make_incoming(clinic, last_name="Chroniony")
    assert not any(row.number in said for said in oddities_of(again))
    with pytest.raises(PermissionDenied):
        actions.claim_incoming(row, by=ola, now=NOW)
    actions.hand_over_incoming(row, to=ola, by=beata, now=NOW)
    assert client.get(room(row)).status_code == 200
    assert row.number in list_for(client)
    sign_in(tomek)
    assert client.get(room(row)).status_code == 404


def test_of_a_protected_one_the_mails_carry_the_path_alone_and_only_to_those_who_open_it(
    bartek, ola, beata, danuta, clinic
):
    row = make_incoming(clinic, confidentiality="protected")
    actions.ask_partner(row, text="Czy dziecko jest bezpieczne?", by=beata, now=NOW)
    mails = Message.objects.filter(about_type="coordination.incomingreferral", about_id=row.pk)
    assert {mail.template for mail in mails} == {"referral_protected"}
    assert {tuple(mail.context) for mail in mails} == {("path",)}
    assert {beata.pk, danuta.pk} <= {mail.recipient_id for mail in mails}
    assert ola.pk not in {mail.recipient_id for mail in mails if mail.recipient_type == "accounts.user"}
    assert not Message.objects.visible_to(ola).filter(pk__in=mails.values("pk")).exists()


def test_a_protected_one_becomes_a_request_in_a_restricted_file(beata, ola, clinic, client, sign_in):
    row = make_incoming(clinic, confidentiality="protected")
    actions.accept_incoming(row, restricted_as="child", by=beata, now=NOW)
    file = row.request.restricted_file
    assert file.kind == "child"
    assert file.accesses.get().user == beata
    assert not type(row.request).objects.visible_to(ola).filter(pk=row.request_id).exists()
    sign_in(beata)
    assert client.get(room(row)).status_code == 200


def test_the_form_asks_for_the_class_and_tells_who_wrote_down_what_he_does_not_see(ola, pcpr, client, sign_in):
    sign_in(ola)
    said = {"sender": pcpr.pk, "said_by": "Anna Listek", "how": "paper", "received_on": TODAY.isoformat()}
    facts = {"kind": "service_referral", "priority": "urgent", "last_name": "Żuk", "need": "Boi się wracać do domu."}
    answer = client.post(
        reverse("admin:coordination_incomingreferral_add"),
        said | facts | {"consent_for": "help", "confidentiality": "protected"},
        follow=True,
    )
    assert answer.redirect_chain[-1][0] == reverse("admin:coordination_incomingreferral_changelist")
    row = IncomingReferral.objects.get()
    assert row.is_protected
    assert row.number not in answer.content.decode()


def test_the_class_is_corrected_before_anything_is_accepted(ola, clinic, client, sign_in):
    row = make_incoming(clinic)
    actions.classify_incoming(row, confidentiality="protected", by=ola, now=NOW)
    sign_in(ola)
    assert client.get(room(row)).status_code == 404
