"""Complaints and suggestions in figures: how many came and by what they ended, in time or not."""

from django.db.models import Count, F, Q

from coordination.figures import with_total
from residents.models import Complaint

Status, Result = Complaint.Status, Complaint.Result
ENDINGS = {
    "answered": Q(status=Status.ANSWERED),
    "in_time": Q(status=Status.ANSWERED, ended_on__lte=F("due_on")),
    "founded": Q(result__in=[Result.FOUNDED, Result.PARTLY]),
    "passed_on": Q(status=Status.PASSED_ON),
    "left": Q(status=Status.LEFT),
}


def by_kind(period, on):
    """What came in the period; what ended in it, whenever it came."""
    came = dict(
        Complaint.objects.filter(received_on__range=period.days).order_by().values_list("kind").annotate(n=Count("pk"))
    )
    ended = {
        row["kind"]: row
        for row in Complaint.objects.filter(ended_on__range=period.days)
        .order_by()
        .values("kind")
        .annotate(**{name: Count("pk", filter=condition) for name, condition in ENDINGS.items()})
    }
    return with_total(
        [kind.label, came.get(kind, 0), *(ended[kind][name] if kind in ended else 0 for name in ENDINGS)]
        for kind in Complaint.Kind
    )
