"""What a node lost of its own comes back from partners: files by hash, confidential bodies for the owner alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from comity.confidential import sealed
from comity.confidential.domain import Content, write_content
from comity.evidence import files
from comity.federation import copies, own_files
from comity.federation.follow import Follower
from comity.federation.models import Partner
from comity.federation.openings import leaves_of, open_segment, segments
from comity.federation.source import Client
from comity.journal import home, vault
from comity.journal.models import Journal
from comity.kernel.entry import encode_entry
from comity.kernel.errors import PartnerError
from comity.kernel.handling import RED, Label
from comity.registers.domain.record import Image
from comity.registers.models import RightImage
from tests import node
from tests.federation import test_signed_requests as ru
from tests.federation.standin import AT, ORIGIN, Log, right, serving

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
NAME = hashlib.sha256(PNG).hexdigest()


@pytest.fixture
def own(settings: Any, tmp_path: Path) -> Journal:
    journal = node.set_up(settings, tmp_path / "ours")
    node.tell(journal, replace(node.MARK, images=(Image(sha256=NAME, media_type="image/png"),)))
    node.sequence(journal)
    return journal


def take_back(partner: Partner) -> int:
    client = Client(partner.url, home.signing_key("transport"))
    try:
        return own_files.take_back(partner, client).files
    finally:
        client.close()


def test_own_files_are_fetched_from_who_holds_them_after_coming_back_only(own: Journal, tmp_path: Path) -> None:
    log = Log(tmp_path / "theirs", key=ru.KEYS["log"])
    log.files[NAME] = PNG
    with serving(log) as url:
        partner = ru.paired(url)
        assert take_back(partner) == 0
        own_files.want()
        assert take_back(partner) == 1
        assert files.read(NAME) == PNG
        assert not (home.home() / "files-wanted").exists()
        partner.refresh_from_db()
        assert partner.files_bytes == 0


def test_what_is_not_what_its_name_says_does_not_appear(own: Journal, tmp_path: Path) -> None:
    log = Log(tmp_path / "theirs", key=ru.KEYS["log"])
    log.files[NAME] = PNG[:-1] + b"x"
    with serving(log) as url:
        partner = ru.paired(url)
        own_files.want()
        with pytest.raises(PartnerError, match="does not hash"):
            take_back(partner)
        del log.files[NAME]
        assert take_back(partner) == 0
    assert not files.has(NAME)
    assert (home.home() / "files-wanted").exists()


def test_a_partner_gets_its_own_file_back_and_no_other_partner_does(own: Journal, tmp_path: Path) -> None:
    log = Log(tmp_path / "theirs", key=ru.KEYS["log"])
    log.tell(replace(right(1), images=(Image(sha256=NAME, media_type="image/png"),)))
    log.publish()
    files.put(PNG)
    path = f"federation/v1/files/{NAME}/0"
    with serving(log) as url:
        partner = ru.paired(url)
        assert partner.journal is not None
        client = Client(url, home.signing_key("transport"))
        Follower(partner.journal, client).round()
        client.close()
    RightImage.objects.filter(right__journal=own).delete()
    assert Browser().get(f"/{path}", headers=ru.headers("GET", path)).content == PNG
    RightImage.objects.all().delete()
    assert Browser().get(f"/{path}", headers=ru.headers("GET", path)).status_code == 404


def test_a_letter_goes_back_to_who_wrote_it_and_to_nobody_else(own: Journal, tmp_path: Path) -> None:
    log = Log(tmp_path / "theirs", key=ru.KEYS["log"])
    body, openings = sealed.close(
        write_content(Content("subjectmarker", "x")), Label(RED), [sealed.read_recipient("BY")]
    )
    log.add(encode_entry("confidential.letter", 1, {"by": "", "sealed": body, "about": "letter:1", "at": AT}))
    log.openings[log.size - 1] = json.loads(vault.dump(openings))
    log.publish()
    with serving(log) as url:
        partner = ru.paired(url)
        journal = partner.journal
        assert journal is not None
        client = Client(url, home.signing_key("transport"))
        Follower(journal, client).round()
        client.close()
    [part] = segments(copies.openings(journal, 0, log.size, partner))
    given = open_segment([ru.SEALING], ORIGIN, part, leaves_of(home.store(journal), log.size))
    assert "subjectmarker" in str(given)
    other = Journal.objects.create(origin="office-kz.example/journal", vkey="x", party="KZ")
    third = Partner.objects.create(journal=other, party="KZ", card=ru.card(), state=Partner.State.PAIRED)
    [part] = segments(copies.openings(journal, 0, log.size, third))
    assert open_segment([ru.SEALING], ORIGIN, part, leaves_of(home.store(journal), log.size)) == []
