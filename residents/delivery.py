"""When a letter counts as delivered, and the terms that run from that day. Days only: no letter is touched here."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cus_portal.workdays import Deadline, deadline
from residents.models import Letter

COLLECTED_WITHIN = 14
APPEAL_WITHIN = 14
LEAST_DAYS_TO_COMPLETE = 7
EPUAP_ENDED = date(2026, 1, 1)


def check_between(field: str, day: date, first: date, last: date) -> None:
    """Refuse a day outside of these two, at the field in which it was typed."""
    if not first <= day <= last:
        days = {"first": date_format(first, "j E Y"), "last": date_format(last, "j E Y")}
        raise ValidationError({field: _("Choose a day from %(first)s to %(last)s.") % days})


def deemed_delivered(channel: str, since: date) -> Deadline | None:
    """Return the day on which a letter nobody collects counts as delivered, or None where no law says so.

    By post the 14 days run from the first notice and end with their last day (KPA art. 44 § 1 and 4). By e-delivery it
    is the day after the 14 days from its arrival (Act of 18 November 2020 on electronic delivery, art. 42 par. 2).
    """
    if channel == Letter.Channel.POST:
        return deadline(since, days=COLLECTED_WITHIN)
    if channel == Letter.Channel.EDELIVERY:
        day = since + timedelta(days=COLLECTED_WITHIN + 1)
        return Deadline(raw=day, moved=day)
    return None


def second_notice(since: date) -> date:
    """Return the day of the second notice: after seven days (KPA art. 44 § 3)."""
    return since + timedelta(days=7)


def term_from_delivery(delivered_on: date, days: int | None) -> Deadline | None:
    """Return the end of the term that a letter sets (KPA art. 57 § 1 and 4)."""
    return deadline(delivered_on, days=days) if days else None


def appeal_until(delivered_on: date) -> Deadline:
    """Return the last day to appeal against a decision (KPA art. 129 § 2)."""
    return deadline(delivered_on, days=APPEAL_WITHIN)
