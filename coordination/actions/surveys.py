"""Asking at the end of a service how it was, and taking the answer of nobody in particular."""

import secrets
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import Plan, PlanItem, Provision, ServiceRecord, SurveyAnswer, SurveyInvitation
from coordination.models.survey import OPEN_FOR
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from residents.models import ServiceRequest

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@transaction.atomic
def ask_how_it_was(*, on: date) -> int:
    """Ask about each service that has ended, once; return how many were asked. Safe to run twice, or late.

    What was given and stood in the plan too is asked about once: by whichever ends first.

    Nobody is asked who has died, whose file is restricted, or with whom contact must be discreet; they may answer on
    paper. What has ended more than three months ago is not asked about any more.
    """
    items = _ended_items(on)
    for item in items:
        _ask(item.plan.case, item.service_id, on, item=item)
    given = {(one.case_id, one.contract.basis.service_id): one for one in _ended_services(on)}
    for (_case, service), one in given.items():
        _ask(one.case, service, on, provision=one)
    return len(items) + len(given)


def _ended_items(on):
    ended = Q(plan__ended_on__lte=on) | Q(plan__status=Plan.Status.APPROVED, ends_on__lt=on)
    lately = Q(plan__ended_on__gt=on - OPEN_FOR) | Q(plan__ended_on=None)
    begun = Q(plan__ended_on=None) | Q(starts_on__lte=F("plan__ended_on"))
    asked = SurveyInvitation.objects.filter(
        provision__case=OuterRef("plan__case"), service=OuterRef("service"), asked_on__gt=on - OPEN_FOR
    )
    items = PlanItem.objects.filter(
        ended,
        lately,
        begun,
        ~Exists(asked),
        plan__in_force_from__isnull=False,
        ends_on__gt=on - OPEN_FOR,
        service__isnull=False,
        survey=None,
        plan__case__resident__died_on=None,
    ).select_related("plan__case")
    return list(items.select_for_update(of=("self",), skip_locked=True).order_by("pk"))


def _ended_services(on):
    """Return the services given of which somebody had at least one visit, and about which nobody asked yet."""
    same = Q(item__plan__case=OuterRef("case")) | Q(provision__case=OuterRef("case"))
    asked = SurveyInvitation.objects.filter(
        same, service=OuterRef("contract__basis__service"), asked_on__gt=on - OPEN_FOR
    )
    visits = ServiceRecord.objects.filter(provision=OuterRef("pk"), status=ServiceRecord.Status.DONE)
    given = Provision.objects.filter(
        ~Exists(asked),
        Exists(visits),
        ends_on__lt=on,
        ends_on__gt=on - OPEN_FOR,
        survey=None,
        case__resident__died_on=None,
    ).select_related("case", "contract__basis")
    return list(given.select_for_update(of=("self",), skip_locked=True).order_by("pk"))


def _ask(case, service_id, on, **about):
    invitation = SurveyInvitation.objects.create(service_id=service_id, code=_new_code(), asked_on=on, **about)
    request = ServiceRequest.objects.filter(case=case).order_by("-received_on", "-pk").first()
    if request is not None and case.restricted_file_id is None:
        notify(request, "how_was_it", dedupe_key=f"survey:{invitation.pk}", code=invitation.code)


def _new_code():
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(3)) for _part in range(3))


def invitation_of(code: str, *, on: date) -> SurveyInvitation | None:
    """Return the invitation that this code opens on the day, or nothing."""
    return SurveyInvitation.objects.open(on).select_related("service").filter(code=code.strip().upper()).first()


@transaction.atomic
def take_answer(invitation: SurveyInvitation, *, on_paper: bool = False, by, now: datetime, **said) -> None:
    """Take the answers once. The log says that an invitation was used, on paper at the desk by whom, never by what."""
    permission = "coordination.enter_surveyanswer" if on_paper else "coordination.answer_survey"
    if not by.has_perm(permission):
        raise PermissionDenied(permission)
    if not any(value for value in said.values()):
        raise ValidationError(_("Answer at least one of the questions."))
    if not SurveyInvitation.objects.filter(pk=invitation.pk, used=False).update(used=True):
        raise ValidationError(_("This code has been used already. Thank you for your answer."))
    month = timezone.localdate(now).replace(day=1)
    SurveyAnswer.objects.create(service=invitation.service, month=month, on_paper=on_paper, **said)
    if on_paper:
        record("surveyinvitation.enter", invitation, by=by)
