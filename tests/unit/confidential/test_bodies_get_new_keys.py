"""The sealing key of a body is changed: partners seal for the new one, and what was sealed for the old one opens."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from comity.confidential import sealed, selectors, services
from comity.confidential.models import Body
from comity.journal import home
from comity.journal.models import Journal
from comity.kernel.entry import parse_entry
from comity.kernel.errors import NotFoundError
from comity.kernel.sealing import SealingPublic
from comity.node.backup import write_keys
from tests import node
from tests.federation.standin import ORIGIN
from tests.unit.confidential.test_letters_reach_whom_they_name import SECRET, letter


@pytest.fixture
def own(db: None, settings: Any, tmp_path: Path) -> Journal:
    made = node.set_up(settings, tmp_path)
    services.name_body("customs", "Мытня")
    return made


def published() -> SealingPublic:
    """For which key a partner seals: it has no other source than the journal."""
    return SealingPublic.parse(Body.objects.get(code="customs").key)


def opens(key: SealingPublic) -> bool:
    """Whether this node opens what a partner sealed for a key."""
    data, dumped = letter(["BY/customs"])
    said = sealed.read(parse_entry(data).body)
    assert said is not None
    _, opened = sealed.unpack(sealed.pack(dumped, said, ORIGIN, [key]), said, ORIGIN, home.sealing_keys())
    return opened is not None and opened[sealed.PATH][1]["subject"] == SECRET


def files() -> set[str]:
    return {path.name for path in (home.home() / "keys").glob("sealing-*")}


def former(key: SealingPublic) -> str:
    return f"sealing-customs.former-{key.id.rpartition('+')[2]}.key"


def test_partners_seal_for_the_new_key_and_the_old_one_still_opens(own: Journal) -> None:
    first = published()
    services.rotate_body("customs")
    second = published()
    services.rotate_body("customs")
    assert len({first, second, published()}) == 3
    assert all(opens(key) for key in (first, second, published()))
    assert files() == {"sealing-customs.key", former(first), former(second)}
    assert Body.objects.get().name == "Мытня"
    assert services.name_body("customs", "Дзяржаўная мытня") == published()
    assert selectors.bodies_known()[0][1]


def test_former_keys_are_in_the_copy_of_the_keys(own: Journal, tmp_path: Path) -> None:
    first = published()
    services.rotate_body("customs")
    write_keys(home.home() / "keys", tmp_path / "keys.tar")
    with tarfile.open(tmp_path / "keys.tar") as copy:
        assert {Path(name).name for name in copy.getnames()} >= {"sealing-customs.key", former(first)}


def test_a_rotation_that_was_cut_off_goes_on(own: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    first = published()

    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    # The new file lies there, the journal does not name it yet.
    with monkeypatch.context() as patch:
        patch.setattr(services, "_publish", cut)
        with pytest.raises(KeyboardInterrupt):
            services.rotate_body("customs")
    assert published() == first
    assert services.name_body("customs", "Мытня") == first
    # The journal names it, and the files have not given way.
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", cut)
        with pytest.raises(KeyboardInterrupt):
            services.rotate_body("customs")
    second = published()
    assert first != second
    assert files() == {"sealing-customs.key", "sealing-customs.next.key"}
    assert opens(first)
    assert opens(second)
    assert services.name_body("customs", "Мытня") == second
    assert files() == {"sealing-customs.key", former(first)}
    assert opens(first)


def test_a_body_whose_old_key_is_elsewhere_gets_a_new_one_here(own: Journal) -> None:
    first = published()
    services.body_key_path("customs").unlink()
    services.rotate_body("customs")
    assert (opens(first), opens(published())) == (False, True)


def test_only_a_body_that_is_named_has_a_key_to_change(own: Journal) -> None:
    with pytest.raises(NotFoundError, match="no body court"):
        services.rotate_body("court")
    assert files() == {"sealing-customs.key"}
