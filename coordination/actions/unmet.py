"""What a referral brings to the register of unmet needs: asked in vain, met after all, or nobody to ask.

While another institution is still asked for the same, or helps, nothing is unmet. A protected referral is in no count.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.actions.plans import require_open
from coordination.models import IncomingReferral, Referral
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.actions import (
    need_looked_at_again,
    need_met,
    need_not_met,
    need_of_request_looked_at_again,
    need_of_request_not_met,
    need_of_somebody_looked_at_again,
    need_of_somebody_not_met,
)
from residents.models import Case, UnmetNeed

S, Why, Failed = Referral.Status, Referral.RejectReason, Referral.FailReason
Reason = UnmetNeed.Reason
REFUSED = {
    Why.NO_PLACE: Reason.PARTNER_FULL,
    Why.NO_SERVICE: Reason.NO_SERVICE,
    Why.NOT_ELIGIBLE: Reason.NOT_ELIGIBLE,
}
InWhy, InEnd = IncomingReferral.RejectReason, IncomingReferral.EndReason
REFUSED_HERE = {InWhy.NO_SERVICE: Reason.NO_SERVICE, InWhy.NOT_ELIGIBLE: Reason.NOT_ELIGIBLE}
HELPED = (Referral.Outcome.MET, Referral.Outcome.PARTLY_MET)
ASKED = tuple(status for status in Referral.OPEN if status != S.DRAFT)
FOR_HELP = (Referral.Kind.SERVICE_REFERRAL, Referral.Kind.HANDOVER, Referral.Kind.COOPERATION_REQUEST)


def write_unmet(referral: Referral, *, now: datetime) -> None:
    """Bring the register to what the referral has come to; called within the transaction of its move."""
    if not is_counted(referral):
        return
    case, need = held(referral)
    reason = reason_of(referral)
    if has_helped(referral):
        need_met(case, **need, now=now)
    elif reason and not others_help(referral):
        need_not_met(case, reason, **need, now=now)


def take_back_unmet(referral: Referral, *, now: datetime) -> None:
    """Take out of the register what the referral brought there: it was entered in error, or its refusal taken back."""
    if not (is_counted(referral) and reason_of(referral)):
        return
    case, need = held(referral)
    if not any(is_counted(other) and reason_of(other) for other in for_the_same(referral)):
        need_looked_at_again(case, **need, now=now)


def is_counted(referral) -> bool:
    return referral.kind in FOR_HELP and referral.confidentiality != Referral.Confidentiality.PROTECTED


def held(referral):
    """Return the case, and what the referral asks for; of two refusals at once the second waits for the first."""
    case = Case.objects.select_for_update(no_key=True).get(pk=referral.case_id)
    return case, {"service": referral.service, "area": referral.area}


def reason_of(referral) -> str:
    """Return why the referral leaves the need unmet, or nothing."""
    match referral.status:
        case S.EXPIRED:
            return Reason.NO_ANSWER
        case S.REJECTED:
            return REFUSED.get(referral.reject_reason, "")
        case S.NOT_FULFILLED:
            return Reason.PARTNER_FULL if referral.fail_reason == Failed.NO_PLACE else ""
        case _:
            return ""


def has_helped(referral) -> bool:
    return referral.status == S.COMPLETED and referral.outcome in HELPED


def for_the_same(referral):
    """Return the other referrals of the case for the same need; without a service the area tells it."""
    same = {"case": referral.case_id, "service": referral.service_id}
    if referral.service_id is None:
        same["area"] = referral.area_id
    return Referral.objects.filter(**same, kind__in=FOR_HELP).exclude(pk=referral.pk)


def others_help(referral) -> bool:
    others = for_the_same(referral)
    return (others.filter(status__in=ASKED) | others.filter(status=S.COMPLETED, outcome__in=HELPED)).exists()


# -- what came ------------------------------------------------------------------------------------
def write_unmet_incoming(incoming: IncomingReferral, *, area=None, now: datetime) -> None:
    """Write down what the centre was asked for and does not give: on its need, or on nobody where no request has it."""
    reason = reason_of_incoming(incoming)
    if not (reason and is_counted(incoming)):
        return
    if incoming.request is None:
        incoming.unmet = need_of_somebody_not_met(incoming.unmet, reason, area=area, now=now)
        IncomingReferral.objects.filter(pk=incoming.pk).update(unmet=incoming.unmet)
    else:
        need_of_request_not_met(incoming.request, reason, area=area, now=now)


def take_back_unmet_incoming(incoming: IncomingReferral, *, now: datetime) -> None:
    """Take back what its end wrote down; called while that end stands in it."""
    if not (reason_of_incoming(incoming) and is_counted(incoming)):
        return
    if incoming.unmet is not None:
        need_of_somebody_looked_at_again(incoming.unmet, now=now)
    elif incoming.request is not None:
        need_of_request_looked_at_again(incoming.request, now=now)


def reason_of_incoming(incoming) -> str:
    """Return why the centre leaves the need unmet, or nothing; a sender who does not reply leaves no such need."""
    match incoming.status:
        case IncomingReferral.Status.REJECTED:
            return REFUSED_HERE.get(incoming.reject_reason, "")
        case IncomingReferral.Status.NOT_FULFILLED:
            return Reason.PARTNER_FULL if incoming.end_reason == InEnd.NO_PLACE else ""
        case _:
            return ""


# -- nobody to ask ----------------------------------------------------------------------------------
@transaction.atomic
def say_no_partner(case: Case, *, service=None, area=None, by, now: datetime) -> None:
    """Say that no institution of the directory gives what the case needs where the person lives."""
    require(by, "coordination.send_referral", case)
    require_open(case)
    if service is None and area is None:
        raise ValidationError(_("Say which service is needed, or of which area."))
    case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    need_not_met(case, Reason.NO_PARTNER, service=service, area=area, now=now)
    record("case.no_partner", case, by=by)
