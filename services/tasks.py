"""What the beat wakes."""

from celery import shared_task
from django.utils import timezone

from services import unmet


@shared_task
def write_down_unmet_searches():
    unmet.write_down(on=timezone.localdate())
