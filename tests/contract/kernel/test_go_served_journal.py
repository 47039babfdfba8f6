"""Go's own notes and transparent logs verify a journal that our mirror serves, signed by log, witness and mirror."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from comity.federation import mirror
from comity.journal import home
from comity.journal.models import Cosignature, Journal
from comity.kernel.notes import SigningKey
from comity.kernel.tiles import bundle_path
from tests import node
from tests.plugins import needs
from tools.quality import go_verifies

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = 2000


@pytest.fixture
def log(settings: Any, tmp_path: Path) -> SigningKey:
    needs.built_by_go(go_verifies.PROGRAM)
    node.set_up(settings, tmp_path / "ours")
    key: SigningKey = go_verifies.fill(tmp_path / "theirs", SIZE)
    return key


@pytest.fixture
def reader(log: SigningKey) -> Client:
    client = Client()
    client.force_login(node.user("reader", "viewer"))
    return client


def test_go_opens_the_checkpoint_and_hashes_every_entry_to_its_root(log: SigningKey, reader: Client) -> None:
    with go_verifies.serving(reader) as url:
        done = go_verifies.ask(url, log)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["size"], said["entries"], said["inclusions"]) == (SIZE, SIZE, 50)
    assert set(said["signed"]) == {log.name, f"{node.ORIGIN}/witness", f"{node.ORIGIN}/mirror"}


def test_go_refuses_what_was_altered(log: SigningKey, reader: Client) -> None:
    journal = Journal.objects.get(own=False)
    path = home.store(journal).root / bundle_path(1)
    path.write_bytes(path.read_bytes().replace(b"entry 300:", b"entry 3OO:"))
    with go_verifies.serving(reader) as url:
        done = go_verifies.ask(url, log)
    assert done.returncode == 1
    assert b"the entries lead to" in done.stderr


def test_go_refuses_a_forged_cosignature_of_the_mirror(log: SigningKey, reader: Client) -> None:
    row = Cosignature.objects.get(name=f"{node.ORIGIN}/mirror")
    parts = row.line.split(" ")
    Cosignature.objects.filter(pk=row.pk).update(line=" ".join([*parts[:2], parts[2].replace(parts[2][40:44], "AAAA")]))
    held = mirror.committed(Journal.objects.get(own=False))
    assert held is not None
    with go_verifies.serving(reader) as url:
        done = go_verifies.ask(url, log)
    assert done.returncode == 1
    assert b"invalid signature" in done.stderr
