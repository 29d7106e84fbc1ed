"""The one way to write the audit and to read an object's history."""

from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db.models.functions import Now
from django.utils import translation
from structlog.contextvars import get_contextvars

from cus_portal.audit.models import AuditEvent

_told_at = ContextVar("told_at", default=None)


@contextmanager
def told_as_of(moment):
    """Date the rows of an invented past, in the demonstration only; everywhere else the database's clock does it."""
    if not settings.DEMO:
        raise RuntimeError("Only the demonstration may date the audit.")
    token = _told_at.set(moment)
    try:
        yield
    finally:
        _told_at.reset(token)


def label_of(actor):
    """Return who acted in the centre's language, whatever language the page of the act was in."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(actor.audit_label)


def record(action, obj, *, by, reason="", from_state="", to_state="", **facts):
    """Add one row about an act; facts are codes and counts, never personal data."""
    event = _event(action, obj, by=by, reason=reason, from_state=from_state, to_state=to_state, facts=facts)
    event.save(force_insert=True)
    return event


def _event(action, obj, *, by, **columns):
    return AuditEvent(
        action=action,
        object_type=obj._meta.label_lower,
        object_id=obj.pk,
        actor_id=by.pk,
        actor_label=label_of(by),
        role=by.role,
        request_id=str(get_contextvars().get("request_id", "")),
        at=_told_at.get() or Now(),
        **columns,
    )


def record_read(obj, *, by, screen):
    """Add one row about somebody who has seen an object that holds personal data."""
    return record(AuditEvent.READ, obj, by=by, screen=screen)


def record_reads(objects, *, by, screen):
    """Add one row for each of the objects that somebody has seen on one page."""
    AuditEvent.objects.bulk_create(_event(AuditEvent.READ, obj, by=by, facts={"screen": screen}) for obj in objects)


def record_export(model, *, by, screen, rows, reason):
    """Add one row about a list that left the portal as a file."""
    return AuditEvent.objects.create(
        action=AuditEvent.EXPORT,
        object_type=model._meta.label_lower,
        object_id=0,
        actor_id=by.pk,
        actor_label=label_of(by),
        role=by.role,
        reason=reason,
        facts={"screen": screen, "rows": rows},
        request_id=str(get_contextvars().get("request_id", "")),
    )


def history(obj):
    """Return what was done with the object, newest first; reads are left to the data protection officer."""
    return AuditEvent.objects.about(obj).changes()


def last_change(obj):
    """Return the newest act on the object, or None."""
    return history(obj).first()
