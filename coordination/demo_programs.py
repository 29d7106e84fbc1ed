"""A program of an institution in the demonstration: its token and its address, silent, so switched off for now.

The address does not exist and nothing calls it; its calls tell of real referrals of the invented past.
"""

from datetime import timedelta

from django.utils import timezone

from coordination.actions.partners import make_token
from coordination.actions.webhooks import add_webhook, switch_off, try_webhook
from coordination.models import PartnerToken, Referral, Webhook, WebhookCall
from coordination.webhooks import announce
from cus_portal.accounts.models import Institution
from cus_portal.audit.log import told_as_of

CODE, NAME = "pcpr", "Program dziedzinowy PCPR, informatyk: 81 517 24 00"
ATTEMPTS, TRIED_FOR = 8, timedelta(hours=4, minutes=14)  # as long as the outbox tries


def connect_a_program(world, end):
    """Let an institution read by its token; its address has answered no call, and the organiser has switched it off."""
    keeper, begun = world.people["beata"], end - timedelta(days=6)
    institution = Institution.objects.get(code=CODE)
    with told_as_of(begun):
        valid_to = timezone.localdate(begun) + timedelta(days=180)
        make_token(PartnerToken(institution=institution, name=NAME, valid_to=valid_to), by=keeper, now=begun)
        webhook = Webhook(institution=institution, name=NAME, url="https://program.pcpr.example/cus/")
        add_webhook(webhook, by=keeper, now=begun)
        try_webhook(webhook, by=keeper, now=begun)
        for referral in Referral.objects.without_secrets().open().filter(receiver=institution, shut_at=None)[:3]:
            announce(referral, "send")
    given_up, seen_to = {"attempts": ATTEMPTS, "last_error": "did not answer"}, end - timedelta(days=2)
    calls = WebhookCall.objects.filter(recipient_id=webhook.pk)
    failed = calls.update(created_at=begun, due_at=begun, dead_at=begun + TRIED_FOR, seen_to_at=seen_to, **given_up)
    silent = {"failures": failed * ATTEMPTS, "failing_since": begun, "last_failed_at": begun + TRIED_FOR}
    Webhook.objects.filter(pk=webhook.pk).update(**silent)
    with told_as_of(seen_to):
        switch_off(webhook, by=keeper, now=seen_to)
