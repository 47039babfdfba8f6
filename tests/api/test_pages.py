"""What the pages say and refuse, without a browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from comity.evidence import files
from comity.journal.models import Fork, Held, Journal
from comity.registers import labels, services
from comity.registers.domain import codes, inid
from comity.registers.domain.record import KINDS, ROLES, STATUSES, Basis, Feature, Publication, Scheme
from comity.registers.domain.status import ReasonCode
from comity.registers.models import Import, ImportRow
from comity.web.middleware import CONTENT_SECURITY_POLICY
from tests import node


@pytest.fixture
def examiner(journal: Journal) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(node.user("examiner", "examiner"))
    return client


@pytest.fixture
def operator(journal: Journal) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(node.user("operator", "operator"))
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def test_no_page_lets_in_foreign_code(examiner: Client) -> None:
    for address in ("/", "/search", "/verify", "/rights/BY/trademark/74512", "/nothing-here"):
        answer = examiner.get(address)
        assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert " style=" not in answer.content.decode()
        assert "<script>" not in answer.content.decode()
        assert answer["Cache-Control"] == "private, no-store"


def test_record_says_where_it_has_no_effect_and_what_could_be_done(examiner: Client) -> None:
    page = text(examiner.get("/rights/RU/trademark/1008824"))
    assert (
        "No effect in this territory. A national registration protects only in the state of its office (Russia)."
        in page
    )
    assert "A national application may be filed here." in page
    assert "cosigned by the partner since" in page


def test_record_is_shown_as_of_a_day(examiner: Client) -> None:
    before = text(examiner.get("/rights/RU/trademark/1008824?on=2019-01-01"))
    assert "Effect on 1 January 2019" in before
    assert "nothing had been filed" in before
    assert examiner.get("/rights/RU/trademark/1008824?on=yesterday").status_code == 200


def test_versions_are_told_with_their_differences(examiner: Client) -> None:
    page = text(examiner.get("/rights/BY/trademark/74512"))
    assert "<del>in_force</del> → <ins>surrendered</ins>" in page


def test_a_pending_fact_is_never_called_cosigned(examiner: Client) -> None:
    page = text(examiner.get("/rights/BY/trademark/99999"))
    assert "pending: not yet in a signed checkpoint" in page
    assert "cosigned by" not in page


def test_removed_person_is_told_as_removed(examiner: Client) -> None:
    assert "Ружа Нёманская" in text(examiner.get("/rights/BY/trademark/99999"))
    services.redact("BY/trademark/99999", ground="request")
    page = text(examiner.get("/rights/BY/trademark/99999"))
    assert "Ружа Нёманская" not in page
    assert "removed on request" in page


def test_application_keeps_its_own_address(examiner: Client, journal: Journal) -> None:
    node.tell(journal, replace(node.MARK, stage="application", number="20240001", status="pending"))
    assert examiner.get("/rights/BY/trademark/app:20240001").status_code == 200
    assert examiner.get("/rights/BY/trademark/20240001").status_code == 404


def test_number_with_a_slash_is_found_by_the_link_of_the_list(examiner: Client) -> None:
    assert examiner.get("/rights/BY/industrial_design/12/%D0%90-7").status_code == 200
    assert "/rights/BY/industrial_design/12/%D0%90-7" in text(examiner.get("/search?number=12/А-7"))


def test_search_keeps_filters_in_the_address_and_tells_what_it_left_out(examiner: Client) -> None:
    page = text(examiner.get("/search?party=RU&kind=trademark&kind=spaceship&filed_from=soon&page=0"))
    assert "<code>kind</code> spaceship" in page
    assert "<code>filed_from</code> soon" in page
    assert page.count('<tr role="row" class="tone-ru">') == 2


def test_class_of_the_form_becomes_one_parameter(examiner: Client) -> None:
    answer = examiner.get("/search?q=&scheme=nice&code=3&number=", headers={"HX-Request": "true"})
    assert answer["HX-Push-Url"] == "/search?cls=nice%3A3"
    assert "<html" not in answer.content.decode()


def test_words_looked_for_are_marked_and_escaped(examiner: Client, journal: Journal) -> None:
    title = replace(node.MARK.titles[0], text="<b>ЕЛКА</b>")
    node.tell(journal, replace(node.MARK, number="77", titles=(title,)))
    page = text(examiner.get("/search?q=ёлка"))
    assert "&lt;b&gt;<mark>ЕЛКА</mark>&lt;/b&gt;" in page
    assert "<mark>ЁЛКА</mark> ў лесе" in page


def test_csv_cannot_carry_a_formula(examiner: Client, journal: Journal) -> None:
    title = replace(node.MARK.titles[0], text='=HYPERLINK("x")')
    node.tell(journal, replace(node.MARK, number="78", titles=(title,)))
    body = b"".join(examiner.get("/search.csv?number=78").streaming_content).decode()  # type: ignore[attr-defined]
    assert body.startswith("\ufeffparty,office,kind")
    assert "'=HYPERLINK" in body


def test_fictional_data_is_labelled_on_every_page(examiner: Client, settings: Any) -> None:
    settings.COMITY = settings.COMITY.model_copy(update={"fictional": True})
    for address in ("/", "/search", "/exchange", "/verify", "/help", "/rights/BY/trademark/74512", "/nothing"):
        assert "every right, holder and event on this node is fictional" in text(examiner.get(address))


def test_only_pictures_leave_and_only_those_of_a_right(examiner: Client, journal: Journal) -> None:
    page, picture, stray = files.put(b"<html>"), files.put(b"GIF89a" + b"\0" * 20), files.put(b"GIF89a" + b"\1" * 20)
    node.tell(journal, replace(node.with_image(node.MARK, page), number="79"))
    node.tell(journal, replace(node.with_image(node.MARK, picture), number="80"))
    assert examiner.get(f"/files/{page}").status_code == 404
    assert examiner.get(f"/files/{stray}").status_code == 404
    assert examiner.get("/files/../../etc/passwd").status_code in {400, 404}
    answer = examiner.get(f"/files/{picture}")
    assert answer["Content-Type"] == "image/gif"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]


def test_entry_shows_its_bytes_and_a_proof_that_holds(examiner: Client) -> None:
    page = text(examiner.get("/exchange/RU/1"))
    assert "comity/registers.right/1" in page
    proof = examiner.get("/exchange/RU/1/proof").content
    assert proof.startswith(b"c2sp.org/tlog-proof@v1\nindex 1\n")
    assert examiner.get("/exchange/RU/999").status_code == 404
    assert examiner.get("/exchange/ZZ/0").status_code == 404


def test_forks_and_held_entries_are_shown_with_what_to_do(operator: Client) -> None:
    theirs = Journal.objects.get(own=False)
    Fork.objects.create(journal=theirs, held="one", shown="other", reason="The roots differ.", digest="0" * 64)
    Held.objects.create(journal=theirs, index=1, kind="x.y", version=9, about="a", state="unknown", reason="Too new.")
    page = text(operator.get("/exchange"))
    assert "showed two views that do not agree" in page
    assert "Too new." in page
    assert "Try again" in page
    assert 'role="alert"' in text(operator.get("/"))


def test_import_page_takes_a_file_and_shows_where_its_result_waits(operator: Client) -> None:
    upload = SimpleUploadedFile("a.csv", b"not,a,known,table\n1,2,3,4\n")
    refused = operator.post("/import", {"upload": upload})
    assert refused.status_code == 400
    assert 'role="alert"' in text(refused)
    assert "Choose a file." in text(operator.post("/import", {}))


def test_import_run_tells_quarantine_with_place_reason_and_remedy(operator: Client) -> None:
    run = Import.objects.create(
        name="a.csv", source="a", format="csv", state=Import.State.DONE, read=2, added=1, quarantined=1
    )
    ImportRow.objects.create(run=run, place="line 3", reason="No number.", remedy="Add it.", raw=b"<x>")
    page = text(operator.get(f"/import/{run.pk}"))
    assert "line 3" in page
    assert "No number." in page
    assert "Add it." in page
    assert "&lt;x&gt;" in page


def test_running_import_asks_again_by_itself_with_and_without_script(operator: Client) -> None:
    run = Import.objects.create(name="a.csv", source="a", format="csv", state=Import.State.RUNNING)
    page = text(operator.get(f"/import/{run.pk}"))
    assert 'hx-trigger="every 1s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    part = text(operator.get(f"/import/{run.pk}/progress", headers={"HX-Request": "true"}))
    assert part.startswith('<div id="run"')


def test_stranger_verifies_an_extract_and_a_changed_one(examiner: Client) -> None:
    bundle = examiner.get("/rights/RU/trademark/1008824/proof").content
    stranger = Client()
    good = text(stranger.post("/verify", {"upload": SimpleUploadedFile("a.comity-proof", bundle)}))
    assert "Every check passed" in good
    assert "RU/trademark/1008824" in good
    changed = bytearray(bundle)
    changed[len(changed) // 2] ^= 1
    bad = text(stranger.post("/verify", {"upload": SimpleUploadedFile("a.comity-proof", bytes(changed))}))
    assert "Do not rely on this file" in bad
    assert "<h2>Proved</h2>" not in bad


def test_verify_names_the_key_that_cannot_be_read(journal: Journal) -> None:
    answer = Client().post("/verify", {"upload": SimpleUploadedFile("a", b"x"), "keys": "nonsense"})
    assert answer.status_code == 400
    assert "nonsense" in text(answer)


def test_each_error_says_what_to_do_next(examiner: Client) -> None:
    missing = examiner.get("/rights/BY/trademark/000")
    assert missing.status_code == 404
    assert "No journal here tells of this right." in text(missing)
    assert "Search for the right by its number" in text(missing)
    forbidden = examiner.get("/import")
    assert forbidden.status_code == 403
    assert "ask the operator of this node" in text(forbidden)
    large = Client().post("/sign-in/", b"x" * 3_000_000, content_type="application/octet-stream")
    assert large.status_code == 413
    assert "too large" in text(large)


def test_form_without_its_token_gets_a_page_of_ours(journal: Journal) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "The form has expired" in text(answer)


def test_ten_wrong_passwords_close_the_door(journal: Journal) -> None:
    cache.clear()
    anna = node.user("anna", "viewer")
    anna.set_password("anna-has-a-long-password")
    anna.save()
    stranger = Client(raise_request_exception=False)
    for _ in range(10):
        assert stranger.post("/sign-in/", {"username": "anna", "password": "no"}).status_code == 200
    right = {"username": "anna", "password": "anna-has-a-long-password"}
    assert stranger.post("/sign-in/", right).status_code == 429
    cache.clear()
    assert stranger.post("/sign-in/", right).status_code == 302


def test_language_is_kept_and_pages_speak_it(examiner: Client) -> None:
    answer = examiner.post("/language", {"language": "be", "next": "/rights/RU/trademark/1008824"})
    assert answer["Location"] == "/rights/RU/trademark/1008824"
    page = text(examiner.get("/rights/RU/trademark/1008824"))
    assert '<html lang="be">' in page
    assert "На гэтай тэрыторыі сілы не мае." in page
    assert "14 мая 2021" in page


def test_every_word_of_the_rules_has_a_label() -> None:
    assert set(KINDS) == set(labels.KINDS)
    assert set(STATUSES) | {""} == set(labels.STATUSES)
    assert set(ROLES) == set(labels.ROLES)
    assert set(get_args(Scheme)) == set(labels.SCHEMES)
    assert set(get_args(Feature)) == set(labels.FEATURES)
    assert set(get_args(Basis)) == set(labels.BASES)
    assert set(get_args(ReasonCode)) == set(labels.REASONS)
    assert codes.labels()
    assert inid.labels()
    assert labels.publication("unheard of") == "unheard of"
    assert Publication(kind="registration").kind in labels.PUBLICATIONS
