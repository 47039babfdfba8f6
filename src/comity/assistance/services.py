"""Writing a step of a request, and signing it: a member of the body writes, its head sends. Four eyes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from comity.accounts import audit, signing
from comity.accounts.policy import HEAD
from comity.agreement import officials
from comity.agreement import selectors as agreement
from comity.agreement.domain.calendar import day as read_day
from comity.assistance import onward, policy, selectors
from comity.assistance.cases import CaseView
from comity.assistance.domain.contents import Content, write_content
from comity.assistance.domain.course import NOTHING
from comity.assistance.domain.steps import CONSENTS, DAYS, Step
from comity.assistance.entries import CAPABILITY, CONTEXT, REQUEST, STEP, about, digest_of_raw
from comity.assistance.models import Draft
from comity.confidential import sealed
from comity.confidential.domain import Attachment
from comity.confidential.models import Body
from comity.confidential.sealed import Recipient
from comity.confidential.services import check_recipient
from comity.journal import services
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.journal.services import Draft as Entry
from comity.kernel import clock
from comity.kernel.canonical import encode
from comity.kernel.errors import ConflictError, FormatError, NotFoundError
from comity.kernel.handling import Label, read_label, stricter


def write_request(
    actor: Any,
    *,
    body: str,
    to: str,
    texts: Mapping[str, str],
    label: Label,
    oral_on: str = "",
    attachments: Sequence[Attachment] = (),
    quotes: Sequence[str] = (),
) -> Draft:
    """Write a request of a body to a body of a partner (`RU/ru-customs`). `oral_on`: the day on which it was spoken.

    Nothing of it leaves the node before it is signed. Raises PolicyError, NotFoundError, FormatError.
    """
    policy.require(actor, policy.WRITE, body)
    recipient = _recipient(body, to)
    agreement.require(CAPABILITY, recipient.party)
    step = Step.ORAL if oral_on else Step.REQUEST
    row = Draft(step=step, by=body, to=str(recipient), day=oral_on, author=actor)
    return _fill(actor, row, Content(texts, tuple(attachments)), label, quotes)


def write_step(
    actor: Any,
    party: str,
    token: str,
    step: Step,
    *,
    texts: Mapping[str, str],
    label: Label | None = None,
    day: str = "",
    attachments: Sequence[Attachment] = (),
    quotes: Sequence[str] = (),
) -> Draft:
    """Write a further step of a request in the name of the own party's body. `label`: no weaker than the request's.

    Raises ConflictError for a step that the request does not allow now, else as `write_request` does.
    """
    view = selectors.case(actor, party, token)
    policy.require(actor, policy.WRITE, view.own_body)
    row = Draft(
        step=step, by=view.own_body, to=policy.address(*view.other), day=day, party=party, token=token, author=actor
    )
    answered = _answered(view, step)
    if answered is not None:
        row.re_party, row.re_index = answered
    _check_possible(view, row)
    return _fill(actor, row, Content(texts, tuple(attachments)), stricter(view.label, label or view.label), quotes)


def rewrite(
    actor: Any,
    number: int,
    *,
    texts: Mapping[str, str],
    label: Label,
    day: str = "",
    attachments: Sequence[Attachment] | None = None,
    quotes: Sequence[str] = (),
) -> Draft:
    """Write a draft anew; `attachments` None keeps those that it has."""
    with transaction.atomic():
        row = selectors.draft(actor, number, lock=True)
        policy.require(actor, policy.WRITE, row.by)
        kept = selectors.content_of(row).attachments if attachments is None else tuple(attachments)
        row.day, row.state = day, Draft.State.WRITTEN
        if row.token:
            label = stricter(selectors.case(actor, row.party, row.token).label, label)
        return _fill(actor, row, Content(texts, kept), label, quotes)


def give_back(actor: Any, number: int, remark: str) -> None:
    """Return a draft to who wrote it, with a remark."""
    with transaction.atomic():
        row = selectors.draft(actor, number, lock=True)
        policy.require(actor, policy.SIGN, row.by)
        row.state, row.remark = Draft.State.RETURNED, remark.strip()[:2000]
        row.save()
        audit.note(actor, audit.DECISION, f"draft {row.pk}", act="returned")


def discard(actor: Any, number: int) -> None:
    """Throw a draft away."""
    with transaction.atomic():
        row = selectors.draft(actor, number, lock=True)
        policy.require(actor, policy.WRITE, row.by)
        row.delete()


def state_of(row: Draft) -> str:
    """All that is signed of a draft, as a hash: whoever approves names what he was shown."""
    said = {"content": row.content, "day": row.day, "label": row.label, "step": str(row.step), "to": row.to}
    return hashlib.sha256(encode(said)).hexdigest()


def sign(actor: Any, number: int, seen: str | None = None) -> tuple[str, str, int]:
    """Approve a draft of somebody else, sign and send it; `(party, token)` of the request, and the entry's number.

    `seen`: `state_of` the draft as he was shown it; ConflictError where it is another by now. None: he has it in hand.

    Where the party has published a key of the body, the head's own key signs, which `accounts.signing.unlock` must
    have unlocked. Raises PolicyError for who wrote it himself, is no head of the body or has no key open, ConflictError
    for a draft that was sent or a step that is not possible any more.
    """
    with transaction.atomic():
        row = selectors.draft(actor, number, lock=True)
        policy.require(actor, policy.SIGN, row.by)
        policy.require_other(actor, row.author, row.editor)
        if seen is not None and seen != state_of(row):
            raise ConflictError(
                "The draft was written anew since you were shown it.", place=str(number), remedy="Read it again."
            )
        mine = own()
        recipient = _recipient(row.by, row.to)
        label, content = read_label(row.label), selectors.content_of(row)
        # Once more: the other side may have stated something since it was written.
        quoted = onward.check_content(actor, row.by, content, selectors.quotes_of(row), recipient, label)
        close, openings = sealed.close(write_content(Step(row.step), quoted), quoted.label(label), [recipient])
        body: dict[str, Any] = {"by": row.by, "step": row.step, "sealed": close}
        body |= {"day": row.day} if row.day else {}
        if row.token:
            view = selectors.case(actor, row.party, row.token)
            _check_possible(view, row)
            agreement.require(CAPABILITY, view.other[0], begun=view.begun)
            kind, subject, party, token = STEP, about(view.origin, view.token), view.party, view.token
            body |= _seen(view, row)
        else:
            agreement.require(CAPABILITY, recipient.party)
            party, token = mine.party, secrets.token_hex(8)
            kind, subject = REQUEST, about(mine.origin, token)
        at = clock.iso(clock.now())
        if officials.demanded(mine, row.by, at=at, using=DEFAULT_DB_ALIAS):
            digest = digest_of_raw(kind, subject, body)
            body["signature"] = signing.sign(actor, row.by, CONTEXT, digest, role=HEAD).to_json()
        [index] = services.append(mine, [Entry(kind, 1, subject, body, openings)], at=at)
        row.state, row.signer, row.entry, row.content = Draft.State.SENT, actor, index, "{}"
        row.party, row.token = party, token
        row.save()
        audit.note(actor, audit.DECISION, f"request {party}/{token}", act=row.step, entry=f"{mine.party}/{index}")
    return party, token, index


def take_back(actor: Any, index: int) -> int:
    """Take back what an own step says: it is deleted here and at the partner. That the step was taken stays, and what
    follows from it. Returns the redaction's index.
    """
    with transaction.atomic():
        view, fact = selectors.fact(actor, own().party, index)
        policy.require(actor, policy.SIGN, view.own_body)
        # It may stand in a frozen journal: the present one has another entry in that place.
        redaction = services.redact(Journal.objects.get(origin=fact.origin), fact.index)
        audit.note(actor, audit.DECISION, f"request {view.party}/{view.token}", act="taken back", entry=str(index))
    return redaction


def _fill(actor: Any, row: Draft, content: Content, label: Label, quotes: Sequence[str]) -> Draft:
    step = Step(row.step)
    if (step in DAYS) != bool(row.day):
        raise FormatError("It is missing." if step in DAYS else "This step has no day.", place="day")
    _check_day(step, row.day, sealed.read_recipient(row.to).party)
    texts = {name: text.strip() for name, text in content.texts.items()}
    content = Content(texts, content.attachments)
    body = write_content(step, content)
    onward.check_content(actor, row.by, content, quotes, sealed.read_recipient(row.to), label)
    row.content = encode({"content": body, "quotes": list(quotes)}).decode()
    row.label, row.editor = label.to_json(), actor
    row.save()
    return row


def _check_day(step: Step, day: str, partner: str) -> None:
    if not day:
        return
    given, today = read_day(day, "day"), selectors.terms(partner).today(own().party)
    if step is Step.POSTPONED and given <= today:
        raise FormatError("A postponement ends on a day to come.", place="day")
    if step is not Step.POSTPONED and given > today:
        raise FormatError("This day has not come yet.", place="day")


def _recipient(body: str, to: str) -> Recipient:
    """The addressed body, if things can be sealed for it, and for the own one in answer."""
    mine, recipient = own(), sealed.read_recipient(to)
    check_recipient(recipient, mine)
    if body and not Body.objects.filter(journal=mine, code=body).exists():
        raise NotFoundError(f"This party has named no body {body}.", remedy="The operator names it: `comity body add`.")
    return recipient


def _answered(view: CaseView, step: Step) -> tuple[str, int] | None:
    """Which asking for consent a step answers: the oldest that the other side has open."""
    if step not in CONSENTS or step is Step.CONSENT_ASKED:
        return None
    for one in view.facts:
        if (
            not one.own
            and one.step is Step.CONSENT_ASKED
            and view.course.consents.get((one.side, one.place), 0) is None
        ):
            return one.party, one.index
    return None


def _check_possible(view: CaseView, row: Draft) -> None:
    asked = view.fact(row.re_party, row.re_index) if row.re_party else None
    if not view.course.may(Step(row.step), view.side, asked.place if asked else NOTHING):
        raise ConflictError(
            f"The step {row.step} is not possible now: the request is {view.course.state.value}.",
            place=f"{view.party} {view.token}",
            remedy="Read what the other side has stated since, and choose another step.",
        )


def _seen(view: CaseView, row: Draft) -> dict[str, Any]:
    """What the author knew of the other side, and what he answers."""
    theirs = [one for one in view.facts if not one.own]
    body: dict[str, Any] = {}
    if theirs:
        last = max(theirs, key=lambda one: one.place)
        body["seen"] = {"origin": last.origin, "index": last.index}
    asked = view.fact(row.re_party, row.re_index) if row.re_party else None
    if asked is not None:
        body["re"] = {"origin": asked.origin, "index": asked.index}
    return body
