"""What the beat wakes."""

from celery import shared_task
from django.utils import timezone

from residents.actions import tidy_drafts


@shared_task
def tidy_saved_drafts():
    tidy_drafts(on=timezone.localdate())
