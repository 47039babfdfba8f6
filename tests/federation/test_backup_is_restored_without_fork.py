"""A node is backed up while it serves, lost, restored from an old backup, and takes back what it had signed since."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.federation.driven import delivery, until
from tools.quality.nodes import Node, NodeFailedError, free_port, pair, wait_until_agreed

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def nodes(tmp_path: Path, new_database_url: Callable[[], str]) -> Iterator[tuple[Node, Node]]:
    by, ru = (Node(party, tmp_path / party.lower(), free_port(), new_database_url()) for party in ("BY", "RU"))
    try:
        for node, numbers in ((by, range(600)), (ru, range(100))):
            node.init()
            node.run("import", str(delivery(tmp_path / f"{node.party}.jsonl", node.party, numbers)))
            node.serve()
        pair(by, ru, tmp_path)
        wait_until_agreed((by, ru))
        yield by, ru
    finally:
        for node in (by, ru):
            node.kill()


def file_of(node: Node, sha256: str) -> Path:
    return node.home / "files" / sha256[:2] / sha256[2:4] / sha256


def shown(node: Node, folder: Path) -> str:
    """A mark with an image, recorded now; the image's hash."""
    image = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    name = hashlib.sha256(image).hexdigest()
    file_of(node, name).parent.mkdir(parents=True)
    file_of(node, name).write_bytes(image)
    images = [{"sha256": name, "media_type": "image/png"}]
    record = {"office": node.party, "kind": "trademark", "number": "9999", "images": images}
    (folder / "shown.jsonl").write_text(json.dumps(record) + "\n")
    node.run("import", str(folder / "shown.jsonl"))
    return name


def lose(node: Node) -> None:
    """The machine is gone: folder and database."""
    node.kill()
    shutil.rmtree(node.home)


def test_a_node_restored_from_an_old_backup_takes_its_entries_back_and_does_not_fork(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    backup, keys = tmp_path / "backup", tmp_path / "keys.tar"
    said = by.run("backup", str(backup), "--with-keys", str(keys))
    assert "private keys" in said
    assert keys.stat().st_mode & 0o077 == 0
    assert not [path for path in backup.rglob("*") if path.suffix == ".key"]
    assert "is whole" in by.run("backup", str(backup), "--verify")
    by.run("import", str(delivery(tmp_path / "more.jsonl", "BY", range(1000, 1200), "Ружа")))
    image = shown(by, tmp_path)
    wait_until_agreed(nodes)
    until(lambda: file_of(ru, image).is_file(), "the partner never fetched the image")
    digest = ru.digest()
    lose(by)
    ru.kill()

    # A changed byte is noticed before anything is put in place; so is a folder or database that is not empty.
    fresh = new_database_url()
    bundle = backup / "journals" / "own" / "tile" / "entries" / "000"
    good = bundle.read_bytes()
    bundle.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(NodeFailedError, match="was changed"):
        by.run("restore", str(backup), "--keys", str(keys), "--database", fresh)
    bundle.write_bytes(good)
    with pytest.raises(NodeFailedError, match="never sign"):
        by.run("restore", str(backup), "--database", fresh)
    with pytest.raises(NodeFailedError, match=r"not empty|already"):
        by.run("restore", str(backup), "--keys", str(keys))
    assert not by.home.exists()
    by.run("restore", str(backup), "--keys", str(keys), "--database", fresh)
    with pytest.raises(NodeFailedError, match="not empty"):
        by.run("restore", str(backup), "--database", fresh)

    # The partner cannot be reached: the node reads only, says so, and signs nothing.
    by.serve()
    until(lambda: "do not answer" in by.run("recover", ok=(0, 1)), "it does not say what it waits for")
    with pytest.raises(NodeFailedError, match="reads only"):
        by.run("redact", "BY/trademark/7", "--yes")
    checkpoint = (by.home / "journals" / "own" / "checkpoint").read_bytes()
    assert b"\n601\n" in checkpoint or b"\n60" in checkpoint
    page = httpx.get(f"{by.url}/sign-in/", trust_env=False).text
    assert 'class="notice stop"' in page
    by.stop()
    with pytest.raises(NodeFailedError, match="they are asked"):
        by.run("recover", "--accept-risk")
    assert (by.home / "journals" / "own" / "checkpoint").read_bytes() == checkpoint

    # The partner is back: the entries come back, verified, and the node goes on.
    by.serve()
    ru.serve()
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest() == digest
    by.run("import", str(delivery(tmp_path / "later.jsonl", "BY", range(2000, 2010))))
    ru.run("import", str(delivery(tmp_path / "later-ru.jsonl", "RU", range(2000, 2010))))
    wait_until_agreed(nodes)
    assert by.digest() == ru.digest() != digest
    assert ru.state()["journals"]["BY"]["rights"] == 811
    # A file that only the partner had.
    until(lambda: file_of(by, image).is_file(), "the image never came back")
    page = httpx.get(f"{by.url}/sign-in/", trust_env=False).text
    assert 'class="notice stop"' not in page
    for node in nodes:
        node.stop()
        assert " 0 findings" in node.run("fsck")


def test_a_backup_of_a_busy_node_takes_only_what_is_new_and_is_one_moment(
    nodes: tuple[Node, Node], tmp_path: Path, new_database_url: Callable[[], str]
) -> None:
    by, ru = nodes
    backup = tmp_path / "backup"
    by.run("backup", str(backup))
    tiles = {path: path.stat().st_mtime_ns for path in (backup / "journals" / "own").rglob("[0-9][0-9][0-9]")}
    busy = by.start("import", str(delivery(tmp_path / "busy.jsonl", "BY", range(10_000, 13_000))))
    taken = 0
    while busy.poll() is None or taken < 2:
        by.run("backup", str(backup))
        taken += 1
    busy.communicate()
    assert "is whole" in by.run("backup", str(backup), "--verify")
    assert {path: path.stat().st_mtime_ns for path in tiles if path.is_file()} == tiles
    assert len(list((backup / "state").iterdir())) == 1
    with pytest.raises(NodeFailedError, match="backup of"):
        ru.run("backup", str(backup))
    # What was taken in the middle of the work is a healthy node: nothing ahead, nothing behind.
    other = Node("BY", tmp_path / "other", by.port)
    shutil.copytree(by.home / "keys", other.home / "keys")
    other.run("restore", str(backup), "--database", new_database_url())
    assert " 0 findings" in other.run("fsck", ok=(0, 1))
