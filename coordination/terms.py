"""What is on record, when it ended, how long it is kept. Asked of the database, a rule at a time; nothing goes here.

A record whose term has ended, that nothing holds and that is on no list, comes on the next destruction list.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice

from django.db.models import BigIntegerField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from coordination.models import (
    ArchiveCategory,
    DataRequest,
    DestructionLine,
    RecordKind,
    RetentionHold,
    RetentionRule,
    Volunteer,
)
from cus_portal.audit.models import AuditEvent
from residents.models import (
    Case,
    Complaint,
    NeedReport,
    ProcessingRestriction,
    Representation,
    RequestItem,
    Resident,
    ServiceRequest,
)


@dataclass(frozen=True)
class Record:
    """One record that has ended, with the rule that was in force on that day."""

    kind: str
    object_id: int
    number: str
    ended_on: date
    rule: RetentionRule | None
    person: int | None = None

    @property
    def key(self):
        return (self.kind, self.object_id)

    @property
    def kept_until(self) -> date | None:
        return self.rule.kept_until(self.ended_on) if self.rule else None


NOBODY = Value(None, output_field=BigIntegerField())  # no resident's record stands behind it


# -- what has ended, and when -------------------------------------------------------------------
def ended_cases() -> QuerySet:
    living = ServiceRequest.objects.open().filter(case=OuterRef("pk"))
    rows = Case.objects.filter(~Exists(living), status=Case.Status.CLOSED)
    return rows.annotate(ended_on=F("closed_on"), label=F("case_sign"), person=F("resident"))


def ended_requests() -> QuerySet:
    """Return requests without a case that got their last answer; a need that waits for a place has not ended."""
    needs = RequestItem.objects.filter(request=OuterRef("pk")).order_by()
    last = needs.values("request").annotate(last=Max("decided_at")).values("last")
    rows = ServiceRequest.objects.filter(
        ~Exists(needs.filter(status__in=[RequestItem.Status.WAITLISTED, RequestItem.Status.OFFERED])),
        case=None,
        status__in=[ServiceRequest.Status.SETTLED, ServiceRequest.Status.WITHDRAWN],
    )
    ended = TruncDate(Coalesce("withdrawn_at", Subquery(last), "created_at"))
    return rows.annotate(ended_on=ended, label=F("reference"), person=F("resident"))


def ended_reports() -> QuerySet:
    acts = AuditEvent.objects.filter(object_type="residents.needreport", object_id=OuterRef("pk"))
    closed = acts.filter(action="needreport.close").order_by().values("object_id").annotate(last=Max("at"))
    ended = TruncDate(Coalesce(Subquery(closed.values("last")), "created_at"))
    rows = NeedReport.objects.filter(status=NeedReport.Status.CLOSED)
    return rows.annotate(ended_on=ended, label=F("reference"), person=F("request__resident"))


def ended_data_requests() -> QuerySet:
    rows = DataRequest.objects.filter(answered_at__isnull=False)
    return rows.annotate(ended_on=TruncDate("answered_at"), label=F("number"), person=F("resident"))


def ended_complaints() -> QuerySet:
    """Return what was answered, passed on, left or taken back; who complained need not be on record as a person."""
    rows = Complaint.objects.exclude(ended_on=None)
    return rows.annotate(label=F("reference"), person=NOBODY)


def ended_volunteers() -> QuerySet:
    """Return who left, or whose agreement ran out and was not renewed."""
    rows = Volunteer.objects.standing().annotate(ended_on=Coalesce("left_on", "agreement_until"))
    return rows.exclude(ended_on=None).annotate(label=F("agreement_number"), person=NOBODY)


def idle_people() -> QuerySet:
    """Return people about whom nothing is on record any more, or never was."""
    rows = Resident.objects.standing().exclude(needed())
    return rows.annotate(ended_on=TruncDate("created_at"), label=F("pk"), person=F("pk"))


ENDED = {
    RecordKind.CASE: ended_cases,
    RecordKind.REQUEST: ended_requests,
    RecordKind.REPORT: ended_reports,
    RecordKind.DATA_REQUEST: ended_data_requests,
    RecordKind.COMPLAINT: ended_complaints,
    RecordKind.VOLUNTEER: ended_volunteers,
    RecordKind.PERSON: idle_people,
}
ABOUT_A_PERSON = {RecordKind.CASE: Case, RecordKind.REQUEST: ServiceRequest, RecordKind.DATA_REQUEST: DataRequest}


def taken_out(kind) -> Exists:
    """Return the condition that a signed list has taken this row out."""
    return Exists(DestructionLine.objects.filter(kind=kind, object_id=OuterRef("pk"), done_at__isnull=False))


def needed(*, but: Iterable[tuple[str, int]] = ()) -> Q:
    """Return the condition that somebody is still needed: for something on record, or to speak for another.

    `but` are records that do not count, as they go with the same list.
    """
    going: dict[str, list[int]] = {}
    for kind, number in but:
        going.setdefault(kind, []).append(number)
    found = Q(pk=None)
    for kind, model in ABOUT_A_PERSON.items():
        rows = model.objects.filter(resident=OuterRef("pk")).exclude(taken_out(kind))
        if kind == RecordKind.REQUEST:
            rows = rows.filter(case=None)
        if kind == RecordKind.DATA_REQUEST:  # a granted erasure keeps nobody: that would be its opposite
            rows = rows.exclude(kind=DataRequest.Kind.ERASURE, status=DataRequest.Status.ANSWERED)
        found |= Q(Exists(rows.exclude(pk__in=going.get(kind, []))))
    return found | Q(Exists(Representation.objects.standing().filter(representative=OuterRef("pk"))))


# -- what may go --------------------------------------------------------------------------------
def due_records(on: date, *, limit: int) -> list[Record]:
    """Return what the next list holds: at most so many records, and the people who go with them."""
    rules = list(RetentionRule.objects.exclude(years=None))
    found = list(islice(chain(_due_rows(rules, on), _due_logs(on)), limit))
    return [*found, *_people_who_go(found, on)]


def _due_rows(rules: list[RetentionRule], on: date) -> Iterator[Record]:
    for rule in rules:
        if rule.kind in ENDED:
            rows = _free(ENDED[RecordKind(rule.kind)](), rule.kind, on)
            rows = _under(rows, rule).filter(ended_on__lt=date(on.year - rule.years, 1, 1))
            for row in rows.order_by("pk").values("pk", "label", "ended_on", "person"):
                yield Record(rule.kind, row["pk"], str(row["label"]), row["ended_on"], rule, row["person"])


def _under(rows: QuerySet, rule: RetentionRule) -> QuerySet:
    """Narrow to the rows that ended while the rule was in force and for which it is the nearest one."""
    rows = rows.filter(ended_on__gte=rule.valid_from)
    if rule.valid_to:
        rows = rows.filter(ended_on__lte=rule.valid_to)
    if rule.kind != RecordKind.CASE:
        return rows
    if rule.filing_class:
        return rows.filter(case_sign__regex=_sign(rule.filing_class))
    named = RetentionRule.objects.filter(kind=rule.kind).exclude(filing_class="")
    for symbol in named.values_list("filing_class", flat=True).distinct():
        rows = rows.exclude(case_sign__regex=_sign(symbol))
    return rows


def _sign(symbol: str) -> str:
    """Return the pattern of the signs of one class: CUS.4010.12.2026."""
    return rf"^[^.]+\.{symbol}\."


def _free(rows: QuerySet, kind: str, on: date) -> QuerySet:
    """Leave out what is held, on a list, taken out, or was taken off a list until a later day."""
    lines = DestructionLine.objects.filter(kind=kind, object_id=OuterRef("pk"))
    kept = lines.filter(Q(taken_off_at=None) | Q(not_before__gt=on))
    held = RetentionHold.objects.in_force()
    stored_only = ProcessingRestriction.objects.in_force().filter(resident=OuterRef("person"))
    return rows.exclude(
        Exists(kept)
        | Exists(stored_only)
        | Exists(held.filter(kind=kind, object_id=OuterRef("pk")))
        | Exists(held.filter(kind=RecordKind.PERSON, object_id=OuterRef("person")))
    )


def _due_logs(on: date) -> Iterator[Record]:
    """Return the years of the log of reads whose term has ended, each one record.

    Reads of what is taken out go with it, but for those of the last two years: logs are kept so long whatever they
    tell of (KRI, Dz.U. 2024 poz. 773). These lead to no name any more and go here, with their year.
    """
    first = AuditEvent.objects.filter(action=AuditEvent.READ).order_by("id").first()
    known = DestructionLine.objects.filter(kind=RecordKind.LOG).filter(Q(taken_off_at=None) | Q(not_before__gt=on))
    on_lists = set(known.values_list("object_id", flat=True))
    for year in range(timezone.localtime(first.at).year if first else on.year, on.year):
        ended_on = date(year, 12, 31)
        rule = rule_of(RecordKind.LOG, ended_on)
        if rule and rule.years is not None and rule.kept_until(ended_on) < on and year not in on_lists:
            yield Record(RecordKind.LOG, year, str(year), ended_on, rule)


def _people_who_go(found: list[Record], on: date, *, but: Iterable[tuple[str, int]] = ()) -> list[Record]:
    """Return those for whom nothing stays on record once these records are gone."""
    last: dict[int, date] = {}
    for record in found:
        if record.person and record.kind != RecordKind.PERSON:
            last[record.person] = max(record.ended_on, last.get(record.person, record.ended_on))
    people = (
        Resident.objects.standing().filter(pk__in=last).exclude(needed(but=[*but, *(record.key for record in found)]))
    )
    free = _free(people.annotate(person=F("pk")), RecordKind.PERSON, on)
    going = [
        Record(RecordKind.PERSON, pk, str(pk), last[pk], rule_of(RecordKind.PERSON, last[pk]), pk)
        for pk in free.order_by("pk").values_list("pk", flat=True)
    ]
    return [record for record in going if record.kept_until]


# -- of one person, of one record ---------------------------------------------------------------
def rule_of(kind: str, ended_on: date, *, number: str = "") -> RetentionRule | None:
    """Return the rule in force on that day: that of the class in the sign, else the general one."""
    parts = number.split(".")
    classes = ["", parts[1]] if kind == RecordKind.CASE and len(parts) > 1 else [""]
    rules = RetentionRule.objects.in_force(ended_on).filter(kind=kind, filing_class__in=classes)
    return rules.order_by("-filing_class").first()


def records_of(resident: Resident) -> list[Record]:
    """Return the records of a person that have ended and are still there, with their terms."""
    return [
        Record(kind, row["pk"], row["label"], row["ended_on"], rule_of(kind, row["ended_on"], number=row["label"]),
               resident.pk)
        for kind in ABOUT_A_PERSON
        for row in ENDED[kind]().filter(resident=resident).exclude(taken_out(kind))
        .order_by("pk").values("pk", "label", "ended_on")
    ]  # fmt: skip


def living_of(resident: Resident) -> list[str]:
    """Return the numbers of what is not finished with the person."""
    cases = Case.objects.open().filter(resident=resident).order_by("pk").values_list("case_sign", flat=True)
    requests = ServiceRequest.objects.filter(resident=resident, case=None).exclude(pk__in=ended_requests().values("pk"))
    return [*cases, *requests.order_by("pk").values_list("reference", flat=True)]


def erasable(asked: DataRequest, on: date) -> list[Record]:
    """Return what may go on the person's own request before its term: nothing of category A or BE, nothing held."""
    resident = asked.resident
    free = {
        (kind, pk)
        for kind in ABOUT_A_PERSON
        for pk in _free(ENDED[kind]().filter(resident=resident), kind, on).values_list("pk", flat=True)
    }
    bare = (ArchiveCategory.A, ArchiveCategory.BE)
    found = [
        one for one in records_of(resident) if one.key in free and one.kept_until and one.rule.category not in bare
    ]
    return [*found, *_people_who_go(found, on, but=[(RecordKind.DATA_REQUEST, asked.pk)])]
