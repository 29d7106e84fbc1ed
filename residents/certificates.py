"""A disability certificate that ends while help rests on it: who is told when, and from when help may end with it.

Nothing ends by itself, and nothing ends on the day: while a new certificate is awaited help goes on, and where none was
applied for there are still some days to do so. A law may extend what has ended; the days and the laws
stand in the centre's file.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from residents.models import DisabilityCertificate
from residents.terms import CertificateExtension, certificate_terms, extension_of


@dataclass(frozen=True)
class Ending:
    """The last certificate of a person, which has an end, as it stands on a day."""

    ends_on: date
    applied_on: date | None

    @property
    def extension(self) -> CertificateExtension | None:
        return extension_of(self.ends_on)

    @property
    def holds_until(self) -> date:
        """Its last day, or the later one that a law gives it."""
        return self.extension.valid_until if self.extension else self.ends_on

    @property
    def warned_from(self) -> date:
        return self.ends_on - timedelta(days=certificate_terms(self.ends_on).warned_days)

    @property
    def help_until(self) -> date:
        """The last day on which help goes on though no new certificate was applied for."""
        return self.holds_until + timedelta(days=certificate_terms(self.ends_on).grace_days)

    @property
    def may_end_from(self) -> date | None:
        """The first day on which help may end for want of a certificate; None while a new one is awaited."""
        return None if self.applied_on else self.help_until + timedelta(days=1)

    def words(self, on: date) -> str:
        """Return what the desk reads of it on the day; nothing while the end is far away."""
        if on < self.warned_from:
            return ""
        if self.applied_on:
            words = _(
                "The disability certificate is valid until %(day)s; a new one was applied for on %(applied)s. Help goes"
                " on until there is a new decision: ask for it."
            )
        elif self.extension and on <= self.holds_until:
            words = _(
                "The disability certificate is written until %(day)s; by law it holds until %(until)s (%(basis)s). Ask"
                " the person to apply for a new one in time, and record it here."
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
            "until": _day(self.holds_until),
            "basis": self.extension.basis if self.extension else "",
            "last": _day(self.help_until),
        }


def ending_of(resident_id: int) -> Ending | None:
    """Return how the last certificate of the person ends; None where there is none, or none with an end."""
    last = DisabilityCertificate.objects.filter(resident=resident_id).last_first().first()
    return Ending(last.valid_to, last.applied_on) if last and last.valid_to else None


def _day(day):
    return date_format(day, "d.m.Y")
