"""What the law asks of individual plans and of certificates, as the centre's file says it for each day."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.conf import settings


@dataclass(frozen=True)
class PlanTerms:
    """The limits of a plan (Act of 19 July 2019 on social services centres; its amendment is under way)."""

    valid_from: date
    within_days: int  # calendar days from the request to the approved plan
    at_least_months: int  # of coordination, below which no plan is made
    at_most_months: int
    note_within_days: int  # calendar days between two notes on how the plan goes

    def earliest_end(self, starts_on: date) -> date:
        return starts_on + relativedelta(months=self.at_least_months) - timedelta(days=1)

    def latest_end(self, starts_on: date) -> date:
        return starts_on + relativedelta(months=self.at_most_months) - timedelta(days=1)


@dataclass(frozen=True)
class CertificateTerms:
    """How long before the last day of a certificate it is told of, and how long after it help goes on."""

    valid_from: date
    warned_days: int
    grace_days: int


@dataclass(frozen=True)
class CertificateExtension:
    """A law by which certificates that end in some time hold until a later day."""

    ended_from: date
    ended_to: date
    valid_until: date
    basis: str


def plan_terms(on: date) -> PlanTerms:
    """Return the terms that hold on that day; before the first row, the first."""
    return _row_of(on, [PlanTerms(**row) for row in settings.CENTRE["plan_terms"]])


def certificate_terms(on: date) -> CertificateTerms:
    """Return the terms of a certificate whose last day is that one."""
    return _row_of(on, [CertificateTerms(**row) for row in settings.CENTRE["certificate_terms"]])


def longest_warning() -> timedelta:
    return timedelta(days=max(row["warned_days"] for row in settings.CENTRE["certificate_terms"]))


def certificate_extensions() -> list[CertificateExtension]:
    return [CertificateExtension(**row) for row in settings.CENTRE["certificate_extensions"]]


def extension_of(last_day: date) -> CertificateExtension | None:
    """Return the law that extends a certificate with that last day, the furthest where there are several."""
    found = [
        row
        for row in certificate_extensions()
        if row.ended_from <= last_day <= row.ended_to and last_day < row.valid_until
    ]
    return max(found, key=lambda row: row.valid_until, default=None)


def _row_of(on, rows):
    rows = sorted(rows, key=lambda row: row.valid_from)
    return next((row for row in reversed(rows) if row.valid_from <= on), rows[0])
