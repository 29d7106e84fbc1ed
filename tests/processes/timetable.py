"""The timetable of the tests: one sweep each second."""

from cus_portal.timetable import TIMETABLE

QUICK = {"sweep": TIMETABLE["sweep-unsent-messages"] | {"schedule": 1.0}}
