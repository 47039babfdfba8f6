"""An import writes what is new, once; its sums add up; what it cannot take is told line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.journal.models import Journal, Pending
from comity.registers import services, writing
from comity.registers.models import Import, ImportRow, Right, RightVersion
from tests import node
from tests.unit.registers.deliveries import line, sums, take, write


@pytest.fixture
def journal(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "delivery.jsonl"


def entries() -> int:
    return Pending.objects.count() - 1


def test_the_same_file_twice_writes_no_entry(journal: Journal, file: Path) -> None:
    lines = [line(i, person=f"Лицо {i}") for i in range(30)]
    assert sums(take(file, lines)) == (30, 30, 0, 0, 0)
    assert sums(take(file, lines)) == (30, 0, 0, 30, 0)
    assert sums(take(file, list(reversed(lines)))) == (30, 0, 0, 30, 0)
    assert entries() == 30


def test_a_changed_record_writes_one_version(journal: Journal, file: Path) -> None:
    take(file, [line(1), line(2)])
    assert sums(take(file, [line(1), line(2, "ДРУГОЙ")])) == (2, 0, 1, 1, 0)
    assert sums(take(file, [line(1), line(2, "ДРУГОЙ")])) == (2, 0, 0, 2, 0)
    right = Right.objects.get(number="2")
    assert (right.version, right.name, entries()) == (2, "ДРУГОЙ", 3)
    assert list(RightVersion.objects.values_list("right", "version")) == [(right.pk, 1)]


def test_a_person_who_changed_is_a_change_and_fresh_salts_are_none(journal: Journal, file: Path) -> None:
    take(file, [line(1, person="Ружа")])
    first = Right.objects.get().record
    assert sums(take(file, [line(1, person="Ружа")])) == (1, 0, 0, 1, 0)
    assert sums(take(file, [line(1, person="Алесь")])) == (1, 0, 1, 0, 0)
    assert Right.objects.get().record != first
    assert "Ружа" not in first


def test_one_right_several_times_in_a_file_is_written_in_order(journal: Journal, file: Path) -> None:
    run = take(file, [line(1, "a"), line(2), line(1, "b"), line(1, "b"), line(1, "a")])
    assert sums(run) == (5, 2, 2, 1, 0)
    right = Right.objects.get(number="1")
    assert (right.version, right.name) == (3, "a")


def test_bad_lines_are_told_and_the_rest_is_taken(journal: Journal, file: Path) -> None:
    lines = [
        line(1),
        "not json",
        line(2, kind="nonsense"),
        line(3, office="RU"),
        line(4, filing_date="yesterday"),
        line(5, "x" * 70_000),
        line(6, titles=[{"text": "a\x01b"}]),
        line("9" * 100),
        line(7),
    ]
    run = take(file, lines)
    assert (run.state, sums(run)) == ("done", (9, 2, 0, 0, 7))
    rows = list(ImportRow.objects.order_by("pk").values_list("place", "reason"))
    assert len(rows) == 7
    assert sorted(place.rpartition(" ")[2] for place, _ in rows) == ["2", "3", "4", "5", "6", "7", "8"]
    told = " ".join(reason for _, reason in rows)
    for words in ("not JSON", "does not keep the register of RU", "65535", "control character"):
        assert words in told
    assert sorted(Right.objects.values_list("number", flat=True)) == ["1", "7"]
    # The records that are too bad to be entries leave no gap in the journal.
    assert list(Pending.objects.order_by("index").values_list("index", flat=True)) == [0, 1, 2]


def test_a_full_delivery_marks_once_what_it_lacks_and_takes_the_mark_back(journal: Journal, file: Path) -> None:
    take(file, [line(1, person="Ружа"), line(2), line(3)], full=True)
    run = take(file, [line(3)], full=True)
    assert (run.missing, entries()) == (2, 5)
    again = take(file, [line(3)], full=True)
    assert (again.missing, entries()) == (0, 5)
    missing = {r.number: "missing_since" in r.record for r in Right.objects.all()}
    assert missing == {"1": True, "2": True, "3": False}
    run = take(file, [line(1, person="Ружа"), line(3)], full=True)
    assert (sums(run), run.missing) == ((2, 0, 1, 1, 0), 0)
    assert "missing_since" not in Right.objects.get(number="1").record


def test_a_delivery_of_another_register_marks_nothing(journal: Journal, file: Path) -> None:
    take(file, [line(1), line(2)], source="one")
    assert take(file, [line(3)], source="two", full=True).missing == 0
    assert take(file, [line(1)], source="one").missing == 0


def test_a_record_that_is_refused_has_not_disappeared(journal: Journal, file: Path) -> None:
    take(file, [line(1), line(2)], full=True)
    run = take(file, [line(1), line(2, "x" * 70_000)], full=True)
    assert (run.quarantined, run.missing) == (1, 0)


def test_a_broken_file_keeps_the_good_and_marks_nothing(journal: Journal, file: Path, tmp_path: Path) -> None:
    import gzip

    take(file, [line(i) for i in range(5)], full=True)
    packed = tmp_path / "cut.jsonl.gz"
    text = write(tmp_path / "all", [line(i, "x" * 50 + str(i * 7919 % 1000)) for i in range(3000)]).read_bytes()
    packed.write_bytes(gzip.compress(text)[:-2000])
    run = services.open_import(packed, format_name="jsonlines", source="test", full=True)
    run = services.run_import(run.pk)
    assert run.state == "failed"
    assert run.error
    assert run.missing == 0
    assert run.read == run.added + run.changed + run.unchanged + run.quarantined > 0


def test_a_crash_in_the_middle_and_again(journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line(i) for i in range(3500)]
    run = services.open_import(write(file, lines), format_name="jsonlines", source="test")
    real, calls = writing.write_records, 0

    def failing(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_records", failing)
        with pytest.raises(KeyboardInterrupt):
            services.run_import(run.pk)
    run = Import.objects.get(pk=run.pk)
    committed = entries()
    assert (run.state, run.read, run.added) == ("running", committed, committed)
    assert 2000 <= committed < 3500
    run = services.run_import(run.pk)
    assert (run.state, sums(run)) == ("done", (3500, 3500 - committed, 0, committed, 0))
    assert entries() == 3500


RECORDS = st.lists(
    st.one_of(
        st.builds(line, st.integers(1, 4), st.sampled_from(["a", "b"]), st.sampled_from(["", "Ружа", "Алесь"])),
        st.builds(line, st.integers(1, 4), office=st.just("RU")),
        st.just("rubbish"),
    ),
    max_size=8,
)


@given(st.lists(st.tuples(RECORDS, st.booleans()), min_size=1, max_size=4))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_is_delivered_the_last_delivery_stands(
    journal: Journal, file: Path, deliveries: list[tuple[list[Any], bool]]
) -> None:
    from django.db import transaction

    with transaction.atomic():
        last: dict[str, str] = {}
        for lines, full in deliveries:
            run = take(file, lines, full=full)
            assert run.state == "done"
            last |= {
                item["number"]: item["titles"][0]["text"]
                for item in lines
                if item != "rubbish" and item["office"] == "BY"
            }
            before = entries()
            again = take(file, lines)
            if len({item["number"] for item in lines if item != "rubbish"}) == len(lines):
                assert (again.added, again.changed, entries()) == (0, 0, before)
        assert {right.number: right.name for right in Right.objects.all()} == last
        transaction.set_rollback(True)
