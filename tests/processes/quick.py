"""The portal's beat, sweeping each second instead of each minute, so that a test need not wait."""

from cus_portal.beat import app
from tests.processes.timetable import QUICK

app.conf.beat_schedule = QUICK
