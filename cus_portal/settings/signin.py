"""Signing in: passwords, the second step, lock-out, sessions. A part of base.py."""

from cus_portal import env

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "cus_portal.accounts.backend.PortalBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # how long a mailed link opens
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "coordination:start"
LOGOUT_REDIRECT_URL = "services:home"
AXES_USERNAME_FORM_FIELD = "username"  # what the sign-in form calls it; the guard counts nobody under another name
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "cus_portal.throttle.client_address"
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # who signed in is in the audit, without the address
ACCOUNT_ADAPTER = "cus_portal.signin.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # axes and our own throttle count, in the database
ACCOUNT_FORMS = {"reauthenticate": "cus_portal.signin.forms.ConfirmByPasswordForm"}
MFA_ADAPTER = "cus_portal.signin.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off
MFA_FORMS = {
    "authenticate": "cus_portal.signin.forms.SecondStepForm",
    "reauthenticate": "cus_portal.signin.forms.ConfirmByCodeForm",
    "activate_totp": "cus_portal.signin.forms.ActivateAppForm",
    "deactivate_totp": "cus_portal.signin.forms.DeactivateAppForm",
    "add_webauthn": "cus_portal.signin.forms.AddKeyForm",
}
IDLE_MINUTES = env.integer("IDLE_MINUTES", 20)  # nobody there for so long: signed out
SIGNED_IN_HOURS = 10  # however busy: sign in again
SESSION_ENGINE = "cus_portal.accounts.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cus_portal.views.csrf_failure"
