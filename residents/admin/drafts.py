"""Moves on whose page one writes at length: what is typed is kept as the writer's draft until the move is made."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from cus_portal.presence import open_form
from residents.actions.assessments import keep_draft, move_draft_name

DRAFT = "draft"


class DraftedMoves:
    """For the admin of cases and of what belongs to one."""

    drafted: tuple[str, ...] = ()

    def case_of(self, obj):
        return obj

    def draft_of(self, request, obj, move):
        drafts = self.case_of(obj).assessment_drafts
        return drafts.filter(author=request.user, about=move_draft_name(obj, move.name)).first()

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name in self.drafted and (draft := self.draft_of(request, obj, move)):
            request.move_draft = draft
            kwargs["initial"] = json.loads(draft.said)
        return kwargs

    def move_view(self, request, object_id, name):
        if name not in self.drafted:
            return super().move_view(request, object_id, name)
        if request.method == "POST" and DRAFT in request.GET:
            return self.keep_move_draft(request, object_id, name)
        response = super().move_view(request, object_id, name)
        if isinstance(response, TemplateResponse):
            response.template_name = "admin/residents/drafted_move.html"
            response.context_data |= {
                "draft": getattr(request, "move_draft", None),
                "draft_url": f"{request.path}?{DRAFT}=1",
            }
        return response

    def keep_move_draft(self, request, object_id, name):
        """Keep what is typed; a script sends it as one types, the button without one."""
        obj, now = self._seen(request, str(object_id)), timezone.now()
        move = next(move for move in self.moves if move.name == name)
        if not self.may_move(request.user, obj, move):
            raise PermissionDenied
        said = {field: request.POST[field][:8000] for field in move.form.base_fields if field in request.POST}
        keep_draft(self.case_of(obj), move_draft_name(obj, name), said, by=request.user, now=now)
        open_form(request.path, by=request.user, now=now)
        words = _("Draft saved at %(time)s.") % {"time": time_format(timezone.localtime(now), "H:i")}
        if DRAFT in request.POST:
            messages.success(request, words)
            return redirect(obj.get_absolute_url())
        return HttpResponse(words, content_type="text/plain; charset=utf-8")
