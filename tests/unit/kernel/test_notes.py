"""Signed notes: published vectors, keys, and everything that must be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import NoteError, SignatureError
from comity.kernel.notes import (
    KIND_COSIGNATURE,
    KIND_ED25519,
    MAX_NOTE,
    MAX_SIGNATURES,
    Note,
    Signature,
    SigningKey,
    VerifierKey,
    check_point,
    keyid,
    parse_note,
    sign_note,
    verify_note,
)
from comity.kernel.wire import b64

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
NEUMANN_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
THINK = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NEUMANN_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
KEY = SigningKey("a.example/log", KIND_ED25519, bytes(range(32)))
OTHER = SigningKey("b.example/log", KIND_ED25519, bytes(32))
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1, max_size=12
)


def vkey(name: str, kind: int, public: bytes) -> str:
    """The text of a verifier key, whether or not such a key may be."""
    return f"{name}+{keyid(name, kind, public).hex()}+{b64(bytes([kind]) + public)}"


def test_the_example_of_the_specification_verifies() -> None:
    key = VerifierKey.parse(EXAMPLE_KEY)
    assert str(key) == EXAMPLE_KEY
    note = parse_note(EXAMPLE.encode())
    assert note.encode() == EXAMPLE.encode()
    assert verify_note(note, [key]) == note.signatures


def test_the_notes_of_gos_checksum_database_are_made_byte_for_byte() -> None:
    peter = SigningKey.parse(NEUMANN_PRIVATE)
    enoch = SigningKey("EnochRoot", KIND_ED25519, bytes(32))
    assert peter.private() == NEUMANN_PRIVATE
    assert str(peter.verifier) == NEUMANN
    note = sign_note(THINK, peter, enoch)
    assert note.encode() == f"{THINK}\n{NEUMANN_LINE}{ENOCH_LINE}".encode()
    assert len(verify_note(note, [peter.verifier, enoch.verifier])) == 2


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            (
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2465"
                "5141438e7a100b"
            ),
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            (
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc0"
                "27beceea1ec40a"
            ),
        ),
    ],
)
def test_signatures_are_those_of_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = SigningKey("rfc8032", KIND_ED25519, bytes.fromhex(seed))
    assert key.verifier.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert key.verifier.verify(bytes.fromhex(message), bytes.fromhex(signature))
    assert not key.verifier.verify(bytes.fromhex(message) + b"\x00", bytes.fromhex(signature))


SMALL_ORDER = [
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "00" * 31 + "80",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


@pytest.mark.parametrize("public", SMALL_ORDER)
def test_keys_of_small_order_are_not_enrolled_and_verify_nothing(public: str) -> None:
    point = bytes.fromhex(public)
    with pytest.raises(NoteError, match="prime order"):
        check_point(point)
    with pytest.raises(NoteError, match="prime order"):
        VerifierKey.parse(vkey("trap", 1, point))
    assert not VerifierKey("trap", KIND_ED25519, point).verify(b"any message", point + bytes(32))


def test_a_verifier_key_is_read_only_with_its_true_identifier() -> None:
    good = str(KEY.verifier)
    assert VerifierKey.parse(good) == KEY.verifier
    name, digits, rest = good.split("+", 2)
    wrong = [
        f"{name}+{'0' * 8}+{rest}",
        f"{name}+{digits.upper()}+{rest}" if digits.upper() != digits else f"{name}+x+{rest}",
        f"{name}+{digits}",
        f"{name}+{digits}+{rest[:-4]}",
        f"{name}+{digits}+{rest.rstrip('=')}A",
        f"other{name}+{digits}+{rest}",
        f"+{digits}+{rest}",
        f"a b+{digits}+{rest}",
        "",
        vkey(name, 6, KEY.verifier.public),
        vkey(name, 1, b""),
        f"{name}+{digits}+",
    ]
    for text in wrong:
        with pytest.raises(NoteError):
            VerifierKey.parse(text)


@given(NAMES, st.sampled_from([KIND_ED25519, KIND_COSIGNATURE]), st.binary(min_size=32, max_size=32))
def test_keys_read_back_from_their_texts(name: str, kind: int, seed: bytes) -> None:
    key = SigningKey(name, kind, seed)
    assert SigningKey.parse(key.private()) == key
    assert VerifierKey.parse(str(key.verifier)) == key.verifier


def test_a_generated_key_is_new_and_its_seed_is_not_shown() -> None:
    one, two = SigningKey.generate("a.example"), SigningKey.generate("a.example")
    assert one.seed != two.seed
    assert one.seed.hex() not in repr(one)
    assert repr(one.seed) not in repr(one)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "KEY+a+00000000+AA==",
        NEUMANN,
        NEUMANN_PRIVATE.replace("c74f20a3", "c74f20a4"),
        NEUMANN_PRIVATE.replace("Peter", "Pete"),
        NEUMANN_PRIVATE[:-4],
        "PRIVATE+KEY+PeterNeumann+c74f20a3",
        NEUMANN_PRIVATE.replace("+AYEK", "+CYEK"),
    ],
)
def test_a_damaged_private_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(NoteError) as caught:
        SigningKey.parse(text)
    assert "FALVFGyNhPJE" not in str(caught.value)


GOOD = sign_note("one\n\ntwo\n", KEY).encode()
LINE = KEY.verifier.name


@pytest.mark.parametrize(
    "data",
    [
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"one", b"o\tne"),
        GOOD.replace(b"one", b"o\x00ne"),
        GOOD[:-1],
        GOOD.replace(b"\n\n", b"\n"),
        GOOD.replace("— ".encode(), "—  ".encode()),
        GOOD.replace(b"a.example/log ", b"a.example/log  "),
        GOOD.replace("—".encode(), b"-"),
        GOOD.replace("—".encode(), "–".encode()),
        GOOD.replace(b"a.example", b"a+example"),
        GOOD.replace(b"a.example", b"a example"),
        GOOD.replace(b"a.example", "a\u00a0example".encode()),
        GOOD.replace(b"a.example/log", b""),
        GOOD.replace(b"=\n", b"\n"),
        GOOD + b"\n",
        GOOD[: GOOD.rindex(b"\n\n") + 2],
        GOOD.replace(b"one", b"\xff"),
        b"",
        b"\n",
        "text\n\n— a AAAAAA==\n".encode(),
        "text\n\n— a \n".encode(),
        "text\n\n— a\n".encode(),
        GOOD.replace(b"one", b"x" * MAX_NOTE),
    ],
)
def test_a_note_of_another_form_is_refused(data: bytes) -> None:
    assert data != GOOD
    with pytest.raises(NoteError):
        verify_note(parse_note(data), [KEY.verifier])


def test_the_last_empty_line_separates_text_and_signatures() -> None:
    assert parse_note(GOOD).text == "one\n\ntwo\n"


def test_sixteen_signatures_are_read_and_a_seventeenth_is_refused() -> None:
    head, line = GOOD[: GOOD.rindex(b"\n\n") + 2], sign_note("one\n\ntwo\n", OTHER).signatures[0].line().encode()
    sixteen = head + line * (MAX_SIGNATURES - 1) + parse_note(GOOD).signatures[0].line().encode()
    assert [s.name for s in verify_note(parse_note(sixteen), [KEY.verifier])] == [LINE]
    with pytest.raises(NoteError, match="17 signature lines"):
        parse_note(sixteen + line)


def test_a_known_key_with_a_bad_signature_condemns_the_note_beside_good_ones() -> None:
    note = sign_note("text\n", KEY, OTHER)
    broken = Note("text\n", (note.signatures[0], Signature(OTHER.name, OTHER.verifier.keyid, bytes(64))))
    assert verify_note(broken, [KEY.verifier]) == note.signatures[:1]
    with pytest.raises(SignatureError, match=r"b\.example/log"):
        verify_note(broken, [KEY.verifier, OTHER.verifier])


def test_a_half_known_pair_of_name_and_identifier_is_ignored() -> None:
    good = sign_note("text\n", KEY).signatures[0]
    right_name = Signature(KEY.name, b"\x00\x00\x00\x00", good.data)
    right_id = Signature("c.example", KEY.verifier.keyid, good.data)
    for stranger in (right_name, right_id):
        with pytest.raises(SignatureError, match="None of the known keys"):
            verify_note(Note("text\n", (stranger,)), [KEY.verifier])
        assert verify_note(Note("text\n", (stranger, good)), [KEY.verifier]) == (good,)


def test_one_key_counts_once_however_often_it_signs() -> None:
    good = sign_note("text\n", KEY).signatures[0]
    assert verify_note(Note("text\n", (good, good)), [KEY.verifier]) == (good,)
    with pytest.raises(SignatureError):
        verify_note(Note("text\n", (good, Signature(good.name, good.keyid, bytes(64)))), [KEY.verifier])


def test_a_note_without_a_known_signature_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify_note(parse_note(GOOD), [])
    with pytest.raises(SignatureError):
        verify_note(parse_note(GOOD), [OTHER.verifier])


def test_only_notes_that_read_back_the_same_are_written() -> None:
    signature = sign_note("text\n", KEY).signatures[0]
    for note in (
        Note("no newline", (signature,)),
        Note("text\n", ()),
        Note("a\tb\n", (signature,)),
        Note("", (signature,)),
    ):
        with pytest.raises(NoteError):
            note.encode()


def test_a_text_that_would_pass_for_signatures_is_not_written() -> None:
    mine, other = sign_note("text\n", KEY).signatures[0], sign_note("text\n", OTHER).signatures[0]
    with pytest.raises(NoteError, match="reads back the same"):
        Note(f"text\n\n{other.line()}".removesuffix("\n"), (mine,)).encode()


def test_a_name_that_is_not_unicode_names_no_key() -> None:
    with pytest.raises(NoteError):
        SigningKey("log\ud800.example", KIND_ED25519, bytes(32))


def test_a_cosignature_key_does_not_sign_a_plain_note() -> None:
    with pytest.raises(NoteError):
        sign_note("text\n", SigningKey("w", KIND_COSIGNATURE, bytes(32)))
    with pytest.raises(NoteError):
        sign_note("text\n")


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.just("\n"), max_size=60), NAMES)
def test_any_text_that_can_be_signed_verifies_and_no_other_text_does(text: str, name: str) -> None:
    key = SigningKey(name, KIND_ED25519, bytes(32))
    data = sign_note(text + "\n", key).encode()
    assert verify_note(parse_note(data), [key.verifier])
    with pytest.raises(SignatureError):
        verify_note(Note(text + " \n", parse_note(data).signatures), [key.verifier])
