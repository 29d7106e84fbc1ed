"""Periodic and ordered jobs, each done once: whichever beat, worker or restart comes first.

A row of JobRun and an advisory lock guard each run. The row, the job's own rows and its messages are one transaction:
killed at any moment, the job has happened wholly or not at all, and the next tick does it.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.actions.community import forget_sign_ups
from coordination.actions.exchange import forget_guests, remind_guests
from coordination.actions.surveys import ask_how_it_was
from coordination.expiry import expire_questions, expire_unanswered, shut_ended
from coordination.figures import count_answers
from coordination.models import JobRun, ReportSnapshot
from coordination.reminders import send_due_reminders
from coordination.removal import forget_incoming
from coordination.reports import Period, make_monthly_report
from coordination.retention import draw_up_list
from cus_portal.accounts.actors import SystemActor
from cus_portal.accounts.models import KeptForm, Session
from cus_portal.accounts.permissions import require
from cus_portal.notifications.outbox import wake
from cus_portal.signin.kept import KEPT_FOR
from cus_portal.throttle import forget_before
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import ask_still_interested, lapse_offers
from residents.actions.life import end_minority, end_powers
from residents.models import ServiceRequest
from residents.places import count_all_places

DAILY, MONTHLY, ORDERED = "daily_reminders", "monthly_report", "ordered_report"
MONTHS_CAUGHT_UP = 12
ORDER_TRIED_FOR = timedelta(days=1)
TRIES_KEPT_FOR = timedelta(days=1)


def run_once(job, period, act, *, now) -> bool:
    """Do the job of this period unless it has been done or another process is at it; return whether it was done."""
    try:
        with transaction.atomic():
            if not _try_lock(job, period):
                return False
            run, _created = JobRun.objects.get_or_create(job=job, period=period, defaults={"started_at": now})
            if run.finished_at:
                return False
            act(run)
            JobRun.objects.filter(pk=run.pk).update(finished_at=now, error="")
    except Exception as error:
        # The run was rolled back; what went wrong stays for people to see, and the next tick tries again.
        JobRun.objects.update_or_create(
            job=job, period=period, defaults={"error": type(error).__name__}, create_defaults={
                "error": type(error).__name__, "started_at": now
            },
        )  # fmt: skip
        raise
    return True


def _try_lock(job, period):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [f"job:{job}:{period}"])
        return cursor.fetchone()[0]


def remind(*, now) -> bool:
    """Send the day's reminders."""
    on = timezone.localdate(now)
    return run_once(DAILY, on.isoformat(), lambda run: send_due_reminders(on=on, now=now), now=now)


def tidy(*, now) -> None:
    """Forget tries, sessions and forms kept for a short time; do what a new day or month brings by itself."""
    end_minority(on=timezone.localdate(now))
    end_powers(on=timezone.localdate(now))
    lapse_offers(now=now)
    ask_still_interested(now=now)
    count_all_places(now=now)
    ask_how_it_was(on=timezone.localdate(now))
    forget_sign_ups(on=timezone.localdate(now))
    remind_guests(on=timezone.localdate(now))
    forget_guests(on=timezone.localdate(now))
    forget_incoming(on=timezone.localdate(now))
    forget_before(now - TRIES_KEPT_FOR)
    Session.objects.filter(expire_date__lt=now).delete()
    KeptForm.objects.filter(kept_at__lt=now - KEPT_FOR).delete()
    expire_unanswered(now=now)
    expire_questions(now=now)
    shut_ended(now=now)
    count_answers(on=timezone.localdate(now))
    draw_up_list(on=timezone.localdate(now))


def report_past_months(*, now) -> int:
    """Make the report of the last month, and of months before it that were missed; return how many were made."""
    made = 0
    for period in months_to_report(timezone.localdate(now)):
        made += run_once(
            MONTHLY,
            f"{period.first:%Y-%m}",
            lambda run, period=period: make_monthly_report(period, by=SystemActor(), now=now),
            now=now,
        )
    return made


def months_to_report(on) -> list[Period]:
    """Return the months that have ended since the first request, of the last year, whose run is not finished."""
    first = ServiceRequest.objects.order_by("received_on").values_list("received_on", flat=True).first()
    if first is None:
        return []
    done = set(
        JobRun.objects.filter(job=MONTHLY, finished_at__isnull=False)
        .order_by("-period")
        .values_list("period", flat=True)[: MONTHS_CAUGHT_UP + 1]
    )
    months, period = [], Period.of(on).previous
    while period.last >= first and len(months) < MONTHS_CAUGHT_UP:
        months.append(period)
        period = period.previous
    return [month for month in reversed(months) if f"{month.first:%Y-%m}" not in done]


@transaction.atomic
def order_report(period: Period, *, by, now) -> JobRun:
    """Write down that somebody wants a new edition, and wake a worker. Asked twice before it is made, it is one.

    An order that was given up is taken up again by asking once more.
    """
    require(by, "coordination.make_report")
    if period.first > timezone.localdate(now):
        raise TransitionNotAllowed(_("This month has not begun yet."))
    edition = ReportSnapshot.objects.filter(period=period.first).count() + 1
    order, _created = JobRun.objects.update_or_create(
        job=ORDERED, period=f"{period.first:%Y-%m}/{edition}", defaults={"started_at": now, "ordered_by": by}
    )
    transaction.on_commit(lambda: wake("coordination.tasks.make_ordered_reports"))
    return order


def make_ordered_reports(*, now) -> int:
    """Make the reports that were ordered and not made yet; return how many. What failed before holds up no other."""
    made = 0
    for order in pending_orders(now=now).order_by("error", "pk"):
        made += run_once(ORDERED, order.period, lambda run: _make_ordered(run, now), now=now)
    return made


def _make_ordered(run, now):
    year, month = run.period.partition("/")[0].split("-")
    period = Period(timezone.localdate(now).replace(year=int(year), month=int(month), day=1))
    make_monthly_report(period, by=run.ordered_by, now=now)


def pending_orders(*, now):
    return JobRun.objects.filter(job=ORDERED, finished_at=None, started_at__gte=now - ORDER_TRIED_FOR).order_by("pk")


def failed_runs(*, since):
    return JobRun.objects.filter(started_at__gte=since).exclude(error="").order_by("-started_at", "-pk")
