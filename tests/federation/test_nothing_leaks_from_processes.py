"""Three real nodes; markers in what is confidential are looked for in all that lies at or is told to the unentitled."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from comity.api.v1.api import api
from comity.kernel.identifiers import origin_hash
from comity.registers.formats import base, load
from comity.web.urls import urlpatterns
from tests.federation.driven import delivery, filled, until
from tools.quality.nodes import Node, free_port, pair, wait_until_agreed

pytestmark = [pytest.mark.slow, pytest.mark.long]

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "ordinary-words-9"
ROLES = ("viewer", "examiner", "operator")
# Of a letter from BY to RU, and of one from RU to KZ: they differ from their first letter on, for base64 is cut.
TO_RU = {"subject": "qxsubjectmarker", "text": "qxtextmarker", "file": "qxfilemarker.pdf", "content": "qxcontentmarker"}
TO_KZ = {"subject": "vysubjectmarker", "text": "vytextmarker", "file": "vyfilemarker.pdf", "content": "vycontentmarker"}
PERSON = "Зоркамаркерова"


@lru_cache
def spellings(marker: str) -> set[bytes]:
    """A marker in the forms in which it could lie somewhere: in any case, escaped, in wide letters, in base64."""
    texts = {marker, marker.casefold(), marker.upper()}
    found = {text.encode() for text in texts} | {text.encode("utf-16-le") for text in texts}
    found |= {json.dumps(text)[1:-1].encode() for text in texts}
    for text in texts:
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + text.encode())
            found.add(whole[4 if before else 0 : -4])
    return found


def holding(data: bytes, markers: tuple[str, ...]) -> list[str]:
    return [marker for marker in markers if any(spelling in data for spelling in spellings(marker))]


def clerk(node: Node, do: str, **order: Any) -> Any:
    environment = {**node.environment(), "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
    command = [sys.executable, "-m", "tests.federation.clerk", json.dumps({"do": do, **order})]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)["answer"]


def disk(node: Node) -> Iterator[tuple[str, bytes]]:
    """Every file that belongs to a node: its folder, its log, its memory, its temporary files, its database as it lies
    on disk with all that comes with it.
    """
    folders = [node.home, node.log, node.memory, Path(node.settings["TMPDIR"])]
    if node.database.startswith("sqlite:///"):
        path = Path(node.database.removeprefix("sqlite:///"))
        folders += [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    else:
        with psycopg.connect(node.database, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
            data = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        assert data is not None
        folders.append(Path(data[0]) / "base" / str(row[0]))
    for folder in folders:
        for path in [folder] if folder.is_file() else folder.rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()


def on_disk(node: Node, markers: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    return [(path, found) for path, data in disk(node) if (found := holding(data, markers))]


@pytest.fixture
def nodes(tmp_path: Path, new_database_url: Callable[[], str]) -> Iterator[tuple[Node, Node, Node]]:
    made = []
    for party in ("BY", "RU", "KZ"):
        temporary = tmp_path / f"{party}-tmp"
        temporary.mkdir()
        settings = {"COMITY_PARTIES": '["BY", "RU", "KZ"]', "TMPDIR": str(temporary)}
        made.append(Node(party, tmp_path / party.lower(), free_port(), new_database_url(), settings=settings))
    by, ru, kz = made
    try:
        for node in made:
            node.init()
            node.serve()
        for two in ((by, ru), (by, kz), (ru, kz)):
            pair(*two, tmp_path)
        yield by, ru, kz
    finally:
        for node in made:
            node.kill()


def settled(nodes: tuple[Node, Node, Node]) -> None:
    by, ru, kz = nodes
    for two in ((by, ru), (by, kz), (ru, kz)):
        wait_until_agreed(two)


def addresses(index: int) -> list[str]:
    """Every page and operation that is read, with what a curious reader would put in."""
    text = TO_RU["subject"]
    pages = ["/", "/search", f"/search?q={text}", f"/search.csv?q={text}", "/exchange", "/letters", "/letters/new"]
    pages += ["/help", "/verify", "/import", "/displaced", "/metrics", "/healthz", "/readyz", "/sign-in/", "/nowhere"]
    for party, number in (("BY", index), ("RU", 1), ("RU", 2), ("KZ", 1)):
        pages += [f"/letters/{party}/{number}", f"/letters/{party}/{number}/0", f"/letters/new?to={party}/{number}"]
        pages += [f"/exchange/{party}/{number}", f"/exchange/{party}/{number}/proof", f"/exchange/{party}/checkpoint"]
        pages += [f"/exchange/{party}/entries", "/rights/BY/trademark/1", "/rights/BY/trademark/1/proof"]
    for origin in ("office-by.example/journal", "office-ru.example/journal"):
        there = origin_hash(origin)
        pages += [f"/mirror/{there}/checkpoint", f"/mirror/{there}/tile/entries/000.p/{index + 1}"]
        pages += [f"/federation/v1/copy/{there}/openings/0-{index + 1}", f"/federation/v1/copy/{there}/newest"]
        pages += [f"/witness/{there}/checkpoint"]
    pages += [f"/journal/openings/0-{index + 1}", "/journal/checkpoint", "/journal/tile/entries/000.p/2"]
    pages += ["/federation/v1/cosigned", "/federation/v1/inbox", "/federation/v1/about", "/files/" + "0" * 64]
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    values = {"office": "BY", "kind": "trademark", "number": "1", "party": "BY", "index": index}
    named = [path for path, operations in schema["paths"].items() if "get" in operations]
    return pages + [filled(path, **values) for path in named] + ["/api/v1/openapi.json", "/api/v1/docs"]


def browser(node: Node, role: str, tokens: dict[str, str]) -> httpx.Client:
    """Somebody who has signed in at the node's pages, with a token for its API; for no role a stranger."""
    client = httpx.Client(base_url=node.url, trust_env=False, timeout=60, follow_redirects=True)
    if role:
        form = client.get("/sign-in/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token is not None
        words = {"username": role, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        assert "sign-out" in client.post("/sign-in/", data=words, headers={"Referer": node.url}).text
        client.headers["Authorization"] = f"Bearer {tokens[role]}"
    return client


def told(node: Node, role: str, tokens: dict[str, str], index: int) -> Iterator[tuple[str, bytes]]:
    with closing(browser(node, role, tokens)) as client:
        for address in addresses(index):
            data = client.get(address).content
            # What the reader himself put into the address may come back to him.
            yield address, data.replace(TO_RU["subject"].encode(), b"") if "?q=" in address else data


def exported(node: Node, folder: Path) -> Iterator[tuple[str, bytes]]:
    load()
    for name, fmt in base.FORMATS.items():
        if fmt.write is not None:
            target = folder / f"{node.party}.{name}"
            node.run("export", str(target), "--format", name)
            yield str(target), target.read_bytes()


def test_who_is_not_entitled_holds_and_shows_no_marker(nodes: tuple[Node, Node, Node], tmp_path: Path) -> None:
    by, ru, kz = nodes
    assert len(urlpatterns) > 25
    tokens = {node.party: clerk(node, "people", roles=ROLES, password=PASSWORD) for node in nodes}
    by.run("import", str(delivery(tmp_path / "by.jsonl", "BY", range(1, 2), PERSON)))
    for node in (ru, kz):
        node.run("import", str(delivery(tmp_path / f"{node.party}.jsonl", node.party, range(1, 2))))
    index = clerk(by, "send", to=["RU"], **TO_RU)
    other = clerk(ru, "send", to=["KZ"], **TO_KZ)
    settled(nodes)
    letters = {"BY": tuple(TO_KZ.values()), "KZ": tuple(TO_RU.values())}
    until(lambda: bool(clerk(ru, "tables", words=[TO_RU["text"]])), "the letter never came to RU")
    until(lambda: bool(clerk(kz, "tables", words=[TO_KZ["text"]])), "the letter never came to KZ")

    # While they run: WAL, temporary files, logs, journals, backups of who is not entitled.
    for node in (by, kz):
        node.run("backup", str(tmp_path / f"{node.party}-backup"))
        assert on_disk(node, letters[node.party]) == []
        assert clerk(node, "tables", words=letters[node.party]) == []
        backup = [path for path in (tmp_path / f"{node.party}-backup").rglob("*") if path.is_file()]
        assert [path for path in backup if holding(path.read_bytes(), letters[node.party])] == []
        for target, data in exported(node, tmp_path):
            assert holding(data, letters[node.party]) == [], target
        # Whatever it asks its partners for, of their journals and of copies.
        given = base64.b64decode(clerk(node, "ask"))
        assert holding(given, letters[node.party]) == []
        assert bool(holding(given, (TO_KZ["subject"],))) == (node is kz)

    # A name that is personal data lies in vault and search text alone; the journals' files of nobody hold it.
    for node in nodes:
        tables = {table for table, _ in clerk(node, "tables", words=[PERSON]) if not table.startswith("registers_fts")}
        assert tables == {"journal_opening", "registers_searchdoc"}
        kept = [path for path, _ in on_disk(node, (PERSON, *TO_RU.values(), *TO_KZ.values()))]
        assert [path for path in kept if "/journals/" in path or path.endswith(".log") or "-tmp/" in path] == []

    # Pages, API and what partners are served, for strangers everywhere and for people who need not know.
    everything = (*TO_RU.values(), *TO_KZ.values())
    for node in nodes:
        for address, data in told(node, "", {}, index):
            assert holding(data, (PERSON, *everything)) == [], (node.party, address)
        for role in ("viewer", "operator"):
            for address, data in told(node, role, tokens[node.party], index):
                assert holding(data, everything) == [], (node.party, role, address)
    for node in (by, kz):
        for address, data in told(node, "examiner", tokens[node.party], index):
            assert holding(data, letters[node.party]) == [], (node.party, address)

    # Taken back, it is nowhere at anybody's: neither in tables nor in files that a stopped node leaves.
    clerk(by, "take_back", index=index)
    clerk(ru, "take_back", index=other)
    by.run("redact", "BY/trademark/1", "--yes")
    settled(nodes)
    words = (PERSON, *everything)
    for node in nodes:
        node.stop()
        assert clerk(node, "tables", words=words) == []
        if node.database.startswith("sqlite"):
            assert on_disk(node, words) == []
        else:
            # PostgreSQL's own files keep what was deleted until they are vacuumed.
            assert [path for path, _ in on_disk(node, words) if "/base/" not in path] == []
