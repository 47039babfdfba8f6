"""A node's keys are encrypted, and go on working, by its own commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from comity.kernel.keyfile import Locked, parse
from tests.plugins import needs

ORIGIN = "office-by.example/journal"
PASSPHRASE = "eight bytes at least"


class Node:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "node"
        self.secret = folder / "passphrase"
        self.secret.write_text(f"{PASSPHRASE}\n")
        self.secret.chmod(0o400)

    def run(self, *words: str, status: int = 0, **environment: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMITY_", "DJANGO_"))}
        done = subprocess.run(
            [sys.executable, "-c", "from comity.node.cli import main; main()", "--home", str(self.folder), *words],
            env=kept | environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        told = done.stdout + done.stderr
        assert done.returncode == status, told
        assert PASSPHRASE not in told
        assert "PRIVATE+KEY" not in told
        return told

    def forms(self) -> set[bool]:
        """Whether key files are encrypted."""
        return {isinstance(parse(path.read_text()), Locked) for path in (self.folder / "keys").glob("*.key")}


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_keys_are_encrypted_used_and_written_in_clear_again(node: Node) -> None:
    node.run("init", "--party", "BY", "--origin", ORIGIN)
    assert node.forms() == {False}
    assert "log.key" in node.run("check")
    before = node.run("keys")
    named = ("--passphrase-file", str(node.secret))
    assert "sealing.key: encrypted" in node.run("key", "encrypt", *named)
    assert node.forms() == {True}
    assert "No private key lies here in clear" in node.run("key", "encrypt", *named)

    told = node.run("check", status=2)
    assert "COMITY_KEY_PASSPHRASE_FILE" in told
    set_here = {"COMITY_KEY_PASSPHRASE_FILE": str(node.secret)}
    assert "In clear" not in node.run("check", **set_here)
    assert node.run("keys", **set_here) == before
    node.run("sequence", **set_here)
    node.run("fsck", **set_here)

    wrong = node.secret.with_name("wrong")
    wrong.write_text("not the passphrase")
    wrong.chmod(0o400)
    assert "does not open the key" in node.run("check", status=2, COMITY_KEY_PASSPHRASE_FILE=str(wrong))
    assert "does not open the key" in node.run("key", "decrypt", "--passphrase-file", str(wrong), status=2)
    assert node.forms() == {True}
    assert "log.key: in clear" in node.run("key", "decrypt", *named)
    assert node.forms() == {False}
    assert node.run("keys") == before


def test_a_node_that_is_made_with_a_passphrase_never_has_keys_in_clear(node: Node) -> None:
    set_here = {"COMITY_KEY_PASSPHRASE_FILE": str(node.secret)}
    node.run("init", "--party", "BY", "--origin", ORIGIN, **set_here)
    assert node.forms() == {True}
    node.run("fsck", **set_here)


def test_nobody_is_asked_where_there_is_no_terminal(node: Node) -> None:
    node.run("init", "--party", "BY", "--origin", ORIGIN)
    assert "--passphrase-file" in node.run("key", "encrypt", status=2)
    assert node.forms() == {False}


def token(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The options that name a key `log` in a new token in software, and what its module needs in the environment."""
    module = needs.softhsm()
    (folder / "tokens").mkdir()
    conf, pin = folder / "softhsm2.conf", folder / "pin"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    pin.write_text("271828\n")
    there = {"SOFTHSM2_CONF": str(conf)}
    command = ["softhsm2-util", "--init-token", "--free", "--label", "comity", "--pin", "271828", "--so-pin", "314159"]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | there)
    return ["--module", str(module), "--token", "comity", "--label", "log", "--pin-file", str(pin)], there


def test_a_node_signs_with_a_log_key_in_a_token(node: Node, tmp_path: Path) -> None:
    where, there = token(tmp_path)
    made = node.run("key", "token", "log", "--origin", ORIGIN, "--make", *where, **there)
    vkey = made.partition("log.key: ")[2].strip()
    assert vkey in node.run("init", "--party", "BY", "--origin", ORIGIN, **there)
    node.run("sequence", **there)
    node.run("fsck", **there)
    told = node.run("check", **there)
    assert "log.key" not in told
    assert "witness.key" in told


def test_a_running_node_takes_a_log_key_in_a_token_by_rotation(node: Node, tmp_path: Path) -> None:
    where, there = token(tmp_path)
    node.run("init", "--party", "BY", "--origin", ORIGIN)
    node.run("sequence")
    made = node.run("key", "token", "log", "--make", *where, **there)
    assert "log.next.key: " in made
    assert "Next: comity key rotate log" in made
    assert "has a successor already" in node.run("key", "token", "log", *where, status=2, **there)
    vkey = made.partition("log.next.key: ")[2].split()[0]
    assert vkey in node.run("key", "rotate", "log", "--yes", **there)
    node.run("sequence", **there)
    node.run("key", "retire", "log", "--yes", **there)
    node.run("sequence", **there)
    assert "comity/token-key/1" in (node.folder / "keys" / "log.key").read_text()
    node.run("fsck", **there)
