"""A third node joins a running agreement: first it reaches one of two partners, and later both."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.federation.driven import delivery, until
from tools.quality import nodes as real
from tools.quality.nodes import Node, NodeFailedError, free_port, pair, wait_until_agreed

pytestmark = [pytest.mark.slow, pytest.mark.long]

PARTIES = '["BY", "RU", "KZ"]'
SECRETS = """
import sys, django
django.setup()
from comity.journal.models import Opening
print(Opening.objects.filter(journal__party=sys.argv[1]).count())
"""


def openings(node: Node, party: str) -> int:
    """Of how many entries of a party's journal a node can open the commitments."""
    environment = {**node.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
    done = subprocess.run(
        [sys.executable, "-c", SECRETS, party], env=environment, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.fixture
def nodes(
    tmp_path: Path, new_database_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Node, Node, Node]]:
    monkeypatch.setitem(real.OFFICES, "KZ", "office-kz.example/journal")
    settings = {"COMITY_PARTIES": PARTIES}
    by, ru, kz = (
        Node(party, tmp_path / party.lower(), free_port(), new_database_url(), settings=settings)
        for party in ("BY", "RU", "KZ")
    )
    try:
        for node, count in ((by, 300), (ru, 120), (kz, 40)):
            node.init()
            node.run("import", str(delivery(tmp_path / f"{node.party}.jsonl", node.party, range(count))))
            node.serve()
        pair(by, ru, tmp_path)
        wait_until_agreed((by, ru))
        yield by, ru, kz
    finally:
        for node in (by, ru, kz):
            node.kill()


def same(*nodes: Node) -> bool:
    return len({json.dumps(tables(node)) for node in nodes}) == 1


def tables(node: Node) -> list[str]:
    return [line for line in node.run("digest").splitlines() if "registers.right" in line or line.endswith("applied")]


def test_a_third_party_catches_up_from_a_copy_and_sees_what_it_is_entitled_to(
    nodes: tuple[Node, Node, Node], tmp_path: Path
) -> None:
    by, ru, kz = nodes
    ru.run("partner", "card", str(tmp_path / "ru.card"))
    read_out = re.search(r"\d{5}(?: \d{5}){5}", ru.run("partner", "card", str(tmp_path / "again.card")))
    assert read_out is not None
    ru.stop()
    # KZ reaches BY alone. The card of RU comes from BY, its fingerprint from RU's people.
    pair(by, kz, tmp_path)
    wait_until_agreed((by, kz))
    by.run("partner", "card", str(tmp_path / "ru-from-by.card"), "RU")
    with pytest.raises(NodeFailedError, match="fingerprints differ"):
        kz.run("partner", "introduce", str(tmp_path / "ru-from-by.card"), "--fingerprint", "00000 " * 6)
    kz.run("partner", "introduce", str(tmp_path / "ru.card"), "--fingerprint", read_out[0])
    until(lambda: kz.state()["journals"].get("RU", {}).get("rights") == 120, "RU's journal does not come from BY")
    assert openings(kz, "RU") == 0
    assert openings(kz, "BY") == openings(by, "BY") > 0

    # RU is back, and pairs: what only the owner gives comes now, and all three agree.
    ru.serve()
    pair(ru, kz, tmp_path)
    for two in ((by, ru), (by, kz), (ru, kz)):
        wait_until_agreed(two)
    until(lambda: openings(kz, "RU") == openings(ru, "RU"), "the openings never came")
    kz.run("import", str(delivery(tmp_path / "kz-more.jsonl", "KZ", range(500, 510), "Айгерім")))
    until(lambda: by.state()["journals"]["KZ"]["rights"] == ru.state()["journals"]["KZ"]["rights"] == 50, "KZ is stuck")
    until(lambda: same(by, ru, kz), "the three do not agree")
    for node in nodes:
        node.stop()
    assert len({node.digest() for node in nodes}) == 1
    for node in nodes:
        assert " 0 findings" in node.run("fsck")
