"""Whose data an object holds and to which case it belongs; what is said where processing is restricted."""

from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cus_portal.audit.models import AuditEvent
from residents.models import Case, Resident

USED, USED_FOR = "resident.use_restricted", timedelta(days=1)
WAYS = ("request", "case", "plan", "provision", "item")


def person_behind(obj) -> int | None:
    """Return the number of the person whose data the object holds."""
    if isinstance(obj, Resident):
        return obj.pk
    if person := getattr(obj, "resident_id", None):
        return person
    for way in WAYS:
        inner = getattr(obj, way, None) if hasattr(obj, f"{way}_id") else None
        if inner is not None:
            return person_behind(inner)
    return None


def is_used(person: int, *, by) -> bool:
    """Tell whether this worker has given a ground within the last day; the log keeps it, by the database's clock."""
    used = AuditEvent.objects.filter(object_type=Resident._meta.label_lower, object_id=person, action=USED)
    return used.filter(actor=by.pk, at__gt=Now() - USED_FOR).exists()


def case_behind(obj) -> Case | None:
    """Return the case to which the object belongs."""
    if isinstance(obj, Case):
        return obj
    for way in WAYS:
        inner = getattr(obj, way, None) if hasattr(obj, f"{way}_id") else None
        if inner is not None:
            return case_behind(inner)
    return None


def words_of(restriction) -> str:
    return _(
        "Processing of this person's data is restricted since %(day)s: %(ground)s. They are stored and nothing else is"
        " done with them. Only the data protection officer may lift this (%(number)s). What the law"
        " does not let wait you may do after giving its ground on the person's page."
    ) % {
        "day": date_format(timezone.localtime(restriction.placed_at), "d.m.Y"),
        "ground": restriction.get_ground_display(),
        "number": restriction.asked,
    }
