"""Warnings about a person: raised with a reason and a last day, looked at anew, ended."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.models import Flag, Resident
from residents.models.flag import LASTS_AT_MOST

FLAG = "residents.flag_resident"


@transaction.atomic
def raise_flag(
    resident: Resident, *, kind: str, reason: str, review_on: date, valid_to: date, by: User, now: datetime
) -> Flag:
    """Raise a warning, or the one of that kind anew after somebody has looked whether it still holds."""
    require(by, FLAG, resident)
    on = timezone.localdate(now)
    if kind not in Flag.Kind.values:
        raise ValidationError({"kind": _("Choose one of the list.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Write why, and what to do.")})
    if not on <= review_on <= valid_to:
        raise ValidationError({"review_on": _("Choose a day from today to the last day.")})
    if valid_to > on + LASTS_AT_MOST:
        raise ValidationError({"valid_to": _("A warning lasts a year at most. Raise it anew then, if it still holds.")})
    Resident.objects.select_for_update(no_key=True).get(pk=resident.pk)
    Flag.objects.filter(resident=resident, kind=kind, ended_at=None).update(ended_at=now, ended_by=by)
    days = {"valid_from": on, "review_on": review_on, "valid_to": valid_to}
    flag = Flag.objects.create(resident=resident, kind=kind, reason=reason, raised_by=by, raised_at=now, **days)
    record("resident.raise_flag", resident, by=by, flag=flag.pk)
    return flag


@transaction.atomic
def end_flag(resident: Resident, *, flag: Flag, by: User, now: datetime) -> Resident:
    """End a warning before its day: it does not hold any more."""
    require(by, FLAG, resident)
    standing = Flag.objects.visible_to(by).filter(pk=flag.pk, resident=resident, ended_at=None)
    if not standing.update(ended_at=now, ended_by=by):
        raise ValidationError({"flag": _("This has ended already.")})
    record("resident.end_flag", resident, by=by, flag=flag.pk)
    return resident
