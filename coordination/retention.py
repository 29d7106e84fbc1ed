"""What the clock does about terms: it draws destruction lists up, and carries out those that were signed.

Nothing is taken out here that is not on a signed list. Each record goes in a transaction of its own, files after it:
killed at any moment, a record is there or gone, and the next run goes on with the next one.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case as If
from django.db.models import Q, Value, When
from django.utils import translation
from django.utils.translation import gettext as _

from coordination.models import DestructionLine, DestructionList, RecordKind, RetentionHold
from coordination.removal import take_out, through_the_door
from coordination.terms import ABOUT_A_PERSON, Record, due_records, ended_volunteers, needed
from coordination.workflow import DESTRUCTION
from cus_portal.accounts.actors import SystemActor
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.files import private_storage
from residents.models import ProcessingRestriction, Resident

OBJECT_WITHIN = timedelta(days=30)  # to look the list through and take lines off
LONGEST = 500  # records on one list: what one person can look through
BATCH = 50
AFTER_OTHERS = If(When(kind=RecordKind.PERSON, then=Value(1)), default=Value(0))
CARRIED_OUT = "destructionlist.take_out"


@transaction.atomic
def draw_up_list(*, on: date) -> DestructionList | None:
    """Put on a list what may go; while one is being looked through, what has become due since waits for the next."""
    _one_at_a_time()
    if DestructionList.objects.open().filter(asked=None).exists():
        return None
    found = due_records(on, limit=LONGEST)
    return make_list(found, on=on) if found else None


def make_list(records: list[Record], *, on: date, asked=None, by=None) -> DestructionList:
    """Write the list down. The reminders tell the director and the officer of it."""
    made = DestructionList.objects.create(
        number=f"BR-{on.year}-{next_number('BR', on.year):04}",
        drawn_up_on=on,
        object_until=on + OBJECT_WITHIN,
        asked=asked,
    )
    DestructionLine.objects.bulk_create(
        DestructionLine(
            destruction_list=made,
            kind=one.kind,
            object_id=one.object_id,
            number=one.number,
            ended_on=one.ended_on,
            kept_until=one.kept_until,
            rule=one.rule,
        )
        for one in records
    )
    record("destructionlist.add", made, by=by or SystemActor(), to_state=made.status, rows=len(records))
    return made


def anonymise_expired(*, on: date, now: datetime, limit: int = BATCH) -> int:
    """Take out what signed lists hold, so many records at most; return how many steps were done."""
    done = 0
    while done < limit and _next_line(now):
        done += 1
    for finished in DestructionList.objects.filter(status=DestructionList.Status.SIGNED).order_by("pk"):
        if not finished.lines.to_do().exists():
            DESTRUCTION.move(finished, "finish", by=SystemActor(), done_at=now)
    return done


@transaction.atomic
def _next_line(now) -> bool:
    """Do one step of one line; return whether there was one. People go after everything that is about them."""
    if not _try_lock():
        return False
    lines = DestructionLine.objects.to_do().order_by(AFTER_OTHERS, "pk")
    line = lines.select_for_update(of=("self",)).first()
    if line is None:
        return False
    if line.done_at:
        _delete_files(line)
    elif why := _why_not(line):
        columns = {"taken_off_at": now, "taken_off_reason": why}
        DestructionLine.objects.filter(pk=line.pk).update(**columns)
    elif line.kind == RecordKind.LOG:
        if not through_the_door(line):
            _done(line, [], now)
    else:
        _done(line, take_out(line), now)
    return True


def _why_not(line) -> str:
    """Return why a record must stay after all: what happened since the list was signed goes before it."""
    holds = RetentionHold.objects.in_force()
    people = holds.filter(kind=RecordKind.PERSON).values("object_id")
    model = ABOUT_A_PERSON.get(line.kind)
    stored_only = ProcessingRestriction.objects.in_force().values("resident")
    held = holds.filter(kind=line.kind, object_id=line.object_id).exists() or (
        model and model.objects.filter(Q(resident__in=people) | Q(resident__in=stored_only), pk=line.object_id).exists()
    )
    with translation.override(settings.LANGUAGE_CODE):
        if held:
            return _("held since the list was signed")
        if line.kind == RecordKind.PERSON and Resident.objects.filter(needed(), pk=line.object_id).exists():
            return _("the person is still needed for something else")
        if line.kind == RecordKind.VOLUNTEER and not _left_as_listed(line):
            return _("the volunteer has come back since the list was drawn up")
    return ""


def _left_as_listed(line) -> bool:
    return ended_volunteers().filter(pk=line.object_id, ended_on=line.ended_on).exists()


def _done(line, files, now):
    DestructionLine.objects.filter(pk=line.pk).update(done_at=now, files=files)
    record(CARRIED_OUT, line.destruction_list, by=SystemActor(), kind=line.kind, number=line.number)


def _delete_files(line):
    """Delete the files of a record that is gone. A name that is gone already does no harm."""
    for name in line.files:
        private_storage().delete(name)
    DestructionLine.objects.filter(pk=line.pk).update(files=[])


def _one_at_a_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('destruction list'))")


def _try_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('destruction list'))")
        return cursor.fetchone()[0]
