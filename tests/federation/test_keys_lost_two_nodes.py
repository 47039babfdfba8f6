"""A node that lost its log key goes on under a new origin, and its partner holds it to what the old journal signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comity.kernel.identifiers import origin_hash
from tests.federation.driven import delivery, until
from tools.quality.nodes import Node, NodeFailedError, free_port, pair, wait_until_agreed

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def nodes(tmp_path: Path, new_database_url: Callable[[], str]) -> Iterator[tuple[Node, Node]]:
    made = (
        Node("BY", tmp_path / "by", free_port(), new_database_url()),
        Node("RU", tmp_path / "ru", free_port(), new_database_url()),
    )
    try:
        for node in made:
            node.init()
            node.serve()
        pair(*made, tmp_path)
        yield made
    finally:
        for node in made:
            node.kill()


def applied(node: Node, origin: str) -> int:
    """How many entries of a journal a node has applied, as `comity digest` says."""
    for line in node.run("digest").splitlines():
        if line.startswith(f"{origin}: "):
            return int(line.removeprefix(f"{origin}: ").split()[0].replace(",", ""))
    return -1


def test_a_node_that_lost_its_log_key_goes_on_and_its_partner_follows(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    by, ru = nodes
    by.run("import", str(delivery(tmp_path / "first.jsonl", "BY", range(100))))
    wait_until_agreed(nodes)
    by.stop()
    signed = applied(by, by.origin)
    # Entries that nobody signed any more, and the key is gone.
    by.run("import", str(delivery(tmp_path / "late.jsonl", "BY", range(200, 203))))
    (by.home / "keys" / "log.key").unlink()
    with pytest.raises(NodeFailedError, match="comity key lost"):
        by.run("sequence")
    said = by.run("key", "lost", "--yes")
    second = f"{by.origin}/v2"
    assert f"{second} goes on from {by.origin}" in said.replace("\n", " ")
    (unsigned,) = by.home.glob("unsigned-*.jsonl")
    assert [json.loads(line)["number"] for line in unsigned.read_text().splitlines()] == ["200", "201", "202"]
    assert applied(by, by.origin) == signed
    by.run("import", str(unsigned))
    by.serve()
    # Nothing is exchanged before people have compared the fingerprint anew.
    assert "stopped" in by.run("partner", "list")
    pair(by, ru, tmp_path)
    ru.run("import", str(delivery(tmp_path / "ru.jsonl", "RU", range(10))))
    # A right that the old journal told of is told anew in the new one.
    by.run("import", str(delivery(tmp_path / "again.jsonl", "BY", range(2), "Другое лицо")))

    def same() -> bool:
        return applied(ru, second) == applied(by, second) > 4 and by.digest() == ru.digest()

    until(same, "the partner never followed the new journal", 180)
    assert applied(ru, by.origin) == signed
    # A person in the frozen journal, and the same in the new one, is taken back at both nodes.
    assert "Persons removed: 2" in by.run("redact", "BY/trademark/0", "--yes")
    until(lambda: "Deletion" not in by.run("partner", "show", "RU"), "the deletion was never confirmed", 180)
    for node in nodes:
        node.stop()
        assert " 0 findings" in node.run("fsck")


def test_a_new_journal_that_leaves_out_what_was_signed_is_refused(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    by, ru = nodes
    by.run("import", str(delivery(tmp_path / "first.jsonl", "BY", range(20))))
    wait_until_agreed(nodes)
    # A copy of the node from before it signed more.
    by.stop()
    short = (by.home / "journals" / "own" / "checkpoint").read_bytes()
    by.run("import", str(delivery(tmp_path / "more.jsonl", "BY", range(20, 30))))
    by.serve()
    wait_until_agreed(nodes)
    by.stop()
    (by.home / "journals" / "own" / "checkpoint").write_bytes(short)
    by.run("key", "lost", "--yes")
    by.serve()
    pair(by, ru, tmp_path)
    until(lambda: "had signed" in ru.run("partner", "list"), "the partner took a journal that leaves out entries")
    assert applied(ru, f"{by.origin}/v2") == 0
    assert not list((ru.home / "journals" / origin_hash(f"{by.origin}/v2")).glob("tile/*"))
