"""The head of a body signs with his own key where his party has published one; what goes unsigned then is not its."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comity.accounts import signing
from comity.agreement import services as agreement
from comity.agreement.entries import OFFICIALS, officials_about
from comity.assistance import selectors, services
from comity.assistance.domain.steps import State, Step
from comity.assistance.entries import CONTEXT, digest_of_raw
from comity.assistance.models import Fact
from comity.journal import digest, rebuild
from comity.journal.models import Held, Journal
from comity.journal.services import Draft
from comity.kernel import official
from comity.kernel.errors import PolicyError
from comity.kernel.notes import SigningKey
from tests import node
from tests.unit.assistance import world
from tests.unit.assistance.world import MINE, THEIRS, asks, clerk, head, request, sent, theirs

pytestmark = pytest.mark.django_db
PASSPHRASE = "three dry stones, one wet"
KEY = SigningKey(f"{node.PARTNER_ORIGIN}/official/head/{THEIRS}", 1, b"\x09" * 32)


@pytest.fixture(autouse=True)
def mine(settings: Any, tmp_path: Path) -> Journal:
    return world.set_up(settings, tmp_path / "ours")


def published() -> None:
    """The own head has a key, and the journal names it."""
    signing.make_key(head(), MINE, "head", PASSPHRASE, fresh=True)
    agreement.publish_officials(head())


def their_key() -> Draft:
    key = {"body": THEIRS, "role": "head", "key": str(KEY.verifier), "since": "2026-01-01"}
    return Draft(OFFICIALS, 1, officials_about(node.PARTNER_ORIGIN), {"keys": [key]})


def signed(draft: Draft, *, body: str = THEIRS, about: str = "") -> Draft:
    told = digest_of_raw(draft.kind, about or draft.about, draft.body)
    signature = official.sign(KEY, "RU", body, "head", CONTEXT, told).to_json()
    return Draft(draft.kind, 1, draft.about, {**draft.body, "signature": signature}, draft.openings)


def test_the_heads_own_key_signs_where_it_is_published(mine: Journal) -> None:
    _, _, index = sent()
    assert Fact.objects.get(entry=index).signature == {}
    published()
    row = request()
    with pytest.raises(PolicyError, match="locked"):
        services.sign(head(), row.pk)
    signer = head()
    signing.unlock(signer, PASSPHRASE, fresh=True)
    party, token, index = services.sign(signer, row.pk)
    assert Fact.objects.get(entry=index).signature["role"] == "head"
    assert selectors.case(clerk(), party, token).facts[0].signed
    node.sequence(mine)
    before = digest.digest().total
    rebuild.rebuild()
    assert digest.digest().total == before


def test_a_partners_steps_are_held_unless_its_head_has_signed() -> None:
    _, token, _ = sent()
    answer = theirs(Step.ANSWER, token, {"text": "да"})
    other = theirs(Step.ANSWER, token, {"text": "нет"})
    told = signed(answer)
    wrong = [
        answer,
        signed(answer, body="fips"),
        signed(answer, about="assistance:another/0000000000000000"),
        Draft(other.kind, 1, other.about, {**other.body, "signature": told.body["signature"]}, other.openings),
    ]
    for draft in wrong:
        journal = node.partner_tells([their_key(), draft])
        held = Held.objects.get(journal=journal)
        assert held.state == Held.State.QUARANTINED
        Held.objects.all().delete()
    assert selectors.case(clerk(), "BY", token).course.state is State.SENT
    node.partner_tells([told])
    view = selectors.case(clerk(), "BY", token)
    assert (view.course.state, view.facts[-1].signed) == (State.ANSWERED, True)


def test_a_body_without_a_published_key_owes_none() -> None:
    node.partner_tells([their_key(), asks(by="fips")])
    assert [view.by for view in selectors.cases(clerk())] == ["fips"]
