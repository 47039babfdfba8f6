"""Django's settings, derived from `comity.node.config`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from comity.accounts import FRESH_S
from comity.kernel.errors import ConfigurationError
from comity.node import config

COMITY = config.load()
COMITY_HOME: Path = COMITY.home


def _secret(path: Path) -> str:
    """The secret key of this node, made once and readable by its owner only."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        if not path.parent.is_dir():
            # No node here yet (`comity init`, tests, message tools): a key that dies with the process.
            return secrets.token_urlsafe(48)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key := secrets.token_urlsafe(48))
        return key


def database(url: str) -> dict[str, Any]:
    """Django's form of a database address."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "comity.node.sqlite",
            "NAME": unquote(parts.path[1:] if parts.path.startswith("//") else parts.path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                # FULL: a commit that was answered survives a power cut, as the journal's promise demands.
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;"
                    "PRAGMA secure_delete=ON; PRAGMA journal_size_limit=67108864"
                ),
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_HEALTH_CHECKS": True,
            "CONN_MAX_AGE": 60,
            "OPTIONS": {"pool": False},
        }
    raise ConfigurationError(
        f"The database address begins with {parts.scheme!r}.",
        place="COMITY_DATABASE_URL",
        remedy="Use sqlite:///PATH or postgresql://USER@HOST/NAME.",
    )


SECRET_KEY = COMITY.secret_key or _secret(COMITY_HOME / "keys" / "django.secret")
DEBUG = False
ALLOWED_HOSTS = COMITY.allowed_hosts or ["127.0.0.1", "localhost", "[::1]"]
DATABASES = {"default": database(COMITY.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "comity.jobs",
    "comity.accounts",
    "comity.journal",
    "comity.agreement",
    "comity.registers",
    "comity.confidential",
    "comity.positions",
    "comity.report",
    "comity.assistance",
    "comity.federation",
    "comity.web",
    "comity.node",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "comity.web.middleware.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "comity.web.middleware.UploadsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "comity.web.middleware.SecondFactorMiddleware",
    "comity.web.middleware.ErrorsMiddleware",
]

ROOT_URLCONF = "comity.node.urls"
WSGI_APPLICATION = "comity.node.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "comity.web.context.node",
            ],
        },
    }
]

LANGUAGE_CODE = COMITY.language
LANGUAGES = [("en", _("English")), ("ru", _("Russian")), ("be", _("Belarusian"))]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = COMITY.time_zone

STATIC_URL = "/static/"
# No STATIC_ROOT: the files are served from the packages that hold them, nothing is collected.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# The first makes new hashes; what the others made is hashed anew when its owner signs in.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "comity.accounts.adapters.allauth.account.AccountAdapter"
# By e-mail; by name too, for an account that has no address.
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
# The operator vouches for an address, or the identity provider does: the node sends no mail.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = FRESH_S
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/10m/ip,10/10m/key"}
_FORMS = "comity.accounts.adapters.allauth.forms"
ACCOUNT_FORMS = {
    "login": f"{_FORMS}.SignInForm",
    "reauthenticate": f"{_FORMS}.ConfirmPasswordForm",
    "change_password": f"{_FORMS}.NewPasswordForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = COMITY.proxies
MFA_ADAPTER = "comity.accounts.adapters.allauth.factors.FactorsAdapter"
MFA_FORMS = {
    "authenticate": f"{_FORMS}.FactorForm",
    "authenticate_webauthn": f"{_FORMS}.FactorKeyForm",
    "reauthenticate": f"{_FORMS}.ConfirmCodeForm",
    "reauthenticate_webauthn": f"{_FORMS}.ConfirmKeyForm",
    "activate_totp": f"{_FORMS}.AppForm",
    "add_webauthn": f"{_FORMS}.KeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = f"Comity {COMITY.party} {COMITY.name}".strip()
# A code that was typed as its half minute ended is still taken.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "comity.accounts.adapters.allauth.office.OfficeAdapter"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
# A working day; the browser forgets it when it is closed.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = f"comity-{COMITY.party.lower() or 'node'}"
CSRF_COOKIE_NAME = f"comity-csrf-{COMITY.party.lower() or 'node'}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = COMITY.secure
SECURE_HSTS_SECONDS = 31_536_000 if COMITY.secure else 0
# Who puts HTTPS in front speaks plain HTTP to the node: forms come from the address that people see.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if COMITY.secure else None
CSRF_TRUSTED_ORIGINS = [f"https://{'*' if host[0] == '.' else ''}{host}" for host in ALLOWED_HOSTS if COMITY.secure]
# In the database, so that every web process counts the same failed sign-ins and knows the codes that were used. Room
# for many: a flood of invented names must not push out the one under attack.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "comity_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "comity.node.logs.Json"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": COMITY.log_format}},
    "filters": {"foreseen": {"()": "comity.node.logs.Foreseen"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"comity": {"level": "INFO"}, "django.request": {"filters": ["foreseen"]}},
}
