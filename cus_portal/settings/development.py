"""One machine, for trying the portal out: embedded servers unless DATABASE_URL and REDIS_URL name others."""

import os

from cus_portal import embedded, env

from .base import *  # noqa: F403
from .base import STORAGES

STATE_DIR = embedded.state_dir()
DEMO = env.boolean("DEMO", True)
DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = os.environ.get("SECRET_KEY") or embedded.local_secret("secret_key")
FIELD_KEYS = env.words("FIELD_KEYS") or [embedded.local_secret("field_key")]
BLIND_INDEX_KEY = os.environ.get("BLIND_INDEX_KEY") or embedded.local_secret("blind_index_key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000")

DATABASES = {"default": env.database(os.environ.get("DATABASE_URL") or embedded.database_url())}
DATABASE_OWNER_URL = (
    os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL") or embedded.database_url("owner")
)
DATABASES["default"]["CONN_MAX_AGE"] = 0  # a thread that waits holds no connection: each costs about 20 MB
CELERY_BROKER_URL = os.environ.get("REDIS_URL") or embedded.broker_url()
CACHES = {
    "default": {
        "BACKEND": "cus_portal.cache.ForgivingRedisCache",
        "LOCATION": os.environ.get("REDIS_URL") or embedded.cache_url(),
    }
}

MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # passkeys on http://localhost

STORAGES["private"]["OPTIONS"] = {"location": STATE_DIR / "files", "base_url": None}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = STATE_DIR / "mails"
