"""Saying how a service was, by a code and without a name; the same on paper for the coordinator to hand out."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from coordination.actions.surveys import invitation_of, take_answer
from coordination.documents import survey_paper
from coordination.forms_survey import CodeForm, SurveyForm
from coordination.models import SurveyInvitation
from cus_portal.accounts.actors import PublicActor
from cus_portal.forms import posted
from cus_portal.throttle import client_address, hit

TRIES = 20


def public_page(view):
    return sensitive_post_parameters()(never_cache(login_not_required(view)))


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def survey_enter(request):
    """Ask for the code that stands on the paper or in the mail."""
    now = timezone.now()
    form = CodeForm(**posted(request))
    if form.is_valid():
        code = form.cleaned_data["code"].replace(" ", "")
        if not hit("survey", client_address(request), limit=TRIES, minutes=60, now=now):
            form.add_error(None, _("Too many tries. Wait an hour and try again, or call us."))
        elif invitation := invitation_of(code, on=timezone.localdate(now)):
            return redirect("survey:answer", code=invitation.code)
        else:
            form.add_error("code", _("This code does not fit, or was used already."))
    return render(request, "coordination/survey_enter.html", {"form": form})


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def survey_answer(request, code):
    """Show the questions; whoever has answered comes here no more."""
    now = timezone.now()
    may_try = hit("survey", client_address(request), limit=TRIES, minutes=60, now=now)
    invitation = invitation_of(code, on=timezone.localdate(now)) if may_try else None
    if invitation is None:
        return redirect("survey:enter")
    form = SurveyForm(**posted(request))
    if form.is_valid():
        try:
            take_answer(invitation, by=PublicActor(), now=now, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("survey:thanks")
    context = {"form": form, "service": invitation.service.plain_name}
    return render(request, "coordination/survey_answer.html", context)


@public_page
@require_safe
def survey_thanks(request):
    return render(request, "coordination/survey_thanks.html")


@require_safe
def survey_pdf(request, pk):
    """Print the questions with their code, in large letters, for whoever has no mail."""
    rows = SurveyInvitation.objects.visible_to(request.user).select_related("service")
    invitation = get_object_or_404(rows, pk=pk, used=False)
    address = request.build_absolute_uri(reverse("survey:enter"))
    response = HttpResponse(survey_paper(invitation, address=address), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="pytania-{invitation.pk}.pdf"'
    return response
