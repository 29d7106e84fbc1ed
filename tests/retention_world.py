"""Records whose term has ended, and the rules by which it did."""

from datetime import date, timedelta

from coordination.actions.retention import record_archive_consent, sign_list
from coordination.models import DestructionList, RetentionHold, RetentionRule
from coordination.retention import anonymise_expired, draw_up_list
from residents.models import Case
from tests import personas
from tests.coordination_world import make_case
from tests.factories import NOW, TODAY, at


def make_rule(kind="case", years=5, **fields):
    facts = {"category": "B", "legal_source": "JRWA", "valid_from": date(2019, 1, 1)}
    return RetentionRule.objects.create(kind=kind, years=years, **facts | fields)


def closed_case(coordinator, on=date(2026, 3, 14), **fields):
    case = make_case(coordinator, opened_on=date(2026, 1, 5))
    case.requests.update(status="settled")
    Case.objects.filter(pk=case.pk).update(status="closed", closed_on=on, close_reason="other", **fields)
    return case


def make_hold(case, **fields):
    facts = {"ground": "court", "reason": "II C 5/26", "review_on": date(2027, 3, 1), "placed_at": NOW}
    record = {"kind": "case", "object_id": case.pk, "number": case.case_sign}
    return RetentionHold.objects.create(placed_by=personas.person("danuta"), **facts | record | fields)


def make_list(number="BR-2026-0001", **fields):
    return DestructionList.objects.create(number=number, drawn_up_on=TODAY, object_until=TODAY, **fields)


def signed_list(on, *, by="danuta", archive=True):
    """Return the list of what is due on the day, looked through, agreed to and signed after the time to object."""
    danuta = personas.person(by)
    made = draw_up_list(on=on)
    later = at(made.object_until + timedelta(days=1))
    if archive:
        record_archive_consent(made, archive_sign="APL.421.7", archive_consent_on=on, by=danuta, now=later)
    return sign_list(made, by=danuta, now=later)


def carry_out(made):
    """Do all of a signed list; return how many steps that took."""
    now = at(made.object_until + timedelta(days=1))
    return anonymise_expired(on=now.date(), now=now, limit=1000)
