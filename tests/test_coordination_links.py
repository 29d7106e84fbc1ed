"""A receiver without an account: the link in the mail, what it opens, and all the ways in which it opens nothing."""

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.test import Client
from django.urls import reverse

from coordination import links
from coordination.actions import referrals
from coordination.actions.links import open_link
from coordination.expiry import shut_ended
from coordination.models import Referral, ReferralLink
from coordination.models.link import LINK_SALT
from coordination.reminders import send_due_reminders
from cus_portal.audit.log import history
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import restrict_file
from residents.models import Consent
from tests import personas
from tests.coordination_world import make_case, make_consent, make_draft
from tests.factories import NOW, TODAY, at

pytestmark = pytest.mark.django_db
S = Referral.Status
DAY = timedelta(days=1)
PERSONAL = ("Krystyna", "Wilga", "600 100 200", "Lipowa", "Balkonik", "balkonik", "48030500029")


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic():
    return personas.institution(personas.CLINIC)


@pytest.fixture
def sent(case, clinic, tomek):
    """A referral sent to an institution at which nobody has an account."""
    return referrals.send_referral(make_draft(case, clinic), by=tomek, now=NOW)


def deliver_all():
    """Send what the outbox holds, whatever the database's own clock says."""
    deliver_due(now=lambda: NOW + 36500 * DAY)


def link_in(message):
    return re.search(r"http://[^/]+(/skierowanie/link/\S+)", message.body)[1]


def mailed_link():
    deliver_all()
    return link_in(mail.outbox[-1])


def fresh(referral):
    return Referral.objects.select_related("case", "receiver", "consent").get(pk=referral.pk)


@pytest.fixture
def way(sent):
    return mailed_link()


@pytest.fixture
def inside(client, way):
    """A browser that came by the link."""
    assert client.post(way).status_code == 302
    return client


def page(referral):
    return reverse("referral_link:referral", args=[referral.pk])


def move(referral, name):
    return reverse("referral_link:move", args=[referral.pk, name])


def act(client, referral, name, **said):
    return client.post(move(referral, name), {"version": fresh(referral).version, **said})


def is_gone(answer):
    words = answer.content.decode()
    shows_nothing = not any(word in words for word in (*PERSONAL, "S/2026"))
    return answer.status_code == 404 and "Ten link już się nie otwiera" in words and shows_nothing


# -- the mail ---------------------------------------------------------------------------------------
def test_the_mail_goes_to_the_address_on_record_and_says_nothing_of_the_person(sent, clinic):
    deliver_all()
    assert [message.to for message in mail.outbox] == [[clinic.email]]
    whole = str(mail.outbox[0].message())
    assert not any(word in whole for word in PERSONAL)
    link = ReferralLink.objects.get()
    assert (link.address, link.last_day, link.used_at) == (clinic.email, TODAY + 30 * DAY, None)


def test_nothing_in_the_database_opens_a_referral(sent, way):
    secret = way.split("/")[-2]
    stored = str(list(Message.objects.values())) + str(list(ReferralLink.objects.values()))
    stored += str(list(AuditEvent.objects.values()))
    assert secret not in stored
    assert secret.rpartition(":")[2] not in stored


def test_where_no_message_reaches_the_receiver_the_sender_is_told_to_call(case, clinic, tomek, sign_in):
    type(clinic).objects.filter(pk=clinic.pk).update(email="", phone="81 000 00 01")
    clinic.refresh_from_db()
    draft, told = make_draft(case, clinic), "żadna wiadomość do niej nie dotrze. Zadzwoń pod numer 81 000 00 01"
    client = sign_in(tomek)
    for address in (reverse("coordination:referral_drafts", args=[case.pk]), draft.get_absolute_url()):
        assert told in client.get(address).content.decode()
    sent = referrals.send_referral(draft, by=tomek, now=NOW)
    assert told in client.get(sent.get_absolute_url()).content.decode()
    Referral.objects.filter(pk=sent.pk).update(status=S.ACCEPTED)
    assert "Powiedz tam, co się zmienia." in client.get(sent.get_absolute_url()).content.decode()
    personas.person("bartek")  # has an account there
    assert "żadna wiadomość" not in client.get(sent.get_absolute_url()).content.decode()


def test_whoever_has_an_account_gets_no_link(case, clinic, bartek, tomek):
    referrals.send_referral(make_draft(case, clinic), by=tomek, now=NOW)
    assert not ReferralLink.objects.exists()
    deliver_all()
    assert all("/praca/skierowania/" in message.body for message in mail.outbox)


def test_a_referral_of_a_restricted_file_is_never_sent_by_a_link(case, clinic, tomek, client):
    draft = make_draft(case, clinic)
    restrict_file(case.resident, kind="violence", by=tomek, now=NOW)
    sent = referrals.send_referral(fresh(draft), by=tomek, now=NOW)
    deliver_all()
    assert not ReferralLink.objects.exists()
    body = mail.outbox[-1].body
    assert "/skierowanie/" not in body
    assert "Nie otwiera się tego z maila" in body
    client.post(links.path_to_ask(sent.pk))
    assert not ReferralLink.objects.exists()


# -- the way in -------------------------------------------------------------------------------------
def test_a_visit_changes_nothing_and_the_press_opens(client, sent, way):
    for method in (client.get, client.head, client.get):
        assert method(way).status_code == 200
    words = client.get(way).content.decode()
    assert not any(word in words for word in (*PERSONAL, sent.number))
    assert (fresh(sent).opened_at, ReferralLink.objects.get().used_at) == (None, None)
    answer = client.post(way)
    assert (answer.status_code, answer.url) == (302, page(sent))
    referral = fresh(sent)
    assert (referral.opened_at, referral.opened_by) == (NOW, None)
    event = history(sent).get(action="referral.open")
    assert event.actor_label == "SP ZOZ, przez link wysłany na spzoz@demo.example"
    assert AuditEvent.objects.filter(action="read", object_id=sent.pk).count() == 0
    assert "Krystyna" in client.get(answer.url).content.decode()
    assert AuditEvent.objects.get(action="read", object_id=sent.pk).actor_label == event.actor_label


def test_no_cache_no_search_engine_and_no_other_site_learns_of_it(inside, sent, way):
    for address in (way, page(sent), move(sent, "ask")):
        answer = inside.get(address, follow=True)
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_a_link_reused_or_forwarded_lets_in_the_first_browser_only(inside, sent, way):
    """Before that one has answered, and after."""
    for answer in ({}, {"planned_start_on": "13.11.2026"}):
        if answer:
            act(inside, sent, "accept", **answer)
        assert inside.get(way).url == page(sent)
        other = Client()
        assert is_gone(other.get(way))
        assert is_gone(other.post(way))
        assert is_gone(other.get(page(sent)))
        assert is_gone(act(other, sent, "reject", reject_reason="no_place", closing_note="x"))
    assert fresh(sent).status == S.ACCEPTED
    assert history(sent).filter(action="referral.open").count() == 1


def test_a_link_that_was_tampered_with_opens_nothing(client, sent, way):
    secret = way.split("/")[-2]
    forged = signing.dumps([sent.pk, str(ReferralLink.objects.get().key)], salt="another")
    guessed = signing.dumps([sent.pk, "00000000-0000-4000-8000-000000000000"], salt=LINK_SALT)
    for text in (secret[:-1], secret[1:], secret.swapcase(), "x", forged, guessed):
        address = reverse("referral_link:open", args=[text])
        assert is_gone(client.get(address))
        assert is_gone(client.post(address))
    assert fresh(sent).opened_at is None


@pytest.mark.parametrize(
    "ended", ["time", "address", "error", "consent", "restricted", "institution", "shut", "replaced"]
)
def test_a_link_that_has_expired_or_lost_what_it_rests_on_opens_nothing(
    ended, inside, sent, way, clinic, case, tomek, time_machine
):
    """Both the link and the browser that came by it."""
    ReferralLink.objects.update(used_at=None)
    if ended == "time":
        time_machine.move_to(NOW + 31 * DAY)
    elif ended == "address":
        type(clinic).objects.filter(pk=clinic.pk).update(email="inny@demo.example")
    elif ended == "error":
        referrals.discard_referral(fresh(sent), by=tomek, now=NOW, reason="pomyłka")
    elif ended == "consent":
        case.requests.get().consents.update(withdrawn_at=NOW, withdrawal_form="portal")
    elif ended == "restricted":
        restrict_file(case.resident, kind="violence", by=tomek, now=NOW)
    elif ended == "institution":
        type(clinic).objects.filter(pk=clinic.pk).update(is_active=False)
    elif ended == "shut":
        Referral.objects.filter(pk=sent.pk).update(ended_at=NOW - 31 * DAY)
        shut_ended(now=NOW)
    else:
        links.new_link(fresh(sent), on=TODAY)
    assert is_gone(inside.get(page(sent)))
    assert is_gone(act(inside, sent, "accept", planned_start_on="12.11.2026"))
    assert is_gone(Client().get(way))
    assert is_gone(Client().post(way))
    assert fresh(sent).status != S.ACCEPTED


def test_whoever_was_led_to_what_is_withdrawn_by_now_is_told_so(inside, sent, way, case, clinic, tomek, time_machine):
    """The link of the mail, used or not, and the browser that came by it. Of no other link more than before."""
    other = referrals.send_referral(make_draft(case, clinic), by=tomek, now=NOW)
    secret = mailed_link().split("/")[-2]
    referrals.withdraw_referral(fresh(sent), by=tomek, now=NOW, reason="zmiana w rodzinie")
    for client, address, days in ((inside, page(sent), 0), (Client(), way, 0), (Client(), way, 29)):
        time_machine.move_to(NOW + days * DAY, tick=False)
        answer = client.get(address)
        words = answer.content.decode()
        assert answer.status_code == 404
        assert "Wycofano je 12 listopada 2026. Nie trzeba już nic w tej sprawie robić." in words
        assert 'href="tel:' in words
        assert "/nowy-link/" not in words
        assert not any(word in words for word in (*PERSONAL, sent.number, "zmiana w rodzinie", case.case_sign))
    assert Client().post(way).text.count("Wycofano je") == 1
    forged = signing.dumps([sent.pk, str(ReferralLink.objects.get(referral=sent).key)], salt="another")
    for text in (way.split("/")[-2][:-1], forged, secret):
        assert is_gone(Client().get(reverse("referral_link:open", args=[text]))) == (text != secret)
    time_machine.move_to(NOW + 31 * DAY)
    for client, address in ((Client(), way), (Client(), page(sent)), (Client(), page(other))):
        assert is_gone(client.get(address))


def test_of_two_who_press_at_once_one_comes_in(sent):
    first, second = ReferralLink.objects.get(), ReferralLink.objects.get()
    open_link(first, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        open_link(second, now=NOW)
    assert history(sent).filter(action="referral.open").count() == 1


def test_a_link_to_what_rests_on_an_ended_consent_opens_nothing_and_is_not_used_up(case, sent, way, client, tomek):
    Consent.objects.update(valid_until=TODAY - DAY)
    answer = client.post(way).content.decode()
    assert "Zgoda tej osoby już wygasła" in answer
    assert not any(word in answer for word in PERSONAL)
    assert Message.objects.get(template="referral_consent_ended").recipient_id == tomek.pk
    make_consent(case, sent.receiver)
    assert client.post(way).status_code == 302


def test_after_two_hours_the_browser_is_asked_to_come_in_anew(inside, sent, time_machine):
    time_machine.move_to(NOW + timedelta(hours=2, minutes=1))
    answer = inside.get(page(sent))
    assert is_gone(answer)
    assert links.path_to_ask(sent.pk) in answer.content.decode()


def test_the_next_one_at_the_computer_sees_nothing_once_it_is_closed(inside, sent):
    assert inside.post(reverse("referral_link:leave", args=[sent.pk])).status_code == 302
    assert is_gone(inside.get(page(sent)))
    assert is_gone(Client().post(reverse("referral_link:leave", args=[sent.pk])))


# -- a new one --------------------------------------------------------------------------------------
def test_whoever_forwarded_a_link_gets_a_new_one_at_the_address_on_record_which_ends_the_first(
    client, sent, way, clinic
):
    gone = client.get(way.replace("/link/", "/link/x"))
    assert "nowy-link" not in gone.content.decode()
    client.post(way)
    other = Client()
    ask = links.path_to_ask(sent.pk)
    assert ask in other.get(way).content.decode()
    assert other.get(ask).status_code == 200
    assert other.post(ask).url == reverse("referral_link:sent")
    second = mailed_link()
    assert mail.outbox[-1].to == [clinic.email]
    assert second != way
    assert is_gone(client.get(page(sent)))
    assert other.post(second).url == page(sent)
    assert history(sent).filter(action="referral.link").count() == 1


def test_asking_says_the_same_whatever_there_is(client, sent, tomek):
    for which in (links.path_to_ask(sent.pk), links.path_to_ask(999), reverse("referral_link:ask", args=["x:y"])):
        assert client.post(which).url == reverse("referral_link:sent")
    assert Message.objects.filter(template="referral_link").count() == 1
    referrals.withdraw_referral(fresh(sent), by=tomek, now=NOW, reason="zmiana")
    client.post(links.path_to_ask(sent.pk))
    assert Message.objects.filter(template="referral_link").count() == 1


def test_nobody_fills_a_mailbox_by_asking(client, sent):
    answers = [client.post(links.path_to_ask(sent.pk)).status_code for _try in range(11)]
    assert answers == [302] * 10 + [429]
    assert Message.objects.filter(template="referral_link").count() == 5


def test_a_reminder_to_a_mailbox_leads_to_where_a_link_is_asked_for(client, sent):
    for days in range(1, 8):
        send_due_reminders(on=TODAY + days * DAY, now=at(TODAY + days * DAY))
    deliver_all()
    bodies = " ".join(message.body for message in mail.outbox if message.to == ["spzoz@demo.example"])
    assert links.path_to_ask(sent.pk) in bodies
    assert "/praca/" not in bodies


# -- what may be done -------------------------------------------------------------------------------
def test_the_whole_way_from_question_to_outcome(inside, sent, tomek, time_machine):
    """The same moves and forms as with an account; a new mail lets in anew."""
    assert act(inside, sent, "ask", text="Czy jest orzeczenie?").url == page(sent)
    assert fresh(sent).status == S.INFO_REQUESTED
    note = sent.notes.get()
    assert (note.author, note.author_name) == (None, "SP ZOZ, przez link wysłany na spzoz@demo.example")
    referrals.reply_to_receiver(fresh(sent), by=tomek, now=NOW, text="Tak.")
    second = mailed_link()
    assert is_gone(inside.get(page(sent)))
    assert inside.post(second).url == page(sent)
    assert "Czy jest orzeczenie?" in inside.get(page(sent)).content.decode()
    act(inside, sent, "accept", planned_start_on="13.11.2026")
    act(inside, sent, "start", first_contact_on="12.11.2026")
    act(inside, sent, "hold", cause="person", reason="szpital", review_on="20.11.2026")
    act(inside, sent, "resume")
    act(inside, sent, "report", text="Idzie dobrze.")
    act(inside, sent, "complete", outcome="met", outcome_on="12.11.2026", closing_note="Balkonik dostarczony.")
    assert fresh(sent).status == S.COMPLETED
    moves = list(history(sent).filter(actor_label__contains="link").order_by("pk").values_list("action", flat=True))
    names = ("open", "ask", "accept", "start", "hold", "resume", "report", "complete")
    assert moves == [f"referral.{name}" for name in names]
    assert Message.objects.to(tomek).filter(template="referral_answered").exists()


def test_it_is_passed_on_by_a_link_and_the_next_gets_a_link_of_his_own(inside, sent, case):
    other = personas.institution(personas.COUNSELLING)
    make_consent(case, other)
    act(inside, sent, "redirect", receiver=other.pk, reason="to zadanie poradni")
    child = Referral.objects.get(parent=sent)
    assert child.link.address == other.email
    assert is_gone(inside.get(page(child)))
    assert not links.holder_of(ReferralLink.objects.get(referral=sent)).has_perm("coordination.answer_referral", child)


def test_a_refusal_by_link_has_its_reason(inside, sent):
    assert act(inside, sent, "reject", closing_note="Brak.").status_code == 200
    act(inside, sent, "reject", reject_reason="no_place", closing_note="Brak miejsc.", ask_instead="Caritas")
    assert fresh(sent).status == S.REJECTED


def test_what_is_the_senders_is_nobodys_by_a_link(inside, sent):
    for name in ("withdraw", "reply", "acknowledge", "discard", "still_wanted"):
        assert act(inside, sent, name, reason="x", text="x").status_code == 403, name
    assert act(inside, sent, "nonsense").status_code == 404
    assert fresh(sent).status == S.SENT


def test_a_link_opens_its_one_referral_and_no_other_room(inside, sent, case, clinic, tomek):
    second = referrals.send_referral(make_draft(make_case(tomek), clinic, need="Coś innego."), by=tomek, now=NOW)
    assert is_gone(inside.get(page(second)))
    assert is_gone(act(inside, second, "accept", planned_start_on="13.11.2026"))
    holder = links.holder_of(ReferralLink.objects.get(referral=sent))
    assert holder.has_perm("coordination.answer_referral", fresh(sent))
    assert not holder.has_perm("coordination.answer_referral", fresh(second))
    assert not holder.has_perm("coordination.view_referral", fresh(sent))
    for address in (
        reverse("coordination:inbox"),
        sent.get_absolute_url(),
        case.get_absolute_url(),
        reverse("coordination:dashboard"),
    ):
        assert inside.get(address).status_code == 302, address


def test_the_page_shows_what_was_chosen_and_not_how_it_was_written(inside, sent):
    words = inside.get(page(sent)).content.decode()
    assert "Krystyna Wilga" in words
    for hidden in ("Lipowa", "48030500029", "Mieszkam sama", "CUS.4010", "szkic"):
        assert hidden not in words


def test_the_coordinator_sees_where_the_link_went_and_whether_it_was_used(sent, way, client, sign_in, tomek):
    words = sign_in(tomek).get(sent.get_absolute_url()).content.decode()
    assert "spzoz@demo.example" in words
    assert "Jeszcze nieużyty" in words
    Client().post(way)
    words = sign_in(tomek).get(sent.get_absolute_url()).content.decode()
    assert "Jeszcze nieużyty" not in words


def test_a_stale_page_has_no_effect_and_says_who_was_faster(inside, sent, tomek):
    stale = fresh(sent).version
    act(inside, sent, "accept", planned_start_on="13.11.2026")
    answer = inside.post(
        move(sent, "reject"), {"version": stale, "reject_reason": "already_served", "closing_note": "x"}
    )
    assert answer.status_code == 200
    assert "przez link" in answer.content.decode()
    assert fresh(sent).status == S.ACCEPTED
