"""Complaining without an account, and reading the answer by number and code."""

import uuid

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from cus_portal.accounts.actors import PublicActor
from cus_portal.forms import posted
from residents.actions import Words, file_complaint, to_be_passed_on_by
from residents.forms import ComplaintForm, ComplaintTrackForm
from residents.models import Complaint, PrivacyNotice
from residents.views.base import COMPLAINED, JUST_FILED, KEPT_FOR, prove, public_page
from residents.views.filing import may_file


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def complaint_new(request):
    now = timezone.now()
    on = timezone.localdate(now)
    form = ComplaintForm(**posted(request), initial={"token": uuid.uuid4()})
    if request.method == "POST" and form.is_valid() and may_file(request, form, now):
        facts = dict(form.cleaned_data)
        token = facts.pop("token")
        words = Words(**facts, language=get_language())
        complaint = file_complaint(words, received_on=on, token=token, by=PublicActor(), now=now)
        request.session[JUST_FILED] = complaint.reference
        return redirect("residents:complaint_done")
    notice = PrivacyNotice.objects.current(on)
    return render(request, "residents/complaint_new.html", {"form": form, "notice": notice})


@public_page
@require_safe
def complaint_done(request):
    if JUST_FILED not in request.session:
        return redirect("residents:complaint_new")
    complaint = Complaint.objects.get(reference=request.session[JUST_FILED])
    return render(request, "residents/complaint_done.html", {"complaint": complaint})


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def complaint_status(request):
    """Show by number and code where a complaint is, until when, and what was answered."""
    form, now = ComplaintTrackForm(**posted(request)), timezone.now()
    if request.method == "POST" and form.is_valid() and (found := prove(request, form, among=Complaint.objects.all())):
        request.session.cycle_key()
        request.session[COMPLAINED] = {"pk": found.pk, "until": (now + KEPT_FOR).timestamp()}
        return redirect("residents:complaint_status")
    kept = request.session.get(COMPLAINED)
    is_open = kept and kept["until"] > now.timestamp() and request.method != "POST"
    complaint = Complaint.objects.filter(pk=kept["pk"]).first() if is_open else None
    goes_on_by = None
    if complaint and complaint.is_open and complaint.is_about_the_director:
        goes_on_by = to_be_passed_on_by(complaint)
    return render(
        request,
        "residents/complaint_status.html",
        {"form": form, "complaint": complaint, "goes_on_by": goes_on_by},
    )
