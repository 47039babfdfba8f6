"""An official makes his signing key, its publication, and its end, on the pages."""

from __future__ import annotations

from django.test import Client

from comity.accounts import signing
from comity.agreement import selectors
from comity.journal.models import Journal
from tests import node
from tests.people import sign_in

PASSPHRASE = "three dry stones, one wet"
FORM = {"seat": "by-customs head", "passphrase": PASSPHRASE, "again": PASSPHRASE}


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_key_is_made_published_and_ended(journal: Journal) -> None:
    person = node.user("vera", "head", body="by-customs")
    client = sign_in(person)
    for wrong in ({"again": "other"}, {"passphrase": "short", "again": "short"}, {"seat": "by-court head"}):
        assert client.post("/account/signing-key", {**FORM, **wrong}).status_code == 400
    assert client.post("/account/signing-key", FORM).status_code == 302
    page = text(client, "/account/signing-key")
    assert "waits to be published" in page
    assert PASSPHRASE not in page
    assert "Publish what holds" in text(client, "/officials")
    assert client.post("/officials/publish").status_code == 302
    [key] = selectors.officials(journal)
    keyid = key.key.split("+")[1]
    assert keyid in text(client, "/officials")
    assert "Publish what holds" not in text(client, "/officials")
    assert "waits to be published" not in text(client, "/account/signing-key")
    [view] = signing.keys_of(person)
    other = sign_in(node.user("boris", "head", body="by-court"))
    assert other.post(f"/account/signing-key/{view.number}/end").status_code == 404
    assert client.post(f"/account/signing-key/{view.number}/end").status_code == 302
    assert client.post("/officials/publish").status_code == 302
    assert selectors.officials(journal) == []
    assert keyid in text(sign_in(node.user("anna", "viewer")), "/officials")


def test_the_page_asks_for_the_second_factor_first(journal: Journal) -> None:
    person = node.user("vera", "head", body="by-customs")
    person.set_password("three-dry-stones")
    person.save()
    client = sign_in(person, ago_s=100_000)
    answer = client.get("/account/signing-key")
    assert (answer.status_code, answer["Location"].partition("?")[2]) == (302, "next=%2Faccount%2Fsigning-key")
    assert client.post("/account/signing-key", FORM).status_code == 302
    assert signing.publishable() == []
