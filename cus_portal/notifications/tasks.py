from celery import shared_task
from django.utils import timezone

from cus_portal.notifications.bounces import collect_bounces
from cus_portal.notifications.outbox import deliver_due


@shared_task
def deliver():
    deliver_due()


@shared_task
def call():
    deliver_due(by_mail=False)


@shared_task
def collect():
    collect_bounces(now=timezone.now())
