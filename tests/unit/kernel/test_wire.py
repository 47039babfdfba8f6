"""Base64 and decimals have one spelling each."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import FormatError, NoteError
from comity.kernel.wire import MAX_INTEGER, b64, decimal, unb64


@given(st.binary(max_size=80))
def test_base64_reads_back(data: bytes) -> None:
    assert unb64(b64(data)) == unb64(b64(data), len(data)) == data


@pytest.mark.parametrize(
    "text", ["QQ", "QQ=", "QR==", "QUJ=", "QQ==\n", " QQ==", "Q Q==", "QQ==QQ==", "=", "_-8=", "QQ===", "ÄQ=="]
)
def test_other_spellings_of_base64_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        unb64(text)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_only_the_one_spelling_of_some_bytes_is_read(data: bytes, draw: st.DataObject) -> None:
    text = b64(data)
    at = draw.draw(st.integers(0, len(text) - 1))
    other = text[:at] + draw.draw(st.characters(max_codepoint=127)) + text[at + 1 :]
    try:
        read = unb64(other)
    except FormatError:
        return
    assert base64.b64encode(read).decode() == other


def test_another_length_is_refused_with_the_error_that_the_caller_names() -> None:
    with pytest.raises(NoteError) as caught:
        unb64(b64(b"ab"), 3, place="root", error=NoteError)
    assert caught.value.place == "root"


@given(st.integers(0, MAX_INTEGER))
def test_decimals_read_back(number: int) -> None:
    assert decimal(str(number)) == number


@pytest.mark.parametrize(
    "text",
    ["", "010", "00", "-1", "+1", " 1", "1 ", "1\n", "1_0", "٣", "²", "0x1", "1.0", str(2**63), str(2**64), "9" * 5000],
)
def test_other_numbers_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        decimal(text)
