"""Witnesses that the policy names and that are no partner's: asked over C2SP tlog-witness where the policy says."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from comity.federation import cosignatures
from comity.federation.source import Client
from comity.journal import finality, home
from comity.journal.selectors import own
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import ComityError, PartnerError
from comity.kernel.merkle import consistency_proof
from comity.kernel.policy import Witness
from comity.kernel.witness import format_add_checkpoint

if TYPE_CHECKING:
    from comity.federation.models import Partner
    from comity.federation.rounds import Round, Tick

logger = logging.getLogger("comity.federation")

PAUSE_S = 60.0
# When a witness that did not answer may be asked again: it must not hold up the rounds with the partners.
_later: dict[str, float] = {}


def be_witnessed(partner: Partner, client: Client | None, done: Round, tick: Tick | None = None) -> None:
    """Ask each named witness that has an address. Its failure is no failure of the partner: it is logged."""
    policy = finality.rule_or_none(own()).policy
    for witness in policy.witnesses.values() if policy is not None else ():
        if not witness.url or _later.get(witness.url, 0.0) > time.monotonic():
            continue
        try:
            ask(witness)
        except ComityError as error:
            _later[witness.url] = time.monotonic() + PAUSE_S
            logger.warning("the witness %s: %s", witness.name, error)


def ask(witness: Witness) -> int:
    """Have one witness cosign the own newest checkpoint, where it has not yet. Returns the size that it has cosigned.

    PartnerError where it refuses or does not answer, SignatureError where its cosignature does not verify.
    """
    mine = own()
    store = home.store(mine)
    raw = store.checkpoint()
    old = cosignatures.last_size(mine, witness.key.name) or 0
    if raw is None:
        return old
    signed = parse_checkpoint(raw).checkpoint
    if signed.size <= old:
        return old
    client = Client(witness.url, home.signing_key("transport"))
    try:
        for _ in range(2):
            proof = consistency_proof(old, signed.size, store.reader(signed.size).hash) if 0 < old < signed.size else []
            body = format_add_checkpoint(old, proof, raw)
            # It is nobody's partner: what it asks for is the log's signature on the checkpoint, not ours on a request.
            status, data, kind = client.send("POST", "add-checkpoint", body, signed=False)
            if status != 409 or kind.split(";")[0] != "text/x.tlog.size":
                break
            said = data.decode("ascii", "replace").strip()
            if not (said.isascii() and said.isdecimal() and len(said) < 19) or int(said) > signed.size:
                raise PartnerError("The witness has cosigned what this node has not signed.", place=said[:40])
            old = int(said)
    finally:
        client.close()
    if status != 200:
        raise PartnerError(f"The witness answered {status}.", place=witness.url)
    if not cosignatures.keep(mine, witness.key, "", signed, raw, data):
        raise PartnerError("The witness answered without its cosignature.", place=witness.url)
    return signed.size
