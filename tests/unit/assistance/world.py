"""Two customs bodies, one on each side, and steps of the partner made short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from comity.accounts.policy import CLERK, HEAD
from comity.assistance import services
from comity.assistance.domain.contents import Content, write_content
from comity.assistance.domain.steps import Step
from comity.assistance.entries import REQUEST, STEP, about
from comity.assistance.models import Draft as Written
from comity.confidential import sealed
from comity.confidential import services as letters
from comity.confidential.domain import Attachment
from comity.journal.models import Journal
from comity.journal.services import Draft
from comity.kernel.handling import AMBER, Label
from comity.kernel.sealing import SealingKey
from tests import node

MINE, THEIRS = "by-customs", "ru-customs"
KEYS = {
    code: SealingKey(f"{node.PARTNER_ORIGIN}/sealing/{code}", bytes([n]) * 32)
    for n, code in enumerate((THEIRS, "fips"), 0x51)
}
TOKEN = "00112233445566ff"
ASK = {"subject": "Партия обуви", "type": "verification", "action": "Проверить право", "reason": "Таможенный контроль"}
PLAIN = Label(AMBER)
FILE = Attachment("доклад.pdf", "application/pdf", b"%PDF report")


def set_up(settings: Any, folder: Path) -> Journal:
    """The own node of Belarus with its customs, and Russia's journal with two bodies."""
    made = node.set_up(settings, folder)
    letters.name_body(MINE, "Мытня")
    bodies = [{"code": code, "name": code, "key": str(KEYS[code].public)} for code in sorted(KEYS)]
    node.partner_tells([Draft("confidential.bodies", 1, f"bodies:{node.PARTNER_ORIGIN}", {"bodies": bodies})])
    return made


def person(name: str, role: str, body: str = MINE) -> User:
    """Somebody who has a role in a body, made once."""
    return User.objects.filter(username=name).first() or node.user(name, role, body=body)


def clerk() -> User:
    return person("clerk", CLERK)


def head() -> User:
    return person("head", HEAD)


def request(**changed: Any) -> Written:
    """A request that a clerk of the customs has written."""
    texts = {**ASK, **changed.pop("texts", {})}
    return services.write_request(
        clerk(), body=MINE, to=f"RU/{THEIRS}", texts=texts, label=changed.pop("label", PLAIN), **changed
    )


def sent(**changed: Any) -> tuple[str, str, int]:
    """The same, signed and sent."""
    return services.sign(head(), request(**changed).pk)


def takes(party: str, token: str, step: Step, **values: Any) -> tuple[str, str, int]:
    """A step of the own side, written and signed."""
    row = services.write_step(clerk(), party, token, step, texts=values.pop("texts", {}), **values)
    return services.sign(head(), row.pk)


def theirs(
    step: Step,
    token: str,
    texts: Mapping[str, str],
    *,
    origin: str = node.ORIGIN,
    by: str = THEIRS,
    to: str = f"BY/{MINE}",
    day: str = "",
    attachments: Sequence[Attachment] = (),
    label: Label = PLAIN,
    seen: int | None = None,
    re: int | None = None,
) -> Draft:
    """The entry of a step of the partner's body, with what opens it."""
    content = write_content(step, Content(texts, tuple(attachments)))
    close, openings = sealed.close(content, label, [sealed.read_recipient(to)])
    body: dict[str, Any] = {"by": by, "step": step.value, "sealed": close}
    body |= {"day": day} if day else {}
    body |= {"seen": {"origin": node.ORIGIN, "index": seen}} if seen is not None else {}
    body |= {"re": {"origin": node.ORIGIN, "index": re}} if re is not None else {}
    kind = REQUEST if step in (Step.REQUEST, Step.ORAL) else STEP
    return Draft(kind, 1, about(origin, token), body, openings)


def asks(token: str = TOKEN, **values: Any) -> Draft:
    """A request of the partner's customs to the own one."""
    return theirs(Step.REQUEST, token, ASK, origin=node.PARTNER_ORIGIN, **values)
