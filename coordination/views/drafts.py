"""Writing referrals: from a case or an item of its plan, several at once, and anew while they are drafts."""

import re

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from coordination.actions.grounds import agreements_of_the_day
from coordination.actions.papers import papers_of
from coordination.actions.referrals import change_referral, draft_referral
from coordination.actions.several import consent_to, draft_several, send_several
from coordination.actions.unmet import say_no_partner
from coordination.clocks import with_answer_days
from coordination.disclosure import Subject, disclosed_by, rows_of
from coordination.forms_drafts import (
    MOST_AT_ONCE,
    NARROW,
    NoPartnerForm,
    ReferralForm,
    SeveralForm,
    TellingForm,
    first_choices,
)
from coordination.links import to_be_called
from coordination.models import Plan, PlanItem, Referral
from coordination.oddities import oddities_of_drafts
from cus_portal.accounts.models import Institution
from cus_portal.accounts.permissions import require
from cus_portal.forms import posted
from cus_portal.meanwhile import seen_version
from cus_portal.workflow import TransitionNotAllowed
from residents.models import Case, Consent
from residents.models.consent import closed_to
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
    return render(request, "coordination/referral_form.html", page_of_form(request, form, case, item))


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
    context = page_of_form(request, form, referral.case, referral.plan_item)
    return render(request, "coordination/referral_form.html", context | {"referral": referral})


def form_of(request, case, *, initial):
    return written_or_narrowed(
        request,
        ReferralForm,
        initial=initial,
        attachments=papers_of(case),
        receivers=Institution.objects.partners(),
        on=timezone.localdate(),
        services=Service.objects.published().order_by("name_sort", "pk"),
        consents=Consent.objects.in_force(timezone.localdate())
        .filter(request__case__in=case.with_earlier())
        .exclude(closed_to(request.user))
        .select_related("receiver"),
    )


def written_or_narrowed(request, form_class, *, initial, **choices):
    """Return the form; where only its lists are to be narrowed it is as it was written, and nothing is checked yet."""
    form = form_class(**posted(request), initial=initial, **choices)
    if NARROW not in request.POST:
        return form
    return form_class(initial={name: form[name].data for name in form.fields}, **choices)


@require_http_methods(["GET", "POST"])
def no_partner(request, case_pk):
    """Write into the register of unmet needs that no institution of the directory gives what the case needs."""
    case = get_object_or_404(Case.objects.visible_to(request.user).select_related("resident"), pk=case_pk)
    require(request.user, WRITE, case)
    services = Service.objects.published().order_by("name_sort", "pk")
    form = NoPartnerForm(request.POST or None, services=services)
    if form.is_valid():
        try:
            say_no_partner(case, by=request.user, now=timezone.now(), **form.cleaned_data)
        except TransitionNotAllowed as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is in the register of unmet needs, without a name."))
            return redirect(case)
    return render(request, "coordination/no_partner.html", {"form": form, "case": case})


def written(referral):
    """Return what the draft says, as the form's first values."""
    known = ReferralForm.Basis.STATUTE if referral.statute else ReferralForm.Basis.KNOWN_CONSENT
    names = ("kind", "priority", "need", "wanted_outcome", "disclosed_fields", "statute", "confidentiality")
    return {name: getattr(referral, name) for name in names} | {
        "receiver": referral.receiver_id,
        "area": referral.area_id,
        "service": referral.service_id,
        "consent": referral.consent_id,
        "attachments": list(referral.attachments.all()),
        "basis": known,
    }


def page_of_form(request, form, case, item):
    return {"form": form, "case": case, "item": item, "referral": None, "version": request.POST.get("version", "")}


def saved(request, form, case, action, subject, **extra):
    """Record the consent given with the form, then the referral, both or neither; None with the form's errors."""
    data = form.cleaned_data
    data["confidentiality"] = data["confidentiality"] or getattr(subject, "confidentiality", "")
    now = timezone.now()
    fields = {
        name: data[name]
        for name in (
            "receiver",
            "area",
            "service",
            "kind",
            "priority",
            "need",
            "wanted_outcome",
            "disclosed_fields",
            "attachments",
            "confidentiality",
        )
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
    if data["basis"] == TellingForm.Basis.STATUTE:
        return {"statute": data["statute"], "consent": None}
    if data["basis"] == TellingForm.Basis.KNOWN_CONSENT:
        return {"consent": data["consent"], "statute": ""}
    return {"consent": consent_to(case, by=request.user, now=now, target=data, told=data, **given(data)), "statute": ""}


def given(data):
    """Return how the person consented, as a consent is recorded."""
    return {
        "form": data["consent_form"],
        "purpose": data["consent_for"],
        "given_on": data["consent_given_on"],
        "valid_until": data["consent_valid_until"],
    }


# -- several at once ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def referrals_new(request, case_pk):
    """Write several referrals of this case in one go: they wait as drafts to be looked at and sent together."""
    case = get_object_or_404(Case.objects.visible_to(request.user).select_related("resident"), pk=case_pk)
    require(request.user, WRITE, case)
    items = to_refer(case)
    form = written_or_narrowed(
        request,
        SeveralForm,
        initial=first_choices() | {"items": items},
        items=items,
        attachments=papers_of(case),
        receivers=Institution.objects.partners().order_by("name"),
        on=timezone.localdate(),
    )
    if form.is_valid() and drafted(request, form, case):
        return redirect("coordination:referral_drafts", case.pk)
    return render(request, "coordination/referrals_new.html", {"form": form, "case": case})


def to_refer(case):
    """Return the items of the case's plan that another institution carries out and nobody has referred yet."""
    return (
        PlanItem.objects.filter(plan__case=case, plan__status__in=Plan.OPEN, provider__is_active=True)
        .exclude(provider__is_centre=True)
        .exclude(referrals__status__in=Referral.OPEN)
        .select_related("service", "provider")
        .prefetch_related("service__areas")
        .order_by("position", "pk")
    )


def drafted(request, form, case):
    """Write the drafts and return whether it could be done; the form says why not."""
    data = form.cleaned_data
    basis = {
        TellingForm.Basis.STATUTE: {"statute": data["statute"]},
        TellingForm.Basis.NEW_CONSENT: {"consent": given(data)},
    }.get(data["basis"], {})
    told = {name: data[name] for name in ("kind", "priority", "disclosed_fields", "attachments", "confidentiality")}
    try:
        draft_several(case, by=request.user, now=timezone.now(), targets=form.targets(), **told, **basis)
    except ValidationError as error:
        form.add_error(None, " ".join(error.messages))
        return False
    return True


@require_http_methods(["GET", "POST"])
def referral_drafts(request, case_pk):
    """Show the case's drafts with all that each institution would see, and send those that are ticked."""
    case = get_object_or_404(Case.objects.visible_to(request.user).select_related("resident"), pk=case_pk)
    require(request.user, WRITE, case)
    rows = Referral.objects.visible_to(request.user).filter(case=case, status=Referral.Status.DRAFT)
    rows = (
        rows.prefetch_related("attachments")
        .select_related("sender", "receiver", "service", "consent", "plan_item__plan")
        .order_by("pk")
    )
    drafts = list(with_answer_days(rows, on=timezone.localdate())[:MOST_AT_ONCE])
    if request.method == "POST":
        sent, kept = send_several(ticked(request, drafts), by=request.user, now=timezone.now())
        if sent:
            words = ngettext("%(n)d referral has been sent.", "%(n)d referrals have been sent.", len(sent))
            messages.success(request, words % {"n": len(sent)})
        for referral, reason in kept:
            messages.warning(request, f"{referral}, {referral.receiver.short_name}: {reason}")
        return redirect(case) if sent and not kept else redirect("coordination:referral_drafts", case.pk)
    subject = Subject(case)
    agreements = agreements_of_the_day(drafts, on=timezone.localdate())
    for draft in drafts:
        draft.case, draft.agreement = case, agreements.get(draft.pk)
    odd = oddities_of_drafts(drafts, on=timezone.localdate())
    called = to_be_called(drafts, on=timezone.localdate())
    shown = [
        (draft, rows_of(disclosed_by(draft, subject)), draft.lacks_agreement(), odd[draft.pk], called.get(draft.pk))
        for draft in drafts
    ]
    context = {"case": case, "drafts": shown}
    return render(request, "coordination/referral_drafts.html", context)


def ticked(request, drafts):
    """Return the drafts that were ticked, each at the version that was seen."""
    seen = dict(key.partition(":")[::2] for key in request.POST.getlist("draft")[:MOST_AT_ONCE])
    chosen = [draft for draft in drafts if seen.get(str(draft.pk), "").isdecimal()]
    for draft in chosen:
        draft.version = int(seen[str(draft.pk)][:9])
    return chosen
