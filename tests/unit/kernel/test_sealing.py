"""Sealing opens for its recipient, in its context, and for nobody and nothing else."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel import sealing
from comity.kernel.errors import FormatError, NoteError, SealError
from comity.kernel.notes import keyid
from comity.kernel.sealing import SealingKey, SealingPublic, context, open_content, recipients_of, seal_content
from comity.kernel.wire import b64

ORIGIN = "office-by.example/journal"
KEY = SealingKey("office-ru.example/journal/sealing", bytes(range(32)))
OTHER = SealingKey("office-kz.example/journal/sealing", b"\x07" * 32)

# RFC 9180, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, base mode: the recipient's key, info and enc.
SECRET = bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
PUBLIC = bytes.fromhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")
INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
ENC = bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
TEXT = b"Beauty is truth, truth beauty"
# The same plaintext without associated data; the RFC's own (aad "Count-0") shares all but the tag.
EMPTY_AAD = "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b40f37930f628eb13216a1ba1b2aadd60"
RFC_AAD = "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"


def test_the_published_vector_without_associated_data_opens() -> None:
    key = X25519PrivateKey.from_private_bytes(SECRET)
    assert key.public_key().public_bytes_raw() == PUBLIC
    assert sealing._SUITE.decrypt(ENC + bytes.fromhex(EMPTY_AAD), key, INFO) == TEXT
    assert bytes.fromhex(RFC_AAD)[: len(TEXT)] == bytes.fromhex(EMPTY_AAD)[: len(TEXT)]
    # With associated data it is another message: it must not open as one without.
    with pytest.raises(InvalidTag):
        sealing._SUITE.decrypt(ENC + bytes.fromhex(RFC_AAD), key, INFO)


def test_info_names_label_key_journal_and_commitments_a_line_each() -> None:
    lines = context(KEY.public, ORIGIN, "cm1", "cm2").decode().split("\n")
    assert lines == ["comity/hpke/1", KEY.public.id, ORIGIN, "cm1", "cm2"]


@given(st.binary(max_size=2000), st.lists(st.text("abc+/=", max_size=5), max_size=3))
def test_what_is_sealed_opens_and_is_48_bytes_longer(content: bytes, bound: list[str]) -> None:
    sealed = KEY.public.seal(content, ORIGIN, *bound)
    assert len(sealed) == len(content) + sealing.OVERHEAD
    assert KEY.open(sealed, ORIGIN, *bound) == content
    assert KEY.public.seal(content, ORIGIN, *bound) != sealed


def test_another_key_context_or_byte_does_not_open() -> None:
    sealed = KEY.public.seal(b"secret", ORIGIN, "cm")
    with pytest.raises(SealError, match="another context, or altered"):
        OTHER.open(sealed, ORIGIN, "cm")
    for origin, bound in ((ORIGIN + "x", ["cm"]), (ORIGIN, ["cn"]), (ORIGIN, []), (ORIGIN, ["cm", "cm"])):
        with pytest.raises(SealError):
            KEY.open(sealed, origin, *bound)
    # A key of the same secret under another name has another identifier, hence another context.
    with pytest.raises(SealError):
        SealingKey("x", KEY.secret).open(sealed, ORIGIN, "cm")
    for at in range(len(sealed)):
        with pytest.raises(SealError):
            KEY.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], ORIGIN, "cm")
    for cut in (b"", sealed[:31], sealed[:47], sealed[:-1]):
        with pytest.raises(SealError):
            KEY.open(cut, ORIGIN, "cm")


def test_a_part_of_a_context_is_one_line() -> None:
    for parts in (("a\nb",), (ORIGIN, "a\nb")):
        with pytest.raises(FormatError):
            context(KEY.public, *parts)


def test_keys_are_written_and_read_back() -> None:
    text = str(KEY.public)
    assert text.startswith("office-ru.example/journal/sealing+")
    assert SealingPublic.parse(text) == KEY.public
    assert SealingKey.parse(KEY.private()) == KEY
    assert KEY.secret.hex() not in repr(KEY)
    assert SealingKey.generate("x").secret != SealingKey.generate("x").secret


@pytest.mark.parametrize("at", range(0, 160, 7))
def test_a_key_changed_by_a_byte_is_refused(at: int) -> None:
    for text, parse in ((str(KEY.public), SealingPublic.parse), (KEY.private(), SealingKey.parse)):
        position = at % len(text)
        changed = text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]
        with pytest.raises(FormatError) as caught:
            parse(changed)
        assert KEY.secret.hex() not in str(caught.value)


SMALL = (bytes(32), b"\x01" + bytes(31), (2**255 - 20).to_bytes(32, "little"))
OVER = ((2**255 - 19 + 9).to_bytes(32, "little"), b"\xff" * 32)


@pytest.mark.parametrize("public", [*SMALL, *OVER])
def test_a_point_of_small_order_or_of_two_spellings_is_no_key(public: bytes) -> None:
    data = sealing._IDENTIFIER + public
    text = f"x+{keyid('x', 255, data).hex()}+{b64(bytes([255]) + data)}"
    with pytest.raises(NoteError, match="gives no secret"):
        SealingPublic.parse(text)


def test_one_content_opens_for_each_recipient_and_for_nobody_else() -> None:
    package = seal_content("письмо".encode(), [KEY.public, OTHER.public], ORIGIN, "cm")
    assert set(recipients_of(package)) == {KEY.public.id, OTHER.public.id}
    for key in (KEY, OTHER):
        assert open_content([SealingKey("x", b"\x09" * 32), key], package, ORIGIN, "cm").decode() == "письмо"
    with pytest.raises(SealError, match="no such key is here"):
        open_content([SealingKey("x", b"\x09" * 32)], package, ORIGIN, "cm")
    with pytest.raises(SealError):
        open_content([KEY], package, ORIGIN, "other")
    assert "письмо".encode() not in package


def test_a_package_changed_by_a_byte_does_not_open() -> None:
    package = seal_content(b"letter", [KEY.public], ORIGIN, "cm")
    for at in range(len(package)):
        with pytest.raises((SealError, FormatError)):
            open_content([KEY], package[:at] + bytes([package[at] ^ 1]) + package[at + 1 :], ORIGIN, "cm")


@pytest.mark.parametrize(
    "package",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        b'{"for":{},"form":"comity/sealed/1"}\n',
        b'{"for":{"a":1},"form":"comity/sealed/1"}\n',
    ],
)
def test_what_is_no_package_is_refused(package: bytes) -> None:
    with pytest.raises(FormatError):
        open_content([KEY], package, ORIGIN)


def test_bounds_of_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FormatError, match="1 to 64 recipients"):
        seal_content(b"", [], ORIGIN)
    monkeypatch.setattr(sealing, "MAX_CONTENT", 10)
    assert open_content([KEY], seal_content(b"x" * 10, [KEY.public], ORIGIN), ORIGIN) == b"x" * 10
    with pytest.raises(FormatError, match="at most 10 bytes"):
        seal_content(b"x" * 11, [KEY.public], ORIGIN)
