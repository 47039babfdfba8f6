"""`comity-verify FILE`: checks an extract or a proof bundle offline and says what is proved and what is not.

Exit status: 0 every check passed, 1 a check failed, 2 the file or the keys could not be read.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from comity.kernel.errors import ComityError, NoteError
from comity.kernel.notes import VerifierKey
from comity.kernel.verify import MAX_FILE, Report, verify_file
from comity.kernel.verify_texts import HEADINGS


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status."""
    options = _parser().parse_args(argv)
    try:
        trusted = [VerifierKey.parse(text) for text in options.key]
        for path in options.keys:
            trusted += read_keys(path.read_text(encoding="utf-8"), str(path))
        images = [_read(path) for path in options.image]
        data = _read(options.file)
    except (OSError, UnicodeDecodeError, ComityError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Cyrillic still gets the verdict
    report = verify_file(data, trusted=trusted, images=images)
    text = json.dumps(_as_json(report, options.lang), ensure_ascii=False, indent=2) + "\n"
    sys.stdout.write(text if options.json else _as_text(report, options.lang))
    return 0 if report.ok else 1


def read_keys(text: str, place: str = "keys") -> list[VerifierKey]:
    """The verifier keys in a file: the first word with two plus signs in each line (a tlog-policy file will do).

    Empty lines and those that begin with `#` are skipped. NoteError if there is not one key.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        for word in line.split():
            if word.count("+") >= 2:
                try:
                    found.append(VerifierKey.parse(word))
                except ComityError as error:
                    raise error.at(f"{place}, line {number}") from error
                break
    if not found:
        raise NoteError("There is no verifier key in the file.", place=place, remedy="One key a line is expected.")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="comity-verify", description="Checks an extract or a proof bundle, offline.")
    parser.add_argument("file", type=Path, metavar="FILE", help="a sealed PDF or a .comity-proof file")
    parser.add_argument("--key", action="append", default=[], metavar="VKEY", help="a verifier key that you trust")
    parser.add_argument("--keys", action="append", default=[], type=Path, metavar="FILE", help="a file of such keys")
    parser.add_argument("--image", action="append", default=[], type=Path, metavar="FILE", help="an image to compare")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--lang", choices=sorted(HEADINGS), default="en", help="language of the report")
    return parser


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE + 1)


def _as_text(report: Report, lang: str) -> str:
    words = HEADINGS[lang]
    marks = {True: words["ok"], False: words["bad"], None: words["open"]}
    width = max(len(mark) for mark in marks.values())
    lines = [report.verdict.text(lang), "", words["checks"]]
    for check in report.checks:
        lines.append(f"  {marks[check.ok]:<{width}}  {check.sentence.text(lang)}")
        if check.detail and check.ok is False:
            lines.append(f"  {'':<{width}}  ({check.detail})")
    for name in ("statement", "entry"):
        if report.ok and name in report.facts:
            lines += ["", *_facts(report, name)]
    for title, sentences in ((words["proved"], report.proved), (words["not_proved"], report.not_proved)):
        if sentences:
            lines += ["", title, *(f"  - {sentence.text(lang)}" for sentence in sentences)]
    return "".join(_printable(line) + "\n" for line in lines)


def _facts(report: Report, name: str) -> list[str]:
    if name == "statement":
        said = report.facts["statement"]
        lines = [f"  {said['right']}, {said['status']['date']}: {said['status']['sentence']}"]
        return lines + [f"  {effect['territory']}: {effect['sentence']}" for effect in said["effects"]]
    return ["  " + line for line in json.dumps(report.facts["entry"]["body"], ensure_ascii=False, indent=2).split("\n")]


def _printable(line: str) -> str:
    """The line without characters that would steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in line)


def _as_json(report: Report, lang: str) -> dict[str, object]:
    return {
        "kind": report.kind,
        "ok": report.ok,
        "verdict": report.verdict.text(lang),
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "code": check.sentence.code,
                "says": check.sentence.text(lang),
                "detail": check.detail,
            }
            for check in report.checks
        ],
        "proved": [sentence.text(lang) for sentence in report.proved],
        "not_proved": [sentence.text(lang) for sentence in report.not_proved],
        "facts": report.facts,
    }


if __name__ == "__main__":
    sys.exit(main())
