"""A third witness that the policy names by its address is asked, and what it cosigned counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.federation import third
from comity.federation.rounds import Round
from comity.journal import finality, home
from comity.journal.models import Cosignature, Journal
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.cosignature import cosign
from comity.kernel.notes import KIND_COSIGNATURE, SigningKey
from tests import node
from tests.federation.standin import Log, serving
from tests.federation.test_signed_requests import paired

KEY = SigningKey("witness.example.org/w1", KIND_COSIGNATURE, b"\x33" * 32)


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path) -> Journal:
    journal = node.set_up(settings, tmp_path / "ours")
    node.tell(journal, node.MARK, replace(node.MARK, number="5"))
    node.sequence(journal)
    third._later.clear()
    return journal


def line(own: Journal, key: SigningKey = KEY) -> bytes:
    text = parse_checkpoint(home.store(own).checkpoint() or b"").checkpoint.text()
    return cosign(text, key, node.SEEN_S).line().rstrip().encode() + b"\n"


def policy(url: str) -> None:
    finality.path().write_text(f"witness third {KEY.verifier} {url}\nquorum third\n", encoding="utf-8")


def test_it_is_asked_and_its_cosignature_makes_entries_final(own: Journal, tmp_path: Path) -> None:
    witness, partner = Log(tmp_path / "witness"), paired()
    with serving(witness) as url:
        policy(url)
        assert finality.final_size(own) == 0
        witness.answers["add-checkpoint"] = line(own)
        for _ in range(2):
            third.be_witnessed(partner, None, Round("RU"))
    assert finality.final_size(own) == 3
    assert (Cosignature.objects.get().name, Cosignature.objects.get().party) == (KEY.name, "")
    assert witness.asked == ["add-checkpoint"]


def test_another_key_or_no_answer_counts_for_nothing_and_holds_nothing_up(own: Journal, tmp_path: Path) -> None:
    witness, partner = Log(tmp_path / "witness"), paired()
    with serving(witness) as url:
        policy(url)
        for answer in (line(own, SigningKey(KEY.name, KEY.kind, b"\x34" * 32)), b"", b"rubbish", 403, 404):
            third._later.clear()
            witness.answers["add-checkpoint"] = answer
            third.be_witnessed(partner, None, Round("RU"))
        asked = len(witness.asked)
        third.be_witnessed(partner, None, Round("RU"))
        assert len(witness.asked) == asked  # Not again so soon.
    assert not Cosignature.objects.exists()
    assert finality.final_size(own) == 0
