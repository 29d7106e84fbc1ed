"""A place given and not wanted any more: let go by the person or for him, before anything was given."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coordination.actions.plans import require_open
from coordination.begun import has_begun
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import give_place_up
from residents.models import RequestItem
from residents.workflow import ITEM


@transaction.atomic
def give_up_need(item: RequestItem, *, reason: str = "", by, now: datetime) -> RequestItem:
    """Withdraw a granted need for which nothing has been given yet; who leads its case is told."""
    ITEM.check(item, "give_up", by=by)
    if item.request.case_id:
        require_open(item.request.case)  # held, so that no service begins meanwhile
    if has_begun(item, user=by if by.pk else None):
        raise TransitionNotAllowed(_("Help for this need has begun. End the service or the referral instead."))
    return give_place_up(item, reason=reason, by=by, now=now)
