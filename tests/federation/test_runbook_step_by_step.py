"""Cases 4 and 5 of the runbook in docs/operate/backup.md, step by step on real nodes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.federation.driven import delivery, until
from tools.quality.nodes import Node, NodeFailedError, free_port, pair, wait_until_agreed

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def nodes(tmp_path: Path, new_database_url: Callable[[], str]) -> Iterator[tuple[Node, Node]]:
    """Two nodes, and what one of them saved before 20 more of its entries were agreed."""
    by, ru = (Node(party, tmp_path / party.lower(), free_port(), new_database_url()) for party in ("BY", "RU"))
    try:
        for node in (by, ru):
            node.init()
            node.run("import", str(delivery(tmp_path / f"{node.party}.jsonl", node.party, range(30))))
            node.serve()
        pair(by, ru, tmp_path)
        wait_until_agreed((by, ru))
        by.run("backup", str(tmp_path / "backup"), "--with-keys", str(tmp_path / "keys.tar"))
        by.run("import", str(delivery(tmp_path / "more.jsonl", "BY", range(100, 120), "Ружа")))
        wait_until_agreed((by, ru))
        yield by, ru
    finally:
        for node in (by, ru):
            node.kill()


def restore(node: Node, folder: Path, database: str) -> None:
    """Into a new folder and an empty database."""
    node.run("restore", str(folder / "backup"), "--keys", str(folder / "keys.tar"), "--database", database)
    node.database = database


def test_4_nobody_answers_and_the_partner_will_never_be_back(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    by.kill()
    ru.kill()
    shutil.rmtree(by.home)
    restore(by, tmp_path, new_database_url())
    by.restart_machine()
    by.serve()
    until(lambda: "do not answer" in by.run("recover", ok=(0, 1)), "it does not say what it waits for")
    assert httpx.get(f"{by.url}/sign-in/", trust_env=False).status_code == 200
    with pytest.raises(NodeFailedError, match="Only one process may sign"):
        by.run("recover", "--without", "RU")
    by.stop()
    said = by.run("recover", "--without", "RU")
    assert "Asked: nobody." in said
    assert "writes again" in said
    assert '"without": ["RU"]' in (by.home / "recoveries.jsonl").read_text()
    by.serve()
    by.run("import", str(delivery(tmp_path / "after.jsonl", "BY", range(200, 203))))
    until(lambda: by.state()["journals"]["BY"]["pending"] == 0, "it signs nothing")
    by.stop()
    assert " 0 findings" in by.run("fsck")


def test_5_its_journal_has_forked_and_the_partners_story_goes_on(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    agreed = ru.digest()
    # How it came about: an old state was put back, and an operator said that nothing was.
    by.kill()
    ru.kill()
    shutil.rmtree(by.home)
    restore(by, tmp_path, new_database_url())
    (by.home / "restored.json").unlink()
    by.restart_machine()
    with pytest.raises(NodeFailedError, match="reads only"):
        by.run("sequence")
    by.run("recover", "--alone")
    by.run("import", str(delivery(tmp_path / "fork.jsonl", "BY", range(500, 503), "Ядвіга")))
    by.run("sequence")
    ru.serve()
    by.serve()
    until(lambda: "has forked" in by.run("recover", ok=(1,)), "the fork is not shown")

    # Stop it and put the folder away; what only this story has is read from there.
    by.stop()
    aside = replace(by, home=tmp_path / "forked" / "by")
    shutil.copytree(by.home, aside.home)
    aside.run("export", str(tmp_path / "story.jsonl"))
    assert (tmp_path / "story.jsonl").read_text(encoding="utf-8").count("Ядвіга") == 3
    # A backup from before comes back as in case 1, and takes the partner's story.
    shutil.rmtree(by.home)
    restore(by, tmp_path, new_database_url())
    by.serve()
    until(lambda: "writes" in by.run("recover", ok=(0, 1)), "it never came back")
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest() == agreed
    # The facts of the other story are entered anew.
    by.run("import", str(tmp_path / "fork.jsonl"))
    wait_until_agreed(nodes)
    assert ru.state()["journals"]["BY"]["rights"] == 53
    for node in nodes:
        node.stop()
        assert " 0 findings" in node.run("fsck")
