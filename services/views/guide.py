"""Ways to a service for those who are not sure: "Is it for me?" and the guided questions."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cus_portal.forms import posted
from services.check_form import CheckForm
from services.eligibility import Fit, assess
from services.models import GuideAnswer, GuideQuestion, ServiceVersion
from services.presentation import Card, said


@sensitive_post_parameters()
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request, slug):
    """Answer at once and keep nothing: what people say of their health stands in no address, session or log."""
    today = timezone.localdate()
    version = get_object_or_404(ServiceVersion.objects.listed(), slug=slug)
    programme = version.programme_shown(today)
    form = CheckForm(**posted(request), page=version.page, programme=programme)
    verdict = assess(version.page, form.answers(), programme=programme) if form.is_valid() else None
    return render(
        request,
        "services/check.html",
        {
            "version": version,
            "name": said(version.card["plain_name"]),
            "form": form,
            "verdict": verdict,
            "instead": said(verdict.instead["name"]) if verdict and verdict.instead else "",
            "fit": Fit(verdict.fit).name.lower() if verdict else "",
            "in_force": version.basis_in_force(today) is not None,
        },
    )


@login_not_required
@require_safe
def guide(request):
    """Begin the guided questions, or lead to the whole list where nobody has written any."""
    start = GuideQuestion.objects.filter(is_start=True).first()
    return redirect("services:guide_question", start.code) if start else redirect("services:list")


@login_not_required
@require_safe
def guide_question(request, code):
    question = get_object_or_404(GuideQuestion.objects.prefetch_related("answers__leads_to"), code=code)
    is_delicate = question.is_delicate or any(
        answer.leads_to.is_delicate for answer in question.answers.all() if answer.leads_to
    )
    context = {
        "question": _said(question, "text", "hint"),
        "answers": [{"answer": answer, **_said(answer, "label")} for answer in question.answers.all()],
        "is_start": question.is_start,
        "quick_exit": settings.CENTRE["quick_exit"] if is_delicate else "",
    }
    return render(request, "services/guide_question.html", context)


@login_not_required
@require_safe
def guide_end(request, code, position):
    """Show the services at the end of a way, and whom to call. Those that are not offered today are left out."""
    today = timezone.localdate()
    answers = GuideAnswer.objects.select_related("question").filter(leads_to=None)
    answer = get_object_or_404(answers, question__code=code, position=position)
    found = ServiceVersion.objects.offered(today).filter(service__guide_answers=answer).for_list()
    context = {
        "answer": _said(answer, "label", "advice"),
        "question_code": answer.question.code,
        "cards": [Card(version, today).plain for version in found],
        "quick_exit": settings.CENTRE["quick_exit"] if answer.question.is_delicate else "",
    }
    return render(request, "services/guide_end.html", context)


def _said(row, *words):
    """Return texts in the language of the moment and the language they are in: Polish where nobody translated them."""
    said = {}
    for word in words:
        translated = getattr(row, f"{word}_{get_language()}", "")
        said[word] = translated or getattr(row, word)
        said[f"{word}_language"] = get_language() if translated else settings.LANGUAGE_CODE
    return said
