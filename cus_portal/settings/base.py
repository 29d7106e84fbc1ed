"""Settings shared by development, tests and production. What differs between centres is in CENTRE_FILE."""

from pathlib import Path

from csp.constants import NONE, SELF

from cus_portal import env, logs
from cus_portal.centre import load_centre
from cus_portal.providers import load_providers

from .signin import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parents[2]

# -- the centre ---------------------------------------------------------------------------------
CATALOGUE_DIR = env.path("CATALOGUE_DIR", BASE_DIR / "services" / "data")
CENTRE = load_centre(env.path("CENTRE_FILE", CATALOGUE_DIR / "centre.yaml"))

# -- identity providers -------------------------------------------------------------------------
IDENTITY = load_providers(env.path("IDENTITY_FILE", "") if env.text("IDENTITY_FILE", "") else None)

# -- applications -------------------------------------------------------------------------------
ROOT_URLCONF = "cus_portal.urls"
WSGI_APPLICATION = "cus_portal.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "cus_portal",
    "cus_portal.accounts",
    "cus_portal.audit",
    "cus_portal.notifications",
    "services",
    "residents",
    "coordination",
    "cus_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "health_check",
    "pghistory",
    "pgtrigger",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cus_portal.page_cache.PageCacheMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cus_portal.accounts.middleware.NoStoreMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "cus_portal.signin.middleware.SignInMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cus_portal.audit.middleware.LogMiddleware",
    "cus_portal.audit.middleware.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cus_portal.context.centre",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# -- database -----------------------------------------------------------------------------------
PGHISTORY_BASE_MODEL = "cus_portal.audit.history.Event"
DATABASE_OWNER_URL = ""  # who migrates; empty: whoever DATABASE_URL names
DATABASE_APP_ROLE = env.text("DATABASE_APP_ROLE", "portal_app")  # who serves pages and does jobs

# -- cache --------------------------------------------------------------------------------------
PAGES_KEPT_FOR = 300  # seconds at most, for people who have not signed in; a publication empties the cache at once

# -- language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "pl"
LANGUAGES = [("pl", "Polski"), ("uk", "Українська"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Warsaw"
USE_TZ = True

# -- files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {"BACKEND": "django.core.files.storage.FileSystemStorage"},  # location set per environment
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
ATTACHMENT_MAX_BYTES = 20 * 1024 * 1024
ATTACHMENTS_PER_UPLOAD = 5
CLAMAV_SOCKET = env.text("CLAMAV_SOCKET", "")  # host:port or a path; empty: files are not scanned for viruses
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# -- headers ------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY = {"camera": [], "microphone": [], "geolocation": [], "payment": [], "usb": []}
X_FRAME_OPTIONS = "DENY"
PROXY_COUNT = env.integer("PROXY_COUNT", 0)  # our own proxies in front; their X-Forwarded-For is believed
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# -- mail and jobs ------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", CENTRE["email"])
BOUNCE_ADDRESS = env.text("BOUNCE_ADDRESS", DEFAULT_FROM_EMAIL)  # where mail servers report what did not arrive
BOUNCE_MAILBOX = env.text("BOUNCE_MAILBOX", "")  # pop3s://user:password@host, the mailbox of that address
EMAIL_TIMEOUT = 20
OUTGOING_NETWORKS = env.words("OUTGOING_NETWORKS")  # private networks whose programs may be called: 10.20.0.0/16
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 5,
    "max_retries": 1,  # a page that wakes a worker must not wait six seconds for a broker that is away
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# -- logs ---------------------------------------------------------------------------------------
LOGGING = logs.LOGGING
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DEMO = False
