"""What the beat wakes. The rules are in jobs.py; a task only says what time it is."""

from celery import shared_task
from django.utils import timezone

from coordination import jobs
from coordination.retention import BATCH, anonymise_expired
from cus_portal.notifications.outbox import wake


@shared_task
def daily():
    now = timezone.now()
    jobs.tidy(now=now)
    jobs.remind(now=now)


@shared_task
def monthly_report():
    jobs.report_past_months(now=timezone.now())


@shared_task
def make_ordered_reports():
    jobs.make_ordered_reports(now=timezone.now())


@shared_task
def carry_out_destruction():
    now = timezone.now()
    if anonymise_expired(on=timezone.localdate(now), now=now) == BATCH:
        wake("coordination.tasks.carry_out_destruction")
