"""New transport keys, told to a partner that knows only ended ones: proved by the journal, for the line is not.

Two nodes that both ended their transport keys while they were apart let each other in no more, so neither could follow
the other's roster. But the log key of each is known to the other, and has signed the tree that names the new transport
key, or leads to the log key that has. Who is refused shows just that, unsigned; what is told counts until the roster,
once it is followed, says otherwise.
"""

from __future__ import annotations

from django.db import transaction

from comity.federation.models import Partner
from comity.federation.source import Client
from comity.journal import home, lineage, roster
from comity.journal.models import Journal, Witnessed
from comity.journal.selectors import own
from comity.kernel.canonical import decode, encode
from comity.kernel.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from comity.kernel.errors import ConflictError, FormatError, NotFoundError, PartnerError
from comity.kernel.keyring import RangedKey
from comity.kernel.notes import KIND_ED25519, VerifierKey
from comity.kernel.shapes import record, text
from comity.kernel.succession import ENDED, Succession, read_succession

KEYS = "comity/keys/1"
PATH = "federation/v1/keys"
MOST_BYTES = 1024 * 1024
ROLE = "transport"


def own_keys() -> bytes:
    """What this node's journal says of its transport keys, with what proves it, as canonical JSON."""
    journal = own()
    raw = home.store(journal).checkpoint()
    if raw is None:
        raise ConflictError("Nothing is signed yet that could name a key.", place=journal.origin)
    led = lineage.whole(journal, parse_checkpoint(raw).checkpoint, ("log", ROLE))
    return encode({"checkpoint": raw.decode(), "comity": KEYS, "succession": led.to_json()})


def bring(partner: Partner, client: Client | None) -> int:
    """Tell a partner that refuses this node, or cannot be understood, which transport keys count. 1 if it took them.

    Only where the journal has named more than one: before that the partner's card of this node says it all. An older
    release answers 404.
    """
    mine = own()
    if client is None or not partner.failures or len(roster.keys_of(mine, ROLE)) < 2:
        return 0
    status, answer, _ = client.send("POST", PATH, own_keys(), signed=False)
    if status not in (204, 404):
        raise PartnerError(f"The partner did not take the new keys: {answer[:200].decode(errors='replace')}")
    return int(status == 204)


def take(body: bytes) -> Partner:
    """Keep the transport keys that a partner's journal names. The body is a stranger's until it is proved.

    Raises NotFoundError for what is no paired partner's, FormatError, ProofError or SignatureError for what does not
    prove, ConflictError for what is older than what is held here.
    """
    if len(body) > MOST_BYTES:
        raise FormatError(f"Keys are told in at most {MOST_BYTES} bytes.", place=PATH)
    said = record(decode(body), {"checkpoint", "comity", "succession"}, KEYS)
    if said["comity"] != KEYS:
        raise FormatError(f"This is not {KEYS}.", place=PATH)
    raw = text(said["checkpoint"], KEYS).encode()
    tree = parse_checkpoint(raw).checkpoint
    with transaction.atomic():
        rows = Partner.objects.select_for_update(of=("self",)).select_related("journal")
        partner = rows.filter(state=Partner.State.PAIRED, journal__origin=tree.origin).first()
        if partner is None or partner.journal is None:
            raise NotFoundError("No paired partner has this journal.", place=tree.origin)
        led = read_succession(said["succession"])
        _check(partner.journal, tree, raw, led)
        partner.told_keys = "\n".join(_transport(partner.journal, tree, led))
        partner.save(update_fields=["told_keys"])
    return partner


def _check(journal: Journal, tree: Checkpoint, raw: bytes, led: Succession) -> None:
    """The tree is not older than what is held, agrees with it where it is shown, and a known log key leads to it."""
    seen = Witnessed.objects.filter(journal=journal).values_list("size", flat=True).first() or 0
    if tree.size < max(journal.next_index, seen):
        raise ConflictError(
            f"It tells of {tree.size} entries; {max(journal.next_index, seen)} were signed before.",
            place=tree.origin,
            remedy="Tell what the newest checkpoint says.",
        )
    store = home.store(journal)
    for leaf in led.rosters:
        if leaf.index < journal.next_index and store.entry(leaf.index, journal.next_index) != leaf.entry:
            raise ConflictError("Its roster is not the one that is held here.", place=f"entry {leaf.index}")
    ring = [
        RangedKey(VerifierKey.parse(key.vkey), key.since, key.until)
        for key in led.named(tree).values()
        if roster.is_verifier(key.vkey)
    ]
    start = {held.key for held in roster.keyring(journal).keys if held.until is None}
    known = led.vouched(tree, ring, start)
    verify_checkpoint(raw, [held.key for held in ring if held.covers(tree.size) and held.key in known])


def _transport(journal: Journal, tree: Checkpoint, led: Succession) -> list[str]:
    """The transport keys in use, as the proved entries say."""
    ended = {row.vkey for row in roster.keys_of(journal, ROLE) if row.state in roster.ENDED}
    found = [key.vkey for key in led.named(tree, ROLE).values() if key.state not in ENDED and key.vkey not in ended]
    for vkey in found:
        key = VerifierKey.parse(vkey)
        if key.name != home.key_name(journal.origin, ROLE) or key.kind != KIND_ED25519:
            raise FormatError("This is no transport key of the journal.", place=f"{key.name}+{key.keyid.hex()}")
    if not 0 < len(found) <= roster.MOST_IN_USE:
        raise FormatError(f"1 to {roster.MOST_IN_USE} transport keys are in use at once.", place=tree.origin)
    return found
