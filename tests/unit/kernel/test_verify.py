"""The verifier: what each kind of falsehood is called, and what is said of the truth."""

from __future__ import annotations

from typing import Any

import pytest

from comity.kernel.bundle import BundleKey
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint
from comity.kernel.commitments import Opening
from comity.kernel.cosignature import add_lines, cosign
from comity.kernel.entry import encode_entry
from comity.kernel.notes import KIND_COSIGNATURE, SigningKey
from comity.kernel.pdfseal import seal
from comity.kernel.verify import Report, verify_file
from tests.unit.kernel import proof_world as world
from tests.unit.kernel.test_pdfseal import small_pdf

TRUSTED = [key.verifier for key in (world.LOG, world.WITNESS, world.ISSUER)]


def failed(report: Report) -> set[str]:
    return {check.sentence.code for check in report.checks if check.ok is False}


def codes(report: Report) -> set[str]:
    return {check.sentence.code for check in report.checks}


def proved(report: Report) -> set[str]:
    return {sentence.code for sentence in report.proved}


def not_proved(report: Report) -> set[str]:
    return {sentence.code for sentence in report.not_proved}


def test_a_true_bundle_passes_and_says_what_it_proves() -> None:
    report = verify_file(world.bundle())
    assert report.ok
    assert failed(report) == set()
    assert report.kind == "bundle"
    assert report.verdict.code == "verdict.compare"
    assert proved(report) == {"proved.entry", "proved.openings", "proved.statement", "proved.witness"}
    limits = {"keys", "later", "truth", "status", "time", "effect", "withheld", "images"}
    assert not_proved(report) == {f"limits.{name}" for name in limits}


def test_a_sealed_pdf_is_checked_with_its_bundle() -> None:
    report = verify_file(seal(small_pdf(world.bundle()), world.ISSUER), trusted=TRUSTED)
    assert report.ok
    assert report.kind == "pdf"
    assert report.verdict.code == "verdict.good"
    assert "proved.page" in proved(report)
    assert "limits.page" in not_proved(report)
    assert "limits.keys" not in not_proved(report)


def test_facts_show_the_entry_with_what_was_opened() -> None:
    facts = verify_file(world.bundle()).facts
    holder, author = facts["entry"]["body"]["right"]["parties"]
    assert holder == {"role": "holder", "entity": "natural", **world.PERSON}
    assert set(author) == {"role", "entity", "cm"}
    assert facts["statement"]["status"]["sentence"] == world.claim().sentence
    assert facts["cosignatures"] == [
        {"name": world.WITNESS.name, "party": "BY", "role": "witness", "time": "2025-10-09T09:03:20Z"}
    ]


def test_checks_come_in_their_order() -> None:
    report = verify_file(seal(small_pdf(world.bundle()), world.ISSUER))
    names = list(dict.fromkeys(check.name for check in report.checks))
    assert names == [
        "container",
        "document",
        "bundle",
        "seal",
        "statement",
        "rest",
        "entry",
        "openings",
        "checkpoint",
        "inclusion",
        "log",
        "witness",
        "keys",
        "agreement",
    ]


def other_witness() -> SigningKey:
    return SigningKey("witness.office-c.example", KIND_COSIGNATURE, b"\x07" * 32)


def falsehoods() -> dict[str, tuple[dict[str, Any], str]]:
    proof, root, signed = world.tree()
    checkpoint = Checkpoint(world.ORIGIN, 7, root)
    bare = sign_checkpoint(checkpoint, world.LOG)
    forged_log = SigningKey(world.ORIGIN, 1, b"\x08" * 32)
    log, witness = world.KEYS
    other_tree = Checkpoint(world.ORIGIN, 9, root)
    return {
        "value changed": ({"openings": [Opening(world.PATH, world.SALT, {"names": []})]}, "opening.differs"),
        "salt changed": ({"openings": [Opening(world.PATH, bytes(32), world.PERSON)]}, "opening.differs"),
        "value of no commitment": (
            {"openings": [Opening("/right", world.SALT, 1)], "withheld": [world.PATH, world.OTHER_PATH]},
            "opening.foreign",
        ),
        "withheld of no commitment": ({"withheld": [world.OTHER_PATH, "/right"]}, "opening.foreign"),
        "silent on a value": ({"withheld": []}, "opening.missing"),
        "another index": ({"index": 4}, "inclusion.refused"),
        "proof cut": ({"proof": proof[:-1]}, "inclusion.refused"),
        "proof swapped": ({"proof": proof[::-1]}, "inclusion.refused"),
        "another tree": ({"checkpoint": sign_checkpoint(other_tree, world.LOG)}, "inclusion.refused"),
        "log signature forged": (
            {"checkpoint": signed.replace(b"\n7\n", b"\n8\n")},
            "log.refused",
        ),
        "log unknown": ({"checkpoint": sign_checkpoint(checkpoint, forged_log)}, "checkpoint.foreign"),
        "no log signature": ({"keys": [witness], "checkpoint": signed}, "log.none"),
        "log key of another name": (
            {"keys": [BundleKey("log", "RU", world.STRANGER.verifier), witness]},
            "log.none",
        ),
        "cosignature unknown": (
            {"checkpoint": add_lines(signed, [cosign(checkpoint.text(), other_witness(), 5)])},
            "checkpoint.foreign",
        ),
        "cosignature of another tree": (
            {"checkpoint": add_lines(bare, [cosign(other_tree.text(), world.WITNESS, 5)])},
            "witness.refused",
        ),
        "witness without cosignature": ({"checkpoint": bare}, "key.idle"),
        "witness key as log": ({"keys": [log, BundleKey("log", "BY", world.WITNESS.verifier)]}, "log.refused"),
        "statement on another right": ({"claim": world.claim(right="RU/trademark/1")}, "differ.right"),
        "statement with a foreign image": ({"claim": world.claim(images=("00" * 32,))}, "image.unrecorded"),
        "entry in another form": ({"entry": world.ENTRY.replace(b"/1\n", b"/01\n")}, "entry.broken"),
        "entry about another right": (
            {"entry": encode_entry("registers.right", 1, world.entry_body(number="1"))},
            "differ.right",
        ),
    }


@pytest.mark.parametrize("name", falsehoods())
def test_a_falsehood_signed_by_the_issuer_is_still_named(name: str) -> None:
    changes, code = falsehoods()[name]
    report = verify_file(world.bundle(**changes))
    assert not report.ok
    assert code in failed(report)
    assert report.proved == ()
    assert report.verdict.params == {"count": str(sum(check.ok is False for check in report.checks))}


def test_a_part_of_another_bundle_is_named() -> None:
    """The statement of one bundle on the rest of another."""
    mine, theirs = world.bundle(), world.bundle(withheld=[world.OTHER_PATH, "/x"])
    at = mine.index(b'"statement"'), theirs.index(b'"statement"')
    ends = mine.index(b',"withheld"'), theirs.index(b',"withheld"')
    report = verify_file(mine[: at[0]] + theirs[at[1] : ends[1]] + mine[ends[0] :])
    assert failed(report) == {"rest.changed"}


def test_a_label_on_a_key_cannot_be_changed() -> None:
    report = verify_file(world.bundle().replace(b'"party":"BY","role":"witness"', b'"party":"PL","role":"witness"'))
    assert failed(report) == {"rest.changed"}


def test_a_seal_by_another_key_is_named() -> None:
    report = verify_file(seal(small_pdf(world.bundle()), world.STRANGER))
    assert failed(report) == {"seal.refused"}


@pytest.mark.parametrize("attached", [(), (world.bundle(), world.bundle())])
def test_a_pdf_carries_one_bundle(attached: tuple[bytes, ...]) -> None:
    assert failed(verify_file(seal(small_pdf(*attached), world.ISSUER))) == {"bundle.not-one"}


@pytest.mark.parametrize("data", [b"", b"\x00", b"%PDF-", b"{}", b'{"checkpoint":"', b"hello\n"])
def test_any_other_file_is_no_proof(data: bytes) -> None:
    report = verify_file(data)
    assert not report.ok
    assert failed(report) <= {"container.broken", "bundle.broken"}
    assert report.not_proved == ()


def test_a_bundle_without_witness_says_so() -> None:
    _, root, _ = world.tree()
    bare = sign_checkpoint(Checkpoint(world.ORIGIN, 7, root), world.LOG)
    report = verify_file(world.bundle(checkpoint=bare, keys=world.KEYS[:1]))
    assert report.ok
    assert "witness.none" in codes(report)
    assert "limits.witness" in not_proved(report)


def mirrored(key: SigningKey, line: SigningKey) -> bytes:
    """The bundle with a mirror's key and a line by `line` beside the witness's."""
    _, root, signed = world.tree()
    text = Checkpoint(world.ORIGIN, 7, root).text()
    keys = (*world.KEYS, BundleKey("mirror", "BY", key.verifier))
    return world.bundle(checkpoint=add_lines(signed, [cosign(text, line, 1_760_000_700)]), keys=keys)


MIRROR = SigningKey("office-b.example/journal/mirror", KIND_COSIGNATURE, b"\x17" * 32)


def test_a_mirrors_cosignature_says_that_the_entry_is_held() -> None:
    report = verify_file(mirrored(MIRROR, MIRROR))
    assert report.ok
    assert {"witness.signed", "mirror.signed"} <= codes(report)
    assert {"proved.witness", "proved.mirror"} <= proved(report)
    assert [item["role"] for item in report.facts["cosignatures"]] == ["witness", "mirror"]
    untrusted = verify_file(mirrored(MIRROR, MIRROR), trusted=TRUSTED)
    assert untrusted.ok
    assert "key.uncounted-mirror" in codes(untrusted)
    assert "proved.mirror" not in proved(untrusted)


def test_a_false_cosignature_of_a_mirror_is_refused() -> None:
    forged = SigningKey(MIRROR.name, MIRROR.kind, b"\x18" * 32)
    assert failed(verify_file(mirrored(MIRROR, forged))) == {"checkpoint.foreign", "key.idle"}
    _, root, signed = world.tree()
    other = cosign(Checkpoint(world.ORIGIN, 9, root).text(), MIRROR, 5)
    keys = (*world.KEYS, BundleKey("mirror", "BY", MIRROR.verifier))
    report = verify_file(world.bundle(checkpoint=add_lines(signed, [other]), keys=keys))
    assert failed(report) == {"mirror.refused"}


@pytest.mark.parametrize("missing", [world.LOG, world.ISSUER])
def test_with_trusted_keys_given_a_deciding_key_must_be_among_them(missing: SigningKey) -> None:
    report = verify_file(world.bundle(), trusted=[key for key in TRUSTED if key != missing.verifier])
    assert failed(report) == {"key.untrusted"}


def test_with_trusted_keys_given_an_untrusted_witness_does_not_count() -> None:
    report = verify_file(world.bundle(), trusted=[world.LOG.verifier, world.ISSUER.verifier])
    assert report.ok
    assert "key.uncounted" in codes(report)
    assert "proved.witness" not in proved(report)
    assert "limits.witness" in not_proved(report)


def test_a_namesake_of_a_trusted_key_is_not_trusted() -> None:
    report = verify_file(world.bundle(signer=world.STRANGER), trusted=TRUSTED)
    assert failed(report) == {"key.untrusted"}


def test_an_image_file_is_compared_with_the_record() -> None:
    report = verify_file(world.bundle(), images=[world.IMAGE])
    assert report.ok
    assert "proved.image" in proved(report)
    assert "limits.images" not in not_proved(report)
    assert failed(verify_file(world.bundle(), images=[world.IMAGE + b"\x00"])) == {"image.foreign"}
