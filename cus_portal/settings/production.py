"""A public server: everything by the environment, nothing embedded, everything over HTTPS."""

from cus_portal import env

from .base import *  # noqa: F403
from .base import STORAGES

DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
FIELD_KEYS = env.words("FIELD_KEYS") or [env.text("FIELD_KEYS")]
BLIND_INDEX_KEY = env.text("BLIND_INDEX_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [env.text("ALLOWED_HOSTS")]
PUBLIC_URL = env.text("PUBLIC_URL")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

DATABASES = {"default": env.database(env.text("DATABASE_URL")) | {"CONN_MAX_AGE": 3600, "CONN_HEALTH_CHECKS": True}}
DATABASE_OWNER_URL = env.text("DATABASE_OWNER_URL", "")
REDIS_URL = env.text("REDIS_URL")
CACHES = {"default": {"BACKEND": "cus_portal.cache.ForgivingRedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL

STORAGES["private"]["OPTIONS"] = {"location": env.text("PRIVATE_FILES_DIR"), "base_url": None}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", True)

SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
