"""An extract carries what the journal proves, and passes the verifier offline."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.contrib.auth.models import AnonymousUser, User

from comity.evidence import files
from comity.extracts.services import extract_bundle, extract_pdf
from comity.journal import home, services
from comity.journal.models import Journal
from comity.kernel.bundle import Statement, parse_bundle, parse_statement
from comity.kernel.checkpoint import parse_checkpoint
from comity.kernel.errors import ComityError, ConflictError, FormatError, IntegrityError, NotFoundError, PolicyError
from comity.kernel.notes import VerifierKey
from comity.kernel.verify import verify_file
from comity.node.demo import png
from tests import node

pytestmark = pytest.mark.django_db

KEY = "BY/trademark/74512"
RU_KEY = "RU/trademark/1008824"
NAME = "Ружа Нёманская"


@pytest.fixture
def journal(settings: Any, tmp_path: Path) -> Journal:
    return node.set_up(settings, tmp_path)


@pytest.fixture
def viewer(journal: Journal) -> User:
    return node.user("viewer", "viewer")


def said(bundle: bytes) -> Statement:
    return parse_statement(parse_bundle(bundle).statement)[1]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_own_right_is_proved_under_the_last_checkpoint(journal: Journal, viewer: User) -> None:
    (index,) = node.tell(journal, node.MARK)
    node.sequence(journal)
    name, bundle = extract_bundle(viewer, KEY, day=date(2026, 11, 22))
    assert name == "BY-trademark-74512-20261122.comity-proof"
    report = verify_file(bundle, trusted=[VerifierKey.parse(journal.vkey), home.signing_key("extract").verifier])
    assert (report.ok, report.verdict.code) == (True, "verdict.good")
    parsed = parse_bundle(bundle)
    assert (parsed.index, parsed.withheld) == (index, ())
    assert [(key.role, key.party) for key in parsed.keys] == [("log", "BY"), ("extract", "BY")]
    assert report.facts["entry"]["body"]["right"]["parties"][1]["names"][0]["text"] == NAME
    claim = said(bundle).claim
    assert (claim.right, claim.party, claim.origin) == (KEY, "BY", node.ORIGIN)
    assert (claim.status, claim.status_date) == ("in_force", "2026-11-22")
    assert [effect.territory for effect in claim.effects] == ["BY", "RU"]
    assert claim.effects[1].sentence.startswith("No effect")


def test_pdf_carries_the_same_proof_and_the_words_of_the_page(journal: Journal, viewer: User) -> None:
    node.tell(journal, node.MARK)
    node.sequence(journal)
    name, pdf = extract_pdf(viewer, KEY, day=date(2026, 11, 22))
    assert name == "BY-trademark-74512-20261122.pdf"
    report = verify_file(pdf)
    assert report.ok
    assert report.facts["statement"]["right"] == KEY
    text = text_of(pdf)
    for words in ("ЁЛКА ў лесе", "ААТ «Нёман»", NAME, "74 512", "732", "No effect", "by no partner yet"):
        assert words in text, words


def test_partners_right_is_proved_with_the_cosignature_of_our_witness(journal: Journal, viewer: User) -> None:
    theirs = node.partner_journal([node.russian(number=str(n)) for n in range(1008824, 1008827)])
    node.cosigned(theirs, "BY")
    _, bundle = extract_bundle(viewer, RU_KEY, party="RU")
    parsed = parse_bundle(bundle)
    assert [(key.role, key.party) for key in parsed.keys] == [("log", "RU"), ("witness", "BY"), ("extract", "BY")]
    report = verify_file(bundle)
    assert report.ok
    assert report.facts["cosignatures"][0]["time"] == "2026-09-21T14:13:20Z"
    assert "limits.witness" not in {sentence.code for sentence in report.not_proved}


def test_newest_cosigned_checkpoint_is_taken_even_when_the_journal_has_grown(journal: Journal, viewer: User) -> None:
    theirs = node.partner_journal([node.russian()])
    node.cosigned(theirs, "BY")
    cosigned_size = theirs.size
    # The copy's partial tiles of the cosigned tree are replaced by the full ones of the larger tree.
    theirs = node.partner_journal([node.russian(number=str(n)) for n in range(300)])
    home.store(theirs).drop_partials(theirs.size)
    _, bundle = extract_bundle(viewer, RU_KEY)
    assert said(bundle).size == cosigned_size
    assert verify_file(bundle).ok


def test_two_witnesses_of_one_checkpoint_stand_under_it_both(journal: Journal, viewer: User) -> None:
    node.tell(journal, node.MARK)
    node.sequence(journal)
    node.cosigned(journal, "RU")
    node.cosigned(journal, "KZ", time_s=node.SEEN_S + 5)
    _, bundle = extract_bundle(viewer, KEY)
    note = parse_checkpoint(parse_bundle(bundle).checkpoint).note
    assert [line.name for line in note.signatures] == [node.ORIGIN, "witness-kz.example/w", "witness-ru.example/w"]
    assert verify_file(bundle).ok


def test_cosigned_checkpoint_that_does_not_cover_the_entry_is_not_used(journal: Journal, viewer: User) -> None:
    node.sequence(journal)
    node.cosigned(journal, "RU")
    node.tell(journal, node.MARK)
    node.sequence(journal)
    _, bundle = extract_bundle(viewer, KEY)
    assert not parse_bundle(bundle).of_role("witness")
    assert verify_file(bundle).ok


def test_pending_entry_has_no_extract_yet(journal: Journal, viewer: User) -> None:
    node.tell(journal, node.MARK)
    with pytest.raises(ConflictError) as caught:
        extract_bundle(viewer, KEY)
    assert caught.value.remedy == "Try again in a second."


def test_redacted_person_is_withheld_and_the_proof_still_holds(journal: Journal, viewer: User) -> None:
    (index,) = node.tell(journal, node.MARK)
    node.sequence(journal)
    services.redact(journal, index, path="/right/parties/1", ground="request of the person")
    node.sequence(journal)
    _, pdf = extract_pdf(viewer, KEY)
    text = text_of(pdf)
    assert "removed on request" in text
    assert NAME not in text
    assert NAME.encode() not in pdf
    _, bundle = extract_bundle(viewer, KEY)
    assert parse_bundle(bundle).withheld == ("/right/parties/1",)
    report = verify_file(bundle)
    assert report.ok
    assert "limits.withheld" in {sentence.code for sentence in report.not_proved}


def test_status_and_effect_are_those_of_the_chosen_day(journal: Journal, viewer: User) -> None:
    node.tell(journal, node.MARK)
    node.sequence(journal)
    days = {"2019-01-01": "", "2020-06-01": "pending", "2021-06-01": "in_force", "2031-01-01": "expired"}
    for day, status in days.items():
        claim = said(extract_bundle(viewer, KEY, day=date.fromisoformat(day))[1]).claim
        assert (claim.status_date, claim.status) == (day, status)
    assert claim.sentence.startswith("Expired: 2 March 2030. ")
    assert claim.effects[0].sentence.startswith("No effect: the term of the right expired on")


def test_version_that_is_current_now_is_the_one_proved(journal: Journal, viewer: User) -> None:
    node.tell(journal, node.MARK)
    (second,) = node.tell(journal, replace(node.MARK, status="surrendered", status_date="2024-01-09"), version=2)
    node.sequence(journal)
    claim = said(extract_bundle(viewer, KEY)[1])
    assert (claim.index, claim.claim.status) == (second, "surrendered")


def test_image_that_is_here_is_printed_and_named(journal: Journal, viewer: User) -> None:
    picture = png.encode(bytes(64), 8, 8, [(0, 0, 0), (255, 255, 255)])
    sha256 = files.put(picture)
    node.tell(journal, node.with_image(node.MARK, sha256))
    node.sequence(journal)
    _, pdf = extract_pdf(viewer, KEY)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].images) == 1
    assert verify_file(pdf, images=[picture]).ok


def test_image_that_cannot_be_printed_does_not_hold_up_the_extract(journal: Journal, viewer: User) -> None:
    sha256 = files.put(b"\x89PNG\r\n\x1a\n and nothing more")
    node.tell(journal, node.with_image(node.MARK, sha256))
    node.sequence(journal)
    _, pdf = extract_pdf(viewer, KEY)
    assert "The image file cannot be printed" in " ".join(text_of(pdf).split())
    assert verify_file(pdf).facts["statement"]["images"] == [sha256]


def test_nothing_is_handed_out_when_a_stored_file_was_changed(journal: Journal, viewer: User) -> None:
    node.tell(journal, node.MARK)
    node.sequence(journal)
    (bundle_file,) = (home.journal_folder(journal) / "tile/entries").rglob("2")
    bundle_file.write_bytes(bundle_file.read_bytes().replace("мыла".encode(), "мыло".encode()))
    with pytest.raises(IntegrityError):
        extract_bundle(viewer, KEY)


def test_changed_opening_in_the_vault_is_not_handed_out(journal: Journal, viewer: User) -> None:
    (index,) = node.tell(journal, node.MARK)
    node.sequence(journal)
    row = journal.opening_set.get(index=index)
    row.data = row.data.replace("Ружа", "Роза")
    row.save()
    with pytest.raises(IntegrityError):
        extract_pdf(viewer, KEY)


@pytest.mark.parametrize(
    ("key", "party", "language", "error"),
    [
        ("BY/trademark/1", "", "en", NotFoundError),
        (KEY, "RU", "en", NotFoundError),
        (KEY, "", "fr", FormatError),
    ],
)
def test_what_is_not_there_is_refused(
    journal: Journal, viewer: User, key: str, party: str, language: str, error: type[ComityError]
) -> None:
    node.tell(journal, node.MARK)
    node.sequence(journal)
    with pytest.raises(error):
        extract_bundle(viewer, key, party, None, language)


def test_nobody_but_staff_takes_extracts(journal: Journal) -> None:
    node.tell(journal, node.MARK)
    node.sequence(journal)
    gone = node.user("gone", "viewer")
    gone.is_active = False
    for actor in (None, AnonymousUser(), gone):
        for make in (extract_bundle, extract_pdf):
            with pytest.raises(PolicyError):
                make(actor, KEY)
