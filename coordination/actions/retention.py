"""What people do with destruction lists and holds: look through, take off, agree, sign, hold, let go."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import DataRequest, DestructionLine, DestructionList, RecordKind, RetentionHold, Volunteer
from coordination.workflow import DESTRUCTION
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import wake
from residents.models import Case, Complaint, NeedReport, Resident, ServiceRequest

BY_NUMBER = (
    (RecordKind.CASE, Case, "case_sign"),
    (RecordKind.REQUEST, ServiceRequest, "reference"),
    (RecordKind.REPORT, NeedReport, "reference"),
    (RecordKind.DATA_REQUEST, DataRequest, "number"),
    (RecordKind.COMPLAINT, Complaint, "reference"),
    (RecordKind.VOLUNTEER, Volunteer, "agreement_number"),
)


@transaction.atomic
def take_off_line(
    made: DestructionList,
    *,
    line: DestructionLine,
    reason: str,
    not_before: date | None = None,
    by: User,
    now: datetime,
) -> DestructionList:
    """Keep one record for now; it comes on a later list again, not before the day if one is given."""
    DESTRUCTION.move(made, "take_off", by=by, reason=reason)
    off = {"taken_off_at": now, "taken_off_by": by, "taken_off_reason": reason, "not_before": not_before}
    if not made.lines.standing().filter(pk=line.pk).update(**off):
        raise ValidationError(_("This line has been taken off already."))
    return made


@transaction.atomic
def record_archive_consent(
    made: DestructionList, *, archive_sign: str, archive_consent_on: date, by: User, now: datetime
) -> DestructionList:
    if archive_consent_on > timezone.localdate(now):
        raise ValidationError({"archive_consent_on": _("This day has not come yet.")})
    DESTRUCTION.move(made, "consent", by=by, archive_sign=archive_sign, archive_consent_on=archive_consent_on)
    return made


@transaction.atomic
def sign_list(made: DestructionList, *, by: User, now: datetime) -> DestructionList:
    """Let everything on the list be taken out: once there was time to object, and the archive agrees where it must."""
    standing = made.lines.standing()
    if not standing.exists():
        raise ValidationError(_("No line stands on this list any more. Give it up."))
    if timezone.localdate(now) < made.may_be_signed_from:
        raise ValidationError(_("The time to object has not passed yet."))
    if not made.archive_sign and standing.filter(rule__needs_consent=True).exists():
        raise ValidationError(_("The State Archive must agree first: record the sign and day of its consent."))
    DESTRUCTION.move(made, "sign", by=by, signed_by=by, signed_at=now)
    transaction.on_commit(lambda: wake("coordination.tasks.carry_out_destruction"))
    return made


@transaction.atomic
def abandon_list(made: DestructionList, *, reason: str, by: User, now: datetime) -> DestructionList:
    """Give the list up; what stood on it comes on the next one."""
    DESTRUCTION.move(made, "abandon", by=by, reason=reason)
    made.lines.standing().update(taken_off_at=now, taken_off_by=by, taken_off_reason=reason)
    return made


@transaction.atomic
def place_hold(*, number: str, ground: str, reason: str, review_on: date, by: User, now: datetime) -> RetentionHold:
    """Keep a record past its term, known by its number; a line that stands on an open list is taken off."""
    require(by, "coordination.add_retentionhold")
    kind, object_id = found_by(number)
    if RetentionHold.objects.in_force().filter(kind=kind, object_id=object_id).exists():
        raise ValidationError({"number": _("This is held already.")})
    hold = RetentionHold.objects.create(
        kind=kind,
        object_id=object_id,
        number=number.strip(),
        ground=ground,
        reason=reason,
        review_on=review_on,
        placed_by=by,
        placed_at=now,
    )
    lines = DestructionLine.objects.standing().filter(kind=kind, object_id=object_id, done_at=None)
    open_lists = DestructionList.objects.open()
    words = f"{hold.get_ground_display()}: {reason}"[:300]
    lines.filter(destruction_list__in=open_lists).update(taken_off_at=now, taken_off_by=by, taken_off_reason=words)
    record("retentionhold.add", hold, by=by, reason=reason, ground=ground)
    return hold


def found_by(number: str) -> tuple[str, int]:
    """Return kind and key of the record under this number."""
    number = number.strip()
    for kind, model, column in BY_NUMBER:
        key = model.objects.filter(**{column: number}).values_list("pk", flat=True).first()
        if key:
            return kind, key
    if number.isdecimal() and len(number) < 19 and Resident.objects.filter(pk=int(number)).exists():
        return RecordKind.PERSON, int(number)
    raise ValidationError({"number": _("Nothing is on record under this number.")})


@transaction.atomic
def lift_hold(hold: RetentionHold, *, reason: str, by: User, now: datetime) -> RetentionHold:
    """End the hold: the term counts again, and the record may come on the next list."""
    require(by, "coordination.change_retentionhold", hold)
    if not RetentionHold.objects.in_force().filter(pk=hold.pk).update(lifted_at=now, lifted_by=by):
        raise ValidationError(_("This hold has ended already."))
    record("retentionhold.lift", hold, by=by, reason=reason)
    return hold
