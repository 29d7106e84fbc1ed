"""Whose data an object holds, and what is said where their processing is restricted."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from residents.models import Resident

WAYS = ("request", "case", "plan", "item")


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


def words_of(restriction) -> str:
    return _(
        "Processing of this person's data is restricted since %(day)s: %(ground)s. They are stored and nothing else is"
        " done with them. Only the data protection officer may lift this (%(number)s)."
    ) % {
        "day": date_format(timezone.localtime(restriction.placed_at), "d.m.Y"),
        "ground": restriction.get_ground_display(),
        "number": restriction.asked,
    }
