"""Events for the programs of other institutions: who is told what, signed how, and where no call ever goes."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from coordination.actions import referrals
from coordination.actions.webhooks import add_webhook, renew_secret, switch_off, switch_on, try_webhook
from coordination.models import Referral, Webhook, WebhookCall
from coordination.models.webhook import callable_address
from coordination.webhooks import tell_coordinator
from cus_portal import outgoing
from cus_portal.accounts.actors import SystemActor
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import MAX_ATTEMPTS, Message
from cus_portal.notifications.outbox import deliver_due, send_again
from residents.actions import restrict_file
from tests.coordination_world import make_draft, make_referral
from tests.factories import NOW, TODAY
from tests.partner_world import Program, make_webhook

pytestmark = pytest.mark.django_db
PERSONAL = ("Krystyna", "Wilga", "600 100 200", "Lipowa", "Balkonik")


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def program(tmp_path, settings, monkeypatch, beata):
    settings.OUTGOING_NETWORKS = ["127.0.0.0/8"]
    with Program(tmp_path) as program:
        monkeypatch.setenv("SSL_CERT_FILE", str(program.certificate))
        yield program


def call_at(moment):
    Message.objects.filter(attempts=0).update(due_at=NOW)  # the database's clock is another
    return deliver_due(lambda: moment, by_mail=False)


def told(program):
    return [json.loads(body) for _path, _headers, body in program.calls]


def is_signed(headers, body, secret):
    """Check a call as Standard Webhooks tells the receiver to."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mine = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{mine}" in headers["webhook-signature"].split()


# -- what is told ---------------------------------------------------------------------------------
def test_each_move_is_told_to_the_receivers_program_thin_and_signed(program, case, pcpr, ewa, tomek):
    _webhook, secret = make_webhook(pcpr, program.url)
    referral = make_referral(case, pcpr)
    referrals.accept_referral(referral, by=ewa, now=NOW, planned_start_on=TODAY)
    referrals.withdraw_referral(referral, by=tomek, now=NOW, reason="x")
    sent, accepted, gone = WebhookCall.objects.order_by("pk")
    assert call_at(NOW) == 3
    where = {"id": str(referral.pk), "number": referral.number}
    # the first two are told late: what they would tell is closed to the institution by now
    assert [(event["type"], event["data"]) for event in told(program)] == [("referral.gone", where)] * 3
    path, headers, body = program.calls[0]
    assert path == "/cus?from=centre"
    assert headers["webhook-id"] == sent.event == json.loads(body)["id"]
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert is_signed(headers, body, secret)
    assert not is_signed(headers, body + b" ", secret)
    assert len({sent.event, accepted.event, gone.event}) == 3


def test_an_event_says_the_state_and_where_the_rest_is_read(program, case, pcpr, ewa, settings):
    make_webhook(pcpr, program.url)
    referral = make_referral(case, pcpr)
    call_at(NOW)
    referrals.ask_sender(referral, by=ewa, now=NOW, text="Czy pani Krystyna Wilga ma windę?")
    call_at(NOW)
    data = {"id": str(referral.pk), "number": referral.number, "states": "1.3.0"}
    data |= {"url": f"{settings.PUBLIC_URL}/api/fhir/Task/{referral.pk}"}
    assert [(event["type"], event["data"]) for event in told(program)] == [
        ("referral.sent", data | {"state": "sent", "version": str(referral.version - 1)}),
        ("referral.changed", data | {"state": "info_requested", "version": str(referral.version)}),
    ]
    assert not any(part.encode() in body for part in PERSONAL for *_call, body in program.calls)


def test_nobody_else_is_told_and_of_a_draft_nobody(program, case, pcpr, clinic, beata):
    make_webhook(clinic, program.url)
    off, _secret = make_webhook(pcpr, program.url)
    draft = make_draft(case, pcpr)
    switch_off(off, by=beata, now=NOW)
    referrals.send_referral(draft, by=case.coordinator, now=NOW)
    assert not WebhookCall.objects.exists()
    assert call_at(NOW) == 0
    assert program.calls == []


def test_what_waits_for_an_address_that_was_switched_off_is_dropped(program, case, pcpr, beata):
    webhook, _secret = make_webhook(pcpr, program.url)
    make_referral(case, pcpr)
    switch_off(webhook, by=beata, now=NOW)
    call_at(NOW)
    assert program.calls == []
    assert WebhookCall.objects.get().dropped_at == NOW


def test_of_a_restricted_file_the_id_alone_is_told(program, case, pcpr, tomek):
    make_webhook(pcpr, program.url)
    referral = make_referral(case, pcpr)
    restrict_file(case.resident, kind="violence", by=tomek, now=NOW)
    call_at(NOW)
    [event] = told(program)
    assert (event["type"], event["data"]) == ("referral.changed", {"id": str(referral.pk)})


def test_of_a_protected_referral_the_id_alone_is_told(program, case, pcpr):
    make_webhook(pcpr, program.url)
    referral = make_referral(case, pcpr)
    Referral.objects.filter(pk=referral.pk).update(confidentiality=Referral.Confidentiality.PROTECTED)
    call_at(NOW)
    [event] = told(program)
    assert (event["type"], event["data"]) == ("referral.changed", {"id": str(referral.pk)})


def test_what_the_clock_ends_is_told_too(program, case, pcpr):
    make_webhook(pcpr, program.url)
    referral = make_referral(case, pcpr)
    referrals.expire_referral(referral, by=SystemActor(), now=NOW)
    call_at(NOW)
    assert [event["data"]["state"] for event in told(program)] == ["sent", "expired"]


# -- when it does not arrive ------------------------------------------------------------------------
def test_a_call_is_tried_again_with_growing_gaps_then_given_up_and_sent_again_by_hand(
    program, case, pcpr, beata, tomek
):
    make_webhook(pcpr, program.url)
    referral = make_referral(case, pcpr)
    program.status, moment, gaps = 503, NOW, []
    for _attempt in range(MAX_ATTEMPTS):
        assert call_at(moment) == 0
        row = WebhookCall.objects.get()
        gaps.append(int((row.due_at - moment).total_seconds() / 60))
        moment = row.due_at
    assert gaps == [2, 4, 8, 16, 32, 64, 128, 256]
    assert (row.attempts, row.last_error, row.dead_at is not None) == (8, "HTTP 503", True)
    assert {headers["webhook-id"] for _path, headers, _body in program.calls} == {row.event}
    notice = Message.objects.get(template="webhook_given_up")
    assert (notice.recipient_id, notice.context["number"]) == (tomek.pk, referral.number)
    assert call_at(moment + timedelta(days=9)) == 0
    assert len(program.calls) == MAX_ATTEMPTS
    deliver_due(lambda: moment)
    assert any(referral.number in letter.subject and letter.to == [tomek.email] for letter in mail.outbox)
    program.status = 200
    send_again(row, by=beata, now=moment)
    assert call_at(moment) == 1
    assert Webhook.objects.get().failures == 0


def test_that_a_program_did_not_hear_of_a_protected_one_is_told_without_a_name(program, case, pcpr, tomek):
    make_webhook(pcpr, program.url)
    referral = make_referral(case, pcpr)
    Referral.objects.filter(pk=referral.pk).update(confidentiality=Referral.Confidentiality.PROTECTED)
    tell_coordinator(WebhookCall.objects.get(), NOW)
    notice = Message.objects.exclude(pk=WebhookCall.objects.get().pk).get(recipient_id=tomek.pk, about_id=referral.pk)
    assert (notice.template, set(notice.context)) == ("referral_protected", {"path"})


def test_an_address_that_is_silent_for_days_is_switched_off_and_its_keeper_told(program, case, pcpr, beata):
    webhook, _secret = make_webhook(pcpr, program.url)
    program.status = 500
    late = NOW + timedelta(days=3, minutes=1)
    for moment, failures in ((NOW, 0), (NOW + timedelta(days=2), 19), (late, 0), (late, 19)):
        Webhook.objects.filter(pk=webhook.pk).update(last_failed_at=None, failures=failures)
        try_webhook(webhook, by=beata, now=moment + timedelta(seconds=failures))
        assert Webhook.objects.get().switched_off_at is None
        call_at(moment)
    webhook.refresh_from_db()
    assert webhook.switched_off_at == late
    assert Message.objects.get(template="webhook_switched_off").recipient_id == beata.pk
    assert AuditEvent.objects.filter(action="webhook.fall_silent").count() == 1
    switch_on(webhook, by=beata, now=late)
    program.status = 200
    make_referral(case, pcpr, now=late)
    assert call_at(late) >= 1
    assert Webhook.objects.get().failing_since is None


def test_an_address_that_says_it_is_gone_is_switched_off_at_once(program, case, pcpr):
    webhook, _secret = make_webhook(pcpr, program.url)
    make_referral(case, pcpr)
    program.status = 410
    call_at(NOW)
    webhook.refresh_from_db()
    assert webhook.switched_off_at == NOW


def test_a_program_that_does_not_answer_holds_up_no_mail_and_is_asked_once_a_minute(program, case, pcpr, ewa):
    make_webhook(pcpr, program.url)
    referral = make_referral(case, pcpr)
    referrals.accept_referral(referral, by=ewa, now=NOW, planned_start_on=TODAY)
    program.status = 500
    Message.objects.update(due_at=NOW)
    assert deliver_due(lambda: NOW) >= 1  # the mails
    assert program.calls == []
    call_at(NOW)
    assert len(program.calls) == 1
    errors = WebhookCall.objects.order_by("pk").values_list("last_error", flat=True)
    assert list(errors) == ["HTTP 500", "did not answer just now"]


def test_for_seven_days_two_secrets_sign(program, pcpr, beata):
    webhook, old = make_webhook(pcpr, program.url)
    new = renew_secret(webhook, by=beata, now=NOW)
    for moment in (NOW, NOW + timedelta(days=7)):
        try_webhook(webhook, by=beata, now=moment)
        call_at(moment)
    (_path, first, body), (_path, second, later) = program.calls
    assert is_signed(first, body, old)
    assert is_signed(first, body, new)
    assert not is_signed(second, later, old)
    assert is_signed(second, later, new)
    assert json.loads(body)["type"] == "trial"


# -- where no call goes -----------------------------------------------------------------------------
INSIDE = (
    "10.0.0.1 127.0.0.1 169.254.169.254 172.16.5.5 192.168.1.1 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 fe80::1"
    " fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1::"
)


@pytest.mark.parametrize("address", INSIDE.split())
def test_no_private_address_is_called(address, settings):
    assert not outgoing.may_be_called(address)
    settings.OUTGOING_NETWORKS = ["10.0.0.0/8"]
    assert outgoing.may_be_called(address) == (address in {"10.0.0.1", "::ffff:10.0.0.1"})


def test_public_addresses_are_called():
    assert outgoing.may_be_called("93.184.216.34")
    assert outgoing.may_be_called("2606:2800:220:1::1")


@pytest.mark.parametrize(
    "url",
    [
        "http://program.example/",
        "https://a:b@program.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
    ],
)
def test_such_an_address_is_not_even_kept(url):
    with pytest.raises(ValidationError):
        callable_address(url)
    with pytest.raises(outgoing.CallFailed):
        outgoing.post(url, body=b"", headers={})


def test_a_name_that_leads_inside_is_not_called_and_is_asked_for_once(program, settings, monkeypatch):
    """A name that answers with a public address first and a private one later (DNS rebinding) leads nowhere else."""
    asked = []

    def answers(host, port, **kind):
        asked.append(host)
        found = ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kind: answers(*args[:2]))
    assert outgoing.post(program.url, body=b"{}", headers={}) == 204  # by the address that was looked at
    assert asked == ["localhost"]
    settings.OUTGOING_NETWORKS = []
    asked.clear()
    with pytest.raises(outgoing.CallFailed, match="address not allowed"):
        outgoing.post(program.url, body=b"{}", headers={})
    assert len(program.calls) == 1


def test_a_redirect_is_not_followed_and_a_wrong_certificate_not_believed(program, monkeypatch):
    program.status, program.location = 302, program.url + "&elsewhere"
    assert outgoing.post(program.url, body=b"{}", headers={}) == 302
    assert len(program.calls) == 1
    with pytest.raises(OSError, match="certificate"):
        outgoing.post(program.url.replace("localhost", "127.0.0.1"), body=b"{}", headers={})
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(OSError, match="certificate"):
        outgoing.post(program.url, body=b"{}", headers={})
    assert len(program.calls) == 1


def test_an_answer_that_trickles_in_is_not_waited_for(time_machine):
    time_machine.move_to(NOW)
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def trickle():
        while not stop.wait(0.05):
            theirs.send(b"H")

    thread = threading.Thread(target=trickle, daemon=True)
    thread.start()
    begun = outgoing.monotonic()
    with pytest.raises(TimeoutError):
        outgoing._status(ours, begun + 0.3)
    assert outgoing.monotonic() - begun < 1
    stop.set()
    thread.join()
    ours.close()
    theirs.close()


# -- who keeps them ---------------------------------------------------------------------------------
def test_the_room_shows_the_secret_once_and_the_calls(sign_in, beata, pcpr, case, program):
    client = sign_in(beata)
    asked = {"institution": pcpr.pk, "name": "Program PCPR", "url": "https://pcpr.example/cus"}
    page = client.post(reverse("admin:coordination_webhook_add"), asked, follow=True)
    secret = str(next(iter(page.context["messages"]))).rpartition(" ")[2]
    webhook = Webhook.objects.get()
    assert webhook.secret == secret
    assert secret not in json.dumps(Webhook.objects.extra(select={"raw": "secret"}).values("raw").get())
    change = reverse("admin:coordination_webhook_change", args=[webhook.pk])
    assert secret not in client.get(change).content.decode()
    renewed = client.post(
        reverse("admin:coordination_webhook_move", args=[webhook.pk, "renew"]), {"confirm": "1"}, follow=True
    )
    webhook.refresh_from_db()
    assert webhook.secret in renewed.content.decode()
    assert webhook.secret not in client.get(change).content.decode()
    Webhook.objects.update(url=program.url)
    referral = make_referral(case, pcpr)
    program.status = 500
    WebhookCall.objects.update(attempts=MAX_ATTEMPTS - 1, due_at=NOW)
    call_at(timezone.now())
    listed = client.get(reverse("admin:coordination_webhookcall_changelist")).content.decode()
    assert referral.number in listed
    assert "HTTP 500" in listed
    program.status = 200
    Webhook.objects.update(last_failed_at=None)
    again = reverse("admin:coordination_webhookcall_move", args=[WebhookCall.objects.get().pk, "again"])
    assert client.post(again).status_code == 302
    assert call_at(timezone.now()) == 1


def test_addresses_are_kept_by_the_organiser_only(danuta, pcpr, beata):
    with pytest.raises(PermissionDenied):
        add_webhook(Webhook(institution=pcpr, name="x", url="https://x.example/"), by=danuta, now=NOW)
    webhook, _secret = make_webhook(pcpr)
    for act in (renew_secret, switch_off, switch_on, try_webhook):
        with pytest.raises(PermissionDenied):
            act(webhook, by=danuta, now=NOW)
