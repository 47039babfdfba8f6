"""What was taken back on request is gone here, is said to be gone, and no later import brings it back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from comity.journal import home
from comity.journal.covering import cover
from comity.journal.models import Journal, Opening
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.merkle import leaf_hash, verify_inclusion
from comity.registers import search, selectors, services
from comity.registers.models import Import, ImportRow, Right
from comity.registers.query import Query
from tests import node
from tests.unit.registers.deliveries import line, take, write

KEY = "BY/trademark/1"
NAME = "Ружа Маркерная"


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    search._totals = None
    return node.set_up(settings, tmp_path / "home")


@pytest.fixture
def operator(journal: Journal) -> Any:
    return node.user("operator", "operator")


def found(actor: Any, words: str) -> list[str]:
    query = [Query(q=words), Query(holder=words)]
    return [row.number for one in query for row in selectors.search_rights(actor, one).rows]


def everywhere(marker: str) -> list[str]:
    """The tables in which the marker stands, as text or folded, whatever the column."""
    tables = connection.introspection.table_names()
    places = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                text = " ".join(
                    bytes(v).decode("utf-8", "ignore") if isinstance(v, bytes | memoryview) else str(v) for v in row
                )
                if marker.casefold() in text.casefold():
                    places.append(table)
    return sorted(set(places))


def test_nothing_of_a_person_is_left_and_the_page_says_so(journal: Journal, operator: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    take(file, [line(1, person=NAME), line(2, person="Алесь")])
    node.sequence(journal)
    assert found(operator, "маркерная") == ["1", "1"]
    assert everywhere("маркерная")
    done = services.redact(KEY, ground="request of 12 May")
    assert (done.persons, len(done.entries)) == (1, 1)
    assert everywhere("маркерная") == []
    assert found(operator, "маркерная") == []
    assert found(operator, "алесь") == ["2", "2"]
    view = selectors.get(operator, KEY)
    assert (view.redacted, view.withheld, view.row.redacted, view.row.holders) == ({0}, set(), True, ())
    assert selectors.get(operator, "BY/trademark/2").redacted == set()
    # The proof of the entry stands as it stood.
    node.sequence(journal)
    covered = cover(journal, 1)
    leaf = leaf_hash(home.store(journal).entry(1, journal.size))
    verify_inclusion(1, covered.checkpoint.size, leaf, covered.hashes, covered.checkpoint.root)


@pytest.mark.parametrize("title", ["", "ДРУГОЙ"])
def test_an_import_does_not_bring_a_person_back(journal: Journal, operator: Any, tmp_path: Path, title: str) -> None:
    file = tmp_path / "a.jsonl"
    take(file, [line(1, person=NAME)])
    services.redact(KEY)
    run = take(file, [line(1, title, person=NAME.upper())])
    assert everywhere("маркерная") == []
    assert found(operator, "маркерная") == []
    view = selectors.get(operator, KEY)
    assert (view.redacted, view.withheld) == ({0}, set())
    assert run.quarantined == 0


def test_all_versions_lose_their_persons_and_none_comes_back(journal: Journal, operator: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    take(file, [line(1, person=NAME)])
    take(file, [line(1, person="Алесь")])
    services.redact(KEY)
    assert not Opening.objects.exists()
    take(file, [line(1, person=NAME)])
    assert everywhere("маркерная") == []
    take(file, [line(1, person="Зося")])
    assert found(operator, "зося") == ["1", "1"]


def test_one_of_two_persons_can_be_taken_back(journal: Journal, operator: Any, tmp_path: Path) -> None:
    people = [{"role": "holder", "names": [{"text": name}]} for name in (NAME, "Алесь")]
    take(tmp_path / "a.jsonl", [line(1, parties=people)])
    services.redact(KEY, positions=[0])
    view = selectors.get(operator, KEY)
    assert (view.redacted, view.row.holders, view.row.redacted) == ({0}, ("Алесь",), True)
    assert everywhere("маркерная") == []


def test_who_is_no_person_here_is_refused(journal: Journal, tmp_path: Path) -> None:
    parties = [{"role": "holder", "entity": "legal", "names": [{"text": "ААТ"}]}]
    take(tmp_path / "a.jsonl", [line(1, parties=parties)])
    for positions in ([0], [1], [-1]):
        with pytest.raises(FormatError):
            services.redact(KEY, positions=positions)
    with pytest.raises(NotFoundError):
        services.redact("BY/trademark/999")
    journal.refresh_from_db()
    assert journal.next_index == 2


def test_a_missing_mark_neither_brings_back_nor_loses(journal: Journal, operator: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    take(file, [line(1, person=NAME), line(2, person="Алесь"), line(3)], full=True)
    services.redact(KEY)
    take(file, [line(3)], full=True)
    assert everywhere("маркерная") == []
    assert selectors.get(operator, KEY).redacted == {0}
    assert selectors.get(operator, "BY/trademark/2").row.holders == ("Алесь",)
    take(file, [line(1, person=NAME), line(2, person="Алесь"), line(3)], full=True)
    assert everywhere("маркерная") == []


def test_uploads_and_quarantine_do_not_keep_a_person(journal: Journal, operator: Any, tmp_path: Path) -> None:
    data = write(tmp_path / "u.jsonl", [line(1, person=NAME), line(5, person=NAME, kind="nonsense")]).read_bytes()
    upload = SimpleUploadedFile("u.jsonl", data)
    run = services.run_import(services.start_import(operator, upload, format_name="jsonlines"))
    assert (run.added, run.quarantined) == (1, 1)
    assert BytesIO(bytes(ImportRow.objects.get().raw)).read()
    services.redact(KEY)
    assert everywhere("маркерная") == []
    left = [path for path in (tmp_path / "home").rglob("*") if path.is_file() and NAME.encode() in path.read_bytes()]
    assert left == []
    assert Import.objects.get().quarantined == 1
    assert Right.objects.get().number == "1"
