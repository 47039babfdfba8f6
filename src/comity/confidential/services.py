"""Sending a confidential letter; naming the bodies of the own party and making their keys."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from comity.accounts import audit
from comity.agreement import selectors as agreement
from comity.confidential import sealed, selectors
from comity.confidential.domain import Attachment, Content, Reference, write_content
from comity.confidential.entries import BODIES, CODE, LETTER, key_name
from comity.confidential.models import Body, Letter
from comity.confidential.policy import require_desk, require_onward
from comity.confidential.sealed import Recipient
from comity.journal import home, keystore, services
from comity.journal.models import Journal
from comity.journal.selectors import by_party, own
from comity.journal.services import Draft
from comity.journal.store import fsync_directory
from comity.kernel import keyfile
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
    reply_to: tuple[str, int, str] | None = None,
    attachments: Sequence[Attachment] = (),
) -> tuple[str, int]:
    """Send a letter in the name of the office or of a body (`desk`); returns `(party, index)` of its entry.

    `reply_to`: party, index and, where it stands in a frozen journal, the origin of that; see `selectors.letter`. An
    answer takes over what is stricter in the label of the letter that it answers, and goes only to those who have
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
        audit.note(actor, audit.DECISION, f"letter {mine.party}/{index}", act="sent", to=" ".join(map(str, recipients)))
    return mine.party, index


def take_back(actor: Any, index: int, origin: str = "") -> int:
    """Take an own letter back: what it says is deleted here and at every partner. Returns the redaction's index.

    `origin`: of the frozen journal of this office in which it stands; the present one's if empty.
    """
    origin = origin or own().origin
    ours = Q(journal__own=True) | Q(journal__former=True)
    row = Letter.objects.filter(ours, journal__origin=origin, entry=index).select_related("journal").first()
    if row is None:
        raise NotFoundError("There is no such letter of this office.", place=f"{origin} {index}")
    require_desk(actor, row.by)
    with transaction.atomic():
        audit.note(actor, audit.DECISION, f"letter {row.journal.party}/{index}", act="taken back")
        return services.redact(row.journal, index)


def check_recipient(recipient: Recipient, mine: Journal) -> None:
    """NotFoundError for a recipient that is no partner or no named body of one, FormatError for this party itself."""
    journal = by_party(recipient.party)
    if recipient.party == mine.party:
        raise FormatError("What is sealed goes to a partner.", place=str(recipient))
    if recipient.body and not Body.objects.filter(journal=journal, code=recipient.body).exists():
        raise NotFoundError(
            f"{recipient.party} has named no body {recipient.body}.",
            place=str(recipient),
            remedy="Write to the party, or ask it to name the body.",
        )


def _reference(actor: Any, mine: Journal, reply_to: tuple[str, int, str], recipients: Sequence[Recipient]) -> Reference:
    answered = selectors.letter(actor, *reply_to)
    require_onward(
        "The letter that you answer",
        answered.label,
        {answered.party, *answered.to},
        ((str(recipient), recipient.party) for recipient in recipients),
        place=f"{answered.party} {answered.index}",
    )
    return Reference(answered.origin, answered.index, answered.label)


def name_body(code: str, name: str) -> SealingPublic:
    """Name a body of the own party, make its key if it has none here, and publish its public half."""
    if re.fullmatch(CODE, code) is None:
        raise FormatError(f"{code[:40]!r} is no code of a body.", remedy="Use small letters, digits and dashes.")
    mine = own()
    path = body_key_path(code)
    known = Body.objects.filter(journal=mine, code=code).first()
    if known is not None:
        _give_way(known)
    if path.exists():
        public = keystore.sealing(path).public
    elif known is not None:
        public = SealingPublic.parse(known.key)
    else:
        key = SealingKey.generate(key_name(mine.origin, code))
        keystore.write(path, key)
        public = key.public
    rows = _own_bodies(mine)
    rows[code] = {"code": code, "name": name, "key": str(public)}
    _publish(mine, rows)
    return public


def rotate_body(code: str) -> Body:
    """Give a body a new key and publish its public half; the old private half stays, for what was sealed for it.

    Order: the new private half durably in the folder → the entry → the old file gives way to the new one. Called again
    after a kill it goes on from where that came. Raises NotFoundError for a body that is not named.
    """
    mine = own()
    body = Body.objects.filter(journal=mine, code=code).first()
    if body is None:
        raise NotFoundError(f"This party has named no body {code[:40]}.", remedy="Name it first: `comity body add`.")
    _give_way(body)
    following = _next_key_path(code)
    if not following.exists():
        keystore.write(following, SealingKey.generate(key_name(mine.origin, code)))
        fsync_directory(following.parent)
    rows = _own_bodies(mine)
    rows[code] |= {"key": str(keyfile.public(keystore.load(following)))}
    _publish(mine, rows)
    body = Body.objects.get(journal=mine, code=code)
    _give_way(body)
    return body


def drop_body(code: str) -> None:
    """Name a body no more: nothing new can be sealed for it. Its key stays, for what was."""
    mine = own()
    rows = _own_bodies(mine)
    if rows.pop(code, None) is None:
        raise ConflictError(f"This party has named no body {code}.")
    _publish(mine, rows)


def body_key_path(code: str) -> Path:
    return home.key_path(_role(code))


def _role(code: str) -> str:
    return f"{home.SEALING}-{code}"


def _next_key_path(code: str) -> Path:
    return home.next_key_path(_role(code))


def _give_way(body: Body) -> None:
    """Put the new key of a body in the place of the old one, which is kept, once the journal names it."""
    path, following = body_key_path(body.code), _next_key_path(body.code)
    if not following.exists() or str(keyfile.public(keystore.load(following))) != body.key:
        return
    if path.exists():
        old = keyfile.public(keystore.load(path))
        # It is there already where a run that was cut off came so far.
        with suppress(FileExistsError):
            os.link(path, home.former_key_path(_role(body.code), str(old).split("+")[1]))
        fsync_directory(path.parent)
    following.replace(path)
    fsync_directory(path.parent)


def _own_bodies(mine: Journal) -> dict[str, dict[str, str]]:
    rows = Body.objects.filter(journal=mine)
    return {body.code: {"code": body.code, "name": body.name, "key": body.key} for body in rows}


def _publish(mine: Journal, rows: dict[str, dict[str, str]]) -> None:
    body = {"bodies": [rows[code] for code in sorted(rows)]}
    with transaction.atomic():
        services.append(mine, [Draft(BODIES, 1, f"bodies:{mine.origin}", body)])
