"""A node that was rolled back learns from its partner what it had signed before it signs anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.federation.driven import delivery, until
from tests.federation.rolled_back import Snapshot
from tools.quality.nodes import Node, NodeFailedError, free_port, pair, wait_until_agreed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def agreed_once(
    tmp_path_factory: pytest.TempPathFactory, lasting_database_url: Callable[[], str]
) -> tuple[Snapshot, Snapshot]:
    """Two nodes that were paired and had agreed, as they were then."""
    folder = tmp_path_factory.mktemp("nodes")
    by, ru = (Node(party, folder / party.lower(), free_port(), lasting_database_url()) for party in ("BY", "RU"))
    try:
        for node, count in ((by, 300), (ru, 100)):
            node.init()
            node.run("import", str(delivery(folder / f"{node.party}.jsonl", node.party, range(count))))
            node.serve()
        pair(by, ru, folder)
        wait_until_agreed((by, ru))
        for node in (by, ru):
            node.stop()
        by_then = Snapshot(by, folder / "by.was", lasting_database_url())
        return by_then, Snapshot(ru, folder / "ru.was", lasting_database_url())
    finally:
        for node in (by, ru):
            node.kill()


@pytest.fixture
def nodes(agreed_once: tuple[Snapshot, Snapshot]) -> Iterator[tuple[Node, Node]]:
    for snapshot in agreed_once:
        snapshot.begin_anew()
    by, ru = (snapshot.node for snapshot in agreed_once)
    try:
        by.serve()
        ru.serve()
        yield by, ru
    finally:
        for node in (by, ru):
            node.kill()


def grown_since(nodes: tuple[Node, Node], folder: Path, database: str) -> Snapshot:
    """BY as it was before 200 more of its entries were signed, held and agreed upon."""
    by, _ = nodes
    by.stop()
    earlier = Snapshot(by, folder / "earlier", database)
    by.serve()
    by.run("import", str(delivery(folder / "more.jsonl", "BY", range(1000, 1200), "Ружа")))
    wait_until_agreed(nodes)
    return earlier


def clean(*nodes: Node) -> None:
    for node in nodes:
        node.stop()
        assert " 0 findings" in node.run("fsck")


def people(node: Node, name: str) -> int:
    """How many exported records name a person."""
    target = node.home.with_name(f"{node.party}-export.jsonl")
    node.run("export", str(target))
    return target.read_text(encoding="utf-8").count(name)


def test_rolled_back_as_a_whole_it_takes_its_entries_back(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    earlier = grown_since(nodes, tmp_path, new_database_url())
    by.run("redact", "BY/trademark/7", "--yes")
    wait_until_agreed(nodes)
    digest = ru.digest()
    assert people(by, "Ружа") == 200
    by.kill()
    earlier.roll_back()
    # The partner answers: the rollback is noticed before anything is signed.
    by.serve()
    wait_until_agreed(nodes)
    until(lambda: "writes" in by.run("recover", ok=(0, 1)), "it never came back")
    assert by.digest() == ru.digest() == digest
    # Personal data too, but for what was taken back meanwhile.
    assert people(by, "Ружа") == 200
    assert people(by, 'Лицо 7"') == 0
    assert not by.run("displaced").count("registers.right")
    # What a later import must not bring back, and what it must.
    by.run("import", str(delivery(tmp_path / "by.jsonl", "BY", range(300))))
    assert people(by, 'Лицо 7"') == 0
    by.run("import", str(delivery(tmp_path / "later.jsonl", "BY", range(2000, 2010))))
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest() != digest
    assert ru.state()["journals"]["BY"]["rights"] == 510
    clean(by, ru)


@pytest.mark.long
def test_an_older_database_beside_a_newer_folder_is_noticed_and_waits_for_the_partner(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    earlier = grown_since(nodes, tmp_path, new_database_url())
    digest = ru.digest()
    by.kill()
    ru.kill()
    earlier.roll_back(folder=False)
    by.serve()
    by.stop()
    with pytest.raises(NodeFailedError, match="reads only"):
        by.run("sequence")
    said = by.run("recover", ok=(2,))
    assert "do not answer" in said
    with pytest.raises(NodeFailedError, match="reads only"):
        by.run("redact", "BY/trademark/7", "--yes")
    by.serve()
    ru.serve()
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest() == digest
    assert people(by, "Ружа") == 200
    clean(by, ru)


@pytest.mark.long
def test_an_older_folder_beside_a_newer_database_takes_its_files_back(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    earlier = grown_since(nodes, tmp_path, new_database_url())
    digest = ru.digest()
    by.kill()
    ru.kill()
    keys = by.home / "keys"
    earlier.roll_back(database=False)
    assert keys.is_dir()
    said = by.run("sequence", ok=(2,))
    assert "Its folder is older than what it has signed" in said
    by.serve()
    ru.serve()
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest() == digest
    clean(by, ru)


@pytest.mark.long
def test_what_was_added_on_a_rolled_back_state_is_put_aside_and_never_signed(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    earlier = grown_since(nodes, tmp_path, new_database_url())
    digest = ru.digest()
    by.kill()
    earlier.roll_back()
    # Nothing is asked by a command that signs nothing: the fact is added where another was signed.
    by.run("import", str(delivery(tmp_path / "aside.jsonl", "BY", range(5000, 5003), "Ядвіга")))
    by.serve()
    wait_until_agreed(nodes)
    until(lambda: "writes" in by.run("recover", ok=(0, 1)), "it never came back")
    assert by.digest() == ru.digest() == digest
    listed = by.run("displaced")
    assert [f"BY/trademark/{n}" in listed for n in (5000, 5001, 5002)] == [True] * 3
    assert "Ядвіга 5000" in by.run("displaced", "--show", "1")
    assert people(by, "Ядвіга") == 0
    # People enter the facts anew; the same file is not taken for known.
    by.run("import", str(tmp_path / "aside.jsonl"))
    by.run("displaced", "--drop", "1")
    assert "5000" not in by.run("displaced")
    wait_until_agreed(nodes)
    assert people(by, "Ядвіга") == 3
    assert by.digest() == ru.digest() != digest
    clean(by, ru)


@pytest.mark.long
def test_a_restart_waits_for_nobody_where_nothing_was_rolled_back(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    by, ru = nodes
    ru.kill()
    by.kill()
    by.serve()
    by.run("import", str(delivery(tmp_path / "alone.jsonl", "BY", range(3000, 3010))))
    until(lambda: by.state()["journals"]["BY"]["pending"] == 0, "it signs nothing while the partner is away")
    ru.serve()
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest()


@pytest.mark.long
def test_copied_back_while_every_partner_is_cut_off_it_reads_only_and_says_why(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    earlier = grown_since(nodes, tmp_path, new_database_url())
    digest = ru.digest()
    by.kill()
    ru.kill()
    # On the same machine: it remembers.
    earlier.roll_back()
    by.serve()
    until(lambda: "Its folder is older than what it has signed" in by.run("recover", ok=(1,)), "it does not say why")
    refused(by)
    by.stop()
    with pytest.raises(NodeFailedError, match="they are asked"):
        by.run("recover", "--alone")
    # On a machine that was started anew: nothing here can tell, and the partner must.
    earlier.roll_back()
    by.restart_machine()
    by.serve()
    until(lambda: "Nothing here can tell" in by.run("recover", ok=(1,)), "it does not say why")
    refused(by)
    ru.serve()
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest() == digest
    assert people(by, "Ружа") == 200
    clean(by, ru)


def refused(node: Node) -> None:
    """The node adds and signs nothing."""
    checkpoint = (node.home / "journals" / "own" / "checkpoint").read_bytes()
    with pytest.raises(NodeFailedError, match="reads only"):
        node.run("redact", "BY/trademark/7", "--yes")
    assert (node.home / "journals" / "own" / "checkpoint").read_bytes() == checkpoint


@pytest.mark.long
def test_a_journal_that_was_signed_on_from_an_old_state_is_frozen(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    """An operator said that nothing was put back, and it was. The partner tells at once after."""
    by, ru = nodes
    earlier = grown_since(nodes, tmp_path, new_database_url())
    by.kill()
    ru.kill()
    earlier.roll_back()
    by.restart_machine()
    with pytest.raises(NodeFailedError, match="reads only"):
        by.run("sequence")
    by.run("recover", "--alone")
    assert '"alone": true' in (by.home / "recoveries.jsonl").read_text()
    by.run("import", str(delivery(tmp_path / "fork.jsonl", "BY", range(5000, 5003))))
    by.run("sequence")
    ru.serve()
    by.serve()
    until(lambda: "has forked" in by.run("recover", ok=(1,)), "the fork is not shown")
    with pytest.raises(NodeFailedError, match="reads only"):
        by.run("redact", "BY/trademark/7", "--yes")
