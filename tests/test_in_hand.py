"""Who of an institution deals with a referral: taken in hand, handed over, put back; who stands in for whom."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coordination.actions import in_hand, referrals
from coordination.inbox import InHand
from coordination.models import Referral
from coordination.reminders import due_reminders, send_due_reminders
from cus_portal.accounts.models import Absence, User
from cus_portal.audit.log import history
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from tests import personas
from tests.at_once import at_once
from tests.coordination_world import make_case, make_referral
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db
S = Referral.Status
DAY = timedelta(days=1)
INBOX, ABSENCES = reverse("coordination:inbox"), reverse("coordination:absences")


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW)


def colleague(name, institution):
    user = User.objects.create_user(f"{name.lower()}@demo.example", "x", first_name=name, last_name="Mak")
    user.memberships.create(institution=institution, role="institution_worker", valid_from=TODAY)
    return user


@pytest.fixture
def zofia(pcpr):
    return colleague("Zofia", pcpr)


@pytest.fixture
def referral(tomek, pcpr):
    return make_referral(make_case(tomek), pcpr, opened=True)


def fresh(referral):
    return Referral.objects.select_related("case", "receiver", "consent", "assigned_to").get(pk=referral.pk)


def away(user, stands_in=None, **days):
    days = {"first_day": TODAY, "last_day": TODAY + 5 * DAY} | days
    return Absence.objects.create(user=user, stands_in=stands_in, **days)


def in_list(client, which, **query):
    return {row.number for row, *_rest in client.get(INBOX, {"in_hand": which, **query}).context["rows"]}


# -- taking, handing over, putting back -------------------------------------------------------------
def test_one_takes_it_hands_it_over_with_a_word_and_the_colleague_puts_it_back(referral, ewa, zofia, sign_in):
    client = sign_in(ewa)
    move = lambda name: reverse("coordination:referral_move", args=[referral.pk, name])  # noqa: E731
    client.post(move("claim"), {"version": referral.version})
    assert fresh(referral).assigned_to == ewa
    assert move("claim") not in client.get(referral.get_absolute_url()).content.decode()
    form = client.get(move("hand_over")).context["form"]
    assert list(form.fields["to"].queryset) == [zofia]
    with pytest.raises(ValidationError, match="Ewa Gil"):
        in_hand.hand_over_referral(fresh(referral), to=ewa, by=ewa, now=NOW)
    said = {"to": zofia.pk, "reason": "Znasz tę rodzinę.", "version": fresh(referral).version}
    assert client.post(move("hand_over"), said).status_code == 302
    assert fresh(referral).assigned_to == zofia
    mail = Message.objects.to(zofia).get(template="referral_in_hand")
    assert "Znasz" not in str(mail.context)
    client = sign_in(zofia)
    assert "Znasz tę rodzinę." in client.get(referral.get_absolute_url()).content.decode()
    client.post(move("give_back"), {"version": fresh(referral).version})
    assert fresh(referral).assigned_to is None
    acts = ["referral.claim", "referral.hand_over", "referral.give_back"]
    assert list(history(referral).order_by("pk").values_list("action", flat=True))[-3:] == acts
    assert not Message.objects.to(ewa).filter(template="referral_in_hand").exists()


def test_what_colleagues_write_to_each_other_is_not_the_senders_to_read(referral, ewa, zofia, tomek, sign_in):
    in_hand.hand_over_referral(referral, to=zofia, reason="Tylko dla nas.", by=ewa, now=NOW)
    words = sign_in(tomek).get(referral.get_absolute_url()).content.decode()
    assert "Tylko dla nas." not in words
    assert "Zofia Mak" in words


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_at_once_one_gets_it_and_the_other_is_told_who(referral, ewa, zofia):
    seen = {ewa: fresh(referral), zofia: fresh(referral)}

    def take(user):
        return lambda: in_hand.claim_referral(seen[user], by=user, now=NOW).assigned_to.first_name

    answers = at_once(take(ewa), take(zofia))
    holder = fresh(referral).assigned_to
    assert sorted(answers) == sorted(["TransitionNotAllowed", holder.first_name])
    assert AuditEvent.objects.filter(action="referral.claim").count() == 1
    other = ewa if holder == zofia else zofia
    with pytest.raises(TransitionNotAllowed, match=holder.get_full_name()):
        in_hand.claim_referral(fresh(referral), by=other, now=NOW)


def test_a_colleague_of_another_institution_the_centre_and_a_link_take_nothing(
    referral, ewa, bartek, tomek, zofia, clinic
):
    for stranger in (bartek, tomek, personas.person("danuta")):
        with pytest.raises(PermissionDenied):
            in_hand.claim_referral(fresh(referral), by=stranger, now=NOW)
    with pytest.raises(ValidationError):
        in_hand.hand_over_referral(fresh(referral), to=bartek, by=ewa, now=NOW)
    away(zofia)
    with pytest.raises(ValidationError, match="Zofia Mak"):
        in_hand.hand_over_referral(fresh(referral), to=zofia, by=ewa, now=NOW)
    assert fresh(referral).assigned_to is None
    assert not AuditEvent.objects.filter(action__in=["referral.claim", "referral.hand_over"]).exists()


def test_what_one_has_in_hand_hides_nothing_from_the_others(referral, ewa, zofia, sign_in):
    in_hand.claim_referral(referral, by=ewa, now=NOW)
    words = sign_in(zofia).get(INBOX).content.decode()
    assert referral.number in words
    assert "Ewa Gil" in words
    referrals.accept_referral(fresh(referral), by=zofia, now=NOW, planned_start_on=TODAY)
    in_hand.hand_over_referral(fresh(referral), to=zofia, by=zofia, now=NOW)
    assert Message.objects.to(ewa).filter(template="referral_in_hand").count() == 1


def test_the_three_filters_add_up_to_the_list(tomek, pcpr, ewa, zofia, sign_in):
    left = colleague("Leon", pcpr)
    rows = [make_referral(make_case(tomek), pcpr, opened=True) for _number in range(4)]
    for row, user in zip(rows, (ewa, zofia, left, None), strict=True):
        if user:
            in_hand.claim_referral(row, by=user, now=NOW)
    left.memberships.update(valid_to=TODAY - DAY, valid_from=TODAY - DAY)
    mine, hers, nobodys, free = (row.number for row in rows)
    client = sign_in(ewa)
    assert in_list(client, InHand.MINE) == {mine}
    assert in_list(client, InHand.COLLEAGUES) == {hers}
    assert in_list(client, InHand.NOBODYS) == {nobodys, free}
    in_hand.claim_referral(fresh(rows[2]), by=ewa, now=NOW)
    assert in_list(client, InHand.MINE) == {mine, nobodys}
    assert len(client.get(INBOX, {"in_hand": "x"}).context["rows"]) == 4
    assert "Zofia Mak" in client.post(INBOX, {"reason": "zebranie", "file_format": "csv"}).content.decode()


# -- absence ----------------------------------------------------------------------------------------
def test_who_stands_in_has_it_among_his_own_and_is_reminded_of_it(referral, ewa, zofia, pcpr, sign_in, time_machine):
    in_hand.claim_referral(referral, by=ewa, now=NOW)
    late = referral.respond_by + DAY

    def reminded():
        return {row.recipient for row in due_reminders(late) if row.reminder.name == "referral_unanswered"}

    third = colleague("Halina", pcpr)
    assert reminded() == {ewa, personas.person("tomek")}
    absence = away(ewa, zofia, last_day=late)
    assert reminded() == {zofia, personas.person("tomek")}
    away(zofia, third, last_day=late)
    assert reminded() == {third, personas.person("tomek")}
    assert in_list(sign_in(third), InHand.MINE) == {referral.number}
    words = sign_in(third).get(referral.get_absolute_url()).content.decode()
    assert "zastępuje Halina Mak" in words
    assert in_list(sign_in(ewa), InHand.MINE) == {referral.number}
    Absence.objects.exclude(pk=absence.pk).update(stands_in=ewa)  # each for the other: nobody in particular
    assert reminded() == {ewa, zofia, third, personas.person("tomek")}


def test_before_it_expires_everybody_of_the_institution_is_told(referral, ewa, zofia):
    in_hand.claim_referral(referral, by=ewa, now=NOW)
    send_due_reminders(on=referral.respond_by + DAY, now=NOW)
    again = {
        row.recipient
        for row in due_reminders(referral.respond_by + 30 * DAY)
        if row.reminder.name == "referral_unanswered_again"
    }
    assert {ewa, zofia} <= again


def test_an_answer_of_the_sender_goes_to_whoever_has_it_in_hand(referral, ewa, zofia, tomek):
    in_hand.claim_referral(referral, by=ewa, now=NOW)
    referrals.ask_sender(fresh(referral), by=ewa, now=NOW, text="Czy jest orzeczenie?")
    away(ewa, zofia)
    referrals.reply_to_receiver(fresh(referral), by=tomek, now=NOW, text="Tak.")
    told = Message.objects.filter(template="referral_replied")
    assert [message.recipient_id for message in told] == [zofia.pk]


def test_one_writes_down_his_own_days_and_is_back(ewa, zofia, bartek, sign_in):
    client = sign_in(ewa)
    form = client.get(ABSENCES).context["form"]
    assert list(form.fields["stands_in"].queryset) == [zofia]
    days = {"first_day": "12.11.2026", "last_day": "20.11.2026", "stands_in": zofia.pk}
    assert client.post(ABSENCES, days | {"last_day": "10.11.2026"}).context["form"].errors["last_day"]
    assert client.post(ABSENCES, days | {"stands_in": bartek.pk}).context["form"].errors["stands_in"]
    assert not Absence.objects.exists()
    assert client.post(ABSENCES, days).status_code == 302
    absence = Absence.objects.get()
    assert (absence.user, absence.stands_in) == (ewa, zofia)
    end = reverse("coordination:absence_end", args=[absence.pk])
    assert "Ewa Gil" in sign_in(zofia).get(ABSENCES).content.decode()
    assert sign_in(zofia).post(end).status_code == 403
    assert sign_in(bartek).post(end).status_code == 404
    assert "Ewa Gil" not in sign_in(bartek).get(ABSENCES).content.decode()
    sign_in(ewa).post(end)
    assert not Absence.objects.exists()
    acts = AuditEvent.objects.filter(action__startswith="absence.").order_by("pk")
    assert list(acts.values_list("action", flat=True)) == ["absence.add", "absence.end"]


def test_an_absence_that_runs_ends_yesterday(ewa):
    absence = away(ewa, first_day=TODAY - 3 * DAY)
    in_hand.end_absence(absence, by=ewa, now=NOW)
    assert Absence.objects.get().last_day == TODAY - DAY


def test_the_centre_does_not_see_the_absences_of_others_and_they_not_its_own(ewa, tomek, danuta):
    own, others = away(tomek), away(ewa)
    assert list(Absence.objects.visible_to(danuta)) == [own]
    assert list(Absence.objects.visible_to(ewa)) == [others]
    assert not ewa.has_perm("accounts.view_absence", own)
    assert not danuta.has_perm("accounts.view_absence", others)
