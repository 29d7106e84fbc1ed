"""Services begun in a crisis, before the decision, in figures: they are reported apart.

What is few is told together, whatever the service: such a row of one would say of whom it is, in a restricted file too.
"""

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from coordination.figures import with_total
from coordination.models import Provision
from coordination.suppression import SMALL


def by_service(period, on):
    """Begun in the period, ended in it, still given on its last day; of all files, the restricted ones too."""
    last = min(period.last, on)
    goes_on = Q(starts_on__lte=last) & (Q(ends_on=None) | Q(ends_on__gt=last))
    ended = Q(status=Provision.Status.ENDED, ends_on__range=period.days)
    counted = (
        Provision.objects.exclude(crisis_reason="")
        .order_by("contract__basis__service__plain_name")
        .values_list("contract__basis__service__plain_name")
        .annotate(
            begun=Count("pk", filter=Q(starts_on__range=period.days)),
            ended=Count("pk", filter=ended),
            goes_on=Count("pk", filter=goes_on),
        )
    )
    rows = [[name, *numbers] for name, *numbers in counted if any(numbers)]
    few = [row for row in rows if any(0 < number < SMALL for number in row[1:])]
    together = [sum(column) for column in zip(*[row[1:] for row in few], strict=True)] or [0, 0, 0]
    label = _("services with fewer than %(number)s, together") % {"number": SMALL}
    return with_total([*(row for row in rows if row not in few), [label, *together]])
