"""Django's settings, derived from ``config.Config``."""

from typing import Any
from urllib.parse import unquote, urlsplit

from seawall.foundation.platform.config import load
from seawall.foundation.platform.logs import configure as configure_logs

SEAWALL = load()
SECRET_KEY = SEAWALL.secret_key
DEBUG = SEAWALL.debug
ALLOWED_HOSTS = [host.strip() for host in SEAWALL.allowed_hosts.split(",") if host.strip()]
BASE_IS_HTTPS = SEAWALL.base_url.startswith("https://")

INSTALLED_APPS = [
    "seawall.doors.web",  # first: its templates go before allauth's
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "seawall.foundation.platform",
    "seawall.foundation.identity",
    "seawall.foundation.access",
    "seawall.foundation.transparency",
    "seawall.foundation.jobs",
    "seawall.clearinghouse.deconfliction",
    "seawall.clearinghouse.intake",
    "seawall.clearinghouse.validation",
    "seawall.clearinghouse.deduplication",
    "seawall.clearinghouse.coordination",
    "seawall.clearinghouse.coordination.embargoes",
    "seawall.clearinghouse.coordination.conversations",
    "seawall.clearinghouse.coordination.routing",
    "seawall.clearinghouse.prioritization",
    "seawall.clearinghouse.directives",
    "seawall.clearinghouse.matching",
    "seawall.clearinghouse.distribution",
    "seawall.clearinghouse.scanning",
]

MIDDLEWARE = [
    "seawall.doors.api.surroundings.Surroundings",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "seawall.doors.web.security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "seawall.doors.web.security.CurrentActor",
    "seawall.doors.web.errors.ErrorPages",
]

ROOT_URLCONF = "seawall.doors.urls"
WSGI_APPLICATION = "seawall.doors.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "seawall.doors.web.context.site",
            ],
        },
    }
]


def _database() -> dict[str, Any]:
    if not SEAWALL.database_url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": SEAWALL.data_dir / "seawall.sqlite3",
            "OPTIONS": {
                # A write transaction takes its lock when it begins: no deadlock on upgrade.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # FULL: what was acknowledged survives a power loss (promise 4).
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
            "TEST": {"NAME": SEAWALL.data_dir / "test.sqlite3"},
        }
    parts = urlsplit(SEAWALL.database_url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or 5432,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Accounts are made by an organization's administrator or by OIDC, never by strangers.
ACCOUNT_ADAPTER = "seawall.foundation.identity.allauth_adapters.ClosedSignup"
SOCIALACCOUNT_ADAPTER = "seawall.foundation.identity.allauth_adapters.MembersOnly"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BASE_IS_HTTPS
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": "Single sign-on",
                    "client_id": SEAWALL.oidc_client_id,
                    "secret": SEAWALL.oidc_client_secret,
                    "settings": {"server_url": SEAWALL.oidc_issuer},
                }
            ]
        }
    }
    if SEAWALL.oidc_issuer
    else {}
)

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = None  # whitenoise serves the files from where they lie; nothing is collected
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATA_UPLOAD_MAX_MEMORY_SIZE = SEAWALL.max_body_bytes
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # larger files of a form are temporary files, not memory
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = BASE_IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "seawall.doors.web.errors.stale_form"
CSRF_COOKIE_SECURE = BASE_IS_HTTPS
CSRF_TRUSTED_ORIGINS = [SEAWALL.base_url] if BASE_IS_HTTPS else []
SECURE_HSTS_SECONDS = 31_536_000 if BASE_IS_HTTPS else 0
# Other sites learn nothing. "no-referrer" would make browsers send "Origin: null" with our own forms, which are then refused.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING_CONFIG = None
configure_logs(SEAWALL.log_format)
