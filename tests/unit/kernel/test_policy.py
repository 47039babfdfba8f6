"""A policy says which witnesses make a quorum."""

from __future__ import annotations

import pytest

from comity.kernel.errors import FormatError
from comity.kernel.notes import KIND_COSIGNATURE, KIND_ED25519, SigningKey
from comity.kernel.policy import parse_policy
from tests.unit.kernel.logs import LOG


def witness(i: int) -> SigningKey:
    return SigningKey(f"w{i}.example", KIND_COSIGNATURE, bytes([i + 10]) * 32)


W = [str(witness(i).verifier) for i in range(40)]
TEXT = f"""
# Two offices and three outsiders.
log {LOG.verifier} https://journal.example/
witness a {W[0]} https://a.example/
witness b {W[1]}
\twitness  x  {W[2]}
witness y {W[3]}
witness z {W[4]}
group offices all a b
group outsiders 2 x y z
group anybody any offices outsiders
quorum anybody
"""


@pytest.mark.parametrize(
    ("names", "satisfied"),
    [
        ("", False),
        ("a", False),
        ("ab", True),
        ("ax", False),
        ("xy", True),
        ("xyz", True),
        ("bz", False),
        ("abxyz", True),
        ("q", False),
    ],
)
def test_groups_within_groups_make_the_quorum(names: str, satisfied: bool) -> None:
    assert parse_policy(TEXT).satisfied(names) is satisfied


def test_the_name_of_a_group_is_no_witness() -> None:
    policy = parse_policy(TEXT)
    assert not policy.satisfied(["anybody"])
    assert not policy.satisfied(["offices", "outsiders"])


def test_what_was_read_is_there() -> None:
    policy = parse_policy(TEXT)
    assert [(log.key, log.url) for log in policy.logs] == [(LOG.verifier, "https://journal.example/")]
    assert policy.witnesses["a"].url == "https://a.example/"
    assert policy.names([witness(1).verifier, witness(4).verifier, witness(9).verifier]) == {"b", "z"}


def test_a_quorum_of_none_and_a_quorum_of_one_witness() -> None:
    assert parse_policy("quorum none").satisfied([])
    alone = parse_policy(f"witness a {W[0]}\nquorum a\n")
    assert alone.satisfied(["a"])
    assert not alone.satisfied([])


def test_forty_witnesses_and_groups_are_supported() -> None:
    lines = [f"witness n{i} {W[i]}\ngroup g{i} all n{i}\n" for i in range(40)]
    policy = parse_policy("".join(lines) + f"group most 30 {' '.join(f'g{i}' for i in range(40))}\nquorum most\n")
    assert policy.satisfied(f"n{i}" for i in range(30))
    assert not policy.satisfied(f"n{i}" for i in range(29))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ""),
        (f"witness a {W[0]}", ""),
        ("quorum a", "line 1"),
        ("quorum none\nquorum none", "line 2"),
        (f"witness a {W[0]}\nwitness a {W[1]}\nquorum a", "line 2"),
        (f"witness a {W[0]}\nwitness b {W[0]}\nquorum a", "line 2"),
        (f"witness a {W[0]}\ngroup a all a\nquorum a", "line 2"),
        (f"witness a {W[0]}\ngroup g all a\ngroup h all a\nquorum g", "line 3"),
        (f"witness a {W[0]}\ngroup g all a a\nquorum g", "line 2"),
        (f"witness a {W[0]}\ngroup g all a b\nwitness b {W[1]}\nquorum g", "line 2"),
        (f"witness a {W[0]}\ngroup g 0 a\nquorum g", "line 2"),
        (f"witness a {W[0]}\ngroup g 2 a\nquorum g", "line 2"),
        (f"witness a {W[0]}\ngroup g 01 a\nquorum g", "line 2"),
        (f"witness a {W[0]}\ngroup g most a\nquorum g", "line 2"),
        (f"witness a {W[0]}\ngroup g all\nquorum g", "line 2"),
        (f"witness none {W[0]}\nquorum none", "line 1"),
        ("group g all g\nquorum g", "line 1"),
        (f"witness a {W[0]} url more\nquorum a", "line 1"),
        (f"witness a {W[0][:-4]}\nquorum a", "line 1"),
        (f"witness a {LOG.verifier}\nquorum a", "line 1"),
        (f"log {W[0]}\nquorum none", "line 1"),
        (f"log {LOG.verifier}\nlog {LOG.verifier}\nquorum none", "line 2"),
        ("Quorum none", "line 1"),
        ("quorum none extra", "line 1"),
    ],
)
def test_a_policy_of_another_form_is_refused_with_its_line(text: str, place: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_policy(text)
    assert caught.value.place.startswith(place)


def test_one_public_key_under_two_names_is_refused() -> None:
    twin = SigningKey("twin.example", KIND_COSIGNATURE, witness(0).seed)
    with pytest.raises(FormatError, match="twice"):
        parse_policy(f"witness a {W[0]}\nwitness b {twin.verifier}\nquorum none\n")
    same = SigningKey("log.example", KIND_ED25519, witness(0).seed)
    with pytest.raises(FormatError, match="twice"):
        parse_policy(f"log {same.verifier}\nwitness a {W[0]}\nquorum none\n")
