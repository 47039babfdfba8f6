"""What was received in confidence is not passed on, nor used for another purpose, without its sender's consent.

The rule for letters (`confidential.policy.require_onward`) decides; here stands what else a consent adds to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from comity.assistance import selectors
from comity.assistance.cases import CaseView, FactView
from comity.assistance.domain.contents import Content
from comity.assistance.domain.steps import Step
from comity.confidential import selectors as letters
from comity.confidential.domain import Attachment, Reference
from comity.confidential.policy import require_onward
from comity.confidential.sealed import Recipient
from comity.evidence.files import digest
from comity.kernel.errors import FormatError, PolicyError
from comity.kernel.handling import Label, stricter


@dataclass(frozen=True, slots=True)
class Consent:
    """What a sender has allowed: for whom (addresses, or any words for who has none), and for which purpose."""

    whom: frozenset[str]
    purpose: str


def consents(view: CaseView, fact: FactView) -> list[Consent]:
    """The consents that were given to the onward use of a step."""
    found = []
    for asked in view.facts:
        given = view.course.consents.get((asked.side, asked.place)) is Step.CONSENT_GIVEN
        content = asked.content
        if given and content is not None and content.get("of") == f"{fact.party}/{fact.index}":
            found.append(Consent(frozenset(content.get("whom").split()), content.get("purpose")))
    return found


def check(
    view: CaseView, fact: FactView, recipients: Iterable[tuple[str, str]], purposes: frozenset[str] | None
) -> Label:
    """The label that a step has where it is quoted for `recipients` (`(address, party)`) and for `purposes`.

    PolicyError where somebody may not have it, or where no purpose is left.
    """
    given = consents(view, fact)
    allowed = {whom for consent in given for whom in consent.whom}
    place = f"{fact.party} {fact.index}"
    require_onward(
        "What was received in this request", fact.label, {*view.addresses, *allowed}, recipients, place=place
    )
    label = fact.label
    if label.purposes is not None:
        more = {consent.purpose for consent in given} - {""}
        label = Label(label.tlp, label.codes, label.purposes | more, label.onward)
    if purposes is not None and stricter(label, Label(purposes=purposes)).purposes == frozenset():
        raise PolicyError(
            "What is quoted may not be used for this purpose.",
            place=place,
            remedy="Ask its sender for consent to the other purpose.",
        )
    return label


def references(actor: Any, named: Sequence[str], recipient: Recipient, label: Label) -> tuple[Reference, ...]:
    """The references to what a step quotes, each a `PARTY/NUMBER` of an entry: a step of a request, or a letter.

    Raises NotFoundError for what the actor may not see, PolicyError for what may not be passed on.
    """
    to = [(str(recipient), recipient.party)]
    found = []
    for text in named:
        party, _, number = text.partition("/")
        if not (number.isascii() and number.isdecimal() and len(number) < 16):
            raise FormatError(f"{text[:40]!r} names no entry.", place="quotes", remedy="Write RU/15.")
        index = int(number)
        if selectors.is_step(party, index):
            view, fact = selectors.fact(actor, party, index)
            held = fact.label if fact.own else check(view, fact, to, label.purposes)
            found.append(Reference(fact.origin, index, held))
        else:
            letter = letters.letter(actor, party, index)
            require_onward("The letter", letter.label, {letter.party, *letter.to}, to, place=text)
            found.append(Reference(letter.origin, index, letter.label))
    return tuple(found)


def check_attachments(body: str, attachments: Sequence[Attachment], recipients: Sequence[Recipient]) -> None:
    """PolicyError where a file that a body of the own party has received in a request would be passed on."""
    if not attachments:
        return
    named = {digest(item.data): item.name for item in attachments}
    to = [(str(one), one.party) for one in recipients]
    for view, fact in selectors.received_from(body):
        if fact.content is not None and any(digest(item.data) in named for item in fact.content.attachments):
            check(view, fact, to, None)


def check_content(
    actor: Any, body: str, content: Content, named: Sequence[str], to: Recipient, label: Label
) -> Content:
    """The content with its references, if all of it may go to the recipient."""
    check_attachments(body, content.attachments, [to])
    return Content(content.texts, content.attachments, references(actor, named, to, label))
