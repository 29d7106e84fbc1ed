"""Templates of plans: a plan takes a copy of one; a version that holds is followed by another."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.actions.plan_versions import TEXTS
from coordination.models import Plan, PlanItem, PlanTemplate
from cus_portal.accounts.models import Institution, User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record


def with_texts_of(template: PlanTemplate, texts: dict[str, str]) -> dict[str, str]:
    """Return the texts of a plan; what was left empty is the template's."""
    return {name: texts.get(name) or getattr(template, name) for name in TEXTS}


def copy_items(template: PlanTemplate, plan: Plan) -> None:
    """Give the plan the template's items for its whole time: a service by its provider, an action by the centre."""
    centre = Institution.objects.get(is_centre=True)
    first = plan.items.count()
    for number, item in enumerate(template.items.select_related("service__provider"), start=first + 1):
        PlanItem.objects.create(
            plan=plan,
            position=number,
            goal=item.goal,
            service=item.service,
            action=item.action,
            provider=item.service.provider if item.service else centre,
            **{name: getattr(item, name) for name in ("units", "unit", "period", "scope")},
            fee_kind=PlanItem.Fee.RULE if item.service else "",
            starts_on=plan.starts_on,
            ends_on=plan.ends_on,
        )


@transaction.atomic
def renew_template(template: PlanTemplate, *, valid_from: date, by: User, now: datetime) -> PlanTemplate:
    """Let a copy follow from a day; this version ends the day before."""
    require(by, "coordination.change_plantemplate", template)
    held = PlanTemplate.objects.select_for_update().get(pk=template.pk)
    if held.valid_to is not None or valid_from <= held.valid_from:
        raise ValidationError(_("This version is followed by another already, or begins later than that day."))
    PlanTemplate.objects.filter(pk=held.pk).update(valid_to=valid_from - timedelta(days=1))
    items = list(held.items.all())
    held.pk, held.valid_from = None, valid_from
    held.save(force_insert=True)
    for item in items:
        item.pk, item.template = None, held
        item.save(force_insert=True)
    record("plantemplate.renew", template, by=by)
    return held
