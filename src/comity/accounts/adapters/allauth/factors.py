"""Second factors: their secrets are encrypted in the database, their pictures need no inline style."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comity.kernel.errors import ConfigurationError


@lru_cache(maxsize=1)
def _box(secret: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"comity second factors v1").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


class FactorsAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This is not the code, or it was used. Wait for the next one."),
    }

    def encrypt(self, text: str) -> str:
        return _box(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """ConfigurationError if the node's secret key is another than when the factor was set up."""
        try:
            return _box(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise ConfigurationError(
                "The second factor cannot be read: the node's secret key has changed.",
                remedy="Put the key back, or let the operator reset the factor with `comity user`.",
            ) from None

    def build_totp_svg(self, url: str) -> str:
        return str(segno.make(url, error="m").svg_inline(omitsize=True, border=3, dark="#000", light="#fff"))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 -- as allauth names it
        return _("Security key")
