"""When the jobs run: the only beat timetable. Times are Europe/Warsaw."""

from celery.schedules import crontab

TIMETABLE = {
    "sweep-unsent-messages": {
        "task": "cus_portal.notifications.tasks.deliver",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "sweep-uncalled-programs": {
        "task": "cus_portal.notifications.tasks.call",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "collect-bounces": {
        "task": "cus_portal.notifications.tasks.collect",
        "schedule": 300.0,
        "options": {"expires": 280},
    },
    "write-down-unmet-searches": {
        "task": "services.tasks.write_down_unmet_searches",
        "schedule": 300.0,
        "options": {"expires": 280},
    },
    "tidy-saved-drafts": {
        "task": "residents.tasks.tidy_saved_drafts",
        "schedule": crontab(hour="6-18", minute=20),
    },
    "tidy-accounts": {
        "task": "residents.tasks.tidy_accounts",
        "schedule": crontab(hour=4, minute=20),
    },
    "look-for-news": {
        "task": "residents.tasks.look_for_news",
        "schedule": crontab(hour="7-18", minute=50),
    },
    "check-attachments": {
        "task": "residents.tasks.check_attachments",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "daily": {
        "task": "coordination.tasks.daily",
        "schedule": crontab(hour=6, minute=10),
    },
    "daily-catch-up": {
        "task": "coordination.tasks.daily",
        "schedule": crontab(minute=40, hour="7-18"),
    },
    "monthly-report": {
        "task": "coordination.tasks.monthly_report",
        "schedule": crontab(hour=5, minute=30),  # on the 1st there is something to do; later, only if it was missed
    },
    "sweep-ordered-reports": {
        "task": "coordination.tasks.make_ordered_reports",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "carry-out-destruction": {
        "task": "coordination.tasks.carry_out_destruction",
        "schedule": 300.0,
        "options": {"expires": 280},
    },
}
