"""Both sides' entries on one agenda item, made short. The agreement is applied from its signature; all is invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comity.agreement import services as agreement
from comity.agreement.domain.life import Step
from comity.confidential import sealed
from comity.journal.models import Journal
from comity.journal.services import Draft
from comity.kernel.handling import Label
from comity.positions import services
from comity.positions.domain.texts import Content, Paragraph, write_content
from comity.positions.entries import APPROVAL, ITEM, POSITION, SESSION, ItemRef
from tests import node
from tests.unit.agreement.worlds import CODE, adopts, plain, step

FORUM = "eaeu-committee"
ITEM_REF = ItemRef(CODE, FORUM, "2026-12", "3")
SESSION_VALUES = {"name": "Meeting 41", "venue": "Moscow", "begin": "2026-12-15", "end": "2026-12-16"}


def profile() -> dict[str, Any]:
    """The shipped profile, applied from signature on."""
    data = plain(CODE)
    data["clauses"]["entry"] = {"rule": "signature"}
    return data


def applied(settings: Any, folder: Path) -> Journal:
    """A node of Belarus whose agreement with Russia is in force."""
    mine = node.set_up(settings, folder)
    agreement.adopt(None, profile())
    node.partner_tells([adopts(profile()), step(Step.SIGNATURE, "2025-03-13")])
    agreement.state(None, CODE, Step.SIGNATURE, "2025-03-13")
    return mine


def with_item(settings: Any, folder: Path) -> Journal:
    """The same with a session and an agenda item that Belarus told of."""
    mine = applied(settings, folder)
    services.tell_session(None, CODE, FORUM, "2026-12", SESSION_VALUES)
    services.tell_item(None, ITEM_REF, "Digital marking of goods", [{"number": "41/3", "title": "Draft", "sha256": ""}])
    return mine


def session(**altered: Any) -> Draft:
    return Draft(SESSION, 1, f"session:{CODE}/{FORUM}/2026-12", {**SESSION_VALUES, **altered})


def item(title: str = "Цифровая маркировка") -> Draft:
    return Draft(ITEM, 1, ITEM_REF.about, {"title": title})


def text(*paragraphs: tuple[str, str, str]) -> Content:
    """A text of `(id, words, one digit of salt)`."""
    return Content("ru", tuple(Paragraph(name, words, salt * 32) for name, words, salt in paragraphs))


def shares(content: Content, round_: int = 1, public: bool = False, to: str = "BY") -> Draft:
    body: dict[str, Any] = {"round": round_, "digest": content.digest(ITEM_REF.about)}
    written = write_content(content)
    if public:
        return Draft(POSITION, 1, ITEM_REF.about, {**body, "public": written})
    closed, openings = sealed.close(written, Label(), [sealed.read_recipient(to)])
    return Draft(POSITION, 1, ITEM_REF.about, {**body, "sealed": closed}, openings)


def approves(digest: str, of: str = "text", withdrawn: bool = False) -> Draft:
    return Draft(APPROVAL, 1, ITEM_REF.about, {"of": of, "digest": digest, "withdrawn": withdrawn})
