"""The settings of a running portal, but for mail, which goes to a folder the test watches and can hold up."""

from cus_portal.settings.development import *  # noqa: F403
from cus_portal.settings.development import STORAGES

DEMO = False
EMAIL_BACKEND = "tests.processes.mail.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
