"""Referrals that pause, are taken back, are passed on, or end by the clock."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from coordination.actions import incoming_course as course
from coordination.actions import referrals
from coordination.actions.chains import MOST_LINKS, chain_after, chain_before, redirect_referral
from coordination.expiry import REMINDED_BY, expire_unanswered, shut_ended
from coordination.models import Referral, ReminderSent
from coordination.reminders import REMINDERS, send_due_reminders
from coordination.taking_down import take_down
from cus_portal.audit.log import history
from cus_portal.notifications.models import Message
from cus_portal.workdays import add_workdays
from residents.models import Consent
from tests import personas
from tests.coordination_world import make_consent, make_incoming, make_referral
from tests.factories import NOW, TODAY, at, make_service
from tests.intake import prove
from tests.signing import sign_in_as

S = Referral.Status
DAY = timedelta(days=1)
STATUTE = "ustawa o pomocy społecznej, art. 100"


@pytest.fixture
def counselling():
    return personas.institution(personas.COUNSELLING)


def run_the_clock(first, last, *, status=S.SENT):
    """Let the days go by, with the reminders on which it depends that a referral in that state expires."""
    reminders = [one for one in REMINDERS if one.name in REMINDED_BY[status]]
    for days in range((last - first).days + 1):
        day = first + timedelta(days=days)
        send_due_reminders(on=day, now=at(day), of=reminders)
        expire_unanswered(now=at(day))


# -- on hold ----------------------------------------------------------------------------------------
def test_on_hold_it_is_late_only_after_the_day_to_look_again(case, pcpr, ewa):
    referral = make_referral(case, pcpr, status=S.ON_HOLD)
    assert not Referral.objects.overdue(on=referral.respond_by).exists()
    assert list(Referral.objects.overdue(on=referral.respond_by + DAY)) == [referral]
    referrals.resume_referral(referral, by=ewa, now=NOW)
    assert (referral.status, referral.first_contact_on) == (S.IN_PROGRESS, TODAY)


def test_whoever_was_never_met_gets_a_new_beginning_after_the_pause(case, pcpr, ewa):
    referral = make_referral(case, pcpr, status=S.ACCEPTED)
    with pytest.raises(ValidationError):
        referrals.hold_referral(referral, by=ewa, now=NOW, reason="szpital", review_on=TODAY)
    referrals.hold_referral(referral, by=ewa, now=NOW, reason="szpital", review_on=TODAY + 9 * DAY)
    with pytest.raises(ValidationError, match="[Nn]ikt"):
        referrals.resume_referral(referral, by=ewa, now=NOW)
    referrals.plan_beginning_anew(referral, by=ewa, now=NOW, planned_start_on=TODAY + 40 * DAY)
    assert (referral.status, referral.respond_by) == (S.ACCEPTED, TODAY + 40 * DAY)


def test_no_day_that_is_named_lies_so_far_ahead_that_the_person_is_forgotten(case, pcpr, ewa, ola, clinic):
    new, met = make_referral(case, pcpr), make_referral(case, pcpr, service=make_service(), status=S.IN_PROGRESS)
    came = make_incoming(clinic, status="accepted")
    pause = {"now": NOW, "reason": "remont", "cause": "institution"}
    holds = [
        lambda day: referrals.hold_referral(met, by=ewa, review_on=day, **pause),
        lambda day: course.hold_incoming(came, by=ola, review_on=day, **pause | {"cause": "other"}),
    ]
    begins = [
        lambda day: referrals.accept_referral(new, by=ewa, now=NOW, planned_start_on=day),
        lambda day: course.plan_incoming_anew(came, by=ola, now=NOW, planned_start_on=day),
    ]
    for act, last, words in [(holds, TODAY + 90 * DAY, "90 dni"), (begins, TODAY + 365 * DAY, "ciągu roku")]:
        for step in act:
            with pytest.raises(ValidationError, match=words):
                step(last + DAY)
            step(last)
    referrals.hold_referral(new, by=ewa, review_on=TODAY + DAY, **pause)
    with pytest.raises(ValidationError, match="ciągu roku"):
        referrals.plan_beginning_anew(new, by=ewa, now=NOW, planned_start_on=TODAY + 366 * DAY)


# -- gross and net time -----------------------------------------------------------------------------
def test_what_the_institution_waits_for_our_answer_is_not_its_time(case, pcpr, ewa, tomek):
    referral = make_referral(case, pcpr, status=S.INFO_REQUESTED)
    assert referral.stopped_on == TODAY
    referrals.reply_to_receiver(referral, by=tomek, now=NOW + 6 * DAY, text="Jest orzeczenie.")
    referrals.ask_sender(referral, by=ewa, now=NOW + 7 * DAY, text="A zaświadczenie?")
    decline = {"by": ewa, "reject_reason": "other", "closing_note": "Bez odpowiedzi."}
    referrals.reject_referral(referral, now=NOW + 47 * DAY, **decline)
    assert (referral.asked_days, referral.held_days, referral.stopped_on) == (46, 0, None)


@pytest.mark.parametrize(("cause", "days"), [("person", 9), ("institution", 0), ("other", 0)])
def test_only_a_pause_for_the_persons_sake_is_not_the_institutions_time(cause, days, case, pcpr, ewa):
    referral = make_referral(case, pcpr, status=S.IN_PROGRESS)
    referrals.hold_referral(referral, by=ewa, now=NOW, reason="…", review_on=TODAY + 9 * DAY, cause=cause)
    assert referral.hold_cause == cause
    referrals.resume_referral(referral, by=ewa, now=NOW + 9 * DAY)
    assert (referral.held_days, referral.asked_days, referral.hold_cause) == (days, 0, "")
    assert referral.stopped_on is None


@pytest.mark.parametrize(
    ("cause", "words", "told"),
    [
        ("person", "wstrzymane z powodu osoby", "Pomoc czeka na Ciebie"),
        ("institution", "wstrzymane z powodu instytucji", "Pomoc jest na jakiś czas wstrzymana"),
    ],
)
def test_who_sees_a_paused_one_reads_because_of_whom(cause, words, told, case, pcpr, ewa, tomek, client, sign_in):
    referral = make_referral(case, pcpr, status=S.IN_PROGRESS, opened=True)
    referrals.hold_referral(referral, by=ewa, now=NOW, reason="…", review_on=TODAY + 9 * DAY, cause=cause)
    live = reverse("coordination:worklist", args=["live"])
    of_the_row = reverse("coordination:referral_detail", args=[referral.pk])
    for user, address in ((tomek, live), (tomek, of_the_row), (ewa, reverse("coordination:inbox")), (ewa, of_the_row)):
        shown = sign_in(user).get(address).content.decode()
        assert words in shown, address
        assert (referral.get_hold_cause_display() in shown) == (address == of_the_row)
    prove(client, referral.consent.request)
    assert told in client.get(reverse("delivery:referrals")).content.decode()


# -- a refusal taken back ---------------------------------------------------------------------------
def test_a_refusal_is_taken_back_once_and_its_words_stay_in_the_conversation(case, pcpr, ewa):
    referral = make_referral(case, pcpr, status=S.REJECTED)
    referrals.reopen_referral(referral, by=ewa, now=NOW)
    assert (referral.status, referral.ended_at, referral.reject_reason) == (S.SENT, None, "")
    assert "Brak miejsc." in referral.notes.get().text
    referrals.reject_referral(referral, by=ewa, now=NOW, reject_reason="no_place", closing_note="Jednak nie.")
    with pytest.raises(ValidationError, match="raz"):
        referrals.reopen_referral(referral, by=ewa, now=NOW)


def test_a_refusal_stays_after_thirty_days_or_when_the_loop_is_closed(case, pcpr, ewa, tomek):
    old = make_referral(case, pcpr, status=S.REJECTED)
    with pytest.raises(ValidationError, match="30 dni"):
        referrals.reopen_referral(old, by=ewa, now=NOW + 31 * DAY)
    referrals.acknowledge_outcome(old, by=tomek, now=NOW, acknowledgement="Poradnia.", person_told=True)
    with pytest.raises(ValidationError, match="inaczej|inne"):
        referrals.reopen_referral(old, by=ewa, now=NOW)


def test_a_refusal_is_not_taken_back_beside_a_new_referral_for_the_same(case, pcpr, ewa):
    old = make_referral(case, pcpr, status=S.REJECTED)
    new = make_referral(case, pcpr, service=old.service)
    with pytest.raises(ValidationError) as refused:
        referrals.reopen_referral(old, by=ewa, now=NOW)
    assert new.number in str(refused.value)


def test_a_question_has_its_fourteen_days_before_the_institution_may_decline(case, pcpr, ewa):
    referral = make_referral(case, pcpr, status=S.INFO_REQUESTED)
    decline = {"by": ewa, "reject_reason": "other", "closing_note": "Bez odpowiedzi."}
    with pytest.raises(ValidationError):
        referrals.reject_referral(referral, now=at(referral.respond_by), **decline)
    referrals.reject_referral(referral, now=at(referral.respond_by + DAY), **decline)
    assert (referral.status, referral.days_left) == (S.REJECTED, None)


# -- passed on --------------------------------------------------------------------------------------
def test_what_is_passed_on_goes_out_under_the_new_consent_with_the_same_fields(case, pcpr, counselling, ewa, celina):
    make_consent(case, counselling)
    referral = make_referral(case, pcpr)
    child = redirect_referral(referral, by=ewa, now=NOW, receiver=counselling, reason="to zadanie poradni")
    assert (referral.status, child.status, child.parent) == (S.REDIRECTED, S.SENT, referral)
    assert child.consent.receiver == counselling
    assert child.disclosed == referral.disclosed
    assert chain_before(child) == [referral]
    assert chain_after(referral) == [child]
    assert {row.recipient_id for row in Message.objects.filter(template="referral_redirected")} == {case.coordinator_id}
    assert Message.objects.filter(template="referral_sent", recipient_id=celina.pk).exists()


@pytest.mark.parametrize("by", ["ewa", "tomek"])
def test_nothing_is_passed_on_without_a_basis_for_the_new_institution(by, case, pcpr, counselling):
    referral = make_referral(case, pcpr)
    with pytest.raises(ValidationError) as refused:
        redirect_referral(referral, by=personas.person(by), now=NOW, receiver=counselling, reason="pomyłka")
    assert "receiver" in refused.value.message_dict
    assert Referral.objects.get().status == S.SENT


def test_the_coordinator_records_the_consent_with_which_it_is_passed_on(case, pcpr, counselling, tomek, ewa, client):
    referral = make_referral(case, pcpr, opened=True)
    url, said = move_url(referral), {"receiver": counselling.pk, "reason": "to zadanie poradni"}
    sign_in_as(client, ewa)
    assert set(client.get(url).context["form"].fields) == {"receiver", "reason"}
    assert pcpr not in client.get(url).context["form"].fields["receiver"].queryset  # its own
    given = {"consent_form": "oral", "consent_given_on": "12.11.2026", "version": referral.version}
    assert "Zadzwoń do koordynatora: Tomek Lis" in client.post(url, said | given).content.decode()
    sign_in_as(client, tomek)
    assert set(client.post(url, said | {"version": referral.version}).context["form"].errors) == {"receiver"}
    half = client.post(url, said | given | {"consent_given_on": ""})
    assert set(half.context["form"].errors) == {"consent_given_on"}
    assert set(client.post(url, said | given | {"consent_given_on": "01.12.2026"}).context["form"].errors)
    assert Consent.objects.count() == 1
    assert client.post(url, said | given).status_code == 302
    child = Referral.objects.get(parent=referral)
    assert (child.consent.receiver, child.consent.form) == (counselling, "oral")
    assert child.consent.data_fields == referral.disclosed_fields
    assert (child.consent.purpose, child.consent.taken_by) == (referral.consent.purpose, tomek)


def move_url(referral):
    return reverse("coordination:referral_move", args=[referral.pk, "redirect"])


def test_no_institution_is_asked_twice_in_a_chain(case, pcpr, clinic, tomek, ewa, bartek):
    first = make_referral(case, pcpr, consent=None, statute=STATUTE)
    words = {"now": NOW, "reason": "nie nasze", "statute": STATUTE}
    second = redirect_referral(first, by=ewa, receiver=clinic, **words)
    heir = personas.institution(personas.COUNSELLING)
    type(pcpr).objects.filter(pk=pcpr.pk).update(is_active=False, closed_on=TODAY, merged_into=heir)
    for again in (pcpr, heir):
        with pytest.raises(ValidationError, match="już"):
            redirect_referral(Referral.objects.get(pk=second.pk), by=bartek, receiver=again, **words)


def test_what_rests_on_a_statute_names_the_one_for_the_new_institution(case, pcpr, clinic, ewa, client):
    referral = make_referral(case, pcpr, consent=None, statute=STATUTE, opened=True)
    sign_in_as(client, ewa)
    said = {"receiver": clinic.pk, "reason": "zadanie przychodni", "version": referral.version}
    assert set(client.post(move_url(referral), said).context["form"].errors) == {"statute"}
    with pytest.raises(ValidationError) as refused:
        redirect_referral(referral, by=ewa, now=NOW, receiver=clinic, reason="nie nasze")
    assert set(refused.value.message_dict) == {"statute"}
    assert client.post(move_url(referral), said | {"statute": "art. 12 KPC"}).status_code == 302
    assert Referral.objects.get(parent=referral).statute == "art. 12 KPC"


@pytest.mark.parametrize("confidentiality", ["ordinary", "protected"])
def test_case_57_a_chain_has_five_links_and_then_the_centre_decides(confidentiality, case, pcpr, tomek, beata):
    referral = make_referral(case, pcpr, consent=None, statute=STATUTE, confidentiality=confidentiality)
    others = [{"code": f"org{n}", "name": f"Fundacja {n}", "short_name": f"F{n}", "kind": "ngo"} for n in range(5)]
    for facts in others[: MOST_LINKS - 1]:
        receiver = personas.institution(facts)
        referral = redirect_referral(referral, by=tomek, now=NOW, receiver=receiver, reason="dalej", statute=STATUTE)
    one_more = {"now": NOW, "receiver": personas.institution(others[-1]), "reason": "dalej", "statute": STATUTE}
    for _try in range(2):
        with pytest.raises(ValidationError, match="Tomek Lis"):
            redirect_referral(referral, by=tomek, **one_more)
    referral.refresh_from_db()
    assert referral.status == S.SENT
    assert history(referral).filter(action="referral.passed_on_too_often", actor_id=tomek.pk).count() == 2
    letters = [
        message
        for who in (tomek, beata)
        for message in Message.objects.to(who).filter(about_id=referral.pk)
        if message.template in ("referral_bounced", "referral_protected")
    ]
    if confidentiality == "protected":
        assert {message.recipient_id for message in letters} == {tomek.pk}
        assert not Message.objects.filter(template="referral_bounced").exists()
    else:
        assert [(message.recipient_id, message.template) for message in letters] == [
            (tomek.pk, "referral_bounced"),
            (beata.pk, "referral_bounced"),
        ]


@pytest.mark.parametrize(("who", "sees"), [("celina", False), ("tomek", True)])
def test_the_new_receiver_does_not_learn_where_the_person_was_before(
    who, sees, case, pcpr, counselling, ewa, celina, client
):
    make_consent(case, counselling)
    referral = make_referral(case, pcpr)
    child = redirect_referral(referral, by=ewa, now=NOW, receiver=counselling, reason="to zadanie poradni")
    referrals.mark_opened(child, by=celina, now=NOW)
    sign_in_as(client, personas.person(who))
    page = client.get(child.get_absolute_url()).content.decode()
    for word in (referral.number, "Ewa Gil", "PCPR"):
        assert (word in page) == sees, word


# -- the clock --------------------------------------------------------------------------------------
def test_what_nobody_answers_expires_after_two_reminders(case, pcpr):
    referral = make_referral(case, pcpr, opened=True)
    run_the_clock(TODAY, TODAY + 60 * DAY)
    referral.refresh_from_db()
    assert referral.status == S.EXPIRED
    # 2026-11-26 is the day of the answer; twenty working days later, Christmas left out, is 2026-12-28.
    assert [(event.from_state, event.actor_label) for event in history(referral)][0] == ("sent", "system")
    assert referral.respond_by.isoformat() == "2027-01-12"


def test_without_reminders_nothing_expires(case, pcpr):
    make_referral(case, pcpr)
    assert expire_unanswered(now=at(TODAY + 200 * DAY)) == 0


@pytest.mark.parametrize("status", REMINDED_BY)
@pytest.mark.parametrize("away", [25, 130])
def test_after_an_outage_it_is_told_of_twice_as_far_apart_as_usual_and_then_expires(case, pcpr, status, away):
    referral = make_referral(case, pcpr, status=status, opened=True)
    back = add_workdays(referral.respond_by, away)
    again, end = add_workdays(back - DAY, 10), add_workdays(back - DAY, 20)
    if status == S.WAITLISTED:
        again, end = back + 30 * DAY, back + 44 * DAY
    run_the_clock(back, end, status=status)
    referral.refresh_from_db()
    assert referral.status == status
    assert sorted(set(ReminderSent.objects.values_list("sent_on", flat=True))) == [back, again]
    run_the_clock(end + DAY, end + DAY, status=status)
    referral.refresh_from_db()
    assert referral.status == S.EXPIRED


def test_an_urgent_one_is_told_of_again_and_again_and_expires_as_long_after_the_warning_as_usual(case, pcpr):
    """After an outage it is late enough to expire, and has days left on which it comes back."""
    referral = make_referral(case, pcpr, priority="urgent")
    back = add_workdays(referral.respond_by, 15)
    warned, end = add_workdays(back - DAY, 10), add_workdays(back - DAY, 20)
    run_the_clock(back, end)
    referral.refresh_from_db()
    assert referral.status == S.SENT
    assert set(ReminderSent.objects.filter(key__contains="_again:").values_list("sent_on", flat=True)) == {warned}
    run_the_clock(end + DAY, end + DAY)
    referral.refresh_from_db()
    assert referral.status == S.EXPIRED


def test_a_change_of_coordinator_is_no_second_time_that_the_person_is_asked_for(case, pcpr, kasia):
    referral = make_referral(case, pcpr, status=S.WAITLISTED)
    back = referral.respond_by + 60 * DAY
    run_the_clock(back, back, status=S.WAITLISTED)
    type(case).objects.update(coordinator=kasia)
    run_the_clock(back + DAY, back + 44 * DAY, status=S.WAITLISTED)
    assert Referral.objects.get().status == S.WAITLISTED
    assert set(ReminderSent.objects.filter(sent_on__gt=back + DAY).values_list("sent_on", flat=True)) == {
        back + 30 * DAY
    }
    run_the_clock(back + 45 * DAY, back + 45 * DAY, status=S.WAITLISTED)
    assert Referral.objects.get().status == S.EXPIRED


def test_a_person_who_waits_is_asked_for_twice_and_an_answer_begins_the_days_anew(case, pcpr, tomek):
    referral = make_referral(case, pcpr, status=S.WAITLISTED)
    first_day = referral.respond_by
    run_the_clock(first_day, first_day + 40 * DAY, status=S.WAITLISTED)
    referrals.still_wanted(referral, by=tomek, now=at(first_day + 41 * DAY))
    asked_again = referral.respond_by
    run_the_clock(first_day + 41 * DAY, asked_again + 45 * DAY, status=S.WAITLISTED)
    assert Referral.objects.get().status == S.WAITLISTED
    run_the_clock(asked_again + 46 * DAY, asked_again + 46 * DAY, status=S.WAITLISTED)
    assert Referral.objects.get().status == S.EXPIRED


def test_the_receivers_access_ends_thirty_days_after_the_end(case, pcpr, ewa, tomek):
    referral = make_referral(case, pcpr, status=S.COMPLETED)
    assert shut_ended(now=NOW + 29 * DAY) == 0
    assert ewa.has_perm("coordination.view_referral", referral)
    assert (shut_ended(now=NOW + 30 * DAY), shut_ended(now=NOW + 30 * DAY)) == (1, 0)
    referral.refresh_from_db()
    assert not Referral.objects.received_by(ewa).exists()
    assert not ewa.has_perm("coordination.view_referral", referral)
    assert tomek.has_perm("coordination.view_referral", referral)
    assert history(referral).first().action == "referral.shut"


def test_either_side_ends_it_and_the_other_is_told(case, pcpr, tomek, ewa):
    referral = make_referral(case, pcpr, status=S.ACCEPTED)
    referrals.fail_referral(referral, by=tomek, now=NOW, fail_reason="moved")
    assert Message.objects.filter(template="referral_ended", recipient_id=ewa.pk).exists()


def test_a_sent_referral_entered_in_error_is_hidden_from_its_receiver_who_is_told(case, pcpr, tomek, ewa):
    referral = make_referral(case, pcpr)
    referrals.discard_referral(referral, by=tomek, now=NOW, reason="nie ta osoba")
    assert not Referral.objects.received_by(ewa).exists()
    assert Message.objects.filter(template="referral_withdrawn", recipient_id=ewa.pk).exists()


# -- answered by phone or on paper ------------------------------------------------------------------
TAKEN_DOWN = {"said_by": "Anna Maj, kierowniczka", "said_on": TODAY, "said_how": "telefonicznie", "proof": "notatka 7"}


def test_the_centre_records_an_answer_in_the_institutions_name_with_its_proof(case, pcpr, tomek):
    referral = make_referral(case, pcpr)
    take_down(referral, referrals.accept_referral, by=tomek, now=NOW, planned_start_on=TODAY, **TAKEN_DOWN)
    assert referral.status == S.ACCEPTED
    note = referral.notes.get()
    assert (note.kind, note.author) == ("taken_down", tomek)
    assert "Anna Maj" in note.text
    assert "notatka 7" in note.text
    accepted = history(referral).get(action="referral.accept")
    assert (accepted.actor_id, accepted.actor_label) == (tomek.pk, "Tomek Lis, w imieniu: PCPR")


@pytest.mark.parametrize("who", ["kasia", "ola", "ewa", "beata"])
def test_nobody_but_the_coordinator_answers_in_the_institutions_name(who, case, pcpr):
    referral = make_referral(case, pcpr)
    with pytest.raises(PermissionDenied):
        take_down(
            referral, referrals.accept_referral, by=personas.person(who), now=NOW, planned_start_on=TODAY, **TAKEN_DOWN
        )
    assert Referral.objects.get().status == S.SENT


def test_an_answer_is_taken_down_on_the_page_of_the_referral(case, pcpr, tomek, client):
    referral = make_referral(case, pcpr)
    sign_in_as(client, tomek)
    address = reverse("coordination:referral_taken_down", args=[referral.pk, "reject"])
    assert address in client.get(referral.get_absolute_url()).content.decode()
    answer = {"reject_reason": "no_place", "closing_note": "Brak miejsc.", "whom_unknown": "on"}
    answer["version"] = referral.version
    said = {"said_by": "Anna Maj", "said_on": "1990-01-01", "said_how": "phone", "proof": "notatka"}
    page = client.post(address, answer | said).content.decode()
    assert "wcześniejszy niż wysłanie" in page
    assert "Anna Maj" in page
    client.post(address, answer | said | {"said_on": timezone.localdate().isoformat()})
    assert Referral.objects.get().status == S.REJECTED
    assert client.get(reverse("coordination:referral_taken_down", args=[referral.pk, "withdraw"])).status_code == 404
