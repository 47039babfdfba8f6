"""What a step says lies in the draft until it is signed, then in the vault; in no other table, file or log."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from comity.accounts.policy import HEAD
from comity.assistance import services
from comity.assistance.domain.steps import Step
from comity.confidential.domain import Attachment
from comity.journal.models import Journal
from comity.kernel.errors import ComityError
from tests import node
from tests.federation.test_nothing_leaks import files, holds, tables
from tests.unit.assistance import world
from tests.unit.assistance.world import MINE, THEIRS, head, person, request, theirs

pytestmark = pytest.mark.django_db
WORDS = {"subject": "subjectmarkerqx", "action": "actionmarkerqx", "persons": "Зоркамаркерова"}
FILE = Attachment("filemarkerqx.pdf", "application/pdf", b"contentmarkerqx")
ANSWER = "answermarkerqx"
MARKERS = (*WORDS.values(), FILE.name, FILE.data.decode())


@pytest.fixture(autouse=True)
def mine(settings: Any, tmp_path: Path) -> Journal:
    return world.set_up(settings, tmp_path / "ours")


def test_a_marker_is_found_in_the_draft_and_then_in_the_vault_alone(
    mine: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    row = request(texts=WORDS, attachments=[FILE])
    assert {marker: tables(marker) for marker in MARKERS} == {key: {"assistance_draft"} for key in MARKERS}
    with pytest.raises(ComityError) as refused:
        services.sign(person("other", HEAD, "ncip"), row.pk)
    _, token, index = services.sign(head(), row.pk)
    node.sequence(mine)
    node.partner_tells([theirs(Step.ANSWER, token, {"text": ANSWER}, seen=index)])
    for marker in (*MARKERS, ANSWER):
        assert tables(marker) == {"journal_opening"}
        assert files(marker) == []
        assert not holds(caplog.text.encode() + str(refused.value).encode(), marker)


def test_what_is_refused_says_nothing_of_the_contents() -> None:
    for to, texts in ((f"RU/{THEIRS}", {**WORDS, "type": "typemarkerqx"}), ("RU/nobody", WORDS)):
        with pytest.raises(ComityError) as refused:
            services.write_request(
                head(), body=MINE, to=to, texts={**world.ASK, **texts}, label=world.PLAIN, attachments=[FILE]
            )
        assert not any(holds(str(refused.value).encode(), marker) for marker in MARKERS)
    assert all(tables(marker) == set() for marker in MARKERS)
