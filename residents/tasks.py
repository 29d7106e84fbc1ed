"""What the beat wakes."""

from celery import shared_task
from django.utils import timezone

from residents import actions


@shared_task
def tidy_saved_drafts():
    actions.tidy_drafts(on=timezone.localdate())


@shared_task
def tidy_accounts():
    actions.tidy_accounts(on=timezone.localdate())


@shared_task
def check_attachments():
    actions.check_attachments()


@shared_task
def look_for_news():
    actions.tidy_watches(on=timezone.localdate())
    actions.look_for_news(now=timezone.localtime())
