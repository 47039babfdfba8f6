"""One node as a process that does what it is told: a line of JSON in, a line of JSON out. Run as a script."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from comity.federation import confirmations, receipts, selectors  # noqa: E402
from comity.federation.follow import Follower  # noqa: E402
from comity.federation.models import Partner, Receipt, Refusal  # noqa: E402
from comity.federation.openings import leaves_of, seal_segment  # noqa: E402
from comity.journal import digest, home, kinds, services, vault  # noqa: E402
from comity.journal.models import Fork, Held, Journal, Opening  # noqa: E402
from comity.journal.selectors import own  # noqa: E402
from comity.journal.sequencer import Sequencer  # noqa: E402
from comity.journal.store import Store  # noqa: E402
from comity.kernel.checkpoint import parse_checkpoint  # noqa: E402
from comity.kernel.errors import ComityError, FormatError, NotFoundError  # noqa: E402
from comity.kernel.notes import SigningKey  # noqa: E402
from comity.node import setup  # noqa: E402
from comity.registers import services as registers  # noqa: E402
from comity.registers import writing  # noqa: E402
from comity.registers.domain.json_form import from_json  # noqa: E402
from comity.registers.models import SearchDoc  # noqa: E402


class Beside:
    """The other node's files, read where they lie, and its openings as its process has told them."""

    def __init__(self, folder: Path, openings: dict[str, str]) -> None:
        self.store = Store(folder / "journals" / "own")
        self.openings = openings

    def get(self, path: str) -> bytes:
        if path.startswith("journal/openings/"):
            start, end = map(int, path.rpartition("/")[2].split("-"))
            told = ((i, self.openings.get(str(i))) for i in range(start, end))
            lines = b"".join(b'{"index":%d,"openings":%s}\n' % (i, data.encode()) for i, data in told if data)
            signed = parse_checkpoint(self.get("journal/checkpoint")).checkpoint
            leaves = leaves_of(self.store, signed.size)
            return seal_segment(home.sealing_key().public, signed.origin, (start, end), leaves, lines)
        if path == "journal/checkpoint":
            raw = self.store.checkpoint()
            if raw is None:
                raise NotFoundError("no checkpoint yet")
            return raw
        try:
            return self.store.fetch(path.removeprefix("journal/"))
        except FormatError:
            raise NotFoundError("no such file", place=path) from None


def partner(folder: Path) -> Partner:
    key = SigningKey.parse((folder / "keys" / "log.key").read_text().strip()).verifier
    journal = Journal.objects.get_or_create(origin=key.name, defaults={"vkey": str(key)})[0]
    return Partner.objects.get_or_create(journal=journal, defaults={"party": "XX"})[0]


def answered() -> dict[str, Any]:
    """Per journal that gives receipts: its stretches, how many other entries they cover, what is refused."""
    told: dict[str, Any] = {}
    for journal in Journal.objects.order_by("origin"):
        rows = Receipt.objects.filter(journal=journal).order_by("entry")
        told[journal.origin] = [list(row) for row in rows.values_list("start", "end")]
    return told


def do(order: dict[str, Any]) -> Any:
    what = order["do"]
    if what == "write":
        written = writing.write_records(own(), [from_json(body) for body in order["records"]], source="test")
        return [written.added, written.changed, written.unchanged, len(written.refused)]
    if what == "import":
        run = registers.open_import(Path(order["path"]), format_name="jsonlines", source="test")
        run = registers.run_import(run.pk)
        return [run.read, run.added + run.changed + run.unchanged + run.quarantined]
    if what == "redact":
        return len(registers.redact(order["key"]).entries)
    if what == "sequence":
        with Sequencer(own(), home.signing_key("log")) as sequencer:
            return sequencer.drain()
    if what == "openings":
        return {str(index): data for index, data in vault.between(own(), 0, 10**9)}
    if what == "follow":
        folder = Path(order["home"])
        row = partner(folder)
        assert row.journal is not None
        done = Follower(row.journal, Beside(folder, order["openings"])).round()
        return [done.stored, done.applied, done.held]
    if what == "forget":
        # As on a node of an earlier release, until this process ends.
        return [kinds.forget(name, version).name for name, version in order["kinds"]]
    if what == "upgrade":
        done = services.retry_known()
        return [done.applied, done.held]
    if what == "unconfirmed":
        Partner.objects.update(state=Partner.State.PAIRED)
        return [[view.entry, view.refused] for view in confirmations.unconfirmed()]
    if what == "answer":
        return [receipts.answer(row, at_once=True) for row in Partner.objects.all()]
    if what == "retry":
        return [services.retry(journal).held for journal in Journal.objects.all()]
    journals = {j.origin: [j.size, j.next_index, j.applied] for j in Journal.objects.all()}
    openings = {
        j.origin: sorted(Opening.objects.filter(journal=j).values_list("index", "data")) for j in Journal.objects.all()
    }
    people = sorted(SearchDoc.objects.values_list("right__key", "people"))
    counts = [Held.objects.count(), Fork.objects.count()]
    return {
        "digest": digest.digest().total,
        "journals": journals,
        "openings": openings,
        "people": people,
        "bad": counts,
        "answered": answered(),
        "refused": [list(row) for row in Refusal.objects.order_by("index").values_list("index", "state", "settled")],
        "due": selectors.receipts_due(),
    }


def main() -> None:
    setup.prepare()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        try:
            answer = {"ok": do(json.loads(line))}
        except ComityError as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
