"""Notes on a case: written once however often they are sent, never over what somebody else has just written."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from residents.actions.assessments import keep_draft
from residents.models import AssessmentDraft, Case, CaseNote

WRITE, CHANGE = "residents.write_note", "residents.change_note"


class ChangedMeanwhile(Exception):  # noqa: N818
    """Somebody changed the note since it was opened; `now_says` is what it says now."""

    def __init__(self, note: CaseNote):
        self.now_says = note
        super().__init__(note.pk)


def draft_name(note: CaseNote | None) -> str:
    """Return under what the draft of a note is kept: one for a new note, one for each that is being changed."""
    return f"note-{note.pk}" if note else "note"


@transaction.atomic
def write_note(case: Case, *, text: str, sight: str, token: UUID, by: User, now: datetime) -> CaseNote:
    """Write a note. The same sent again is the same note."""
    require(by, WRITE, case)
    _check(text, sight)
    token = uuid.uuid5(token, f"{by.pk}:{sight}:{text}")
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if known := CaseNote.objects.filter(case=case, submit_token=token).first():
        return known
    note = CaseNote.objects.create(case=case, text=text, sight=sight, author=by, written_at=now, submit_token=token)
    _forget_draft(case, None, by)
    record("casenote.write", note, by=by, sight=sight)
    return note


@transaction.atomic
def change_note(note: CaseNote, *, text: str, sight: str, seen: int, by: User, now: datetime) -> CaseNote:
    """Change a note from the version its writer saw. Only its author says who else reads it."""
    require(by, CHANGE, note)
    _check(text, sight)
    if sight != note.sight and by.pk != note.author_id:
        raise ValidationError({"sight": _("Only the author of the note decides who reads it.")})
    fresh = {"text": text, "sight": sight, "changed_by": by, "changed_at": now, "version": F("version") + 1}
    if not CaseNote.objects.filter(pk=note.pk, version=seen).update(**fresh):
        raise ChangedMeanwhile(CaseNote.objects.select_related("author", "changed_by").get(pk=note.pk))
    note.refresh_from_db()
    _forget_draft(note.case, note, by)
    record("casenote.change", note, by=by, sight=sight)
    return note


@transaction.atomic
def keep_note_draft(
    case: Case, *, note: CaseNote | None, said: Mapping[str, str], by: User, now: datetime
) -> AssessmentDraft:
    """Keep what was typed so far of a new note, or of one that is being changed."""
    require(by, WRITE if note is None else CHANGE, note or case)
    return keep_draft(case, draft_name(note), said, by=by, now=now)


def _check(text, sight):
    if not text.strip():
        raise ValidationError({"text": _("Write the note.")})
    if sight not in CaseNote.Sight.values:
        raise ValidationError({"sight": _("Choose one of the list.")})


def _forget_draft(case, note, by):
    AssessmentDraft.objects.filter(case=case, author=by, about=draft_name(note)).delete()
