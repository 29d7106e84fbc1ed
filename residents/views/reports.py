"""Telling us about somebody else's need, or asking, without an account and without a name."""

import uuid

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from cus_portal.accounts.actors import PublicActor
from cus_portal.forms import posted
from residents.actions import report_need
from residents.forms import NeedReportForm, QuestionForm
from residents.models import NeedReport, PrivacyNotice
from residents.views.base import ASKED, KEPT_FOR, prove, public_page, quick_exit
from residents.views.filing import may_file

REPORTED = "need_reported"


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def report_new(request):
    now = timezone.now()
    form = NeedReportForm(**posted(request), initial={"token": uuid.uuid4()})
    if request.method == "POST" and form.is_valid() and may_file(request, form, now):
        facts = dict(form.cleaned_data)
        report = report_need(**facts, language=get_language(), by=PublicActor(), now=now)
        request.session[REPORTED] = report.reference
        return redirect("residents:report_done")
    notice = PrivacyNotice.objects.current(timezone.localdate(now))
    return render(
        request, "residents/report_new.html", {"form": form, "notice": notice, "quick_exit": quick_exit(needed=True)}
    )


@public_page
@require_safe
def report_done(request):
    if REPORTED not in request.session:
        return redirect("residents:report_new")
    report = NeedReport.objects.get(reference=request.session[REPORTED])
    return render(request, "residents/report_done.html", {"report": report, "quick_exit": quick_exit(needed=True)})


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def report_answer(request):
    """Show whoever asked a question, by number and code, what is answered; nobody has to say who he is."""
    form, now = QuestionForm(**posted(request)), timezone.now()
    questions = NeedReport.objects.exclude(access_code="")
    if request.method == "POST" and form.is_valid() and (asked := prove(request, form, among=questions)):
        request.session.cycle_key()
        request.session[ASKED] = {"pk": asked.pk, "until": (now + KEPT_FOR).timestamp()}
        return redirect("residents:report_answer")
    kept = request.session.get(ASKED)
    is_open = kept and kept["until"] > now.timestamp()
    question = questions.filter(pk=kept["pk"]).first() if is_open and request.method != "POST" else None
    return render(request, "residents/report_answer.html", {"form": form, "question": question})
