"""Whether anything was given for a need that has a place: until then the person may give the place up."""

from django.db.models import Exists, OuterRef

from coordination.models import PlanItem, Provision, Referral
from residents.models import Case, RequestItem

R = Referral.Status
HELPS = (R.ACCEPTED, R.IN_PROGRESS, R.ON_HOLD, R.COMPLETED)
UNDER_WAY = (PlanItem.Status.GOING_ON, PlanItem.Status.DONE)


def without_help(needs, *, referrals=None, statuses=HELPS):
    """Leave out the needs for which a service is or was given, an institution helps or helped, or the plan says so."""
    case, service = OuterRef("request__case"), OuterRef("service")
    given = Provision.objects.filter(case=case, contract__basis__service=service)
    referrals = Referral.objects.all() if referrals is None else referrals
    helps = referrals.filter(case=case, service=service, status__in=statuses)
    planned = PlanItem.objects.filter(plan__case=case, service=service, status__in=UNDER_WAY)
    return needs.filter(~Exists(given), ~Exists(helps), ~Exists(planned), provision=None)


def has_begun(need: RequestItem) -> bool:
    return not without_help(RequestItem.objects.filter(pk=need.pk)).exists()


def is_to_be_given_up(need: RequestItem) -> bool:
    """Tell whether nothing was given for it and its case is not closed: with the case the place became free."""
    rows = RequestItem.objects.filter(pk=need.pk).exclude(request__case__status=Case.Status.CLOSED)
    return without_help(rows).exists()
