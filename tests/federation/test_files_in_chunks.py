"""Files come in chunks, go on after a cut, and appear under their hash only when they verify."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.agreement import services as agreement
from comity.agreement.entries import PAPER, about
from comity.evidence import files
from comity.federation import transfer
from comity.federation.models import Partner
from comity.federation.transfer import Transfer, path_of
from comity.journal import named
from comity.journal.models import Journal
from comity.journal.services import Draft
from comity.kernel.errors import FormatError, NotFoundError, PartnerError
from tests import node
from tests.unit.agreement.worlds import CODE, adopts, plain

CHUNK = 1024


class Line:
    """A partner's server that serves `data` in chunks; `cut` after so many, `wrong` makes one answer other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.cut: int | None = None
        self.wrong: Callable[[int, bytes], bytes] = lambda n, data: data
        self.asked: list[int] = []

    def get(self, path: str) -> bytes:
        n = int(path.rpartition("/")[2])
        if self.cut is not None and len(self.asked) >= self.cut:
            raise PartnerError("The partner cannot be reached: cut.")
        self.asked.append(n)
        if n * CHUNK > len(self.data):
            raise NotFoundError("No such chunk.", place=path)
        return self.wrong(n, self.data[n * CHUNK : (n + 1) * CHUNK])


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path)


@pytest.fixture
def partner(journal: Journal, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Partner:
    monkeypatch.setattr(files, "CHUNK", CHUNK)
    theirs = Journal.objects.create(origin="ru.example/journal", vkey="x", applied=7)
    return Partner.objects.create(party="RU", journal=theirs, state="paired")


def line(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Line, str]:
    name = hashlib.sha256(data).hexdigest()
    monkeypatch.setattr(named, "all_of", lambda journal: iter([name]))
    return Line(data), name


def fetch(partner: Partner, source: Line) -> Transfer:
    assert partner.journal is not None
    done = Transfer(partner, partner.journal, source, delivered=False)
    done.run()
    return done


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 5 * CHUNK + 7])
def test_a_file_of_any_length_arrives(partner: Partner, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    data = bytes(i % 251 for i in range(length))
    source, name = line(data, monkeypatch)
    assert fetch(partner, source).files == 1
    assert files.read(name) == data
    assert not files.Part(name).path.exists()
    assert Partner.objects.get().files_bytes == length


def test_a_cut_transfer_goes_on_where_it_was_cut(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(i % 251 for i in range(6 * CHUNK + 5))
    source, name = line(data, monkeypatch)
    source.cut = 4
    with pytest.raises(PartnerError):
        fetch(partner, source)
    assert not files.has(name)
    # What a crash left of a chunk is overwritten.
    with files.Part(name).path.open("ab") as file:
        file.write(b"torn")
    source.cut, source.asked = None, []
    fetch(partner, source)
    assert source.asked == [4, 5, 6]
    assert files.read(name) == data


def test_a_file_that_does_not_verify_never_appears_and_comes_anew(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytes(3 * CHUNK + 1)
    source, name = line(data, monkeypatch)
    source.wrong = lambda n, chunk: b"x" + chunk[1:] if n == 1 else chunk
    with pytest.raises(PartnerError, match="does not hash"):
        fetch(partner, source)
    assert not files.has(name)
    assert files.Part(name).chunks == 0
    source.wrong = lambda n, chunk: chunk
    fetch(partner, source)
    assert files.read(name) == data


def test_a_chunk_too_long_and_one_too_short_are_refused(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    source, name = line(bytes(3 * CHUNK), monkeypatch)
    source.wrong = lambda n, chunk: chunk + b"x"
    with pytest.raises(PartnerError, match="too long"):
        fetch(partner, source)
    source.wrong = lambda n, chunk: chunk[:-1]
    with pytest.raises(PartnerError, match="does not hash"):
        fetch(partner, source)
    assert not files.has(name)


def test_a_file_and_a_partner_have_their_bounds(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    source, name = line(bytes(2 * 1024**2), monkeypatch)
    settings.COMITY = settings.COMITY.model_copy(update={"file_mib": 1})
    monkeypatch.setattr(transfer, "CHUNKS_A_ROUND", 10**6)
    with pytest.raises(PartnerError, match="larger than 1 MiB"):
        fetch(partner, source)
    assert len(source.asked) == 1024
    assert not files.Part(name).path.exists()
    settings.COMITY = settings.COMITY.model_copy(update={"file_mib": 8, "files_quota_mib": 1})
    with pytest.raises(PartnerError, match="quota"):
        fetch(partner, source)


def test_a_round_has_its_end_and_a_settled_journal_is_not_looked_through(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytes(20 * CHUNK)
    source, _ = line(data, monkeypatch)
    monkeypatch.setattr(transfer, "CHUNKS_A_ROUND", 8)
    assert [fetch(partner, source).files for _ in range(3)] == [0, 0, 1]
    fetch(partner, source)
    assert partner.files_to == 7
    monkeypatch.setattr(named, "all_of", lambda journal: pytest.fail("looked through again"))
    fetch(partner, source)


def test_a_chunk_that_does_not_follow_is_refused(partner: Partner) -> None:
    part = files.Part("0" * 64)
    with pytest.raises(FormatError):
        part.append(1, b"x")


def test_the_server_gives_chunks_and_nothing_behind_the_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 4)
    name = files.put(b"12345678")
    assert [files.chunk(name, n) for n in range(3)] == [b"1234", b"5678", b""]
    assert files.size(name) == 8
    assert path_of(name, 2) == f"federation/v1/files/{name}/2"


def test_the_documents_of_an_agreement_come_and_go_like_images(journal: Journal, partner: Partner) -> None:
    theirs, ours = "Соглашение".encode(), "Пагадненне".encode()
    paper = {"name": "agreement", "role": "agreement", "title": "t", "edition": 1, "media_type": "text/plain"}
    body = {**paper, "language": "ru", "sha256": files.digest(theirs), "size": len(theirs)}
    told = node.partner_tells([adopts(), Draft(PAPER, 1, about(CODE), body)])
    partner.journal = told
    assert fetch(partner, Line(theirs)).files == 1
    assert files.read(files.digest(theirs)) == theirs
    agreement.adopt(None, plain(CODE))
    assert not named.names(journal, files.digest(ours))
    agreement.add_paper(None, CODE, ours, name="agreement", role="agreement", language="be", title="т", edition=1)
    assert named.names(journal, files.digest(ours))
    assert list(named.all_of(journal)) == [files.digest(ours)]
