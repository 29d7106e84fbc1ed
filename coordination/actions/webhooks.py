"""Addresses of other institutions' programs: added, tried, given a new secret, switched off and on."""

from datetime import datetime

from django.db import transaction

from coordination.models import Webhook
from coordination.models.webhook import OLD_SECRET_SIGNS_FOR
from coordination.webhooks import TRIAL
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify

KEEP = "coordination.keep_webhook"


@transaction.atomic
def add_webhook(webhook: Webhook, *, by: User, now: datetime) -> str:
    """Keep a new address; return its secret, which is shown this once."""
    require(by, "coordination.add_webhook")
    secret = webhook.write()
    webhook.made_by, webhook.made_at = by, now
    webhook.save(force_insert=True)
    record("webhook.add", webhook, by=by, institution=webhook.institution_id)
    return secret


@transaction.atomic
def renew_secret(webhook: Webhook, *, by: User, now: datetime) -> str:
    """Make a new secret and return it; the one before signs beside it for some days."""
    require(by, KEEP, webhook)
    webhook.old_secret, webhook.old_secret_until = webhook.secret, now + OLD_SECRET_SIGNS_FOR
    secret = webhook.write()
    webhook.save(update_fields=["secret", "old_secret", "old_secret_until"])
    record("webhook.renew", webhook, by=by)
    return secret


@transaction.atomic
def try_webhook(webhook: Webhook, *, by: User, now: datetime) -> Webhook:
    """Send an event that tells of nothing, to see whether the program answers."""
    require(by, KEEP, webhook)
    notify(webhook, TRIAL, dedupe_key=f"webhook_trial:{webhook.pk}:{now.isoformat()}")
    record("webhook.try", webhook, by=by)
    return webhook


@transaction.atomic
def switch_off(webhook: Webhook, *, by: User, now: datetime) -> Webhook:
    """Call it no more; what still waits is dropped. A second time changes nothing."""
    require(by, KEEP, webhook)
    if Webhook.objects.filter(pk=webhook.pk, switched_off_at=None).update(switched_off_at=now):
        record("webhook.switch_off", webhook, by=by)
    return webhook


@transaction.atomic
def switch_on(webhook: Webhook, *, by: User, now: datetime) -> Webhook:
    """Call it again from now on; what it has missed it reads in the list of Tasks."""
    require(by, KEEP, webhook)
    anew = {"switched_off_at": None, "failures": 0, "failing_since": None, "last_failed_at": None}
    if Webhook.objects.filter(pk=webhook.pk).exclude(switched_off_at=None).update(**anew):
        record("webhook.switch_on", webhook, by=by)
    return webhook
