"""The referral: its table kept by generation, its clocks, what is disclosed, its closed loop."""

import re
import threading
from copy import copy
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from coordination.actions import chains, in_hand, referrals
from coordination.actions.said import confirm_outcome, dispute_outcome
from coordination.models import Referral, ReferralNote
from coordination.presentation import headline, state_of
from coordination.taking_down import verify_answer
from coordination.workflow import REFERRAL
from cus_portal.accounts.actors import LinkHolder, PublicActor, ReferralLinkHolder, SystemActor
from cus_portal.accounts.models import Institution
from cus_portal.audit.log import history
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from cus_portal.workdays import add_workdays
from cus_portal.workflow import TransitionNotAllowed
from tests import personas
from tests.coordination_world import make_case, make_consent, make_draft, make_referral
from tests.factories import NOW, TODAY, at, make_service

S = Referral.Status
MUCH_LATER = at(TODAY + timedelta(days=60))
# Each move as a call with everything it needs: what refuses it is the table, never a missing field.
CALLS = {
    "change": lambda referral, by: referrals.change_referral(
        referral,
        by=by,
        now=NOW,
        receiver=referral.receiver,
        need="Nowa treść.",
        kind=referral.kind,
        priority=referral.priority,
        service=referral.service,
        consent=referral.consent,
    ),
    "send": lambda referral, by: referrals.send_referral(referral, by=by, now=NOW),
    "ask": lambda referral, by: referrals.ask_sender(referral, by=by, now=NOW, text="Czy jest orzeczenie?"),
    "reply": lambda referral, by: referrals.reply_to_receiver(referral, by=by, now=NOW, text="Tak."),
    "accept": lambda referral, by: referrals.accept_referral(referral, by=by, now=NOW, planned_start_on=TODAY),
    "waitlist": lambda referral, by: referrals.waitlist(referral, by=by, now=NOW),
    "start": lambda referral, by: referrals.start_referral(referral, by=by, now=NOW, first_contact_on=TODAY),
    "report": lambda referral, by: referrals.report_progress(referral, by=by, now=NOW, text="Idzie dobrze."),
    "complete": lambda referral, by: referrals.complete_referral(
        referral, by=by, now=NOW, outcome="met", outcome_on=TODAY, closing_note="Dostała balkonik."
    ),
    "fail": lambda referral, by: referrals.fail_referral(referral, by=by, now=NOW, fail_reason="no_show"),
    "reject": lambda referral, by: referrals.reject_referral(
        referral, by=by, now=MUCH_LATER, reject_reason="no_place", closing_note="Brak miejsc."
    ),
    "withdraw": lambda referral, by: referrals.withdraw_referral(referral, by=by, now=NOW, reason="zmiana planu"),
    "expire": lambda referral, by: referrals.expire_referral(referral, by=by, now=NOW),
    "acknowledge": lambda referral, by: referrals.acknowledge_outcome(
        referral, by=by, now=NOW, acknowledgement="Cel osiągnięty.", person_told=True
    ),
    "hold": lambda referral, by: referrals.hold_referral(
        referral, by=by, now=NOW, reason="pobyt w szpitalu", review_on=TODAY + timedelta(days=30)
    ),
    "resume": lambda referral, by: referrals.resume_referral(referral, by=by, now=NOW),
    "plan_anew": lambda referral, by: referrals.plan_beginning_anew(referral, by=by, now=NOW, planned_start_on=TODAY),
    "redirect": lambda referral, by: chains.redirect_referral(
        referral, by=by, now=NOW, receiver=personas.institution(personas.ROPS), reason="to zadanie regionu"
    ),
    "pass_on": lambda referral, by: REFERRAL.move(  # an act of its own only inside `redirect`
        referral, "pass_on", by=by, sent_at=NOW, respond_by=TODAY + timedelta(days=9)
    ),
    "reopen": lambda referral, by: referrals.reopen_referral(referral, by=by, now=NOW),
    "still_wanted": lambda referral, by: referrals.still_wanted(referral, by=by, now=NOW),
    "stop": lambda referral, by: REFERRAL.move(referral, "stop", by=by, ended_at=NOW),  # nobody's while consent stands
    "confirm": lambda referral, by: confirm_outcome(referral, by=by, now=NOW),
    "dispute": lambda referral, by: dispute_outcome(referral, by=by, now=NOW, text="Nikt nie przyszedł."),
    "verify": lambda referral, by: verify_answer(referral, by=by, now=NOW, reason="pismo 12"),
    "claim": lambda referral, by: in_hand.claim_referral(referral, by=by, now=NOW),
    "hand_over": lambda referral, by: in_hand.hand_over_referral(
        referral, to=personas.person("ewa"), by=by, now=NOW, reason="na urlop"
    ),
    "give_back": lambda referral, by: REFERRAL.move(referral, "give_back", by=by),  # nobody has these in hand
    "discard": lambda referral, by: referrals.discard_referral(referral, by=by, now=NOW, reason="pomyłka"),
}
EITHER = {"fail", "redirect", "verify"}
COLLEAGUES_MOVES = {"claim", "hand_over", "give_back"}
SENDER_MOVES = {"change", "send", "reply", "withdraw", "still_wanted", "acknowledge", "discard"}
RECEIVER_MOVES = {"ask", "accept", "waitlist", "start", "report", "hold", "resume", "plan_anew", "complete", "reject"}
ALLOWED = {
    "tomek": SENDER_MOVES | EITHER,
    "ewa": RECEIVER_MOVES | EITHER | COLLEAGUES_MOVES | {"reopen"},
    "beata": {"discard"},
    "person": {"confirm", "dispute", "withdraw", "still_wanted"},
    "link": RECEIVER_MOVES | EITHER | {"reopen"},
    "system": {"expire"},
}
ACTORS = [*personas.PEOPLE, "root", "system", "public", "holder", "another's link"]


def actor(name):
    others = {
        "system": SystemActor(),
        "public": PublicActor(),
        "holder": LinkHolder(request_id=0),
        "another's link": ReferralLinkHolder(referral_id=0),
    }
    return others.get(name) or personas.person(name)


def trace(referral):
    """Return everything a refused move must leave as it was."""
    row = Referral.objects.filter(pk=referral.pk).values().get()
    changes = AuditEvent.objects.count(), Message.objects.count(), ReferralNote.objects.count()
    return row, changes


# -- the table, state × move × actor --------------------------------------------------------------
def test_every_move_of_the_table_has_its_call():
    assert set(CALLS) == {step.name for step in REFERRAL}


@pytest.mark.parametrize("status", S.values)
def test_only_the_moves_of_the_table_happen_and_a_refused_one_leaves_no_trace(status, case, pcpr):
    actors = {name: actor(name) for name in ACTORS}  # everyone exists before the first look
    neighbour = make_case(actors["kasia"])
    for code in (personas.CLINIC, personas.COUNSELLING):  # a stranger who owns something
        make_referral(neighbour, personas.institution(code))
    make_consent(case, personas.institution(personas.ROPS))
    referral = make_referral(case, pcpr, status=status)
    actors["link"] = ReferralLinkHolder(referral_id=referral.pk, institution="PCPR", address="pcpr@demo.example")
    actors["person"] = LinkHolder(request_id=case.requests.get().pk)
    before, happened = trace(referral), set()
    loaded = Referral.objects.select_related("case__coordinator", "receiver").get(pk=referral.pk)
    point = transaction.savepoint()
    for name, who in actors.items():
        for move, call in CALLS.items():
            try:
                call(copy(loaded), who)
            except (PermissionDenied, TransitionNotAllowed):
                continue
            happened.add((name, move))
            event = history(referral).first()
            assert (event.action, event.from_state) == (f"referral.{move}", status)
            assert event.to_state == Referral.objects.get(pk=referral.pk).status
            transaction.savepoint_rollback(point)
        assert trace(referral) == before, name
    moves = {step.name for step in REFERRAL if status in step.sources and step.name != "pass_on"}  # only of a child
    assert happened == {(name, move) for name, may in ALLOWED.items() for move in may & moves}


@pytest.mark.parametrize("status", S.values)
def test_who_sees_a_referral_is_the_same_in_lists_and_on_the_object(status, case, pcpr, clinic, kasia):
    own = make_referral(case, pcpr, status=status)
    foreign = make_referral(make_case(kasia), clinic, status=status)
    for name in [*personas.PEOPLE, "root"]:
        user = personas.person(name)
        for referral in (own, foreign):
            listed = Referral.objects.visible_to(user).filter(pk=referral.pk).exists()
            assert listed == user.has_perm("coordination.view_referral", referral), (name, referral.number)
    seen_by = {name for name in personas.PEOPLE if personas.person(name).has_perm("coordination.view_referral", own)}
    receiver = set() if status in Referral.HIDDEN_FROM_RECEIVER else {"ewa"}
    assert seen_by == {"tomek", "beata", "danuta"} | receiver


def test_the_moves_offered_are_the_moves_that_happen(case, pcpr, tomek, ewa):
    referral = make_referral(case, pcpr)
    answers = {"ask", "accept", "waitlist", "reject"}
    assert {step.name for step in REFERRAL.available(referral, ewa)} == answers | {
        "redirect",
        "verify",
    } | COLLEAGUES_MOVES
    assert {step.name for step in REFERRAL.available(referral, tomek)} == {"withdraw", "redirect", "discard", "verify"}


# -- sending ----------------------------------------------------------------------------------------
def test_numbers_follow_each_other_without_a_gap(case, pcpr, tomek):
    first = make_draft(case, pcpr)
    with pytest.raises(ValidationError):
        make_draft(case, pcpr, service=first.service)
    second = make_draft(case, pcpr)
    assert (first.number, second.number) == ("S/2026/0001", "S/2026/0002")


def test_a_second_open_referral_for_the_same_is_refused_with_the_number_of_the_first(case, pcpr, tomek):
    first = make_referral(case, pcpr)
    with pytest.raises(ValidationError) as refused:
        make_draft(case, pcpr, service=first.service)
    assert first.number in refused.value.message_dict["receiver"][0]
    referrals.withdraw_referral(first, by=tomek, now=NOW, reason="zmiana planu")
    assert make_draft(case, pcpr, service=first.service).status == S.DRAFT


def test_the_database_itself_holds_one_open_referral(case, pcpr):
    first = make_referral(case, pcpr)
    second = make_draft(case, pcpr)
    with pytest.raises(IntegrityError, match="one_open_referral"), transaction.atomic():
        Referral.objects.filter(pk=second.pk).update(service=first.service)


def test_sending_sets_the_day_of_the_answer_in_working_days(case, pcpr):
    routine = make_referral(case, pcpr)
    urgent = make_referral(case, pcpr, priority=Referral.Priority.URGENT)
    assert (routine.respond_by, urgent.respond_by) == (date(2026, 11, 26), date(2026, 11, 13))


def test_nothing_is_sent_without_a_legal_basis(case, pcpr, tomek):
    draft = make_draft(case, pcpr, consent=None)
    before = trace(draft)
    with pytest.raises(ValidationError, match="Zapisz zgodę"):
        referrals.send_referral(draft, by=tomek, now=NOW)
    assert trace(draft) == before


def test_case_22_a_consent_counts_only_for_its_receiver_its_case_and_its_days(case, pcpr, clinic, tomek, kasia):
    elsewhere = make_case(kasia)
    for consent in (
        make_consent(case, clinic),
        make_consent(elsewhere, pcpr),
        make_consent(case, pcpr, valid_until=TODAY - timedelta(days=1), given_on=TODAY - timedelta(days=9)),
        make_consent(case, pcpr, given_on=TODAY + timedelta(days=1)),
    ):
        with pytest.raises(ValidationError, match="nie obowiązuje"):
            referrals.send_referral(make_draft(case, pcpr, consent=consent), by=tomek, now=NOW)
    withdrawn = make_consent(case, pcpr)
    draft = make_draft(case, pcpr, consent=withdrawn)
    type(withdrawn).objects.filter(pk=withdrawn.pk).update(withdrawn_at=NOW, withdrawal_form="oral")
    with pytest.raises(ValidationError, match="nie obowiązuje"):
        referrals.send_referral(draft, by=tomek, now=NOW)


def test_case_12_a_statute_is_basis_enough_and_a_statutory_notice_has_no_other(case, pcpr, tomek):
    sent = referrals.send_referral(
        make_draft(case, pcpr, consent=None, statute="ustawa o pomocy społecznej, art. 100"), by=tomek, now=NOW
    )
    assert sent.status == S.SENT
    with pytest.raises(ValidationError, match="mocy prawa"):
        referrals.send_referral(make_draft(case, pcpr, kind=Referral.Kind.STATUTORY_NOTICE), by=tomek, now=NOW)


def test_a_referral_goes_to_a_live_institution_other_than_the_centre(case, pcpr, centre, tomek):
    draft = make_draft(case, pcpr)
    Institution.objects.filter(pk=pcpr.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="nie działa"):
        referrals.send_referral(draft, by=tomek, now=NOW)
    with pytest.raises(IntegrityError, match="another_institution"), transaction.atomic():
        make_draft(case, centre)


def test_the_receiver_is_told_without_a_word_about_the_person(case, pcpr, ewa):
    referral = make_referral(case, pcpr)
    rows = Message.objects.filter(template="referral_sent")
    assert {(row.recipient_type, row.recipient_id) for row in rows} == {
        ("accounts.user", ewa.pk),
        ("accounts.institution", pcpr.pk),
    }
    mail = compose(rows[0])
    text = mail.subject + mail.body + str(mail.alternatives[0])
    assert referral.number in mail.subject
    assert referral.get_absolute_url() in mail.body
    for word in ("Krystyna", "Wilga", "600 100 200", referral.need, referral.service.plain_name):
        assert word not in text


@pytest.mark.parametrize(
    ("status", "template", "recipient"),
    [
        (S.INFO_REQUESTED, "referral_question", "tomek"),
        (S.ACCEPTED, "referral_answered", "tomek"),
        (S.REJECTED, "referral_answered", "tomek"),
        (S.COMPLETED, "referral_answered", "tomek"),
        (S.WITHDRAWN, "referral_withdrawn", "ewa"),
        (S.EXPIRED, "referral_expired", "ewa"),
        (S.EXPIRED, "referral_expired", "tomek"),
    ],
)
def test_each_side_is_told_what_the_other_did(status, template, recipient, case, pcpr):
    referral = make_referral(case, pcpr, status=status)
    row = (
        Message.objects.get(
            template=template, recipient_type="accounts.user", recipient_id=personas.person(recipient).pk
        )
        if template != "referral_answered"
        else Message.objects.filter(template=template).latest("pk")
    )
    mail = compose(row)
    assert referral.number in mail.subject
    assert "Krystyna" not in mail.body


# -- what is disclosed ------------------------------------------------------------------------------
def test_only_the_chosen_data_are_frozen_as_sent(case, pcpr, tomek):
    referral = make_referral(case, pcpr, disclosed_fields=["name", "address"])
    assert referral.disclosed == {"name": "Krystyna Wilga", "address": "Lipowa 7, 24-200"}
    resident = case.resident
    resident.last_name = "Nowa"
    resident.save()
    referral.refresh_from_db()
    assert referral.disclosed["name"] == "Krystyna Wilga"


def test_pesel_travels_only_when_chosen(case, pcpr):
    assert "pesel" not in make_referral(case, pcpr).disclosed
    assert make_referral(case, pcpr, disclosed_fields=["pesel"]).disclosed == {"pesel": "48030500029"}


def test_an_unknown_field_is_refused(case, pcpr):
    with pytest.raises(ValidationError):
        make_draft(case, pcpr, disclosed_fields=["name", "access_code"])


def test_whoever_gets_a_phone_number_is_told_that_contact_must_be_discreet(tomek, pcpr):
    careful = make_case(tomek, safe_contact=True)
    sent = make_referral(careful, pcpr, disclosed_fields=["name", "phone"])
    assert "dyskret" in sent.disclosed["contact"]
    assert "contact" not in make_referral(careful, pcpr, disclosed_fields=["name"]).disclosed


@pytest.mark.database
def test_the_database_refuses_to_change_what_was_sent(case, pcpr, clinic):
    referral = make_referral(case, pcpr, wanted_outcome="Bezpieczna łazienka.")
    others = {"kind": "cooperation_request", "priority": "urgent", "service": None, "wanted_outcome": "inny"}
    sent = {"disclosed": {}, "need": "inna", "receiver": clinic, "disclosed_fields": ["pesel"], **others}
    rows = Referral.objects.filter(pk=referral.pk)
    before = rows.values().get()
    for field, value in sent.items():
        with pytest.raises(InternalError, match="what_was_sent_stays|Cannot update"), transaction.atomic():
            rows.update(**{field: value})
    assert rows.values().get() == before
    rows.update(wanted_outcome="", disclosed_fields=[])  # as the removal after the years of keeping does


# -- clocks -----------------------------------------------------------------------------------------
def test_a_question_stops_the_clock_and_the_reply_gives_back_the_days_left(case, pcpr, tomek, ewa):
    referral = make_referral(case, pcpr)
    asked_on = date(2026, 11, 18)
    referrals.ask_sender(referral, by=ewa, now=at(asked_on), text="Czy jest orzeczenie?")
    assert (referral.days_left, referral.respond_by) == (6, add_workdays(asked_on, 14))
    replied_on = date(2026, 12, 7)
    referrals.reply_to_receiver(referral, by=tomek, now=at(replied_on), text="Tak, stopień umiarkowany.")
    assert referral.status == S.SENT
    assert (referral.days_left, referral.respond_by) == (None, add_workdays(replied_on, 6))
    assert [note.kind for note in referral.notes.all()] == ["question", "answer"]


def test_a_reply_to_a_question_asked_too_late_leaves_one_day(case, pcpr, tomek, ewa):
    referral = make_referral(case, pcpr)
    referrals.ask_sender(referral, by=ewa, now=at(date(2026, 12, 1)), text="Czy jest orzeczenie?")
    assert referral.days_left == 0
    referrals.reply_to_receiver(referral, by=tomek, now=at(date(2026, 12, 2)), text="Tak.")
    assert referral.respond_by == date(2026, 12, 3)


@pytest.mark.parametrize(
    ("status", "due"),
    [
        (S.ACCEPTED, date(2026, 11, 26)),  # 10 working days to the first contact
        (S.IN_PROGRESS, date(2027, 1, 11)),  # 60 days of silence
        (S.WAITLISTED, date(2026, 12, 14)),  # 30 days end on a Saturday
        (S.COMPLETED, date(2026, 11, 26)),  # 14 days to acknowledge
        (S.REJECTED, date(2026, 11, 26)),
        (S.EXPIRED, date(2026, 11, 26)),
    ],
)
def test_each_state_has_its_own_next_day(status, due, case, pcpr):
    assert make_referral(case, pcpr, status=status).respond_by == due


def test_news_give_sixty_days_more(case, pcpr, ewa):
    referral = make_referral(case, pcpr, status=S.IN_PROGRESS)
    referrals.report_progress(referral, by=ewa, now=at(date(2026, 12, 1)), text="Po trzecich zajęciach.")
    assert (referral.status, referral.respond_by) == (S.IN_PROGRESS, date(2027, 2, 1))
    assert referral.notes.get().kind == ReferralNote.Kind.NEWS


def test_what_waits_for_a_place_is_never_late(case, pcpr):
    late = make_referral(case, pcpr)
    waits = make_referral(case, pcpr, status=S.WAITLISTED)
    far = TODAY + timedelta(days=400)
    assert list(Referral.objects.overdue(on=far)) == [late]
    for received in (True, False):  # the day on which the person is asked again is no day of the institution
        state = state_of(waits, received=received, on=far)
        assert (state.due, re.search(r"20\d\d", headline(waits, state, received=received))) == (None, None)
    assert not Referral.objects.overdue(on=late.respond_by).exists()


@pytest.mark.parametrize("status", [S.WAITLISTED, S.SENT])
def test_whoever_waited_longer_goes_first_unless_a_reason_is_written(status, case, pcpr, tomek, ewa):
    service = make_service()
    make_referral(make_case(tomek), pcpr, service=service, status=S.WAITLISTED, now=at(TODAY - timedelta(days=3)))
    second = make_referral(case, pcpr, service=service, status=status)
    with pytest.raises(ValidationError, match="dłużej"):
        referrals.accept_referral(second, by=ewa, now=NOW, planned_start_on=TODAY)
    referrals.accept_referral(
        second, by=ewa, now=NOW, planned_start_on=TODAY, out_of_order_reason="wolne tylko miejsce dla kobiet"
    )
    assert AuditEvent.objects.first().reason == "wolne tylko miejsce dla kobiet"
    assert second.passed_over == 1


# -- the end ----------------------------------------------------------------------------------------
def test_completed_alone_closes_nothing(case, pcpr, tomek):
    referral = make_referral(case, pcpr, status=S.COMPLETED)
    assert list(Referral.objects.live()) == [referral]
    with pytest.raises(ValidationError):
        referrals.acknowledge_outcome(referral, by=tomek, now=NOW, acknowledgement="Cel osiągnięty.", person_told=False)
    referrals.acknowledge_outcome(
        referral,
        by=tomek,
        now=NOW,
        acknowledgement="Cel osiągnięty.",
        person_told=False,
        person_not_told_reason="jest w szpitalu",
    )
    assert not Referral.objects.live().exists()
    assert AuditEvent.objects.first().action == "referral.acknowledge"


def test_a_loop_is_closed_once(case, pcpr, tomek):
    referral = make_referral(case, pcpr, status=S.COMPLETED)
    stale = Referral.objects.get(pk=referral.pk)
    CALLS["acknowledge"](referral, tomek)
    for again in (referral, stale, Referral.objects.get(pk=referral.pk)):
        with pytest.raises(TransitionNotAllowed):
            CALLS["acknowledge"](again, tomek)
    assert AuditEvent.objects.filter(action="referral.acknowledge").count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "completed"},
        {"status": "rejected"},
        {"status": "not_fulfilled"},
        {"status": "info_requested"},
        {"acknowledged_at": NOW},
        {"respond_by": None},
        {"consent": None},
    ],
)
@pytest.mark.database
def test_the_database_refuses_a_state_without_its_facts(fields, case, pcpr):
    referral = make_referral(case, pcpr)
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.filter(pk=referral.pk).update(**fields)


# -- two at once ------------------------------------------------------------------------------------
def test_a_stale_answer_is_told_who_was_faster_and_when(case, pcpr, ewa):
    referral = make_referral(case, pcpr)
    stale = Referral.objects.get(pk=referral.pk)
    CALLS["accept"](referral, ewa)
    with pytest.raises(TransitionNotAllowed, match="Ewa Gil"):
        CALLS["reject"](stale, ewa)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_who_press_at_once_one_wins_and_the_other_is_told():
    tomek, ewa = personas.person("tomek"), personas.person("ewa")
    referral = make_referral(make_case(tomek), personas.institution(personas.PCPR))
    both_read, results = threading.Barrier(2), []

    def press(move):
        try:
            mine = Referral.objects.select_related("case", "receiver").get(pk=referral.pk)
            both_read.wait(timeout=10)
            CALLS[move](mine, personas.person("ewa"))
            results.append("done")
        except TransitionNotAllowed as error:
            results.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[move]) for move in ("accept", "reject")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert "done" in results
    told = next(result for result in results if result != "done")
    assert ewa.get_full_name() in told
    assert AuditEvent.objects.filter(action__in=["referral.accept", "referral.reject"]).count() == 1
    assert Message.objects.filter(template="referral_answered").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_two_drafts_of_the_same_referral_at_once_give_one_and_no_gap():
    case = make_case(personas.person("tomek"))
    pcpr, service = personas.institution(personas.PCPR), make_service()
    consent = make_consent(case, pcpr)
    ready, results = threading.Barrier(2), []

    def write():
        try:
            ready.wait(timeout=10)
            results.append(make_draft(case, pcpr, service=service, consent=consent).number)
        except ValidationError:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(results) == ["S/2026/0001", "refused"]
    assert make_draft(case, pcpr).number == "S/2026/0002"


def test_opening_is_recorded_once_with_its_reader(case, pcpr, ewa):
    referral = make_referral(case, pcpr)
    referrals.mark_opened(referral, by=ewa, now=NOW)
    referrals.mark_opened(Referral.objects.get(pk=referral.pk), by=ewa, now=NOW + timedelta(hours=1))
    referral.refresh_from_db()
    assert (referral.opened_at, referral.opened_by) == (NOW, ewa)
    assert AuditEvent.objects.filter(action="referral.open").count() == 1
