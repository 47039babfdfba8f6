"""One flipped bit anywhere is found, and the check that failed is one about the part in which it lies."""

from __future__ import annotations

import re

from comity.kernel.pdfseal import MARK, seal
from comity.kernel.verify import verify_file
from tests.unit.kernel import proof_world as world
from tests.unit.kernel.test_pdfseal import small_pdf

# Which checks may name a change in which part of a bundle; the form of the whole may always be what broke.
SENSIBLE = {
    "checkpoint": {"checkpoint", "inclusion", "log", "witness", "agreement"},
    "comity": set(),
    "entry": {"entry", "openings", "inclusion", "agreement"},
    "index": {"inclusion", "agreement"},
    "keys": {"keys", "log", "witness", "statement", "checkpoint", "rest"},
    "openings": {"openings"},
    "proof": {"inclusion"},
    "statement": {"statement", "rest", "agreement"},
    "withheld": {"openings"},
}


def failures(data: bytes) -> set[str]:
    return {check.name for check in verify_file(data).checks if check.ok is False}


def parts(bundle: bytes) -> list[str]:
    """The name of the member in which each byte lies."""
    starts = [(bundle.index(f'"{name}":'.encode(), 1 if name == "checkpoint" else 100), name) for name in SENSIBLE]
    names, current = [], "checkpoint"
    marks = dict(starts)
    for at in range(len(bundle)):
        current = marks.get(at, current)
        names.append(current)
    return names


def test_every_byte_of_a_bundle_is_under_a_check() -> None:
    bundle = world.bundle()
    where = parts(bundle)
    for at in range(len(bundle)):
        for bit in (1 << (at % 8), 0x20):
            changed = bundle[:at] + bytes([bundle[at] ^ bit]) + bundle[at + 1 :]
            found = failures(changed)
            assert found, f"byte {at} of {where[at]} can be changed"
            assert found & (SENSIBLE[where[at]] | {"bundle", "container"}), (at, where[at], found)


def test_every_byte_of_a_seal_and_of_what_it_seals_is_under_a_check() -> None:
    sealed = seal(small_pdf(world.bundle()), world.ISSUER)
    start = sealed.rindex(MARK)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ (1 << (at % 8))]) + sealed[at + 1 :]
        found = failures(changed)
        if at < 5:
            assert found == {"bundle"}, at
        elif at < start:
            assert found == {"document"}, at
        else:
            assert found & {"container", "document", "seal"}, (at, found)


def test_no_byte_can_be_left_out_or_put_in_at_the_ends() -> None:
    for whole in (world.bundle(), seal(small_pdf(world.bundle()), world.ISSUER)):
        for changed in (whole[:-1], whole + b"\n", whole + b"\x00", whole[1:], b" " + whole):
            assert failures(changed), re.escape(repr(changed[-20:]))
