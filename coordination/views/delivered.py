"""The resident's sight on what was done this month and the last, and the word that it was otherwise."""

from datetime import time

from dateutil.relativedelta import relativedelta
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.actions.needs import give_up_need
from coordination.actions.visits import moment, object_to_visit
from coordination.begun import has_begun
from coordination.forms_delivery import ObjectForm
from coordination.models import ServiceRecord
from cus_portal.admin import add_errors
from cus_portal.forms import posted
from cus_portal.workflow import TransitionNotAllowed
from residents.models import RequestItem, RequestParty
from residents.tracking import name_of
from residents.views.following import changed_meanwhile, of_holder, reach
from residents.workflow import ITEM

MARKED = (ServiceRecord.Status.DONE, ServiceRecord.Status.NOT_DONE)
MONTHS_BACK = relativedelta(months=1)


def needs_of(tracked):
    """Return the needs that whoever holds the code may read of."""
    return tracked.items.filter(for_applicant=False) if tracked.code_is_the_persons else tracked.items


def visits_of(tracked):
    """Return the marked visits of this month and the last that were given for the needs of the request."""
    needs = needs_of(tracked)
    first = timezone.localdate().replace(day=1) - MONTHS_BACK
    rows = ServiceRecord.objects.filter(provision__item__in=needs.values("pk"), status__in=MARKED)
    return rows.filter(starts_at__gte=moment(first, time.min)).select_related("provision__item")


@of_holder
@require_safe
def month(request, tracked, holder):
    reach(tracked, RequestParty.Sight.ALL)
    rows = list(visits_of(tracked).order_by("-starts_at", "-pk"))
    names = {
        need.pk: name_of(need)
        for need in RequestItem.objects.with_public_words().filter(pk__in={row.provision.item_id for row in rows})
    }
    context = {"rows": [(row, names[row.provision.item_id]) for row in rows], "tracked": tracked}
    return render(request, "coordination/delivered.html", context)


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request, tracked, holder, pk):
    """Take the word of the person that a visit was otherwise than it is written down."""
    reach(tracked, RequestParty.Sight.ALL)
    visit = get_object_or_404(visits_of(tracked).filter(status=ServiceRecord.Status.DONE), pk=pk)
    if visit.objected_at:  # pressed twice, or come back to by the browser's arrow
        return changed_meanwhile(request, "delivery:month")
    form = ObjectForm(**posted(request))
    if form.is_valid():
        try:
            object_to_visit(visit, text=form.cleaned_data["text"], by=holder, now=timezone.now())
        except ValidationError as error:
            add_errors(form, error)
        except TransitionNotAllowed:
            return changed_meanwhile(request, "delivery:month")
        else:
            messages.success(request, _("Thank you. We will look into it and answer here."))
            return redirect("delivery:month")
    return render(request, "coordination/delivered_objection.html", {"visit": visit, "form": form})


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def give_place_up(request, tracked, holder, position):
    """Let the person give up a place granted; once help has begun, say with whom it is ended."""
    needs = needs_of(tracked).select_related("request__case").with_public_words()
    need = get_object_or_404(needs, position=position)
    if not need.for_applicant:
        reach(tracked, RequestParty.Sight.ALL)
    if need.status not in ITEM["give_up"].sources:  # pressed twice, or come back to by the browser's arrow
        return changed_meanwhile(request)
    if request.method != "POST":
        context = {"need": name_of(need), "tracked": tracked, "has_begun": has_begun(need)}
        return render(request, "coordination/give_place_up.html", context)
    try:
        give_up_need(need, by=holder, now=timezone.now())
    except TransitionNotAllowed:
        return changed_meanwhile(request)
    messages.success(request, _("This need is withdrawn. The place goes to the next person."))
    return redirect("residents:request_status")
