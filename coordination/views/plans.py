"""What the office's page of a plan leads to: changing an item of the draft, and the document."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from coordination.actions.plan_items import goes_on, mark_item
from coordination.actions.plans import change_plan_item, remove_plan_item
from coordination.documents import draft_of, plan_document, plan_for_the_person
from coordination.forms_plan_items import ItemStateForm, PlanItemForm
from coordination.models import Plan, PlanItem
from coordination.plan_states import item_state, referrals_beside
from coordination.presentation import state_of
from coordination.workflow import PLAN_ITEM
from cus_portal.accounts.permissions import require
from cus_portal.admin import add_errors
from cus_portal.audit.log import record
from cus_portal.forms import posted
from cus_portal.meanwhile import is_stale, said_meanwhile, seen_version
from cus_portal.presence import leave_form, open_form
from cus_portal.workflow import TransitionNotAllowed


@require_http_methods(["GET", "POST"])
def plan_item(request, pk):
    """Change one item of a draft, or take it out."""
    rows = PlanItem.objects.filter(plan__in=Plan.objects.visible_to(request.user))
    item = get_object_or_404(rows.select_related("plan__case", "service", "provider", "supporting"), pk=pk)
    require(request.user, "coordination.draft_plan", item.plan)
    takes_out = "take_out" in request.POST
    initial = {name: getattr(item, name) for name in PlanItemForm.base_fields}
    data = request.POST if request.method == "POST" and not takes_out else None
    form = PlanItemForm(data, initial=initial, plan=item.plan)
    version, meanwhile, now = request.POST.get("version", item.plan.version), [], timezone.now()
    is_old = is_stale(item.plan, version)
    seen_version(request, item.plan)
    if takes_out:
        return take_out(request, item)
    if form.is_valid():
        try:
            change_plan_item(item, by=request.user, now=now, **form.cleaned_data)
        except TransitionNotAllowed as error:
            form.add_error(None, str(error))
            item.plan.refresh_from_db(fields=["version"])  # both are shown: what is pressed next knows of that one
            meanwhile = said_meanwhile(item, form) if is_old else []
        except ValidationError as error:
            add_errors(form, error)
        else:
            leave_form(request.path, by=request.user, now=now)
            messages.success(request, _("The item is changed."))
            return redirect(item.plan)
    others = open_form(request.path, by=request.user, now=now)
    context = {"item": item, "form": form, "meanwhile": meanwhile, "others": others}
    return render(request, "coordination/plan_item.html", context)


def take_out(request, item):
    plan = item.plan
    try:
        remove_plan_item(item, by=request.user, now=timezone.now())
    except TransitionNotAllowed as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The item is taken out."))
    return redirect(plan)


@require_http_methods(["GET", "POST"])
def plan_item_state(request, pk):
    """Write down how far one item of a plan in force is; beside it stands what its referrals say."""
    rows = PlanItem.objects.filter(plan__in=Plan.objects.visible_to(request.user))
    item = get_object_or_404(rows.select_related("plan__case", "service", "provider"), pk=pk)
    require(request.user, "coordination.draft_plan", item.plan)
    if not goes_on(item.plan):
        raise Http404
    today, moves = timezone.localdate(), PLAN_ITEM.available(item, request.user)
    form = ItemStateForm(**posted(request), initial={"on": today}, moves=moves)
    version = request.POST.get("version", item.version)
    seen_version(request, item)
    if form.is_valid():
        try:
            mark_item(item, by=request.user, now=timezone.now(), **form.cleaned_data)
        except TransitionNotAllowed as error:
            form.add_error(None, str(error))
            item.refresh_from_db(fields=["version", "status", "state_since", "given_up_reason"])
            version = item.version
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("It is written down how the item goes."))
            return redirect(item.plan)
    referrals = referrals_beside(request.user).filter(plan_item=item)
    context = {
        "item": item,
        "form": form,
        "version": version,
        "state": item_state(item, on=today),
        "referrals": [(one, state_of(one, received=False, on=today)) for one in referrals],
    }
    return render(request, "coordination/plan_item_state.html", context)


@require_GET
def plan_draft_pdf(request, pk):
    """Give a plan in preparation as a document for the person to read, and to sign before it is approved."""
    plan = get_object_or_404(Plan.objects.visible_to(request.user).select_related("case"), pk=pk)
    if plan.status not in Plan.IN_PREPARATION:
        raise Http404
    record("plan.print", plan, by=request.user, draft=True)
    return printed(request, draft_of(plan), name=f"plan-{plan.pk}-draft")


@require_GET
def plan_pdf(request, pk, number):
    """Give the approved version as a document to print and sign."""
    plan = get_object_or_404(Plan.objects.visible_to(request.user).select_related("case"), pk=pk)
    version = get_object_or_404(plan.versions.select_related("approved_by"), number=number)
    record("plan.print", plan, by=request.user, version=number)
    return printed(request, version, name=f"plan-{plan.pk}-{number}")


def printed(request, version, *, name):
    document = plan_for_the_person if request.GET.get("druk") == "duzy" else plan_document
    response = HttpResponse(document(version), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
