"""How far the items of a plan are, as the plan's page and its history tell it."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from coordination.actions.plan_items import goes_on
from coordination.models import PlanItem, Referral

S = PlanItem.Status
KINDS = {S.PLANNED: "wait", S.GOING_ON: "mine", S.DONE: "ok", S.GIVEN_UP: "plain"}
ITEM_PAST = {
    "begin": gettext_lazy("it has begun"),
    "follow": gettext_lazy("it has begun by its referral"),
    "finish": gettext_lazy("it was carried out"),
    "give_up": gettext_lazy("it was given up"),
    "take_back": gettext_lazy("its state was taken back"),
}


def item_state(item, *, on) -> dict:
    """Return the state in words with the colour of its tag, what is late about it, and since when and why."""
    holds, late = goes_on(item.plan), ""
    if holds and item.status in PlanItem.OPEN and item.ends_on < on:
        late = _("its days have passed")
    elif holds and item.status == S.PLANNED and item.starts_on < on:
        late = _("not begun on its day")
    day = date_format(item.state_since, "j E Y") if item.state_since else ""
    since = pgettext("a state", "since %(day)s") % {"day": day} if day else ""
    unsaid = item.status in PlanItem.OPEN and item.plan.ended_on is not None  # it ended before items had a state
    return {
        "kind": "plain" if unsaid else KINDS[item.status],
        "label": pgettext("plan item", "not written down") if unsaid else item.get_status_display(),
        "late": late,
        "more": ", ".join(filter(None, [since, reason(item)])),
    }


def reason(item):
    return str(item.get_given_up_reason_display()) if item.given_up_reason else ""


def item_sentence(event, item):
    """Return one act of an item's history."""
    words = ITEM_PAST.get(event.action.partition(".")[2], event.action)
    return _("Item %(number)d: %(what)s") % {"number": item.position, "what": words}


def referrals_beside(user):
    """Return the referrals that may be told of beside an item of a plan."""
    rows = Referral.objects.without_protected(user).exclude(status=Referral.Status.ENTERED_IN_ERROR)
    return rows.select_related("sender", "receiver").order_by("pk")
