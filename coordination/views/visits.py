"""The pages of a provider's worker, on a phone: his own visits of three days, and one press for each."""

from collections import defaultdict
from datetime import time, timedelta
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from coordination.actions import visits as actions
from coordination.actions.settlements import month_of
from coordination.forms_delivery import DoneForm, NotDoneForm, OwnVisitForm, TakeBackForm
from coordination.models import Provision, ServiceRecord
from coordination.reports import month_name
from cus_portal.accounts.permissions import require
from cus_portal.admin import add_errors
from cus_portal.audit.log import record_read, record_reads
from cus_portal.forms import posted
from cus_portal.meanwhile import seen_version
from cus_portal.workflow import TransitionNotAllowed
from residents.models import Flag
from services.units import in_units

DAYS = {
    "wczoraj": (gettext_lazy("Yesterday"), -1),
    "": (gettext_lazy("Today"), 0),
    "jutro": (gettext_lazy("Tomorrow"), 1),
}
MARKS = {
    "zrobione": (actions.mark_done, DoneForm, gettext_lazy("Done"), gettext_lazy("Written down: done.")),
    "nie": (actions.mark_not_done, NotDoneForm, gettext_lazy("Not done"), gettext_lazy("Written down: not done.")),
    "cofnij": (
        actions.take_back_mark,
        TakeBackForm,
        gettext_lazy("Take the mark back"),
        gettext_lazy("The visit is not marked any more."),
    ),
}


def own_visits(user, today):
    """Return what a worker may see: his visits of yesterday, today and tomorrow, and nothing else of any file."""
    first, end = (actions.moment(today + timedelta(days=number), time.min) for number in (-1, 2))
    rows = ServiceRecord.objects.of_worker(user).between(first, end)
    return rows.select_related(
        "resident", "provision__case__coordinator", "contract__basis__service", "contract__agreement"
    ).prefetch_related(Prefetch("resident__flags", Flag.objects.at_the_door().in_force(today), to_attr="warnings"))


def done_words(sums):
    """Return how much was done, each unit with its name, from pairs of a unit and a number."""
    numbers = defaultdict(Decimal)
    for unit, number in sums:
        numbers[unit] += number
    return ", ".join(in_units(number, unit) for unit, number in sorted(numbers.items()))


@require_safe
def visits(request):
    """List the visits of a day, in their order, each with its buttons."""
    require(request.user, "coordination.view_visits")
    chosen = request.GET.get("dzien", "")
    label, ahead = DAYS.get(chosen, DAYS[""])
    today = timezone.localdate()
    day = today + timedelta(days=ahead)
    first, end = (actions.moment(one, time.min) for one in (day, day + timedelta(days=1)))
    unpaid = Exists(Provision.objects.filter(pk=OuterRef("provision")).stranded(day))
    mine = own_visits(request.user, today).between(first, end).annotate(is_unpaid=unpaid)
    rows = list(mine.order_by("starts_at", "pk"))
    known = {(row.resident_id, row.starts_at) for row in rows}
    off = ServiceRecord.objects.called_off_for(request.user).between(first, end).select_related("resident")
    # Planned anew for the same hour, it does take place.
    off = [row for row in off.order_by("starts_at", "pk") if (row.resident_id, row.starts_at) not in known]
    record_reads([*rows, *off], by=request.user, screen="visits")
    now = timezone.now()
    in_month = ServiceRecord.objects.told_by(request.user).done().between(*month_of(day.replace(day=1)))
    context = {
        "day": day,
        "label": label,
        "days": [(name, words, name == chosen) for name, (words, _number) in DAYS.items()],
        "rows": [(row, DoneForm(), NotDoneForm(), row.starts_at <= now) for row in rows],
        "called_off": off,
        "done": done_words((row.unit, row.units) for row in rows if row.status == ServiceRecord.Status.DONE),
        "month": month_name(day),
        "done_in_month": done_words(in_month.order_by().values_list("unit").annotate(sum=Sum("units"))),
    }
    return render(request, "coordination/visits.html", context)


@require_http_methods(["GET", "POST"])
def visit_mark(request, pk, name):
    """Mark one visit. Sent twice, it is marked once; what cannot be is said, and what was typed stays."""
    if name not in MARKS:
        raise Http404
    act, form_class, title, said = MARKS[name]
    today = timezone.localdate()
    visit = get_object_or_404(own_visits(request.user, today), pk=pk)
    require(request.user, "coordination.mark_visit", visit)
    begins, ends = timezone.localtime(visit.starts_at), timezone.localtime(visit.ends_at)
    form = form_class(**posted(request), initial={"begins": begins, "ends": ends})
    if form.is_valid():
        try:
            seen_version(request, visit)
            act(visit, by=request.user, now=timezone.now(), **form.cleaned_data)
        except TransitionNotAllowed:
            messages.warning(request, _("This visit has been changed meanwhile. This is how it stands now."))
        except ValidationError as error:
            add_errors(form, error)
            visit.refresh_from_db()
        else:
            messages.success(request, said)
        if not form.errors:
            # A press that the phone had kept (static/js/marks.js) is told that it has arrived.
            return HttpResponse(status=204) if "X-Kept" in request.headers else redirect(page_of(visit, today))
    if request.method == "GET":
        record_read(visit, by=request.user, screen="visit")
    context = {"visit": visit, "form": form, "title": title, "danger": name == "cofnij", "back": page_of(visit, today)}
    return render(request, "coordination/visit_mark.html", context)


@require_http_methods(["GET", "POST"])
def visit_new(request):
    """Write down a visit that nobody had planned, with somebody the worker comes to anyway."""
    require(request.user, "coordination.view_visits")
    on = timezone.localdate()
    mine = Provision.objects.active().of_worker(request.user).filter(case__resident__died_on=None, starts_on__lte=on)
    mine = mine.select_related("case__resident", "contract__basis__service").order_by("case__resident__name_sort", "pk")
    form = OwnVisitForm(**posted(request), initial={"day": on}, provisions=mine, on=on)
    if form.is_valid():
        said = form.cleaned_data
        provision = said.pop("provision")
        try:
            actions.write_visit(provision, by=request.user, now=timezone.now(), **said)
        except ValidationError as error:
            add_errors(form, error)
        except TransitionNotAllowed as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Written down: done."))
            return redirect("coordination:visits")
    return render(request, "coordination/visit_new.html", {"form": form})


def page_of(visit, today):
    """Return the page of the visit's day."""
    name = {-1: "?dzien=wczoraj", 1: "?dzien=jutro"}.get((timezone.localdate(visit.starts_at) - today).days, "")
    return reverse("coordination:visits") + name
