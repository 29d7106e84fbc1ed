"""The Celery application; its timetable is in timetable.py."""

import os

from celery import Celery
from kombu.transport.redis import QoS

from cus_portal.timetable import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")

app = Celery("cus_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = TIMETABLE

# PostgreSQL knows what is to be done, so nothing has to be put back into the broker at the end of a connection; and
# kombu, asked to, ends the whole worker when the broker dies while a job is under way.
QoS.restore_at_shutdown = False
