"""What the clock ends by itself: referrals that nobody answers, and the receiver's access to what has ended.

A referral expires only after two reminders went out (the contract of referrals): so many working days after its answer
was due as that clock says, whoever owes it; a person who waits for a place is asked for twice first, as far apart as
the clock of that says, and has as many days to answer as another says. Where the clock stood still for a while, as
after an outage, the second reminder follows the first, and the end the second, as far apart as usual.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from coordination.actions.incoming_course import expire_incoming
from coordination.actions.referrals import expire_referral
from coordination.clocks import Clock, days_of, overdue_before, shortest, with_days
from coordination.models import IncomingReferral, Referral
from coordination.reminded import reminded_again_on
from cus_portal.accounts.actors import SystemActor
from cus_portal.audit.log import record
from cus_portal.workdays import add_workdays

S = Referral.Status
REMINDED_BY = {
    S.SENT: ("referral_unanswered", "referral_unanswered_again"),
    S.INFO_REQUESTED: ("referral_question", "referral_question_again"),
    S.WAITLISTED: ("referral_still_wanted",),
}


def expire_unanswered(*, now: datetime) -> int:
    """Expire what is due, each in its own transaction; return how many. A run that is killed leaves the rest."""
    on = timezone.localdate(now)
    to_say = timedelta(days=shortest(Clock.STILL_WANTED, on=on))
    late = Referral.objects.filter(
        Q(status=S.WAITLISTED, respond_by__lt=on - to_say) | Q(respond_by__lt=overdue_before(Clock.EXPIRY, on=on)),
        status__in=list(REMINDED_BY),
    ).order_by("respond_by", "pk")
    expired = 0
    for pk in late.values_list("pk", flat=True).iterator():
        with transaction.atomic():
            row = Referral.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk)
            referral = row.select_related("case__coordinator", "receiver").first()
            if referral and referral.status in REMINDED_BY and is_due(referral, on=on):
                expire_referral(referral, by=SystemActor(), now=now)
                expired += 1
    return expired


def is_due(referral, *, on) -> bool:
    second = reminded_again_on(referral, *REMINDED_BY[referral.status])
    if second is None:
        return False
    if referral.status == S.WAITLISTED:
        asked_again = asked_again_on(referral.respond_by, days_of(referral, Clock.WAITING, on=on))
        ends_on = max(asked_again, second) + timedelta(days=days_of(referral, Clock.STILL_WANTED, on=on))
    else:
        ends_on = end_of_silence(referral, second, on=on)
    return ends_on < on


def end_of_silence(row, second: date, *, on: date) -> date:
    """Return when what nobody answers ends, of which was told for the second time on the day given."""
    expiry, again = (days_of(row, clock, on=on) for clock in (Clock.EXPIRY, Clock.AGAIN))
    return max(add_workdays(row.respond_by, expiry), add_workdays(second, max(expiry - again, 0)))


def asked_again_on(respond_by: date, days: int) -> date:
    """Return when the person who waits is asked for anew: so many days after the first time."""
    return respond_by + timedelta(days=days + 1)


def expire_questions(*, now: datetime) -> int:
    """Expire what came to the centre and whose sender leaves our question unanswered; return how many.

    Nothing else of it expires: what the centre owes an answer waits for it.
    """
    on, asked = timezone.localdate(now), IncomingReferral.Status.INFO_REQUESTED
    before = overdue_before(Clock.EXPIRY, on=on)
    late = IncomingReferral.objects.filter(status=asked, respond_by__lt=before).order_by("respond_by", "pk")
    expired = 0
    for pk in late.values_list("pk", flat=True).iterator():
        with transaction.atomic():
            row = IncomingReferral.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, status=asked)
            incoming = row.select_related("sender", "assigned_to").first()
            if incoming and is_left(incoming, on=on):
                expire_incoming(incoming, by=SystemActor(), now=now)
                expired += 1
    return expired


def is_left(incoming, *, on) -> bool:
    second = reminded_again_on(incoming, "incoming_question")
    return second is not None and end_of_silence(incoming, second, on=on) < on


def shut_ended(*, now: datetime) -> int:
    """End the receivers' access to what ended so long ago as the clock of it says; return how many, each in the log."""
    on = timezone.localdate(now)
    before = now - timedelta(days=shortest(Clock.SEEN_AFTER_END, on=on))
    ended = Referral.objects.filter(ended_at__lte=before, shut_at=None, sent_at__isnull=False)
    shut = 0
    for referral in with_days(ended, on=on, seen_days=Clock.SEEN_AFTER_END).order_by("ended_at", "pk").iterator():
        if referral.ended_at + timedelta(days=referral.seen_days) > now:
            continue
        with transaction.atomic():
            if Referral.objects.filter(pk=referral.pk, shut_at=None).update(shut_at=now):
                record("referral.shut", referral, by=SystemActor())
                shut += 1
    return shut
