"""Medians and other figures that the database counts and Django has no name for."""

from django.db.models import Aggregate, Count, ExpressionWrapper, F, FloatField, Q, Value
from django.db.models import DurationField as Duration
from django.db.models.functions import Extract
from django.utils.translation import gettext as _

from coordination.models import Referral

SECONDS_A_DAY = 86_400.0
ACCEPTED = Q(decided_at__isnull=False) & ~Q(status=Referral.Status.REJECTED)


class Percentile(Aggregate):
    """The value below which this share of the rows lies; 0.5 is the median."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression, *, share, **extra):
        super().__init__(expression, share=float(share), **extra)


def days_between(start, end):
    """Return the days from one moment to another, with their fractions."""
    length = ExpressionWrapper(F(end) - F(start), output_field=Duration())
    return Extract(length, "epoch", output_field=FloatField()) / Value(SECONDS_A_DAY)


def answer_times(referrals):
    """Return for each receiver how fast it decides: (median and 90th percentile in days, share accepted)."""
    rows = (
        referrals.filter(sent_at__isnull=False, decided_at__isnull=False)
        .order_by()
        .values("receiver")
        .annotate(
            median=Percentile(days_between("sent_at", "decided_at"), share=0.5),
            p90=Percentile(days_between("sent_at", "decided_at"), share=0.9),
            decided=Count("pk"),
            accepted=Count("pk", filter=ACCEPTED),
        )
    )
    return {row["receiver"]: row for row in rows}


def with_total(rows):
    """Add the row of sums."""
    rows = list(rows)
    if not rows:
        return rows
    return [*rows, [_("together"), *[sum(column) for column in zip(*[row[1:] for row in rows], strict=True)]]]
