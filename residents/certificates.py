"""A disability certificate that ends while help rests on it: who is told when, and from when help may end with it.

Nothing ends by itself, and nothing ends on the day: while a new certificate is awaited help goes on, and where none was
applied for there are still thirty days to do so.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from residents.models import DisabilityCertificate

WARNED = timedelta(days=60)  # before its last day
GRACE = timedelta(days=30)  # after its last day, where no new one was applied for


@dataclass(frozen=True)
class Ending:
    """The last certificate of a person, which has an end, as it stands on a day."""

    ends_on: date
    applied_on: date | None

    @property
    def may_end_from(self) -> date | None:
        """The first day on which help may end for want of a certificate; None while a new one is awaited."""
        return None if self.applied_on else self.ends_on + GRACE + timedelta(days=1)

    def words(self, on: date) -> str:
        """Return what the desk reads of it on the day; nothing while the end is far away."""
        if on < self.ends_on - WARNED:
            return ""
        if self.applied_on:
            words = _(
                "The disability certificate is valid until %(day)s; a new one was applied for on %(applied)s. Help goes"
                " on until there is a new decision: ask for it."
            )
        elif on <= self.ends_on:
            words = _(
                "The disability certificate is valid until %(day)s. Ask the person to apply for a new one now, and"
                " record it here. Nothing ends by itself."
            )
        elif on < self.may_end_from:
            words = _(
                "The disability certificate was valid until %(day)s, and no new application is on record. Ask for one:"
                " help goes on until %(last)s."
            )
        else:
            words = _(
                "The disability certificate was valid until %(day)s, and no new application is on record. Decide on"
                " what help rests now."
            )
        return words % {
            "day": _day(self.ends_on),
            "applied": _day(self.applied_on) if self.applied_on else "",
            "last": _day(self.ends_on + GRACE),
        }


def ending_of(resident_id: int) -> Ending | None:
    """Return how the last certificate of the person ends; None where there is none, or none with an end."""
    last = DisabilityCertificate.objects.filter(resident=resident_id).last_first().first()
    return Ending(last.valid_to, last.applied_on) if last and last.valid_to else None


def _day(day):
    return date_format(day, "d.m.Y")
