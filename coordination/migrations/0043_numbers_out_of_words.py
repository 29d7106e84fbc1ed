"""What items of plans said in words becomes numbers where every word is understood; all else stays as it was written."""

import re
from decimal import Decimal

from django.db import migrations

UNITS = {"godz": "hour", "wizyt": "visit", "przejazd": "ride"}
PERIODS = {
    "week": ("tygodniowo", "w tygodniu", "na tydzień"),
    "month": ("miesięcznie", "w miesiącu", "na miesiąc"),
    "year": ("rocznie", "w roku", "na rok"),
    "edition": ("łącznie", "razem", "w sumie"),
}
PER = {
    "hour": ("za godzinę", "za godz.", "/godz.", "/h"),
    "visit": ("za wizytę",),
    "ride": ("za przejazd",),
    "meal": ("za posiłek", "za obiad"),
    "day": ("za dzień", "dziennie"),
    "month": ("miesięcznie", "za miesiąc", "w miesiącu"),
    "once": ("jednorazowo", "raz"),
}
FREE = {"bezpłatnie", "bezpłatne", "bezpłatna", "nieodpłatnie", "nieodpłatne", "za darmo", "brak opłaty", "0 zł"}
AMOUNT = re.compile(r"(\d{1,4}(?:[.,][05])?) (godz|wizyt|przejazd)\w*\.? (.+)")
FEE = re.compile(r"(\d{1,5}(?:[.,]\d\d)?) ?zł ?(.+)")


def amount_in(words):
    """Return {field: value} of an amount, or nothing where a word of it is not understood."""
    found = AMOUNT.fullmatch(" ".join(words.lower().split()))
    period = next((name for name, said in PERIODS.items() if found and found[3] in said), None)
    units = Decimal(found[1].replace(",", ".")) if found else 0
    if not period or not units:
        return {}
    return {"units": units, "unit": UNITS[found[2]], "period": period, "scope": ""}


def fee_in(words):
    words = " ".join(words.lower().split()).rstrip(".")
    if words in FREE:
        return {"fee_kind": "free", "fee": ""}
    found = FEE.fullmatch(words)
    unit = next((name for name, said in PER.items() if found and found[2] in said), None)
    amount = Decimal(found[1].replace(",", ".")) if found else 0
    if not unit or not amount:
        return {}
    return {"fee_kind": "fixed", "fee_amount": amount, "fee_unit": unit, "fee": ""}


def understand(apps, schema_editor):
    for name in ("PlanItem", "PlanTemplateItem"):
        for item in apps.get_model("coordination", name).objects.exclude(scope="").iterator():
            if found := amount_in(item.scope):
                type(item).objects.filter(pk=item.pk).update(**found)
    items = apps.get_model("coordination", "PlanItem").objects
    for item in items.exclude(fee="").exclude(service=None).iterator():
        if found := fee_in(item.fee):
            items.filter(pk=item.pk).update(**found)


class Migration(migrations.Migration):
    dependencies = [("coordination", "0042_plan_items_as_numbers")]
    operations = [migrations.RunPython(understand, migrations.RunPython.noop, elidable=True)]
