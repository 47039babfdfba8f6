"""The demonstration's registers are the same to the byte in every process and for ever."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import hashlib, json, sys
from comity.node.demo.generate import generate
from comity.registers.domain.record import to_json
digest = hashlib.sha256()
for office in ("BY", "RU"):
    for made in generate(office, 2026, 120):
        digest.update(json.dumps(to_json(made.record), sort_keys=True, ensure_ascii=False).encode())
        for name, body in sorted(made.images.items()):
            digest.update(name.encode() + body)
print(digest.hexdigest())
"""
# A change of this digest changes every installed demonstration: say so in the changelog.
PINNED = "0402a847c2cd262cceed2148771e52b5d9917dbf0a7c5dea448fd6c9cd88dee6"


def digest_in_a_process(hash_seed: str, locale: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": locale, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(("hash_seed", "locale"), [("0", "C"), ("4711", "C.UTF-8")])
def test_records_and_images_are_the_pinned_ones_in_every_process(hash_seed: str, locale: str) -> None:
    assert digest_in_a_process(hash_seed, locale) == PINNED
