"""Who wrote what waits for a second person: out of the audit, whose rows can only be added."""

from django.db.models import Exists, F, Max, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from cus_portal.audit.models import AuditEvent

# With these a change has come to its end: what follows belongs to the next one.
SETTLED = ("publish", "publish_alone", "discard")
# These acts write nothing into an entry. Any other act on it makes its actor one of the authors.
WRITING_NOTHING = ("revise", "send_back", "archive", "reopen", "confirm")


def authors_of(obj):
    """Return the ids of those who wrote or submitted anything since the entry was last published."""
    return set(_written(obj).filter(actor__isnull=False).values_list("actor", flat=True))


def submission_of(obj):
    """Return the act by which the change was last sent for review, or None."""
    return _written(obj).filter(action=f"{obj._meta.model_name}.submit").first()


def for_second_person(entries, user):
    """Return the entries in review that this user did not write."""
    model = entries.model
    events = AuditEvent.objects.filter(object_type=model._meta.label_lower, object_id=OuterRef("pk"))
    settled = events.filter(action__in=_acts(model, SETTLED)).order_by().values("object_id")
    own = events.filter(actor=user, pk__gt=OuterRef("settled")).exclude(action__in=_not_writing(model))
    last = Coalesce(Subquery(settled.annotate(last=Max("pk")).values("last")), Value(0))
    return entries.filter(status=model.Status.REVIEW).annotate(settled=last).filter(~Exists(own))


def _written(obj):
    events = AuditEvent.objects.about(obj)
    settled = events.filter(action__in=_acts(obj, SETTLED)).aggregate(last=Max("pk"))["last"] or 0
    return events.filter(pk__gt=settled).exclude(action__in=_not_writing(obj)).order_by(F("pk").desc())


def _acts(model, names):
    return [f"{model._meta.model_name}.{name}" for name in names]


def _not_writing(model):
    return [*_acts(model, WRITING_NOTHING), AuditEvent.READ, AuditEvent.EXPORT]
