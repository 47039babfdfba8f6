"""A key's whole life, cut off by kill -9 at each of its steps, each time from the start. Run as a script.

    python killed_keys.py FOLDER ROLE

COMITY_HOME is where the node lies; FOLDER holds what it was before and the key's public half. Prints how many steps
there were.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from comity.journal import fsck, home, keystore, roster, rotation, services  # noqa: E402
from comity.journal.models import Journal  # noqa: E402
from comity.journal.sequencer import Sequencer  # noqa: E402
from comity.node import setup  # noqa: E402

LIFE = (["active"], ["retiring", "active"], ["retired", "active"], ["retired", "revoked", "active"])


class Steps:
    """Counts what is done to files and journal; at step `last` the process is killed."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.done = 0

    def step(self) -> None:
        self.done += 1
        if self.done == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """Each call is a step before it begins and a step after it ended; of files only those of keys."""
        called: Callable[..., Any] = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            if owner is Path and args[0].parent.name != "keys":
                return called(*args, **kwargs)
            self.step()
            answer = called(*args, **kwargs)
            self.step()
            return answer

        setattr(owner, name, counted)


def states(journal: Journal, role: str) -> list[str]:
    return [str(row.state) for row in roster.keys_of(journal, role)]


def sequence(journal: Journal) -> None:
    with Sequencer(journal, home.signing_key("log")) as sequencer:
        sequencer.drain()
    journal.refresh_from_db()


def live(role: str, steps: Steps | None) -> Journal:
    """From where the key stands to the end of its life."""
    journal = setup.prepare()
    if steps is not None:
        for owner, name in (
            *((keystore, "write"), (rotation, "fsync_directory"), (rotation, "_append"), (services, "append")),
            *((rotation.os, "link"), (Path, "replace"), (Path, "unlink")),
        ):
            steps.around(owner, name)
    sequence(journal)
    if states(journal, role) == LIFE[0]:
        rotation.rotate(journal, role)
        sequence(journal)
    if states(journal, role) == LIFE[1]:
        rotation.retire(journal, role)
        sequence(journal)
    if states(journal, role) == LIFE[2]:
        if role == "log":
            # The only log key is not revoked: its successor comes first.
            return journal
        rotation.revoke(journal, role)
        sequence(journal)
    return journal


def check(role: str, first: str) -> None:
    """After the kill the node starts, the key's life goes on to its end, and nothing was lost."""
    journal = live(role, None)
    assert states(journal, role) == LIFE[2 if role == "log" else 3], states(journal, role)
    [(path, key)] = home.public_keys(role).items()
    assert path == home.key_path(role), path
    assert str(key) == roster.keys_of(journal, role)[-1].vkey
    if role == home.SEALING:
        opened = {str(one.public) for one in home.sealing_keys()}
        assert opened == {row.vkey for row in roster.keys_of(journal, role)}
        assert first in opened
    else:
        assert [one.verifier for one in rotation.signers(journal, role)] == [key]
    # That a write of the sequencer was cut short is a warning, and not of keys.
    findings = [str(finding) for finding in fsck.fsck().findings if not finding.warning or "keys/" in finding.place]
    assert findings == [], findings
    assert not list(path.parent.glob("*.next.key"))


def child(work: Callable[[], object]) -> int:
    """Run in a process of its own; how it ended."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    status = 1
    try:
        work()
        status = 0
    finally:
        if status:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main(before: Path, role: str) -> int:
    first = (before / "first").read_text()
    last = 0
    while True:
        last += 1
        # What the machine remembers of a node would tell that its folder was put back.
        shutil.rmtree(os.environ["COMITY_MEMORY_FOLDER"], ignore_errors=True)
        shutil.rmtree(home.home(), ignore_errors=True)
        shutil.copytree(before / "node", home.home())
        ended = child(lambda at=last: live(role, Steps(at)))  # type: ignore[misc]
        assert ended in (0, signal.SIGKILL), f"step {last}: {ended}"
        assert child(lambda: check(role, first)) == 0, f"after a kill at step {last}"
        if ended == 0:
            return last - 1


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2]))
