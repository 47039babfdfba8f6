"""Checks an extract or a proof bundle from its bytes alone: no database, no network, no clock.

`verify_file` runs every check that the file allows, in a fixed order, and says in plain words what is proved and what
is not. Each sentence has a code and parameters, so that a page can say it in its reader's language (`verify_texts`).
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from comity.kernel.bundle import (
    Bundle,
    BundleKey,
    Statement,
    commitments_in,
    digests_in,
    fill_in,
    parse_bundle,
    parse_statement,
)
from comity.kernel.checkpoint import SignedCheckpoint, parse_checkpoint
from comity.kernel.commitments import verify_commitment
from comity.kernel.cosignature import verify_cosignature
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ComityError, ConfigurationError, FormatError, VerificationError
from comity.kernel.identifiers import right_key
from comity.kernel.keyring import RangedKey
from comity.kernel.merkle import leaf_hash, verify_inclusion
from comity.kernel.notes import KIND_ED25519, Note, Signature, VerifierKey
from comity.kernel.pdfseal import SealedPdf, is_pdf, open_sealed
from comity.kernel.verify_keys import COSIGNERS, check_keys, follow
from comity.kernel.verify_texts import SENTENCES, translate

MAX_FILE = 64 * 1024 * 1024
FileKind = Literal["pdf", "bundle"]

__all__ = ["SENTENCES", "Check", "Report", "Sentence", "verify_file"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its code in SENTENCES and what is filled into it."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        return translate(self.code, lang) % self.params


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `ok` is None where the file alone cannot tell. `detail` is the technical cause, in English."""

    name: str
    ok: bool | None
    sentence: Sentence
    detail: str = ""

    @property
    def says(self) -> str:
        return self.sentence.text()


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome: `ok` is false if any check failed; then nothing counts as proved.

    `facts` holds the entry's body with the openings filled in, its place and the statement, as far as they could be
    read; they are only to be relied on where `ok` is true.
    """

    kind: FileKind
    ok: bool
    verdict: Sentence
    checks: tuple[Check, ...]
    proved: tuple[Sentence, ...]
    not_proved: tuple[Sentence, ...]
    facts: Mapping[str, Any]


def verify_file(data: bytes, *, trusted: Sequence[VerifierKey] = (), images: Sequence[bytes] = ()) -> Report:
    """Checks a sealed PDF or a proof bundle; never raises for what the bytes are.

    `trusted` are the keys that the reader has from the offices: with them the log's key and the issuer's must be among
    them, and a witness or a mirror counts only if it is. `images` are files to compare with the digests in the record.
    """
    return _Verifier(data, tuple(trusted), tuple(images)).report()


class _Verifier:
    """The state of one run; each method adds the checks of its part."""

    def __init__(self, data: bytes, trusted: tuple[VerifierKey, ...], images: tuple[bytes, ...]) -> None:
        self.data, self.trusted, self.images = data, trusted, images
        self.kind: FileKind = "pdf" if is_pdf(data) else "bundle"
        self.checks: list[Check] = []
        self.proved: list[Sentence] = []
        self.facts: dict[str, Any] = {}
        self.seen_by: list[BundleKey] = []
        # Log keys that signed the checkpoint, and those to which trusted ones lead.
        self.signers: set[VerifierKey] = set()
        self.vouched: frozenset[VerifierKey] = frozenset()

    def report(self) -> Report:
        bundle, said = None, None
        sealed = self.open_pdf() if self.kind == "pdf" else None
        if sealed or self.kind == "bundle":
            bundle = self.open_bundle(sealed)
        if bundle:
            self.check_seal(sealed, bundle)
            said = self.check_statement(bundle)
            body = self.check_entry(bundle)
            self.check_openings(bundle, body)
            tree = self.check_tree(bundle)
            self.check_keys(bundle)
            self.check_agreement(bundle, said, body, tree)
            self.check_images(said, body)
        ok = all(check.ok is not False for check in self.checks)
        failed = sum(check.ok is False for check in self.checks)
        code = "verdict.bad" if not ok else "verdict.good" if self.trusted else "verdict.compare"
        return Report(
            kind=self.kind,
            ok=ok,
            verdict=Sentence(code, {"count": str(failed)}),
            checks=tuple(self.checks),
            proved=tuple(self.proved) if ok else (),
            not_proved=tuple(self.limits(bundle, said)) if ok else (),
            facts=self.facts,
        )

    def add(self, name: str, ok: bool | None, code: str, detail: object = "", /, **params: object) -> None:
        sentence = Sentence(code, {key: str(value) for key, value in params.items()})
        self.checks.append(Check(name, ok, sentence, str(detail)))

    def prove(self, code: str, /, **params: object) -> None:
        self.proved.append(Sentence(code, {key: str(value) for key, value in params.items()}))

    def open_pdf(self) -> SealedPdf | None:
        try:
            if len(self.data) > MAX_FILE:
                raise FormatError(f"The file is larger than {MAX_FILE} bytes.")
            sealed = open_sealed(self.data)
        except VerificationError as error:
            self.add("container", True, "container.sealed")
            self.add("document", False, "document.changed", error)
            return None
        except FormatError as error:
            self.add("container", False, "container.broken", error)
            return None
        self.add("container", True, "container.sealed")
        self.add("document", True, "document.same", sha256=hashlib.sha256(sealed.pdf).hexdigest())
        if len(sealed.attachments) != 1:
            self.add("bundle", False, "bundle.not-one", found=len(sealed.attachments))
            return None
        return sealed

    def open_bundle(self, sealed: SealedPdf | None) -> Bundle | None:
        try:
            bundle = parse_bundle(sealed.attachments[0] if sealed else self.data)
        except ComityError as error:
            self.add("bundle", False, "bundle.broken", error)
            return None
        self.add("bundle", True, "bundle.form")
        return bundle

    def check_seal(self, sealed: SealedPdf | None, bundle: Bundle) -> None:
        if sealed is None:
            return
        name = sealed.note.signatures[0].name
        if _signed(sealed.note, bundle.of_role("extract")):
            self.add("seal", True, "seal.signed", name=name)
            self.prove("proved.page", name=name)
        else:
            self.add("seal", False, "seal.refused", name=name)

    def check_statement(self, bundle: Bundle) -> Statement | None:
        try:
            note, said = parse_statement(bundle.statement)
        except ComityError as error:
            self.add("statement", False, "statement.broken", error)
            return None
        name, claim = note.signatures[0].name, said.claim
        issuers = bundle.of_role("extract")
        if len(issuers) != 1 or issuers[0].party != claim.party:
            self.add("statement", False, "statement.party", party=claim.party)
        if _signed(note, issuers):
            self.add("statement", True, "statement.signed", name=name, issued=claim.issued)
        else:
            self.add("statement", False, "statement.refused", name=name)
        if said.rest == bundle.rest:
            self.add("rest", True, "rest.same")
        else:
            self.add("rest", False, "rest.changed", f"stated {said.rest}, found {bundle.rest}")
        self.prove("proved.statement", name=name, issued=claim.issued, right=claim.right, date=claim.status_date)
        self.facts["statement"] = {
            "right": claim.right,
            "issued": claim.issued,
            "origin": claim.origin,
            "party": claim.party,
            "language": claim.language,
            "status": {"date": claim.status_date, "code": claim.status, "sentence": claim.sentence},
            "effects": [{"territory": e.territory, "sentence": e.sentence} for e in claim.effects],
            "images": list(claim.images),
        }
        return said

    def check_entry(self, bundle: Bundle) -> dict[str, Any] | None:
        try:
            entry = parse_entry(bundle.entry)
        except ComityError as error:
            self.add("entry", False, "entry.broken", error)
            return None
        self.add("entry", True, "entry.form", kind=entry.kind, version=entry.version)
        body = fill_in(entry.body, {opening.path: opening.value for opening in bundle.openings})
        self.facts["entry"] = {"kind": entry.kind, "version": entry.version, "index": bundle.index, "body": body}
        return entry.body

    def check_openings(self, bundle: Bundle, body: dict[str, Any] | None) -> None:
        if body is None:
            return
        committed = commitments_in(body)
        for opening in bundle.openings:
            if opening.path not in committed:
                self.add("openings", False, "opening.foreign", path=opening.path)
                continue
            try:
                verify_commitment(committed[opening.path], opening)
            except ComityError as error:
                self.add("openings", False, "opening.differs", error, path=opening.path)
            else:
                self.add("openings", True, "opening.matches", path=opening.path)
        for path in bundle.withheld:
            known = path in committed
            self.add(
                "openings", None if known else False, "opening.withheld" if known else "opening.foreign", path=path
            )
        for path in committed.keys() - {opening.path for opening in bundle.openings} - set(bundle.withheld):
            self.add("openings", False, "opening.missing", path=path)
        if bundle.openings:
            self.prove("proved.openings")

    def check_tree(self, bundle: Bundle) -> SignedCheckpoint | None:
        try:
            signed = parse_checkpoint(bundle.checkpoint)
        except ComityError as error:
            self.add("checkpoint", False, "checkpoint.broken", error)
            return None
        tree = signed.checkpoint
        self.add("checkpoint", True, "checkpoint.form", origin=tree.origin, size=tree.size)
        self.facts["checkpoint"] = {"origin": tree.origin, "size": tree.size, "root": tree.root.hex()}
        place = {"number": bundle.index, "size": tree.size, "origin": tree.origin}
        try:
            verify_inclusion(bundle.index, tree.size, leaf_hash(bundle.entry), list(bundle.proof), tree.root)
        except ComityError as error:
            self.add("inclusion", False, "inclusion.refused", error, **place)
        else:
            self.add("inclusion", True, "inclusion.proved", **place)
            self.prove("proved.entry", **place)
        self.check_signatures(bundle, signed)
        return signed

    def check_signatures(self, bundle: Bundle, signed: SignedCheckpoint) -> None:
        cosigners = (*bundle.of_role("witness"), *bundle.of_role("mirror"))
        holders = {(k.key.name, k.key.keyid): k for k in (*bundle.of_role("log"), *cosigners)}
        used: set[tuple[str, bytes]] = set()
        followed = follow(bundle, signed.checkpoint, self.trusted)
        self.vouched = followed.vouched
        for signature in signed.note.signatures:
            which = (signature.name, signature.keyid)
            holder = holders.get(which)
            if holder is None or which in used:
                self.add("checkpoint", False, "checkpoint.foreign", name=signature.name)
                continue
            used.add(which)
            if holder.role == "log":
                self.check_log(signed, signature, holder)
            else:
                self.check_cosigner(signed, signature, holder)
        if not any(holder.role == "log" and which in used for which, holder in holders.items()):
            self.add("log", False, "log.none", origin=signed.checkpoint.origin)
        for found in followed.findings:
            self.add(found.name, found.ok, found.code, found.detail, **found.params)
        for name, _ in holders.keys() - used - followed.signed:
            self.add("keys", False, "key.idle", name=name)
        if not cosigners:
            self.add("witness", None, "witness.none")

    def check_log(self, signed: SignedCheckpoint, signature: Signature, holder: BundleKey) -> None:
        key, origin = holder.key, signed.checkpoint.origin
        well = key.kind == KIND_ED25519 and key.name == origin and key.verify(signed.note.text.encode(), signature.data)
        size = signed.checkpoint.size
        if not RangedKey(key, holder.since, holder.until).covers(size):
            self.add("log", False, "log.ended", origin=origin, size=size)
            return
        self.signers.add(key)
        self.add("log", well, "log.signed" if well else "log.refused", origin=origin, size=size)

    def check_cosigner(self, signed: SignedCheckpoint, signature: Signature, holder: BundleKey) -> None:
        key, role = holder.key, holder.role
        good, bad, unsure, proves, _ = COSIGNERS[role]
        try:
            seconds = verify_cosignature(signed.note.text, signature, key)
            when = datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ComityError, OverflowError, ValueError, OSError) as error:
            lacks = isinstance(error, ConfigurationError)  # an algorithm that is absent here refutes nothing
            self.add(role, None if lacks else False, unsure if lacks else bad, error, name=key.name)
            return
        self.add(role, True, good, name=key.name, time=when)
        said = {"name": key.name, "party": holder.party, "role": role, "time": when}
        self.facts.setdefault("cosignatures", []).append(said)
        if not self.trusted or key in self.trusted:
            self.prove(proves, name=key.name, time=when)
            self.seen_by.append(holder)

    def check_keys(self, bundle: Bundle) -> None:
        idle = {holder.key for holder in bundle.of_role("log")} - self.signers
        for found in check_keys(bundle, self.trusted, self.vouched, idle):
            self.add(found.name, found.ok, found.code, found.detail, **found.params)

    def check_agreement(
        self, bundle: Bundle, said: Statement | None, body: dict[str, Any] | None, signed: SignedCheckpoint | None
    ) -> None:
        if said is None:
            return
        right = _right_of(body)
        same = right == said.claim.right
        self.add("agreement", same, "agree.right" if same else "differ.right", right=said.claim.right, found=right)
        same = (said.leaf, said.index) == (leaf_hash(bundle.entry), bundle.index)
        self.add("agreement", same, "agree.leaf" if same else "differ.leaf")
        if signed is not None:
            same = (said.size, said.root) == (signed.checkpoint.size, signed.checkpoint.root)
            self.add("agreement", same, "agree.tree" if same else "differ.tree")

    def check_images(self, said: Statement | None, body: dict[str, Any] | None) -> None:
        if said is None or body is None:
            return
        recorded = digests_in(body)
        for digest in said.claim.images:
            if digest not in recorded:
                self.add("images", False, "image.unrecorded", sha256=digest)
        for image in self.images:
            digest = hashlib.sha256(image).hexdigest()
            ok = digest in said.claim.images
            self.add("images", ok, "image.named" if ok else "image.foreign", sha256=digest)
            if ok:
                self.prove("proved.image", sha256=digest)

    def limits(self, bundle: Bundle | None, said: Statement | None) -> list[Sentence]:
        if bundle is None or said is None:
            return []
        found = [] if self.trusted else [Sentence("limits.keys")]
        if not self.seen_by:
            found.append(Sentence("limits.witness"))
        found.append(Sentence("limits.later", {"size": str(said.size)}))
        found += [
            Sentence("limits.truth"),
            Sentence("limits.status"),
            Sentence("limits.time"),
            Sentence("limits.effect"),
        ]
        if self.kind == "pdf":
            found.append(Sentence("limits.page"))
        if bundle.withheld:
            found.append(Sentence("limits.withheld"))
        if len(said.claim.images) > len(self.images):
            found.append(Sentence("limits.images"))
        return found


def _signed(note: Note, holders: Sequence[BundleKey]) -> bool:
    """Whether the note's one signature is by one of the holders' keys."""
    (signature,) = note.signatures
    return any(
        (key.name, key.keyid) == (signature.name, signature.keyid)
        and key.kind == KIND_ED25519
        and key.verify(note.text.encode(), signature.data)
        for key in (holder.key for holder in holders)
    )


def _right_of(body: dict[str, Any] | None) -> str:
    """The key of the right that an entry is about; empty unless `about` and the identity of `right` agree."""
    about, record = (body or {}).get("about"), (body or {}).get("right")
    if not isinstance(record, dict):
        return about if isinstance(about, str) else ""
    parts = [record.get(name) for name in ("office", "kind", "stage", "number")]
    if not all(isinstance(part, str) for part in parts):
        return ""
    try:
        own = right_key(*(str(part) for part in parts))
    except ComityError:
        return ""
    return own if about == own else ""
