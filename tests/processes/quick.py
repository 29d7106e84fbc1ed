"""The portal's beat, sweeping each second instead of each minute, so that a test need not wait."""

from cus_portal.beat import app

app.conf.beat_schedule = {"sweep": app.conf.beat_schedule["sweep-unsent-messages"] | {"schedule": 1.0}}
