"""A real identity provider in a process of its own: django-oauth-toolkit with its own accounts and sign-in page.

Told on the command line: its folder and the node's address. It prints its issuer once it answers.
"""

from __future__ import annotations

import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CLIENT, SECRET, PASSWORD = "comity-in-chromium", "a secret of these tests", "of-the-ministry-only"
GROUPS = ["comity-staff"]
PAGE = """<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Ministry</title>
<h1>Ministry of Tests</h1>
<form method="post">{% csrf_token %}{{ form.as_p }}<button>Enter</button></form></html>"""


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main(folder: Path, node: str) -> None:
    server = make_server("127.0.0.1", 0, None, Server, Quiet)  # type: ignore[arg-type]
    here = f"http://localhost:{server.server_port}"
    _configure(folder, f"{here}/o")
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name in ("anna", "stranger"):
        User.objects.create_user(name, f"{name}@office.example", PASSWORD)
    Application.objects.create(
        client_id=CLIENT,
        client_secret=SECRET,
        redirect_uris=f"{node}/sign-in/office/answer",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
    )
    server.set_app(get_wsgi_application())
    print(f"{here}/o", flush=True)
    server.serve_forever()


def _configure(folder: Path, issuer: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings.configure(
        SECRET_KEY="of the provider",
        ALLOWED_HOSTS=["localhost"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite3"}},
        ROOT_URLCONF=__name__,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
            *("django.contrib.messages", "django.contrib.staticfiles", "oauth2_provider"),
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ],
                    "loaders": [("django.template.loaders.locmem.Loader", {"sign_in.html": PAGE})],
                },
            }
        ],
        STATIC_URL="/static/",
        USE_TZ=True,
        SESSION_COOKIE_NAME="provider",
        CSRF_COOKIE_NAME="provider-csrf",
        LOGIN_URL="/sign-in/",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_ISS_ENDPOINT": issuer,
            "OIDC_RSA_PRIVATE_KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "SCOPES": {"openid": "who you are", "email": "your address", "profile": "your name"},
            "PKCE_REQUIRED": True,
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator",
        },
    )


def __getattr__(name: str) -> object:
    """What Django asks of this module once it is configured: addresses, and the claims about a person."""
    if name == "urlpatterns":
        from django.contrib.auth.views import LoginView
        from django.urls import include, path

        return [
            path("sign-in/", LoginView.as_view(template_name="sign_in.html")),
            path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        ]
    if name == "validator":
        from oauth2_provider.oauth2_validators import OAuth2Validator

        class Validator(OAuth2Validator):  # type: ignore[misc]
            oidc_claim_scope = None

            def get_additional_claims(self, request: object) -> dict[str, object]:
                user = request.user  # type: ignore[attr-defined]
                return {"email": user.email, "email_verified": True, "groups": GROUPS}

        return Validator
    raise AttributeError(name)


if __name__ == "__main__":
    sys.modules[__spec__.name if __spec__ else "provider"] = sys.modules["__main__"]
    main(Path(sys.argv[1]), sys.argv[2])
