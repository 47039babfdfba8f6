"""Every error of the API is a problem document of one shape."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from comity.api.v1 import problems
from comity.api.v1.problems import Problem
from comity.journal import home
from comity.journal.models import Journal
from comity.registers import selectors
from tests.api.conftest import Caller


def problem(answer: Any, status: int, code: str) -> Problem:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == problems.MEDIA_TYPE
    told = Problem.model_validate_json(answer.content)
    assert (told.status, told.type) == (status, f"urn:comity:problem:{code}")
    return told


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("rights/BY/trademark/1", 404, "not-found"),
        ("rights/BY/trademark/74512?party=RU", 404, "not-found"),
        ("rights/ZZ/trademark/74512", 404, "not-found"),
        ("rights/BY/trademark/74512?on=yesterday", 400, "parameters"),
        ("journals/KZ/entries", 404, "not-found"),
        ("journals/by/entries", 400, "parameters"),
        ("journals/BY/entries?limit=201", 400, "parameters"),
        ("journals/BY/entries/99999999999999999999", 400, "parameters"),
        ("proofs/BY/5", 404, "not-found"),
        ("nothing", 404, "not-found"),
        ("rights/BY/trademark/a%0Ab", 404, "not-found"),
        ("", 404, "not-found"),
    ],
)
def test_errors_have_one_shape(call: Caller, path: str, status: int, code: str) -> None:
    problem(call(path), status, code)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_wrong_method_is_answered_with_the_right_ones(call: Caller, method: str) -> None:
    answer = call("rights", method=method)
    problem(answer, 405, "method")
    assert answer["Allow"] == "GET"


def test_head_is_answered_as_get(call: Caller) -> None:
    answer = call("rights", method="head")
    assert (answer.status_code, answer.content) == (200, b"")


def test_without_account_it_says_how_to_come_in(call: Caller) -> None:
    answer = call("rights", role="anonymous")
    assert "Bearer" in problem(answer, 401, "unauthenticated").remedy
    assert answer["WWW-Authenticate"] == 'Bearer realm="comity"'
    problem(Client().get("/api/v1/rights", headers={"Authorization": "Bearer comity_x"}), 401, "unauthenticated")


def test_request_larger_than_any_extract_is_refused_before_it_is_read(call: Caller) -> None:
    answer = Client().generic("POST", "/api/v1/verify", b"x", CONTENT_LENGTH=str(1 << 40))
    problem(answer, 413, "too-large")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x; charset=utf-99", b"--x--"),
        ("application/json", b"{}"),
        ("", b""),
    ],
)
def test_upload_that_is_none_is_refused(call: Caller, content_type: str, body: bytes) -> None:
    assert Client().generic("POST", "/api/v1/verify", body, content_type=content_type).status_code == 400


def test_changed_file_on_disk_is_told_as_such(call: Caller, journal: Journal) -> None:
    (file,) = (home.journal_folder(journal) / "tile/entries").rglob("4")
    file.write_bytes(file.read_bytes().replace("мыла".encode(), "мыло".encode()))
    problem(call("extracts/BY/trademark/74512.pdf"), 500, "integrity")


def test_failure_of_ours_shows_nothing_of_its_inside(
    call: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> None:
        raise ZeroDivisionError("secret place")

    monkeypatch.setattr(selectors, "search_rights", broken)
    answer = call("rights")
    problem(answer, 500, "failure")
    assert b"secret" not in answer.content
    assert "secret place" in caplog.text


def test_answers_are_not_kept_by_caches(call: Caller) -> None:
    assert call("rights")["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("keys", "language"),
    [
        ([""], "en"),
        (["k" * 401], "en"),
        (["no key"], "en"),
        (["", "", ""], "en"),
        ([f"key{number}" for number in range(65)], "en"),
        ([], "xx"),
    ],
)
def test_verify_refuses_what_is_no_key_or_no_language(
    journal: Journal, client: Client, keys: list[str], language: str
) -> None:
    file = SimpleUploadedFile("proof.txt", b"comity")
    answer = client.post(f"/api/v1/verify?language={language}", {"file": file, "trusted": keys})
    assert answer.status_code == 400
    assert answer["Content-Type"] == problems.MEDIA_TYPE


def test_verify_without_a_file_is_refused(journal: Journal, client: Client) -> None:
    assert client.post("/api/v1/verify", {"trusted": []}).status_code == 400
