"""What the verifier says of the keys of a bundle: whose they are, and what leads from one log key to the next."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from comity.kernel.bundle import Bundle, fingerprint
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint
from comity.kernel.errors import ComityError, ProofError
from comity.kernel.keyring import RangedKey
from comity.kernel.notes import VerifierKey
from comity.kernel.succession import ranged

# By the role of a cosigner: what is said of a good line, of a bad one and of one that cannot
# be checked, what it proves, and that its key is not trusted.
COSIGNERS = {
    "witness": ("witness.signed", "witness.refused", "witness.open", "proved.witness", "key.uncounted"),
    "mirror": ("mirror.signed", "mirror.refused", "mirror.open", "proved.mirror", "key.uncounted-mirror"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check on keys: its name, outcome, the code of its sentence, the technical cause and what is filled in."""

    name: str
    ok: bool | None
    code: str
    detail: object = ""
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of a succession: the findings, the log keys that trusted ones lead to, and those that signed in it."""

    findings: tuple[Finding, ...] = ()
    vouched: frozenset[VerifierKey] = frozenset()
    signed: frozenset[tuple[str, bytes]] = frozenset()


def follow(bundle: Bundle, tree: Checkpoint, trusted: Collection[VerifierKey]) -> Followed:
    """Follow the log keys of a bundle; of the form `proof/1` there is nothing to follow."""
    if bundle.succession is None:
        return Followed()
    place: dict[str, object] = {"origin": tree.origin}
    try:
        named = bundle.succession.named(tree)
        ring = [ranged(named, holder.key) for holder in bundle.of_role("log")]
        stated = [RangedKey(holder.key, holder.since, holder.until) for holder in bundle.of_role("log")]
        if stated != ring:
            raise ProofError("The sizes stated for a log key are not those that the roster gives it.")
        first = min(ring, key=lambda held: held.since)
        led = bundle.succession.vouched(tree, ring, [first.key])
        if apart := [held.key for held in ring if held.key not in led]:
            raise ProofError("No earlier key leads to this one.", place=f"{apart[0].name}+{apart[0].keyid.hex()}")
        vouched = bundle.succession.vouched(tree, ring, {held.key for held in ring} & {*trusted})
    except (ComityError, ValueError) as error:
        return Followed((Finding("succession", False, "succession.broken", error, place),))
    lines = {
        (line.name, line.keyid)
        for earlier in bundle.succession.checkpoints
        for line in parse_checkpoint(earlier.checkpoint).note.signatures
    }
    good = Finding("succession", True, "succession.proved", "", {**place, "size": tree.size})
    return Followed((good,), vouched, frozenset(lines))


def check_keys(
    bundle: Bundle, trusted: Collection[VerifierKey], vouched: Collection[VerifierKey], idle: Collection[VerifierKey]
) -> Iterator[Finding]:
    """Whose the keys are said to be, and whether the reader trusts them. `idle`: log keys that signed earlier only."""
    for holder in bundle.keys:
        ok: bool | None
        if not trusted:
            ok, code = None, "key.compare"
        elif holder.key in trusted:
            ok, code = True, "key.trusted"
        elif holder.role in COSIGNERS:
            ok, code = None, COSIGNERS[holder.role][4]
        elif holder.key in vouched:
            ok, code = True, "key.vouched"
        elif holder.key in idle:
            ok, code = None, "key.former"
        else:
            ok, code = False, "key.untrusted"
        said = {"name": holder.key.name, "party": holder.party, "fingerprint": fingerprint(holder.key)}
        yield Finding("keys", ok, code, "", dict(said))
