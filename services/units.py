"""Hours, visits and rides as people say them: 1 hour, 120 hours, 2.5 hours."""

from decimal import Decimal

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from services.models import ProgrammeService

Unit, Period = ProgrammeService.PersonUnit, ProgrammeService.PersonPeriod


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


def limit_of_one(units: Decimal | int | None, unit: str, period: str) -> str:
    """Say how much a programme gives one person at most; nothing where it sets no number."""
    if units is None:
        return ""
    return _("at most %(much)s %(period)s") % {"much": in_units(units, unit), "period": Period(period).label}


def limit_of_basis(basis: dict) -> str:
    """Say the same of a basis as a published page keeps it."""
    units = basis.get("person_units")
    return limit_of_one(units and Decimal(units), basis.get("person_unit", ""), basis.get("person_period", ""))
