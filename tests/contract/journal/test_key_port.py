"""Every way in which a private key may lie at rest keeps one contract: files, encrypted files, PKCS#11 tokens."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.journal import home, keystore
from comity.kernel import keyfile
from comity.kernel.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from comity.kernel.cosignature import cosign, verify_cosignature
from comity.kernel.errors import ConfigurationError, FormatError
from comity.kernel.keyfile import Cost, Locked, Token
from comity.kernel.notes import SigningKey
from comity.node.config import Settings
from tests.plugins import needs

ORIGIN = "office-by.example/journal"
PASSPHRASE = b"nine lives of a cat"
PIN = "271828"
CHEAP = Cost(1, 8 * 1024 * 1024)

# Puts the key of a role at its path, and gives its public half.
Maker = Callable[[str], Any]


@pytest.fixture
def node(tmp_path: Path, settings: Any) -> Path:
    """A folder with a passphrase, and no keys."""
    secret = tmp_path / "passphrase"
    secret.write_bytes(PASSPHRASE + b"\n")
    secret.chmod(0o400)
    settings.COMITY_HOME = tmp_path
    settings.COMITY = Settings(home=tmp_path, party="BY", origin=ORIGIN, key_passphrase_file=secret)
    (tmp_path / "keys").mkdir()
    return tmp_path


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A token in software, initialised, with its PIN in a file. One for all: a module reads its settings once."""
    module, folder = needs.softhsm(), tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    (folder / "pin").write_text(f"{PIN}\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    command = ["softhsm2-util", "--init-token", "--free", "--label", "comity", "--pin", PIN, "--so-pin", "314159"]
    subprocess.run(command, check=True, capture_output=True)
    return {"module": str(module), "token": "comity", "pin_file": str(folder / "pin")}


@pytest.fixture(params=["file", "encrypted", "token"])
def make(request: pytest.FixtureRequest, node: Path) -> Maker:
    def put(role: str) -> Any:
        path, name, kind = home.key_path(role), home.key_name(ORIGIN, role), home.ROLES[role]
        if request.param == "token":
            from comity.journal.adapters import pkcs11

            where = request.getfixturevalue("token")
            found = pkcs11.refer(name=name, kind=kind, label=f"{role} {node.name}", make=True, **where)
            keystore.write_text(path, found.text())
            return found.key
        key = SigningKey.generate(name, kind)
        text = key.private() if request.param == "file" else keyfile.encrypt(key, PASSPHRASE, cost=CHEAP)
        keystore.write_text(path, text)
        return key.verifier

    if request.param == "token":
        request.getfixturevalue("token")
    return put


def test_a_key_signs_checkpoints_under_the_public_half_that_its_file_names(make: Maker) -> None:
    public = make("log")
    key = home.signing_key("log")
    checkpoint = Checkpoint(ORIGIN, 3, bytes(range(32)))
    assert key.verifier == public == keyfile.public(keystore.load(home.key_path("log")))
    assert verify_checkpoint(sign_checkpoint(checkpoint, key), [public]) == checkpoint


def test_a_key_cosigns(make: Maker) -> None:
    public = make("witness")
    text = Checkpoint("office-ru.example/journal", 3, bytes(range(32))).text()
    assert verify_cosignature(text, cosign(text, home.signing_key("witness"), 1_790_000_000), public) == 1_790_000_000


def test_an_empty_and_a_long_message_are_signed(make: Maker) -> None:
    public = make("transport")
    key = home.signing_key("transport")
    for message in (b"", bytes(100_000)):
        assert public.verify(message, key.sign(message))


def test_threads_share_a_key(make: Maker) -> None:
    public = make("transport")
    messages = [str(number).encode() for number in range(64)]
    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(lambda message: home.signing_key("transport").sign(message), messages))
    assert all(public.verify(message, signature) for message, signature in zip(messages, signed, strict=True))


def test_a_key_is_opened_once_and_again_when_its_file_has_changed(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    make("log")
    opened: list[Path] = []
    monkeypatch.setattr(keystore, "_open", _counted(opened))
    first = home.signing_key("log")
    assert all(home.signing_key("log") is first for _ in range(10))
    assert len(opened) == 1
    path = home.key_path("log")
    other = SigningKey.generate(ORIGIN)
    keystore.replace_text(path, f"{other.private()}\n")
    assert home.signing_key("log").verifier == other.verifier
    assert len(opened) == 2


def _counted(opened: list[Path]) -> Any:
    real = keystore._open

    def count(found: Any, path: Path) -> SigningKey:
        opened.append(path)
        return real(found, path)

    return count


def test_neither_file_nor_object_shows_the_secret_by_its_text(make: Maker) -> None:
    make("log")
    key = home.signing_key("log")
    assert stat.S_IMODE(home.key_path("log").stat().st_mode) == 0o600
    for secret in (key.seed, PASSPHRASE, PIN.encode()):
        shown = f"{key!r} {keystore.load(home.key_path('log'))!r}"
        assert not secret or (secret.hex() not in shown and repr(secret)[2:-1] not in shown)


def test_two_roles_have_two_keys(make: Maker) -> None:
    assert make("log").public != make("extract").public
    assert home.signing_key("log").sign(b"x") != home.signing_key("extract").sign(b"x")


@pytest.mark.parametrize("value", [b"another passphrase", b"nine lives of a ca"])
def test_a_wrong_passphrase_says_so_and_shows_none(node: Path, value: bytes) -> None:
    keystore.write(home.key_path("log"), SigningKey.generate(ORIGIN))
    secret = node / "passphrase"
    secret.chmod(0o600)
    secret.write_bytes(value)
    with pytest.raises(ConfigurationError, match="does not open the key") as caught:
        home.signing_key("log")
    assert str(home.key_path("log")) in str(caught.value)
    assert value.decode() not in str(caught.value)


def test_an_encrypted_key_without_a_passphrase_says_what_to_set(node: Path, settings: Any) -> None:
    keystore.write(home.key_path("log"), SigningKey.generate(ORIGIN))
    settings.COMITY = Settings(home=node, party="BY", origin=ORIGIN)
    with pytest.raises(ConfigurationError, match="COMITY_KEY_PASSPHRASE_FILE"):
        home.signing_key("log")


def test_a_passphrase_that_everybody_can_read_is_refused(node: Path) -> None:
    (node / "passphrase").chmod(0o644)
    with pytest.raises(ConfigurationError, match="everybody"):
        keystore.passphrase()


def test_a_passphrase_file_that_is_not_there_or_too_short_is_refused(node: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        keystore.read_passphrase(node / "nowhere")
    (node / "short").write_bytes(b"seven77\n")
    (node / "short").chmod(0o400)
    with pytest.raises(FormatError, match="8 to 4096"):
        keystore.read_passphrase(node / "short")


def test_new_keys_of_a_node_with_a_passphrase_are_encrypted(node: Path) -> None:
    home.make_keys(ORIGIN)
    for role in home.ROLES:
        found = keystore.load(home.key_path(role))
        assert isinstance(found, Locked)
        assert "PRIVATE+KEY" not in home.key_path(role).read_text()
        assert home.signing_key(role).verifier == found.key
    assert isinstance(keystore.load(home.key_path(home.SEALING)), Locked)
    assert home.sealing_keys() == [home.sealing_key()]
    assert keystore.in_clear(node / "keys") == []


class TestToken:
    """What only a token can do wrong."""

    def refer(self, where: dict[str, str], label: str, *, make: bool = True) -> Token:
        from comity.journal.adapters import pkcs11

        return pkcs11.refer(name=ORIGIN, kind=1, label=label, make=make, **where)

    def test_the_private_key_does_not_leave_it(self, node: Path, token: dict[str, str]) -> None:
        import pkcs11

        found = self.refer(token, "stays")
        keystore.write_text(home.key_path("log"), found.text())
        key = home.signing_key("log")
        assert key.seed == b""
        with pytest.raises(FormatError, match="does not leave"):
            key.private()
        with pkcs11.lib(token["module"]).get_token(token_label="comity").open() as session:
            kept = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label="stays")
            assert kept[pkcs11.Attribute.SENSITIVE]
            assert not kept[pkcs11.Attribute.EXTRACTABLE]

    def test_a_key_that_is_there_is_referred_to(self, node: Path, token: dict[str, str]) -> None:
        made = self.refer(token, "known")
        assert self.refer(token, "known", make=False) == made
        with pytest.raises(ConfigurationError, match="already"):
            self.refer(token, "known")
        with pytest.raises(ConfigurationError, match="exactly one"):
            self.refer(token, "unknown", make=False)

    def test_a_reference_to_another_key_signs_nothing(self, node: Path, token: dict[str, str]) -> None:
        one, other = self.refer(token, "one"), self.refer(token, "other")
        keystore.write_text(home.key_path("log"), replace(one, label=other.label).text())
        with pytest.raises(ConfigurationError, match="not the one that its file names"):
            home.signing_key("log").sign(b"x")

    def test_a_wrong_pin_is_told_without_the_pin(self, node: Path, token: dict[str, str]) -> None:
        wrong = node / "pin"
        wrong.write_text("999999")
        code = (
            "import sys\n"
            "from comity.journal.adapters import pkcs11\n"
            "from comity.kernel.keyfile import parse\n"
            "from comity.kernel.errors import ConfigurationError\n"
            "try: pkcs11.open_key(parse(sys.stdin.read())).sign(b'x')\n"
            "except ConfigurationError as error: print(error)\n"
        )
        found = replace(self.refer(token, "pinned"), pin_file=str(wrong))
        # A process of its own: a login holds for all sessions of a process.
        told = subprocess.run(
            [sys.executable, "-c", code], input=found.text(), capture_output=True, text=True, check=True
        )
        assert "PinIncorrect" in told.stdout
        assert "999999" not in told.stdout + told.stderr

    def test_a_process_that_was_forked_signs_too(self, node: Path, token: dict[str, str]) -> None:
        found = self.refer(token, "forked")
        keystore.write_text(home.key_path("log"), found.text())
        key = home.signing_key("log")
        assert found.key.verify(b"parent", key.sign(b"parent"))
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, pickle.dumps(key.sign(b"child")))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            data = pipe.read()
        assert os.waitpid(child, 0)[1] == 0
        assert found.key.verify(b"child", pickle.loads(data))

    def test_a_drawn_session_is_opened_again(self, node: Path, token: dict[str, str]) -> None:
        from comity.journal.adapters import pkcs11

        found = self.refer(token, "again")
        key = pkcs11.open_key(found)
        assert found.key.verify(b"1", key.sign(b"1"))
        pkcs11._login(found.module, found.token, found.pin_file)._session.close()  # type: ignore[union-attr]
        assert found.key.verify(b"2", key.sign(b"2"))
