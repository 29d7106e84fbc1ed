"""The pages of a case on which notes are written and changed: with a draft kept, and nobody's words lost."""

import json
import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cus_portal.accounts.permissions import BlockedError, require
from cus_portal.admin import add_errors
from cus_portal.audit.log import record_read
from cus_portal.paging import slice_of
from cus_portal.presence import leave_form, open_form
from residents.actions.notes import (
    CHANGE,
    WRITE,
    ChangedMeanwhile,
    change_note,
    draft_name,
    keep_note_draft,
    write_note,
)
from residents.models import CaseNote
from residents.note_forms import NoteForm

NOTES_SHOWN, NOTES_MARK = 30, "notatki"


class NotePages:
    """For the admin of cases."""

    def get_urls(self):
        guarded, name = self.admin_site.admin_view, "residents_case"
        return [
            path("<int:object_id>/note/", guarded(self.note_view), name=f"{name}_note_new"),
            path("<int:object_id>/note/<int:note_id>/", guarded(self.note_view), name=f"{name}_note"),
            path(
                "<int:object_id>/note/<int:note_id>/draft/",
                guarded(require_POST(self.note_draft_view)),
                name=f"{name}_note_draft",
            ),
            *super().get_urls(),
        ]

    def note_of(self, request, case, note_id):
        """Return the note as this user may read it, or None for a new one."""
        if not note_id:
            require(request.user, WRITE, case)
            return None
        rows = CaseNote.objects.visible_to(request.user).filter(case=case)
        return get_object_or_404(rows.select_related("author", "changed_by", "case"), pk=note_id)

    def note_view(self, request, object_id, note_id=None):
        """Write or change a note. Where somebody was faster, both versions are shown and nothing typed is lost."""
        case, now = self._seen(request, str(object_id)), timezone.now()
        note, data = self.note_of(request, case, note_id), request.POST.copy()
        draft = case.assessment_drafts.filter(author=request.user, about=draft_name(note)).first()
        form = NoteForm(
            data if request.method == "POST" else None,
            initial=self.note_begun(note, draft),
            may_choose=note is None or note.author_id == request.user.pk,
        )
        stale = None
        if form.is_valid():
            try:
                self.save_note(case, note, form.cleaned_data, by=request.user, now=now)
            except ChangedMeanwhile as faster:
                stale = faster.now_says
                words = _("%(who)s has changed this note meanwhile. It is below; yours is kept here.")
                form.add_error(None, words % {"who": stale.changed_by})
                data["seen"] = stale.version  # the next time it is written in the knowledge of that version
            except BlockedError as error:
                form.add_error(None, str(error))
            except ValidationError as error:
                add_errors(form, error)
            else:
                leave_form(request.path, by=request.user, now=now)
                messages.success(request, _("The note is written."))
                return redirect(case)
        elif note is not None:
            record_read(case, by=request.user, screen="note")
        context = {
            **self.page_of(request, case),
            "title": self.note_title(note),
            "note": note,
            "form": form if note is None or request.user.has_perm(CHANGE, note) else None,
            "stale": stale,
            "others": open_form(request.path, by=request.user, now=now) if note else [],
            "draft": draft,
            "draft_url": reverse("admin:residents_case_note_draft", args=[case.pk, note.pk if note else 0]),
        }
        return TemplateResponse(request, "admin/residents/note.html", context)

    @staticmethod
    def save_note(case, note, said, *, by, now):
        if note is None:
            return write_note(case, text=said["text"], sight=said["sight"], token=said["token"], by=by, now=now)
        sight = said.get("sight") or note.sight
        return change_note(note, text=said["text"], sight=sight, seen=said["seen"], by=by, now=now)

    @staticmethod
    def note_title(note):
        if note is None:
            return _("Write a note")
        return _("Note of %(day)s") % {"day": date_format(timezone.localtime(note.written_at), "j E Y")}

    @staticmethod
    def note_begun(note, draft):
        """Return what the form begins with: the draft, else what the note says."""
        if draft:
            return json.loads(draft.said)
        if note is None:
            return {"sight": CaseNote.Sight.TEAM, "seen": 0, "token": uuid.uuid4()}
        return {"text": note.text, "sight": note.sight, "seen": note.version, "token": uuid.uuid4()}

    def note_draft_view(self, request, object_id, note_id):
        """Keep what is typed; a script sends it as one types, the button without one."""
        case, now = self._seen(request, str(object_id)), timezone.now()
        note = self.note_of(request, case, note_id)
        said = {name: request.POST[name][:8000] for name in NoteForm.base_fields if name in request.POST}
        keep_note_draft(case, note=note, said=said, by=request.user, now=now)
        if note is not None:
            open_form(note.get_absolute_url(), by=request.user, now=now)
        words = _("Draft saved at %(time)s.") % {"time": time_format(timezone.localtime(now), "H:i")}
        if "draft" in request.POST:
            messages.success(request, words)
            return redirect(case)
        return HttpResponse(words, content_type="text/plain; charset=utf-8")

    def notes_of(self, request, case):
        """Return the section of the case's page: the beginning of each note, and who reads it."""
        rows = CaseNote.objects.visible_to(request.user).filter(case=case).select_related("author")
        part = slice_of(rows, request.GET.get(NOTES_MARK), per_page=NOTES_SHOWN)
        may_write = request.user.has_perm(WRITE, case) and case.status == case.Status.OPEN
        tags = {CaseNote.Sight.PRIVATE: ("plain", _("only me")), CaseNote.Sight.FEW: ("warn", _("confidential"))}
        return {
            "title": _("Notes"),
            "rows": [
                {
                    "label": f"{date_format(timezone.localtime(note.written_at), 'j E Y')}, {note.author}",
                    "url": note.get_absolute_url(),
                    "text": Truncator(note.text).chars(160),
                    "kind": kind,
                    "tag": tag,
                }
                for note in part.rows
                for kind, tag in [tags.get(note.sight, ("", ""))]
            ],
            "add_url": reverse("admin:residents_case_note_new", args=[case.pk]) if may_write else "",
            "add_label": _("Write a note"),
            "part": part,
            "mark": NOTES_MARK,
        }
