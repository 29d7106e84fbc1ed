from celery import shared_task

from cus_portal.notifications.outbox import deliver_due


@shared_task
def deliver():
    deliver_due()
