"""Settings: an embedded default that needs nothing but Python, changed by environment variables.

The table of variables stands in the README. ``QUAD_ENV=production`` turns the safe defaults of
development off and stops the start where a secret is missing (O5).
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal.configuration import (
    development_field_key,
    development_rsa_key,
    development_secret,
    require,
)
from portal.logs import logging_settings, scrub_sentry
from portal.outside import form_targets, openid_apps

# Where lxml happens to be installed openpyxl reads with it, past defusedxml, which refuses the entities that
# hostile workbooks declare. Never, whatever else needs lxml.
os.environ["OPENPYXL_LXML"] = "False"

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

QUAD_ENV = env.str("QUAD_ENV", "development")
if QUAD_ENV not in {"development", "production", "test"}:
    raise ImproperlyConfigured("QUAD_ENV must be development, production or test.")
PRODUCTION = QUAD_ENV == "production"
DEBUG = env.bool("DEBUG", False) and not PRODUCTION
VAR_DIR = Path(env.str("QUAD_VAR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

if PRODUCTION:
    SECRET_KEY = require(env, "SECRET_KEY")
    ALLOWED_HOSTS = require(env, "ALLOWED_HOSTS").split(",")
    SITE_URL = require(env, "SITE_URL")
    HEADLESS_JWT_PRIVATE_KEY = require(env, "JWT_PRIVATE_KEY").replace("\\n", "\n")
    FIELD_ENCRYPTION_KEYS = require(env, "FIELD_ENCRYPTION_KEYS").split(",")
else:
    SECRET_KEY = env.str("SECRET_KEY", "") or development_secret(VAR_DIR)
    # This machine alone, by its own names: the demo passwords are public, and another site's name that
    # is made to lead here must not be answered. `serve --host` adds what it is opened for.
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[".localhost", "127.0.0.1", "[::1]"])
    SITE_URL = env.str("SITE_URL", "http://localhost:8000")
    HEADLESS_JWT_PRIVATE_KEY = env.str("JWT_PRIVATE_KEY", "").replace(
        "\\n", "\n"
    ) or development_rsa_key(VAR_DIR)
    FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEYS", default=[]) or [
        development_field_key(VAR_DIR)
    ]

# Earlier keys: what they have encrypted and signed is still read.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

INSTALLED_APPS = [
    "portal",
    "portal.pagecache",
    "portal.imports",
    "portal.reports",
    "home",
    "search",
    "learning.catalog",
    "learning.enrollments",
    "learning.rosters",
    "bookings",
    "campus.accounts",
    "campus.institutions",
    "campus.people",
    "campus.notifications",
    "campus.audit",
    "campus.venues",
    "campus.points",
    "campus.certificates",
    "campus.clubs",
    "campus.events",
    "campus.announcements",
    "campus.personal",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "campus.accounts.wagtail_users.UsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.idp.oidc",
    "channels",
    "corsheaders",
    "django_htmx",
    "django_dramatiq",
    "dramatiq_crontab",
    "rules.apps.AutodiscoverRulesConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "portal.middleware.FrameMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "campus.accounts.middleware.TimezoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "campus.accounts.middleware.LastSeenMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
ASGI_APPLICATION = "portal.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- data ---------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'quad.sqlite3'}")}
IS_SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if IS_SQLITE:
    # Writers queue for the lock at BEGIN instead of failing half way (see docs/decisions).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
# Whole pages for the anonymous, per process (portal/pagecache).
PAGE_CACHE = env.bool("PAGE_CACHE", QUAD_ENV != "test")
PAGE_CACHE_MB = env.int("PAGE_CACHE_MB", 64)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}

# --- real time and what runs beside the server ---------------------------------------------------
# Without Redis one process is the whole portal: workers and scheduler start inside it.
EMBEDDED = env.bool("EMBEDDED", not REDIS_URL)
EMBEDDED_HTTP_THREADS = env.int("EMBEDDED_HTTP_THREADS", 8)
SOCKETS_PER_USER = env.int("SOCKETS_PER_USER", 20)  # in one process
REALTIME_RELAY_SECONDS = env.float("REALTIME_RELAY_SECONDS", 0)  # 0: what suits the database

# --- accounts -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "campus.institutions.backends.ReachBackend",
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:dashboard"
LOGOUT_REDIRECT_URL = "/"
WAGTAILADMIN_LOGIN_URL = WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False

# Text messages go through a gateway (campus/accounts/sms.py). Without one, production does not offer
# the phone at registration; development keeps what it would send in a local inbox.
SMS_GATEWAY_URL = env.str("SMS_GATEWAY_URL", "")
SMS_GATEWAY_TOKEN = env.str("SMS_GATEWAY_TOKEN", "")
SMS_GATEWAY = env.str("SMS_GATEWAY", "") or (
    "campus.accounts.sms.WebhookGateway"
    if SMS_GATEWAY_URL
    else ("" if PRODUCTION else "campus.accounts.sms.DevelopmentGateway")
)
DEVELOPMENT_INBOX = not PRODUCTION
PHONENUMBER_DB_FORMAT = PHONENUMBER_DEFAULT_FORMAT = "E164"

# P1: e-mail or phone, one password, either alone is enough.
ACCOUNT_ADAPTER = "campus.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# (allauth insists on "email*"; our forms ask for one of the two.)
ACCOUNT_SIGNUP_FIELDS = ["email*", *(["phone"] if SMS_GATEWAY else []), "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "campus.accounts.registration.RegistrationFields"
ACCOUNT_FORMS = {
    "login": "campus.accounts.forms.LoginForm",
    "signup": "campus.accounts.forms.SignupForm",
    "reset_password": "campus.accounts.forms.ResetPasswordForm",
}
# P2, P5: by a code of six digits, ten minutes, three tries; a mail never carries a link that signs in.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CODE_SECONDS = 600
GUARDIAN_AGE_LIMIT = env.int(
    "GUARDIAN_AGE_LIMIT", 18
)  # P10: from then on students decide themselves
INVITATION_HOURS = env.int("INVITATION_HOURS", 48)
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_CODE_SECONDS
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = ACCOUNT_CODE_SECONDS
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = ACCOUNT_CODE_SECONDS
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True  # P3: every session ends, this one too
ACCOUNT_PREVENT_ENUMERATION = True  # P4
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# P4: the key of failed sign-ins is the account (see the adapter). What counts by address is wide, since
# a whole campus may stand behind one.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "5/15m/key",
    "login": "300/m/ip",
    "signup": "120/m/ip",
    "reset_password": "120/m/ip,5/m/key",
    "reset_password_from_key": "120/m/ip",
    "request_login_code": "120/m/ip,3/m/key",
    "verify_phone": "1/10s/key,120/m/ip",
    "change_phone": "3/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 1 if PRODUCTION else 0)
# P8: who registers waits, inactive, until an admin lets them in.
REGISTRATION_NEEDS_APPROVAL = env.bool("REGISTRATION_NEEDS_APPROVAL", False)
# P6: roles that get nowhere without a second factor, such as admin,editor.
TWO_FACTOR_REQUIRED_FOR = env.list("TWO_FACTOR_REQUIRED_FOR", default=[])
MFA_TOTP_ISSUER = "Quad"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "campus.accounts.second_factor.AuthenticateForm",
    "reauthenticate": "campus.accounts.second_factor.ReauthenticateForm",
    "activate_totp": "campus.accounts.second_factor.ActivateForm",
    "add_webauthn": "campus.accounts.passkeys.AddForm",
    "edit_webauthn": "campus.accounts.passkeys.EditForm",
    "login_webauthn": "campus.accounts.passkeys.LoginForm",
    "authenticate_webauthn": "campus.accounts.passkeys.AuthenticateForm",
    "reauthenticate_webauthn": "campus.accounts.passkeys.ReauthenticateForm",
}
MFA_ADAPTER = "campus.accounts.mfa_adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Browsers offer passkeys on https and on localhost; only for the latter the origin goes unchecked.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
# Nobody signs in before a code has come back, but admins (P2), and they most of all need a factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# The link by which an invited person sets a first password (P2); codes of a reset are ACCOUNT_CODE_SECONDS.
PASSWORD_RESET_TIMEOUT = env.int("INVITATION_LINK_DAYS", 14) * 24 * 3600
# P3: access tokens live five minutes and are checked against their session at each use; refresh tokens
# live in the session, so it lives as long as they do.
SESSION_COOKIE_AGE = 14 * 24 * 3600
USERSESSIONS_TRACK_ACTIVITY = True  # the API tells it; LastSeenMiddleware keeps it
USERSESSIONS_ADAPTER = "campus.accounts.sessions.SessionsAdapter"
HEADLESS_ADAPTER = "campus.accounts.headless.HeadlessAdapter"
HEADLESS_TOKEN_STRATEGY = "campus.accounts.tokens.TokenStrategy"  # noqa: S105 (a dotted path)
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = env.int("JWT_ACCESS_SECONDS", 300)
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = SESSION_COOKIE_AGE
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True
# Seconds in which a used refresh token that comes again is only refused; later its session ends.
JWT_REFRESH_LEEWAY = env.int("JWT_REFRESH_LEEWAY", 10)
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True

# P7: the portal as OpenID provider for other systems, with a key of its own: what it signs is never taken
# for an access token of the portal, nor the reverse. In production it is on where the key is given.
IDP_OIDC_PRIVATE_KEY = env.str("OPENID_PRIVATE_KEY", "").replace("\\n", "\n") or (
    "" if PRODUCTION else development_rsa_key(VAR_DIR, "openid_key.pem")
)
OPENID_PROVIDER = bool(IDP_OIDC_PRIVATE_KEY)
IDP_OIDC_ADAPTER = "campus.accounts.openid.adapter.ProviderAdapter"
IDP_OIDC_ACCESS_TOKEN_FORMAT = "opaque"  # noqa: S105 (a format)
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 900
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 24 * 3600

# C4: the key that signs certificates as Open Badges. In production they are offered where it is given.
BADGES_PRIVATE_KEY = env.str("BADGES_PRIVATE_KEY", "").replace("\\n", "\n") or (
    "" if PRODUCTION else development_rsa_key(VAR_DIR, "badges_key.pem")
)

# P7: outside providers to sign in with. An account is found by e-mail only as the adapter allows.
OPENID_PROVIDERS = env.json("OPENID_PROVIDERS", default=[])
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": openid_apps(OPENID_PROVIDERS)}}
SOCIALACCOUNT_ADAPTER = "campus.accounts.openid.outside.OutsideAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False

# P9: days that a download of one's data can be fetched; days that an erasure can be taken back.
DATA_EXPORT_DAYS = env.int("DATA_EXPORT_DAYS", 7)
ERASURE_GRACE_DAYS = env.int("ERASURE_GRACE_DAYS", 14)

# --- languages and times ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
WAGTAIL_I18N_ENABLED = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "America/Chicago")

# --- files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("QUAD_STATIC_ROOT", str(VAR_DIR / "static")))
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Files that a view hands out after asking who may: outside of MEDIA_ROOT, without an address.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "private"},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
# A bucket (S3 or what speaks its language) instead of the disk, for several machines.
S3_BUCKET = env.str("S3_BUCKET", "")
if S3_BUCKET:
    AWS_S3_ENDPOINT_URL = env.str("S3_ENDPOINT", "") or None
    AWS_S3_REGION_NAME = env.str("S3_REGION", "") or None
    AWS_S3_CUSTOM_DOMAIN = env.str("S3_PUBLIC_DOMAIN", "") or None
    AWS_ACCESS_KEY_ID = env.str("S3_ACCESS_KEY", "") or None
    AWS_SECRET_ACCESS_KEY = env.str("S3_SECRET_KEY", "") or None
    AWS_S3_FILE_OVERWRITE = False
    _S3 = "storages.backends.s3.S3Storage"
    STORAGES["default"] = {
        "BACKEND": _S3,
        "OPTIONS": {"bucket_name": S3_BUCKET, "location": "media", "querystring_auth": False},
    }
    # Never by an address of its own: the view that asked who may hands the bytes out.
    STORAGES["private"] = {
        "BACKEND": _S3,
        "OPTIONS": {
            "bucket_name": env.str("S3_PRIVATE_BUCKET", S3_BUCKET),
            "location": "private",
            "default_acl": "private",
            "custom_domain": None,
        },
    }

# --- Wagtail ------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Quad"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # names of people go to nobody outside
WAGTAILDOCS_SERVE_METHOD = "serve_view"

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.api.provider_tokens.ProviderTokenAuthentication",
        "portal.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["portal.api.permissions.DeclaredPolicy"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
API_MAX_UPLOAD = env.int("API_MAX_UPLOAD", 25 * 1024 * 1024)  # bytes of one multipart body
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", 20 * 1024 * 1024)  # of one file that is imported
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", 100_000)  # in each of its tables
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY", 1024 * 1024)  # bytes of any other body
# Requests in a time, each process counting in the shared cache; empty or 0: no limit (F6).
API_RATES = {
    "user": env.str("API_RATE_USER", "600/min"),
    "address": env.str("API_RATE_ADDRESS", "1200/min"),
}
# Proxies in front that add to X-Forwarded-For; what a client wrote there itself is not believed.
TRUSTED_PROXY_COUNT = ALLAUTH_TRUSTED_PROXY_COUNT
# Origins of front ends that run elsewhere, such as https://app.example.edu (F6).
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_CREDENTIALS = env.bool("CORS_ALLOW_CREDENTIALS", False)
CORS_ALLOW_HEADERS = [
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "x-csrftoken",
    "x-session-token",
]
CORS_EXPOSE_HEADERS = [
    "Deprecation",
    "ETag",
    "Idempotency-Replayed",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "Sunset",
    "X-Request-ID",
]
SPECTACULAR_SETTINGS = {
    "TITLE": "Quad",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": (
        "The API of the campus portal. Every answer is one envelope: `status`, `data`, `meta`, `errors`. "
        "Sign in below `/api/v1/auth/app/v1/`, send the access token as `Authorization: Bearer …`. "
        "Live events come by the socket `/ws/notifications/`; see docs/ in the repository."
    ),
    "PREPROCESSING_HOOKS": ["portal.api.schema.only_ours"],
    "POSTPROCESSING_HOOKS": ["portal.api.schema.finish"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "SERVERS": [{"url": SITE_URL}],
}

# --- jobs ---------------------------------------------------------------------------------------
DRAMATIQ_BROKER = {
    "BROKER": "dramatiq.brokers.redis.RedisBroker"
    if REDIS_URL
    else "dramatiq.brokers.stub.StubBroker",
    "OPTIONS": {"url": REDIS_URL} if REDIS_URL else {},
    "MIDDLEWARE": [
        "dramatiq.middleware.AgeLimit",
        "dramatiq.middleware.TimeLimit",
        "dramatiq.middleware.Callbacks",
        "dramatiq.middleware.Retries",
        "django_dramatiq.middleware.DbConnectionsMiddleware",
    ],
}

# One scheduler: a second one is refused by this lock.
DRAMATIQ_CRONTAB = {"REDIS_URL": REDIS_URL or None}
TASKS = {"default": {"BACKEND": "portal.jobs.wagtail_tasks.OutboxTaskBackend"}}

# --- mail ---------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Quad <portal@localhost>")
EMAIL_CONFIG = env.email_url("EMAIL_URL", "consolemail://")
vars().update(EMAIL_CONFIG)
if DEVELOPMENT_INBOX and not env.str("EMAIL_URL", ""):
    EMAIL_BACKEND = "campus.accounts.inbox.DevelopmentEmailBackend"

# --- security -----------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the editor previews pages in a frame of the same origin,
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # so the check that wants DENY is answered here
SESSION_COOKIE_HTTPONLY = True
# The site runs no inline script or style; where files and embedded videos come from is added.
_FILES = f" https://{env.str('S3_PUBLIC_DOMAIN')}" if env.str("S3_PUBLIC_DOMAIN", "") else ""
_POLICY = (
    "default-src 'self'; {inline}"
    f"img-src 'self' data: blob:{_FILES}; media-src 'self' blob:{_FILES}; font-src 'self' data:; "
    "connect-src 'self'; frame-src 'self' https://www.youtube.com https://www.youtube-nocookie.com "
    "https://player.vimeo.com; frame-ancestors 'self'; form-action 'self'{targets}; base-uri 'self'; "
    "object-src 'none'"
)
CONTENT_SECURITY_POLICY = _POLICY.format(inline="", targets=form_targets(OPENID_PROVIDERS))
# Wagtail's admin starts its parts by inline scripts and sets inline styles.
ADMIN_CONTENT_SECURITY_POLICY = _POLICY.format(
    inline="script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; ", targets=""
).replace("img-src 'self'", "img-src 'self' https:")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=()"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a page with many blocks in the editor
DATA_UPLOAD_MAX_NUMBER_FILES = 50
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
SESSION_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked from inside, without TLS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- logs, metrics, errors ----------------------------------------------------------------------
LOGGING = logging_settings(
    level=env.str("LOG_LEVEL", "INFO"),
    style=env.str("LOG_FORMAT", "json" if PRODUCTION else "console"),
)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_ADDRESSES = env.list(
    "METRICS_ADDRESSES", default=[] if PRODUCTION else ["127.0.0.0/8", "::1/128"]
)
QUAD_RELEASE = env.str("QUAD_RELEASE", "")
SENTRY_DSN = env.str("SENTRY_DSN", "")
if SENTRY_DSN:
    import sentry_sdk

    sentry_sdk.init(
        dsn=SENTRY_DSN,
        environment=QUAD_ENV,
        release=QUAD_RELEASE or None,
        send_default_pii=False,
        max_request_body_size="never",
        # What a frame held may be a password under any name: where it broke is told, not with what.
        include_local_variables=False,
        traces_sample_rate=env.float("SENTRY_TRACES", 0.0),
        before_send=scrub_sentry,
        before_send_transaction=scrub_sentry,
    )
