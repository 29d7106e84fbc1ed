"""The clock of the jobs: `celery -A cus_portal.beat beat`.

It sends names of tasks at their times and needs no part of the portal, so it takes half the memory of a worker.
"""

import os

from celery import Celery

from cus_portal.timetable import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")

app = Celery("cus_portal", fixups=[])  # without the fixup that loads Django's apps
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = TIMETABLE
