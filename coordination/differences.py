"""Two versions of a plan compared: what was taken out, what was put in."""

from datetime import date

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from coordination.actions.plan_versions import TEXTS, plan_content
from coordination.models import Plan
from coordination.plan_amounts import told_amount, told_fee
from services.differences import Change, apart


def changes_of(plan):
    """Return what differs between a plan that is being changed and the version in force; nothing for any other."""
    version = plan.versions.first() if plan.is_being_changed else None
    return plan_changes(version.content, plan_content(plan)) if version else []


def plan_changes(before, after):
    """Return the Changes between the contents of two versions."""
    found = []
    for label, old, new in zip(_labels(), _lines(before), _lines(after), strict=True):
        if old != new:
            found.append(Change(label, *apart(old, new)))
    return found


def _labels():
    field = Plan._meta.get_field
    texts = [capfirst(field(name).verbose_name) for name in TEXTS]
    return [_("Days"), *texts, _("Services and supporting actions")]


def _lines(content):
    """Return the lines to compare, in the order of the labels."""
    texts = [tuple(line.strip() for line in content.get(name, "").splitlines() if line.strip()) for name in TEXTS]
    return [(_days(content),), *texts, tuple(_item(item) for item in content["items"])]


def _item(item):
    what = item["service"] or item["action"]
    parts = (what, item["goal"], item["provider"], told_amount(item), told_fee(item), _days(item))
    return ", ".join(part for part in parts if part)


def _days(content):
    first, last = (date_format(date.fromisoformat(content[name]), "j E Y") for name in ("starts_on", "ends_on"))
    return f"{first} – {last}"
