"""Two real nodes in processes of their own: they pair, exchange both ways, are unplugged and find each other again."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from comity import RELEASE
from tests.federation.driven import delivery, until
from tools.quality.nodes import Node, NodeFailedError, agreed, free_port, pair, wait_until_agreed

pytestmark = pytest.mark.slow


TABLES = """
import sys, django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    if connection.vendor == "sqlite":
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for table in connection.introspection.table_names():
        cursor.execute(f'SELECT * FROM "{table}"')
        for row in cursor.fetchall():
            values = (bytes(v).decode("utf-8", "ignore") if isinstance(v, (bytes, memoryview)) else str(v) for v in row)
            if sys.argv[1] in " ".join(values).casefold():
                print(table)
"""


def traces(node: Node, name: str) -> list[str]:
    """The tables and files of a node in which a name stands, in any case of its letters."""
    environment = {**node.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
    done = subprocess.run(
        [sys.executable, "-c", TABLES, name], env=environment, capture_output=True, text=True, check=True
    )
    spelled = [spelling.encode() for spelling in (name, name.capitalize(), name.upper())]
    files = [path for path in node.home.rglob("*") if path.is_file()]
    return [*done.stdout.split(), *(str(p) for p in files if any(text in p.read_bytes() for text in spelled))]


@pytest.fixture
def nodes(tmp_path: Path, new_database_url: Callable[[], str]) -> Iterator[tuple[Node, Node]]:
    made = (
        Node("BY", tmp_path / "by", free_port(), new_database_url()),
        Node("RU", tmp_path / "ru", free_port(), new_database_url()),
    )
    try:
        for node in made:
            node.init()
        yield made
    finally:
        for node in made:
            node.kill()


def test_two_nodes_exchange_are_unplugged_and_recover(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    by, ru = nodes
    by.run("import", str(delivery(tmp_path / "by.jsonl", "BY", range(700))))
    ru.run("import", str(delivery(tmp_path / "ru.jsonl", "RU", range(300))))
    for node in nodes:
        node.serve()
    with pytest.raises(NodeFailedError, match="Another sequencer"):
        by.run("sequence")
    # Not paired: nothing is given.
    assert httpx.get(f"{by.url}/journal/checkpoint", trust_env=False).status_code == 401
    invitation = tmp_path / "invitation.json"
    by.run("partner", "invite", "RU", str(invitation), "--no-wait")
    ru.run("partner", "accept", str(invitation), "--no-wait")
    with pytest.raises(NodeFailedError, match="differ"):
        by.run("partner", "confirm", "RU", "--fingerprint", "00000 " * 6)
    pair(by, ru, tmp_path)
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest()
    journals = ru.state()["journals"]
    assert (journals["BY"]["rights"], journals["RU"]["rights"]) == (700, 300)

    # Unplugged in the middle of a transfer: the one that is left goes on alone and says what it lacks.
    by.run("import", str(delivery(tmp_path / "more.jsonl", "BY", range(1000, 4000))))
    until(lambda: ru.state()["journals"]["BY"]["applied"] > 1000, "the transfer never began")
    by.kill()
    until(lambda: "cannot be reached" in ru.run("partner", "list"), "the partner's absence is not shown")
    ru.run("import", str(delivery(tmp_path / "alone.jsonl", "RU", range(1000, 1100))))
    by.serve()
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest()
    assert by.state()["journals"]["RU"]["rights"] == 400
    assert "cannot be reached" not in ru.run("partner", "list")

    # Each says in its own journal what it did with the other's, and of which release it is.
    told = by.run("partner", "show", "RU")
    assert re.search(r"Applied up to (\d+) of \d+ entries", told)
    assert f"Its release is {RELEASE}." in told

    # The same in one call, without serving.
    ru.stop()
    ru.run("import", str(delivery(tmp_path / "last.jsonl", "RU", range(2000, 2010))))
    ru.run("sequence")
    ru.serve()
    wait_until_agreed(nodes)
    assert f"{by.state()['journals']['BY']['size']:,}" in ru.run("sync")
    for node in nodes:
        node.stop()
        assert " 0 findings" in node.run("fsck")


def test_a_node_that_nobody_reaches_exchanges_by_outgoing_calls_alone(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    by, ru = nodes
    (tmp_path / "ru" / "comity.toml").write_text(
        "".join(line for line in (tmp_path / "ru" / "comity.toml").open() if not line.startswith("url"))
    )
    by.run("import", str(delivery(tmp_path / "by.jsonl", "BY", range(400))))
    ru.run("import", str(delivery(tmp_path / "ru.jsonl", "RU", range(3000))))
    for node in nodes:
        node.serve()
    pair(by, ru, tmp_path)
    wait_until_agreed(nodes)
    ru.run("import", str(delivery(tmp_path / "more.jsonl", "RU", range(5000, 5300), "Ружа")))
    ru.run("import", str(delivery(tmp_path / "one.jsonl", "RU", range(9000, 9001), "Плантедова")))
    by.run("import", str(delivery(tmp_path / "again.jsonl", "BY", range(350, 450), "Ружа")))
    until(lambda: agreed(nodes), "the second exchange did not end")
    assert by.digest() == ru.digest()
    states = [node.state()["journals"] for node in nodes]
    assert [state["RU"]["rights"] for state in states] == [3301, 3301]
    # Both have the other's cosignature on their own journal, though one of them cannot be called.
    for node, state in zip(nodes, states, strict=True):
        assert state[node.party]["cosigned"] == state[node.party]["size"]
    # A person taken back by request is in no table and no file of either node.
    assert [traces(node, "плантедова") for node in nodes] != [[], []]
    ru.run("redact", "RU/trademark/9000", "--yes")
    until(lambda: agreed(nodes), "the redaction did not arrive")
    for node, other in ((by, "RU"), (ru, "BY")):
        told = node.run("partner", "show", other)
        assert "Deletion" not in told
        assert f"Its release is {RELEASE}." in told
    left = [path for path in (tmp_path / "by" / "inbox").rglob("*") if path.is_file()]
    assert left == []
    for node in nodes:
        node.stop()
        assert " 0 findings" in node.run("fsck")
        assert traces(node, "плантедова") == []
