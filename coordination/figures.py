"""Medians and other figures that the database counts and Django has no name for."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Aggregate, CharField, Count, ExpressionWrapper, F, FloatField, Q, Value
from django.db.models import DurationField as Duration
from django.db.models.functions import Cast, Extract, Greatest
from django.utils.translation import gettext as _

from coordination.filters import start_of
from coordination.models import AnswerSpeed, Referral

SECONDS_A_DAY = 86_400.0
YEAR = timedelta(days=365)
ACCEPTED = Q(decided_at__isnull=False) & ~Q(status=Referral.Status.REJECTED)


class Percentile(Aggregate):
    """The value below which this share of the rows lies; 0.5 is the median."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression, *, share, **extra):
        super().__init__(expression, share=float(share), **extra)


class MostFrequent(Aggregate):
    """The value that most of the rows have."""

    function = "MODE"
    template = "%(function)s() WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = CharField()


def days_between(start, end):
    """Return the days from one moment to another, with their fractions."""
    length = ExpressionWrapper(F(end) - F(start), output_field=Duration())
    return Extract(length, "epoch", output_field=FloatField()) / Value(SECONDS_A_DAY)


def days_to_answer(start="sent_at", end="decided_at"):
    """Return the days a receiver took to decide, without those in which it waited for an answer of the sender."""
    waited = Cast("asked_days", FloatField())
    return Greatest(days_between(start, end) - waited, 0.0, output_field=FloatField())


def rounded(figure):
    return None if figure is None else round(float(figure), 1)


def answer_times(referrals):
    """Return for each receiver how it decides: medians, 90th percentile in days, numbers, the usual refusal."""
    return (
        referrals.filter(sent_at__isnull=False, decided_at__isnull=False)
        .order_by()
        .values("receiver")
        .annotate(
            median=Percentile(days_between("sent_at", "decided_at"), share=0.5),
            median_net=Percentile(days_to_answer(), share=0.5),
            p90=Percentile(days_between("sent_at", "decided_at"), share=0.9),
            decided=Count("pk"),
            accepted=Count("pk", filter=ACCEPTED),
            usual_reason=MostFrequent("reject_reason", filter=~Q(reject_reason="")),
        )
    )


@transaction.atomic
def count_answers(*, on):
    """Count the answers of the year before the day anew, for the dashboard."""
    year = Referral.objects.without_secrets().filter(decided_at__gte=start_of(on - YEAR))
    year = year.exclude(status=Referral.Status.ENTERED_IN_ERROR)
    AnswerSpeed.objects.all().delete()
    reasons = refused(year)
    AnswerSpeed.objects.bulk_create(
        AnswerSpeed(
            institution_id=row["receiver"],
            reasons=reasons.get(row.pop("receiver"), {}),
            **row | {"usual_reason": row["usual_reason"] or ""},
        )
        for row in answer_times(year)
    )


def refused(referrals) -> dict[int, dict[str, int]]:
    """Return for each receiver how often it did not accept, by reason."""
    found: dict[int, dict[str, int]] = {}
    rows = referrals.exclude(reject_reason="").order_by().values_list("receiver", "reject_reason")
    for receiver, reason, number in rows.annotate(number=Count("pk")):
        found.setdefault(receiver, {})[reason] = number
    return found


def with_total(rows):
    """Add the row of sums."""
    rows = list(rows)
    if not rows:
        return rows
    return [*rows, [_("together"), *[sum(column) for column in zip(*[row[1:] for row in rows], strict=True)]]]
