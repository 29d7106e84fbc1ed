"""Referrals of the demonstration that are no call for a service, and what people said of how theirs ended."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from coordination.actions import in_hand, referrals, said
from coordination.models import Referral
from cus_portal.accounts.actors import LinkHolder
from cus_portal.audit.log import told_as_of
from residents.models import Case
from services.models import ServiceArea

USED_ABOVE = 3  # the first cases have a need that no institution meets


def show_other_referrals(world, end):
    cases = _open_cases().select_related("coordinator", "resident").order_by("pk")[USED_ABOVE : USED_ABOVE + 2]
    for case, step in zip(cases, (_hand_over, _notify), strict=False):
        step(world, case, end)
    _say_how_it_ended(world, end)


def _open_cases():
    return Case.objects.filter(status=Case.Status.OPEN, restricted_file=None, resident__died_on=None)


def _hand_over(world, case, end):
    """What the county decides on goes there, and the county takes it."""
    worker = world.people["ewa"]
    handed = _send(world, case, now=world.office(end - timedelta(days=7)), **world.texts["handover"])
    now = world.office(end - timedelta(days=4))
    with told_as_of(now):
        referrals.mark_opened(handed, by=worker, now=now)
        in_hand.claim_referral(handed, by=worker, now=now)
        referrals.accept_referral(handed, planned_start_on=timezone.localdate(end), by=worker, now=now)


def _notify(world, case, end):
    """A court has no account here, and no consent is asked for: what is sent goes there on paper."""
    _send(world, case, now=world.office(end - timedelta(days=2)), **world.texts["statutory_notice"])


def _send(world, case, *, now, receiver, area, **facts):
    with told_as_of(now):
        referral = referrals.draft_referral(
            case,
            receiver=world.institution(receiver),
            area=ServiceArea.objects.get(code=area),
            by=case.coordinator,
            now=now,
            **facts,
        )
        return referrals.send_referral(referral, by=case.coordinator, now=now)


def _say_how_it_ended(world, end):
    """On the status page one person says that it was otherwise, which opens the loop again; another confirms."""
    now = end - timedelta(days=1)
    cases = list(_open_cases().values_list("pk", flat=True))  # joined, new tables would take PostgreSQL long
    done = Referral.objects.without_secrets().filter(status=Referral.Status.COMPLETED, ended_at__lt=now, case__in=cases)
    done = done.filter(statute="", person_said="").exclude(consent=None).exclude(acknowledged_at__gte=now)
    done = done.select_related("consent").order_by(F("acknowledged_at").desc(nulls_last=True), "pk")
    with told_as_of(now):
        for referral, disputes in zip(done[:2], (True, False), strict=False):
            person = LinkHolder(referral.consent.request_id)
            if disputes:
                said.dispute_outcome(referral, text=world.texts["disputed"], by=person, now=now)
            else:
                said.confirm_outcome(referral, by=person, now=now)
