"""Mails that did not arrive: refused at once, or come back later; shown, sent again, put aside."""

import socketserver
import threading
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction

from coordination.reminders import due_reminders
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.bounces import Bounce, collect_bounces, note_bounce, read_report
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from cus_portal.notifications.tasks import collect
from cus_portal.timetable import TIMETABLE
from residents.actions import correct_contact, identify_person, resend_mails, restrict_file, see_to_mails
from residents.actions.people import add_contact
from residents.models import RequestParty, ServiceRequest
from tests import personas
from tests.desk import INDEX, QUEUE, page, words
from tests.factories import NOW, TODAY, holder_of, make_request
from tests.intake import MAIL

pytestmark = pytest.mark.django_db

REPORT = """From: MAILER-DAEMON@mail.example
To: zwroty@cus.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=utf-8

This is the mail system. Your message could not be delivered.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; krystyna@demo.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 User unknown
--B
Content-Type: {kind}

From: cus@cusbelzyce.pl
Message-ID: <message-{number}@{domain}>
Subject: x

--B--
"""


def report(number, *, action="failed", status="5.1.1", kind="message/rfc822", domain="cusbelzyce.pl"):
    text = REPORT.format(number=number, action=action, status=status, kind=kind, domain=domain)
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
def request_mailed():
    """A request whose receipt went out by mail."""
    request = make_request(applicant=MAIL)
    assert deliver_due() == 1
    return request


def mail_of(request):
    return Message.objects.to(request).get()


# -- the reports --------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_the_mail_and_the_reason(kind):
    found = read_report(report(12, kind=kind))
    assert (found.message, found.code) == (12, "5.1.1")


@pytest.mark.parametrize(
    "raw",
    [
        report(12, action="delayed", status="4.4.1"),
        report(12, action="delivered", status="2.0.0"),
        report(12, domain="elsewhere.example"),
        report("12x"),
        b"",
        b"\x00\xff\xfe not a mail at all",
        b"From: a@example\r\nSubject: Jestem na urlopie\r\n\r\nMessage-ID: <message-12@cusbelzyce.pl>",
        b"Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\n--B--",
    ],
)
def test_what_is_no_report_of_a_failure_of_ours_says_nothing(raw):
    assert read_report(raw) is None


# -- the mailbox --------------------------------------------------------------------------------
class Pop3(socketserver.StreamRequestHandler):
    """What RFC 1939 asks of a server for USER, PASS, LIST, RETR, DELE and QUIT."""

    def handle(self):
        mails, gone = self.server.mails, set()
        self.say("+OK ready")
        while line := self.rfile.readline().decode().strip():
            name, _space, rest = line.partition(" ")
            if name == "PASS" and rest != "hasło z ł":
                self.say("-ERR wrong password")
            elif name == "LIST":
                self.say("+OK", *(f"{number} {len(raw)}" for number, raw in enumerate(mails, 1)), ".")
            elif name == "RETR":
                self.say("+OK")
                self.wfile.write(mails[int(rest) - 1].replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
            elif name == "DELE":
                gone.add(int(rest))
                self.say("+OK")
            elif name == "QUIT":
                self.server.mails = [raw for number, raw in enumerate(mails, 1) if number not in gone]
                self.say("+OK")
                return
            else:
                self.say("+OK")

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@pytest.fixture
def mailbox(settings):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Pop3) as server:
        server.mails = []
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings.BOUNCE_MAILBOX = f"pop3://zwroty:has%C5%82o%20z%20%C5%82@127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()


def test_reports_are_taken_out_of_the_mailbox_and_other_mails_are_left_to_people(mailbox, request_mailed):
    letter = b"From: a@example\r\nSubject: pytanie\r\n\r\nDzien dobry\r\n.kropka"
    mailbox.mails = [letter, report(mail_of(request_mailed).pk), report(999_999)]
    assert collect_bounces(now=NOW) == 1
    row = mail_of(request_mailed)
    assert (row.bounce_code, row.bounced_at) == ("5.1.1", NOW)
    assert mailbox.mails == [letter]
    assert collect_bounces(now=NOW) == 0


def test_the_same_report_twice_marks_once_and_a_mail_that_never_left_is_not_marked(mailbox, request_mailed):
    waiting = make_request(applicant=MAIL)
    mailbox.mails = [report(mail_of(request_mailed).pk)] * 2 + [report(mail_of(waiting).pk)]
    assert collect_bounces(now=NOW) == 1
    assert mail_of(waiting).bounced_at is None


def test_a_mailbox_that_is_away_or_shut_stops_nothing(mailbox, settings):
    mailbox.mails = [report(1)]
    settings.BOUNCE_MAILBOX = settings.BOUNCE_MAILBOX.replace("zwroty:", "zwroty:x")
    assert collect_bounces(now=NOW) == 0
    settings.BOUNCE_MAILBOX = "pop3://a:b@127.0.0.1:1"
    assert collect_bounces(now=NOW) == 0
    settings.BOUNCE_MAILBOX = ""
    assert collect_bounces(now=NOW) == 0
    assert TIMETABLE["collect-bounces"]["task"] == collect.name


# -- the way out --------------------------------------------------------------------------------
def test_mails_ask_for_reports_at_the_address_kept_for_them(settings):
    settings.BOUNCE_ADDRESS = "zwroty@cus.example"
    make_request(applicant=MAIL)
    deliver_due()
    sent = mail.outbox[0]
    assert sent.from_email == "zwroty@cus.example"  # the envelope
    assert sent.message()["From"] == settings.DEFAULT_FROM_EMAIL


class Refusing(EmailBackend):
    code = 550

    def send_messages(self, messages):
        raise SMTPRecipientsRefused({messages[0].to[0]: (self.code, b"5.1.1 no such user")})


class Busy(Refusing):
    code = 450


def test_an_address_refused_for_good_is_given_up_at_once_and_a_busy_server_is_tried_again(settings):
    settings.EMAIL_BACKEND = "tests.test_bounces.Refusing"
    refused = make_request(applicant=MAIL)
    deliver_due()
    assert (mail_of(refused).dead_at is not None, mail_of(refused).bounce_code) == (True, "550")
    settings.EMAIL_BACKEND = "tests.test_bounces.Busy"
    busy = make_request(applicant=MAIL)
    deliver_due()
    assert (mail_of(busy).dead_at, mail_of(busy).attempts) == (None, 1)


def test_a_mail_comes_back_only_after_it_was_sent():
    make_request(applicant=MAIL)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(bounced_at=NOW)


# -- the desk -----------------------------------------------------------------------------------
@pytest.fixture
def lost(request_mailed):
    Message.objects.to(request_mailed).update(bounced_at=NOW, bounce_code="5.1.1")
    return request_mailed


def test_case_52_a_mail_that_came_back_is_shown_on_the_request_and_on_the_first_page(lost, sign_in, ola):
    client = sign_in(ola)
    other = make_request()
    shown = words(client.get(page(lost)))
    assert "nie doszedł" in shown
    assert "5.1.1" in shown
    assert "maile, które nie doszły" in words(client.get(INDEX))
    listed = words(client.get(QUEUE + "?mail=lost&state=all"))
    assert lost.reference in listed
    assert other.reference not in listed


def test_after_the_contact_was_mended_the_mail_goes_to_the_new_address(lost):
    contact = {"contact_by": "email", "contact_note": "", "safe_contact": False, "leave_no_message": False}
    contact |= {"if_others_answer": "", "phone": "", "email": "nowy@demo.example", "address": "", "postal_code": ""}
    correct_contact(lost, contact=contact, by=holder_of(lost), now=NOW)
    assert not ServiceRequest.objects.with_undelivered_mail().exists()
    assert deliver_due() == 1
    assert mail.outbox[-1].to == ["nowy@demo.example"]


def test_where_the_address_was_taken_off_the_mail_is_put_aside(lost):
    contact = {"contact_by": "phone", "contact_note": "", "safe_contact": False, "leave_no_message": False}
    contact |= {"if_others_answer": "", "phone": "600 1", "email": "", "address": "", "postal_code": ""}
    correct_contact(lost, contact=contact, by=holder_of(lost), now=NOW)
    assert mail_of(lost).seen_to_at == NOW
    assert deliver_due() == 0


def test_case_52_an_address_that_refused_a_mail_is_no_verified_contact_any_more(lost, sign_in, ola):
    Message.objects.update(bounced_at=None)
    identify_person(lost, resident=None, by=ola, now=NOW)
    person = lost.resident
    add_contact(person, kind="phone", value="600 100 200", whose="own", by=ola, now=NOW)
    add_contact(person, kind="email", value=MAIL["email"].upper(), whose="own", by=ola, now=NOW)
    person.contacts.update(verified_on=TODAY)
    bounce = Bounce(message=mail_of(lost).pk, code="5.1.1")
    assert [note_bounce(bounce, now=NOW), note_bounce(bounce, now=NOW)] == [1, 0]
    assert dict(person.contacts.values_list("kind", "verified_on")) == {"phone": TODAY, "email": None}
    assert AuditEvent.objects.about(person).filter(action="resident.contact_failed").count() == 1
    person.contacts.filter(kind="email").update(value=MAIL["email"])
    assert "maile tu nie dochodzą" in words(sign_in(ola).get(page(person)))


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"phone": "600 100 200"}, "zadzwoń: 600 100 200"),
        ({"phone": "", "address": "Lipowa 7"}, "napisz list"),
        ({"phone": "", "address": ""}, "nie znamy innego kontaktu"),
    ],
)
def test_the_list_of_those_whom_no_mail_reached_says_what_to_do_instead(lost, sign_in, ola, known, told):
    RequestParty.objects.filter(request=lost).update(**known)
    client = sign_in(ola)
    assert told in words(client.get(QUEUE + "?mail=lost&state=all"))
    assert told in words(client.get(page(lost)))


def test_a_mail_is_not_sent_again_where_contact_became_discreet(lost, ola):
    ServiceRequest.objects.filter(pk=lost.pk).update(safe_contact=True)
    resend_mails(lost, by=ola, now=NOW)
    assert deliver_due() == 0
    assert mail_of(lost).dropped_at


def test_what_the_person_knows_by_other_means_is_put_aside(lost, ola):
    see_to_mails(lost, by=ola, now=NOW)
    assert not Message.objects.undelivered().exists()
    assert deliver_due() == 0


def test_case_9_a_lost_mail_of_a_restricted_file_is_seen_to_by_its_people_only(lost, sign_in, tomek, kasia):
    restrict_file(lost, kind="violence", by=tomek, now=NOW)
    restricted = ServiceRequest.objects.get(pk=lost.pk)
    assert restricted.reference not in words(sign_in(kasia).get(QUEUE + "?mail=lost&state=all"))
    for act in (resend_mails, see_to_mails):
        with pytest.raises(PermissionDenied):
            act(restricted, by=personas.person("kasia"), now=NOW)


def test_who_keeps_the_outbox_is_reminded_and_sends_again(lost, sign_in, beata):
    due = [row for row in due_reminders(TODAY + timedelta(days=1)) if row.reminder.name == "mail_not_arrived"]
    assert [row.recipient for row in due] == [beata]
    row = mail_of(lost)
    client = sign_in(beata)
    assert client.get(f"/admin/notifications/message/{row.pk}/change/").status_code == 200
    client.post(f"/admin/notifications/message/{row.pk}/move/again/")
    assert Message.objects.unsent().get() == row
