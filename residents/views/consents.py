"""The person takes a consent back on the status page, as easily as it was given (RODO art. 7 ust. 3)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from residents.actions.consents import withdraw_consent
from residents.models import Consent, RequestParty
from residents.views.following import changed_meanwhile, of_holder, reach


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def consent_withdraw(request, tracked, holder, pk):
    reach(tracked, RequestParty.Sight.ALL)
    consent = get_object_or_404(tracked.consents.told_to_the_person().select_related("receiver"), pk=pk)
    if consent.withdrawn_at:  # pressed twice, or come back to by the browser's arrow
        return changed_meanwhile(request)
    if request.method != "POST":
        return render(request, "residents/consent_withdraw.html", {"tracked": tracked, "consent": consent})
    try:
        withdraw_consent(consent, form=Consent.Form.PORTAL, by=holder, now=timezone.now())
    except ValidationError:
        return changed_meanwhile(request)
    messages.success(request, _("Your consent is withdrawn. We have told the institution."))
    return redirect("residents:request_status")
