"""Two real nodes that look at each other once in an hour: what is signed is there and final by notices alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.federation.driven import delivery, until
from tools.quality.nodes import Node, agreed, free_port, pair

pytestmark = pytest.mark.slow

HOURLY = {"COMITY_POLL_SECONDS": "3600"}


@pytest.fixture
def nodes(tmp_path: Path, new_database_url: Callable[[], str]) -> Iterator[tuple[Node, Node]]:
    made = (
        Node("BY", tmp_path / "by", free_port(), new_database_url(), settings=HOURLY),
        Node("RU", tmp_path / "ru", free_port(), new_database_url(), settings=HOURLY),
    )
    try:
        for node in made:
            node.init()
        yield made
    finally:
        for node in made:
            node.kill()


def test_what_is_signed_is_at_the_partner_and_final_by_notices_alone(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    by, ru = nodes
    for node in nodes:
        node.serve()
    pair(by, ru, tmp_path)
    by.run("import", str(delivery(tmp_path / "by.jsonl", "BY", range(50))))
    ru.run("import", str(delivery(tmp_path / "ru.jsonl", "RU", range(50))))
    until(lambda: agreed(nodes), "the notices of both were not followed")
    # A node that comes back says so: what it missed, and what the other missed of it, is made good at once.
    ru.kill()
    by.run("import", str(delivery(tmp_path / "more.jsonl", "BY", range(100, 120))))
    ru.run("import", str(delivery(tmp_path / "alone.jsonl", "RU", range(100, 120))))
    ru.serve()
    until(lambda: agreed(nodes), "the node that came back was not heard")
    assert by.digest() == ru.digest()
    for node in nodes:
        until(lambda node=node: unfinal(node) == 0, "what both hold is not final")  # type: ignore[misc]
        node.stop()


def unfinal(node: Node) -> int:
    """How many signed entries of its journal a node does not call final yet."""
    return int(json.loads(node.run("status", "--json", ok=(0, 1)).splitlines()[0])["unfinal"])
