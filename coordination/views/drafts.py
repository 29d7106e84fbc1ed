"""Writing a referral: from a case or an item of its plan, and anew while it is a draft."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.actions.referrals import change_referral, draft_referral, record_consent
from coordination.disclosure import DISCLOSABLE
from coordination.forms import ReferralForm, first_choices
from coordination.models import PlanItem, Referral
from cus_portal.accounts.models import Institution
from cus_portal.accounts.permissions import require
from cus_portal.admin import seen_version
from cus_portal.workflow import TransitionNotAllowed
from residents.models import Case, Consent
from services.models import Service

WRITE = "coordination.send_referral"


@require_http_methods(["GET", "POST"])
def referral_new(request, case_pk):
    """Write a referral of this case; `?pozycja=` names the plan's item it comes from."""
    case = get_object_or_404(Case.objects.visible_to(request.user).select_related("resident"), pk=case_pk)
    require(request.user, WRITE, case)
    item = None
    if re.fullmatch(r"[0-9]{1,18}", request.GET.get("pozycja", "")):
        items = PlanItem.objects.select_related("plan", "service", "provider")
        item = get_object_or_404(items, plan__case=case, pk=request.GET["pozycja"])
    form = form_of(request, case, initial=first_choices(item))
    if form.is_valid():
        referral = saved(request, form, case, draft_referral, case, plan_item=item)
        if referral:
            return redirect(referral)
    return render(request, "coordination/referral_form.html", page_of_form(form, case, item))


@require_http_methods(["GET", "POST"])
def referral_edit(request, pk):
    """Write a draft anew."""
    rows = Referral.objects.visible_to(request.user).filter(status=Referral.Status.DRAFT)
    referral = get_object_or_404(rows.select_related("case__resident", "plan_item", "receiver", "consent"), pk=pk)
    require(request.user, WRITE, referral)
    form = form_of(request, referral.case, initial=written(referral))
    if form.is_valid():
        seen_version(request, referral)
        if saved(request, form, referral.case, change_referral, referral):
            return redirect(referral)
    context = page_of_form(form, referral.case, referral.plan_item)
    return render(request, "coordination/referral_form.html", context | {"referral": referral})


def form_of(request, case, *, initial):
    return ReferralForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        receivers=Institution.objects.partners(),
        services=Service.objects.published().order_by("name_sort", "pk"),
        consents=Consent.objects.in_force(timezone.localdate())
        .filter(request__case__in=case.with_earlier())
        .select_related("receiver"),
    )


def written(referral):
    """Return what the draft says, as the form's first values."""
    known = ReferralForm.Basis.STATUTE if referral.statute else ReferralForm.Basis.KNOWN_CONSENT
    names = ("kind", "priority", "need", "wanted_outcome", "disclosed_fields", "statute")
    return {name: getattr(referral, name) for name in names} | {
        "receiver": referral.receiver_id,
        "service": referral.service_id,
        "consent": referral.consent_id,
        "basis": known,
    }


def page_of_form(form, case, item):
    return {"form": form, "case": case, "item": item, "referral": None, "version": form.data.get("version", "")}


def saved(request, form, case, action, subject, **extra):
    """Record the consent given with the form, then the referral, both or neither; None with the form's errors."""
    data = form.cleaned_data
    now = timezone.now()
    fields = {
        name: data[name]
        for name in ("receiver", "service", "kind", "priority", "need", "wanted_outcome", "disclosed_fields")
    }
    try:
        with transaction.atomic():
            basis = basis_of(request, data, case, now)
            return action(subject, by=request.user, now=now, **fields, **basis, **extra)
    except TransitionNotAllowed as error:
        form.add_error(None, str(error))
    except ValidationError as error:
        form.add_error(None, error)
    return None


def basis_of(request, data, case, now):
    """Return the referral's legal basis; a consent given in this form is written down first."""
    if data["basis"] == ReferralForm.Basis.STATUTE:
        return {"statute": data["statute"], "consent": None}
    if data["basis"] == ReferralForm.Basis.KNOWN_CONSENT:
        return {"consent": data["consent"], "statute": ""}
    consent = record_consent(
        case,
        by=request.user,
        now=now,
        receiver=data["receiver"],
        form=data["consent_form"],
        given_on=data["consent_given_on"],
        valid_until=data["consent_valid_until"],
        data_fields=data["disclosed_fields"],
        data_scope=", ".join(str(DISCLOSABLE[name].label) for name in data["disclosed_fields"])[:300],
        purpose=(str(data["service"] or "") or _("help of this institution"))[:300],
    )
    return {"consent": consent, "statute": ""}
