"""The two profiles of the tests, and statements made short."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from comity.agreement.domain.checks import read_profile
from comity.agreement.domain.life import Stated, Step
from comity.agreement.domain.profile import Profile
from comity.agreement.entries import PROFILE, STEP, about
from comity.journal.services import Draft

CODE = "by-ru-2025"
THREE = Path(__file__).with_name("three.toml")


def plain(name: str = "three") -> dict[str, Any]:
    """A profile as plain data, free to be altered."""
    if name == "three":
        return tomllib.loads(THREE.read_text("utf-8"))
    return tomllib.loads((files("comity.agreement") / "profiles" / f"{name}.toml").read_text("utf-8"))


def profile(name: str = "three", **altered: Any) -> Profile:
    return read_profile({**plain(name), **altered})


def says(party: str, step: Step, day: str, of: str = "", index: int = 0, **more: str) -> Stated:
    return Stated(party=party, step=step, day=day, of=of, index=index, **more)


def two_parties_in_force() -> list[Stated]:
    """Belarus and Russia to entry into force, with days that are invented."""
    return [
        says("BY", Step.BASIS, "2024-05-29"),
        says("BY", Step.SIGNATURE, "2025-03-13"),
        says("RU", Step.SIGNATURE, "2025-03-13"),
        says("BY", Step.NOTE, "2025-09-01", of="RU"),
        says("RU", Step.NOTE_RECEIVED, "2025-09-05", of="BY"),
        says("RU", Step.NOTE, "2025-10-01", of="BY"),
        says("BY", Step.NOTE_RECEIVED, "2025-10-03", of="RU"),
    ]


def step(kind: Step, day: str, of: str = "") -> Draft:
    """The entry of a statement."""
    body = {"step": kind.value, "day": day, "of": of, "act": "", "number": "", "place": "", "document": ""}
    return Draft(STEP, 1, about(CODE), body)


def adopts(data: Mapping[str, Any] | None = None) -> Draft:
    """The entry of a party that adopts the shipped profile, or another."""
    return Draft(PROFILE, 1, about(CODE), {"profile": dict(data or plain(CODE))})
