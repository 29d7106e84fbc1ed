"""Cases of people whose disability certificate ends: the coordinator is told, and nobody cuts help off too early."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import Plan
from residents.certificates import Ending, ending_of
from residents.models import Case, DisabilityCertificate
from residents.terms import certificate_extensions, longest_warning

STALE = timedelta(days=60)
AGAIN = timedelta(days=14)  # before its last day, while nobody has applied for a new one


def check_certificate(resident_id: int, reason: str, *, last_day: date) -> None:
    """Refuse to end help for want of a certificate while a new one is awaited, or may still be applied for."""
    if reason != Plan.EndReason.CERTIFICATE:
        return
    ending = ending_of(resident_id)
    if ending is None:
        raise ValidationError(_("No disability certificate with an end is on record of this person."))
    if ending.applied_on:
        raise ValidationError(
            _("A new certificate was applied for on %(day)s. Help goes on until it is decided.")
            % {"day": date_format(ending.applied_on, "j E Y")}
        )
    if last_day < ending.may_end_from - timedelta(days=1):
        raise ValidationError(
            _("The person may still apply for a new certificate. Help goes on until %(day)s.")
            % {"day": date_format(ending.may_end_from - timedelta(days=1), "j E Y")}
        )


def cases_with_a_certificate_ending(on: date):
    """Return the open cases of people whose last certificate ends soon or has just ended, by itself or by a law."""
    days = (on - STALE, on + longest_warning())
    spans = [days]
    spans += [
        (row.ended_from, row.ended_to) for row in certificate_extensions() if days[0] <= row.valid_until <= days[1]
    ]
    last = DisabilityCertificate.objects.filter(resident=OuterRef("resident")).last_first()
    ending = DisabilityCertificate.objects.filter(_within("valid_to", spans)).values("resident")
    rows = (
        Case.objects.open()
        .filter(resident__in=ending, resident__died_on=None)
        .annotate(
            certificate_ends_on=Subquery(last.values("valid_to")[:1]),
            certificate_applied_on=Subquery(last.values("applied_on")[:1]),
        )
    )
    return rows.filter(_within("certificate_ends_on", spans)).select_related("coordinator", "resident")


def _within(name, spans) -> Q:
    found = Q()
    for span in spans:
        found |= Q(**{f"{name}__range": span})
    return found


def before_and_after_its_end(case) -> list[date]:
    """Warn before the last day that is written; then count from the one until which it holds."""
    ending = Ending(case.certificate_ends_on, case.certificate_applied_on)
    again, after = ending.holds_until - AGAIN, ending.holds_until + timedelta(days=1)
    return [ending.warned_from, after] if ending.applied_on else [ending.warned_from, again, after]


ENDING = (cases_with_a_certificate_ending, before_and_after_its_end)
