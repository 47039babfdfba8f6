"""The forms of signing in, in our words; and a code of an authenticator app that counts once."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from cryptography.exceptions import InvalidSignature
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from comity.accounts.adapters.allauth.account import canonical

_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


class SignInForm(LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word = forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True})
        self.fields["login"] = forms.CharField(label=_("E-mail or account"), max_length=254, widget=word)
        self.fields["password"] = _password(_("Password"))
        self.order_fields(["login", "password"])

    def add_prefix(self, field_name: str) -> str:
        # What password managers know the field by.
        return "username" if field_name == "login" else str(super().add_prefix(field_name))

    def clean_login(self) -> str:
        return canonical(self.cleaned_data["login"])


def _password(label: Any, autocomplete: str = "current-password") -> forms.CharField:
    return forms.CharField(
        label=label, strip=False, max_length=4096, widget=forms.PasswordInput(attrs={"autocomplete": autocomplete})
    )


class ConfirmPasswordForm(ReauthenticateForm):  # type: ignore[misc]
    password = _password(_("Password"))


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    oldpassword = _password(_("Present password"))
    password2 = _password(_("New password, again"), "new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The field itself is allauth's: it checks that the password is hard to guess.
        self.fields["password1"].label = _("New password")
        del self.fields["password1"].widget.attrs["placeholder"]

    def clean(self) -> dict[str, Any] | None:
        data: dict[str, Any] = self.cleaned_data
        if data.get("password1") and data.get("password2") and data["password1"] != data["password2"]:
            self.add_error("password2", _("The two are not the same."))
        return data


class _CodeOnce:
    """Refuses a code of an authenticator app that was taken before, as long as the app's clock could show it.

    allauth remembers a code for one period only, and we admit the periods before and after.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(  # type: ignore[attr-defined]
            label=_("Code"), max_length=20, widget=forms.TextInput(attrs=_CODE)
        )

    def clean_code(self) -> str:
        code = str(super().clean_code())  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP:  # type: ignore[attr-defined]
            lasting = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
            digits = "".join(character for character in code if character.isdigit())
            if not cache.add(f"totp-used:{self.user.pk}:{digits}", True, lasting):  # type: ignore[attr-defined]
                self._emit_authentication_failed(self.authenticator)  # type: ignore[attr-defined]
                raise get_adapter().validation_error("incorrect_code")
        return code


class FactorForm(_CodeOnce, base.AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmCodeForm(_CodeOnce, base.ReauthenticateForm):  # type: ignore[misc]
    pass


class AppForm(ActivateTOTPForm):  # type: ignore[misc]
    code = forms.CharField(label=_("Code"), max_length=20, widget=forms.TextInput(attrs=_CODE))


@contextmanager
def _answer() -> Iterator[None]:
    """What is no answer of a key is refused like a wrong one: allauth trusts the shape of what a stranger sends."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error, InvalidSignature):
        raise get_adapter().validation_error("incorrect_code") from None


class KeyForm(AddWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label=_("Name of the key"), required=False, max_length=60)

    def clean(self) -> Any:
        with _answer():
            return super().clean()


class FactorKeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Any:
        with _answer():
            return super().clean_credential()


class ConfirmKeyForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Any:
        with _answer():
            return super().clean_credential()
