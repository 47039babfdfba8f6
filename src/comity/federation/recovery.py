"""Coming back after a restore: what this node had signed is learnt from its partners before it signs again.

Order, each step durable before the next: every partner is asked for the largest checkpoint of this journal that it has
seen and for the one that it holds in full → the largest is proved to extend what lies here → its entries are proved
and written to the journal's files → its checkpoint is put in place → the database is aligned (what was added at places
that were signed otherwise is put aside) → openings are proved and kept → entries are applied → the mark is taken away.
A kill anywhere is made good by running again: the mark stands until the end.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from comity.federation import brought, caught_up, delivery, enough, own_files
from comity.federation.follow import Follower
from comity.federation.forks import keep_fork
from comity.federation.models import Partner
from comity.federation.source import Client, CopyOf, Source
from comity.federation.verified import VerifiedTree
from comity.journal import home, machine, services, standing, takeover
from comity.journal.models import Journal
from comity.journal.selectors import own
from comity.journal.sequencer import Sequencer
from comity.journal.store import Store
from comity.kernel.checkpoint import Checkpoint, verify_checkpoint
from comity.kernel.errors import (
    ComityError,
    ConflictError,
    ForkError,
    NotFoundError,
    PartnerError,
    ProofError,
)
from comity.kernel.merkle import EMPTY
from comity.kernel.notes import Note, VerifierKey, parse_note

logger = logging.getLogger("comity.federation")

ASK_SECONDS = 10.0
OPENINGS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class Told:
    """What a partner knows of this node's journal: the largest checkpoint it has seen, the one it holds in full."""

    party: str
    source: Source
    newest: Checkpoint | None = None
    newest_raw: bytes = b""
    held: Checkpoint | None = None
    held_raw: bytes = b""


@dataclass(slots=True)
class Recovered:
    """What coming back brought: entries taken back from partners, applied, held back; openings; entries put aside."""

    size: int = 0
    taken: int = 0
    applied: int = 0
    held: int = 0
    openings: int = 0
    displaced: int = 0
    asked: list[str] = field(default_factory=list)


def stand(sequencer: Sequencer) -> None:
    """Before a process signs for the first time: find out whether this node was rolled back, and mark it if so.

    Partners that do not answer within some seconds hold nothing up where the machine remembers what was signed; else
    the node reads only until enough of them have answered (`enough`).
    """
    journal = own()
    for origin in takeover.rewind_copies():
        logger.warning("the files of %s are older than the database: it is followed again", origin)
    if standing.look(journal, sequencer.store) is not None:
        return
    known = machine.remembered(journal, journal.origin) is not None
    if not known:
        caught_up.doubt()
    partners = _partners()
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="asking") as pool:
        answers = list(pool.map(_newest, [(row.party, row.url, journal.origin) for row in partners if row.url]))
    for party, raw in answers:
        if raw:
            compare(journal, sequencer.store, party, raw)
    if not known:
        told = {party for party, raw in answers if raw is not None}
        if needed := enough.lacking(journal, partners, {row.party for row in partners} - told):
            standing.mark(standing.UNSURE, f"Not asked yet what this node had signed: {', '.join(needed)}.")
    if standing.read() is None:
        _remember(journal, sequencer.store)


def _remember(journal: Journal, store: Store) -> None:
    """From now on a restart of this node on this machine is told from a rollback."""
    signed, promised = standing.signed_on_file(store, journal), store.promised()
    known = [each for each in (signed, promised) if each is not None] or [Checkpoint(journal.origin, 0, EMPTY)]
    machine.note(journal, max(known, key=lambda each: each.size))


def _newest(asked: tuple[str, str, str]) -> tuple[str, bytes | None]:
    """Ask one partner; no database in here, for it runs in a thread of its own. None: it did not answer."""
    party, url, origin = asked
    client = Client(url, home.signing_key("transport"), most_seconds=ASK_SECONDS)
    try:
        return party, CopyOf(client, origin).get("newest")
    except NotFoundError:
        return party, b""
    except PartnerError as error:
        logger.info("%s does not say how much of this journal it has seen: %s", party, error)
        return party, None
    finally:
        client.close()


_asked: set[int] = set()


def ask(partner: Partner, client: Client) -> None:
    """Ask a partner once in the life of this process, and again after it was away, whether it holds more than we do."""
    if partner.pk in _asked and not partner.failures:
        return
    journal = own()
    try:
        raw = CopyOf(client, journal.origin).get("newest")
    except NotFoundError:
        raw = b""
    if raw:
        compare(journal, home.store(journal), partner.party, raw)
    _asked.add(partner.pk)


def compare(journal: Journal, store: Store, party: str, raw: bytes) -> None:
    """Mark this node if a checkpoint that a partner shows, and this node signed, is not of its journal's files."""
    try:
        shown = verify_checkpoint(raw, standing.log_keys(journal))
    except ComityError as error:
        logger.warning("%s shows what is no checkpoint of this journal: %s", party, error)
        return
    mine = standing.signed_on_file(store, journal)
    size = mine.size if mine is not None else 0
    if shown.size > size:
        logger.error("%s holds %d entries of this journal; %d are here", party, shown.size, size)
        standing.mark(standing.PARTNER)
    elif shown.size and store.frontier(shown.size).root() != shown.root:
        _fork(journal, store, raw, f"{party} shows another tree of {shown.size} entries than lies here.")


def _fork(journal: Journal, store: Store, shown: bytes, reason: str) -> None:
    held = store.checkpoint()
    keep_fork(journal, held.decode() if held else "", shown.decode(), reason)
    standing.mark(standing.FORK, reason)


def _partners() -> list[Partner]:
    return list(Partner.objects.filter(state=Partner.State.PAIRED).select_related("journal").order_by("pk"))


def recover(sequencer: Sequencer, *, without: Collection[str] = (), alone: bool = False) -> Recovered:
    """Come back: take from partners what this node had signed and does not have, and let it write again.

    `without`: parties that cannot be asked, by an operator's decision; `alone`: nobody is asked, by an operator's
    decision, allowed only while there is no partner or nothing speaks for a rollback. Raises PartnerError while a
    partner does not answer (of a node that does not know whether it was rolled back: while not enough do), ForkError
    where what a partner holds denies what lies here; the node then goes on reading only, and its mark says why.
    """
    done = Recovered()
    mark = standing.read()
    if mark is None:
        return done
    with sequencer.turn:
        clients: list[Client] = []
        try:
            told = _ask_all(own(), mark, without, alone, clients)
            done.asked = [one.party for one in told]
            _come_back(sequencer, told, done)
            caught_up.doubt()
            own_files.want()
            standing.clear({"asked": done.asked, "without": sorted(without), "alone": alone, "taken": done.taken})
        except ForkError as error:
            standing.mark(standing.FORK, str(error))
            raise
        except ComityError as error:
            standing.note(str(error))
            raise
        finally:
            for client in clients:
                client.close()
    logger.warning("this node writes again: %s", done)
    return done


def _ask_all(
    journal: Journal, mark: standing.Standing, without: Collection[str], alone: bool, clients: list[Client]
) -> list[Told]:
    rows = _partners()
    if alone and rows and mark.why != standing.UNSURE:
        raise ConflictError(
            f"This node has partners ({', '.join(row.party for row in rows)}): they are asked.",
            remedy="Name with --without those that can never be asked again.",
        )
    if not rows and not alone and mark.why != standing.DATABASE:
        raise ConflictError(
            "This node knows no partner that could tell what it had signed.",
            remedy="If nobody has ever received its journal, run `comity recover --accept-risk`; "
            "else pair with the partner first.",
        )
    told: list[Told] = []
    silent: dict[str, str] = {}
    for row in rows:
        if row.party in without or alone:
            continue
        try:
            told.append(_ask(journal, row, clients))
        except PartnerError as error:
            silent[row.party] = f"{row.party} ({error.message})"
    ahead = [one.party for one in told if _is_ahead(journal, one)]
    if ahead and mark.why == standing.UNSURE:
        # What was only possible is certain now: whoever else may have more is asked too.
        standing.mark(standing.PARTNER)
    unsure = mark.why == standing.UNSURE and not ahead
    if needed := enough.lacking(journal, rows, silent.keys()) if unsure else tuple(silent):
        raise PartnerError(
            f"Partners that must be asked first do not answer: {'; '.join(silent[party] for party in needed)}"
        )
    return told


def _is_ahead(journal: Journal, one: Told) -> bool:
    """Whether a partner has seen more of the own journal signed than lies here."""
    mine = standing.signed_on_file(home.store(journal), journal)
    return any(seen is not None and seen.size > (mine.size if mine else 0) for seen in (one.newest, one.held))


def _ask(journal: Journal, partner: Partner, clients: list[Client]) -> Told:
    if not partner.url:
        return _brought(journal, partner)
    client = Client(partner.url, home.signing_key("transport"))
    clients.append(client)
    source = CopyOf(client, journal.origin)
    newest = _checkpoint(journal, source, "newest")
    held = _checkpoint(journal, source, "checkpoint")
    return Told(partner.party, source, *(newest or (None, b"")), *(held or (None, b"")))


def _brought(journal: Journal, partner: Partner) -> Told:
    """What a partner has seen that cannot be called; it is asked in the inbox, and brings no copy."""
    raw = brought.told(partner)
    if raw is None or partner.journal is None:
        raise PartnerError("It has no address and has not told yet what it has seen.", place=partner.party)
    seen = _verified(journal, raw, brought.PATH) if raw else None
    return Told(partner.party, delivery.Inbox(partner.journal), seen, raw)


def _checkpoint(journal: Journal, source: Source, path: str) -> tuple[Checkpoint, bytes] | None:
    try:
        raw = source.get(path)
    except NotFoundError:
        return None
    return _verified(journal, raw, path), raw


def _verified(journal: Journal, raw: bytes, path: str) -> Checkpoint:
    try:
        return verify_checkpoint(raw, standing.log_keys(journal))
    except ComityError as error:
        raise PartnerError(f"It shows what is no checkpoint of this journal: {error.message}", place=path) from error


def _come_back(sequencer: Sequencer, told: list[Told], done: Recovered) -> None:
    journal, store = own(), sequencer.store
    signed = standing.signed_on_file(store, journal)
    size = signed.size if signed is not None else 0
    best = max((one for one in told if one.held is not None), key=_held_size, default=None)
    if best is not None and best.held is not None and best.held.size > size:
        done.taken = Taker(journal, best.source).take(best.held, best.held_raw, signed)
        signed = best.held
    if signed is None:
        signed = Checkpoint(journal.origin, 0, EMPTY)
    for one in told:
        for seen, raw in ((one.newest, one.newest_raw), (one.held, one.held_raw)):
            _agrees(journal, store, signed, one.party, seen, raw)
    _knows(journal, store, signed)
    # Written by a step that was killed before it signed; a database from before gives those places to other entries.
    takeover.put_aside(store, signed.size)
    start = takeover.align(journal.pk, signed)
    journal.refresh_from_db()
    done.size = signed.size
    done.displaced = journal.displaced_set.count()
    services.entries_returning.send(sender=Journal, journal=journal, start=start, end=signed.size)
    for one in told:
        done.openings += Taker(journal, one.source).take_openings(start, one.held)
    outcome = takeover.apply(journal.pk)
    done.applied, done.held = outcome.applied, outcome.held
    store.promise(signed)
    machine.note(journal, signed)


def _held_size(one: Told) -> int:
    return one.held.size if one.held is not None else 0


def _agrees(
    journal: Journal, store: Store, signed: Checkpoint, party: str, seen: Checkpoint | None, raw: bytes
) -> None:
    """Whatever a partner has seen must be a part of what lies here now."""
    if seen is None or seen.size == 0:
        return
    if seen.size > signed.size:
        raise ConflictError(
            f"{party} has seen {seen.size} entries of this journal signed; nobody who answered holds more than"
            f" {signed.size}.",
            place=journal.origin,
            remedy="Ask the other partners, or restore newer files. Entries that are lost cannot be signed anew: "
            "where nobody has them, the journal ends here and a new origin begins.",
        )
    if store.frontier(seen.size).root() != seen.root:
        reason = f"{party} shows another tree of {seen.size} entries than lies here."
        _fork(journal, store, raw, reason)
        raise ForkError(reason, place=journal.origin, remedy="Both are kept as evidence: speak with the partner.")


def _knows(journal: Journal, store: Store, signed: Checkpoint) -> None:
    """What the database and the folder remember to have signed must be a part of it too."""
    promised = store.promised()
    if journal.size > signed.size:
        raise ConflictError(
            f"The database remembers {journal.size} signed entries; {signed.size} could be found.",
            place=journal.origin,
            remedy="Ask the other partners, or restore newer files.",
        )
    if journal.size and store.frontier(journal.size).root().hex() != journal.root:
        raise ConflictError(
            f"The {journal.size} entries that the database remembers are not those in the files.",
            place=journal.origin,
            remedy="Folder and database are of different journals: restore both from one backup.",
        )
    # Beyond what was published, a promise may have been broken off by a kill; within it, it was kept.
    if promised is None or not 0 < promised.size <= signed.size:
        return
    if store.frontier(promised.size).root() != promised.root:
        raise ConflictError(
            f"The {promised.size} entries that were about to be signed are not those in the files.",
            place=str(store.root),
            remedy="Run `comity fsck`.",
        )


class Taker(Follower):
    """Takes entries of the own journal back from a partner's copy, by the rules by which a partner's are followed."""

    def take(self, target: Checkpoint, raw: bytes, mine: Checkpoint | None) -> int:
        """Prove and write what the partner holds beyond what lies here, and put its checkpoint in place."""
        size = mine.size if mine is not None else 0
        tree = VerifiedTree(self._tile, target.size, target.root)
        try:
            tree.check_extends(size, mine.root if mine is not None else EMPTY)
        except ProofError:
            reason = f"A partner holds {target.size} entries that do not extend the {size} here."
            _fork(self.journal, self.store, raw, reason)
            raise ForkError(
                reason, place=self.journal.origin, remedy="Both are kept as evidence: speak with the partner."
            ) from None
        self.store.root.mkdir(parents=True, exist_ok=True)
        takeover.put_aside(self.store, size)
        frontier = self.store.frontier(size)
        while frontier.size < target.size:
            self.store.grow(frontier, self.puller.entries(tree, frontier.size))
        self.store.publish(_bare(raw, standing.log_keys(self.journal)))
        self.store.drop_partials(target.size)
        return target.size - size

    def take_openings(self, start: int, held: Checkpoint | None) -> int:
        """Keep those openings of entries from `start` on that the partner has and the vault lacks."""
        if held is None or start >= held.size:
            return 0
        kept = 0
        tree = VerifiedTree(self.store.fetch, held.size, held.root)
        for first in range(start, held.size, OPENINGS_AT_ONCE):
            stop = min(held.size, first + OPENINGS_AT_ONCE)
            entries = [data for _, data in self.store.entries(first, stop)]
            kept += takeover.add_openings(self.journal, self.puller.openings(tree, first, entries)[0].items())
        return kept


def _bare(raw: bytes, keys: Collection[VerifierKey]) -> bytes:
    """The checkpoint with this log's signatures only."""
    note = parse_note(raw)
    known = {(key.name, key.keyid) for key in keys}
    return Note(note.text, tuple(line for line in note.signatures if (line.name, line.keyid) in known)).encode()
