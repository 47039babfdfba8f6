"""The proof bundle: one document, one form."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel import canonical
from comity.kernel.bundle import (
    PREFIX,
    BundleKey,
    commitments_in,
    fill_in,
    fingerprint,
    make_bundle,
    parse_bundle,
    parse_statement,
)
from comity.kernel.commitments import Opening
from comity.kernel.errors import FormatError
from tests.unit.kernel import proof_world as world


def edited(**changes: object) -> bytes:
    return canonical.encode(json.loads(world.bundle()) | changes) + b"\n"


def test_a_bundle_reads_back_as_it_was_made() -> None:
    data = world.bundle()
    bundle = parse_bundle(data)
    assert data.startswith(PREFIX)
    assert data.count(b"\n") == 1
    assert (bundle.entry, bundle.index) == (world.ENTRY, world.INDEX)
    assert bundle.openings == (Opening(world.PATH, world.SALT, world.PERSON),)
    assert bundle.withheld == (world.OTHER_PATH,)
    assert list(bundle.proof) == world.tree()[0]
    assert bundle.checkpoint == world.tree()[2]
    assert bundle.keys == (*world.KEYS, BundleKey("extract", "RU", world.ISSUER.verifier))


def test_the_statement_names_the_rest_and_the_claim() -> None:
    bundle = parse_bundle(world.bundle())
    note, said = parse_statement(bundle.statement)
    assert note.text.startswith("comity/statement/1\n{")
    assert said.claim == world.claim()
    assert said.rest == bundle.rest
    assert (said.index, said.size, said.root) == (world.INDEX, 7, world.tree()[1])


def test_the_same_parts_give_the_same_bytes() -> None:
    assert world.bundle() == world.bundle()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        b"[]\n",
        world.bundle()[:-1],
        world.bundle() + b"\n",
        world.bundle().replace(b'"index":3', b'"index": 3'),
        edited(comity="proof/2"),
        edited(more=1),
        edited(index=-1),
        edited(index=True),
        edited(index="3"),
        edited(entry="YQ"),
        edited(entry="YR=="),
        edited(proof=["AAAA"]),
        edited(proof=[base64.b64encode(bytes(32)).decode()] * 65),
        edited(withheld=[world.PATH]),
        edited(withheld=[world.OTHER_PATH, world.OTHER_PATH]),
        edited(openings=[{"path": world.PATH, "salt": "AAAA", "value": 1}]),
        edited(openings=[{"path": world.PATH, "salt": "A" * 43 + "=", "value": 1, "note": ""}]),
        edited(keys=[{"role": "judge", "party": "RU", "vkey": str(world.LOG.verifier)}]),
        edited(keys=[{"role": "log", "party": "RU", "vkey": str(world.LOG.verifier)}] * 2),
        edited(keys=[{"role": "log", "party": "RU", "vkey": "nobody"}]),
    ],
)
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_bundle(data)


@pytest.mark.parametrize("form", ["another kind", "two signatures", "checkpoint"])
def test_another_note_is_no_statement(form: str) -> None:
    statement = parse_bundle(world.bundle()).statement
    data = {
        "another kind": statement.replace(b"comity/statement/1", b"comity/statement/2"),
        "two signatures": statement + statement.rpartition(b"\n\n")[2],
        "checkpoint": world.tree()[2].rpartition("\n\u2014".encode())[0] + b"\n",
    }[form]
    with pytest.raises(FormatError):
        parse_statement(data)


def test_a_cosigning_key_cannot_sign_a_statement() -> None:
    with pytest.raises(FormatError):
        world.bundle(signer=world.WITNESS)


def test_commitments_are_found_at_their_pointers_and_filled_in() -> None:
    body = {"a/b": [{"cm": "x", "role": "holder"}], "c": {"cm": "y"}, "d": {"cm": 5}}
    assert commitments_in(body) == {"/a~1b/0": "x", "/c": "y"}
    opened = fill_in(body, {"/a~1b/0": {"names": ["Ann"]}, "/c": 7})
    assert opened == {"a/b": [{"role": "holder", "names": ["Ann"]}], "c": {"value": 7}, "d": {"cm": 5}}
    assert body["c"] == {"cm": "y"}


def test_a_fingerprint_tells_keys_apart_and_is_grouped_for_reading_aloud() -> None:
    groups = fingerprint(world.ISSUER.verifier).split(" ")
    assert [len(group) for group in groups] == [4] * 8
    assert fingerprint(world.ISSUER.verifier) != fingerprint(world.STRANGER.verifier)


@given(value=st.recursive(st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(), st.lists))
def test_any_canonical_value_can_be_an_opening(value: object) -> None:
    proof, _, signed = world.tree()
    data = make_bundle(
        entry=world.ENTRY,
        index=world.INDEX,
        proof=proof,
        checkpoint=signed,
        keys=world.KEYS,
        claim=world.claim(),
        signer=world.ISSUER,
        openings=[Opening("/x", world.SALT, value)],
    )
    assert parse_bundle(data).openings[0].value == value
