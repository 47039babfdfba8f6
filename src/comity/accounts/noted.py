"""What the audit trail notes of how people sign in: factors, passwords, sessions, the identity provider."""

from __future__ import annotations

from typing import Any

from comity.accounts import audit


def watch() -> None:
    """From now on every change of how somebody signs in is noted, and every second factor that was wrong."""
    # The signals import models, so they are not there before the apps are.
    from allauth.account.signals import password_changed, user_signed_up
    from allauth.mfa import signals as factors
    from allauth.socialaccount.signals import social_account_added

    for signal, change in (
        (factors.authenticator_added, "factor added"),
        (factors.authenticator_removed, "factor removed"),
        (factors.authenticator_reset, "factor made anew"),
        (password_changed, "password"),
        (user_signed_up, "opened by the identity provider"),
    ):
        # `weak`: nothing else holds these functions.
        signal.connect(_noting(change), weak=False, dispatch_uid=f"comity.noted.{change}")
    factors.authenticator_used.connect(_used, dispatch_uid="comity.noted.used")
    factors.authentication_failed.connect(_failed, dispatch_uid="comity.noted.failed")
    social_account_added.connect(_connected, dispatch_uid="comity.noted.connected")


def changed(actor: Any, person: Any, change: str, **details: str | int) -> None:
    """Note that `actor` (None: a command on the node's machine) changed how `person` signs in."""
    audit.note(actor, audit.ACCOUNT, person.get_username(), change=change, **details)


def _noting(change: str) -> Any:
    def note(sender: Any, user: Any, **kwargs: Any) -> None:
        authenticator = kwargs.get("authenticator")
        changed(user, user, change, **({"factor": authenticator.type} if authenticator is not None else {}))

    return note


def _used(sender: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    if authenticator.type == authenticator.Type.RECOVERY_CODES:
        changed(user, user, "recovery code used")


def _failed(sender: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    audit.note(None, audit.SIGN_IN_FAILED, user.get_username(), factor=authenticator.type)


def _connected(sender: Any, sociallogin: Any, **kwargs: Any) -> None:
    changed(sociallogin.user, sociallogin.user, "known to the identity provider")
