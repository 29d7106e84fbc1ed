"""What the programs of other institutions are told of referrals sent to them: Standard Webhooks, sent by the outbox.

An event is thin: what has changed, in which state it is, and where it is read by FHIR with the institution's token.
Nothing of the person; of what is protected or in a restricted file the id alone, and of what the institution may not
read any more its number at most.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination import fhir
from coordination.models import Referral, Webhook
from coordination.models.webhook import event_number
from cus_portal.accounts.actors import SystemActor
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from cus_portal.notifications.ways import Way, goes_by
from cus_portal.outgoing import CallFailed, post

EVENT, TRIAL = "referral_event", "trial_event"
FIRST_MOVES = ("send", "pass_on")
# A program that has just not answered is left alone for so long; one that has not for so long is switched off.
REST = timedelta(seconds=50)
SILENT_FOR, SILENT_CALLS = timedelta(days=3), 20
GONE = 410  # the program itself says that nobody is to call any more


# -- what is said -----------------------------------------------------------------------------------
def announce(referral, move: str) -> None:
    """Write one event for each address of the receiver. The referral's workflow tells of each move."""
    if referral.sent_at is None or referral.shut_at:
        return
    for webhook in Webhook.objects.in_force().filter(institution=referral.receiver_id):
        notify(
            webhook,
            EVENT,
            dedupe_key=f"webhook:{webhook.pk}:{referral.pk}:{referral.version}",
            about=referral,
            first=move in FIRST_MOVES,
            state=referral.status,
            version=referral.version,
        )


def body_of(row, webhook) -> dict | None:
    """Return the event of a row as it may be told today; None when the referral is no more this institution's."""
    said = {"id": event_number(row.pk), "timestamp": row.created_at.isoformat()}
    if row.template == TRIAL:
        return said | {"type": "trial", "data": {}}
    mine = Referral.objects.filter(pk=row.about_id, receiver=webhook.institution_id)
    referral = mine.select_related("case", "consent").first()
    if referral is None:
        return None
    if referral.case.restricted_file_id or referral.confidentiality == Referral.Confidentiality.PROTECTED:
        return said | {"type": "referral.changed", "data": {"id": str(referral.pk)}}
    data = {"id": str(referral.pk), "number": referral.number}
    state = row.context["state"]
    if not referral.is_shown_to_receiver() or state in fhir.HELD_BACK:
        return said | {"type": "referral.gone", "data": data}
    where = {"url": f"{fhir.root()}/Task/{referral.pk}", "version": str(row.context["version"])}
    kind = "referral.sent" if row.context["first"] else "referral.changed"
    return said | {"type": kind, "data": {**data, "state": state, "states": fhir.VERSION, **where}}


def signature(key: bytes, event: str, timestamp: int, body: bytes) -> str:
    signed = b".".join([event.encode(), str(timestamp).encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


# -- how it is sent ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Call:
    """One event, ready to go to one address."""

    webhook: Webhook
    event: str
    body: bytes
    now: datetime

    def send(self) -> None:
        """Call once. Only an answer of 2xx is a success; a redirect is not followed."""
        last = self.webhook.last_failed_at
        if last and self.now < last + REST:
            raise CallFailed("did not answer just now")
        status = 0
        try:
            status = post(self.webhook.url, body=self.body, headers=self.headers())
            if status // 100 != 2:
                raise CallFailed(f"HTTP {status}")
        except (OSError, CallFailed):
            note_failure(self.webhook, gone=status == GONE, now=self.now)
            raise
        if last:
            well = {"failures": 0, "failing_since": None, "last_failed_at": None}
            Webhook.objects.filter(pk=self.webhook.pk).update(**well)

    def headers(self) -> dict[str, str]:
        timestamp = int(self.now.timestamp())
        keys = self.webhook.keys(self.now)
        return {
            "Content-Type": "application/json",
            "webhook-id": self.event,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signature(key, self.event, timestamp, self.body) for key in keys),
        }


def compose(row, now: datetime) -> Call | None:
    """Return the call of a row, or None when its address is switched off or the referral went elsewhere."""
    webhook = Webhook.objects.in_force().filter(pk=row.recipient_id).first()
    said = webhook and body_of(row, webhook)
    if not said:
        return None
    return Call(webhook, event_number(row.pk), json.dumps(said, separators=(",", ":")).encode(), now)


def note_failure(webhook, *, gone: bool, now: datetime) -> None:
    """Count the failure; switch the address off when it is gone, or silent for days however often it was called."""
    mine = Webhook.objects.filter(pk=webhook.pk)
    failed = {"failures": F("failures") + 1, "failing_since": Coalesce("failing_since", now), "last_failed_at": now}
    mine.update(**failed)
    silent = mine.filter(failures__gte=SILENT_CALLS, failing_since__lte=now - SILENT_FOR)
    if (mine if gone else silent).filter(switched_off_at=None).update(switched_off_at=now):
        record("webhook.fall_silent", webhook, by=SystemActor())
        notify(
            webhook.made_by,
            "webhook_switched_off",
            dedupe_key=f"webhook_switched_off:{webhook.pk}:{now.isoformat()}",
            institution=webhook.institution.short_name,
            path=reverse("admin:coordination_webhook_change", args=[webhook.pk]),
        )


def tell_coordinator(row, now: datetime) -> None:
    """Tell who leads the case that the institution's program did not hear of the change: perhaps he rings up."""
    referral = Referral.objects.filter(pk=row.about_id).select_related("case__coordinator", "receiver").first()
    if referral:
        template = "webhook_given_up"
        facts = {"number": referral.number, "institution": referral.receiver.short_name}
        if referral.confidentiality == Referral.Confidentiality.PROTECTED:  # no mail names it
            template, facts = "referral_protected", {}
        key = f"webhook_given_up:{row.pk}:{now.isoformat()}"
        path = referral.get_absolute_url()
        notify(referral.case.coordinator, template, dedupe_key=key, about=referral, path=path, **facts)


goes_by("coordination.webhook", Way(_("event for a program"), compose, tell_coordinator))
