"""Sending a confidential letter; naming the bodies of the own party and making their keys."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from comity.agreement import selectors as agreement
from comity.confidential import sealed, selectors
from comity.confidential.domain import Attachment, Content, Reference, write_content
from comity.confidential.entries import BODIES, CODE, LETTER, key_name
from comity.confidential.models import Body, Letter
from comity.confidential.policy import require_desk, require_onward
from comity.confidential.sealed import Recipient
from comity.journal import home, keystore, services
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.journal.services import Draft
from comity.kernel.errors import ConflictError, FormatError, NotFoundError
from comity.kernel.handling import Label
from comity.kernel.sealing import SealingKey, SealingPublic

Guard = Callable[[str, Sequence[Attachment], Sequence[Recipient]], None]
_guards: list[Guard] = []


def guard(check: Guard) -> None:
    """Have `check(desk, attachments, recipients)` asked before a letter is sent; it raises to refuse.

    A room above knows what was received in confidence and may not be passed on.
    """
    if check not in _guards:
        _guards.append(check)


def send(
    actor: Any,
    *,
    to: Sequence[str],
    label: Label,
    subject: str,
    text: str,
    desk: str = "",
    reply_to: tuple[str, int] | None = None,
    attachments: Sequence[Attachment] = (),
) -> tuple[str, int]:
    """Send a letter in the name of the office or of a body (`desk`); returns `(party, index)` of its entry.

    An answer takes over what is stricter in the label of the letter that it answers, and goes only to those who have
    that letter, unless its label allows onward transfer. Raises PolicyError, NotFoundError, FormatError.
    """
    require_desk(actor, desk)
    mine = own()
    if desk and not Body.objects.filter(journal=mine, code=desk).exists():
        raise NotFoundError(f"This party has named no body {desk}.", remedy="The operator names it: `comity body add`.")
    recipients = [sealed.read_recipient(text) for text in to]
    for recipient in recipients:
        check_recipient(recipient, mine)
        agreement.require("exchange.confidential", recipient.party)
    for check in _guards:
        check(desk, attachments, recipients)
    reference = _reference(actor, mine, reply_to, recipients) if reply_to else None
    content = Content(subject.strip(), text, reference, tuple(attachments))
    body, openings = sealed.close(write_content(content), content.label(label), recipients)
    about = f"letter:{mine.origin}/{secrets.token_hex(8)}"
    with transaction.atomic():
        [index] = services.append(mine, [Draft(LETTER, 1, about, {"by": desk, "sealed": body}, openings)])
    return mine.party, index


def take_back(actor: Any, index: int) -> int:
    """Take an own letter back: what it says is deleted here and at every partner. Returns the redaction's index."""
    mine = own()
    row = Letter.objects.filter(journal=mine, entry=index).first()
    if row is None:
        raise NotFoundError("There is no such letter of this office.", place=str(index))
    require_desk(actor, row.by)
    return services.redact(mine, index)


def check_recipient(recipient: Recipient, mine: Journal) -> None:
    """NotFoundError for a recipient that is no partner or no named body of one, FormatError for this party itself."""
    journal = Journal.objects.filter(party=recipient.party).first()
    if journal is None:
        raise NotFoundError(f"There is no partner {recipient.party}.", place=str(recipient))
    if recipient.party == mine.party:
        raise FormatError("What is sealed goes to a partner.", place=str(recipient))
    if recipient.body and not Body.objects.filter(journal=journal, code=recipient.body).exists():
        raise NotFoundError(
            f"{recipient.party} has named no body {recipient.body}.",
            place=str(recipient),
            remedy="Write to the party, or ask it to name the body.",
        )


def _reference(actor: Any, mine: Journal, reply_to: tuple[str, int], recipients: Sequence[Recipient]) -> Reference:
    answered = selectors.letter(actor, *reply_to)
    require_onward(
        "The letter that you answer",
        answered.label,
        {answered.party, *answered.to},
        ((str(recipient), recipient.party) for recipient in recipients),
        place=f"{answered.party} {answered.index}",
    )
    origin = Journal.objects.values_list("origin", flat=True).get(party=answered.party)
    return Reference(origin, answered.index, answered.label)


def name_body(code: str, name: str) -> SealingPublic:
    """Name a body of the own party, make its key if it has none here, and publish its public half."""
    if re.fullmatch(CODE, code) is None:
        raise FormatError(f"{code[:40]!r} is no code of a body.", remedy="Use small letters, digits and dashes.")
    mine = own()
    path = body_key_path(code)
    known = Body.objects.filter(journal=mine, code=code).first()
    if path.exists():
        public = keystore.sealing(path).public
    elif known is not None:
        public = SealingPublic.parse(known.key)
    else:
        key = SealingKey.generate(key_name(mine.origin, code))
        keystore.write(path, key)
        public = key.public
    rows = {body.code: {"code": body.code, "name": body.name, "key": body.key} for body in _own_bodies(mine)}
    rows[code] = {"code": code, "name": name, "key": str(public)}
    _publish(mine, rows)
    return public


def drop_body(code: str) -> None:
    """Name a body no more: nothing new can be sealed for it. Its key stays, for what was."""
    mine = own()
    rows = {body.code: {"code": body.code, "name": body.name, "key": body.key} for body in _own_bodies(mine)}
    if rows.pop(code, None) is None:
        raise ConflictError(f"This party has named no body {code}.")
    _publish(mine, rows)


def body_key_path(code: str) -> Any:
    return home.key_path(f"{home.SEALING}-{code}")


def _own_bodies(mine: Journal) -> list[Body]:
    return list(Body.objects.filter(journal=mine).order_by("code"))


def _publish(mine: Journal, rows: dict[str, dict[str, str]]) -> None:
    body = {"bodies": [rows[code] for code in sorted(rows)]}
    with transaction.atomic():
        services.append(mine, [Draft(BODIES, 1, f"bodies:{mine.origin}", body)])
