"""Rows that are written at once are the rows that were given, whatever their texts hold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import DEFAULT_DB_ALIAS, DataError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.journal import bulk
from comity.journal.models import Journal, Opening

COLUMNS = ("journal_id", "index", "data")
# What stands between values while they are put together, what COPY escapes, and what it would take for nothing.
ODD = "\x1e\x1f\t\n\r\\N.b\x08ё𝔛 "


@pytest.fixture
def journal(db: None) -> Journal:
    return Journal.objects.create(origin="ru.example/journal", vkey="x")


def write(journal: Journal, texts: Sequence[str]) -> list[str]:
    Opening.objects.all().delete()
    rows = [(journal.pk, index, text) for index, text in enumerate(texts)]
    bulk.insert(Opening, COLUMNS, rows, DEFAULT_DB_ALIAS)
    return list(Opening.objects.order_by("index").values_list("data", flat=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    texts=st.lists(st.text(st.one_of(st.sampled_from(ODD), st.characters(exclude_characters="\x00", codec="utf-8"))))
)
def test_texts_come_back_as_they_were_given(journal: Journal, texts: list[str]) -> None:
    assert write(journal, texts) == texts


@pytest.mark.parametrize("text", ["\\", "\\N", "\\.", "a\tb", "a\nb", "\r", "\x1f", "\x1e", "", "None"])
def test_an_odd_text_among_thousands(journal: Journal, text: str) -> None:
    texts = [*map(str, range(bulk.ROWS_AT_ONCE + 3)), text, "the last"]
    assert write(journal, texts) == texts


def test_fresh_keys_are_all_different(journal: Journal) -> None:
    with transaction.atomic():
        keys = [*bulk.next_ids(Opening, 300, DEFAULT_DB_ALIAS), *bulk.next_ids(Opening, 5, DEFAULT_DB_ALIAS)]
        assert len(set(keys[:300])) == 300
        assert keys[:300] == sorted(keys[:300])


def test_what_the_database_cannot_hold_is_the_fault_of_the_row(journal: Journal) -> None:
    if connection.vendor == "postgresql":
        with pytest.raises(DataError), transaction.atomic():
            write(journal, ["\x00"])
    else:
        assert write(journal, ["\x00"]) == ["\x00"]
