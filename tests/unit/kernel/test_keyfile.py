"""Keys at rest: what encrypts opens again, and nothing else is read."""

from __future__ import annotations

import pytest

from comity.kernel import keyfile
from comity.kernel.algorithms import KIND_MLDSA
from comity.kernel.errors import ConfigurationError, FormatError
from comity.kernel.keyfile import Cost, Locked, Token, encrypt, parse, unlock
from comity.kernel.notes import SigningKey
from comity.kernel.wire import b64, unb64

KEY = SigningKey("a.example/log", 1, bytes(range(32)))
CHEAP = Cost(1, 8 * 1024 * 1024)
PASSPHRASE = "Пароль для ключей".encode()
TEXT = encrypt(KEY, PASSPHRASE, cost=CHEAP)


def locked(text: str = TEXT) -> Locked:
    found = parse(text)
    assert isinstance(found, Locked)
    return found


def test_what_was_encrypted_opens_with_its_passphrase() -> None:
    assert unlock(locked(), PASSPHRASE) == KEY
    assert locked().key == KEY.verifier


def test_keys_of_every_kind_are_kept() -> None:
    key = SigningKey.generate("a.example/witness", KIND_MLDSA)
    assert unlock(locked(encrypt(key, PASSPHRASE, cost=CHEAP)), PASSPHRASE) == key


def test_the_text_names_its_form_and_its_costs_and_not_the_secret() -> None:
    lines = encrypt(KEY, PASSPHRASE).splitlines()
    assert lines[0] == "comity/encrypted-key/1"
    assert lines[1] == f"key {KEY.verifier}"
    assert lines[2].startswith("kdf argon2id 3 67108864 ")
    assert b64(KEY.seed) not in TEXT
    assert KEY.private() not in TEXT


def test_no_two_encryptions_are_alike_even_with_one_salt() -> None:
    one, two = (encrypt(KEY, PASSPHRASE, salt=bytes(16), cost=CHEAP) for _ in range(2))
    assert one.splitlines()[:3] == two.splitlines()[:3]
    assert one != two


def test_a_wrong_passphrase_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"does not open the key a\.example/log") as caught:
        unlock(locked(), b"something else")
    assert "something else" not in str(caught.value)


@pytest.mark.parametrize("line", [1, 2, 3])
def test_nothing_of_the_file_can_be_exchanged(line: int) -> None:
    lines = TEXT.splitlines()
    other = SigningKey("a.example/log", 1, bytes(32))
    lines[line] = (
        f"key {other.verifier}",
        lines[2].replace(" 1 8388608", " 2 8388608"),
        f"box xchacha20-poly1305 {b64(unb64(lines[3].split(' ')[2])[:-1] + b'x')}",
    )[line - 1]
    with pytest.raises(ConfigurationError, match="was changed"):
        unlock(locked("\n".join(lines) + "\n"), PASSPHRASE)


@pytest.mark.parametrize(
    ("passes", "memory"), [(0, 67108864), (17, 67108864), (3, 8388607), (3, 2**30 + 1), (2**40, 2**40)]
)
def test_costs_outside_the_bounds_are_refused_before_anything_is_computed(
    passes: int, memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyfile, "_derive", lambda *_: pytest.fail("a passphrase was tried"))
    with pytest.raises(FormatError, match="is not read"):
        parse(TEXT.replace(" 1 8388608 ", f" {passes} {memory} "))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "comity/encrypted-key/1\n",
        TEXT + "more\n",
        TEXT.rstrip("\n"),
        TEXT.replace("argon2id", "scrypt"),
        TEXT.replace("xchacha20-poly1305", "none"),
        TEXT.replace("comity/encrypted-key/1", "comity/encrypted-key/2"),
        TEXT.replace("key a.example", "key b.example"),
        "\n".join([*TEXT.splitlines()[:3], "box xchacha20-poly1305 AAAA", ""]),
        "x" * (keyfile.MAX_FILE + 1),
    ],
)
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(FormatError):
        parse(text)


@pytest.mark.parametrize("passphrase", [b"", b"seven77", bytes(4097)])
def test_a_passphrase_of_no_use_is_refused(passphrase: bytes) -> None:
    with pytest.raises(FormatError, match="8 to 4096 bytes"):
        encrypt(KEY, passphrase)


def test_one_derivation_serves_all_keys_of_one_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [encrypt(KEY, b"once for all", salt=b"s" * 16, cost=CHEAP) for _ in range(3)]
    keyfile._derive.cache_clear()
    for text in texts:
        unlock(locked(text), b"once for all")
    assert keyfile._derive.cache_info().misses == 1


TOKEN = Token(KEY.verifier, "/usr/lib/token.so", "Office of Belarus", "log 2026", "/run/credentials/pin")


def test_a_reference_to_a_token_reads_back() -> None:
    assert parse(TOKEN.text()) == TOKEN


@pytest.mark.parametrize(
    "text",
    [
        TOKEN.text() + "label again\n",
        TOKEN.text().replace("label log 2026\n", ""),
        TOKEN.text().replace("label", "lable"),
        TOKEN.text().replace("token Office of Belarus", "token"),
        TOKEN.text() + "\n",
    ],
)
def test_a_reference_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse(text)


def test_a_reference_is_written_in_single_lines() -> None:
    with pytest.raises(FormatError, match="one line"):
        Token(KEY.verifier, "/m.so", "a\nb", "c", "/p").text()
