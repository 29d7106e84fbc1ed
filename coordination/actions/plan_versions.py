"""What a version of a plan keeps: the whole plan in plain words, by which it is printed, compared and restored.

A version is never written again, so one from before a field was added lacks it.
"""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Subquery
from django.utils.translation import gettext as _

from coordination.models import Plan, PlanItem
from coordination.plan_amounts import facts_of_items
from services.models import ServiceVersion

TEXTS = ("needs", "goals", "person_duties", "centre_duties", "monitoring")
OF_ITEMS = (
    *("position", "goal", "service_id", "action", "supporting_id", "provider_id"),
    *("units", "unit", "period", "scope", "fee_kind", "fee_amount", "fee_unit", "fee"),
)
NUMBERS = ("units", "fee_amount")


def plan_content(plan, *, approved_as=None) -> dict:
    """Return the whole plan as plain words and days, to be kept and printed; with the office of who approved it."""
    plan = Plan.objects.select_related("case__resident", "author", "approved_by").get(pk=plan.pk)
    public_name = ServiceVersion.objects.newest_of("service").values("page__name")[:1]
    items = plan.items.select_related("provider").annotate(public_name=Subquery(public_name))
    items = list(items.order_by("position", "pk"))
    facts = facts_of_items(plan, items)
    return {
        "case_sign": plan.case.case_sign,
        "person": plan.case.resident.get_full_name(),
        "birth_date": _day(plan.case.resident.birth_date),
        "starts_on": _day(plan.starts_on),
        "ends_on": _day(plan.ends_on),
        **{name: getattr(plan, name) for name in TEXTS},
        "author": plan.author.get_full_name(),
        "author_id": plan.author_id,
        "agreed_on": _day(plan.agreed_on),
        "agreement": plan.agreement,
        "approved_by": plan.approved_by.get_full_name() if plan.approved_by else "",
        "approved_as": approved_as or {},
        "approved_alone": plan.approved_alone,
        "items": [
            {
                "id": item.pk,
                "position": item.position,
                "goal": item.goal,
                "service_id": item.service_id,
                "service": item.public_name or "",
                "action": item.action,
                "supporting_id": item.supporting_id,
                "provider": item.provider.name,
                "provider_id": item.provider_id,
                **facts[item.pk],
                "starts_on": _day(item.starts_on),
                "ends_on": _day(item.ends_on),
            }
            for item in items
        ],
    }


def restored_fields(version) -> dict:
    """Return the fields of the plan as that version has them."""
    content = version.content
    return {
        **{name: content.get(name, "") for name in TEXTS},
        **{name: content[name] for name in ("agreement", "author_id")},
        **{name: date.fromisoformat(content[name]) for name in ("starts_on", "ends_on", "agreed_on")},
        "worded_on": date.fromisoformat(content["agreed_on"]),
        "approved_by": version.approved_by,
        "approved_alone": content.get("approved_alone", False),
    }


def restore_items(plan, version) -> None:
    """Bring the items back to what that version has; one from which a referral was written since cannot go."""
    kept = {item["id"]: item for item in version.content["items"]}
    since = plan.items.exclude(pk__in=kept)
    if since.filter(referrals__isnull=False).exists():
        raise ValidationError(_("A referral was written from an item that is not in the approved plan, so it stays."))
    if since.filter(provisions__isnull=False).exists():
        raise ValidationError(_("A service was begun from an item that is not in the approved plan, so it stays."))
    since.delete()
    there = plan.items.in_bulk()
    for pk, facts in kept.items():
        item = there.get(pk) or PlanItem(pk=pk, plan=plan)  # how far one that stayed is, stays too
        for name in OF_ITEMS:
            setattr(item, name, _restored(facts, name))
        item.starts_on, item.ends_on = date.fromisoformat(facts["starts_on"]), date.fromisoformat(facts["ends_on"])
        item.save()


def _restored(facts, name):
    if name in NUMBERS:
        return Decimal(facts[name]) if facts.get(name) else None
    return facts.get(name, None if name.endswith("_id") else "")


def _day(day) -> str:
    return day.isoformat() if day else ""
