"""Going on, with a ground in law, where the processing of a person's data is restricted."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.models import ProcessingRestriction, Resident
from residents.restriction import USED


@transaction.atomic
def use_restricted(resident: Resident, *, ground: str, reason: str, by: User, now: datetime) -> Resident:
    """Say on which ground of RODO art. 18 ust. 2 the worker goes on; for a day he may. The log keeps who and why."""
    require(by, "residents.use_restricted", resident)
    if not resident.restrictions.in_force().exists():
        raise ValidationError(_("Processing is not restricted."))
    if not reason.strip():
        raise ValidationError({"reason": _("Write what has to be done, and why now.")})
    record(USED, resident, by=by, reason=reason, ground=ProcessingRestriction.Use(ground).value)
    return resident
