"""Closing a file to the centre at large, letting people in, opening it in an emergency; conflicts of interest."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from residents.models import (
    Case,
    ConflictOfInterest,
    FileAccess,
    Resident,
    RestrictedFile,
    ServiceRequest,
    TeamMember,
)
from residents.models.numbers import case_sign_in, reference_in
from residents.models.restricted import reaches

EMERGENCY = timedelta(hours=24)
_closers: list[Callable] = []


def closes_with_file(function: Callable) -> Callable:
    """Register what is closed with a file: function(cases, by) of the cases that go into it."""
    _closers.append(function)
    return function


@transaction.atomic
def restrict_file(
    subject: ServiceRequest | Case | Resident, *, kind: str, reason: str = "", by: User, now: datetime
) -> RestrictedFile:
    """Close the request, case or person with all that belongs to it; whoever leads it stays let in.

    The rest of a care team is let in by name, where that is right: what is found out may be about one of them.
    """
    subject.refresh_from_db(from_queryset=type(subject).objects.select_for_update(no_key=True))
    require(by, "residents.restrict_file", subject)
    if subject.restricted_file_id is not None:
        raise ValidationError(_("This is in a restricted file already."))
    file = _open_file(kind, by=by, now=now)
    requests, cases, people = _whole(subject)
    for rows in (requests, cases, people):
        rows.filter(restricted_file=None).update(restricted_file=file)
    for close in _closers:
        close(cases, by=by)
    subject.restricted_file = file
    workers = {pk for pk in requests.values_list("assigned_to", flat=True) if pk}
    workers |= set(cases.values_list("coordinator", flat=True)) | {by.pk}
    deputies = TeamMember.objects.in_force(timezone.localdate(now)).filter(role=TeamMember.Role.DEPUTY)
    workers |= set(deputies.filter(case__in=cases).values_list("user", flat=True))
    for pk in sorted(workers):
        _admit(file, pk, reason=str(_("works on it")), by=by, now=now)
    record(f"{subject._meta.model_name}.restrict", subject, by=by, reason=reason, kind=kind)
    record("restrictedfile.open", file, by=by, reason=reason, kind=kind)
    return file


def restrict_at_filing(request: ServiceRequest, *, kind: str, by, now: datetime) -> None:
    """Put what was just filed into a restricted file of its own; those who oversee such files are told at once."""
    file = _open_file(kind, by=by, now=now)
    ServiceRequest.objects.filter(pk=request.pk).update(restricted_file=file)
    request.restricted_file = file
    if by.pk:
        _admit(file, by.pk, reason=str(_("works on it")), by=by, now=now)
    record("restrictedfile.open", file, by=by, kind=kind)
    on = timezone.localdate(now)
    keepers = User.objects.holding(Role.PROTECTION, on=on) | User.objects.holding(Role.DIRECTOR, on=on)
    for keeper in keepers:
        key = f"restricted-filed:{file.pk}:{keeper.pk}"
        facts = {"number": str(file), "file_id": file.pk, "is_urgent": request.is_urgent}
        notify(keeper, "restricted_filed", dedupe_key=key, **facts)


@transaction.atomic
def lift_restriction(file: RestrictedFile, *, reason: str, by: User, now: datetime) -> RestrictedFile:
    """Make the file an ordinary one again."""
    require(by, "residents.manage_restrictedfile", file)
    if not RestrictedFile.objects.in_force().filter(pk=file.pk).update(ended_at=now):
        raise ValidationError(_("The restriction has been lifted already."))
    for rows in (file.requests, file.cases, file.residents):
        rows.update(restricted_file=None)
    file.accesses.in_force().update(ended_at=now)
    record("restrictedfile.lift", file, by=by, reason=reason)
    return file


@transaction.atomic
def let_in(
    file: RestrictedFile, *, user: User, reason: str, last_day: date | None = None, by: User, now: datetime
) -> FileAccess:
    """Let a worker into the file, for good or until the end of a day."""
    require(by, "residents.manage_restrictedfile", file)
    if last_day and last_day < timezone.localdate(now):
        raise ValidationError({"last_day": _("Choose today or a later day.")})
    if file.ended_at:
        raise ValidationError(_("The restriction has been lifted already."))
    until = timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time.min)) if last_day else None
    access = _admit(file, user.pk, reason=reason, until=until, by=by, now=now)
    record("restrictedfile.let_in", file, by=by, reason=reason, user=user.pk)
    return access


@transaction.atomic
def end_access(file: RestrictedFile, *, user: User, reason: str = "", by: User, now: datetime) -> RestrictedFile:
    """Close the file to a worker who had been let in."""
    require(by, "residents.manage_restrictedfile", file)
    if not file.accesses.in_force().filter(user=user).update(ended_at=now):
        raise ValidationError({"user": _("This worker has no access to the file.")})
    record("restrictedfile.end_access", file, by=by, reason=reason, user=user.pk)
    return file


@transaction.atomic
def break_glass(number: str, *, reason: str, by: User, now: datetime) -> ServiceRequest | Case | None:
    """Open a restricted file for a day by the number of its request or case, and tell the data protection officer.

    Each try is kept, also of a number behind which there is nothing. Returns None when there is nothing restricted
    under the number, or the worker knows the person: the answer tells neither from the other.
    """
    require(by, "residents.break_glass")
    found = _restricted_under(number)
    opened = found is not None and not _knows(by, found) and not reaches(by, found)
    if opened:
        _admit(found.restricted_file, by.pk, reason=reason, until=now + EMERGENCY, by=by, now=now, is_emergency=True)
    act, subject = ("restrictedfile.break_glass", found.restricted_file) if opened else ("user.break_glass", by)
    kept = record(act, subject, by=by, reason=reason)
    for officer in User.objects.holding(Role.DPO, on=timezone.localdate(now)):
        key = f"break-glass:{kept.pk}:{officer.pk}"
        notify(officer, "break_glass", dedupe_key=key, event_id=kept.pk, opened=opened)
    return found if opened else None


# -- what goes on with a restricted file ----------------------------------------------------------
def keep_restricted(source: ServiceRequest | Case | Resident, target: Case | Resident | ServiceRequest) -> None:
    """Put what comes of something restricted into the same file."""
    if source.restricted_file_id and not target.restricted_file_id:
        type(target).objects.filter(pk=target.pk).update(restricted_file=source.restricted_file_id)
        target.restricted_file_id = source.restricted_file_id


def admit_worker(row: ServiceRequest | Case, worker: User, *, by: User, now: datetime) -> None:
    """Let who works on a restricted request or case into its file."""
    if row.restricted_file_id:
        _admit(row.restricted_file, worker.pk, reason=str(_("works on it")), by=by, now=now)


def check_no_conflict(user: User, resident_id: int | None) -> None:
    """Refuse a worker who must not deal with this person, without saying why."""
    if ConflictOfInterest.objects.of(user).filter(resident=resident_id).exists():
        raise ValidationError({"coordinator": _("This coordinator cannot take this case. Choose another.")})


# -- conflicts of interest ------------------------------------------------------------------------
@transaction.atomic
def declare_conflict(resident: Resident, *, relation: str, by: User, now: datetime) -> ConflictOfInterest:
    """Say that one knows the person: from now on nothing about the person is shown to the one who said so.

    What he had taken up is free again; the director learns which case needs another coordinator.
    """
    require(by, "residents.declare_conflict", resident)
    if relation not in ConflictOfInterest.Relation.values:
        raise ValidationError({"relation": _("Choose one of the list.")})
    try:
        with transaction.atomic():
            conflict = ConflictOfInterest.objects.create(
                user=by, resident=resident, relation=relation, declared_by=by, declared_at=now
            )
    except IntegrityError:
        raise ValidationError(_("You have said so already.")) from None
    resident.requests.open().filter(assigned_to=by).update(assigned_to=None)
    FileAccess.objects.in_force().filter(user=by, file__residents=resident).update(ended_at=now)
    on = timezone.localdate(now)
    TeamMember.objects.in_force(on).filter(user=by, case__resident=resident).update(valid_to=on)
    record("resident.declare_conflict", resident, by=by)
    for case in resident.cases.open().filter(coordinator=by):
        for director in User.objects.holding(Role.DIRECTOR, on=on).exclude(pk=by.pk):
            key = f"coordinator-needed:{conflict.pk}:{case.pk}:{director.pk}"
            notify(director, "coordinator_needed", dedupe_key=key, number=case.case_sign, case_id=case.pk)
    by.__dict__.pop("_conflicts", None)
    return conflict


@transaction.atomic
def end_conflict(conflict: ConflictOfInterest, *, reason: str, by: User, now: datetime) -> ConflictOfInterest:
    """Say that the conflict is over; never by the one whom it concerned."""
    require(by, "residents.end_conflict", conflict)
    if not ConflictOfInterest.objects.in_force().filter(pk=conflict.pk).update(ended_at=now):
        raise ValidationError(_("This has ended already."))
    conflict.ended_at = now
    record("conflictofinterest.end_conflict", conflict, by=by, reason=reason)
    return conflict


# -- what the actions share -----------------------------------------------------------------------
def _open_file(kind, *, by, now):
    if kind not in RestrictedFile.Kind.values:
        raise ValidationError({"kind": _("Choose one of the list.")})
    return RestrictedFile.objects.create(kind=kind, opened_at=now, opened_by_id=by.pk)


def _admit(file, user_id, *, reason, until=None, by, now, is_emergency=False):
    """Let somebody in; whoever is in for good stays so."""
    known = file.accesses.in_force().filter(user=user_id, until=None).first()
    given = {"given_by_id": by.pk, "given_at": now, "until": until, "is_emergency": is_emergency}
    return known or FileAccess.objects.create(file=file, user_id=user_id, reason=reason, **given)


def _whole(subject):
    """Return requests, cases and residents that are closed together with the subject."""
    requests, cases = ServiceRequest.objects.all(), Case.objects.all()
    if isinstance(subject, Resident):
        return (
            requests.filter(resident=subject),
            cases.filter(resident=subject),
            Resident.objects.filter(pk=subject.pk),
        )
    case_id = subject.pk if isinstance(subject, Case) else subject.case_id
    if case_id is None:
        return requests.filter(pk=subject.pk), cases.none(), Resident.objects.none()
    return requests.filter(case=case_id), cases.filter(pk=case_id), Resident.objects.none()


def _restricted_under(number):
    """Return the restricted request or case of that number, as people write it."""
    if reference := reference_in(number):
        return ServiceRequest.objects.filter(reference=reference, restricted_file__isnull=False).first()
    if sign := case_sign_in(number):
        return Case.objects.filter(case_sign=sign, restricted_file__isnull=False).first()
    return None


def _knows(user, row):
    return ConflictOfInterest.objects.of(user).filter(resident=row.resident_id).exists()
