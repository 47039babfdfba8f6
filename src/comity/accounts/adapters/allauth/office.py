"""Signing in at the ministry's own identity provider: OpenID Connect Core 1.0, code flow with PKCE, state and nonce.

Stricter than what is built upon: the issuer is the one of the settings, the ID token's signature is always checked
(§3.1.3.7), it carries the nonce of this very sign-in, and the answer of the userinfo endpoint is of the same subject
(§5.3.2).
"""

from __future__ import annotations

import hashlib
from typing import Any

import jwt
import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from comity.accounts import addresses
from comity.kernel.errors import ConfigurationError, NotFoundError, PolicyError

PROVIDER = "office"
# With a key pair only: a shared secret would let the node forge what it checks.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
DISCOVERY = "/.well-known/openid-configuration"
# What of the provider's description is used; RFC 8414 §2.
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
LEEWAY_S = 60


def nonce(state: str) -> str:
    """The nonce of a sign-in: bound to its state, which is random, kept in the session and used once."""
    return hashlib.sha256(b"comity nonce\0" + state.encode()).hexdigest()


class RefusedError(OAuth2Error):  # type: ignore[misc]
    """What the provider said is not accepted; the text may be shown."""


class Client(OAuth2Client):  # type: ignore[misc]
    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: dict[str, str]) -> str:
        bound = {**extra_params, "nonce": nonce(str(self.state))}
        return str(super().get_redirect_url(authorization_url, scope, bound))


class Flow(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    client_class = Client

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "_openid_config"):
            issuer = settings.COMITY.oidc_issuer
            said = _get(issuer.rstrip("/") + DISCOVERY)
            if said.get("issuer") != issuer:
                raise RefusedError("the description names another issuer")
            if missing := [name for name in ENDPOINTS if not isinstance(said.get(name), str)]:
                raise RefusedError(f"the description lacks {missing[0]}")
            self._openid_config = said
        return self._openid_config

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        claims = self._decode_id_token(app, str(kwargs["response"].get("id_token") or ""))
        if claims.get("nonce") != nonce(request.GET.get("state", "")):
            raise RefusedError("the token is of another sign-in")
        about = self._fetch_user_info(token.token)
        if about.get("sub") != claims["sub"]:
            raise RefusedError("the answer is about somebody else")
        said = {**claims, **about}
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": said})
        login.claims = said
        return login

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            keys = jwt.PyJWKSet.from_dict(_get(self.openid_config["jwks_uri"]))
            kid = jwt.get_unverified_header(id_token).get("kid")
            named = [key for key in keys.keys if key.key_id == kid]
            if len(named) != 1:
                raise RefusedError("the token's key is not the provider's")
            claims: dict[str, Any] = jwt.decode(
                id_token,
                named[0],
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=settings.COMITY.oidc_issuer,
                leeway=LEEWAY_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise RefusedError(f"the token is not accepted: {error}") from error
        if claims.get("azp", app.client_id) != app.client_id:
            raise RefusedError("the token was made for another party")
        return claims

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("office-answer"))


def _get(address: str) -> dict[str, Any]:
    """A JSON object of the identity provider. RefusedError if it answers with something else."""
    with OfficeAdapter().get_requests_session() as session:
        answer = session.get(address)
        answer.raise_for_status()
        said = answer.json()
    if not isinstance(said, dict):
        raise RefusedError("the answer is no object")
    return said


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    oauth2_adapter_class = Flow
    pkce_enabled_default = True

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing is kept but the subject."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        # Only what the provider itself has verified; "true" as a text is not what the standard says.
        userinfo = data["userinfo"]
        return list(super().extract_email_addresses(data)) if userinfo.get("email_verified") is True else []


class OfficeAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """The one provider of the settings.

        NotFoundError if there is none, ConfigurationError if its secret cannot be read.
        """
        config = settings.COMITY
        if not config.oidc_issuer or not config.oidc_client_id or provider != PROVIDER:
            raise NotFoundError(
                "No identity provider is set up.", remedy="Set COMITY_OIDC_ISSUER and COMITY_OIDC_CLIENT_ID."
            )
        app = SocialApp(
            provider="openid_connect",
            provider_id=PROVIDER,
            name=config.oidc_name or config.oidc_issuer,
            client_id=config.oidc_client_id,
            secret=_secret(),
            settings={"server_url": config.oidc_issuer},
        )
        return Provider(request, app=app)

    def get_requests_session(self) -> Any:
        session = super().get_requests_session()
        if settings.COMITY.oidc_ca_file:
            session.verify = str(settings.COMITY.oidc_ca_file)
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Whose account it is: by the provider's subject, else by an address that it has verified.

        PolicyError if it is nobody's and the provider's claim opens none.
        """
        if sociallogin.is_existing:
            return
        verified = [address.email for address in sociallogin.email_addresses if address.verified]
        known = addresses.owner(verified[0]) if verified else None
        if known is not None and not SocialAccount.objects.filter(user=known, provider=PROVIDER).exists():
            sociallogin.connect(request, known)
        elif not verified or addresses.taken(verified[0]) or not opens(sociallogin.claims):
            # An address that has passed to another subject is another person's now.
            raise PolicyError(
                "No account of this node belongs to who you are there.",
                remedy="Ask the operator of this node for an account with your e-mail address.",
            )

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        # `pre_social_login` has looked at the claims, and let nobody through to here without them.
        return True

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, **more: Any
    ) -> None:
        if error == AuthError.CANCELLED:
            raise PolicyError("You did not sign in there.", remedy="Sign in another way, or try again.")
        if isinstance(exception, requests.RequestException):
            raise exception
        raise PolicyError(
            "What the identity provider answered is not accepted.",
            place=str(exception) if isinstance(exception, RefusedError) else "",
            remedy="Begin again on the sign-in page. If it happens again, tell the operator of this node.",
        )


def opens(claims: dict[str, Any]) -> bool:
    """Whether what the provider says of a person opens an account for him: one of the values of the settings."""
    config = settings.COMITY
    said = claims.get(config.oidc_claim)
    held = {said} if isinstance(said, str) else {one for one in said or () if isinstance(one, str)}
    return not held.isdisjoint(config.oidc_values)


def _secret() -> str:
    path = settings.COMITY.oidc_secret_file
    if path is None:
        return ""
    try:
        return str(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise ConfigurationError(
            f"The identity provider's secret cannot be read: {error.strerror}.", place=str(path)
        ) from error
