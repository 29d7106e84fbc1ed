"""The pages of a case on which its needs are talked over: the form with its draft, and each version."""

import json

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cus_portal.accounts.permissions import require
from cus_portal.admin import add_errors
from cus_portal.audit.log import record_read
from cus_portal.presence import leave_form, open_form
from residents.actions.assessments import (
    WRITE,
    WrittenMeanwhile,
    keep_assessment_draft,
    write_assessment,
)
from residents.assessment_forms import AssessmentForm
from residents.models import AssessmentDraft

CARRIED_OVER = ("situation", "needs", "wishes", "resources", "obstacles")


class AssessmentPages:
    """For the admin of cases."""

    def get_urls(self):
        guarded, name = self.admin_site.admin_view, "residents_case"
        return [
            path("<int:object_id>/assess/", guarded(self.assess_view), name=f"{name}_assess"),
            path("<int:object_id>/assess/draft/", guarded(require_POST(self.draft_view)), name=f"{name}_assess_draft"),
            path("<int:object_id>/assessment/<int:number>/", guarded(self.assessment_view), name=f"{name}_assessment"),
            *super().get_urls(),
        ]

    def assess_view(self, request, object_id):
        """Write the next version. Where somebody was faster, both are shown and nothing typed is lost."""
        case, now = self._seen(request, str(object_id)), timezone.now()
        require(request.user, WRITE, case)
        newest, data = case.assessments.select_related("author").first(), request.POST.copy()
        draft = case.assessment_drafts.filter(author=request.user, about=AssessmentDraft.ASSESSMENT).first()
        form = AssessmentForm(
            data if request.method == "POST" else None, initial=self.begun(newest, draft), on=now.date()
        )
        stale = None
        if form.is_valid():
            try:
                written = write_assessment(case, **form.cleaned_data, by=request.user, now=now)
            except WrittenMeanwhile as faster:
                stale = faster.newest
                words = _("%(who)s has written version %(number)d meanwhile. It is below; yours is kept here.")
                form.add_error(None, words % {"who": stale.author, "number": stale.number})
                data["seen"] = stale.number  # the next time it is written in the knowledge of that version
            except ValidationError as error:
                add_errors(form, error)
            else:
                leave_form(request.path, by=request.user, now=now)
                messages.success(request, _("The assessment is written."))
                return redirect(written.get_absolute_url())
        context = {
            **self.page_of(request, case),
            "title": _("Talk over the needs"),
            "form": form,
            "others": open_form(request.path, by=request.user, now=now),
            "stale": self.facts_of(stale) if stale else [],
            "draft": draft,
            "draft_url": reverse("admin:residents_case_assess_draft", args=[case.pk]),
        }
        return TemplateResponse(request, "admin/residents/assess.html", context)

    @staticmethod
    def begun(newest, draft):
        """Return what the form begins with: the draft, else what the newest version says."""
        if draft:
            return json.loads(draft.said)
        if newest is None:
            return {}
        return {name: getattr(newest, name) for name in CARRIED_OVER} | {"seen": newest.number}

    def draft_view(self, request, object_id):
        """Keep what is typed; a script sends it as one types, the button without one."""
        case, now = self._seen(request, str(object_id)), timezone.now()
        said = {name: request.POST[name][:8000] for name in AssessmentForm.base_fields if name in request.POST}
        keep_assessment_draft(case, said=said, by=request.user, now=now)
        open_form(reverse("admin:residents_case_assess", args=[case.pk]), by=request.user, now=now)
        words = _("Draft saved at %(time)s.") % {"time": time_format(timezone.localtime(now), "H:i")}
        if "draft" in request.POST:
            messages.success(request, words)
            return redirect("admin:residents_case_assess", case.pk)
        newest = case.assessments.select_related("author").first()
        faster = newest is not None and said.get("seen", "") != str(newest.number)
        if faster:
            told = _("%(who)s has written version %(number)d meanwhile. Yours is kept; you will see both.")
            words = f"{words} {told % {'who': newest.author, 'number': newest.number}}"
        return HttpResponse(words, content_type="text/plain; charset=utf-8", status=409 if faster else 200)

    def assessment_view(self, request, object_id, number):
        case = self._seen(request, str(object_id))
        versions = case.assessments.select_related("author")
        shown = get_object_or_404(versions, number=number)
        record_read(case, by=request.user, screen="assessment")
        context = {
            **self.page_of(request, case),
            "title": _("Assessment of needs, version %(number)d") % {"number": number},
            "facts": self.facts_of(shown),
            "others": [one for one in versions if one.pk != shown.pk],
        }
        return TemplateResponse(request, "admin/residents/assessment.html", context)

    def page_of(self, request, case):
        return {**self.admin_site.each_context(request), "opts": self.opts, "original": case}

    @staticmethod
    def facts_of(one):
        return [
            (_("Day of the talk"), one.held_on),
            (_("Where it was"), one.get_place_display()),
            (_("Who was there"), one.present),
            (_("Situation"), one.situation),
            (_("Needs recognised"), one.needs),
            (_("What the person wants"), one.wishes),
            (_("What helps already"), one.resources),
            (_("What stands in the way"), one.obstacles),
            (_("Valid until"), one.valid_until),
            (_("Written by"), one.author),
            (_("Written"), one.written_at),
        ]

    def assessments_of(self, request, case):
        """Return the section of the case's page."""
        on = timezone.localdate()
        may_write = request.user.has_perm(WRITE, case)
        rows = list(case.assessments.select_related("author"))
        return {
            "title": _("Assessment of needs"),
            "rows": [
                {
                    "label": _("Version %(number)d, talk of %(day)s")
                    % {"number": one.number, "day": date_format(one.held_on, "j E Y")},
                    "url": one.get_absolute_url(),
                    "text": str(one.author),
                    **self.validity(one, is_newest=one is rows[0], on=on),
                }
                for one in rows
            ],
            "add_url": reverse("admin:residents_case_assess", args=[case.pk]) if may_write else "",
            "add_label": _("Talk over the needs"),
        }

    @staticmethod
    def validity(one, *, is_newest, on):
        if not is_newest:
            return {"kind": "", "tag": ""}
        day = date_format(one.valid_until, "j E Y")
        if one.valid_until < on:
            return {"kind": "late", "tag": _("held until %(day)s") % {"day": day}}
        return {"kind": "ok", "tag": _("holds until %(day)s") % {"day": day}}
