"""Profiles as TOML: those that this release brings, and those that people write."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from importlib.resources import files as package_files
from typing import Any

from comity.agreement.domain.checks import read_profile
from comity.agreement.domain.profile import Profile
from comity.kernel.canonical import encode
from comity.kernel.errors import FormatError, NotFoundError


def shipped() -> list[str]:
    """Names of the profiles that this release brings."""
    folder = package_files("comity.agreement") / "profiles"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def shipped_text(name: str) -> str:
    """The TOML of a profile that this release brings. NotFoundError."""
    if name not in shipped():
        raise NotFoundError(f"This release brings no profile {name}.", remedy=f"It brings: {', '.join(shipped())}.")
    return (package_files("comity.agreement") / "profiles" / f"{name}.toml").read_text("utf-8")


def parse(text: str, place: str = "profile") -> tuple[dict[str, Any], Profile]:
    """A profile from TOML: as plain data and read. Raises FormatError with the place."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"It is no TOML: {error}", place=place) from None
    try:
        return _plain(data), read_profile(data)
    except FormatError as error:
        raise error.at(place) from None


def _plain(data: Any) -> Any:
    """TOML's own dates as text, so that the same profile has the same bytes at every party."""
    if isinstance(data, dict):
        return {name: _plain(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data.isoformat() if hasattr(data, "isoformat") else data


def digest_of(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(encode(data)).hexdigest()
