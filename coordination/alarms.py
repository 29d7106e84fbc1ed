"""Of which contracts and agreements who is warned, and from which day: nearly used up, or near their end."""

from datetime import timedelta

from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import Contract, Referral
from cus_portal.accounts.models import User
from cus_portal.audit.models import AuditEvent
from services.models import Agreement

WARNED = (timedelta(days=60), timedelta(days=14))  # before its last day
STALE = timedelta(days=60)


def alarm_of(contract, on):
    """Return what must be known of an open contract, or nothing: four fifths used, used up, past its last day."""
    if contract.status == Contract.Status.ENDED:
        return ""
    if contract.left <= 0:
        return _("used up")
    if contract.valid_to and contract.valid_to < on:
        return _("past its last day")
    return _("80% used") if contract.used * 5 >= contract.units * 4 else ""


def contracts_nearly_used(on):
    """Return those of which four fifths are used; an annex lets the alarm go off anew."""
    enlarged = AuditEvent.objects.filter(
        object_type="coordination.contract", object_id=OuterRef("pk"), action="contract.enlarge"
    )
    last = enlarged.order_by().values("object_id").annotate(last=Max("at")).values("last")
    rows = Contract.objects.open().nearly_used().annotate(enlarged_at=Subquery(last))
    return rows.select_related("agreement", "basis__service")


def since_the_last_annex(contract):
    return [timezone.localdate(contract.enlarged_at) if contract.enlarged_at else contract.valid_from]


def contracts_ending(on):
    rows = Contract.objects.open().filter(valid_to__range=(on - STALE, on + WARNED[0]))
    return rows.select_related("agreement", "basis__service")


def before_its_end_and_on_it(contract):
    return [*before_its_end(contract), contract.valid_to]


def agreements_ending(on):
    return Agreement.objects.ending(on).select_related("institution")


def before_its_end(dated):
    return [dated.valid_to - warned for warned in WARNED]


def coordinators_under(agreement):
    """Return who coordinates the cases whose live referrals run under the agreement: they need another basis."""
    cases = Referral.objects.live().filter(agreement=agreement).order_by().values("case__coordinator")
    return User.objects.filter(pk__in=cases, is_active=True).order_by("pk")


# What comes into question, and when it is due.
NEARLY_USED = (contracts_nearly_used, since_the_last_annex)
ENDING = (contracts_ending, before_its_end_and_on_it)
AGREEMENT_ENDING = (agreements_ending, before_its_end)
