"""The clock of the jobs: `celery -A cus_portal.beat beat`, or the lighter `python -m cus_portal.beat FILE`.

It sends names of tasks at their times and needs no part of the portal, so it takes half the memory of a worker.
"""

import os
import sys

from celery import Celery

from cus_portal.timetable import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")

app = Celery("cus_portal", fixups=[])  # without the fixup that loads Django's apps
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = TIMETABLE

if __name__ == "__main__":
    app.Beat(schedule=sys.argv[1], loglevel="WARNING", quiet=True).run()
