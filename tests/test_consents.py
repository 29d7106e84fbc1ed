"""Consents: asked for at each use, taken back at any time, and what then stops."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coordination.actions import consents, referrals
from coordination.actions.chains import redirect_referral
from coordination.models import Referral
from coordination.workflow import REFERRAL
from coordination.worklists import WORKLISTS
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import forward_item
from residents.actions.consents import renew_consent, see_to_consent, withdraw_consent
from residents.admin.cases import ROWS_OF_A_CASE
from residents.models import Consent, PrivacyNotice
from tests import histories, personas
from tests.coordination_world import make_case, make_consent, make_draft, make_referral
from tests.desk import move, page, words
from tests.factories import NOW, TODAY, holder_of, make_service
from tests.test_coordination_documents import make_paper

S = Referral.Status
DAY = timedelta(days=1)
STATES = [S.DRAFT, S.SENT, S.INFO_REQUESTED, S.WAITLISTED, S.ACCEPTED, S.IN_PROGRESS, S.COMPLETED, S.REJECTED]


@pytest.fixture
def consent(case, pcpr):
    return make_consent(case, pcpr)


def take_back(consent, by):
    return withdraw_consent(consent, form="oral", by=by, now=NOW)


def fresh(consent):
    return Consent.objects.get(pk=consent.pk)


def seen_by_receiver(user):
    return set(Referral.objects.visible_to(user).values_list("pk", flat=True))


# -- taken ---------------------------------------------------------------------------------------------------
def test_a_consent_keeps_its_words_its_day_who_took_it_and_the_clause_of_that_day(case, pcpr, clinic, tomek, sign_in):
    facts = {"title": "Klauzula informacyjna", "short": "Krótko.", "body": []}
    yesterday = TODAY - timedelta(days=1)
    for version, valid_from in (("dawna", yesterday), ("nowa", TODAY), ("przyszła", TODAY + timedelta(days=1))):
        PrivacyNotice.objects.create(version=version, valid_from=valid_from, **facts)
    said = {"form": "oral", "data_fields": ["name"], "purpose": "help", "by": tomek, "now": NOW}
    days = {"dawna": yesterday, "nowa": TODAY}
    taken = {
        version: consents.record_consent(case, receiver=pcpr, given_on=day, **said) for version, day in days.items()
    }
    given = {"data_scope": "imię", "purpose_note": "pomoc", "form": "oral", "given_on": TODAY}
    forward_item(make_case(tomek).requests.get().items.get(), receiver=clinic, **given, by=tomek, now=NOW)
    kept = [*taken.items(), ("nowa", Consent.objects.get(receiver=clinic))]
    assert [(one.clause.version, one.taken_by) for _version, one in kept] == [
        (version, tomek) for version, _one in kept
    ]
    shown = words(sign_in(tomek).get(page(taken["dawna"])))
    for word in ("Klauzula informacyjna (dawna)", "Imię i nazwisko", "Tomek Lis"):
        assert word in shown, word


# -- ended --------------------------------------------------------------------------------------------------
def test_what_nobody_opened_stays_closed_once_its_consent_has_ended_until_one_is_given_anew(
    case, pcpr, tomek, ewa, sign_in, time_machine
):
    ended = make_consent(case, pcpr)
    opened, closed = (make_referral(case, pcpr, consent=ended, opened=told) for told in (True, False))
    Consent.objects.update(valid_until=TODAY)
    time_machine.move_to(NOW + timedelta(days=5), tick=False)
    client = sign_in(ewa)
    press = reverse("coordination:referral_open", args=[closed.pk])
    for _twice in range(2):
        assert "Zgoda tej osoby już wygasła" in words(client.post(press, follow=True))
    told = Message.objects.get(template="referral_consent_ended")
    assert (told.recipient_id, closed.number in compose(told).subject) == (tomek.pk, True)
    closed.refresh_from_db()
    assert (closed.opened_at, closed.consent) == (None, ended)
    shown = words(client.get(opened.get_absolute_url()))
    assert "Balkonik" in shown
    # Its own last day stands beside the legal basis on both sides; who is to ask anew is told so.
    assert "skończyła się 12 listopada 2026" in shown
    assert "poproś osobę" not in shown
    assert page(ended) not in client.get(opened.get_absolute_url()).content.decode()
    desk = sign_in(tomek)
    answer = desk.get(opened.get_absolute_url())
    assert "skończyła się 12 listopada 2026: poproś osobę o nową" in words(answer)
    assert page(ended) in answer.content.decode()
    make_referral(case, pcpr, now=NOW + timedelta(days=5), confidentiality="protected")  # its consent carries no other
    for user in (tomek, personas.person("beata")):
        told = words(sign_in(user).get(opened.get_absolute_url()))
        assert "skończyła się 12 listopada 2026: poproś osobę o nową" in told
    desk = sign_in(tomek)
    anew = make_consent(case, pcpr, given_on=TODAY + timedelta(days=5), valid_until=TODAY + timedelta(days=20))
    shown = words(desk.get(opened.get_absolute_url()))
    assert "skończyła się 12 listopada 2026; teraz obowiązuje zgoda z 17 listopada 2026" in shown
    client = sign_in(ewa)
    assert "Balkonik" in words(client.post(press, follow=True))
    shown = words(sign_in(tomek).get(closed.get_absolute_url()))
    assert "do 2 grudnia 2026: na czas poproś osobę o nową" in shown
    closed.refresh_from_db()
    assert (closed.opened_by, closed.consent) == (ewa, anew)
    assert not AuditEvent.objects.filter(action="referral.open", object_id=closed.pk).exclude(actor=ewa).exists()


# -- taken back ---------------------------------------------------------------------------------------------
def test_case_21_what_rests_on_a_withdrawn_consent_stops_and_what_was_done_remains(case, consent, pcpr, ola, ewa):
    made = {state: make_referral(case, pcpr, status=state, consent=consent) for state in STATES}
    other = make_referral(case, pcpr)
    by_law = make_referral(case, pcpr, consent=consent, statute="ustawa o pomocy społecznej, art. 100")
    take_back(consent, ola)
    now = {state: Referral.objects.get(pk=referral.pk).status for state, referral in made.items()}
    assert now == {
        S.DRAFT: S.DRAFT,
        **dict.fromkeys([S.SENT, S.INFO_REQUESTED, S.WAITLISTED, S.ACCEPTED, S.IN_PROGRESS], S.WITHDRAWN),
        S.COMPLETED: S.COMPLETED,
        S.REJECTED: S.REJECTED,
    }
    assert Referral.objects.get(pk=made[S.COMPLETED].pk).closing_note == "Dostała balkonik."
    assert seen_by_receiver(ewa) == {other.pk, by_law.pk}
    for referral in made.values():
        fresh = Referral.objects.get(pk=referral.pk)
        assert not ewa.has_perm("coordination.view_referral", fresh)
        assert not ewa.has_perm("coordination.answer_referral", fresh)
    with pytest.raises(ValidationError, match="nie obowiązuje"):
        referrals.send_referral(Referral.objects.get(pk=made[S.DRAFT].pk), by=case.coordinator, now=NOW)


def test_the_receiver_is_told_once_with_all_numbers_and_nothing_of_the_person(case, consent, pcpr, ola, ewa, tomek):
    sent = [make_referral(case, pcpr, consent=consent) for _ in range(20)]
    take_back(consent, ola)
    rows = Message.objects.filter(template="consent_withdrawn")
    assert {(row.recipient_type, row.recipient_id) for row in rows} == {
        ("accounts.user", ewa.pk),
        ("accounts.institution", pcpr.pk),
    }
    mail = compose(rows[0])
    text = mail.subject + mail.body + str(mail.alternatives[0])
    assert all(referral.number in mail.body for referral in sent)
    assert not [word for word in ("Krystyna", "Wilga", "600 100 200", case.case_sign) if word in text]
    assert Message.objects.get(template="case_news").recipient_id == tomek.pk
    assert not Referral.objects.open().exists()


def test_who_has_got_nothing_is_not_told(case, consent, pcpr, ola):
    make_draft(case, pcpr, consent=consent)
    take_back(consent, ola)
    assert not Message.objects.filter(template="consent_withdrawn").exists()


def test_all_of_it_happens_or_nothing(case, consent, pcpr, ola):
    """The last of two referrals cannot be stopped: the database holds it. The first one is not stopped either."""
    first, last = (make_referral(case, pcpr, consent=consent) for _ in range(2))
    before = AuditEvent.objects.count(), Message.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE coordination_referral ADD CONSTRAINT stuck CHECK (id <> %s OR status = 'sent')", [last.pk]
        )
    with pytest.raises(IntegrityError, match="stuck"), transaction.atomic():
        take_back(consent, ola)
    consent.refresh_from_db()
    assert set(Referral.objects.filter(pk__in=[first.pk, last.pk]).values_list("status", flat=True)) == {S.SENT}
    assert consent.withdrawn_at is None
    assert (AuditEvent.objects.count(), Message.objects.count()) == before


def test_a_consent_is_withdrawn_once_and_only_in_a_known_way(consent, ola):
    with pytest.raises(ValidationError):
        withdraw_consent(consent, form="nijak", by=ola, now=NOW)
    take_back(consent, ola)
    with pytest.raises(ValidationError, match="już"):
        take_back(Consent.objects.get(pk=consent.pk), ola)
    assert AuditEvent.objects.filter(action="consent.withdraw").count() == 1


@pytest.mark.parametrize("name", ["ewa", "iwona", "renata", "root", "stranger", "hania"])
def test_nobody_else_takes_a_consent_back_or_stops_a_referral(name, case, consent, pcpr):
    sent = make_referral(case, pcpr, consent=consent)
    who = personas.person(name)
    with pytest.raises(PermissionDenied):
        take_back(consent, who)
    with pytest.raises(PermissionDenied):
        REFERRAL.move(sent, "stop", by=who, ended_at=NOW)
    consent.refresh_from_db()
    assert consent.withdrawn_at is None


def test_nobody_stops_a_referral_while_its_consent_stands_or_a_statute_asks_for_it(case, consent, pcpr, tomek):
    sent = make_referral(case, pcpr, consent=consent)
    by_law = make_referral(case, pcpr, consent=consent, statute="art. 100")
    for referral in (sent, by_law):
        with pytest.raises(PermissionDenied):
            REFERRAL.move(referral, "stop", by=tomek, ended_at=NOW)
        consent.withdrawn_at = NOW


def test_the_person_takes_it_back_on_the_status_page(client, case, consent, pcpr):
    sent = make_referral(case, pcpr, consent=consent)
    request = case.requests.get()
    url = reverse("residents:consent_withdraw", args=[consent.pk])
    assert client.get(url).status_code == 302  # number and code first
    client.post(reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code})
    status = words(client.get(reverse("residents:request_status")))
    assert "Powiatowe Centrum Pomocy Rodzinie" in status
    assert "imię i nazwisko" in words(client.get(url))
    foreign = make_consent(make_case(personas.person("kasia")), pcpr)
    assert client.post(reverse("residents:consent_withdraw", args=[foreign.pk])).status_code == 404
    assert client.post(url).url == reverse("residents:request_status")
    sent.refresh_from_db()
    consent.refresh_from_db()
    assert (sent.status, consent.withdrawal_form) == (S.WITHDRAWN, "portal")
    assert "Tę zgodę cofnięto" in words(client.get(reverse("residents:request_status")))
    assert client.post(url).url == reverse("residents:request_status")  # pressed twice: it stays as it is
    assert AuditEvent.objects.filter(action="consent.withdraw").count() == 1


def test_a_need_that_was_passed_on_is_told_of_by_its_number(pcpr, tomek, ola):
    item = make_case(tomek).requests.get().items.get()
    given = {"data_scope": "imię", "purpose_note": "pomoc", "form": "oral", "given_on": TODAY}
    forward_item(item, receiver=pcpr, **given, by=tomek, now=NOW)
    take_back(item.consent, ola)
    assert item.request.reference in compose(Message.objects.filter(template="consent_withdrawn")[0]).body
    item.refresh_from_db()
    assert item.status == "forwarded"


def test_two_withdraw_and_answer_at_once_and_one_wins(transactional_db, pcpr, ewa):
    tomek = personas.person("tomek")
    case = make_case(tomek)
    consent = make_consent(case, pcpr)
    sent = make_referral(case, pcpr, consent=consent)
    start, said = threading.Barrier(2), []

    def act(call):
        start.wait()
        try:
            call()
            said.append("")
        except (TransitionNotAllowed, PermissionDenied) as error:
            said.append(type(error).__name__)
        finally:
            connection.close()

    accept = lambda: referrals.accept_referral(  # noqa: E731
        Referral.objects.get(pk=sent.pk), by=ewa, now=NOW, planned_start_on=TODAY
    )
    threads = [threading.Thread(target=act, args=[call]) for call in (accept, lambda: take_back(consent, tomek))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Referral.objects.get(pk=sent.pk).status == S.WITHDRAWN
    assert sent.pk not in seen_by_receiver(ewa)


# -- asked for at each use ----------------------------------------------------------------------------------
@pytest.mark.parametrize("named", [["name"], []])
def test_case_22_a_consent_for_other_data_does_not_let_these_travel(case, pcpr, tomek, named):
    consent = make_consent(case, pcpr)
    Consent.objects.update(data_fields=named)
    draft = make_draft(case, pcpr, consent=consent, disclosed_fields=["name", "phone"])
    with pytest.raises(ValidationError, match="Telefon"):
        referrals.send_referral(draft, by=tomek, now=NOW)
    Consent.objects.update(data_fields=["name", "phone"])
    sent = referrals.send_referral(draft, by=tomek, now=NOW)
    paper = make_paper(case)
    asked = referrals.ask_sender(sent, by=personas.person("ewa"), now=NOW, text="Jest orzeczenie?")
    with pytest.raises(ValidationError, match="Dokumenty"):
        referrals.reply_to_receiver(asked, by=tomek, now=NOW, text="Tak.", attachments=[paper])
    assert referrals.reply_to_receiver(asked, by=tomek, now=NOW, text="Tak.").status == S.SENT


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        ("service_referral", "help"),
        ("handover", "forwarding"),
        ("cooperation_request", "cooperation"),
        ("information_request", "information"),
    ],
)
def test_case_22_a_consent_carries_only_what_it_was_given_for(case, pcpr, clinic, tomek, kind, purpose):
    given = make_consent(case, pcpr, kind=kind)
    assert given.purpose == purpose
    for other in Referral.Kind.values:
        draft = make_draft(case, pcpr, consent=given, kind=other)
        if other == kind:
            assert referrals.send_referral(draft, by=tomek, now=NOW).status == S.SENT
        else:
            with pytest.raises(ValidationError, match="innym celu|ustawę i artykuł"):
                referrals.send_referral(draft, by=tomek, now=NOW)


def test_case_22_who_passes_a_referral_on_needs_a_consent_for_the_same_thing(case, pcpr, clinic, tomek, ewa):
    sent = make_referral(case, pcpr, kind="information_request")
    there = {"receiver": clinic, "reason": "to zadanie poradni", "by": ewa, "now": NOW}
    make_consent(case, clinic)
    with pytest.raises(ValidationError, match="nie zgodziła się"):
        redirect_referral(sent, **there)
    make_consent(case, clinic, kind="information_request")
    assert redirect_referral(Referral.objects.get(pk=sent.pk), **there).status == S.SENT


def test_nothing_more_is_told_once_the_consent_has_ended(case, pcpr, tomek):
    consent = make_consent(case, pcpr, valid_until=TODAY)
    asked = make_referral(case, pcpr, status=S.INFO_REQUESTED, consent=consent)
    with pytest.raises(ValidationError, match="nie obowiązuje"):
        referrals.reply_to_receiver(asked, by=tomek, now=NOW + timedelta(days=1), text="Tak.")
    asked.refresh_from_db()
    assert (asked.status, asked.notes.count()) == (S.INFO_REQUESTED, 1)


# -- what is to be done -------------------------------------------------------------------------------------
def test_the_worklists_show_what_to_see_to_until_it_is_seen_to(sign_in, case, pcpr, tomek, ola):
    consent = make_consent(case, pcpr, valid_until=TODAY + timedelta(days=30))
    make_referral(case, pcpr, consent=consent)
    lists = {name: WORKLISTS[name].rows(tomek, TODAY) for name in ("consents-ending", "consents-withdrawn")}
    assert list(lists["consents-ending"]) == [case]
    assert not lists["consents-withdrawn"].exists()
    take_back(consent, ola)
    assert not lists["consents-ending"].all().exists()
    assert list(lists["consents-withdrawn"].all()) == [case]
    client = sign_in(tomek)
    assert "cofnięta, do załatwienia" in words(client.get(page(case)))
    assert client.post(move(consent, "see_to"), {"note": "Pomoże sąsiadka."}).status_code == 302
    assert not lists["consents-withdrawn"].all().exists()
    with pytest.raises(ValidationError, match="już"):
        see_to_consent(consent, note="x", by=ola, now=NOW)
    assert "Pomoże sąsiadka." in words(client.get(page(consent)))


def test_a_consent_that_ends_is_given_anew_goes_on_and_is_withdrawn_as_one(sign_in, case, pcpr, ewa, tomek, ola):
    today = timezone.localdate()
    consent = make_consent(case, pcpr, valid_until=today - DAY)
    sent, over = (
        make_referral(case, pcpr, consent=consent),
        make_referral(case, pcpr, consent=consent, status=S.REJECTED),
    )
    ending, client = WORKLISTS["consents-ending"].rows(tomek, today), sign_in(tomek)
    with pytest.raises(ValidationError, match="wygasła"):
        referrals.mark_opened(sent, by=ewa, now=timezone.now())
    said = {"form": "oral", "given_on": today.isoformat(), "valid_until": (today + 30 * DAY).isoformat()}
    before = (consent.given_on - DAY).isoformat()
    for name, wrong in (
        ("given_on", (today + DAY).isoformat()),
        ("given_on", before),
        ("valid_until", said["given_on"]),
    ):
        answer = client.post(move(consent, "renew"), said | {name: wrong})
        assert list(answer.context["form"].errors) == [name]
    assert list(ending.all()) == [case]
    assert client.post(move(consent, "renew"), said).status_code == 302
    assert list(client.post(move(consent, "renew"), said).context["form"].errors) == ["valid_until"]
    assert client.post(move(consent, "renew"), said | {"valid_until": ""}).status_code == 302
    assert client.get(move(consent, "renew")).status_code == 302
    assert not ending.all().exists()
    assert [one.former_until for one in fresh(consent).renewals.all()] == [today - DAY, today + 30 * DAY]
    assert "Dana ponownie" in words(client.get(page(consent)))
    assert referrals.mark_opened(Referral.objects.get(pk=sent.pk), by=ewa, now=timezone.now()).opened_at
    take_back(consent, ola)
    assert [Referral.objects.get(pk=one.pk).status for one in (sent, over)] == [S.WITHDRAWN, S.REJECTED]
    with pytest.raises(ValidationError, match="cofnięta"):
        renew_consent(consent, form="oral", given_on=today, by=tomek, now=timezone.now())
    with pytest.raises(PermissionDenied):
        renew_consent(consent, form="oral", given_on=today, by=ewa, now=timezone.now())


def test_a_case_says_where_its_older_consents_are(sign_in, case, pcpr, tomek):
    one = make_consent(case, pcpr)
    client, told = sign_in(tomek), "Starsze są na swojej liście w biurze"
    assert told not in words(client.get(page(case)))
    facts = {"request": one.request, "receiver": pcpr, "purpose": "help", "form": "oral", "given_on": TODAY}
    Consent.objects.bulk_create(Consent(**facts) for _time in range(ROWS_OF_A_CASE))
    assert words(client.get(page(case))).count(told) == 1


def test_before_it_is_withdrawn_the_desk_reads_what_stops(sign_in, case, consent, pcpr, ola):
    sent = make_referral(case, pcpr, consent=consent)
    client = sign_in(ola)
    assert sent.number in words(client.get(move(consent, "withdraw")))
    assert client.post(move(consent, "withdraw"), {"form": "written"}).status_code == 302
    assert Referral.objects.get(pk=sent.pk).status == S.WITHDRAWN


# -- random histories -----------------------------------------------------------------------------------------
one_of_them = st.integers(0, 999)
kinds = st.sampled_from(["service_referral", "service_referral", "service_referral", "information_request"])
data = st.sampled_from([["name", "phone"], ["name", "phone"], ["name"]])


class Histories(RuleBasedStateMachine):
    """The model: consents as they were given, and whether withdrawn; referrals as [consent, state]."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.tomek, self.ewa, self.now = personas.person("tomek"), personas.person("ewa"), NOW
        self.pcpr, self.clinic = personas.institution(personas.PCPR), personas.institution(personas.CLINIC)
        self.case = make_case(self.tomek)
        self.consents, self.referrals = {}, {}

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def today(self):
        return self.now.date()

    def holds(self, known):
        return not known.withdrawn and known.given <= self.today() and (not known.last or known.last >= self.today())

    def pick(self, rows, number):
        return list(rows)[number % len(rows)]

    @rule(
        days=st.sampled_from([None, 2, 9]),
        ahead=st.sampled_from([0, 0, 1]),
        kind=kinds,
        named=data,
        other=st.sampled_from(["", "", "", "receiver", "case"]),
    )
    def give(self, days, ahead, kind, named, other):
        """For help or for information, for so many days, at times from tomorrow, to another, or in another case."""
        given = self.today() + timedelta(ahead)
        last = days and given + timedelta(days)
        receiver = self.clinic if other == "receiver" else self.pcpr
        case = make_case(personas.person("kasia")) if other == "case" else self.case
        consent = make_consent(case, receiver, given_on=given, valid_until=last, kind=kind)
        Consent.objects.filter(pk=consent.pk).update(data_fields=named)
        facts = {"kind": kind, "named": named, "other": other, "given": given, "last": last}
        self.consents[consent.pk] = SimpleNamespace(**facts, withdrawn=False)

    @precondition(lambda self: self.consents)
    @rule(number=one_of_them, told=data)
    def send(self, number, told):
        pk = self.pick(self.consents, number)
        known, consent = self.consents[pk], Consent.objects.get(pk=pk)
        may = self.holds(known) and known.kind == "service_referral" and not known.other
        may = may and set(told) <= set(known.named)
        draft = make_draft(self.case, self.pcpr, service=make_service(), consent=consent, disclosed_fields=told)
        try:
            referrals.send_referral(draft, by=self.tomek, now=self.now)
        except ValidationError:
            self.referrals[draft.pk] = [pk, S.DRAFT]
            assert not may
        else:
            self.referrals[draft.pk] = [pk, S.SENT]
            assert may

    @precondition(lambda self: any(one.last for one in self.consents.values()))
    @rule(number=one_of_them, late=st.integers(0, 1))
    def send_on_the_last_day_or_the_next(self, number, late):
        ending = [pk for pk, one in self.consents.items() if one.last]
        pk = self.pick(ending, number)
        known = self.consents[pk]
        self.now += max((known.last - self.today()).days + late, 0) * timedelta(1)
        self.send(list(self.consents).index(pk), known.named)

    @precondition(lambda self: self.referrals)
    @rule(number=one_of_them, rejects=st.booleans())
    def answer(self, number, rejects):
        pk = self.pick(self.referrals, number)
        referral, (consent, state) = Referral.objects.get(pk=pk), self.referrals[pk]
        allowed = state == S.SENT and not self.consents[consent].withdrawn
        try:
            if rejects:
                referrals.reject_referral(
                    referral, by=self.ewa, now=self.now, reject_reason="no_place", closing_note="…"
                )
            else:
                referrals.accept_referral(referral, by=self.ewa, now=self.now, planned_start_on=self.today())
            self.referrals[pk][1] = S.REJECTED if rejects else S.ACCEPTED
            assert allowed
        except (PermissionDenied, TransitionNotAllowed):
            assert not allowed

    @precondition(lambda self: self.consents)
    @rule(number=one_of_them, by_person=st.booleans())
    def withdraw(self, number, by_person):
        pk = self.pick(self.consents, number)
        consent = Consent.objects.get(pk=pk)
        by = holder_of(consent.request) if by_person else consent.taken_by
        try:
            withdraw_consent(consent, form="oral", by=by, now=self.now)
            assert not self.consents[pk].withdrawn
        except ValidationError:
            assert self.consents[pk].withdrawn
        self.consents[pk].withdrawn = True
        for referral in self.referrals.values():
            if referral[0] == pk and referral[1] in (S.SENT, S.ACCEPTED):
                referral[1] = S.WITHDRAWN

    @precondition(lambda self: self.consents)
    @rule(number=one_of_them, days=st.sampled_from([None, -1, 2, 9]))
    def renew(self, number, days):
        pk = self.pick(self.consents, number)
        known, consent, last = self.consents[pk], Consent.objects.get(pk=pk), days and self.today() + timedelta(days)
        may = not known.withdrawn and known.last and known.given <= self.today()
        may = may and (last is None or last > max(known.last, self.today()))
        try:
            renew_consent(
                consent, form="oral", given_on=self.today(), valid_until=last, by=consent.taken_by, now=self.now
            )
            known.last = last
            assert may
        except ValidationError:
            assert not may

    @rule(days=st.integers(1, 5))
    def days_pass(self, days):
        self.now += timedelta(days)

    @invariant()
    def each_referral_is_where_the_model_has_it(self):
        found = dict(Referral.objects.filter(case=self.case).values_list("pk", "status"))
        assert found == {pk: state for pk, (_consent, state) in self.referrals.items()}

    @invariant()
    def the_receiver_sees_what_was_sent_and_rests_on_a_consent_that_stands(self):
        shown = {
            pk
            for pk, (consent, state) in self.referrals.items()
            if state not in (S.DRAFT, S.WITHDRAWN) and not self.consents[consent].withdrawn
        }
        assert seen_by_receiver(self.ewa) == shown


@pytest.mark.django_db
def test_random_histories_of_consents_go_as_the_plain_model_says():
    def given(days=2, *, ahead=0, kind="service_referral", named=("name", "phone"), other=""):
        return (Histories.give, days, ahead, kind, list(named), other)

    def sent(number):
        return (Histories.send, number, ["name", "phone"])

    other = [given(kind="information_request"), given(named=["name"]), given(other="receiver"), given(other="case")]
    at_the_end = Histories.send_on_the_last_day_or_the_next
    histories.run(
        Histories,
        [
            *[given(), sent(0), (Histories.answer, 0, False), (at_the_end, 0, 0), (at_the_end, 0, 1)],
            *[given(ahead=1), sent(1), (Histories.days_pass, 1), sent(1), (Histories.withdraw, 1, True), sent(1)],
            *[step for number, one in enumerate(other, start=2) for step in (one, sent(number))],
        ],
        examples=2,
        steps=10,
    )
