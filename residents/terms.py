"""What the law asks of individual plans, as the centre's file says it for each day."""

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


def plan_terms(on: date) -> PlanTerms:
    """Return the terms that hold on that day; before the first row, the first."""
    rows = sorted((PlanTerms(**row) for row in settings.CENTRE["plan_terms"]), key=lambda row: row.valid_from)
    return next((row for row in reversed(rows) if row.valid_from <= on), rows[0])
