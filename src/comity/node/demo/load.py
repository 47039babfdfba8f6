"""Filling one node of the demonstration, in the process of that node. Progress goes to standard output as lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from comity.journal import home
from comity.journal.selectors import own
from comity.journal.sequencer import Sequencer
from comity.kernel.errors import NotFoundError
from comity.node import setup
from comity.node.demo.accounts import PASSWORD, PEOPLE
from comity.node.demo.generate import Made, generate
from comity.node.demo.sources import SOURCES, Delivery
from comity.registers import services
from comity.registers.domain.record import RightRecord


def say(**values: object) -> None:
    print(json.dumps(values), flush=True)


def people() -> None:
    for name, role in PEOPLE:
        setup.make_user(name, PASSWORD, [role])


def fictional(seed: int, rights: int) -> None:
    """Write the generated register of this node's office into its journal, and sequence it."""
    office = settings.COMITY.party
    if office not in {"BY", "RU"}:
        raise NotFoundError("There are demonstration registers for BY and RU only.", place=office)

    def counted() -> Iterator[tuple[RightRecord, dict[str, bytes]]]:
        for count, made in enumerate(_generated(office, seed, rights), 1):
            if count % 50 == 0:
                say(done=count, total=rights, label=f"{office}: drawing and recording")
            yield made.record, made.images

    written = services.write_made(counted(), source="demonstration")
    for position, error in written.refused[:20]:
        say(refused=f"record {position}: {error}")
    _sequence()
    row = {"name": f"fictional register of {office}", "read": rights, "rights": written.added + written.changed}
    say(source={**row, "quarantined": len(written.refused), "unchanged": written.unchanged})


def _generated(office: str, seed: int, rights: int) -> Iterator[Made]:
    return generate("BY" if office == "BY" else "RU", seed, rights)


def real(data: Path, mappings: Path) -> None:
    """Import the real files that are this node's part of the demonstration."""
    office = settings.COMITY.party
    deliveries = [delivery for source in SOURCES if source.node == office for delivery in source.deliveries(data)]
    for delivery in deliveries:
        _import(delivery, mappings)
    _sequence()


def _import(delivery: Delivery, mappings: Path) -> None:
    mapping = (mappings / delivery.mapping).read_text("utf-8") if delivery.mapping else ""
    run = services.open_import(delivery.path, name=delivery.path.name, source=delivery.name, mapping=mapping)
    run = services.run_import(
        run.pk,
        lambda r: say(done=r.bytes_read, total=max(r.bytes_total, 1), label=f"{settings.COMITY.party}: {r.name}"),
    )
    rights = run.added + run.changed + run.unchanged
    row = {"name": delivery.name, "read": run.read, "rights": rights, "quarantined": run.quarantined}
    say(source={**row, "unchanged": run.unchanged}, error=run.error)


def _sequence() -> None:
    journal = own()
    with Sequencer(journal, home.signing_key("log")) as sequencer:
        sequencer.drain()
