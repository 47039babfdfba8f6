"""The proof that a journal holds an entry, made from the journal's own files."""

from __future__ import annotations

from comity.journal import home
from comity.journal.models import Journal
from comity.journal.selectors import covering
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import NotFoundError
from comity.kernel.merkle import inclusion_proof
from comity.kernel.proof import TlogProof


def proof_of(journal: Journal, index: int) -> bytes:
    """The `.tlog-proof` file of an entry (C2SP tlog-proof): under the first cosigned checkpoint that covers it, else
    under the last one. NotFoundError while no checkpoint covers it.
    """
    store = home.store(journal)
    cosigned = covering(journal, index)
    if cosigned is not None and cosigned.checkpoint:
        raw = cosigned.checkpoint.encode() + cosigned.line.rstrip("\n").encode() + b"\n"
    else:
        raw = store.checkpoint() or b""
    size = parse_checkpoint(raw).checkpoint.size if raw else 0
    if not 0 <= index < size:
        raise NotFoundError(
            "No signed checkpoint covers this entry yet.", place=str(index), remedy="Try again in a few seconds."
        )
    hashes = inclusion_proof(index, size, store.reader(size).hash)
    return TlogProof(index, tuple(hashes), raw).encode()
