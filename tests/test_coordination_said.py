"""What the person says of a referral: it was so, it was otherwise, it is not wanted any more."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from coordination.actions import referrals
from coordination.actions.chains import chain_before, redirect_referral
from coordination.actions.said import confirm_outcome, dispute_outcome, give_up_referral
from coordination.models import Referral
from coordination.reminders import due_reminders, send_due_reminders
from coordination.workflow import REFERRAL
from coordination.worklists import WORKLISTS
from cus_portal.accounts.actors import SystemActor
from cus_portal.audit.log import history
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from cus_portal.workflow import STAY, TransitionNotAllowed
from residents.actions import restrict_file
from residents.models import Case, RequestParty
from services.models import ServiceText
from tests import personas
from tests.coordination_world import make_case, make_consent, make_referral, worker_of
from tests.factories import NOW, TODAY, at, holder_of, make_service, publish_again
from tests.test_coordination_referrals import CALLS

pytestmark = pytest.mark.django_db
S = Referral.Status
LIST = reverse("delivery:referrals")
MAILBOX = "krystyna@example.pl"


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def holder(case):
    return holder_of(case.requests.get())


def fresh(referral):
    return Referral.objects.select_related("case__coordinator", "receiver", "consent").get(pk=referral.pk)


def follow(client, request):
    client.post(reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code})
    return client


def words(answer):
    return answer.content.decode()


def closed(case, pcpr, tomek):
    """A completed referral whose loop is closed."""
    referral = make_referral(case, pcpr, status=S.COMPLETED)
    said = {"acknowledgement": "Balkonik jest.", "person_told": True}
    return referrals.acknowledge_outcome(fresh(referral), by=tomek, now=NOW, **said)


def test_case_56_the_institution_says_completed_and_the_person_says_that_nobody_came(
    case, pcpr, ewa, tomek, holder, client, sign_in
):
    """It stays completed, with a mark; the loop is open again, among the coordinator's own to close."""
    referral = closed(case, pcpr, tomek)
    to_close = next(one for one in WORKLISTS.values() if one.name == "to-acknowledge")
    assert not to_close.rows(tomek, TODAY).exists()
    follow(client, case.requests.get())
    assert "Instytucja mówi, że pomoc została udzielona" in words(client.get(LIST))
    address = reverse("delivery:outcome", args=[referral.pk])
    assert client.post(address, {"helped": "no"}).status_code == 200
    assert fresh(referral).person_said == ""
    assert client.post(address, {"helped": "no", "text": "Nikt nie przyszedł."}).url == LIST
    referral = fresh(referral)
    assert (referral.status, referral.person_said, referral.acknowledged_at) == (S.COMPLETED, "disputed", None)
    assert list(to_close.rows(tomek, TODAY)) == [referral]
    assert Message.objects.to(tomek).filter(template="referral_person").count() == 1
    assert "Nikt" not in str(Message.objects.values_list("context"))
    assert "Nikt" not in str(history(referral).values_list("reason", "facts"))
    shown = words(sign_in(tomek).get(referral.get_absolute_url()))
    assert "Nikt nie przyszedł." in shown
    assert "osoba mówi inaczej" in shown
    referrals.acknowledge_outcome(referral, by=tomek, now=NOW, acknowledgement="Przyszli w środę.", person_told=True)
    assert not to_close.rows(tomek, TODAY).exists()
    (first,) = referral.closings.all()
    assert (first.closed_at, first.closed_by, first.acknowledgement) == (NOW, tomek, "Balkonik jest.")
    shown = words(sign_in(tomek).get(referral.get_absolute_url()))
    assert shown.index("Balkonik jest.") < shown.index("Przyszli w środę.")
    assert shown.count("Zamknięto skierowanie") == 2  # in the history, with its days and persons
    theirs = words(sign_in(ewa).get(referral.get_absolute_url()))
    assert [said in theirs for said in ("Balkonik jest.", "Przyszli w środę.")] == [False, False]


def test_an_objection_after_the_case_is_closed_is_heard(case, pcpr, tomek, beata, client, sign_in):
    referral = closed(case, pcpr, tomek)
    Case.objects.filter(pk=case.pk).update(status="closed", closed_on=TODAY, close_reason="moved")
    follow(client, case.requests.get())
    address = reverse("delivery:outcome", args=[referral.pk])
    assert client.post(address, {"helped": "no", "text": "Nikt nie przyszedł."}).url == LIST
    assert "inaczej" in words(client.get(LIST))
    said = fresh(referral)
    assert (said.person_said, said.person_words) == ("disputed", "Nikt nie przyszedł.")
    assert (said.acknowledged_at, said.respond_by) == (referral.acknowledged_at, referral.respond_by)
    told = Message.objects.filter(template="referral_person", about_id=referral.pk)
    assert set(told.values_list("recipient_id", flat=True)) == {tomek.pk, beata.pk}
    for user in (tomek, beata):
        assert "Nikt nie przyszedł." in words(sign_in(user).get(referral.get_absolute_url()))


def test_the_page_of_the_request_asks_whether_the_help_came_until_the_person_has_said(
    case, pcpr, clinic, holder, client
):
    referral = make_referral(case, pcpr, status=S.COMPLETED)
    make_referral(case, clinic, status=S.COMPLETED, confidentiality="protected")
    follow(client, case.requests.get())
    page = reverse("residents:request_status")
    assert "Powiedz, czy tak było" in words(client.get(page))
    confirm_outcome(fresh(referral), by=holder, now=NOW)
    assert "Powiedz, czy tak było" not in words(client.get(page))


def test_what_the_person_says_is_not_for_the_institution(case, pcpr, ewa, tomek, holder, sign_in):
    referral = make_referral(case, pcpr, status=S.COMPLETED, opened=True)
    dispute_outcome(fresh(referral), by=holder, now=NOW, text="Nikt nie przyszedł.")
    shown = words(sign_in(ewa).get(referral.get_absolute_url()))
    assert "Nikt nie przyszedł" not in shown
    assert "osoba mówi inaczej" not in shown


def test_a_word_is_given_once(case, pcpr, tomek, holder, client):
    referral = closed(case, pcpr, tomek)
    confirm_outcome(referral, by=holder, now=NOW)
    assert (referral.person_said, referral.acknowledged_at) == ("confirmed", NOW)
    with pytest.raises(TransitionNotAllowed):
        dispute_outcome(fresh(referral), by=holder, now=NOW, text="Jednak nie.")
    follow(client, case.requests.get())
    address = reverse("delivery:outcome", args=[referral.pk])
    for method in (client.get, client.post):  # pressed twice, or come back to
        assert "Oto stan na teraz" in words(method(address, {"helped": "yes"}, follow=True))
    assert fresh(referral).person_said_at == NOW


def test_the_person_withdraws_a_referral_and_both_sides_learn_of_it(case, pcpr, ewa, tomek, client):
    referral = make_referral(case, pcpr, status=S.ACCEPTED)
    follow(client, case.requests.get())
    address = reverse("delivery:give_up", args=[referral.pk])
    assert client.get(address).status_code == 200
    assert fresh(referral).status == S.ACCEPTED
    assert client.post(address).url == LIST
    assert "Oto stan na teraz" in words(client.post(address, follow=True))
    assert history(referral).filter(action="referral.withdraw").count() == 1
    referral = fresh(referral)
    assert (referral.status, referral.is_shown_to_receiver()) == (S.WITHDRAWN, False)
    assert history(referral).first().actor_label == "mieszkaniec (numer i kod)"
    assert Message.objects.to(ewa).filter(template="referral_withdrawn").exists()
    assert Message.objects.to(tomek).filter(template="referral_person").exists()


@pytest.mark.parametrize("why", ["restricted", "another's", "statute", "notice", "draft", "error"])
def test_what_is_not_the_persons_to_see_is_not_there(why, case, pcpr, tomek, kasia, client):
    """A protected referral never appears, nor does what a statute asks for without the person."""
    request, facts, status = case.requests.get(), {}, S.COMPLETED
    if why == "another's":
        make_referral(make_case(kasia), pcpr, status=S.COMPLETED)
    else:
        facts = {"statute": {"statute": "ustawa, art. 9d"}, "notice": {"kind": "statutory_notice"}}.get(why, {})
        if why == "notice":
            facts |= {"statute": "ustawa, art. 9d"}
        status = {"draft": S.DRAFT, "error": S.ENTERED_IN_ERROR}.get(why, status)
        make_referral(case, pcpr, status=status, **facts)
    referral = Referral.objects.get()
    holder = holder_of(request)
    if why == "restricted":
        restrict_file(case.resident, kind="violence", by=tomek, now=NOW)
    follow(client, request)
    assert pcpr.name not in words(client.get(LIST))
    for name in ("outcome", "give_up"):
        assert client.post(reverse(f"delivery:{name}", args=[referral.pk]), {"helped": "yes"}).status_code == 404
    if why not in ("draft", "error"):
        with pytest.raises(PermissionDenied):
            confirm_outcome(fresh(referral), by=holder, now=NOW)
        with pytest.raises(PermissionDenied):
            give_up_referral(fresh(referral), by=holder, now=NOW)


def test_the_service_is_called_as_the_reader_knows_it(case, pcpr, client):
    speech = make_service("Logopeda")
    ServiceText.objects.create(service=speech, language="uk", plain_name="Логопед")
    publish_again(speech)
    make_referral(case, pcpr, service=speech)
    page = words(follow(client, case.requests.get()).get(f"/uk{LIST}"))
    assert "<p>Логопед</p>" in page
    assert "Logopeda" not in page
    assert '<p><span lang="pl">Logopeda</span></p>' in words(client.get(f"/en{LIST}"))


def test_the_page_has_no_more_queries_for_more_referrals(case, clinic, pcpr, client, django_assert_max_num_queries):
    follow(client, case.requests.get())
    make_referral(case, pcpr)
    with django_assert_max_num_queries(12) as first:
        client.get(LIST)
    make_referral(case, clinic)
    with django_assert_max_num_queries(len(first)):
        client.get(LIST)


def test_case_57_what_is_bounced_among_three_is_one_chain_and_the_person_sees_its_end(case, pcpr, tomek, client):
    referral = make_referral(case, pcpr)
    for facts in (personas.CLINIC, personas.COUNSELLING):
        other = personas.institution(facts)
        make_consent(case, other)
        by = worker_of(referral.receiver)
        referral = redirect_referral(fresh(referral), receiver=other, reason="nie nasze", by=by, now=NOW)
    assert [link.receiver.short_name for link in chain_before(fresh(referral))] == ["SP ZOZ", "PCPR"]
    shown = words(follow(client, case.requests.get()).get(LIST))
    assert referral.receiver.name in shown
    assert pcpr.name not in shown


# -- who is told ----------------------------------------------------------------------------------------------
def case_of_who_reads_mail(coordinator, **facts):
    case = make_case(coordinator, **facts)
    filer, _new = RequestParty.objects.get_or_create(request=case.requests.get(), role=RequestParty.Role.APPLICANT)
    filer.email = MAILBOX
    filer.save()
    return case


# The person agreed to the sending a moment ago, took the consent back, or is spared a slip of the pen.
NO_NEWS = {"send", "pass_on", "stop", "discard"}


def test_the_person_learns_of_each_change_of_the_state_that_there_is_news_and_nothing_more(
    tomek, pcpr, ewa, mailoutbox
):
    case = case_of_who_reads_mail(tomek)
    make_consent(case, personas.institution(personas.ROPS))
    moves = [step for step in REFERRAL if step.target != STAY and step.name not in NO_NEWS]
    movers = {"reply": tomek, "withdraw": tomek, "expire": SystemActor()}
    rows = {step.name: make_referral(case, pcpr, status=step.sources[0]) for step in moves}
    news = Message.objects.filter(template="help_news")
    for name, referral in rows.items():
        before = news.count()
        CALLS[name](fresh(referral), movers.get(name, ewa))
        assert news.count() == before + 1, name
    deliver_due(lambda: at(date(2099, 1, 1)))
    letters = [letter for letter in mailoutbox if letter.to == [MAILBOX] and "Zmieniło się coś" in letter.body]
    assert len(letters) >= len(moves)
    for letter in letters:
        assert case.requests.get().reference in letter.body
        for secret in (pcpr.name, pcpr.short_name, "S/2026", "Wilga", "Brak miejsc"):
            assert secret not in letter.body + letter.subject


def test_who_gives_a_referral_up_gets_no_mail_about_the_own_act(tomek, pcpr):
    case = case_of_who_reads_mail(tomek)
    give_up_referral(make_referral(case, pcpr), by=holder_of(case.requests.get()), now=NOW)
    assert not Message.objects.filter(template="help_news").exists()


@pytest.mark.parametrize("why", ["protected", "restricted", "statute", "discreet"])
def test_nothing_is_written_to_the_person_where_others_may_read_it(why, tomek, pcpr, ewa, mailoutbox):
    case = case_of_who_reads_mail(tomek, safe_contact=why == "discreet")
    facts = {"protected": {"confidentiality": "protected"}, "statute": {"statute": "ustawa, art. 9d"}}.get(why, {})
    referral = make_referral(case, pcpr, **facts)
    if why == "restricted":
        restrict_file(case.resident, kind="violence", by=tomek, now=NOW)
    referrals.accept_referral(fresh(referral), by=ewa, now=NOW, planned_start_on=TODAY)
    deliver_due(lambda: at(date(2099, 1, 1)))
    assert [letter for letter in mailoutbox if letter.to == [MAILBOX]] == []


def test_case_66_who_waits_is_asked_herself_and_answers_on_her_page(tomek, pcpr, ewa, client, mailoutbox, time_machine):
    case = case_of_who_reads_mail(tomek)
    referral = make_referral(case, pcpr, status=S.WAITLISTED)
    request = case.requests.get()
    follow(client, request)
    assert "Tak, nadal czekam" not in words(client.get(LIST))
    asked_on = referral.respond_by + timedelta(days=1)
    time_machine.move_to(at(asked_on), tick=False)
    send_due_reminders(on=asked_on, now=at(asked_on))
    deliver_due(lambda: at(asked_on))
    [letter] = [letter for letter in mailoutbox if letter.to == [MAILBOX] and "czekasz" in letter.body.lower()]
    assert request.reference in letter.body
    assert referral.number not in letter.body
    follow(client, request)
    assert "Tak, nadal czekam" in words(client.get(LIST))
    address = reverse("delivery:wait", args=[referral.pk])
    assert client.get(address).status_code == 405
    assert client.post(address).url == LIST
    referral = fresh(referral)
    assert (referral.status, referral.respond_by > asked_on + timedelta(days=25)) == (S.WAITLISTED, True)
    assert history(referral).first().actor_label == "mieszkaniec (numer i kod)"
    assert "Tak, nadal czekam" not in words(client.get(LIST))


def test_who_waits_for_what_is_protected_is_not_asked_by_mail(tomek, pcpr, ewa, client):
    case = case_of_who_reads_mail(tomek)
    referral = make_referral(case, pcpr, status=S.WAITLISTED, confidentiality="protected")
    later = referral.respond_by + timedelta(days=1)
    assert {row.reminder.name for row in due_reminders(later) if row.obj == referral} == {"referral_still_wanted"}
    follow(client, case.requests.get())
    assert client.post(reverse("delivery:wait", args=[referral.pk])).status_code == 404
    assert fresh(referral).respond_by == referral.respond_by


def test_what_the_person_says_otherwise_heads_the_senders_page_until_it_is_closed_anew(
    case, clinic, tomek, holder, sign_in
):
    referral = make_referral(case, clinic, status=S.COMPLETED)
    client = sign_in(tomek)
    assert "przyjmij wynik" in heading(client, referral)
    dispute_outcome(referral, by=holder, now=NOW, text="Nikt nie przyszedł.")
    assert heading(client, referral).startswith("Osoba mówi, że było inaczej: wyjaśnij to do ")
    closed = {"acknowledgement": "Szukamy kogoś innego.", "person_told": True}
    referrals.acknowledge_outcome(fresh(referral), by=tomek, now=NOW, **closed)
    assert "Osoba mówi" not in heading(client, referral)


def heading(client, referral):
    page = client.get(referral.get_absolute_url()).content.decode()
    return page.partition("<h1")[2].partition(">")[2].partition("</h1>")[0].strip()
