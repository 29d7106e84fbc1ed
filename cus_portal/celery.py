"""The Celery application; its timetable is in timetable.py."""

import os

from celery import Celery
from kombu.transport.redis import Channel, QoS

from cus_portal.timetable import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")

app = Celery("cus_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = TIMETABLE


class PatientQoS(QoS):
    """What a worker does with jobs whose broker goes away under its hands: it lets them go and lives on.

    PostgreSQL knows what is to be done, so nothing has to be put back into the broker at the end of a connection, and a
    job that ends after it need not be struck off. Left to itself kombu ends the whole worker in both cases.
    """

    restore_at_shutdown = False

    def ack(self, delivery_tag):
        if self.channel.connection is None:
            raise ConnectionError("the connection on which the job came is gone")
        super().ack(delivery_tag)


Channel.QoS = PatientQoS
