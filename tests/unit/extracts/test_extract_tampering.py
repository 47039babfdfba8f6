"""One flipped bit in an extract is found, wherever it is."""

from __future__ import annotations

import random

from comity.extracts.pdf import render_extract
from comity.kernel.pdfseal import MARK
from comity.kernel.verify import verify_file
from tests.unit.extracts.sample import extract
from tests.unit.kernel import proof_world as world


def test_two_thousand_flipped_bits_and_every_byte_of_the_seal_are_found() -> None:
    pdf = render_extract(extract(), world.bundle(), world.ISSUER)
    start = pdf.rindex(MARK)
    chance = random.Random(20261122)
    places = [(chance.randrange(start), chance.randrange(8)) for _ in range(2000)]
    places += [(at, bit) for at in range(start, len(pdf)) for bit in range(8)]
    for at, bit in places:
        changed = bytearray(pdf)
        changed[at] ^= 1 << bit
        report = verify_file(bytes(changed))
        found = {check.name for check in report.checks if check.ok is False}
        assert not report.ok
        assert report.proved == ()
        if at < 5:
            assert found == {"bundle"}, at
        elif at < start:
            assert found == {"document"}, at
        else:
            assert found & {"container", "document", "seal"}, (at, bit, found)


def test_the_bundle_taken_out_of_an_extract_verifies_alone() -> None:
    report = verify_file(render_extract(extract(), world.bundle(), world.ISSUER))
    assert report.facts["statement"]["right"] == world.RIGHT
    assert verify_file(world.bundle()).ok
