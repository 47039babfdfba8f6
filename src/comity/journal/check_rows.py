"""The rows that this node keeps of its journals, against the files and the signatures in them."""

from __future__ import annotations

import hashlib

from comity.journal import home, keystore, roster
from comity.journal.check_files import Tree
from comity.journal.check_report import BACKUP, REBUILD, Report
from comity.journal.models import Cosignature, Fork, Held, Journal, JournalKey, Pending, Witnessed
from comity.kernel.checkpoint import Checkpoint, verify_checkpoint
from comity.kernel.cosignature import verify_cosignature
from comity.kernel.entry import parse_entry
from comity.kernel.errors import ComityError, ConfigurationError, FormatError
from comity.kernel.keyring import Keyring
from comity.kernel.merkle import EMPTY
from comity.kernel.notes import KIND_MLDSA, VerifierKey, parse_line

SYNC = "Run `comity sync`; what the partner has signed comes again."
COSIGN = "Delete the row; it is cosigned again with the next exchange. Tell its party if it was theirs."


def check_keys(report: Report) -> dict[str, VerifierKey]:
    """The private keys on disk parse, and bear the names of their roles. Returns their public halves by role."""
    keys: dict[str, VerifierKey] = {}
    for role, kind in {**home.ROLES, **{role: home.MLDSA[role] for role in home.roles() if role in home.MLDSA}}.items():
        place = f"keys/{role}.key"
        try:
            key = home.signing_key(role).verifier
        except ConfigurationError as error:
            if any(home.key_path(other).exists() for other in home.ROLES):
                report.failed(place, error, BACKUP)
            continue
        except (ComityError, ValueError) as error:
            report.failed(place, error, BACKUP)
            continue
        report.checked["keys"] += 1
        following = home.next_key_path(role)
        if following.exists():
            try:
                home.signing_keys(role)
            except (ComityError, ValueError) as error:
                report.failed(f"keys/{following.name}", error, BACKUP)
        if key.kind != kind or (role != "log" and not key.name.endswith(home.key_name("", role))):
            report.error(place, f"It is the key of {key.name}, not of this role.", BACKUP)
            continue
        keys[role] = key
    _in_use(report)
    for path in sorted((home.home() / "keys").glob(f"{home.SEALING}*.key")):
        try:
            keystore.sealing(path)
        except (ComityError, ValueError) as error:
            report.failed(f"keys/{path.name}", error, BACKUP)
            continue
        report.checked["keys"] += 1
    if keys and not home.key_path(home.SEALING).exists():
        report.error(f"keys/{home.SEALING}.key", "This node has no sealing key.", BACKUP)
    used = {
        "django.secret",
        *(where(role).name for where in (home.key_path, home.next_key_path) for role in home.EVERY),
    }
    for path in sorted((home.home() / "keys").glob("*")):
        if path.name not in used and not path.match(f"{home.SEALING}*.key"):
            report.warn(f"keys/{path.name}", "This node uses no key of this name.", "Delete it when nobody misses it.")
    return keys


def _in_use(report: Report) -> None:
    """A key in use of every role lies here, as far as the own journal names some."""
    mine = Journal.objects.filter(own=True).first()
    if mine is None:
        return
    for role in home.roles():
        used = {row.vkey for row in roster.keys_of(mine, role) if row.state in roster.IN_USE}
        try:
            here = {str(key) for key in home.public_keys(role).values()}
        except (ComityError, ValueError):
            continue  # Told above.
        if used and here and not used & here:
            what = "It does not count any more: the journal names another key of this role, which is not here."
            lost = "lost" if role == "log" else f"revoke {role}"
            remedy = f"Restore the key that is in use; if it is gone for good, run `comity key {lost}`."
            report.error(f"keys/{role}.key", what, remedy)


def journal_place(journal: Journal, column: str) -> str:
    return f"journal.journal {journal.origin}, column {column}"


def check_identity(journal: Journal, keys: dict[str, VerifierKey], report: Report) -> Keyring | None:
    """The log keys of a journal, if its row can be believed so far. Those of the roster are checked with the tables."""
    try:
        key = VerifierKey.parse(journal.vkey)
    except ComityError as error:
        report.failed(journal_place(journal, "vkey"), error, BACKUP)
        return Keyring.of(keys["log"]) if journal.own and "log" in keys else None
    try:
        ring = roster.keyring(journal)
    except ComityError as error:
        report.failed(f"journal.key log ({journal.origin}), column vkey", error, REBUILD)
        ring = Keyring.of(key)
    mine = keys.get("log")
    known = mine in ring.known()
    # The own row bears the first key of all: what came after it is in the roster.
    if mine is not None and (known != journal.own or (journal.own and key != ring.keys[0].key)):
        column = "own" if known and not journal.own else "vkey"
        what = "The row says otherwise than this node's log key whether the journal is its own."
        report.error(journal_place(journal, column), what, BACKUP)
        return None
    if key.name != journal.origin:
        what = f"The key of this journal is named {key.name}, which must be its origin."
        report.error(journal_place(journal, "origin"), what, BACKUP)
        return None
    return ring


def check_journal(journal: Journal, tree: Tree, report: Report) -> None:
    """Size, root and cursors of the row."""
    report.checked["journals"] += 1
    signed = tree.checkpoint
    if journal.size > tree.extent:
        what = f"It says that {journal.size} entries are signed; the files hold {tree.extent}."
        report.error(journal_place(journal, "size"), what, f"{tree.remedy} If the files are whole: {REBUILD}")
    elif journal.root or journal.size or not journal.own:
        expected = tree.roots.get(journal.size, EMPTY).hex() if journal.size or journal.root else ""
        if journal.root != expected:
            what = f"They say that the tree of {journal.size} entries has another root than in the files."
            report.error(journal_place(journal, "size or root"), what, f"If the files are whole: {REBUILD}")
    if signed is None and journal.size and tree.read("checkpoint") is None:
        report.error(tree.place("checkpoint"), "The file is missing.", tree.remedy)
    if signed is not None and journal.size > signed.size:
        what = f"It has {signed.size} entries, the database knows that {journal.size} were signed."
        report.error(tree.place("checkpoint"), what, tree.remedy)
    if signed is not None and journal.size < signed.size:
        what = f"It says {journal.size}; {signed.size} entries are signed."
        report.warn(journal_place(journal, "size"), what, "The next start or exchange brings it in step.")
    if journal.own:
        _own(journal, tree, report)
    else:
        _copy(journal, tree, report)


def _own(journal: Journal, tree: Tree, report: Report) -> None:
    signed = tree.checkpoint
    if signed is not None and journal.next_index < signed.size:
        what = (
            f"It says {journal.next_index}; {signed.size} entries are signed. The database is older than the journal."
        )
        report.error(journal_place(journal, "next_index"), what, REBUILD)
    if journal.applied != journal.next_index:
        what = f"{journal.applied} of {journal.next_index} entries were applied: a rebuild was cut short."
        report.error(journal_place(journal, "applied"), what, REBUILD)
    rows = Pending.objects.filter(journal=journal).order_by("index").values_list("index", "data")
    at = journal.size
    for index, data in rows.iterator():
        report.checked["pending entries"] += 1
        place = f"journal.pending {index} ({journal.origin})"
        if index != at:
            what = f"Pending entry {at} should stand here."
            report.error(f"{place}, column index", what, BACKUP)
            at = index
        at += 1
        try:
            parse_entry(bytes(data))
        except ComityError as error:
            report.failed(f"{place}, column data", error, BACKUP)
            continue
        if 0 <= index < tree.extent and tree.intact:
            written = next((entry for _, entry in tree.entries(index, index + 1)), None)
            if written is not None and written != bytes(data):
                what = "Other bytes were written into the journal's files at this place."
                report.error(f"{place}, column data", what, BACKUP)
    if at != journal.next_index:
        what = f"It says {journal.next_index}; signed and pending entries are {at}."
        report.error(journal_place(journal, "next_index"), what, BACKUP)


def _copy(journal: Journal, tree: Tree, report: Report) -> None:
    ahead = tree.ahead.size if tree.ahead else journal.size
    if journal.next_index < journal.size or journal.next_index > min(tree.extent, max(ahead, journal.size)):
        what = f"It says {journal.next_index}; {journal.size} entries are under a checkpoint, {tree.extent} in files."
        report.error(journal_place(journal, "next_index"), what, f"{SYNC} Then {REBUILD}")
    elif journal.next_index != max(ahead, journal.size):
        what = f"{journal.next_index} of {max(ahead, journal.size)} entries are stored: the last round was cut short."
        report.warn(journal_place(journal, "next_index"), what, SYNC)
    if journal.applied > journal.next_index or journal.applied < 0:
        what = f"It says {journal.applied} of {journal.next_index} entries."
        report.error(journal_place(journal, "applied"), what, REBUILD)
    elif journal.applied < journal.next_index:
        what = f"{journal.applied} of {journal.next_index} entries were applied so far."
        report.warn(journal_place(journal, "applied"), what, f"{SYNC} If that does not help: {REBUILD}")
    if Pending.objects.filter(journal=journal).exists():
        report.error(
            f"journal.pending ({journal.origin}), column journal", "Only an own journal has pending rows.", BACKUP
        )


def check_held(journal: Journal, report: Report) -> None:
    for index in Held.objects.filter(journal=journal, index__gte=journal.next_index).values_list("index", flat=True):
        report.error(f"journal.held {index} ({journal.origin})", "The journal has no such entry.", REBUILD)


def _agrees(signed: Checkpoint, tree: Tree) -> bool:
    """Whether a signed checkpoint is of the tree in the files, as far as that reaches."""
    return signed.size > tree.extent or tree.roots.get(signed.size, signed.root) == signed.root


def check_signatures(
    journal: Journal, tree: Tree, ring: Keyring, witness: VerifierKey | None, parties: dict[str, str], report: Report
) -> None:
    """Cosignatures, what the witness has seen, and forks. `parties`: the party of each known origin."""
    own: dict[int, int] = {}
    mine = {str(witness), *(row.vkey for row in JournalKey.objects.filter(journal__own=True, role="witness"))}
    for row in Cosignature.objects.filter(journal=journal).order_by("size", "name").iterator():
        place = f"journal.cosignature {row.name} on {row.size} ({journal.origin})"
        try:
            column = _cosignature(row, journal, tree, ring, parties)
        except (ComityError, ValueError) as error:
            report.failed(f"{place}, column line, vkey or checkpoint", error, COSIGN)
            continue
        report.checked["cosignatures"] += 1
        if column:
            report.error(f"{place}, column {column}", "It is not what the signed line and checkpoint say.", COSIGN)
        elif witness is not None and row.name == witness.name:
            own[row.size] = row.time
            if row.vkey not in mine:
                report.error(f"{place}, column vkey", "It is not this node's witness key.", COSIGN)
    for seen in Witnessed.objects.filter(journal=journal):
        if seen.checkpoint or seen.size or seen.root:
            _witnessed(seen, journal, tree, ring, own, report)
    for fork in Fork.objects.filter(journal=journal).order_by("seen_at"):
        _fork(fork, journal, ring, report)


def _cosignature(row: Cosignature, journal: Journal, tree: Tree, ring: Keyring, parties: dict[str, str]) -> str:
    """The name of a column that is wrong, or nothing. Raises where signatures do not verify."""
    if row.checkpoint:
        signed = ring.verify(row.checkpoint.encode())
    else:
        signed = Checkpoint(journal.origin, row.size, bytes.fromhex(row.root))
    signature = parse_line(row.line.rstrip("\n"))
    if signature.line().rstrip("\n") != row.line.rstrip("\n"):
        return "line"
    time = verify_cosignature(signed.text(), signature, VerifierKey.parse(row.vkey))
    if row.quantum_line or row.quantum_vkey:
        second = VerifierKey.parse(row.quantum_vkey)
        if second.name != row.name or second.kind != KIND_MLDSA:
            return "quantum_vkey"
        verify_cosignature(signed.text(), parse_line(row.quantum_line.rstrip("\n")), second)
    if not _agrees(signed, tree):
        raise FormatError("The cosigned tree is not the one in the files.")
    origin = row.name.removesuffix("/witness").removesuffix("/mirror")
    facts = {
        "size": row.size == signed.size,
        "root": row.root == signed.root.hex(),
        "time": row.time == time,
        "name": row.name == signature.name,
        "party": row.party == parties.get(origin, row.party),
    }
    return next((column for column, right in facts.items() if not right), "")


def _witnessed(
    seen: Witnessed, journal: Journal, tree: Tree, ring: Keyring, own: dict[int, int], report: Report
) -> None:
    place = f"journal.witnessed ({journal.origin})"
    remedy = "This row keeps the witness from signing two views: restore it from a backup before the next exchange."
    try:
        signed = ring.verify(seen.checkpoint.encode())
    except ComityError as error:
        report.failed(f"{place}, column checkpoint", error, remedy)
        return
    report.checked["witnessed checkpoints"] += 1
    if not _agrees(signed, tree):
        report.error(f"{place}, column checkpoint", "The tree that was cosigned is not the one in the files.", remedy)
    if seen.size != signed.size:
        report.error(f"{place}, column size", f"It says {seen.size}, its checkpoint {signed.size}.", remedy)
    if seen.root != signed.root.hex():
        report.error(f"{place}, column root", "It is not the root of its checkpoint.", remedy)
    if own and (max(own) != signed.size or own.get(signed.size) != seen.cosigned_at):
        what = "It is not the time, or the checkpoint not the size, of this node's newest cosignature."
        report.error(f"{place}, column cosigned_at", what, remedy)


def _fork(fork: Fork, journal: Journal, ring: Keyring, report: Report) -> None:
    place = f"journal.fork {fork.pk} ({journal.origin})"
    report.checked["forks"] += 1
    if hashlib.sha256(f"{fork.held}\n{fork.shown}".encode()).hexdigest() != fork.digest:
        report.error(f"{place}, column digest, held or shown", "The evidence does not hash to its digest.", BACKUP)
    for column, text in (("held", fork.held), ("shown", fork.shown)):
        try:
            if text:
                # A key that has ended since can prove a fork still.
                verify_checkpoint(text.encode(), ring.known())
        except ComityError as error:
            report.failed(f"{place}, column {column}", error, BACKUP)
