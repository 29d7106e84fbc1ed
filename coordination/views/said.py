"""The person's sight on the institutions that were asked for help, by number and code: confirm, object, give up."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.actions.incoming_course import confirm_answer, dispute_answer
from coordination.actions.said import confirm_outcome, dispute_outcome, give_up_referral, keep_waiting
from coordination.forms_said import OutcomeForm
from coordination.models import Referral
from coordination.person_page import incoming_of, referrals_of
from coordination.presentation import told_of_incoming, told_to_the_person
from coordination.workflow import REFERRAL
from cus_portal.admin import add_errors
from cus_portal.forms import posted
from cus_portal.workflow import TransitionNotAllowed
from residents.models import RequestParty
from residents.views.following import changed_meanwhile, of_holder, reach
from services.presentation import POLISH, said

LIST = "delivery:referrals"


@of_holder
@require_safe
def referrals(request, tracked, holder):
    reach(tracked, RequestParty.Sight.ALL)
    on = timezone.localdate()
    rows = [
        {
            "referral": row,
            "service": said(row.service_names or {POLISH: row.service.plain_name}) if row.service_id else "",
            "words": told_to_the_person(row, row.position),
            "to_confirm": is_to_confirm(row),
            "to_wait": row.status == Referral.Status.WAITLISTED and row.respond_by < on,
            "to_give_up": row.status in REFERRAL["withdraw"].sources,
        }
        for row in referrals_of(tracked).order_by("-pk")
    ]
    came = [
        {"incoming": row, "words": told_of_incoming(row), "to_confirm": is_to_confirm(row)}
        for row in incoming_of(tracked).order_by("-pk")
    ]
    return render(request, "coordination/told_referrals.html", {"rows": rows, "came": came})


def is_to_confirm(row):
    return row.status == row.Status.COMPLETED and not row.person_said


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request, tracked, holder, pk):
    """Ask the person whether the help was given as the centre told the institution."""
    reach(tracked, RequestParty.Sight.ALL)
    row = get_object_or_404(incoming_of(tracked), pk=pk)
    if not is_to_confirm(row):
        return changed_meanwhile(request, LIST)  # pressed twice, or come back to by the browser's arrow
    told = {"institution": row.sender.name, "words": told_of_incoming(row), "referred_to_us": True}
    return _asked(request, row, holder, (confirm_answer, dispute_answer), _("Thank you. We will see it."), told)


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request, tracked, holder, pk):
    """Ask the person whether the help was given as the institution says."""
    reach(tracked, RequestParty.Sight.ALL)
    referral = get_object_or_404(referrals_of(tracked), pk=pk)
    if not is_to_confirm(referral):
        return changed_meanwhile(request, LIST)
    told = {"institution": referral.receiver.name, "words": told_to_the_person(referral), "referred_to_us": False}
    thanks = _("Thank you. Your coordinator will see it.")
    return _asked(request, referral, holder, (confirm_outcome, dispute_outcome), thanks, told)


def _asked(request, row, holder, ways, thanks, told):
    """Ask whether the help was given, and write down the answer by one of the two ways: it was so, or otherwise."""
    confirm, dispute = ways
    form = OutcomeForm(**posted(request))
    if form.is_valid():
        now = timezone.now()
        try:
            if form.cleaned_data["helped"] == "yes":
                confirm(row, by=holder, now=now)
            else:
                dispute(row, by=holder, now=now, text=form.cleaned_data["text"])
        except ValidationError as error:
            add_errors(form, error)
        except TransitionNotAllowed:
            return changed_meanwhile(request, LIST)
        else:
            messages.success(request, thanks)
            return redirect(LIST)
    return render(request, "coordination/told_outcome.html", told | {"form": form})


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def give_up(request, tracked, holder, pk):
    """Withdraw a referral that the person does not want any more."""
    reach(tracked, RequestParty.Sight.ALL)
    referral = get_object_or_404(referrals_of(tracked), pk=pk)
    if referral.status not in REFERRAL["withdraw"].sources:
        return changed_meanwhile(request, LIST)
    if request.method != "POST":
        return render(request, "coordination/told_give_up.html", {"referral": referral})
    try:
        give_up_referral(referral, by=holder, now=timezone.now())
    except TransitionNotAllowed:
        return changed_meanwhile(request, LIST)
    messages.success(request, _("It is withdrawn. We have told the institution."))
    return redirect(LIST)


@of_holder
@require_POST
def wait(request, tracked, holder, pk):
    """Take down that the person still wants the place for which it waits."""
    reach(tracked, RequestParty.Sight.ALL)
    referral = get_object_or_404(referrals_of(tracked), pk=pk)
    if referral.status != Referral.Status.WAITLISTED:
        return changed_meanwhile(request, LIST)
    try:
        keep_waiting(referral, by=holder, now=timezone.now())
    except TransitionNotAllowed:
        return changed_meanwhile(request, LIST)
    messages.success(request, _("Thank you. You keep your place, and we ask again in a month."))
    return redirect(LIST)
