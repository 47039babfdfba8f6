"""Proofs that a journal holds an entry, and the verifier."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Path, Query, Router, UploadedFile
from pydantic import BaseModel, Field

from comity.api.v1.auth import allowed
from comity.api.v1.problems import Problem
from comity.api.v1.shapes import (
    CheckOut,
    Index,
    Language,
    Office,
    ProofOut,
    ReportOut,
    SentenceOut,
    WitnessOut,
    answers,
)
from comity.journal import selectors as journals
from comity.journal.covering import Covered, cover
from comity.kernel.errors import FormatError, NotFoundError
from comity.kernel.merkle import leaf_hash
from comity.kernel.notes import VerifierKey
from comity.kernel.verify import MAX_FILE, Report, Sentence, verify_file

router = Router(tags=["proofs"])

MOST_KEYS = 64
MOST_KEY = 400


class Given(BaseModel):
    """What the reader knows beside the file."""

    trusted: list[Annotated[str, Field(min_length=1, max_length=MOST_KEY)]] = Field(
        default_factory=list, max_length=MOST_KEYS
    )


class Asked(BaseModel):
    language: Language = Field("en", description="The language of the sentences")


def _covered(party: str, index: int) -> tuple[Covered, bytes, str]:
    """What proves an entry, the entry, and the log key that signed. ConflictError while no checkpoint covers it."""
    journal = journals.by_party(party)
    if index >= journal.next_index:
        raise NotFoundError("The journal has no entry of this number.", place=f"{party} {index}")
    covered = cover(journal, index)
    return covered, journals.entry_bytes(journal, index), str(covered.log)


@router.get(
    "/proofs/{party}/{int:index}",
    operation_id="getProof",
    summary="The inclusion proof of an entry",
    auth=allowed("journal.read"),
    response=answers(ProofOut, missing=True, conflict=True),
)
def get_proof(request: HttpRequest, party: Path[Office], index: Path[Index]) -> Any:
    """Under the newest cosigned checkpoint that covers it. 409 until the entry is signed."""
    covered, entry, log = _covered(party, index)
    return ProofOut(
        origin=covered.checkpoint.origin,
        index=index,
        leaf=leaf_hash(entry).hex(),
        size=covered.checkpoint.size,
        root=covered.checkpoint.root.hex(),
        hashes=[item.hex() for item in covered.hashes],
        checkpoint=covered.signed.decode(),
        log=log,
        witnesses=[WitnessOut(role=w.role, party=w.party, vkey=str(w.key), time=w.time) for w in covered.witnesses],
    )


@router.get(
    "/proofs/{party}/{int:index}.tlog-proof",
    operation_id="getProofFile",
    summary="The same as a .tlog-proof file",
    auth=allowed("journal.read"),
    response=answers(str, missing=True, conflict=True),
    openapi_extra={"x-media-type": "text/plain"},
)
def get_proof_file(request: HttpRequest, party: Path[Office], index: Path[Index]) -> Any:
    """C2SP tlog-proof. 409 until the entry is signed."""
    covered, _entry, _log = _covered(party, index)
    name = f'attachment; filename="{party}-{index}.tlog-proof"'
    return HttpResponse(
        covered.tlog_proof(), content_type="text/plain; charset=utf-8", headers={"Content-Disposition": name}
    )


@router.post(
    "/verify",
    operation_id="verify",
    summary="Check an extract or a proof bundle",
    auth=None,
    response={200: ReportOut, 400: Problem, 413: Problem, 500: Problem, 503: Problem},
)
def verify(
    request: HttpRequest,
    file: File[UploadedFile],
    given: Form[Given],
    asked: Query[Asked],
) -> Any:
    """For anybody, without an account. The file, at most 64 MiB, is checked in memory and not kept.

    `trusted` are verifier keys (C2SP signed-note) that the reader has from the offices. The same check runs offline:
    `comity verify FILE`.
    """
    # From the form itself: the framework passes over an empty field, and a blank key is no key.
    sent = request.POST.getlist("trusted")
    if len(sent) != len(given.trusted) or not all(0 < len(text) <= MOST_KEY for text in sent):
        raise FormatError("A trusted key is a verifier key: 1 to 400 characters.", place="trusted")
    keys = [VerifierKey.parse(text.strip()) for text in sent]
    return _report(verify_file(file.read(MAX_FILE + 1), trusted=keys), asked.language)


def _report(report: Report, language: str) -> ReportOut:
    def said(sentence: Sentence) -> SentenceOut:
        return SentenceOut(code=sentence.code, text=sentence.text(language))

    return ReportOut(
        kind=report.kind,
        ok=report.ok,
        verdict=said(report.verdict),
        checks=[
            CheckOut(
                name=check.name,
                ok=check.ok,
                code=check.sentence.code,
                text=check.sentence.text(language),
                detail=check.detail,
            )
            for check in report.checks
        ],
        proved=[said(sentence) for sentence in report.proved],
        not_proved=[said(sentence) for sentence in report.not_proved],
        facts=dict(report.facts) if report.ok else None,
    )
