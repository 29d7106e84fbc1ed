"""The test suite: the same servers as development, faster passwords, strict templates."""

import os

from cus_portal import embedded, env
from tests.strict_templates import MissingVariable

from .development import *  # noqa: F403
from .development import DATABASES, STATE_DIR, STORAGES, TEMPLATES

SECRET_KEY = "only-for-tests"  # noqa: S105
DEMO = False
PAGES_KEPT_FOR = 0  # most tests are one transaction that never ends, so no publication would empty the cache
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STORAGES["private"]["OPTIONS"] = {"location": STATE_DIR / "files", "base_url": None}
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = MissingVariable("%s")
WHITENOISE_AUTOREFRESH = True

# The tests make their databases, so they are the owner; each copies the template that tests/embedded_servers.py made.
DATABASE_OWNER_URL = ""
DATABASES["default"] |= env.database(
    os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL") or embedded.database_url("owner")
)
DATABASES["default"]["CONN_MAX_AGE"] = 0  # the live server's threads come and go
if template := os.environ.get("PORTAL_TEST_TEMPLATE"):
    DATABASES["default"]["TEST"] = {"TEMPLATE": template}
