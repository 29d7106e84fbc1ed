"""How far an item of a plan is: begun, carried out or given up, said by the coordinator, begun by its referral too."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import Plan, PlanItem, Referral
from coordination.workflow import PLAN_ITEM
from cus_portal.accounts.actors import SystemActor
from cus_portal.accounts.models import User
from cus_portal.workflow import TransitionNotAllowed

DONE = PlanItem.Status.DONE


def goes_on(plan: Plan) -> bool:
    """Tell whether the plan holds: approved once and not ended, be it that a change is being written."""
    return plan.status in Plan.OPEN and plan.in_force_from is not None


@transaction.atomic
def mark_item(item: PlanItem, *, move: str, on: date, reason: str = "", by: User, now: datetime) -> PlanItem:
    """Say how far the item is, and since which day; one given up says why."""
    plan = Plan.objects.select_for_update(no_key=True).get(pk=item.plan_id)
    PLAN_ITEM.check(item, move, by=by)
    if not goes_on(plan):
        raise TransitionNotAllowed(_("How an item goes is written down while the plan is in force."))
    if on > timezone.localdate(now):
        raise ValidationError({"on": _("This day is still to come.")})
    if move == "give_up" and not reason:
        raise ValidationError({"reason": _("Say why it was given up.")})
    _move(item, move, on=on, reason=reason, by=by)
    return item


def _move(item, move, *, on, by, reason=""):
    goes_back = move == "take_back"
    fields = {
        "state_since": None if goes_back else on,
        "given_up_reason": reason if move == "give_up" else "",
    }
    PLAN_ITEM.move(item, move, by=by, **fields)


def begin_by(referral: Referral, *, on: date) -> None:
    """Let the item from which a referral was written begin with the first contact.

    By a protected one it does not: more people read the plan, so its coordinator says that the item has begun.
    """
    if referral.plan_item_id is None or referral.confidentiality == Referral.Confidentiality.PROTECTED:
        return
    item = PlanItem.objects.select_for_update(of=("self",)).select_related("plan").get(pk=referral.plan_item_id)
    if item.status == PlanItem.Status.PLANNED and goes_on(item.plan):
        _move(item, "follow", on=on, by=SystemActor())


def end_items(plan: Plan, ends: dict[int, str], *, on: date, by: User, unsaid: str = "") -> None:
    """End what is still open in a plan that ends: `ends` says of each item "done", or why it was given up.

    Of an item that is not there `unsaid` holds; without it each has to be told.
    """
    for item in plan.items.filter(status__in=PlanItem.OPEN).order_by("position", "pk"):
        end = ends.get(item.pk, unsaid)
        if not end:
            raise ValidationError(_("Say of each item how it ended: %(item)s.") % {"item": item})
        if end == DONE:
            _move(item, "finish", on=on, by=by)
        else:
            _move(item, "give_up", on=on, reason=end, by=by)
