"""Complaints and suggestions: taken from anybody, answered within a month or the delay told, or passed on."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.notifications.outbox import notify
from cus_portal.workdays import deadline, deadline_in_months
from residents.actions.requests import new_access_code
from residents.models import Complaint
from residents.workflow import COMPLAINT

About, Kind, Result, LeftBecause = Complaint.About, Complaint.Kind, Complaint.Result, Complaint.LeftBecause
SORTED = [about for about in About if about != About.OTHER]
PASSED_ON_WITHIN = 7  # days (KPA art. 231)
LETTERS = {Kind.COMPLAINT: "SK", Kind.SUGGESTION: "W", Kind.PRAISE: "PD"}


@dataclass(frozen=True)
class Words:
    """What somebody says, about whom, and who says it."""

    kind: str
    text: str
    about: str = About.OTHER
    about_words: str = ""
    name: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""
    language: str = "pl"
    channel: str = Complaint.Channel.PORTAL


def file_complaint(words: Words, *, received_on: date, token: UUID, by, now: datetime) -> Complaint:
    """Take a complaint once, from the public or at the desk; its month runs from the day it came (KPA art. 237)."""
    if not (by.has_perm("residents.file_complaint") or by.has_perm("residents.add_complaint")):
        raise PermissionDenied("residents.file_complaint")
    if received_on > timezone.localdate(now):
        raise ValidationError({"received_on": _("This day is still to come.")})
    token = uuid.uuid5(token, repr(words))
    known = Complaint.objects.filter(submit_token=token)
    if complaint := known.first():
        return complaint
    due = deadline_in_months(received_on, months=1)
    try:
        with transaction.atomic():
            complaint = Complaint.objects.create(
                **words.__dict__,
                reference=_new_reference(words.kind, now),
                access_code=new_access_code(),
                submit_token=token,
                received_on=received_on,
                due_raw_on=due.raw,
                due_on=due.moved,
                recorded_by_id=by.pk,
            )
            record("complaint.submit", complaint, by=by, to_state=complaint.status)
            notify(complaint, "complaint_received", dedupe_key=f"complaint:{complaint.pk}", number=complaint.reference)
    except IntegrityError:
        return known.get()
    return complaint


def _new_reference(kind, now):
    year, prefix = timezone.localdate(now).year, f"{settings.CENTRE['reference_prefix']}-{LETTERS[Kind(kind)]}"
    return f"{prefix}-{year}-{next_number(f'complaint:{prefix}', year):04d}"


def to_be_passed_on_by(complaint: Complaint) -> date:
    """Return until when what belongs to another body goes there (KPA art. 231)."""
    return deadline(complaint.received_on, days=PASSED_ON_WITHIN).moved


@transaction.atomic
def sort_complaint(complaint: Complaint, *, about: str, by: User, now: datetime) -> Complaint:
    """Say what a complaint about "something else" is about, so that it gets to whom it may and to nobody else."""
    if not complaint.is_unsorted:
        raise ValidationError(_("What it is about is said already."))
    if about not in SORTED:
        raise ValidationError({"about": _("Choose what it is about.")})
    COMPLAINT.move(complaint, "sort", by=by, reason=str(About(about).label), about=about)
    return complaint


@transaction.atomic
def examine_complaint(complaint: Complaint, *, about_worker: User | None = None, by: User, now: datetime) -> Complaint:
    """Begin to examine it, and say which worker it is about: he does not see it from now on, whatever his role."""
    if about_worker is not None and about_worker.pk == by.pk:
        raise ValidationError({"about_worker": _("A complaint about yourself is examined by your superior.")})
    if complaint.is_about_somebody_unsaid and about_worker is None:
        raise ValidationError({"about_worker": _("Say which worker it is about: nobody may examine his own matter.")})
    COMPLAINT.move(complaint, "examine", by=by, about_worker=about_worker)
    return complaint


@transaction.atomic
def extend_complaint(complaint: Complaint, *, until: date, reason: str, by: User, now: datetime) -> Complaint:
    """Tell within the term why it takes longer, and the new day (KPA art. 237 § 4 with art. 36)."""
    today = timezone.localdate(now)
    if until <= complaint.due_on:
        raise ValidationError({"until": _("Choose a day after the one that is set now.")})
    COMPLAINT.move(
        complaint, "extend", by=by, due_raw_on=until, due_on=until, extended_on=today, extension_reason=reason
    )
    return _tell(complaint)


@transaction.atomic
def answer_complaint(
    complaint: Complaint, *, answer: str, result: str = "", grounds: str = "", by: User, now: datetime
) -> Complaint:
    """Answer: what was found and done. One that is found baseless gets its grounds in fact and in law (art. 238)."""
    if complaint.kind == Kind.COMPLAINT and not result:
        raise ValidationError({"result": _("Say whether the complaint is well founded.")})
    if result == Result.UNFOUNDED and not grounds.strip():
        raise ValidationError({"grounds": _("Write the grounds in fact and in law (KPA art. 238 § 1).")})
    ended = {"ended_on": timezone.localdate(now), "answered_by": by}
    COMPLAINT.move(complaint, "answer", by=by, answer=answer, result=result, grounds=grounds, **ended)
    return _tell(complaint)


@transaction.atomic
def pass_complaint_on(complaint: Complaint, *, passed_to: str, by: User, now: datetime) -> Complaint:
    """Pass it on to the body whose matter it is and tell who complained, within seven days (KPA art. 231)."""
    COMPLAINT.move(complaint, "pass_on", by=by, passed_to=passed_to, ended_on=timezone.localdate(now))
    return _tell(complaint)


@transaction.atomic
def leave_complaint(complaint: Complaint, *, left_because: str, by: User, now: datetime) -> Complaint:
    """Leave it without examination, for a reason that the law knows."""
    if left_because == LeftBecause.UNNAMED and complaint.name.strip() and complaint.address.strip():
        raise ValidationError({"left_because": _("This one has a name and an address.")})
    COMPLAINT.move(complaint, "leave", by=by, left_because=left_because, ended_on=timezone.localdate(now))
    return _tell(complaint)


@transaction.atomic
def withdraw_complaint(complaint: Complaint, *, by: User, now: datetime) -> Complaint:
    """Record that whoever complained takes it back."""
    COMPLAINT.move(complaint, "withdraw", by=by, ended_on=timezone.localdate(now))
    return complaint


def _tell(complaint):
    key = f"complaint-news:{complaint.pk}:{complaint.version}"
    notify(complaint, "complaint_news", dedupe_key=key, number=complaint.reference)
    return complaint
