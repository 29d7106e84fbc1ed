"""The worker that is its own clock, sweeping each second."""

import sys

from cus_portal.worker import app, main
from tests.processes.timetable import QUICK

if __name__ == "__main__":
    app.conf.beat_schedule = QUICK
    sys.exit(main())
