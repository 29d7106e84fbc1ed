"""Reports of needs: taken from anybody, looked into, turned into a request or closed with a reason."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.permissions import require
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.urgency import tells_of_danger
from residents.actions.requests import Filing, new_access_code, submit_request
from residents.models import NeedReport, RedFlag, RequestParty, ServiceRequest
from residents.workflow import REPORT


def report_need(
    *,
    what_seen: str,
    kind: str = NeedReport.Kind.NEED,
    concerns: str = "",
    red_flags: Sequence[str] = (),
    person_knows: str = "",
    reporter: str = "",
    reporter_contact: str = "",
    language: str = "pl",
    token: UUID,
    by,
    now: datetime,
) -> NeedReport:
    """Take a report, from somebody with a name or without, once: the same words under the same token are the same."""
    if not by.has_perm("residents.report_need"):
        raise PermissionDenied("residents.report_need")
    told = (what_seen, kind, concerns, tuple(red_flags), person_knows, reporter, reporter_contact)
    token = uuid.uuid5(token, repr(told))
    found = {RedFlag.WORDS} if tells_of_danger(what_seen) else set()
    known = NeedReport.objects.filter(submit_token=token)
    if report := known.first():
        return report
    try:
        with transaction.atomic():
            report = NeedReport.objects.create(
                reference=_new_reference(now),
                submit_token=token,
                kind=kind,
                received_on=timezone.localdate(now),
                concerns=concerns,
                what_seen=what_seen,
                red_flags=[flag for flag in RedFlag.values if flag in {*red_flags, *found}],
                person_knows=person_knows,
                reporter=reporter,
                reporter_contact=reporter_contact,
                access_code=new_access_code() if kind == NeedReport.Kind.QUESTION else "",
                language=language,
            )
            record("needreport.submit", report, by=by, to_state=report.status)
    except IntegrityError:
        return known.get()
    return report


def _new_reference(now):
    year, prefix = timezone.localdate(now).year, f"{settings.CENTRE['reference_prefix']}-S"
    return f"{prefix}-{year}-{next_number(f'report:{prefix}', year):04d}"


@transaction.atomic
def look_into(report: NeedReport, *, by, now: datetime) -> NeedReport:
    """Become the worker who finds out what there is to it."""
    REPORT.move(report, "look_into", by=by, assigned_to=by)
    return report


@transaction.atomic
def turn_into_request(
    report: NeedReport,
    *,
    own_words: str,
    ground: str,
    legal_basis: str = "",
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    by,
    now: datetime,
) -> ServiceRequest:
    """Decide that it is a request: with the person's consent, or by a duty of law that needs none and is named."""
    if ground == NeedReport.Ground.LAW and not legal_basis.strip():
        raise ValidationError({"legal_basis": _("Write which provision obliges the centre to act.")})
    require(by, "residents.handle_needreport", report)
    by_law = ground == NeedReport.Ground.LAW
    party = {"first_name": first_name, "last_name": last_name, "phone": phone}
    filing = Filing(
        channel=ServiceRequest.Channel.REPORT,
        received_on=report.received_on,
        needs=[(None, own_words)],
        applicant=party | {"basis": RequestParty.Basis.LAW if by_law else RequestParty.Basis.SELF},
        situation=report.what_seen,
        safe_contact=RedFlag.DANGER in report.red_flags,
        red_flags=tuple(report.red_flags),
        language=report.language,
        submit_token=uuid.uuid5(report.submit_token, "request"),
    )
    request = submit_request(filing, by=by, now=now)
    REPORT.move(report, "turn", by=by, ground=ground, legal_basis=legal_basis, request=request)
    return request


@transaction.atomic
def close_report(
    report: NeedReport, *, close_reason: str, note: str, answer: str = "", by, now: datetime
) -> NeedReport:
    """Close without a request. That the person does not want help is the person's refusal, never the centre's.

    Whoever asked a question reads the answer with number and code; of a need nothing is told to who reported it.
    """
    if answer and report.kind != NeedReport.Kind.QUESTION:
        raise ValidationError({"answer": _("What comes of a report is told to the person it is about.")})
    REPORT.move(report, "close", by=by, close_reason=close_reason, note=note, answer=answer)
    return report
