"""Two records of one person: joined by somebody who gives the reason, taken apart exactly. Never by a machine."""

from datetime import datetime

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.history import Event
from cus_portal.audit.log import record
from cus_portal.workdays import deadline
from residents.actions.queue import take_earlier_place
from residents.actions.requests import withdraw_request
from residents.models import Case, ConflictOfInterest, HouseholdMember, Merge, Representation, ServiceRequest
from residents.models.person import Resident, pesel_fields
from residents.terms import plan_terms

MERGE = "residents.merge_residents"
# What the record that stays takes over where it has nothing of its own.
FILLED = ("birth_date", "born_about", "phone", "email", "address", "postal_code", "locality_id")


@transaction.atomic
def merge_residents(kept: Resident, *, absorbed: Resident, reason: str, by: User, now: datetime) -> Merge:
    """Join a record to another of the same person: all that points to it goes over, and it leads there from now on.

    What both have stays as the record that stays has it. Reports that are frozen stay as they are.
    """
    kept, absorbed = _locked(kept, absorbed)
    for one in (kept, absorbed):
        require(by, MERGE, one)
    _refuse_two_people(kept, absorbed)
    if not reason.strip():
        raise ValidationError({"reason": _("Write how you know that this is one person.")})
    moved = _move_all(absorbed, kept)
    Resident.objects.filter(pk=absorbed.pk).update(merged_into=kept)
    filled = _fill(kept, absorbed)
    merge = Merge.objects.create(
        kept=kept, absorbed=absorbed, reason=reason, merged_by=by, merged_at=now, moved=moved, filled=filled
    )
    record("resident.merge", kept, by=by, reason=reason, other=absorbed.pk)
    record("resident.merge", absorbed, by=by, reason=reason, other=kept.pk)
    return merge


@transaction.atomic
def join_filing(request: ServiceRequest, *, other: ServiceRequest, by: User, now: datetime) -> ServiceRequest:
    """Close a request that was filed once more by another way; the other one goes on, by the earlier clock.

    Its papers stay with it, and its history says which request goes on.
    """
    require(by, "residents.take_up_request", other)
    if other.pk == request.pk or other.status == ServiceRequest.Status.WITHDRAWN:
        raise ValidationError({"other": _("Choose another request that is not withdrawn.")})
    withdraw_request(request, by=by, now=now, reason=_("The same request as %(number)s") % {"number": other.reference})
    ServiceRequest.objects.filter(pk=request.pk).update(goes_on_in=other)
    request.goes_on_in = other
    _take_earlier_places(request, other, by=by, now=now)
    if request.received_on < other.received_on:
        first = {"received_on": request.received_on}
        if request.due_on < other.due_on:
            first |= {"due_raw_on": request.due_raw_on, "due_on": request.due_on}
        ServiceRequest.objects.filter(pk=other.pk).update(**first)
        sooner = {"due_raw_on": request.due_raw_on, "due_on": request.due_on}
        other.items.undecided().filter(due_on__gt=request.due_on).update(**sooner)
        _count_plan_term_anew(other, since=request.received_on)
    record(
        "servicerequest.join_filing",
        other,
        by=by,
        reason=_("Filed once more: %(number)s") % {"number": request.reference},
    )
    other.refresh_from_db()
    return other


def _take_earlier_places(request, other, *, by, now):
    twins = {(item.service_id, item.for_applicant): item for item in request.items.exclude(service=None)}
    reason = _("The same request as %(number)s") % {"number": request.reference}
    for item in other.items.exclude(service=None).order_by("pk"):
        if twin := twins.get((item.service_id, item.for_applicant)):
            take_earlier_place(item, twin=twin, reason=reason, by=by, now=now)


def _count_plan_term_anew(request, *, since):
    """Let the plan's term run from the earlier day, where it ran from this request."""
    was, due = _plan_due(request.received_on), _plan_due(since)
    counted = Case.objects.filter(pk=request.case_id, status=Case.Status.OPEN, plan_due_on=was.raw)
    counted.update(plan_due_on=due.raw, plan_due_moved_on=due.moved)


def _plan_due(since):
    return deadline(since, days=plan_terms(since).within_days)


@transaction.atomic
def unmerge_residents(kept: Resident, *, merge: Merge, reason: str, by: User, now: datetime) -> Resident:
    """Take two records apart again: what went over goes back, what came since stays. Return the one set free."""
    if merge.undone_at is not None:
        raise ValidationError(_("These two records are apart already."))
    kept, absorbed = _locked(merge.kept, merge.absorbed)
    for one in (kept, absorbed):
        require(by, MERGE, one)
    if kept.merged_into_id:
        raise ValidationError(_("The record that stayed was joined to another one since. Take those two apart first."))
    if not reason.strip():
        raise ValidationError({"reason": _("Write why these are two people.")})
    for place, keys in merge.moved.items():
        label, field = place.rsplit(".", 1)
        rows = apps.get_model(label)._base_manager.filter(pk__in=keys, **{field: kept.pk})
        rows.update(**{field: absorbed.pk})
    _empty(kept, absorbed, merge.filled)
    Resident.objects.filter(pk=absorbed.pk).update(merged_into=None)
    Merge.objects.filter(pk=merge.pk).update(undone_at=now, undone_by=by, undo_reason=reason)
    record("resident.unmerge", kept, by=by, reason=reason, other=absorbed.pk)
    record("resident.unmerge", absorbed, by=by, reason=reason, other=kept.pk)
    absorbed.refresh_from_db()
    return absorbed


def _locked(kept, absorbed):
    """Lock both in one order everywhere, so that two people who join them the other way round do not wait for ever."""
    rows = Resident.objects.select_for_update(no_key=True).filter(pk__in=[kept.pk, absorbed.pk]).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[kept.pk], found[absorbed.pk]


def _refuse_two_people(kept, absorbed):
    if kept.pk == absorbed.pk:
        raise ValidationError({"absorbed": _("Choose another record.")})
    if kept.merged_into_id or absorbed.merged_into_id:
        raise ValidationError(_("One of these records is joined to another one already."))
    if kept.restricted_file_id != absorbed.restricted_file_id:
        raise ValidationError(_("One of these records is in a restricted file. Put the other one there too first."))
    both = Q(resident=kept, representative=absorbed) | Q(resident=absorbed, representative=kept)
    if Representation.objects.filter(both).exists():
        raise ValidationError(_("One of them represents the other: these are two people."))
    shared = HouseholdMember.objects.standing().filter(resident=kept).values("household")
    if HouseholdMember.objects.standing().filter(resident=absorbed, household__in=shared).exists():
        raise ValidationError(_("They live in one household as two people. If that is a mistake, end one membership."))


def relations():
    """Return what points to residents. The history of a record and the joinings themselves stay with their record."""
    apart = (Merge, Event, Resident)
    fields = Resident._meta.get_fields(include_hidden=True)
    found = [one for one in fields if one.one_to_many and one.auto_created]
    return [one for one in found if not issubclass(one.related_model, apart)]


def _move_all(absorbed, kept):
    """Let all that points to one record point to the other; return which rows went over, by model and column."""
    moved = {}
    for relation in relations():
        field = relation.field
        rows = relation.related_model._base_manager.filter(**{field.name: absorbed.pk})
        if relation.related_model is ConflictOfInterest:  # who has declared it for both stays declared for both
            rows = rows.exclude(user__in=ConflictOfInterest.objects.in_force().filter(resident=kept).values("user"))
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        if keys:
            rows.update(**{field.name: kept.pk})
            moved[f"{relation.related_model._meta.label_lower}.{field.name}"] = keys
    return moved


def _fill(kept, absorbed):
    """Take over what the record that stays lacks; return the names of those columns."""
    columns = {name: getattr(absorbed, name) for name in FILLED if getattr(absorbed, name) and not getattr(kept, name)}
    if "birth_date" in columns and kept.born_about:
        del columns["birth_date"]
    if "born_about" in columns and kept.birth_date:
        del columns["born_about"]
    if absorbed.pesel and not kept.pesel:
        columns |= pesel_fields(absorbed.pesel) | {"pesel_to_check": absorbed.pesel_to_check}
    Resident.objects.filter(pk=kept.pk).update(**columns)
    return sorted(columns)


def _empty(kept, absorbed, filled):
    """Empty what was taken over and is still as it was taken."""
    empty = pesel_fields("") | {"pesel_to_check": False}
    empty |= {name: None if name.endswith(("_date", "_id")) else "" for name in FILLED}
    if kept.pesel_index != absorbed.pesel_index:
        filled = [name for name in filled if not name.startswith("pesel")]
    columns = {
        name: empty[name]
        for name in filled
        if name in ("pesel", "pesel_ends") or getattr(kept, name) == getattr(absorbed, name)
    }
    Resident.objects.filter(pk=kept.pk).update(**columns)
