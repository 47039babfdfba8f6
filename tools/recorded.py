"""The journals recorded of each release: what they say must be applied to the same tables for ever.

    python -m tools.recorded v0.1

writes `tests/recorded/v0.1`: two journals that speak of each other, with entries of every kind that the release knows,
fictional throughout, the same bytes each time; and what a node of the release made of them. A recording of a release
that is out is never written again: `--replace` is for the one that is being made.

Of each journal: `vkey`, `checkpoint`, `tile/…` as the journal is served, and `openings.jsonl` as they were before
anything was taken back. `expected.json`: the digest in all and of each table, and the entries that are held.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity.kernel import clock
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from comity.kernel.commitments import SALT_SIZE, commit
from comity.kernel.entry import encode_entry, parse_entry
from comity.kernel.errors import IntegrityError
from comity.kernel.merkle import Frontier, leaf_hash
from comity.kernel.notes import SigningKey, VerifierKey

ROOT = Path(__file__).resolve().parents[1] / "tests" / "recorded"
ORIGINS = {"BY": "recorded-by.example/journal", "RU": "recorded-ru.example/journal"}
BEGIN = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEED = 2025


class Writer:
    """A journal while it is recorded. Keys, salts and times are made up from the party and the place, nothing else."""

    def __init__(self, party: str, folder: Path) -> None:
        from comity.journal.store import Store

        self.party = party
        self.origin = ORIGINS[party]
        self.key = SigningKey(self.origin, 1, hashlib.sha256(f"recorded {party}".encode()).digest())
        self.folder = folder
        self.store = Store(folder)
        self.data: list[bytes] = []
        self.openings: dict[int, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self.answered: dict[str, int] = {}
        self.bad = 0

    def add(self, kind: str, version: int, about: str, body: Mapping[str, Any]) -> int:
        at = clock.iso(BEGIN + timedelta(minutes=len(self.data)))
        self.data.append(encode_entry(kind, version, {**body, "about": about, "at": at}))
        return len(self.data) - 1

    def open(self, name: str) -> None:
        body = {"origin": self.origin, "party": self.party, "name": name, "offices": [self.party]}
        self.add("journal.open", 1, f"journal:{self.origin}", body)

    def right(self, record: Any, version: int = 0) -> int:
        from comity.registers.domain.personal import close
        from comity.registers.domain.record import to_json
        from comity.registers.entries import key_of

        key = key_of(record)
        self.versions[key] = version or self.versions.get(key, 0) + 1
        closed, openings = close(to_json(record), self._salt)
        if openings:
            told = {path: [salt.hex(), value] for path, (salt, value) in openings.items()}
            self.openings[len(self.data)] = told
        return self.add("registers.right", 1, key, {"right": closed, "version": self.versions[key]})

    def redact(self, index: int, about: str, path: str = "") -> None:
        body = {"index": index, "ground": "request of the person", **({"path": path} if path else {})}
        self.add("journal.redaction", 1, about, body)

    def roster(self) -> None:
        """The keys of the journal's owner: its witness gets a new one beside the old, which is then retired."""
        first, second = (str(self._key("witness", 4, number).verifier) for number in (1, 2))
        for keys in (
            [("log", str(self.key.verifier), "active"), ("witness", first, "active")],
            [("witness", first, "retiring"), ("witness", second, "active")],
            [("witness", first, "retired")],
        ):
            told = [{"role": role, "vkey": vkey, "state": state} for role, vkey, state in keys]
            self.add("key.roster", 1, f"keys:{self.origin}", {"keys": told, "ground": "rotation by rule"})

    def letters(self, other: str) -> None:
        """A body with a key of its own; a letter to the other party's, and one that is taken back."""
        from comity.confidential.domain import Content, write_content
        from comity.kernel.handling import Label
        from comity.kernel.sealing import SealingKey

        seed = hashlib.sha256(f"recorded {self.party} sealing".encode()).digest()
        key = SealingKey(f"{self.origin}/sealing/enforcement", seed).public
        bodies = [{"code": "enforcement", "name": "Department of recordings", "key": str(key)}]
        self.add("confidential.bodies", 1, f"bodies:{self.origin}", {"bodies": bodies})
        label = Label(tlp="AMBER", codes=frozenset({"H1"}), purposes=frozenset({"customs-check"}))
        for number, to in enumerate(({"party": other}, {"party": other, "body": "enforcement"})):
            salt, content = self._salt(), write_content(Content(f"Recorded {number}", "Fictional.", None, ()))
            path = "/sealed"
            sealed = {"cm": commit(path, content, salt), "label": label.to_json(), "to": [to]}
            self.openings[len(self.data)] = {path: [salt.hex(), content]}
            about = f"letter:{self.origin}/{number:016x}"
            index = self.add("confidential.letter", 1, about, {"by": "enforcement" if number else "", "sealed": sealed})
        self.redact(index, about)

    def agreement(self, other: str) -> None:
        """An invented agreement of the two: its profile, steps of its life, one taken back, a document, a text."""
        parties = [{"code": code, "names": {"en": f"Recorded party {code}"}} for code in sorted((self.party, other))]
        areas = [{"code": "information", "names": {"en": "exchange of information"}}]
        capabilities = [{"code": "exchange.public", "area": "information", "opens": "preparatory"}]
        profile = {
            "schema": "comity/profile/1",
            "code": "recorded",
            "edition": 1,
            "names": {"en": "Recorded agreement"},
            "parties": parties,
            "areas": areas,
            "capabilities": capabilities,
        }
        about = "agreement:recorded"
        self.add("agreement.profile", 1, about, {"profile": profile})
        bare = {"of": "", "act": "", "number": "", "place": "", "document": ""}
        self.add("agreement.step", 1, about, {**bare, "step": "signature", "day": "2026-01-15", "place": "Nowhere"})
        wrong = {**bare, "step": "note", "day": "2026-02-20", "of": other, "number": "1"}
        index = self.add("agreement.step", 1, about, wrong)
        self.add("agreement.void", 1, about, {"index": index, "reason": "another note was meant"})
        paper = {"name": "agreement", "role": "agreement", "language": "en", "title": "Recorded", "edition": 1}
        sha256 = hashlib.sha256(b"recorded").hexdigest()
        self.add("agreement.paper", 1, about, {**paper, "sha256": sha256, "size": 8, "media_type": "text/plain"})
        passage = {"edition": 1, "article": "1", "language": "en", "text": "Article 1. Fictional."}
        self.add("agreement.passage", 1, about, passage)
        self.officials()

    def officials(self) -> None:
        """Two keys of officials, of which one ends."""
        key = {"role": "head", "since": "2026-01-15", "until": ""}
        keys = [
            {**key, "body": body, "key": str(self._key("official/head", 1, number).verifier)}
            for number, body in enumerate(("", "enforcement"))
        ]
        for told in (keys, keys[:1]):
            self.add("agreement.officials", 1, f"officials:{self.origin}", {"keys": told})

    def positions(self, other: str) -> None:
        """A session, an item, a sealed and a public text, approvals; a change of the law; an activity. All invented."""
        from comity.kernel.handling import Label
        from comity.positions.domain.texts import Content, Paragraph, write_content

        days = {"begin": "2026-12-01", "end": "2026-12-03"}
        self.add("positions.session", 1, "session:recorded/forum/1", {**days, "name": "Recorded session"})
        about = "item:recorded/forum/1/2"
        document = {"number": "R/1/2", "title": "Recorded document", "sha256": hashlib.sha256(b"recorded").hexdigest()}
        self.add("positions.item", 1, about, {"title": "Recorded item", "documents": [document]})
        for number in (1, 2):
            part = Paragraph("1", f"Recorded wording {number}.", f"{number}" * 32)
            text = Content("en", (part,))
            body: dict[str, Any] = {"round": number, "digest": text.digest(about)}
            written = write_content(text)
            if number == 1:
                salt = self._salt()
                self.openings[len(self.data)] = {"/sealed": [salt.hex(), written]}
                label = Label(tlp="AMBER").to_json()
                body["sealed"] = {"cm": commit("/sealed", written, salt), "label": label, "to": [{"party": other}]}
            else:
                body["public"] = written
            self.add("positions.position", 1, about, body)
            self.add("positions.approval", 1, about, {"of": "paragraph", "digest": part.digest})
        self.add("positions.approval", 1, about, {"of": "paragraph", "digest": part.digest, "withdrawn": True})
        self.add("positions.step", 1, about, {"step": "speaker", "day": "2026-12-01", "of": other})
        change = {"act": "Recorded act", "number": "1", "day": "2026-01-20", "topic": "trademark"}
        self.add("laws.change", 1, "law:recorded/act-1", change)
        activity = {**days, "title": "Recorded lecture", "form": "seminar", "reached": 20, "partners": [other]}
        self.add("awareness.activity", 1, "activity:recorded/lecture", activity)

    def assistance(self, other: str) -> None:
        """A request to the other party's body, and the answer to the one that has come from there."""
        label = {"tlp": "AMBER", "onward": False}
        for kind, step, origin in (("request", "request", self.origin), ("step", "answer", ORIGINS[other])):
            texts = {"subject": "Recorded", "type": "information", "action": "Fictional.", "reason": "Fictional."}
            content = {"texts": texts if kind == "request" else {"text": "Fictional."}}
            salt, path = self._salt(), "/sealed"
            sealed = {
                "cm": commit(path, content, salt),
                "label": label,
                "to": [{"party": other, "body": "enforcement"}],
            }
            self.openings[len(self.data)] = {path: [salt.hex(), content]}
            body: dict[str, Any] = {"by": "enforcement", "step": step, "sealed": sealed}
            if kind == "step":
                body["seen"] = {"origin": origin, "index": len(self.data) - 1}
            self.add(f"assistance.{kind}", 1, f"assistance:{origin}/{1:016x}", body)

    def answer(
        self, other: Writer, refused: list[dict[str, Any]] | None = None, settled: list[int] | None = None
    ) -> None:
        """A receipt for all that the other journal has by now."""
        frontier = Frontier()
        frontier.extend(leaf_hash(data) for data in other.data)
        body: dict[str, Any] = {
            "origin": other.origin,
            "from": self.answered.get(other.origin, 0),
            "to": len(other.data),
            "root": frontier.root().hex(),
        }
        body |= {"refused": refused} if refused else {}
        body |= {"settled": settled} if settled else {}
        self.answered[other.origin] = len(other.data)
        self.add("federation.receipt", 1, f"journal:{other.origin}", body)

    def write(self) -> None:
        self.folder.mkdir(parents=True)
        frontier = Frontier()
        self.store.grow(frontier, self.data)
        self.store.publish(sign_checkpoint(Checkpoint(self.origin, frontier.size, frontier.root()), self.key))
        (self.folder / "vkey").write_text(f"{self.key.verifier}\n")
        lines = (json.dumps({"index": i, "openings": told}, ensure_ascii=False) for i, told in self.openings.items())
        (self.folder / "openings.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def _key(self, role: str, kind: int, number: int) -> SigningKey:
        seed = hashlib.sha256(f"recorded {self.party} {role} {number}".encode()).digest()
        return SigningKey(f"{self.origin}/{role}", kind, seed)

    def _salt(self) -> bytes:
        return hashlib.sha256(f"{self.party} {len(self.data)} {len(self.openings)}".encode()).digest()[:SALT_SIZE]


def record(folder: Path) -> None:
    """Write both journals. `replay` then says what becomes of them."""
    by, ru = Writer("BY", folder / "by"), Writer("RU", folder / "ru")
    by.open("Office of recordings, Belarus")
    ru.open("Office of recordings, Russia")
    for writer, other in ((by, "RU"), (ru, "BY")):
        writer.roster()
        writer.letters(other)
        writer.agreement(other)
        writer.positions(other)
        writer.assistance(other)
        _rights(writer)
    by.answer(ru, refused=_refused(ru))
    ru.answer(by, refused=_refused(by))
    # A later entry about the journal itself; and a partner that came to read, after an upgrade, what it had refused.
    by.open("Office of recordings of Belarus")
    ru.answer(by, settled=[item["index"] for item in _refused(by)])
    by.write()
    ru.write()


def _rights(writer: Writer) -> None:
    """One right of each kind, with a change, a renewal, persons taken back, and entries that are refused."""
    from comity.node.demo.generate import generate
    from comity.registers.entries import key_of

    made: dict[str, Any] = {}
    for item in generate("BY" if writer.party == "BY" else "RU", SEED, 13):
        made.setdefault(item.record.kind, item.record)
    at = {kind: writer.right(right) for kind, right in made.items()}
    mark = made["trademark"]
    writer.right(replace(mark, status="surrendered", status_date="2026-01-09"))
    told = [kind for kind, index in at.items() if index in writer.openings]
    writer.redact(at[told[0]], key_of(made[told[0]]))
    path = next(iter(writer.openings[at[told[1]]]))
    writer.redact(at[told[1]], key_of(made[told[1]]), path)
    # A version that does not follow; what waits for it; and a deletion, which does not wait.
    late = replace(made[told[2]], number=f"{made[told[2]].number}9")
    writer.bad = writer.right(late, version=7)
    writer.right(late, version=8)
    writer.redact(writer.bad, key_of(late))


def _refused(writer: Writer) -> list[dict[str, Any]]:
    """What the reader of a journal refuses of it: the version that does not follow, and what waits for it."""
    about = parse_entry(writer.data[writer.bad]).body["about"]
    reason = f"version: Version 7 of {about} does not follow version none."
    item = {"kind": "registers.right", "version": 1}
    return [
        {**item, "index": writer.bad, "state": "quarantined", "reason": reason},
        {**item, "index": writer.bad + 1, "state": "waiting"},
    ]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded journal, its tree and its openings proved."""

    folder: Path
    key: VerifierKey
    entries: tuple[bytes, ...]
    openings: dict[int, dict[str, tuple[bytes, Any]]]


def read(folder: Path) -> Recorded:
    """A recorded journal. Raises ComityError where its files are not what was signed."""
    from comity.federation.pull import commitment_at
    from comity.journal.store import Store

    key = VerifierKey.parse((folder / "vkey").read_text().strip())
    store = Store(folder)
    signed = verify_checkpoint((folder / "checkpoint").read_bytes(), [key])
    entries = tuple(data for _, data in store.entries(0, signed.size))
    frontier = Frontier()
    frontier.extend(leaf_hash(data) for data in entries)
    if frontier.root() != signed.root or store.frontier(signed.size).root() != signed.root:
        raise IntegrityError("The recorded entries are not those that were signed.", place=str(folder))
    openings: dict[int, dict[str, tuple[bytes, Any]]] = {}
    for line in (folder / "openings.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        body = parse_entry(entries[told["index"]]).body
        openings[told["index"]] = {}
        for path, (salt, value) in told["openings"].items():
            if commit(path, value, bytes.fromhex(salt)) != commitment_at(body, path):
                raise IntegrityError("A recorded opening does not open its commitment.", place=f"{folder} {path}")
            openings[told["index"]][path] = (bytes.fromhex(salt), value)
    return Recorded(folder, key, entries, openings)


def journals(folder: Path) -> Iterator[Path]:
    """The folders of the journals of a recording."""
    return (path.parent for path in sorted(folder.glob("*/vkey")))


def replay(folder: Path) -> dict[str, Any]:
    """Apply the recorded journals in this node, as partners' copies; what became of them, as `expected.json` has it."""
    from comity.journal import digest, home, services, vault
    from comity.journal.models import Held, Journal

    for path in journals(folder):
        recorded = read(path)
        size = len(recorded.entries)
        journal = Journal.objects.create(
            origin=recorded.key.name, vkey=str(recorded.key), next_index=size, size=size, root=_root(recorded)
        )
        shutil.copytree(path, home.store(journal).root, ignore=shutil.ignore_patterns("vkey", "openings.jsonl"))
        vault.put(journal, [(index, vault.dump(told)) for index, told in recorded.openings.items()])
        services.apply_stored(journal)
    found = digest.digest()
    return {
        "total": found.total,
        "journals": {
            origin: {
                "applied": one.applied,
                "held": {
                    str(row.index): [row.kind, row.version, row.state]
                    for row in Held.objects.filter(journal__origin=origin).order_by("index")
                },
                "tables": {name: [table.rows, table.sha256] for name, table in one.tables.items()},
            }
            for origin, one in found.journals.items()
        },
    }


def _root(recorded: Recorded) -> str:
    frontier = Frontier()
    frontier.extend(leaf_hash(data) for data in recorded.entries)
    return frontier.root().hex()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("release", help="folder to write under tests/recorded, such as v0.1")
    parser.add_argument("--replace", action="store_true", help="write it again: only before the release is out")
    options = parser.parse_args()
    folder = ROOT / options.release
    if folder.exists() and not options.replace:
        parser.error(f"{folder} is recorded; a recording of a release is never written again.")
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"COMITY_HOME": home, "DJANGO_SETTINGS_MODULE": "comity.node.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
        made = Path(home) / options.release
        record(made)
        expected = replay(made)
        text = json.dumps(expected, indent=2, sort_keys=True, ensure_ascii=False)
        (made / "expected.json").write_text(f"{text}\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
    print(f"{folder}: {sum(len(read(path).entries) for path in journals(folder))} entries, {expected['total']}")


if __name__ == "__main__":
    main()
