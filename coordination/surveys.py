"""What people say of services at their end, in figures: only of services with enough answers."""

from django.db.models import Avg, Count, Q
from django.utils.translation import gettext as _

from coordination.models import SurveyAnswer, SurveyInvitation
from coordination.models.survey import FEWEST

HIGHEST = 3


def satisfaction(period, on):
    """For each service: answers in the period, and what share of the most each question got; the few go together."""
    figures = {name: Avg(name) for name in SurveyAnswer.QUESTIONS}
    here = SurveyAnswer.objects.filter(month__range=period.days).order_by()
    by_service = list(here.values("service__name").annotate(n=Count("pk"), **figures).order_by("-n", "service__name"))
    rows = [_row(one["service__name"], one) for one in by_service if one["n"] >= FEWEST]
    few = [one for one in by_service if one["n"] < FEWEST]
    if few:
        names = Q(service__name__in=[one["service__name"] for one in few])
        together = here.filter(names).aggregate(n=Count("pk"), **figures)
        label = _("services with fewer than %(number)s answers") % {"number": FEWEST}
        rows.append(
            _row(label, together) if together["n"] >= FEWEST else [label, together["n"], *[None] * len(figures)]
        )
    return rows


def _row(label, found):
    """Turn an average between 1 (no) and 3 (yes) into percent of yes."""
    averages = [found[name] for name in SurveyAnswer.QUESTIONS]
    shares = [None if one is None else round(100 * (one - 1) / (HIGHEST - 1)) for one in averages]
    return [label, found["n"], *shares]


def response_rate(period, on):
    """Of those asked in the period: how many have answered by now."""
    asked = SurveyInvitation.objects.filter(asked_on__range=period.days)
    found = asked.aggregate(asked=Count("pk"), used=Count("pk", filter=Q(used=True)))
    rate = round(100 * found["used"] / found["asked"]) if found["asked"] else None
    return [[_("people asked at the end of a service"), found["asked"], found["used"], rate]]
