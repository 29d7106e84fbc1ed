"""What an office asks for besides pages: python -m benchmarks.files, with the PORTAL_STATE_DIR of a running portal.

Prints JSON: [[whose sign-in, address, what to post or null], ...]. With `jobs` it has the worker do each of its jobs,
and waits until all are done.
"""

import json
import os
import sys
import time

import django
import redis
from django.urls import reverse

JOBS = ["coordination.tasks.daily", "coordination.tasks.monthly_report", "coordination.tasks.make_ordered_reports"]
JOBS += ["cus_portal.notifications.tasks.deliver"]
DONE_WITHIN = 120


def files():
    from coordination.models import PlanVersion, ReportSnapshot
    from coordination.worklists import WORKLISTS

    report = ReportSnapshot.objects.latest("pk")
    for name in ("report_detail", "report_xlsx", "report_pdf"):
        yield "danuta", reverse(f"coordination:{name}", args=[report.pk]), None
    for version in PlanVersion.objects.order_by("-pk")[:10]:
        yield "danuta", reverse("coordination:plan_pdf", args=[version.plan_id, version.number]), None
    for name in WORKLISTS:
        for file_format in ("xlsx", "csv"):
            yield (
                "kasia",
                reverse("coordination:worklist", args=[name]),
                {"file_format": file_format, "reason": "Pomiar"},
            )
    yield "danuta", reverse("coordination:report_order"), {"month": f"{report.period:%Y-%m}"}


def do_jobs():
    from cus_portal.celery import app
    from cus_portal.embedded.places import broker_socket

    for job in JOBS * 2:  # one for each thread of the worker
        app.send_task(job)
    until = time.monotonic() + DONE_WITHIN
    with redis.Redis(unix_socket_path=str(broker_socket())) as broker:
        while broker.llen("celery") or broker.hlen("unacked"):
            if time.monotonic() > until:
                sys.exit("The worker did not do its jobs in time.")
            time.sleep(0.2)


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")
    django.setup()
    if "jobs" in sys.argv:
        do_jobs()
    else:
        print(json.dumps(list(files())))  # noqa: T201


if __name__ == "__main__":
    main()
