"""Two real nodes change every key in the middle of their exchange, and one that slept through it finds the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comity.journal import home
from tests.federation.driven import delivery, until
from tools.quality.nodes import Node, free_port, pair, wait_until_agreed

ROLES = (*home.ROLES, home.SEALING)

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
        wait_until_agreed(made)
        yield made
    finally:
        for node in made:
            node.kill()


def private_keys(node: Node) -> dict[str, str]:
    return {role: (node.home / "keys" / f"{role}.key").read_text() for role in ROLES}


def retire(node: Node, role: str) -> None:
    """As soon as a checkpoint holds the new key."""

    def done() -> bool:
        said = node.run("key", "retire", role, "--yes", ok=(0, 2))
        assert "ends the" in said or "not under a signed checkpoint" in said, said
        return "ends the" in said

    until(done, f"the {role} key never ended")


def test_every_role_is_rotated_while_both_nodes_work(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    before = [private_keys(node) for node in nodes]
    for node in nodes:
        node.run("import", str(delivery(tmp_path / f"{node.party}1.jsonl", node.party, range(300))))
        for role in ROLES:
            assert "names the new" in node.run("key", "rotate", role, "--yes", "--ground", "yearly")
        assert node.run("key", "list").count("retiring") == len(ROLES)
        node.run("import", str(delivery(tmp_path / f"{node.party}2.jsonl", node.party, range(300, 400))))
    wait_until_agreed(nodes)
    for node in nodes:
        for role in ROLES:
            retire(node, role)
        assert node.run("key", "list").count("retired") == len(ROLES)
        node.run("import", str(delivery(tmp_path / f"{node.party}3.jsonl", node.party, range(400, 500))))
    wait_until_agreed(nodes)
    assert nodes[0].digest() == nodes[1].digest()
    for node, old in zip(nodes, before, strict=True):
        assert not {*old.values()} & {*private_keys(node).values()}
        node.stop()
        assert " 0 findings" in node.run("fsck")


def test_who_slept_through_every_rotation_comes_back_and_follows(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    by, ru = nodes
    ru.stop()
    for at, role in enumerate((*ROLES, "log")):
        by.run("import", str(delivery(tmp_path / f"by{at}.jsonl", "BY", range(at * 50, at * 50 + 50))))
        by.run("key", "rotate", role, "--yes")
        retire(by, role)
    by.run("key", "revoke", "witness", "--yes", "--ground", "lost with a laptop")
    by.run("import", str(delivery(tmp_path / "last.jsonl", "BY", range(900, 950))))
    until(lambda: not by.state()["journals"]["BY"]["pending"], "the entries were never sequenced")
    ru.serve()
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest()
    ru.run("import", str(delivery(tmp_path / "ru.jsonl", "RU", range(20))))
    wait_until_agreed(nodes)
    for node in nodes:
        node.stop()
        assert " 0 findings" in node.run("fsck")
    assert len(list((ru.home / "journals").glob("[!o]*/handover/*"))) == 2


def test_both_ended_their_transport_keys_while_apart_and_meet_again(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    by, ru = nodes
    for away, here in ((ru, by), (by, ru)):
        away.stop()
        if here.process is None:
            here.serve()
        here.run("key", "rotate", "transport", "--yes")
        retire(here, "transport")
        here.run("import", str(delivery(tmp_path / f"{here.party}.jsonl", here.party, range(40))))
        until(lambda node=here: not node.state()["journals"][node.party]["pending"], "the entries were never sequenced")
    by.serve()
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest()
    for node in nodes:
        node.stop()
        assert " 0 findings" in node.run("fsck")
