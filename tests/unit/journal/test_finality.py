"""An entry is final when those whom the policy names hold it, and never before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.federation.models import Partner
from comity.federation.selectors import mirrors
from comity.journal import finality, home, selectors
from comity.journal.covering import cover
from comity.journal.finality import Holder, Rule
from comity.journal.models import Journal
from comity.kernel.errors import ConfigurationError
from comity.kernel.notes import KIND_COSIGNATURE, SigningKey
from tests import node

MIRROR = f"{node.PARTNER_ORIGIN}/mirror"
WITNESS = f"{node.PARTNER_ORIGIN}/witness"


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path / "node")


def paired(origin: str = node.PARTNER_ORIGIN, party: str = "RU", since: int = 0) -> Partner:
    journal, _ = Journal.objects.get_or_create(origin=origin, defaults={"vkey": f"{origin} key"})
    return Partner.objects.create(journal=journal, party=party, state=Partner.State.PAIRED, since=since)


def entries(own: Journal, numbers: Sequence[int]) -> None:
    node.tell(own, *[replace(node.MARK, number=str(number)) for number in numbers])
    node.sequence(own)


def states(own: Journal) -> list[str]:
    own.refresh_from_db()
    return [selectors.states(own, range(own.next_index))[i].state for i in range(own.next_index)]


def test_what_waits_to_be_final_is_counted_and_dated(own: Journal) -> None:
    node.sequence(own)
    assert finality.waiting(own) == (0, "")  # Nobody is to hold it.
    paired()
    size = own.size
    first = json.loads(home.store(own).entry(0, size).partition(b"\n")[2])
    assert finality.waiting(own) == (size, first["at"])
    shutil.rmtree(home.store(own).root / "tile")
    assert finality.waiting(own) == (size, "")


def test_an_entry_goes_from_pending_to_final(own: Journal) -> None:
    paired()
    node.tell(own, node.MARK)
    assert states(own) == ["pending", "pending"]
    node.sequence(own)
    assert states(own) == ["sequenced", "sequenced"]
    node.cosigned(own, "RU", WITNESS)
    assert states(own) == ["cosigned", "cosigned"]
    assert finality.final_size(own) == 0
    node.cosigned(own, "RU", MIRROR, node.SEEN_S + 60)
    assert states(own) == ["final", "final"]
    entries(own, range(3))
    assert states(own) == ["final"] * 2 + ["sequenced"] * 3
    assert finality.final_size(own) == 2
    state = selectors.state_of(own, 1)
    assert (state.at, state.by) == (node.instant(node.SEEN_S + 60), ("RU",))


def test_without_a_partner_nothing_is_final(own: Journal) -> None:
    entries(own, range(2))
    node.cosigned(own, "RU", MIRROR)
    assert states(own) == ["cosigned"] * 3
    assert mirrors() == ()


def test_every_paired_partner_must_hold_an_entry(own: Journal) -> None:
    paired()
    paired("office-kz.example/journal", "KZ")
    entries(own, range(2))
    node.cosigned(own, "RU", MIRROR)
    assert set(states(own)) == {"cosigned"}
    node.cosigned(own, "KZ", "office-kz.example/journal/mirror")
    assert set(states(own)) == {"final"}
    assert selectors.state_of(own, 0).by == ("KZ", "RU")


def test_a_partner_that_comes_in_later_takes_nothing_back(own: Journal) -> None:
    paired()
    entries(own, range(4))
    node.cosigned(own, "RU", MIRROR)
    paired("office-kz.example/journal", "KZ", since=5)
    entries(own, range(4, 6))
    node.cosigned(own, "RU", MIRROR + "2")
    assert states(own) == ["final"] * 5 + ["cosigned"] * 2
    assert finality.final_size(own) == 5


def test_a_stopped_partner_is_not_waited_for(own: Journal) -> None:
    paired()
    Partner.objects.update(state=Partner.State.STOPPED)
    paired("office-kz.example/journal", "KZ", since=2)
    entries(own, range(2))
    node.cosigned(own, "KZ", "office-kz.example/journal/mirror")
    assert set(states(own)) == {"final"}


def test_a_partners_entry_is_final_when_our_mirror_holds_it(own: Journal) -> None:
    journal = node.partner_journal([node.russian(number=str(n)) for n in range(3)])
    node.cosigned(journal, "BY", f"{node.ORIGIN}/witness")
    assert set(states(journal)) == {"cosigned"}
    node.cosigned(journal, "BY", f"{node.ORIGIN}/mirror")
    assert set(states(journal)) == {"final"}
    assert finality.final_size(journal) == 4


def third(seed: bytes = b"\x33") -> SigningKey:
    return SigningKey("witness.third.example/w", KIND_COSIGNATURE, seed * 32)


def write(*lines: str) -> None:
    finality.path().write_text("# who must hold what\n" + "\n".join(lines) + "\n", encoding="utf-8")


def test_a_named_third_witness_must_have_seen_it_too(own: Journal) -> None:
    paired()
    entries(own, range(2))
    mirror = node.cosigned(own, "RU", MIRROR)
    assert set(states(own)) == {"final"}
    witness = SigningKey("witness-zz.example/w", KIND_COSIGNATURE, b"ZZ" * 16)
    write(
        f"log {own.vkey}",
        f"witness RU-mirror {mirror.verifier}",
        f"witness third {witness.verifier} https://witness.example/",
        "group both all RU-mirror third",
        "quorum both",
    )
    assert set(states(own)) == {"cosigned"}
    assert node.cosigned(own, "ZZ").verifier == witness.verifier
    assert set(states(own)) == {"final"}


def test_a_key_that_the_file_does_not_name_counts_for_nothing(own: Journal) -> None:
    entries(own, range(2))
    node.cosigned(own, "RU", MIRROR)
    other = SigningKey(MIRROR, KIND_COSIGNATURE, b"\x44" * 32)
    write(f"witness RU-mirror {other.verifier}", "quorum RU-mirror")
    assert set(states(own)) == {"cosigned"}


def test_a_file_that_names_a_partners_log_governs_it_besides_our_mirror(own: Journal) -> None:
    journal = node.partner_journal([node.russian()])
    key = node.cosigned(journal, "BY", f"{node.ORIGIN}/mirror")
    write(f"log {own.vkey}", f"witness third {third().verifier}", "quorum third")
    assert set(states(journal)) == {"final"}
    write(f"log {own.vkey}", f"log {journal.vkey}", f"witness third {third().verifier}", "quorum third")
    assert set(states(journal)) == {"cosigned"}
    write(f"log {own.vkey}", f"log {journal.vkey}", f"witness mine {key.verifier}", "quorum mine")
    assert set(states(journal)) == {"final"}


@pytest.mark.parametrize(
    "lines",
    [
        ["quorum none"],
        ["rubbish"],
        ["quorum nobody"],
        [f"log {node.partner_key().verifier}", f"witness a {third().verifier}", "quorum a"],
        ["#" * 300_000, f"witness a {third().verifier}", "quorum a"],
    ],
    ids=["quorum none", "rubbish", "undefined", "another log", "too long"],
)
def test_with_a_policy_that_cannot_be_used_nothing_is_final(own: Journal, lines: list[str]) -> None:
    paired()
    entries(own, range(2))
    node.cosigned(own, "RU", MIRROR)
    write(*lines)
    with pytest.raises(ConfigurationError, match="nothing"):
        finality.rule_of(own)
    assert set(states(own)) == {"cosigned"}
    finality.path().unlink()
    assert set(states(own)) == {"final"}


def test_a_policy_of_thirty_two_logs_witnesses_and_groups_is_read(own: Journal) -> None:
    entries(own, range(1))
    mirror = node.cosigned(own, "RU", MIRROR)
    keys = [SigningKey(f"w{i}.example", KIND_COSIGNATURE, bytes([100 + i]) * 32) for i in range(40)]
    logs = [SigningKey(f"log{i}.example", 1, bytes([150 + i]) * 32) for i in range(40)]
    write(
        f"log {own.vkey}",
        *[f"log {key.verifier} https://{key.name}/" for key in logs],
        *[f"witness w{i} {key.verifier}" for i, key in enumerate(keys)],
        f"witness m {mirror.verifier}",
        *[f"group g{i} any w{i}" for i in range(40)],
        "group all-of-them any m g0 g1",
        "quorum all-of-them",
    )
    assert set(states(own)) == {"final"}


def test_the_proof_of_a_final_entry_carries_the_mirrors_cosignature(own: Journal) -> None:
    paired()
    entries(own, range(2))
    node.cosigned(own, "RU", MIRROR)
    entries(own, range(2, 4))
    node.cosigned(own, "RU", WITNESS)
    assert [w.role for w in cover(own, 1).witnesses] == ["mirror"]
    assert [w.role for w in cover(own, 4).witnesses] == ["witness"]


SIZES = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 40))


@given(SIZES, st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 40)), max_size=3), st.integers(0, 40))
def test_the_final_size_is_where_finality_ends(sizes: dict[str, int], who: list[tuple[str, int]], most: int) -> None:
    rule = Rule(
        tuple(Holder(name, since if at else 0) for at, (name, since) in enumerate(sorted(who, key=lambda w: w[1])))
    )
    cosigned = {(name, "key"): size for name, size in sizes.items()}

    def final(index: int) -> bool:
        return rule.met(index, [cosigner for cosigner, size in cosigned.items() if size > index])

    size = rule.size(cosigned, most)
    assert all(final(index) for index in range(size))
    assert size == most or not final(size)
