"""What is done with requests about one's own data."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.copies import pieces_of
from coordination.models import DataRequest
from coordination.workflow import DATA_REQUEST
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.workdays import deadline_in_months
from residents.models import Resident

ANSWERED_WITHIN, EXTENDED_TO = 1, 3  # months (RODO art. 12 ust. 3)


@transaction.atomic
def record_data_request(
    resident: Resident, *, kind: str, received_on: date, said: str = "", by: User, now: datetime
) -> DataRequest:
    """Write down what a person asks about his data, with the month that runs from the day of receipt."""
    require(by, "coordination.add_datarequest", resident)
    asked = DataRequest.objects.create(
        number=f"RD-{received_on.year}-{next_number('RD', received_on.year):04}",
        resident=resident,
        kind=kind,
        said=said,
        received_on=received_on,
        due_on=deadline_in_months(received_on, months=ANSWERED_WITHIN).moved,
    )
    record("datarequest.add", asked, by=by, to_state=asked.status, kind=kind)
    return asked


@transaction.atomic
def prepare_copy(asked: DataRequest, *, by: User, now: datetime) -> DataRequest:
    """Pass the copy to the data protection officer: it may hold what others said, or where they live."""
    if asked.kind != DataRequest.Kind.COPY:
        raise ValidationError(_("Only a copy of the data is looked through."))
    DATA_REQUEST.move(asked, "prepare", by=by)
    return asked


@transaction.atomic
def pass_copy(asked: DataRequest, *, left_out: list[str], by: User, now: datetime) -> DataRequest:
    """Let the copy leave without the passages that tell of others."""
    known = {piece.key for piece in pieces_of(asked.resident)}
    DATA_REQUEST.move(asked, "pass", by=by, left_out=sorted(known & set(left_out)), reviewed_by=by)
    return asked


@transaction.atomic
def extend_data_request(asked: DataRequest, *, reason: str, by: User, now: datetime) -> DataRequest:
    """Take two months more, with a reason that the person is told within the first (RODO art. 12 ust. 3)."""
    if asked.extension_reason:
        raise ValidationError(_("The term was extended already; it cannot be extended again."))
    due_on = deadline_in_months(asked.received_on, months=EXTENDED_TO).moved
    DATA_REQUEST.move(asked, "extend", by=by, due_on=due_on, extension_reason=reason)
    return asked


@transaction.atomic
def answer_data_request(asked: DataRequest, *, answer: str, by: User, now: datetime) -> DataRequest:
    if asked.kind == DataRequest.Kind.COPY and asked.status != DataRequest.Status.READY:
        raise ValidationError(_("The data protection officer has not looked this copy through yet."))
    DATA_REQUEST.move(asked, "answer", by=by, answer=answer, answered_at=now)
    return asked


@transaction.atomic
def refuse_data_request(asked: DataRequest, *, answer: str, by: User, now: datetime) -> DataRequest:
    """Refuse with a reason; the person may complain to the President of the UODO."""
    DATA_REQUEST.move(asked, "refuse", by=by, answer=answer, answered_at=now)
    return asked
