"""What a party states of an agreement: adopting a profile, steps of its life, documents, texts of articles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from django.db import transaction

from comity.accounts import audit
from comity.accounts.policy import require
from comity.agreement import selectors
from comity.agreement.domain.checks import read_profile
from comity.agreement.domain.life import RECEIPTS, Step
from comity.agreement.domain.profile import Profile
from comity.agreement.entries import OFFICIALS, PAPER, PASSAGE, PROFILE, STEP, VOID, about, officials_about
from comity.agreement.models import Edition, Statement
from comity.evidence import files
from comity.journal import services
from comity.journal.selectors import own
from comity.journal.services import Draft
from comity.kernel.errors import ConflictError, FormatError, NotFoundError

# What names another party: whom a note goes to, whose note has come.
DIRECTED = frozenset({Step.NOTE, Step.TERMINATION, *RECEIPTS})


def _may_write(actor: Any) -> None:
    """None: whoever may run commands on the node's machine."""
    if actor is not None:
        require(actor, "agreement.write")


def adopt(actor: Any, data: Mapping[str, Any]) -> int:
    """Adopt an edition of a profile for this party; returns the entry's index."""
    _may_write(actor)
    profile = read_profile(data)
    return _append(actor, PROFILE, profile.code, {"profile": dict(data)})


def adopt_proposed(actor: Any, code: str, digest: str) -> int:
    """Adopt, byte for byte, what a partner has adopted."""
    row = Edition.objects.filter(agreement=code, digest=digest).first()
    if row is None:
        raise NotFoundError("No party has adopted that profile.", place=digest[:16])
    return adopt(actor, orjson.loads(row.profile))


def state(
    actor: Any,
    code: str,
    step: Step,
    day: str,
    *,
    of: str = "",
    act: str = "",
    number: str = "",
    place: str = "",
    document: str = "",
) -> int:
    """State a step of the agreement's life; returns the entry's index. FormatError, ConflictError."""
    _may_write(actor)
    view = selectors.agreement(code)
    if (step in DIRECTED) != bool(of):
        raise FormatError("A note names the party that it goes to or came from; no other step names one.", place="of")
    if of:
        _check_other(view.profile, view.party, step, of)
        if step in RECEIPTS and not _sent(code, RECEIPTS[step], of, view.party):
            raise ConflictError(
                f"{of} has not stated that it sent this.",
                place=step.value,
                remedy="It states the note; then you state that it came.",
            )
    body = {"step": step.value, "day": day, "of": of, "act": act, "number": number, "place": place}
    return _append(actor, STEP, code, {**body, "document": document})


def _check_other(profile: Profile, mine: str, step: Step, of: str) -> None:
    if profile.party(of) is None:
        raise FormatError(f"{of} is no party to {profile.code}.", place="of")
    sender, recipient = (of, mine) if step in RECEIPTS else (mine, of)
    due = profile.recipients(sender) or (sender,)
    if step in (Step.NOTE, Step.NOTE_RECEIVED) and recipient not in due:
        raise FormatError(f"A note of {sender} goes to {', '.join(due)}.", place="of")


def _sent(code: str, step: Step, sender: str, recipient: str) -> bool:
    rows = Statement.objects.filter(agreement=code, step=step.value, journal__party=sender, of=recipient, voided=None)
    return rows.exists()


def void(actor: Any, code: str, index: int, reason: str) -> int:
    """Take an own statement back as a mistake."""
    _may_write(actor)
    if not Statement.objects.filter(journal=own(), agreement=code, entry=index, voided=None).exists():
        raise NotFoundError("There is no such statement of this party.", place=str(index))
    return _append(actor, VOID, code, {"index": index, "reason": reason})


def add_paper(
    actor: Any, code: str, data: bytes, *, name: str, role: str, language: str, title: str, edition: int
) -> int:
    """Keep a document of the agreement and state its hash. Only PDF and plain text are taken."""
    _may_write(actor)
    selectors.agreement(code)
    media_type = _media_type(data)
    body = {
        "name": name,
        "role": role,
        "language": language,
        "title": title,
        "edition": edition,
        "sha256": files.put(data),
        "size": len(data),
        "media_type": media_type,
    }
    return _append(actor, PAPER, code, body)


def _media_type(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\x00"
    if not text or "\x00" in text:
        raise FormatError("A document is a PDF or plain text in UTF-8.", place="file")
    return "text/plain"


def add_passage(actor: Any, code: str, *, edition: int, article: str, language: str, text: str) -> int:
    """Give the text of an article, in one language, as this party reads it."""
    _may_write(actor)
    selectors.agreement(code)
    return _append(actor, PASSAGE, code, {"edition": edition, "article": article, "language": language, "text": text})


def publish_officials(actor: Any) -> int:
    """Publish which keys of officials hold; those that are not among them any more end. Returns the entry's index.

    A head publishes those of his bodies and leaves the others as they stand; the operator, or None, all of them.
    PolicyError; ConflictError where the journal says so already.
    """
    if actor is not None:
        require(actor, "signing.publish")
    mine = own()
    keys = selectors.officials_due(actor)
    if keys == selectors.officials(mine):
        raise ConflictError("The journal names these keys already.", place=officials_about(mine.origin))
    with transaction.atomic():
        body = {"keys": [asdict(key) for key in keys]}
        [index] = services.append(mine, [Draft(OFFICIALS, 1, officials_about(mine.origin), body)])
        audit.note(actor, audit.KEY, officials_about(mine.origin), change="published", keys=len(keys), entry=index)
    return index


def _append(actor: Any, kind: str, code: str, body: Mapping[str, Any]) -> int:
    with transaction.atomic():
        [index] = services.append(own(), [Draft(kind, 1, about(code), body)])
        audit.note(actor, audit.DECISION, about(code), kind=kind, entry=index)
    return index
