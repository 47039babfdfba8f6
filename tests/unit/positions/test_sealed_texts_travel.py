"""A position that is not public goes sealed to the parties that it names; a partner's opens here when it comes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comity.confidential import sealed
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.openings import leaves_of, open_segment, openings_of, segments
from comity.federation.source import Client
from comity.journal import home, vault
from comity.journal.models import Journal
from comity.kernel.entry import encode_entry
from comity.kernel.handling import Label
from comity.node.demo import positions as demo
from comity.positions import selectors, services
from comity.positions.domain.texts import Content, write_content
from tests import node
from tests.federation.standin import AT, Log, serving
from tests.federation.test_signed_requests import KEYS, SEALING, paired

pytestmark = pytest.mark.django_db
ABOUT = demo.DIVERGENT.about


@pytest.fixture
def mine(settings: Any, tmp_path: Path) -> Journal:
    """Belarus with the invented agreement of the demonstration, and its texts on two items."""
    made = node.set_up(settings, tmp_path / "ours")
    demo.fictional("BY")
    node.sequence(made)
    return made


@pytest.fixture
def partner(mine: Journal) -> Partner:
    return paired()


def tell(log: Log, kind: str, body: dict[str, Any]) -> None:
    log.add(encode_entry(kind, 1, {**body, "about": ABOUT, "at": AT}))


def share(log: Log, content: Content) -> str:
    written, digest = write_content(content), content.digest(ABOUT)
    closed, openings = sealed.close(written, Label(), [sealed.read_recipient("BY")])
    log.openings[log.size] = json.loads(vault.dump(openings))
    tell(log, "positions.position", {"round": 1, "digest": digest, "sealed": closed})
    return digest


def follow(partner: Partner, log: Log) -> None:
    log.publish()
    with serving(log) as url:
        client = Client(url, home.signing_key("transport"))
        assert partner.journal is not None
        partner.journal.refresh_from_db()
        Follower(partner.journal, client).round()
        client.close()


def test_a_shared_text_is_given_to_the_other_party_and_to_nobody_else(mine: Journal) -> None:
    leaves = leaves_of(home.store(mine), mine.size)

    def given(party: str) -> dict[int, Any]:
        [part] = segments(openings_of(mine, 0, mine.size, SEALING.public, party))
        return {item.index: item for item in open_segment([SEALING], mine.origin, part, leaves)}

    shared = [one.index for ref in (demo.AGREED, demo.DIVERGENT) for one in selectors.item(None, ref).positions]
    assert len(shared) == 2
    told = given("RU")
    assert [told[index].openings["/sealed"][1]["language"] for index in shared] == ["ru", "ru"]
    assert not set(shared) & set(given("KZ"))
    entries = b"".join(data for _, data in home.store(mine).entries(0, mine.size))
    assert demo.TERMS["BY"].encode() not in entries


def test_a_partners_text_opens_here_and_what_both_approve_is_agreed(
    mine: Journal, partner: Partner, tmp_path: Path
) -> None:
    ours = selectors.item(None, demo.DIVERGENT).joint.current["BY"]
    assert ours.content is not None
    log = Log(tmp_path / "theirs", key=KEYS["log"])
    first = Content("ru", ours.content.paragraphs[:1])
    share(log, first)
    follow(partner, log)
    view = selectors.item(None, demo.DIVERGENT)
    assert [one.content for one in view.positions if one.party == "RU"] == [first]
    assert view.joint.agreed is None
    digest = ours.content.paragraphs[0].digest
    tell(log, "positions.approval", {"of": "paragraph", "digest": digest})
    tell(log, "positions.approval", {"of": "text", "digest": ours.digest})
    follow(partner, log)
    assert selectors.item(None, demo.DIVERGENT).joint.approved[ours.digest] == {"RU"}
    services.approve(None, demo.DIVERGENT, "text", ours.digest)
    assert selectors.item(None, demo.DIVERGENT).joint.state == "agreed"
