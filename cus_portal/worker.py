"""A worker that is its own clock, for a portal on one machine: python -m cus_portal.worker FILE.

`celery worker --beat` would start the beat as a process, with all of Django in it once more; here it is a thread. Where
there are several workers, one `cus_portal.beat` beside them keeps the time.
"""

import os
import signal
import sys
import threading

from celery import bootsteps
from celery.beat import Service

from cus_portal.celery import app

OPTIONS = {"pool": "threads", "concurrency": 2, "loglevel": "WARNING", "without_gossip": True, "without_mingle": True}


class Clock(bootsteps.StartStopStep):
    """The beat as a thread. Should it die, the worker ends with it, so that somebody notices."""

    def create(self, worker):
        self.service = Service(app, schedule_filename=sys.argv[1], max_interval=1)
        self.thread = threading.Thread(target=self.run, name="clock", daemon=True)
        self.stopping = False
        return self.thread

    def run(self):
        try:
            self.service.start()
        finally:
            if not self.stopping:
                os.kill(os.getpid(), signal.SIGTERM)

    def stop(self, worker):
        self.stopping = True
        self.service.stop()
        self.thread.join(timeout=3)

    terminate = stop


def main():
    app.steps["worker"].add(Clock)
    worker = app.Worker(quiet=True, **OPTIONS)
    worker.start()
    return worker.exitcode


if __name__ == "__main__":
    sys.exit(main())
