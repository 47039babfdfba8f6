"""Extracts: what an office's journal says of a right, its status on a day, and the proof, in one file.

Everything that is handed out was first put before the verifier that a court would use (`kernel.verify`).
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext, override

from comity.accounts import audit
from comity.accounts.policy import can
from comity.extracts.pdf import ExtractData, FieldRow, render_extract
from comity.extracts.wording import effect_sentence, extract_data, status_sentence
from comity.journal import home, vault
from comity.journal import selectors as journals
from comity.journal.covering import Covered, cover
from comity.journal.lineage import lineage
from comity.journal.models import Journal
from comity.kernel import clock
from comity.kernel.bundle import SUFFIX, BundleKey, Claim, SaidEffect, commitments_in, make_bundle
from comity.kernel.entry import parse_entry
from comity.kernel.errors import FormatError, IntegrityError, PolicyError
from comity.kernel.keyring import RangedKey
from comity.kernel.merkle import leaf_hash
from comity.kernel.notes import VerifierKey
from comity.kernel.verify import verify_file
from comity.registers import selectors as registers
from comity.registers.selectors import RightView

LANGUAGES = ("en", "ru", "be")
ACTION = "extracts.make"


@dataclass(frozen=True, slots=True)
class _Material:
    """What an extract is made of; `bundle` has passed the verifier."""

    view: RightView
    covered: Covered
    entry: bytes
    log: VerifierKey
    issued: datetime
    number: str
    bundle: bytes


def extract_bundle(
    actor: Any, key: str, party: str = "", day: date | None = None, language: str = "en"
) -> tuple[str, bytes]:
    """The proof bundle of a right as `(file name, bytes)`, its statement in `language` (en, ru, be), as of `day`.

    PolicyError for who may not, NotFoundError for no such right, ConflictError while its entry is not yet under a
    checkpoint, IntegrityError when what is stored here does not verify.
    """
    made = _gather(actor, key, party, day, language)
    audit.note(actor, audit.EXPORT, key, form="bundle")
    return f"{_file_name(made)}{SUFFIX}", made.bundle


def extract_pdf(
    actor: Any, key: str, party: str = "", day: date | None = None, language: str = "en"
) -> tuple[str, bytes]:
    """The same as a sealed PDF with the bundle inside. Raises as `extract_bundle` does."""
    made = _gather(actor, key, party, day, language)
    with override(language):
        data = extract_data(
            made.view,
            made.covered,
            leaf=leaf_hash(made.entry),
            log=made.log,
            issued=made.issued,
            number=made.number,
            language=language,
        )
        pdf = _render(data, made.bundle)
    _prove(pdf, made)
    audit.note(actor, audit.EXPORT, key, form="pdf")
    return f"{_file_name(made)}.pdf", pdf


def _gather(actor: Any, key: str, party: str, day: date | None, language: str) -> _Material:
    if not can(actor, ACTION):
        raise PolicyError("Only staff of the office take extracts.", place=key, remedy="Sign in.")
    if language not in LANGUAGES:
        raise FormatError("Extracts are made in en, ru and be.", place="language")
    view = registers.get(actor, key, party, day)
    journal = journals.by_origin(view.origin)
    covered = cover(journal, view.entry)
    entry = journals.entry_bytes(journal, view.entry)
    issuer = journals.own()
    issued = clock.now().replace(microsecond=0)
    with override(language):
        claim = _claim(view, issuer, issued, language)
    log = covered.log
    line = lineage(journal, covered.checkpoint, log)
    openings = vault.as_kernel(vault.of(journal, [view.entry]).get(view.entry, {}))
    try:
        committed = commitments_in(parse_entry(entry).body)
    except FormatError as error:
        raise IntegrityError(f"The entry on file cannot be read: {error.message}", place=view.origin) from error
    bundle = make_bundle(
        entry=entry,
        index=view.entry,
        proof=covered.hashes,
        checkpoint=covered.signed,
        keys=[
            *(
                BundleKey("log", journal.party, held.key, held.since, held.until)
                for held in (line.keys if line else (RangedKey(log),))
            ),
            *(BundleKey(witness.role, witness.party, witness.key) for witness in covered.witnesses),
        ],
        claim=claim,
        signer=home.signing_key("extract"),
        openings=openings,
        withheld=sorted(committed.keys() - {opening.path for opening in openings}),
        succession=line.succession if line else None,
    )
    number = f"{issuer.party}-{journal.party}-{view.entry}-{issued:%Y%m%d%H%M%S}"
    made = _Material(view, covered, entry, log, issued, number, bundle)
    _prove(bundle, made)
    return made


def _claim(view: RightView, issuer: Journal, issued: datetime, language: str) -> Claim:
    return Claim(
        right=view.row.key,
        issued=clock.iso(issued),
        origin=issuer.origin,
        party=issuer.party,
        language=language,
        status=view.status.status,
        status_date=view.day.isoformat(),
        sentence=status_sentence(view),
        effects=tuple(SaidEffect(effect.territory, effect_sentence(effect)) for effect in view.effects),
        images=tuple(dict.fromkeys(sha256 for sha256, _here in view.images)),
    )


def _render(data: ExtractData, bundle: bytes) -> bytes:
    """The PDF; without its pictures, and saying so, where one of them cannot be read."""
    key = home.signing_key("extract")
    try:
        return render_extract(data, bundle, key)
    except FormatError:
        if not data.pictures:
            raise
    row = FieldRow("", data.labels.picture, gettext("The image file cannot be printed; its hash is in the proof."))
    return render_extract(dataclasses.replace(data, pictures=(), fields=(*data.fields, row)), bundle, key)


def _prove(data: bytes, made: _Material) -> None:
    """Let the verifier see what is about to be given out."""
    report = verify_file(data)
    if not report.ok:
        failed = next(check for check in report.checks if check.ok is False)
        raise IntegrityError(
            f"The extract does not verify: {failed.says}",
            place=f"{made.view.origin}, entry {made.view.entry}",
            remedy="Run `comity fsck` on this node before any extract leaves it.",
        )


def _file_name(made: _Material) -> str:
    """ASCII only, so that it survives every mail program."""
    number = re.sub(r"[^A-Za-z0-9.-]+", "-", made.view.row.number).strip("-.") or str(made.view.entry)
    return f"{made.view.row.office}-{made.view.row.kind}-{number}-{made.view.day:%Y%m%d}"
