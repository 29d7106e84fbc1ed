"""Who of one's own institution is away, and who stands in."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.actions.in_hand import end_absence, write_absence
from coordination.colleagues import Colleagues
from coordination.forms import AbsenceForm
from cus_portal.accounts.models import Absence
from cus_portal.accounts.permissions import require
from cus_portal.forms import posted


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request):
    """List who is away or will be, and write down one's own days."""
    require(request.user, "coordination.view_inbox")
    now = timezone.now()
    on = timezone.localdate(now)
    colleagues = Colleagues(request.user.institutions_granting("coordination.claim_referral"), on=on)
    form = AbsenceForm(**posted(request), user=request.user, colleagues=colleagues)
    if form.is_valid():
        try:
            write_absence(by=request.user, now=now, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Noted. Your colleagues see when you are away."))
            return redirect("coordination:absences")
    rows = Absence.objects.visible_to(request.user).filter(last_day__gte=on).select_related("user", "stands_in")
    return render(
        request, "coordination/absences.html", {"form": form, "absences": rows.order_by("first_day", "pk"), "on": on}
    )


@require_POST
def absence_end(request, pk):
    absence = get_object_or_404(Absence.objects.visible_to(request.user), pk=pk)
    end_absence(absence, by=request.user, now=timezone.now())
    messages.success(request, _("Noted: you are here."))
    return redirect("coordination:absences")
