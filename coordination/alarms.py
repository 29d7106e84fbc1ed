"""Of which contracts the organiser is warned, and from which day: nearly used up, or near their end."""

from datetime import timedelta

from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import Contract
from cus_portal.audit.models import AuditEvent

WARNED = timedelta(days=30)  # before its last day
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
    rows = Contract.objects.open().filter(valid_to__range=(on - STALE, on + WARNED))
    return rows.select_related("agreement", "basis__service")


def month_before_its_end_and_on_it(contract):
    return [contract.valid_to - WARNED, contract.valid_to]


# What comes into question, and when it is due.
NEARLY_USED = (contracts_nearly_used, since_the_last_annex)
ENDING = (contracts_ending, month_before_its_end_and_on_it)
