"""The shapes of the API's answers and the types of its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from comity.api.v1.problems import Problem
from comity.kernel.identifiers import OFFICES
from comity.registers.domain.record import Basis, RightRecord
from comity.registers.query import SCHEMES

LARGEST_INDEX = 2**53 - 1
Language = Literal["en", "ru", "be"]
Order = Literal["relevance", "recent", "number"]


def _is_day(text: str) -> str:
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("a day is written YYYY-MM-DD")
    return text


def _among(known: Collection[str], what: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in known:
            raise ValueError(f"not {what}")
        return text

    return check


def _matching(pattern: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if re.match(pattern, text) is None:
            raise ValueError("not scheme and symbol, such as nice:3")
        return text

    return check


Day = Annotated[str, AfterValidator(_is_day), Field(json_schema_extra={"format": "date"})]
Office = Annotated[
    str,
    AfterValidator(_among(OFFICES, "a code of WIPO ST.3")),
    Field(json_schema_extra={"enum": sorted(OFFICES)}, description="Code of WIPO ST.3"),
]
# Checked here and not by pydantic, for which `$` is the very end: OpenAPI's readers may take a last line feed too.
_CLASS = rf"^({'|'.join(SCHEMES)}):[0-9A-Za-z][0-9A-Za-z ./_-]{{0,59}}$"
Class = Annotated[
    str, AfterValidator(_matching(_CLASS)), Field(json_schema_extra={"pattern": _CLASS}, examples=["nice:3"])
]
Index = Annotated[int, Field(ge=0, le=LARGEST_INDEX)]


def answers(model: Any, *, missing: bool = False, conflict: bool = False) -> dict[int, Any]:
    """Every answer of an operation that needs an account."""
    statuses = [400, 401, 403, *([404] if missing else []), *([409] if conflict else []), 500, 503]
    return {200: model, **dict.fromkeys(statuses, Problem)}


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class FacetOut(Shape):
    value: str
    count: int
    selected: bool


class RowOut(Shape):
    """A right in a list. `party` is the party whose journal tells of it."""

    key: str
    party: str
    office: str
    kind: str
    stage: str
    number: str
    name: str
    status: str
    filing_date: str
    registration_date: str
    expiry_date: str
    holders: list[str]
    redacted: bool
    classes: list[str]
    effect_in: list[str]
    image: str
    entry: int
    fictional: bool


class ResultsOut(Shape):
    """A page of a search. `capped`: there are more than `total`; narrow the search."""

    rows: list[RowOut]
    total: int
    capped: bool
    page: int
    pages: int
    facets: dict[str, list[FacetOut]]


class StateOut(Shape):
    """How far an entry has come: pending, sequenced, cosigned, final (held by all whom the policy names), since when.

    `by`: the parties whose witness or mirror has cosigned it.
    """

    state: Literal["pending", "sequenced", "cosigned", "final"]
    at: datetime | None
    by: list[str]


class StatusOut(Shape):
    """The status on the day asked for; empty before anything was filed."""

    status: str
    since: str
    reason_code: str
    computed: bool


class EffectOut(Shape):
    """The effect in one territory on the day asked for. `has_effect` is null where the record does not tell."""

    territory: str
    has_effect: bool | None
    basis: Basis
    sentence: str


class RightOut(Shape):
    """A right as its owner's journal tells of it. `record` leaves out what is not stated (docs/protocol/entry.md)."""

    key: str
    party: str
    origin: str
    entry: int
    version: int
    recorded_at: str
    state: StateOut
    day: date
    status: StatusOut
    expires: str
    effects: list[EffectOut]
    redacted_parties: list[int]
    withheld_parties: list[int]
    also_told_by: list[str]
    fictional: bool
    record: RightRecord


class ChangeOut(Shape):
    field: str
    inid: str
    before: str
    after: str


class VersionOut(Shape):
    """A version of a right, natural persons behind their commitments, and what it changed."""

    version: int
    entry: int
    recorded_at: str
    changes: list[ChangeOut]
    record: RightRecord


class CosignatureOut(Shape):
    name: str
    role: Literal["witness", "mirror"]
    party: str
    size: int
    time: datetime


class JournalOut(Shape):
    """A journal known here. `entries` counts all, `size` those under the checkpoint, `final` those that are final,
    `applied` those in the tables.
    """

    party: str
    origin: str
    name: str
    own: bool
    offices: list[str]
    vkey: str
    entries: int
    size: int
    final: int
    applied: int
    pending: int
    held: int
    root: str
    checkpoint_at: datetime | None
    cosignatures: list[CosignatureOut]
    forks: int


class SaidOut(Shape):
    """What another party said of an entry by a receipt: `entry` of its journal says so; `nothing`: not yet."""

    party: str
    state: Literal["applied", "settled", "unknown", "quarantined", "waiting", "nothing"]
    reason: str
    entry: int | None
    at: datetime | None


class EntryOut(Shape):
    """An entry. `text` is its bytes as UTF-8; `leaf` the leaf hash in hex (RFC 6962 §2.1)."""

    index: int
    kind: str
    version: int
    about: str
    at: str
    leaf: str
    text: str
    state: StateOut
    held: str
    said: list[SaidOut]


class EntriesOut(Shape):
    """The newest first; `before` asks for the next page, null on the last."""

    entries: list[EntryOut]
    before: int | None


class WitnessOut(Shape):
    """Who cosigned: a `witness` has seen the tree, a `mirror` durably holds every entry of it."""

    role: Literal["witness", "mirror"]
    party: str
    vkey: str
    time: datetime


class ProofOut(Shape):
    """The inclusion proof of an entry (RFC 6962 §2.1.1): hashes in hex, `checkpoint` the signed note."""

    origin: str
    index: int
    leaf: str
    size: int
    root: str
    hashes: list[str]
    checkpoint: str
    log: str
    witnesses: list[WitnessOut]


class KeyOut(Shape):
    """A public key (C2SP signed-note); compare the fingerprint with the one that the office publishes.

    `state`: active, retiring (its successor is in use too), retired or revoked. It counts for trees of `since` to
    `until` entries of its journal, both included; `until` null: it still counts.
    """

    party: str
    role: str
    vkey: str
    fingerprint: str
    state: str
    since: int
    until: int | None


class KindOut(Shape):
    name: str
    version: int


class NodeOut(Shape):
    """This node. `entry_kinds` are those that it can apply."""

    party: str
    name: str
    origin: str
    offices: list[str]
    url: str
    fictional: bool
    keys: list[KeyOut]
    entry_kinds: list[KindOut]


class RefusalOut(Shape):
    """An entry of ours that a partner does not apply, and why. `entry`: of its journal, that says so."""

    index: int
    kind: str
    version: int
    state: Literal["unknown", "quarantined", "waiting"]
    reason: str
    entry: int
    at: datetime


class AnswerOut(Shape):
    """A partner's receipts: it has applied our journal up to `end` of `of`. `refused`: the first 100 of `count`.

    `doubt`: `beyond` where it answers for entries that do not exist, `tree` where it has applied other ones.
    """

    end: int
    of: int
    entry: int
    at: datetime
    refused: list[RefusalOut]
    count: int
    doubt: Literal["", "beyond", "tree"]


class UnconfirmedOut(Shape):
    """A deletion, entry `entry` of ours, that a partner has not confirmed. `refused`: it says that it cannot."""

    party: str
    state: str
    entry: int
    index: int
    about: str
    at: datetime
    refused: bool


class PartnerOut(Shape):
    """A partner. `size`: entries that it has signed; `their_cosigned_size`: how much of our journal it has cosigned,
    `their_mirrored_size`: how much of it its mirror durably holds.

    `answer`: what its receipts say, null before the first. `unconfirmed`: deletions of ours that it has not confirmed.
    `unknown_there`, `unknown_here`: kinds of entry that only we, or only they, can apply.
    """

    party: str
    name: str
    origin: str
    url: str
    state: str
    fingerprint: str
    last_contact: datetime | None
    last_error: str
    size: int
    lag_entries: int
    lag_seconds: int | None
    their_cosigned_size: int
    their_mirrored_size: int
    held: int
    forks: int
    answer: AnswerOut | None
    unconfirmed: int
    release: str
    unknown_there: list[str]
    unknown_here: list[str]


class SentenceOut(Shape):
    code: str
    text: str


class CheckOut(Shape):
    """`ok` is null where the file alone cannot tell."""

    name: str
    ok: bool | None
    code: str
    text: str
    detail: str


class ReportOut(Shape):
    """What the verifier found. `facts` is null unless every check passed."""

    kind: Literal["pdf", "bundle"]
    ok: bool
    verdict: SentenceOut
    checks: list[CheckOut]
    proved: list[SentenceOut]
    not_proved: list[SentenceOut]
    facts: dict[str, Any] | None
