"""What the demonstration shows of cases in hand: a team, notes, warnings, consents that end or were withdrawn."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from django.utils import timezone

from coordination.actions.unmet import say_no_partner
from coordination.models import Referral
from cus_portal.accounts.actors import LinkHolder
from cus_portal.audit.log import told_as_of
from residents import actions
from residents.actions.consents import withdraw_consent
from residents.actions.notes import write_note
from residents.models import Case, CaseNote, Consent, TeamMember
from services.models import ServiceArea

FORTNIGHT = timedelta(days=14)


def tend_cases(world, end):
    """Let a few cases that are open have what a case in hand has, as its coordinator does it day by day."""
    for place, case in enumerate(_open_cases().select_related("coordinator", "resident").order_by("-pk")[:2]):
        with told_as_of(end - FORTNIGHT):
            _work_together(world, case, now=end - FORTNIGHT)
            _warn(world, case, place, now=end - FORTNIGHT)
        for days, sight, text in _notes(world):
            now = end - timedelta(days=days)
            with told_as_of(now):
                token = uuid5(NAMESPACE_URL, f"{case.pk}:{text}")
                write_note(case, text=text, sight=sight, token=token, by=case.coordinator, now=now)
    _consents(end)
    _nobody_gives(end)


def _open_cases():
    return Case.objects.filter(status=Case.Status.OPEN, restricted_file=None, resident__died_on=None)


def _work_together(world, case, *, now):
    since = timezone.localdate(now)
    deputy = world.people["kasia" if case.coordinator == world.people["tomek"] else "tomek"]
    facts = {"valid_from": since, "by": case.coordinator, "now": now}
    actions.join_team(case, role=TeamMember.Role.DEPUTY, user=deputy, **facts)
    actions.join_team(case, role=TeamMember.Role.NURSE, **world.texts["cases_in_hand"]["nurse"], **facts)
    actions.name_coordinator(case, named=True, by=case.coordinator, now=now)


def _warn(world, case, place, *, now):
    kind, reason = list(world.texts["cases_in_hand"]["warnings"].items())[place]
    on = timezone.localdate(now)
    days = {"review_on": on + timedelta(days=90), "valid_to": on + timedelta(days=180)}
    actions.raise_flag(case.resident, kind=kind, reason=reason, **days, by=case.coordinator, now=now)


def _notes(world):
    said = world.texts["cases_in_hand"]
    days = (12, 3)
    yield from ((day, CaseNote.Sight.TEAM, text) for day, text in zip(days, said["notes"], strict=True))
    yield 2, CaseNote.Sight.FEW, said["confidential"]


def _consents(end):
    """One is withdrawn by the person on the status page, and another one ends within the month."""
    cases = list(_open_cases().values_list("pk", flat=True))  # joined, new tables took PostgreSQL half a minute
    under_way = Referral.objects.filter(status=Referral.Status.IN_PROGRESS, case__in=cases)
    standing = Consent.objects.filter(withdrawn_at=None, pk__in=list(under_way.values_list("consent", flat=True)))
    standing = standing.order_by("-pk")
    for withdrawn in standing[:1]:
        now = end - timedelta(days=1)
        with told_as_of(now):
            withdraw_consent(withdrawn, form=Consent.Form.PORTAL, by=LinkHolder(withdrawn.request_id), now=now)
    ending = standing.filter(withdrawn_at=None)[:1]
    Consent.objects.filter(pk__in=ending.values("pk")).update(valid_until=timezone.localdate(end) + timedelta(days=20))


def _nobody_gives(end):
    """Of some needs the coordinators found no institution that meets them where the person lives."""
    cases = _open_cases().select_related("coordinator").order_by("pk")[:3]
    for case, area in zip(cases, ServiceArea.objects.order_by("-number"), strict=False):
        now = end - FORTNIGHT
        with told_as_of(now):
            say_no_partner(case, area=area, by=case.coordinator, now=now)
