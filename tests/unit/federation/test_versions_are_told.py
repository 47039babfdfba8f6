"""Nodes tell each other what they know; what one does not know waits for its upgrade and is applied at its start."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client as Browser
from django.utils import timezone

from comity import RELEASE
from comity.federation import about, confirmations, receipts
from comity.federation.models import Partner
from comity.journal import kinds
from comity.journal.models import Held, Journal
from comity.kernel.errors import NotFoundError, PartnerError
from comity.node.worker import Worker
from comity.registers.models import Right
from tests import node


@pytest.fixture
def mine(db: None, settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path)


@pytest.fixture
def partner(mine: Journal) -> Partner:
    return Partner.objects.create(party="RU", state=Partner.State.UNCONFIRMED, journal=node.partner_tells([]))


class Line:
    """A connection to the partner that answers one thing, and counts."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.brought: list[tuple[str, bytes]] = []

    def get(self, path: str) -> bytes:
        self.asked.append(path)
        if self.answer is None:
            raise NotFoundError("The partner has no such file.", place=path)
        return self.answer

    def send(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes, str]:
        self.brought.append((f"{method} {path}", body))
        return 204, b"", ""


def said(*known: str, release: str = "9.1.0") -> bytes:
    return orjson.dumps({"comity": "comity/about/1", "kinds": list(known), "release": release})


def test_a_node_says_its_release_and_every_kind_that_it_can_apply(mine: Journal) -> None:
    body = orjson.loads(about.own_about())
    assert body["release"] == RELEASE
    assert {"journal.open/1", "journal.redaction/1", "registers.right/1", "federation.receipt/1"} <= set(body["kinds"])
    assert Browser().get("/federation/v1/about").status_code == 401


def test_the_release_is_that_of_the_package() -> None:
    text = (Path(__file__).resolve().parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{RELEASE}"' in text


def test_kinds_that_only_one_of_both_knows_are_told(partner: Partner) -> None:
    assert about.unknown_there(partner) == about.unknown_here(partner) == []
    about.take(partner, said("journal.open/1", "registers.right/2"))
    row = Partner.objects.get()
    assert (row.release, about.unknown_here(row)) == ("9.1.0", ["registers.right/2"])
    assert "registers.right/1" in about.unknown_there(row)


def test_a_partner_is_asked_once_a_minute_whatever_its_clock(partner: Partner) -> None:
    line: Any = Line(said("journal.open/1"))
    about.learn(partner, line)
    about.learn(partner, line)
    assert line.asked == ["federation/v1/about"]
    for step in (timedelta(minutes=-2), timedelta(days=2)):
        partner.about_at = timezone.now() + step
        about.learn(partner, line)
    assert len(line.asked) == 3


def test_an_older_release_that_does_not_say_is_no_error(partner: Partner) -> None:
    line: Any = Line(None)
    about.learn(partner, line)
    about.learn(partner, line)
    assert (len(line.asked), partner.kinds, about.unknown_there(partner)) == (1, [], [])


BAD = [
    b"",
    b"[]",
    b"{}",
    said("journal.open"),
    said("a/1" + "0" * 9),
    said("A/1"),
    said(release="x" * 41),
    said(release="\n"),
    said(*(f"a{number}/1" for number in range(1001))),
    said("a/1") + b" " * about.MOST_BYTES,
    said("a/1").replace(b"about/1", b"about/2"),
    b'{"comity":"comity/about/1","kinds":{"a/1":1},"release":"1"}',
    b'{"comity":"comity/about/1","kinds":[1],"release":"1"}',
    b'{"comity":"comity/about/1","kinds":["a/1"],"release":1}',
]


@pytest.mark.parametrize("data", BAD)
def test_what_does_not_parse_is_refused_and_nothing_of_it_kept(partner: Partner, data: bytes) -> None:
    with pytest.raises(PartnerError):
        about.take(partner, data)
    assert Partner.objects.get().about_at is None


def test_a_node_that_cannot_be_asked_brings_it_where_it_is_not_known(mine: Journal) -> None:
    line: Any = Line(None)
    # An older release does not say what it was told.
    assert about.bring(line, None) == 0
    assert about.bring(line, "") == 1
    assert line.brought == [("PUT federation/v1/inbox/federation/v1/about", about.own_about())]
    assert about.bring(line, about.digest(about.own_about())) == 0


def test_the_start_after_an_upgrade_applies_what_waited_and_the_receipt_says_so(
    mine: Journal, partner: Partner
) -> None:
    right = kinds.forget("registers.right", 1)
    try:
        theirs = node.partner_tells([node.draft(node.russian()), node.draft(node.russian(), version=2)])
        receipts.answer(partner)
        assert list(Held.objects.values_list("index", "state")) == [(1, "unknown"), (2, "unknown")]
        Worker()._upgrade()
        assert Held.objects.count() == 2
    finally:
        kinds.register(right)
    Worker()._upgrade()
    assert Held.objects.count() == 0
    assert Right.objects.get(journal=theirs).version == 2
    receipts.answer(partner, at_once=True)
    views = confirmations.said_of(theirs, [0, 1, 2])
    assert [views[index][0].state for index in (0, 1, 2)] == ["applied", "settled", "settled"]
