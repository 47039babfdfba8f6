"""A small journal with one right in it, from fixed seeds: what the tests of bundles, seals and the verifier need."""

from __future__ import annotations

import hashlib
from typing import Any

from comity.kernel.bundle import BundleKey, Claim, SaidEffect, make_bundle
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.commitments import Opening, commit
from comity.kernel.cosignature import add_lines, cosign
from comity.kernel.entry import encode_entry
from comity.kernel.merkle import inclusion_proof, leaf_hash, tree_root
from comity.kernel.notes import KIND_COSIGNATURE, KIND_ED25519, SigningKey

ORIGIN = "journal.office-a.example/v1"
LOG = SigningKey(ORIGIN, KIND_ED25519, b"\x01" * 32)
WITNESS = SigningKey("witness.office-b.example/w1", KIND_COSIGNATURE, b"\x02" * 32)
ISSUER = SigningKey("office-a.example/extract", KIND_ED25519, b"\x03" * 32)
STRANGER = SigningKey("office-a.example/extract", KIND_ED25519, b"\x09" * 32)
SEEN_S = 1_760_000_600
IMAGE = b"\x89PNG\r\n\x1a\n the bytes of a picture"
IMAGE_DIGEST = hashlib.sha256(IMAGE).hexdigest()
PATH, OTHER_PATH = "/right/parties/0", "/right/parties/1"
SALT = bytes(range(32))
PERSON = {"names": [{"lang": "be", "text": "Ружа Нёманская"}], "address": "Мінск"}
INDEX = 3
RIGHT = "RU/trademark/1008824"
KEYS = (BundleKey("log", "RU", LOG.verifier), BundleKey("witness", "BY", WITNESS.verifier))


def entry_body(**changes: Any) -> dict[str, Any]:
    right = {
        "office": "RU",
        "kind": "trademark",
        "stage": "right",
        "number": "1008824",
        "titles": [{"text": "ЛИСТВЕНЬ"}],
        "images": [{"sha256": IMAGE_DIGEST, "media_type": "image/png"}],
        "parties": [
            {"role": "holder", "entity": "natural", "cm": commit(PATH, PERSON, SALT)},
            {"role": "author", "entity": "natural", "cm": commit(OTHER_PATH, PERSON, SALT[::-1])},
        ],
    }
    return {"about": RIGHT, "at": "2026-11-22T14:59:00Z", "right": right | changes, "version": 1}


ENTRY = encode_entry("registers.right", 1, entry_body())


def tree(entry: bytes = ENTRY) -> tuple[list[bytes], bytes, bytes]:
    """Inclusion proof, root and checkpoint signed by log and witness, with `entry` as the fourth of seven leaves."""
    leaves = [leaf_hash(entry if i == INDEX else f"entry {i}".encode()) for i in range(7)]
    proof = inclusion_proof(INDEX, 7, lambda level, at: tree_root(leaves[at << level : (at + 1) << level]))
    checkpoint = Checkpoint(ORIGIN, 7, tree_root(leaves))
    signed = add_lines(sign_checkpoint(checkpoint, LOG), [cosign(checkpoint.text(), WITNESS, SEEN_S)])
    return proof, checkpoint.root, signed


def claim(**changes: Any) -> Claim:
    return Claim(
        **{
            "right": RIGHT,
            "issued": "2026-11-22T15:00:00Z",
            "origin": ORIGIN,
            "party": "RU",
            "language": "ru",
            "status": "in_force",
            "status_date": "2026-11-22",
            "sentence": "Зарегистрирован, действует до 14 мая 2034 г.",
            "effects": (SaidEffect("RU", "Действует."), SaidEffect("BY", "Не действует.")),
            "images": (IMAGE_DIGEST,),
        }
        | changes
    )


def bundle(**changes: Any) -> bytes:
    """A whole bundle, with what is asked for changed before it is signed."""
    proof, _, signed = tree(changes.get("entry", ENTRY))
    parts: dict[str, Any] = {
        "entry": ENTRY,
        "index": INDEX,
        "proof": proof,
        "checkpoint": signed,
        "keys": KEYS,
        "openings": [Opening(PATH, SALT, PERSON)],
        "withheld": [OTHER_PATH],
        "claim": claim(),
        "signer": ISSUER,
    }
    return make_bundle(**(parts | changes))
