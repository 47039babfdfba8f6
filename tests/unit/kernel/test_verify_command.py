"""The command `comity-verify`: what it prints and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from comity import kernel
from comity.kernel.__main__ import main, read_keys
from comity.kernel.bundle import fingerprint
from comity.kernel.errors import NoteError
from tests.unit.kernel import proof_world as world

KEYS = f"# the office's keys\n\nlog {world.LOG.verifier} https://a.example\n{world.ISSUER.verifier}\n"


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    path = tmp_path / "right.comity-proof"
    path.write_bytes(world.bundle())
    return path


def test_a_true_file_ends_well_and_shows_fingerprints(proof: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(proof)]) == 0
    out = capsys.readouterr().out
    assert fingerprint(world.ISSUER.verifier) in out
    assert "Not proved" in out
    assert "Ружа Нёманская" in out


def test_a_changed_file_ends_with_one_and_names_the_check(proof: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof.write_bytes(world.bundle().replace(b'"index":3', b'"index":4'))
    assert main([str(proof)]) == 1
    out = capsys.readouterr().out
    assert "It is not proved that the entry stands" in out
    assert "Proved" not in out


@pytest.mark.parametrize(
    "arguments", [["missing"], ["{proof}", "--keys", "missing"], ["{proof}", "--key", "nonsense"], ["/"]]
)
def test_what_cannot_be_read_ends_with_two(
    proof: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(proof=proof) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def test_trusted_keys_come_from_a_file(proof: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = tmp_path / "keys"
    keys.write_text(KEYS)
    assert main([str(proof), "--keys", str(keys), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    trusted = {check["code"] for check in report["checks"] if check["name"] == "keys"}
    assert trusted == {"key.trusted", "key.uncounted"}
    assert main([str(proof), "--key", str(world.STRANGER.verifier)]) == 1


def test_a_file_without_a_key_is_an_error() -> None:
    assert read_keys(KEYS) == [world.LOG.verifier, world.ISSUER.verifier]
    with pytest.raises(NoteError, match="no verifier key"):
        read_keys("# none\n")
    with pytest.raises(NoteError, match="line 1"):
        read_keys("office+00000000+AAAA\n")


def test_an_image_is_compared(proof: Path, tmp_path: Path) -> None:
    image = tmp_path / "mark.png"
    image.write_bytes(world.IMAGE)
    assert main([str(proof), "--image", str(image)]) == 0
    image.write_bytes(b"another")
    assert main([str(proof), "--image", str(image)]) == 1


@pytest.mark.parametrize(("lang", "word"), [("ru", "Доказано"), ("be", "Даказана")])
def test_the_report_is_said_in_the_readers_language(
    proof: Path, lang: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(proof), "--lang", lang]) == 0
    assert word in capsys.readouterr().out


def test_a_value_cannot_steer_the_terminal(proof: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof.write_bytes(world.bundle(claim=world.claim(sentence="in force \x1b[2Jno")))
    assert main([str(proof)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def run_alone(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in its own process, with only the sources on the path."""
    source = str(Path(kernel.__file__).parents[2])
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": source, **environment},
        check=False,
    )


def test_the_verifier_loads_nothing_but_the_kernel(proof: Path) -> None:
    code = (
        "import json, sys; from comity.kernel.__main__ import main; main(sys.argv[1:]);"
        "sys.stderr.write(json.dumps([n for n in sys.modules if n.partition('.')[0] not in sys.stdlib_module_names]))"
    )
    ran = run_alone("-c", code, str(proof))
    assert ran.returncode == 0, ran.stderr
    loaded = json.loads(ran.stderr)
    assert [name for name in loaded if name.startswith("comity.") and not name.startswith("comity.kernel")] == []
    assert {name.partition(".")[0] for name in loaded} & {"django", "typst", "lxml", "httpx", "pydantic"} == set()


def test_a_terminal_without_cyrillic_gets_the_verdict(proof: Path) -> None:
    ran = run_alone("-m", "comity.kernel", str(proof), PYTHONIOENCODING="ascii")
    assert ran.returncode == 0, ran.stderr
    assert "Every check passed" in ran.stdout
