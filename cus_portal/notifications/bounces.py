"""Mails that came back: reports of the mail servers (RFC 3464), read from a mailbox of their own by POP3.

A report names the mail by its Message-ID, in which the number of the outbox row stands. What is no report is left in
the mailbox for people.
"""

import poplib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, message_from_string, policy
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.db import transaction

from cus_portal.notifications.failed import tell_of_failed_mail
from cus_portal.notifications.models import Message

log = structlog.get_logger(__name__)
AT_ONCE = 200
PERMANENT = "5"
LONGEST_REPORT = 1_000_000


@dataclass(frozen=True)
class Bounce:
    """What a report says: which row of the outbox did not arrive, and the code of the reason (RFC 3463)."""

    message: int
    code: str


def read_report(raw: bytes) -> Bounce | None:
    """Return what a mail reports, or None when it is no report of a mail of ours that failed for good."""
    mail = message_from_bytes(raw, policy=policy.default)
    code = next((code for part in mail.walk() for code in _failures(part)), "")
    number = next((number for part in mail.walk() for number in _originals(part)), None)
    return Bounce(message=number, code=code) if code.startswith(PERMANENT) and number else None


def _failures(part):
    """Yield the status codes of the addressees whom the mail did not reach. A delay is no failure."""
    if part.get_content_type() == "message/delivery-status":
        for block in part.get_payload():
            if block.get("Action", "").strip().lower() == "failed":
                yield block.get("Status", "").strip()[:20]


def _originals(part):
    """Yield the row numbers of the outbox that stand in the headers of the mail which came back."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        headers = part.get_payload(0)
    elif kind == "text/rfc822-headers":
        headers = message_from_string(part.get_content())
    else:
        return
    domain = re.escape(settings.DEFAULT_FROM_EMAIL.rpartition("@")[2])
    if found := re.fullmatch(rf"<message-([0-9]{{1,18}})@{domain}>", str(headers.get("Message-ID", "")).strip()):
        yield int(found[1])


def note_bounce(bounce: Bounce, *, now: datetime) -> int:
    """Mark the row whose mail came back, once; return how many were marked."""
    row = Message.objects.filter(pk=bounce.message, sent_at__isnull=False, bounced_at=None).first()
    if row is None:
        return 0
    with transaction.atomic():
        marked = Message.objects.filter(pk=row.pk, bounced_at=None).update(bounced_at=now, bounce_code=bounce.code)
        tell_of_failed_mail(row, now=now)
    return marked


def collect_bounces(*, now: datetime) -> int:
    """Read the mailbox of reports; return how many mails were found not to have arrived."""
    if not settings.BOUNCE_MAILBOX:
        return 0
    try:
        with _mailbox(settings.BOUNCE_MAILBOX) as box:
            return sum(_take(box, number, now) for number in _numbers(box))
    except (OSError, poplib.error_proto) as error:
        log.warning("bounce_mailbox_away", error=type(error).__name__)
        return 0


@contextmanager
def _mailbox(url):
    """Open pop3s://user:password@host:port, or pop3:// where the server stands in the same house."""
    parts = urlsplit(url)
    kind = poplib.POP3 if parts.scheme == "pop3" else poplib.POP3_SSL
    box = kind(parts.hostname, parts.port or (110 if parts.scheme == "pop3" else 995), timeout=settings.EMAIL_TIMEOUT)
    try:
        box.user(unquote(parts.username or ""))
        box.pass_(unquote(parts.password or ""))
        yield box
    except BaseException:
        box.close()  # nothing that was struck off is lost: the server deletes only after a proper end
        raise
    box.quit()


def _numbers(box):
    """Return the numbers of the newest mails that are not too long for a report."""
    _answer, lines, _size = box.list()
    sizes = [tuple(map(int, line.split()[:2])) for line in lines]
    return [number for number, size in sizes if size <= LONGEST_REPORT][-AT_ONCE:]


def _take(box, number, now):
    _answer, lines, _size = box.retr(number)
    bounce = read_report(b"\r\n".join(lines))
    if bounce is None:
        return 0
    marked = note_bounce(bounce, now=now)
    box.dele(number)
    return marked
