"""Writing to the outbox and sending from it.

PostgreSQL is the queue; Celery is only a wake-up call. A worker leases rows with SKIP LOCKED, sends each, marks each.
Killed between lease and send, a row comes back when its lease ends; killed between send and mark, it may go out
twice, and carries the same Message-ID both times.
"""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import structlog
from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models.functions import Now
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import timezone, translation

from cus_portal.audit.log import record
from cus_portal.celery import app as celery
from cus_portal.notifications.failed import tell_of_failed_mail
from cus_portal.notifications.models import LEASE, MAX_ATTEMPTS, Message
from cus_portal.notifications.ways import way_of
from cus_portal.outgoing import CallFailed

log = structlog.get_logger(__name__)
BATCH = 50
PERMANENTLY = 500


def notify(recipient, template, *, dedupe_key, about=None, only_while=(), due_at=None, **context):
    """Write one message in the caller's transaction and wake a worker when it commits.

    `recipient` has `notification_email` and `notification_language`, and `wants_mail(template)` where people choose
    what they are told; all are asked when it is sent. `context` holds numbers, names of institutions,
    days and paths, never personal data. With `about` and `only_while` the message is dropped at sending when that
    object has left these states. The same dedupe_key again does nothing. Returns True when a row was written.
    """
    row = Message(
        dedupe_key=dedupe_key,
        template=template,
        recipient_type=recipient._meta.label_lower,
        recipient_id=recipient.pk,
        about_type=about._meta.label_lower if about else "",
        about_id=about.pk if about else None,
        only_while=list(only_while),
        context=context,
        due_at=due_at or Now(),
    )
    known = Message.objects.filter(dedupe_key=dedupe_key).exists()
    if not known:
        Message.objects.bulk_create([row], ignore_conflicts=True)
        _wake_once(row)
    return not known


def _wake_once(row):
    """Wake a worker when the transaction commits: one call, however many messages were written in it."""
    waker = wake_callers if way_of(row) else wake
    if not any(call is waker for _savepoints, call, _robust in transaction.get_connection().run_on_commit):
        transaction.on_commit(waker)


def wake(task="cus_portal.notifications.tasks.deliver"):
    """Tell a worker that there is something to do. A broker that is away costs a minute, not a message."""
    try:
        celery.send_task(task, retry=False, expires=60)
    except Exception as error:  # kombu wraps each transport's own errors; none of them may reach the page
        log.warning("broker_away", error=type(error).__name__)


def wake_callers():
    wake("cus_portal.notifications.tasks.call")


def claim(now, *, by_mail=True):
    """Lease a batch of what is due by mail, or by all other ways, and return it."""
    due = Message.objects.ready(now).by_mail(by_mail)
    with transaction.atomic():
        rows = list(due.select_for_update(skip_locked=True).order_by("due_at", "id")[:BATCH])
        for row in rows:
            row.lease_until = now + LEASE
        Message.objects.bulk_update(rows, ["lease_until"])
    return rows


def deliver_due(now=timezone.now, *, by_mail=True):
    """Send everything that is due; return how many went out. `now` is a clock, asked anew for each batch.

    What does not go by mail goes out apart: a program that does not answer holds up no mail.
    """
    sent = 0
    while rows := claim(now(), by_mail=by_mail):
        for row in rows:
            sent += deliver_one(row, now=now())
    return sent


def deliver_one(row, *, now):
    """Send one leased row and mark it; on failure give it back with a growing pause. Return 1 when it was sent."""
    unsent, way = Message.objects.unsent().filter(pk=row.pk), way_of(row)
    if not unsent.filter(lease_until=row.lease_until).update(lease_until=now + LEASE):
        return 0  # the lease ran out and another worker has the row
    try:
        mail = way.compose(row, now) if way else compose(row)
        if mail is None:
            unsent.update(dropped_at=now, lease_until=None)
            return 0
        mail.send()
    except Exception as error:  # one bad message must not hold up the others; it is kept, retried and shown to staff
        attempts = row.attempts + 1
        refused = _refused_for_good(error)
        unsent.update(
            attempts=attempts,
            last_error=str(error) if isinstance(error, CallFailed) else type(error).__name__,
            lease_until=None,
            due_at=now + timedelta(minutes=min(2**attempts, 360)),
            dead_at=now if refused or attempts >= MAX_ATTEMPTS else None,
            bounce_code=refused,
        )
        if refused:
            tell_of_failed_mail(row, now=now)
        if way and attempts >= MAX_ATTEMPTS:
            way.given_up(row, now)
        log.warning("message_not_sent", message=row.pk, attempts=attempts, error=type(error).__name__)
        return 0
    return unsent.update(sent_at=now, lease_until=None)


def _refused_for_good(error):
    """Return the code with which the mail server refused the only addressee for ever, or nothing."""
    if not isinstance(error, SMTPRecipientsRefused):
        return ""
    code, _text = next(iter(error.recipients.values()))
    return str(code) if code >= PERMANENTLY else ""


@transaction.atomic
def send_again(row, *, by, now):
    """Send once more what did not arrive, to the address that is known now."""
    again = Message.objects.undelivered().filter(pk=row.pk)
    fresh = {"sent_at": None, "dead_at": None, "bounced_at": None, "bounce_code": "", "last_error": "", "attempts": 0}
    if again.update(**fresh, due_at=now):
        record("message.again", row, by=by)
        _wake_once(row)
    return row


@transaction.atomic
def see_to(row, *, by, now):
    """Put aside what did not arrive: its addressee knows by other means."""
    if Message.objects.undelivered().filter(pk=row.pk).update(seen_to_at=now):
        record("message.see_to", row, by=by)
    return row


def compose(row):
    """Return the mail of a row, or None when its reason is gone or its recipient has no address."""
    if row.about_id and row.only_while:
        about = apps.get_model(row.about_type)._base_manager.filter(pk=row.about_id, status__in=row.only_while)
        if not about.exists():
            return None
    recipient = apps.get_model(row.recipient_type)._base_manager.filter(pk=row.recipient_id).first()
    if recipient is None or not recipient.notification_email:
        return None
    if hasattr(recipient, "wants_mail") and not recipient.wants_mail(row.template):
        return None
    context = context_of(row, recipient)
    with translation.override(recipient.notification_language):
        subject, body = written(row, context)
        html = render_to_string(f"mail/{row.template}.html", context)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    mail = EmailMultiAlternatives(
        subject=subject,
        body=body + "\n",
        from_email=settings.BOUNCE_ADDRESS,
        to=[recipient.notification_email],
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            "Message-ID": f"<message-{row.pk}@{domain}>",
            "Auto-Submitted": "auto-generated",
            **unsubscribing(recipient),
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail


def unsubscribing(recipient):
    """Return the headers by which a mail program offers to end such mails with one press (RFC 8058)."""
    path = getattr(recipient, "unsubscribe_path", "")
    if not path:
        return {}
    return {
        "List-Unsubscribe": f"<{settings.PUBLIC_URL}{path}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def context_of(row, recipient):
    """A recipient who has a way of his own, such as a signed link, is sent by that one."""
    own = getattr(recipient, "path", "")
    way = {"path": own} if own else {}
    return row.context | way | {"recipient": recipient, "centre": settings.CENTRE, "public_url": settings.PUBLIC_URL}


def written(row, context):
    """Return subject and body: a mail's text begins with its subject."""
    subject, _newline, body = render_to_string(f"mail/{row.template}.txt", context).strip().partition("\n")
    return subject.strip(), body.strip()


class Nobody(str):
    """A recipient of whom a template learns nothing, however deep it asks."""

    def __getitem__(self, key):
        return self


def subject_of(row):
    """Return what stands over the mail, for those who keep the outbox; it says nothing of the recipient."""
    if way := way_of(row):
        return way.name
    try:
        return written(row, context_of(row, Nobody()))[0]
    except TemplateDoesNotExist:  # written by an older portal
        return row.template
