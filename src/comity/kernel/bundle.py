"""The proof bundle: one entry of a journal, what proves it, and what its office said of it on one day.

A bundle is one canonical JSON document and a line feed (media type `application/vnd.comity.proof+json`, suffix
`.comity-proof`). It holds an entry, the openings that were given, the inclusion proof (RFC 6962 §2.1.1), the signed
checkpoint with its cosignatures (C2SP tlog-checkpoint, tlog-cosignature), the keys, and a statement: a signed note
(C2SP signed-note) by the node that issued the bundle. The statement names the SHA-256 of all the rest, so that every
byte of a bundle is under a signature.

A journal whose log key was never changed gives bundles of the form `proof/1`. Those of `proof/2` carry besides which
sizes each log key may sign, and what leads from the first of them to the one that signed (`kernel.succession`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from comity.kernel import canonical
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.commitments import Opening
from comity.kernel.errors import FormatError
from comity.kernel.merkle import leaf_hash
from comity.kernel.notes import Note, SigningKey, VerifierKey, parse_note, sign_note
from comity.kernel.shapes import binary, items, record, text, whole
from comity.kernel.succession import Succession, read_succession
from comity.kernel.wire import b64

MEDIA_TYPE = "application/vnd.comity.proof+json"
SUFFIX = ".comity-proof"
FORM = "proof/1"
RANGED = "proof/2"
PREFIX = b'{"checkpoint":"'  # canonical JSON sorts its keys: every bundle starts so
STATEMENT_KIND = "comity/statement/1"
MAX_BYTES = 8 * 1024 * 1024
MAX_KEYS = 64
MAX_OPENINGS = 4096

Role = Literal["log", "witness", "mirror", "extract"]
ROLES = ("log", "witness", "mirror", "extract")


@dataclass(frozen=True, slots=True)
class BundleKey:
    """A key that a bundle needs, what it is for, and the party that it is said to belong to.

    `since` and `until`: of a log key, the sizes of the trees that it may sign, both included, as far as the tree of the
    bundle says; None where no end is known.
    """

    role: Role
    party: str
    key: VerifierKey
    since: int = 0
    until: int | None = None


@dataclass(frozen=True, slots=True)
class SaidEffect:
    """What the issuer says of the right's effect in one territory, in the language of the statement."""

    territory: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the issuing node states of a right: by whom, when, its status on a date, its effect per territory.

    `right` is the right's key (`RU/trademark/1008824`); `issued` is UTC (`2026-11-22T15:00:00Z`); `status_date` is a
    day; `status` a word, `sentence` the same in `language`; `images` are SHA-256 in hex, in the entry's order.
    """

    right: str
    issued: str
    origin: str
    party: str
    language: str
    status: str
    status_date: str
    sentence: str
    effects: tuple[SaidEffect, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim and what it is tied to: the leaf, its place, the tree and the rest of the bundle."""

    claim: Claim
    leaf: bytes
    index: int
    size: int
    root: bytes
    rest: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A parsed bundle; nothing in it has been verified. `rest` is the hex SHA-256 of all but the statement."""

    entry: bytes
    index: int
    openings: tuple[Opening, ...]
    withheld: tuple[str, ...]
    proof: tuple[bytes, ...]
    checkpoint: bytes
    keys: tuple[BundleKey, ...]
    statement: bytes
    rest: str
    succession: Succession | None = None

    def of_role(self, role: Role) -> tuple[BundleKey, ...]:
        return tuple(key for key in self.keys if key.role == role)


def fingerprint(key: VerifierKey | str) -> str:
    """The fingerprint that people compare: 32 hex digits of SHA-256 over the whole verifier key, in groups of four.

    A public sealing key is given as its text.
    """
    digest = hashlib.sha256(str(key).encode()).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))


def make_bundle(
    *,
    entry: bytes,
    index: int,
    proof: Sequence[bytes],
    checkpoint: bytes,
    keys: Sequence[BundleKey],
    claim: Claim,
    signer: SigningKey,
    openings: Sequence[Opening] = (),
    withheld: Sequence[str] = (),
    succession: Succession | None = None,
) -> bytes:
    """The bundle's bytes; `keys` are those of the log, the witnesses and the mirrors, the signer's own is added.

    `proof` is the inclusion proof of `entry` at `index` under `checkpoint` (the signed note's bytes). With a
    `succession` the bundle is of the form `proof/2`, and its log keys bear their ranges. Nothing is verified here: who
    issues a bundle runs `verify.verify_file` over it before it is given out.
    """
    tree = parse_checkpoint(checkpoint).checkpoint
    holders = [*keys, BundleKey("extract", claim.party, signer.verifier)]
    body: dict[str, Any] = {
        "comity": RANGED if succession else FORM,
        "entry": b64(entry),
        "index": index,
        "openings": [{"path": o.path, "salt": b64(o.salt), "value": o.value} for o in openings],
        "withheld": list(withheld),
        "proof": [b64(item) for item in proof],
        "checkpoint": checkpoint.decode(),
        "keys": [_key_out(holder, ranged=succession is not None) for holder in holders],
    }
    if succession:
        body["succession"] = succession.to_json()
    said = {
        "rest": hashlib.sha256(canonical.encode(body)).hexdigest(),
        "leaf": b64(leaf_hash(entry)),
        "index": index,
        "size": tree.size,
        "root": b64(tree.root),
        "right": claim.right,
        "issued": claim.issued,
        "origin": claim.origin,
        "party": claim.party,
        "language": claim.language,
        "status": {"date": claim.status_date, "code": claim.status, "sentence": claim.sentence},
        "effects": [{"territory": e.territory, "sentence": e.sentence} for e in claim.effects],
        "images": list(claim.images),
    }
    note = sign_note(f"{STATEMENT_KIND}\n{canonical.encode(said).decode()}\n", signer)
    body["statement"] = note.encode().decode()
    return canonical.encode(body) + b"\n"


def parse_bundle(data: bytes) -> Bundle:
    """A bundle from its bytes; FormatError or CanonicalError unless they have exactly the form of this module."""
    if len(data) > MAX_BYTES:
        raise FormatError(f"The bundle is larger than {MAX_BYTES} bytes.", remedy="No honest bundle is.")
    if not data.endswith(b"\n"):
        raise FormatError("The bundle does not end in a line feed.", remedy="Fetch the file again: it may be cut.")
    found = canonical.decode(data[:-1])
    form = found.get("comity") if isinstance(found, dict) else None
    if form not in (FORM, RANGED):
        raise FormatError(
            f"The bundle is not of the form {FORM} or {RANGED}.", remedy="Use a verifier that knows its form."
        )
    names = {"comity", "entry", "index", "openings", "withheld", "proof", "checkpoint", "keys", "statement"}
    body = record(found, names | ({"succession"} if form == RANGED else set()), "bundle")
    rest = {name: value for name, value in body.items() if name != "statement"}
    openings = tuple(
        _opening(item, f"openings/{at}") for at, item in enumerate(items(body["openings"], "openings", MAX_OPENINGS))
    )
    keys = tuple(
        _key(item, f"keys/{at}", ranged=form == RANGED) for at, item in enumerate(items(body["keys"], "keys", MAX_KEYS))
    )
    withheld = tuple(text(item, "withheld") for item in items(body["withheld"], "withheld", MAX_OPENINGS))
    paths = [opening.path for opening in openings] + list(withheld)
    if len(set(paths)) != len(paths):
        raise FormatError("A path is named twice.", place="openings")
    if len({(key.role, str(key.key)) for key in keys}) != len(keys):
        raise FormatError("A key is named twice.", place="keys")
    return Bundle(
        entry=binary(body["entry"], "entry"),
        index=whole(body["index"], "index"),
        openings=openings,
        withheld=withheld,
        proof=tuple(binary(item, f"proof/{at}", 32) for at, item in enumerate(items(body["proof"], "proof", 64))),
        checkpoint=text(body["checkpoint"], "checkpoint").encode(),
        keys=keys,
        statement=text(body["statement"], "statement").encode(),
        rest=hashlib.sha256(canonical.encode(rest)).hexdigest(),
        succession=read_succession(body["succession"]) if form == RANGED else None,
    )


def parse_statement(data: bytes) -> tuple[Note, Statement]:
    """The statement note and what it says; its signature is not verified. FormatError where the form is not ours."""
    note = parse_note(data)
    if len(note.signatures) != 1:
        raise FormatError("A statement has exactly one signature.", place="statement")
    kind, _, claimed = note.text.partition("\n")
    if kind != STATEMENT_KIND or not claimed.endswith("\n"):
        raise FormatError(f"The note is not a {STATEMENT_KIND}.", place="statement")
    names = {"rest", "leaf", "index", "size", "root", "right", "issued", "origin", "party", "language"}
    body = record(canonical.decode(claimed[:-1].encode()), names | {"status", "effects", "images"}, "statement")
    status = record(body["status"], {"date", "code", "sentence"}, "statement/status")
    effects = [
        record(item, {"territory", "sentence"}, "statement/effects")
        for item in items(body["effects"], "statement/effects", 512)
    ]
    claim = Claim(
        **{name: text(body[name], f"statement/{name}") for name in ("right", "issued", "origin", "party", "language")},
        status=text(status["code"], "statement/status/code"),
        status_date=text(status["date"], "statement/status/date"),
        sentence=text(status["sentence"], "statement/status/sentence"),
        effects=tuple(
            SaidEffect(text(e["territory"], "statement/effects"), text(e["sentence"], "statement/effects"))
            for e in effects
        ),
        images=tuple(text(item, "statement/images") for item in items(body["images"], "statement/images", 4096)),
    )
    return note, Statement(
        claim=claim,
        leaf=binary(body["leaf"], "statement/leaf", 32),
        index=whole(body["index"], "statement/index"),
        size=whole(body["size"], "statement/size"),
        root=binary(body["root"], "statement/root", 32),
        rest=text(body["rest"], "statement/rest"),
    )


def commitments_in(body: Any) -> dict[str, str]:
    """Every commitment in an entry's body, by the JSON pointer (RFC 6901) of the object whose `cm` it is."""
    found: dict[str, str] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("cm"), str):
                found[path] = value["cm"]
            for name, item in value.items():
                walk(item, f"{path}/{_escape(name)}")
        elif isinstance(value, list):
            for at, item in enumerate(value):
                walk(item, f"{path}/{at}")

    walk(body, "")
    return found


def digests_in(value: Any) -> set[str]:
    """Every `sha256` that the body names, at any depth."""
    if isinstance(value, dict):
        own = {value["sha256"]} if isinstance(value.get("sha256"), str) else set()
        return own.union(*(digests_in(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(digests_in(item) for item in value))
    return set()


def fill_in(body: Any, openings: Mapping[str, Any]) -> Any:
    """The body with the opened values put where their commitments stood; what was not opened keeps its `cm`."""

    def walk(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            whole = {name: walk(item, f"{path}/{_escape(name)}") for name, item in value.items()}
            if path in openings and isinstance(value.get("cm"), str):
                del whole["cm"]
                opened = openings[path]
                return whole | opened if isinstance(opened, dict) else whole | {"value": opened}
            return whole
        if isinstance(value, list):
            return [walk(item, f"{path}/{at}") for at, item in enumerate(value)]
        return value

    return walk(body, "")


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _opening(value: Any, place: str) -> Opening:
    body = record(value, {"path", "salt", "value"}, place)
    return Opening(text(body["path"], place), binary(body["salt"], place, 32), body["value"])


def _key_out(holder: BundleKey, *, ranged: bool) -> dict[str, Any]:
    out: dict[str, Any] = {"role": holder.role, "party": holder.party, "vkey": str(holder.key)}
    if ranged and holder.role == "log":
        out["since"] = holder.since
        if holder.until is not None:
            out["until"] = holder.until
    return out


def _key(value: Any, place: str, *, ranged: bool = False) -> BundleKey:
    sizes: dict[str, int] = {}
    if ranged and isinstance(value, dict) and value.get("role") == "log":
        sizes["since"] = whole(value.get("since"), place)
        if "until" in value:
            sizes["until"] = whole(value["until"], place)
    body = record(value, {"role", "party", "vkey", *sizes}, place)
    if body["role"] not in ROLES:
        raise FormatError(f"A role is one of {', '.join(ROLES)}.", place=place)
    vkey = text(body["vkey"], place)
    key = VerifierKey.parse(vkey)
    if str(key) != vkey:
        raise FormatError("The key is not in its one canonical form.", place=place)
    return BundleKey(cast(Role, body["role"]), text(body["party"], place), key, **sizes)
