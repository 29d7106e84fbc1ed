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


def has_begun(need: RequestItem, *, user=None) -> bool:
    """Tell whether help has begun by what this user knows; without one, by what everybody may know."""
    known = Referral.objects.known_to(user)
    return not without_help(RequestItem.objects.filter(pk=need.pk), referrals=known).exists()


def is_to_be_given_up(need: RequestItem) -> bool:
    """Tell whether nothing was given for it and its case is not closed: with the case the place became free.

    By a protected referral nothing shows, whoever asks; who works on the case is told of it when he goes on.
    """
    rows = RequestItem.objects.filter(pk=need.pk).exclude(request__case__status=Case.Status.CLOSED)
    secret = {"confidentiality": Referral.Confidentiality.PROTECTED, "case__restricted_file": None}
    return without_help(rows, referrals=Referral.objects.exclude(**secret)).exists()
