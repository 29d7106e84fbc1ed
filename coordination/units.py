"""Hours, visits and rides as people say them: 1 hour, 120 hours, 2.5 hours."""

from decimal import Decimal

from django.template.defaultfilters import floatformat
from django.utils.translation import ngettext, pgettext

from coordination.models.contract import Unit


def in_units(number: Decimal | int, unit: str) -> str:
    """Return a number with its unit in the form that the number asks for; a part of one has a form of its own."""
    told, whole = {"n": floatformat(number, -1)}, int(number)
    if number != whole:
        return {
            Unit.HOUR: pgettext("a part of one", "%(n)s hours"),
            Unit.VISIT: pgettext("a part of one", "%(n)s visits"),
            Unit.RIDE: pgettext("a part of one", "%(n)s rides"),
        }[unit] % told
    return {
        Unit.HOUR: ngettext("%(n)s hour", "%(n)s hours", whole),
        Unit.VISIT: ngettext("%(n)s visit", "%(n)s visits", whole),
        Unit.RIDE: ngettext("%(n)s ride", "%(n)s rides", whole),
    }[unit] % told
