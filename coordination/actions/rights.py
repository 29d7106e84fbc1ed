"""What is done with requests about one's own data."""

from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.copies import pieces_of
from coordination.models import DataRequest
from coordination.retention import make_list
from coordination.terms import erasable, living_of, records_of
from coordination.workflow import DATA_REQUEST
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.workdays import deadline_in_months
from residents.models import ProcessingRestriction, Representation, Resident

ANSWERED_WITHIN, EXTENDED_TO = 1, 3  # months (RODO art. 12 ust. 3)


@transaction.atomic
def record_data_request(
    resident: Resident,
    *,
    kind: str,
    received_on: date,
    said: str = "",
    asked_by: Representation | None = None,
    by: User,
    now: datetime,
) -> DataRequest:
    """Write down what is asked about a person's data, and by whom; the month runs from the day of receipt."""
    require(by, "coordination.add_datarequest", resident)
    if asked_by is not None and asked_by not in who_may_ask_for(resident, on=received_on):
        raise ValidationError({"asked_by": _("This person may not ask for the data of another.")})
    asked = DataRequest.objects.create(
        number=f"RD-{received_on.year}-{next_number('RD', received_on.year):04}",
        resident=resident,
        kind=kind,
        asked_by=asked_by,
        said=said,
        received_on=received_on,
        due_on=deadline_in_months(received_on, months=ANSWERED_WITHIN).moved,
    )
    facts = {"basis": asked_by.basis} if asked_by else {}
    record("datarequest.add", asked, by=by, to_state=asked.status, kind=kind, **facts)
    return asked


def who_may_ask_for(resident: Resident, *, on: date) -> QuerySet[Representation]:
    """Return who signs for the person on that day: a curator only helps, a de facto carer has no such right."""
    powers = resident.representations.in_force(on).filter(basis__in=Representation.SIGNS_ALONE)
    return powers.select_related("representative")


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
    _refuse_what_the_officer_decides(asked)
    DATA_REQUEST.move(asked, "answer", by=by, answer=answer, answered_at=now)
    return asked


@transaction.atomic
def refuse_data_request(asked: DataRequest, *, answer: str, by: User, now: datetime) -> DataRequest:
    """Refuse with a reason; the person may complain to the President of the UODO."""
    _refuse_what_the_officer_decides(asked)
    DATA_REQUEST.move(asked, "refuse", by=by, answer=answer, answered_at=now)
    return asked


def _refuse_what_the_officer_decides(asked):
    if asked.kind in DataRequest.DECIDED_BY_OFFICER:
        raise ValidationError(_("The data protection officer decides on this."))


# -- what the officer decides -------------------------------------------------------------------
@transaction.atomic
def grant_restriction(asked: DataRequest, *, ground: str, answer: str, by: User, now: datetime) -> DataRequest:
    """Let the data be stored and nothing else (art. 18), on the person's wish or on an objection (art. 21)."""
    if asked.kind not in (DataRequest.Kind.RESTRICTION, DataRequest.Kind.OBJECTION):
        raise ValidationError(_("This is no request for a restriction and no objection."))
    DATA_REQUEST.move(asked, "grant", by=by, answer=answer, answered_at=now)
    if ProcessingRestriction.objects.in_force().filter(resident=asked.resident).exists():
        raise ValidationError(_("Processing is restricted already."))
    ProcessingRestriction.objects.create(
        resident=asked.resident, ground=ground, asked=asked.number, placed_by=by, placed_at=now
    )
    record("resident.restrict_processing", asked.resident, by=by, ground=ground)
    return asked


@transaction.atomic
def lift_processing_restriction(
    asked: DataRequest, *, reason: str, told_on: date, by: User, now: datetime
) -> DataRequest:
    """Lift the restriction that this request brought, once the person has been told so (art. 18 ust. 3)."""
    if told_on > timezone.localdate(now):
        raise ValidationError({"told_on": _("Tell the person first: this day has not come yet.")})
    DATA_REQUEST.move(asked, "lift", by=by, reason=reason)
    found = ProcessingRestriction.objects.in_force().filter(resident=asked.resident, asked=asked.number)
    if not found.update(lifted_at=now, lifted_by=by, told_on=told_on):
        raise ValidationError(_("This restriction has been lifted already."))
    record("resident.lift_processing", asked.resident, by=by)
    return asked


@transaction.atomic
def grant_erasure(asked: DataRequest, *, answer: str, by: User, now: datetime) -> DataRequest:
    """Put what is on record of the person on a destruction list (art. 17); the director signs it, as any other."""
    if asked.kind != DataRequest.Kind.ERASURE:
        raise ValidationError(_("This is no request for erasure."))
    if living := living_of(asked.resident):
        numbers = {"numbers": ", ".join(living)}
        raise ValidationError(_("Not finished yet: %(numbers)s. Nothing of it can be erased now.") % numbers)
    on = timezone.localdate(now)
    records = erasable(asked, on)
    if not records:
        raise ValidationError(_("Nothing is on record of this person that may be erased."))
    DATA_REQUEST.move(asked, "grant", by=by, answer=answer, answered_at=now)
    make_list(records, on=on, asked=asked, by=by)
    return asked


@transaction.atomic
def turn_down(asked: DataRequest, *, answer: str, by: User, now: datetime) -> DataRequest:
    """Refuse what the officer decides; of an erasure the answer says what must be kept, and until when."""
    if asked.kind not in DataRequest.DECIDED_BY_OFFICER:
        raise ValidationError(_("The desk answers this."))
    if asked.kind == DataRequest.Kind.ERASURE and (kept := what_is_kept(asked.resident)):
        answer = f"{answer.strip()}\n\n{kept}"
    DATA_REQUEST.move(asked, "turn_down", by=by, answer=answer, answered_at=now)
    return asked


def what_is_kept(resident: Resident) -> str:
    """Return in words, for the letter, what the law keeps of the person and until when."""
    with translation.override(settings.LANGUAGE_CODE):
        lines = [_("%(number)s: not finished yet") % {"number": number} for number in living_of(resident)]
        for one in records_of(resident):
            if one.rule is None or one.kept_until is None:
                lines.append(_("%(number)s: kept for ever or without a term yet") % {"number": one.number})
            else:
                facts = {"number": one.number, "day": date_format(one.kept_until, "j E Y")}
                lines.append(_("%(number)s: kept until %(day)s") % facts + f" ({one.rule.legal_source})")
        duty = _("The law obliges us to keep (RODO art. 17 ust. 3 lit. b):")
    return "\n".join([duty, *lines]) if lines else ""
