"""Who looked at a person's data, told to the person: on which day, in which role. Nobody is named.

The names of workers stay in the log, which the data protection officer reads. Roles by which a restriction could be
guessed are said as any other worker's.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.roles import Role
from cus_portal.audit.models import AuditEvent
from residents.models import Attachment, Letter, RequestItem, RequestMessage

READS_TOLD = 500
UNTOLD = "protected"  # the screen of a reading that is told to nobody but the officer
# Roles that everybody may know were there; a keeper of restricted files is not one of them.
TOLD = {
    *(Role.CLERK, Role.COORDINATOR, Role.ORGANISER, Role.DIRECTOR, Role.PLAN_APPROVER),
    Role.INSTITUTION_WORKER,
}


@dataclass(frozen=True)
class Look:
    day: date
    who: str
    times: int


def about_request(request) -> Q:
    """Return the rows of the log about one request, its needs and its documents."""
    found = Q(object_type=request._meta.label_lower, object_id=request.pk)
    for model in (RequestItem, Attachment, RequestMessage, Letter):
        numbers = list(model.objects.filter(request=request).order_by().values_list("pk", flat=True))
        if numbers:
            found |= Q(object_type=model._meta.label_lower, object_id__in=numbers)
    return found


def looks(about: Q) -> list[Look]:
    """Return who looked by day and role, newest first; what the person looked at himself is left out."""
    rows = AuditEvent.objects.filter(about, action=AuditEvent.READ, actor__isnull=False).order_by("-id")
    rows = rows.filter(Q(facts__screen__isnull=True) | ~Q(facts__screen=UNTOLD))
    counted = Counter((timezone.localdate(at), role) for at, role in rows.values_list("at", "role")[:READS_TOLD])
    told: Counter = Counter()
    for (day, role), times in counted.items():
        told[day, said(role)] += times
    return [Look(day, who, times) for (day, who), times in sorted(told.items(), key=lambda row: row[0], reverse=True)]


def said(roles: str) -> str:
    names = [str(Role(role).label) for role in roles.split(",") if role in TOLD]
    return ", ".join(names) or _("authorised worker of the centre")
